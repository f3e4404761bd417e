# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links and namespaces carry the operator's connection."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.engine.follow_path import follow
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import (
    Connection,
    ManagementPath,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot

WAY = Connection('198.51.100.9', 50000, '192.0.2.1', 22)


def namespace(*parts: Link | Address | Route) -> Seen:
    seen = Seen('')
    for part in parts:
        if isinstance(part, Link):
            seen.links[part.name] = part
        elif isinstance(part, Address):
            seen.addresses.append(part)
        else:
            seen.routes.append(part)
    return seen


def path_of(connection: Connection = WAY, **namespaces: Seen) -> ManagementPath:
    seen = {'' if name == 'host' else name: found for name, found in namespaces.items()}
    return follow(Snapshot(seen), connection, '').path


def default(link: str, namespace: str = '', table: int = 254, via: str = '192.0.2.254') -> Route:
    return Route(namespace, '0.0.0.0/0', (Hop(via, link),), table)


def test_what_the_link_of_the_address_stands_on() -> None:
    path = path_of(
        host=namespace(
            Link('', 'eth0', 'physical', master='bond0'),
            Link('', 'eth1', 'physical', master='bond0'),
            Link('', 'eth2', 'physical'),
            Link('', 'bond0', 'bond'),
            Link('', 'vlan7', 'vlan', parent=('', 'bond0'), master='br0'),
            Link('', 'br0', 'bridge'),
            Address('', 'br0', '192.0.2.1/24'),
            default('br0'),
        )
    )
    assert path.links == {('', name) for name in ('eth0', 'eth1', 'bond0', 'vlan7', 'br0')}
    assert (path.passed, path.unknown, path.hops) == (set(), '', {'192.0.2.254', WAY.peer})


def test_a_vrf_is_followed_by_its_table() -> None:
    path = path_of(
        host=namespace(
            Link('', 'red', 'vrf', settings=(('table', 1001),)),
            Link('', 'eth0', 'physical', master='red'),
            Link('', 'eth1', 'physical'),
            Address('', 'eth0', '192.0.2.1/24'),
            default('eth0', table=1001),
        )
    )
    assert path.links == {('', 'red'), ('', 'eth0')}
    assert path.unknown == ''


def test_a_vrf_whose_loopback_has_the_address() -> None:
    path = path_of(
        host=namespace(
            Link('', 'red', 'vrf', settings=(('table', 1001),)),
            Link('', 'eth0', 'physical', master='red'),
            Address('', 'red', '192.0.2.1/32'),
            default('eth0', table=1001),
        )
    )
    assert path.links == {('', 'red'), ('', 'eth0')}


def test_a_tunnel_cannot_be_followed() -> None:
    for kind in ('tun', 'wireguard', 'vxlan', 'gre', 'ppp'):
        path = path_of(host=namespace(Link('', 'vpn0', kind), Address('', 'vpn0', '192.0.2.1/24')))
        assert path.unknown == 'the connection goes through link host/vpn0 of kind %s' % kind


def test_a_tunnel_in_a_router_cannot_be_followed() -> None:
    path = path_of(
        host=namespace(
            Link('', 'up0', 'veth', peer=('router', 'down0')),
            Address('', 'up0', '192.0.2.1/24'),
            default('up0'),
        ),
        router=namespace(
            Link('router', 'down0', 'veth', peer=('', 'up0')),
            Link('router', 'vpn0', 'wireguard'),
            Address('router', 'down0', '192.0.2.254/24'),
            default('vpn0', 'router', via=''),
        ),
    )
    assert path.passed == {'router'}
    assert path.unknown == 'the connection goes through link router/vpn0 of kind wireguard'


def test_a_router_on_a_macvlan_beside_ours() -> None:
    path = follow(
        Snapshot(
            {
                '': namespace(Link('', 'eth0', 'physical')),
                'mgmt': namespace(
                    Link('mgmt', 'mv0', 'macvlan', parent=('', 'eth0')),
                    Address('mgmt', 'mv0', '192.0.2.1/24'),
                    default('mv0', 'mgmt'),
                ),
                'router': namespace(
                    Link('router', 'mv0', 'macvlan', parent=('', 'eth0')),
                    Link('router', 'wan', 'physical'),
                    Address('router', 'mv0', '192.0.2.254/24'),
                    default('wan', 'router', via='203.0.113.1'),
                ),
            }
        ),
        WAY,
        'mgmt',
    ).path
    assert path.passed == {'router'}
    assert path.links >= {('mgmt', 'mv0'), ('', 'eth0'), ('router', 'mv0'), ('router', 'wan')}


def test_a_bridge_to_two_namespaces_leads_to_that_with_the_gateway() -> None:
    path = path_of(
        host=namespace(
            Link('', 'br0', 'bridge'),
            Link('', 'p1', 'veth', master='br0', peer=('router', 'lan')),
            Link('', 'p2', 'veth', master='br0', peer=('leaf', 'lan')),
            Address('', 'br0', '192.0.2.1/24'),
            default('br0'),
        ),
        router=namespace(
            Link('router', 'lan', 'veth', peer=('', 'p1')),
            Link('router', 'wan', 'physical'),
            Address('router', 'lan', '192.0.2.254/24'),
            default('wan', 'router', via='203.0.113.1'),
        ),
        leaf=namespace(Link('leaf', 'lan', 'veth', peer=('', 'p2')), Address('leaf', 'lan', '192.0.2.7/24')),
    )
    assert path.passed == {'router'}
    assert ('leaf', 'lan') not in path.links


def test_a_connection_from_the_host_itself_cannot_be_followed() -> None:
    local = Connection('192.0.2.1', 50000, '192.0.2.1', 22)
    path = path_of(local, host=namespace(Link('', 'eth0', 'physical'), Address('', 'eth0', '192.0.2.1/24')))
    assert path.unknown
