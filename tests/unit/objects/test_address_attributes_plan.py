# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of what an address has besides its place: what changes in place, and what is made anew."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address, Lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import FOREVER, Countdown
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, PROTOCOL
from ansible_collections.multinet.linux.tests.unit.objects.test_address_and_route_plan import (
    LEASE,
    Document,
    address,
    link,
    planned,
    steps_of,
)


def ours(text: str, **fields: t.Any) -> Address:
    return address(text, protocol=PROTOCOL, **fields)


def lives(preferred: int, valid: int) -> Lifetimes:
    return Lifetimes(Countdown(preferred), Countdown(valid))


LIVES = link({'address': '10.0.0.1/24', 'valid_lifetime': 4000, 'preferred_lifetime': 800})
OWN = (HOST, 'eth0', '10.0.0.1/24')
ATTRIBUTES: dict[str, tuple[Document, dict[str, t.Any], list[str]]] = {
    'a lifetime that runs': (LIVES, {'addresses': [ours('10.0.0.1/24', lifetimes=LEASE)]}, []),
    'a lifetime that was just set': (
        LIVES,
        {'addresses': [ours('10.0.0.1/24', lifetimes=lives(800, 4000))]},
        [],
    ),
    'a lifetime of which less than half is left': (
        LIVES,
        {'addresses': [ours('10.0.0.1/24', lifetimes=lives(500, 1999))]},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'a lifetime that was longer': (
        LIVES,
        {'addresses': [ours('10.0.0.1/24', lifetimes=lives(801, 4000))]},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'preferred for ever': (
        link({'address': '10.0.0.1/24', 'valid_lifetime': 'forever'}),
        {'addresses': [ours('10.0.0.1/24', lifetimes=lives(0, FOREVER))]},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'deprecated': (
        link({'address': '10.0.0.1/24', 'preferred_lifetime': 0}),
        {'addresses': [ours('10.0.0.1/24', lifetimes=lives(0, FOREVER))]},
        [],
    ),
    'one of ours that ends, not declared': (
        link(),
        {'addresses': [ours('10.0.0.1/24', lifetimes=LEASE)], 'owned': Owned(addresses={OWN})},
        ['remove address 10.0.0.1/24 on eth0'],
    ),
    'another metric': (
        link({'address': '10.0.0.1/24', 'metric': 7}),
        {'addresses': [ours('10.0.0.1/24')]},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'another metric of IPv6': (
        link({'address': 'fd00::1/64', 'metric': 7}),
        {'addresses': [ours('fd00::1/64')]},
        ['remove address fd00::1/64 on eth0', 'make address fd00::1/64 on eth0'],
    ),
    'a broadcast address of ours goes': (
        link('10.0.0.1/24'),
        {'addresses': [ours('10.0.0.1/24', broadcast='10.0.0.255')]},
        ['remove address 10.0.0.1/24 on eth0', 'make address 10.0.0.1/24 on eth0'],
    ),
    'its broadcast address is there': (
        link({'address': '10.0.0.1/24', 'broadcast': '+'}),
        {'addresses': [ours('10.0.0.1/24', broadcast='10.0.0.255')]},
        [],
    ),
    'another broadcast address': (
        link({'address': '10.0.0.1/24', 'broadcast': '-'}),
        {'addresses': [ours('10.0.0.1/24', broadcast='10.0.0.255')]},
        ['remove address 10.0.0.1/24 on eth0', 'make address 10.0.0.1/24 on eth0'],
    ),
    'a flag': (
        link({'address': 'fd00::1/64', 'home': True}),
        {'addresses': [ours('fd00::1/64')]},
        ['remove address fd00::1/64 on eth0', 'make address fd00::1/64 on eth0'],
    ),
    'a flag that the kernel forgets': (
        link({'address': 'fd00::1/64', 'dad': True, 'optimistic': True}),
        {'addresses': [ours('fd00::1/64', dad=True)]},
        [],
    ),
    'the protocol of another, ours by the record': (
        link({'address': '10.0.0.1/24', 'protocol': 99}),
        {'addresses': [address('10.0.0.1/24', protocol=99)], 'owned': Owned(addresses={OWN})},
        [],
    ),
    'the protocol of another, no longer': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', protocol=99)], 'owned': Owned(addresses={OWN})},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'the protocol of another, not declared': (
        link(),
        {'addresses': [address('10.0.0.1/24', protocol=99)], 'owned': Owned(addresses={OWN})},
        ['remove address 10.0.0.1/24 on eth0'],
    ),
    'another protocol': (
        link({'address': '10.0.0.1/24', 'protocol': 99}),
        {'addresses': [ours('10.0.0.1/24')]},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'another peer, ours': (
        link({'address': '10.0.0.1/32', 'peer': '10.1.0.3'}),
        {
            'addresses': [ours('10.0.0.1/32', peer='10.1.0.2')],
            'owned': Owned(addresses={(HOST, 'eth0', '10.0.0.1/32', '10.1.0.2')}),
        },
        ['remove address 10.0.0.1/32 on eth0', 'make address 10.0.0.1/32 on eth0'],
    ),
    'one address to two peers': (
        link({'address': '10.0.0.1/32', 'peer': '10.1.0.3'}, {'address': '10.0.0.1', 'peer': '10.1.0.2'}),
        {'addresses': [ours('10.0.0.1/32', peer='10.1.0.2')]},
        ['make address 10.0.0.1/32 on eth0'],
    ),
    'one address to a peer over another link': (
        link({'address': '10.0.0.1/32', 'peer': '10.1.0.3'}),
        {'addresses': [address('10.0.0.1/32', 'eth1', peer='10.1.0.2')]},
        ['make address 10.0.0.1/32 on eth0'],
    ),
}


@pytest.mark.parametrize('document, have, steps', ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes(document: Document, have: dict[str, t.Any], steps: list[str]) -> None:
    assert steps_of(planned(document, **have)) == steps
