# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes: what is asked for is what is read."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import U32
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.values import Values
from ansible_collections.multinet.linux.tests.conformance.world import (
    P,
    World,
    in_world,
    two_links,
)


def hosts(network: str) -> list[str]:
    return ['%s.%d' % (network, number) for number in range(2, 12)]


def test_random_routes_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        index = two_links(world)
        names = {number: name for name, number in index.items()}
        sources = {'ipv4': ['192.168.1.1', '192.168.2.1'], 'ipv6': ['fc01::1', 'fc02::1']}
        link_local = ['fe80::%x' % number for number in range(1, 7)]
        gateways = {
            'ipv4': {link: hosts('192.168.%d' % number) for number, link in enumerate('ab', 1)},
            'ipv6': {'a': link_local, 'b': link_local},
        }
        for family, length in (('ipv4', 24), ('ipv6', 64)):
            world.send(
                *[
                    encode.address(Address('', link, '%s/%d' % (source, length)), index[link], True)
                    for link, source in zip('ab', sources[family])
                ]
            )
        before = dumps.routes(world.sock, '', names)
        families = [values.random.choice(['ipv4', 'ipv6']) for _number in range(400)]
        wanted = [values.route(family, gateways[family], sources[family], ['a', 'b']) for family in families]
        world.send(*[encode.route(route, index, 'add') for route in wanted])
        found = {route.key: route for route in dumps.routes(world.sock, '', names)}
        for route in wanted:
            assert found.pop(route.key) == route
        assert found == {route.key: route for route in before}
        # Replacing what is there, by the same and by something else.
        changed = [
            route._replace(metrics=(('mtu', 1300),) if route.hops else (), protocol=P) for route in wanted
        ]
        world.send(*[encode.route(route, index, 'replace') for route in changed])
        found = {route.key: route for route in dumps.routes(world.sock, '', names)}
        assert [(found[route.key], route) for route in changed if found[route.key] != route] == []
        assert len(found) == len(wanted) + len(before)
        world.send(*[encode.route(route, index, 'delete') for route in changed])
        assert dumps.routes(world.sock, '', names) == before

    in_world(body)


def test_hops_with_gateways_of_both_families_and_realms() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        names = {number: name for name, number in index.items()}
        world.send(encode.address(Address('', 'a', '192.168.1.1/24'), index['a'], True))
        realms = ((uapi.RTA_FLOW, U32.pack(5)),)
        hops = (
            Hop('192.168.1.9', 'a', 3),
            Hop('192.168.1.8', 'a', extra=realms),
            Hop('fe80::9', 'a', onlink=True, extra=realms),
            Hop('fe80::8', 'b', onlink=True),
        )
        wanted = Route('', '10.5.0.0/16', tuple(sorted(hops)), protocol=P)
        world.send(encode.route(wanted, index, 'add'))
        found = [route for route in dumps.routes(world.sock, '', names) if route.to == wanted.to]
        assert found == [wanted]

    in_world(body)
