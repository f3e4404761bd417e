# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes with a link or an address: each kind of object answers to the event."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Draft, Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.events import (
    AddressGoes,
    Event,
    LinkGoesDown,
    LinkLeaves,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.side_effects import ANSWERS
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, PROTOCOL

ETH0 = Link(HOST, 'eth0', 'physical', True, 1500, '02:00:00:00:00:01', '')
ADDRESSES = [
    Address(HOST, 'eth0', '10.0.0.1/24'),
    Address(HOST, 'eth0', 'fd00::1/64'),
    Address(HOST, 'eth1', '10.1.0.1/24'),
]
ROUTES = [
    Route(HOST, '10.8.0.0/16', (Hop('10.0.0.9', 'eth0'),)),
    Route(HOST, 'fd08::/64', (Hop('fd00::9', 'eth0'),)),
    Route(HOST, '10.9.0.0/16', (Hop('10.0.0.9', 'eth0'), Hop('10.1.0.9', 'eth1'))),
    Route(HOST, '10.10.0.0/16', (Hop('10.0.0.9', 'eth0'), Hop('10.1.0.9', 'eth1')), protocol=PROTOCOL),
    Route(HOST, '10.11.0.0/16', (Hop('10.1.0.9', 'eth1'),), src='10.0.0.1'),
]
SYSCTLS = {
    'net/ipv4/conf/eth0/rp_filter': '1',
    'net/ipv4/conf/eth1/rp_filter': '1',
    'net/ipv4/ip_forward': '1',
}
EVENTS: dict[str, tuple[Event, list[str], list[str]]] = {
    'a link leaves': (
        LinkLeaves(ETH0),
        [
            '10.0.0.1/24',
            'fd00::1/64',
            '10.8.0.0/16',
            'fd08::/64',
            '10.9.0.0/16',
            '10.10.0.0/16',
            'net/ipv4/conf/eth0/rp_filter',
        ],
        ['10.10.0.0/16'],
    ),
    'a link goes down': (
        LinkGoesDown(ETH0),
        ['fd00::1/64', '10.8.0.0/16', 'fd08::/64', '10.10.0.0/16'],
        ['10.10.0.0/16'],
    ),
    'an address goes': (AddressGoes(ADDRESSES[0], False), ['10.11.0.0/16'], ['10.11.0.0/16']),
    'the last address goes': (
        AddressGoes(ADDRESSES[0], True),
        ['10.8.0.0/16', '10.9.0.0/16', '10.10.0.0/16', '10.11.0.0/16'],
        ['10.8.0.0/16', '10.9.0.0/16', '10.10.0.0/16', '10.11.0.0/16'],
    ),
}


def contents(seen: Seen) -> list[str]:
    sysctls = [key for key, value in seen.sysctls.items() if value is not None]
    routes = [route.to for route in seen.routes]
    return [address.address for address in seen.addresses] + routes + sysctls


@pytest.mark.parametrize('event, gone, removed', EVENTS.values(), ids=EVENTS)
def test_what_goes_and_what_is_removed_before(event: Event, gone: list[str], removed: list[str]) -> None:
    lo = Link(HOST, 'lo', 'physical', True, 65536, '00:00:00:00:00:00', '')
    links = {'lo': lo, 'eth0': ETH0}
    seen = Seen('cookie:1', links, list(ADDRESSES), list(ROUTES), [], t.cast('t.Any', dict(SYSCTLS)))
    want = read_layout({'name': 'x', 'routes': [{'to': '10.0.0.0/8', 'type': 'blackhole'}]}, 'host')
    draft = Draft(want, Snapshot({HOST: seen}), Owned(), Policy(), answers=lambda: ANSWERS)
    before = contents(seen)
    draft.announce(event)
    after = contents(draft.now[HOST])
    assert [name for name in before if name not in after] == gone
    assert [op.before.to for op in draft.ops] == removed
    assert contents(seen) == before
