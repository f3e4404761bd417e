# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decoders that are written by hand read every attribute of their table, and keep every other one as
bytes."""

from __future__ import annotations

import socket
import struct
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nla, uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.netlink import pack_message
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import pack_attribute
from ansible_collections.multinet.linux.plugins.module_utils.objects.address import schema as address_schema
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import decode_addresses
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_schema
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import decode_routes
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule_schema
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import decode_rules
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import FOREVER

Parts = dict[int, bytes]
NAMES = {7: 'eth0', 8: 'eth1'}
LASTING = uapi.IFA_CACHEINFO_STRUCT.pack(FOREVER, FOREVER, 0, 0)
HOP = uapi.RTNEXTHOP.pack(8, 0, 0, 8)
UNKNOWN = 200


def packed(parts: Parts) -> bytes:
    return b''.join(pack_attribute(number, payload) for number, payload in parts.items())


def route(parts: Parts) -> Route:
    header = uapi.RTMSG.pack(socket.AF_INET6, 64, 64, 0, 254, 4, 0, uapi.RTN_UNICAST, 0)
    usual = {uapi.RTA_DST: bytes(15) + b'\1', uapi.RTA_OIF: struct.pack('=I', 7)}
    message = pack_message(uapi.RTM_NEWROUTE, 0, header + packed({**usual, **parts}))
    [found] = decode_routes([message], '', NAMES)
    return found


def address(parts: Parts) -> Address:
    header = uapi.IFADDRMSG.pack(socket.AF_INET, 24, 0, 0, 7)
    usual = {
        uapi.IFA_ADDRESS: b'\x0a\0\0\1',
        uapi.IFA_LOCAL: b'\x0a\0\0\1',
        uapi.IFA_CACHEINFO: LASTING,
    }
    message = pack_message(uapi.RTM_NEWADDR, 0, header + packed({**usual, **parts}))
    [found] = decode_addresses([message], '', NAMES)
    return found


def rule(parts: Parts) -> Rule:
    header = uapi.FIB_RULE_HDR.pack(socket.AF_INET, 8, 8, 0, 7, 0, 0, uapi.FR_ACT_TO_TBL, 0)
    [found] = decode_rules([pack_message(uapi.RTM_NEWRULE, 0, header + packed(parts))], '')
    return found


PAYLOADS: dict[str, dict[int, bytes]] = {
    'route': {
        uapi.RTA_OIF: struct.pack('=I', 8),
        uapi.RTA_METRICS: pack_attribute(uapi.RTAX_MTU, struct.pack('=I', 1400)),
        uapi.RTA_MULTIPATH: HOP,
        uapi.RTA_VIA: struct.pack('=H', socket.AF_INET) + b'\x0a\0\0\1',
        uapi.RTA_CACHEINFO: uapi.RTA_CACHEINFO_STRUCT.pack(0, 0, 500, 0, 0, 0, 0, 0),
        uapi.RTA_PREF: b'\1',
    },
    'address': {
        uapi.IFA_FLAGS: struct.pack('=I', uapi.IFA_F_SECONDARY),
        uapi.IFA_CACHEINFO: uapi.IFA_CACHEINFO_STRUCT.pack(5, 6, 0, 0),
        uapi.IFA_ADDRESS: b'\x0a\0\0\2',
        uapi.IFA_LOCAL: b'\x0a\0\0\2',
    },
    'rule': {
        uapi.FRA_SPORT_RANGE: struct.pack('=HH', 1, 2),
        uapi.FRA_DPORT_RANGE: struct.pack('=HH', 1, 2),
        uapi.FRA_UID_RANGE: struct.pack('=II', 1, 2),
        uapi.FRA_GOTO: struct.pack('=I', 9),
    },
}
BY_FORM = {
    nla.IP.name: {'route': bytes(15) + b'\2', 'rule': b'\x0a\0\0\0', 'address': b'\x0a\0\0\3'},
    nla.IP4.name: dict.fromkeys(PAYLOADS, b'\x0a\0\0\3'),
    nla.U16.name: dict.fromkeys(PAYLOADS, struct.pack('=H', 9)),
    nla.BE32.name: dict.fromkeys(PAYLOADS, struct.pack('>I', 9)),
    nla.BE64.name: dict.fromkeys(PAYLOADS, struct.pack('>Q', 9)),
    nla.U8.name: dict.fromkeys(PAYLOADS, b'\x07'),
    nla.U32.name: {kind: struct.pack('=I', 9) for kind in PAYLOADS},
    nla.TEXT.name: dict.fromkeys(PAYLOADS, b'word\x00'),
}
KINDS: dict[str, tuple[t.Any, t.Callable[[Parts], t.Any]]] = {
    'route': (route_schema.FOUND, route),
    'address': (address_schema.FOUND, address),
    'rule': (rule_schema.FOUND, rule),
}
ATTRIBUTES = [(kind, attribute) for kind, (table, _decode) in KINDS.items() for attribute in table.values()]
NLAS = [(kind, attribute.name, nla) for kind, attribute in ATTRIBUTES for nla in attribute.nla]


@pytest.mark.parametrize('kind, name, attribute', NLAS, ids=['%s %s' % nla[:2] for nla in NLAS])
def test_an_attribute_of_the_table_is_read(kind: str, name: str, attribute: nla.Nla) -> None:
    decode = KINDS[kind][1]
    number = attribute.number
    payload = PAYLOADS[kind].get(number) or BY_FORM[attribute.form.name][kind]
    plain, found = decode({}), decode({number: payload})
    if kind == 'rule' and number == uapi.FRA_GOTO:  # only rules that go on elsewhere say where
        assert plain == found
        return
    assert plain != found
    assert not found.extra


@pytest.mark.parametrize('kind', KINDS)
def test_any_other_attribute_is_kept_and_compared(kind: str) -> None:
    decode = KINDS[kind][1]
    found = decode({UNKNOWN: b'some'})
    assert found.extra == ((UNKNOWN, b'some'),)
    assert found != decode({})
    assert found != decode({UNKNOWN: b'else'})
    words = [text for text in found.undeclarable if text != 'priority 0']  # that of the rules here
    assert [text.startswith('attribute 200') for text in words] == [True]
    assert 'attribute 200' in ' '.join(found.lines())


def test_numbers_are_those_of_their_names() -> None:
    for _kind, _name, attribute in NLAS:
        assert getattr(uapi, attribute.name) == attribute.number
    for word, metric in route_schema.METRICS.items():
        assert metric.nla[0].name == 'RTAX_' + {'congctl': 'CC_ALGO'}.get(word, word.upper())
