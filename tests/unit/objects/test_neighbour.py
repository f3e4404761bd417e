# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours: what documents say of them, what the kernel says, and what is done about the difference."""

from __future__ import annotations

import socket
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour import codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.entry import neighbour_entry
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.value import Neighbour
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, PROTOCOL
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, layout, planned, steps_of

Entry = dict[str, t.Any]
MAC, OTHER = '02:00:00:00:00:09', '02:00:00:00:00:0a'
NINE: Entry = {'to': '10.0.0.9', 'dev': 'eth0', 'lladdr': MAC}
PROXY: Entry = {'to': 'fd00::9', 'dev': 'eth0', 'proxy': True}
ETH0 = Link(HOST, 'eth0', 'physical', True, 1500, MAC, '')


def found(to: str = '10.0.0.9', **more: t.Any) -> Neighbour:
    return Neighbour(HOST, 'eth0', to, **{'lladdr': MAC, **more})


PLANS: dict[str, tuple[list[Entry], list[Neighbour], list[str]]] = {
    'a new one': ([NINE], [], ['make neighbour 10.0.0.9 dev eth0 lladdr %s nud permanent in host' % MAC]),
    'one that is there': ([NINE], [found()], []),
    'one of ours that differs': (
        [NINE],
        [found(lladdr=OTHER, protocol=PROTOCOL)],
        ['change neighbour 10.0.0.9 dev eth0 lladdr %s nud permanent in host' % MAC],
    ),
    'one of others that differs': (
        [NINE],
        [found(lladdr=OTHER)],
        ['neighbour 10.0.0.9 dev eth0 in host: already exists and is not ours'],
    ),
    'a state that passes': (
        [{**NINE, 'nud': 'reachable', 'extern_learn': True}],
        [found(nud='probe', extern_learn=True)],
        [],
    ),
    'one that the kernel resolves': (
        [{'to': '10.0.0.9', 'dev': 'eth0', 'managed': True}],
        [found(managed=True, nud='stale')],
        [],
    ),
    'a proxy beside a neighbour': (
        [PROXY],
        [found('fd00::9')],
        ['make neighbour proxy fd00::9 dev eth0 in host'],
    ),
    'a link that is missing': (
        [{**NINE, 'dev': 'eth7'}],
        [],
        ['neighbour 10.0.0.9 dev eth7 in host: uses a link that does not exist'],
    ),
    'ours, others and the kernel': (
        [NINE],
        [found(), found('10.0.0.1'), found('10.0.0.2', protocol=PROTOCOL), found('10.0.0.3', nud='noarp')],
        ['remove neighbour 10.0.0.2 dev eth0 lladdr %s nud permanent in host' % MAC],
    ),
}
OWNED = Owned(neighbours={(HOST, 'eth0', to, False) for to in ('10.0.0.2', '10.0.0.9')})


@pytest.mark.parametrize('entries, have, steps', PLANS.values(), ids=PLANS)
def test_plan(entries: list[Entry], have: list[Neighbour], steps: list[str]) -> None:
    seen = bare(HOST, ETH0, neighbours=list(have))
    assert steps_of(planned({'neighbours': entries}, [seen], owned=OWNED)) == steps


def test_adopted() -> None:
    seen = bare(HOST, ETH0, neighbours=[found(lladdr=OTHER, protocol=4)])
    steps = planned({'neighbours': [NINE]}, [seen], policy=Policy(adopt=True))
    [change] = steps.changes
    assert change.before == ('neighbour', 'lladdr ' + OTHER, 'nud permanent', 'protocol 4')
    assert change.after == ('neighbour', 'lladdr ' + MAC, 'nud permanent')


@pytest.mark.parametrize(
    'want, goes',
    [(NINE, True), ({'to': '10.0.0.9', 'dev': 'eth0'}, True), ({**NINE, 'lladdr': OTHER}, False)],
)
def test_named_to_be_removed(want: Entry, goes: bool) -> None:
    seen = bare(HOST, ETH0, neighbours=[found()])
    document = {'neighbours': [want]}
    if 'lladdr' not in want:
        document['neighbours'] = [{**want, 'managed': True}]
    steps = planned(document, [seen], policy=Policy(mode=Mode.REMOVE))
    assert bool(steps.ops) == goes


VALUES: list[Entry] = [
    NINE,
    PROXY,
    {**PROXY, 'router': True},
    {**NINE, 'nud': 'noarp', 'protocol': 99, 'extern_learn': True},
    {**NINE, 'nud': 'stale', 'extern_learn': True},
    {'to': 'fd00::9', 'dev': 'eth0', 'managed': True, 'extern_learn': True},
    {**NINE, 'lladdr': '192.0.2.1'},
    {**NINE, 'lladdr': '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:0a:bc:de'},
]


@pytest.mark.parametrize('entry', VALUES, ids=str)
def test_what_is_sent_is_what_is_read(entry: Entry) -> None:
    [want] = layout(neighbours=[entry]).neighbours
    assert neighbour_entry(want) == entry
    request = codec.encode_neighbour(want, 7, True)
    family, index, state, flags, _type = uapi.NDMSG.unpack_from(request, 16)
    attributes = parse_attributes(request, 16 + uapi.NDMSG.size)
    shown = codec.decode_neighbour(HOST, codec.FoundNeighbour('eth0', family, state, flags, attributes))
    assert index == 7
    assert not want.differs(shown)
    assert shown.protocol == want.protocol
    assert codec.encode_neighbour(shown, 7, True)[16:] == request[16:]


def test_what_no_table_names_is_kept_and_compared() -> None:
    attributes = {
        uapi.NDA_DST: socket.inet_aton('10.0.0.9'),
        uapi.NDA_LLADDR: bytes.fromhex(MAC.replace(':', '')),
        uapi.NDA_FLAGS_EXT: b'\6\0\0\0',
        uapi.NDA_CACHEINFO: bytes(16),
        77: b'some',
    }
    shown = codec.decode_neighbour(HOST, codec.FoundNeighbour('eth0', socket.AF_INET, 128, 0, attributes))
    assert shown.extra == ((77, b'some'), (uapi.NDA_FLAGS_EXT, b'\6\0\0\0'))
    assert found().differs(shown) and shown.undeclarable
    request = codec.encode_neighbour(shown, 7, True)
    assert parse_attributes(request, 16 + uapi.NDMSG.size)[77] == b'some'


@pytest.mark.parametrize(
    'text, canonical',
    [
        ('02-AB-00-00-00-09', '02:ab:00:00:00:09'),
        ('2:ab:0:0:0:9', '02:ab:00:00:00:09'),
        ('FD00::0:1', 'fd00::1'),
    ],
)
def test_spellings_of_hardware_addresses(text: str, canonical: str) -> None:
    [want] = layout(neighbours=[{**NINE, 'lladdr': text}]).neighbours
    assert want.lladdr == canonical


POINT_TO_POINT = uapi.IFINFOMSG.pack(0, 768, 7, uapi.IFF_UP | uapi.IFF_POINTOPOINT, 0)


@pytest.mark.parametrize('to, is_refused', [('10.0.0.9', True), ('fd00::9', False)])
def test_a_link_of_others_with_one_other_end(to: str, is_refused: bool) -> None:
    tunnel = Link(HOST, 'eth0', 'ipip', True, 1480, None, '', kernel=POINT_TO_POINT)
    steps = planned({'neighbours': [{**NINE, 'to': to}]}, [bare(HOST, tunnel)])
    assert [problem.what for problem in steps.conflicts] == (
        ['is on a link that has one other end and no neighbours of IPv4'] if is_refused else []
    )
