# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table class that all kinds of objects share."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nla
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import Nla
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import (
    Attribute,
    Boolean,
    Choice,
    Flag,
    Integer,
    IpAddress,
    LinkName,
    MacAddress,
    Seconds,
    Table,
    Type,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader

TABLE = Table(
    Attribute('remote', IpAddress(), 'Where to.', (Nla('REMOTE', 2, nla.IP4), Nla('REMOTE6', 3, nla.IP6))),
    Attribute('hello', Seconds(1, 10), 'How often.', (Nla('HELLO', 4, nla.U32),), kernel_default=2),
    Attribute('mode', Choice({'slow': 1, 'fast': 2}), 'How.', (Nla('MODE', 5, nla.BE16),), default='slow'),
    Attribute('stp', Boolean(), 'Whether.', (Nla('STP', 6, nla.U8),), default=False),
    Attribute('dstport', Integer(1, 9), 'Which.', (Nla('PORT', 7, nla.U16),), field='port', required=True),
)


_FLAGS = Nla('FLAGS', 1, nla.BE16)
BITS = Table(
    Attribute('key', Integer(0, 9), 'Which.', (Nla('KEY', 2, nla.BE32),), flag=Flag(_FLAGS, 0x2000)),
    Attribute('csum', Boolean(), 'Whether.', flag=Flag(_FLAGS, 0x8000)),
    Attribute('both', Integer(0, 9), 'Only for people.'),
)
BITS_PACKED: dict[str, tuple[tuple[tuple[str, t.Any], ...], str, t.Any]] = {
    'none': ((('csum', False),), '06000100 0000 0000', {'csum': False}),
    'one bit': ((('csum', True),), '06000100 8000 0000', {'csum': True}),
    'a value with its bit': (
        (('key', 0),),
        '08000200 00000000 06000100 2000 0000',
        {'csum': False, 'key': 0},
    ),
    'all': (
        (('csum', True), ('key', 7)),
        '08000200 00000007 06000100 a000 0000',
        {'csum': True, 'key': 7},
    ),
}


@pytest.mark.parametrize('settings, packed, decoded', BITS_PACKED.values(), ids=BITS_PACKED)
def test_bits_of_one_attribute(
    settings: tuple[tuple[str, t.Any], ...], packed: str, decoded: dict[str, t.Any]
) -> None:
    data = bytes.fromhex(packed)
    assert BITS.pack(settings) == data
    if data:
        assert dict(BITS.decode(nla.parse_attributes(data))) == decoded


def test_a_value_whose_bit_is_not_set_is_none() -> None:
    assert BITS.decode({1: b'\0\0', 2: b'\0\0\0\7'}) == (('csum', False),)
    assert BITS.unnamed({1: b'\0\0', 2: b'\0\0\0\7', 3: b'x'}) == ((3, b'x'),)


def read(data: dict[str, t.Any], with_defaults: bool = False) -> tuple[dict[str, t.Any], list[str]]:
    problems = Problems()
    reader = Reader(data, 'x', problems)
    settings = TABLE.read(reader, with_defaults)
    reader.done()
    return dict(settings), list(map(str, problems))


def test_a_document_is_read() -> None:
    values, problems = read(
        {'remote': '2001:DB8::1', 'hello': '3', 'mode': 'fast', 'stp': 'yes', 'dstport': 9}
    )
    assert values == {'remote': '2001:db8::1', 'hello': 3, 'mode': 'fast', 'stp': True, 'port': 9}
    assert problems == []


def test_defaults_hold_for_what_is_not_said() -> None:
    assert read({'dstport': 1}, with_defaults=True)[0] == {'mode': 'slow', 'port': 1, 'stp': False}
    assert read({'dstport': 1})[0] == {'port': 1}
    assert {name: attribute.usual for name, attribute in TABLE.items()} == {
        'remote': None,
        'hello': 2,
        'mode': 'slow',
        'stp': False,
        'port': None,
    }


def test_every_problem_has_its_path() -> None:
    values, problems = read({'remote': 'here', 'hello': 11, 'mode': 'fastt', 'stp': 2, 'colour': 'red'})
    assert values == {}
    assert [problem.split(':')[0] for problem in problems] == [
        'x.remote',
        'x.hello',
        'x.mode',
        'x.stp',
        'x.dstport',
        'x.colour',
    ]
    assert 'want 1 to 10' in problems[1]
    assert 'did you mean fast?' in problems[2]


@pytest.mark.parametrize(
    'name, value, encoded, number, payload',
    [
        ('remote', '192.0.2.1', ('REMOTE', '192.0.2.1'), 2, bytes((192, 0, 2, 1))),
        ('remote', '::ffff:192.0.2.1', ('REMOTE6', '::ffff:192.0.2.1'), 3, bytes(10) + b'\xff\xff\xc0\0\2\1'),
        ('hello', 3, ('HELLO', 300), 4, (300).to_bytes(4, 'little')),
        ('mode', 'fast', ('MODE', 2), 5, b'\0\2'),
        ('mode', '77', ('MODE', 77), 5, b'\0\x4d'),
        ('stp', True, ('STP', 1), 6, b'\1'),
        ('port', 7, ('PORT', 7), 7, b'\7\0'),
    ],
)
def test_a_value_goes_to_the_kernel_and_comes_back(
    name: str, value: t.Any, encoded: tuple[str, t.Any], number: int, payload: bytes
) -> None:
    assert TABLE.encode([(name, value)]) == [encoded]
    by_name = {attribute.name: attribute for entry in TABLE.values() for attribute in entry.nla}
    assert by_name[encoded[0]].form.pack(encoded[1]) == payload
    (decoded,) = TABLE.decode({number: payload})
    assert decoded[0] == name
    if name != 'remote' or ':' not in value:
        assert decoded[1] == value


def test_what_is_decoded_is_sorted_and_leaves_out_what_is_unspecified() -> None:
    payloads = {7: b'\1\0', 6: b'\0', 5: b'\0\1', 2: bytes(4), 3: bytes(16), 99: b'unknown'}
    assert TABLE.decode(payloads) == (('mode', 'slow'), ('port', 1), ('stp', False))


@pytest.mark.parametrize(
    'kind, given, value',
    [
        (LinkName(), 'eth0', 'eth0'),
        (LinkName(), 'a/b', None),
        (MacAddress(), '02-00-00-00-00-0A', '02:00:00:00:00:0a'),
        (Integer(0, 5), '0x5', 5),
        (Boolean(), 'off', False),
    ],
)
def test_types_read(kind: Type, given: str, value: t.Any) -> None:
    problems = Problems()
    assert kind.read(Reader({'key': given}, '', problems), 'key') == value
    assert bool(problems.found) == (value is None)


@pytest.mark.parametrize(
    'form, value, data',
    [
        (nla.U8, 7, b'\7'),
        (nla.U16, 0x102, b'\2\1'),
        (nla.U32, 1, b'\1\0\0\0'),
        (nla.S32, -2, b'\xfe\xff\xff\xff'),
        (nla.BE16, 0x102, b'\1\2'),
        (nla.BE32, 1, b'\0\0\0\1'),
        (nla.TEXT, 'eth\u00fc', b'eth\xc3\xbc\0'),
        (nla.MAC, '02:00:5e:10:00:01', b'\2\0\x5e\x10\0\1'),
        (nla.IP4, '10.0.0.1', b'\n\0\0\1'),
        (nla.IP6, '::1', bytes(15) + b'\1'),
    ],
)
def test_forms_pack_and_unpack(form: nla.Form, value: t.Any, data: bytes) -> None:
    assert form.pack(value) == data
    assert form.unpack(data) == value


def test_the_hardware_address_of_a_tunnel_is_none() -> None:
    assert nla.MAC.unpack(bytes(4)) is None
