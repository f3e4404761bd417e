# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: what is asked for is what is read."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.values import Values
from ansible_collections.multinet.linux.tests.conformance.world import (
    World,
    in_world,
    two_links,
)


def test_random_addresses_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        index = two_links(world)
        names = {number: name for name, number in index.items()}
        wanted = [values.address(values.random.choice('ab')) for _number in range(300)]
        world.send(*[encode.address(address, index[address.link], True) for address in wanted])
        found = {address.key: address for address in dumps.addresses(world.sock, '', names)}
        networks: set[tuple[str, str]] = set()
        for address in wanted:
            network = (address.link, address.network)
            expected = address._replace(secondary=address.family == 'ipv4' and network in networks)
            networks.add(network)
            assert found.pop(address.key) == expected
        del names[index['lo']]  # which has the kernel's own 127.0.0.1
        assert sorted(key[2] for key in found) == ['127.0.0.1/8']
        # All of them can be removed again, last ones first: secondary addresses go with their first one.
        world.send(*[encode.address(address, index[address.link], False) for address in reversed(wanted)])
        assert dumps.addresses(world.sock, '', names) == []

    in_world(body)


def test_a_second_address_of_a_network_is_told_as_such() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        world.send(
            *[
                encode.address(Address('', 'a', '10.0.0.%d/24' % number), index['a'], True)
                for number in (1, 2, 3)
            ],
            encode.address(Address('', 'a', '10.0.0.9/25'), index['a'], True),
        )
        found = dumps.addresses(world.sock, '', {index['a']: 'a'})
        assert {address.ip: address.secondary for address in found} == {
            '10.0.0.1': False,
            '10.0.0.2': True,
            '10.0.0.3': True,
            '10.0.0.9': False,
        }

    in_world(body)
