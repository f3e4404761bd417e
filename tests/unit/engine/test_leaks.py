# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leaks between namespaces whose kinds of links not every kernel has.

tests/integration/test_leaks.py has the rest, on a kernel.
"""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.engine.leaks.host_state import (
    HostState,
    NamespaceState,
)
from ansible_collections.multinet.linux.plugins.module_utils.engine.leaks.leaks import find_leaks
from ansible_collections.multinet.linux.plugins.module_utils.engine.leaks.resolvers import Resolver
from ansible_collections.multinet.linux.plugins.module_utils.kernel.neighbours import LearnedAddress
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.local_addresses import LocalAddress
from ansible_collections.multinet.linux.plugins.module_utils.objects.reachability import read_reachability
from ansible_collections.multinet.linux.plugins.module_utils.values.names import End

RED, BLUE = 'red', 'blue'


def link(namespace: str, name: str, kind: str = 'veth', **more: t.Any) -> Link:
    return Link(namespace, name, kind, more.pop('up', True), 1500, None, more.pop('master', ''), **more)


def side(name: str, **more: t.Any) -> NamespaceState:
    return NamespaceState(
        name,
        **{
            'addresses': [],
            'routes': [],
            'neighbours': [],
            'sockets': [],
            'macs': {},
            'resolver': Resolver(),
            **more,
        },
    )


def told(
    *links: Link,
    forwarding: t.Collection[End] = (),
    sides: dict[str, NamespaceState] | None = None,
    **options: t.Any,
) -> list[str]:
    host = HostState(
        {RED: side('1'), BLUE: side('2'), **(sides or {})},
        {(one.namespace, one.name): one for one in links},
        {'ipv4': set(forwarding), 'ipv6': set()},
    )
    return [
        '%s: %s' % (leak.kind, leak.text)
        for leak in find_leaks(host, read_reachability({'separate': [RED, BLUE], **options}))
    ]


def test_a_vlan_of_the_other() -> None:
    links = (link(RED, 'eth0', 'physical'), link(BLUE, 'vl0', 'vlan', parent=(RED, 'eth0')))
    assert told(*links) == ['link: blue/vl0 is a VLAN of red/eth0; move it, or name it in crossings.links']
    assert not told(*links, crossings={'links': ['vl0']}) and not told(
        *links, crossings={'links': ['red/eth0']}
    )


def test_vlans_of_one_link_of_a_third() -> None:
    assert not told(
        link('', 'eth0', 'physical'),
        link(RED, 'vl1', 'vlan', parent=('', 'eth0')),
        link(BLUE, 'vl2', 'vlan', parent=('', 'eth0')),
    )


def test_macvlans_of_one_link_of_a_third() -> None:
    def links(mode: str) -> list[Link]:
        return [
            link('', 'eth0', 'physical'),
            *(
                link(name, 'mv0', 'macvlan', parent=('', 'eth0'), settings=(('mode', mode),))
                for name in (RED, BLUE)
            ),
        ]

    assert told(*links('bridge')) == [
        'link: frames pass over red/mv0 - host/eth0 - blue/mv0; remove it, or name it in crossings.links'
    ]
    assert not told(*links('private'))


def _routed(**more: t.Any) -> list[Link]:
    """A namespace between them, with a link to each."""
    return [
        link(RED, 'eth0', peer=('mid', 'r')),
        link('mid', 'r', peer=(RED, 'eth0'), **more),
        link('mid', 'vrf1', 'vrf'),
        link('mid', 'b', peer=(BLUE, 'eth0')),
        link(BLUE, 'eth0', peer=('mid', 'b')),
    ]


def test_a_vrf_keeps_its_links_apart() -> None:
    both = [('mid', 'r'), ('mid', 'b')]
    assert told(*_routed(), forwarding=both) == [
        'forwarding: IPv4 passes from red to blue over red/eth0 - mid/r - mid/b - blue/eth0; '
        'turn forwarding off, or name mid in crossings.forwarding'
    ]
    assert not told(*_routed(master='vrf1'), forwarding=both)
    assert not told(*_routed(up=False), forwarding=[('mid', 'b')])


def test_a_port_of_a_bridge_forwards_by_the_bridge() -> None:
    links = [*_routed(master='br0'), link('mid', 'br0', 'bridge')]
    assert not told(*links, forwarding=[('mid', 'r')])
    assert told(*links, forwarding=[('mid', 'br0')]) == [
        'forwarding: IPv4 passes from red to blue over red/eth0 - mid/r - mid/br0 - mid/b - blue/eth0; '
        'turn forwarding off, or name mid in crossings.forwarding'
    ]


def test_a_router_whose_address_is_the_same_on_both_wires_is_no_neighbour_of_one() -> None:
    entry = LearnedAddress('eth0', '10.0.0.1', '00:00:5e:00:01:07')
    assert not told(sides={RED: side('1', neighbours=[entry]), BLUE: side('2', neighbours=[entry])})
    # Nor is a link with the hardware address of one's own, as a VLAN has that of the link below.
    mac = '02:00:00:00:00:01'
    entry = entry._replace(mac=mac)
    assert not told(
        sides={RED: side('1', macs={'eth0': mac}), BLUE: side('2', neighbours=[entry], macs={'vl0': mac})}
    )
    assert told(sides={RED: side('1', macs={'eth0': mac}), BLUE: side('2', neighbours=[entry])}) == [
        'neighbour: blue knows the neighbour 10.0.0.1 at 02:00:00:00:00:01 on eth0, which is red/eth0; '
        'separate the links'
    ]


def test_an_address_on_a_wire_of_its_own_is_on_purpose() -> None:
    def local(name: str, length: int) -> LocalAddress:
        return LocalAddress(name, '192.0.2.1', length, '', 0, False, '')

    def of(one: LocalAddress, other: LocalAddress) -> list[str]:
        return told(sides={RED: side('1', addresses=[one]), BLUE: side('2', addresses=[other])})

    assert not of(local('eth0', 24), local('sig0', 24)) and not of(local('eth0', 32), local('sig0', 32))
    assert (
        len(of(local('eth0', 24), local('sig0', 32))) == 1 and len(of(local('lo', 32), local('lo', 32))) == 1
    )
