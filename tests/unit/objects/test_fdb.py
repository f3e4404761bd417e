# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases: what documents say of them, what the kernel says, and what is done about
the difference."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import U32, parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb import codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb.entry import fdb_entry
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb.value import FdbEntry
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.made_for import MadeFor
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.codec import FoundNeighbour
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, layout, planned, steps_of

MAC, OTHER, NONE = '02:00:00:00:00:09', '02:00:00:00:00:0a', '00:00:00:00:00:00'
BR0 = Link(HOST, 'br0', 'bridge', True, 1500, OTHER, '')
PORTS = [Link(HOST, name, 'physical', True, 1500, OTHER, 'br0') for name in ('p1', 'p2')]
VX = Link(HOST, 'vx', 'vxlan', True, 1450, OTHER, '', settings=(('id', 7), ('port', 4789)))
ON_P1 = {'lladdr': MAC, 'dev': 'p1', 'master': True, 'state': 'static'}
FLOOD = {'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.1'}


def static(dev: str, **more: t.Any) -> FdbEntry:
    return FdbEntry(HOST, dev, MAC, True, 'static', **more)


def flood(dst: str, **more: t.Any) -> FdbEntry:
    return FdbEntry(HOST, 'vx', NONE, dst=dst, **more)


PLANS: dict[str, tuple[list[dict[str, t.Any]], list[FdbEntry], list[str]]] = {
    'a new one': ([ON_P1], [], ['make fdb %s dev p1 master static in host' % MAC]),
    'one that is there': ([ON_P1], [static('p1')], []),
    'one in another VLAN': (
        [ON_P1],
        [static('p1', vlan=9)],
        ['fdb %s dev p1 master in host: is at another port, or in a VLAN, and not ours' % MAC],
    ),
    'one of others that differs': (
        [{**ON_P1, 'sticky': True}],
        [static('p1')],
        ['fdb %s dev p1 master in host: already exists and is not ours' % MAC],
    ),
    'one at another port': (
        [ON_P1],
        [static('p2')],
        ['fdb %s dev p1 master in host: is at another port, or in a VLAN, and not ours' % MAC],
    ),
    'a further end': (
        [FLOOD],
        [flood('192.0.2.2')],
        ['make fdb %s dev vx dst 192.0.2.1 permanent in host' % NONE],
    ),
    'what the link has as well': ([{**FLOOD, 'port': 4789, 'vni': 7}], [flood('192.0.2.1')], []),
    'ours and others': (
        [FLOOD],
        [flood('192.0.2.1'), flood('192.0.2.8'), flood('192.0.2.9')],
        ['remove fdb %s dev vx dst 192.0.2.9 permanent in host' % NONE],
    ),
}


@pytest.mark.parametrize('entries, have, steps', PLANS.values(), ids=PLANS)
def test_plan(entries: list[dict[str, t.Any]], have: list[FdbEntry], steps: list[str]) -> None:
    seen = bare(HOST, BR0, *PORTS, VX, fdb=list(have))
    owned = Owned.from_data(Owned(fdb={flood('192.0.2.9').key}).as_data())
    assert steps_of(planned({'fdb': entries}, [seen], owned=owned)) == steps


VALUES = [
    ON_P1,
    {**ON_P1, 'sticky': True, 'vlan': 9},
    {'lladdr': MAC, 'dev': 'p1', 'master': True, 'extern_learn': True},
    {'lladdr': MAC, 'dev': 'p1'},
    FLOOD,
    {**FLOOD, 'port': 4000, 'vni': 8, 'via': 'p2', 'src_vni': 9},
    {'lladdr': MAC, 'dev': 'vx', 'dst': '2001:db8::1', 'router': True, 'state': 'static'},
]


@pytest.mark.parametrize('entry', VALUES, ids=str)
def test_what_is_sent_is_what_is_read(entry: dict[str, t.Any]) -> None:
    [want] = layout(fdb=[entry]).fdb
    assert fdb_entry(want) == entry
    names = {1: 'br0', 2: 'p1', 3: 'p2', 4: 'vx'}
    indexes = {name: number for number, name in names.items()}
    request = codec.encode_fdb(want, indexes, True)
    _family, index, state, flags, _type = uapi.NDMSG.unpack_from(request, 16)
    attributes = parse_attributes(request, 16 + uapi.NDMSG.size)
    if want.master:
        attributes[uapi.NDA_MASTER] = U32.pack(1)
    shown = FoundNeighbour(names[index], uapi.AF_BRIDGE, state, flags, attributes)
    found = codec.decode_fdb(HOST, shown, names, MadeFor(set(), set()))
    assert not want.differs(found) and found.key == want.key
    assert codec.stays(shown)


def test_what_the_kernel_made_for_links() -> None:
    made = MadeFor({MAC}, {('vx', '192.0.2.1')})
    names = {1: 'br0', 2: 'p1', 4: 'vx'}
    for entry, comes in (
        (static('p1'), True),
        (static('p1')._replace(lladdr=OTHER), False),
        (FdbEntry(HOST, 'p1', '33:33:00:00:00:01'), True),
        (flood('192.0.2.1'), True),
        (flood('192.0.2.2'), False),
    ):
        request = codec.encode_fdb(entry, {name: number for number, name in names.items()}, True)
        attributes = parse_attributes(request, 16 + uapi.NDMSG.size)
        if entry.master:
            attributes[uapi.NDA_MASTER] = U32.pack(1)
        shown = FoundNeighbour(entry.dev, uapi.AF_BRIDGE, uapi.NUD_PERMANENT, 0, attributes)
        assert codec.decode_fdb(HOST, shown, names, made).comes_with_link == comes
