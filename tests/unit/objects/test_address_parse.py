# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of a document: one spelling for each, and what is filled in."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.entry import address_entry
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.record import (
    address_from_record,
    address_to_record,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.values import names
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


@pytest.mark.parametrize(
    'written, canonical',
    [
        ('10.0.0.1/24', '10.0.0.1/24'),
        (' 10.0.0.1/24 ', '10.0.0.1/24'),
        ('10.0.0.1/255.255.255.0', '10.0.0.1/24'),
        ('10.0.0.1', '10.0.0.1/32'),
        ('10.0.0.0/31', '10.0.0.0/31'),
        ('FD00:0:0::0001/64', 'fd00::1/64'),
        ('fd00::1', 'fd00::1/128'),
        ('fd00::/64', 'fd00::/64'),
        ('fe80::1/64', 'fe80::1/64'),
    ],
)
def test_address(written: str, canonical: str) -> None:
    bare = layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': [written]}]).addresses
    full = layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': [{'address': written}]}]).addresses
    assert [address.address for address in bare] == [canonical]
    assert bare == full
    assert (bare[0].family, bare[0].ip) == (names.family_of(canonical), canonical.split('/')[0])


def test_address_defaults() -> None:
    ordinary, link_local, narrow = layout(
        links=[
            {
                'name': 'br0',
                'kind': 'bridge',
                'addresses': [
                    '10.0.0.1/24',
                    'fe80::1/64',
                    {'address': '10.0.0.2/24', 'scope': 'link', 'label': 'br0:x', 'prefix_route': False},
                ],
            }
        ]
    ).addresses
    assert (ordinary.scope, ordinary.prefix_route, ordinary.dad, ordinary.label) == (
        'global',
        True,
        False,
        None,
    )
    assert link_local.scope == 'link'
    assert (narrow.scope, narrow.prefix_route, narrow.label) == ('link', False, 'br0:x')


def read(entry: t.Any) -> Address:
    return layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': [entry]}]).addresses[0]


@pytest.mark.parametrize(
    'written, address, peer, network',
    [
        (('10.0.0.1/32', '10.9.0.2'), '10.0.0.1/32', '10.9.0.2', '10.9.0.2/32'),
        (('10.0.0.1', '10.9.0.2'), '10.0.0.1/32', '10.9.0.2', '10.9.0.2/32'),
        (('10.0.0.1', '10.9.0.2/24'), '10.0.0.1/24', '10.9.0.2', '10.9.0.0/24'),
        (('10.0.0.1/24', '10.9.0.2/24'), '10.0.0.1/24', '10.9.0.2', '10.9.0.0/24'),
        (('10.0.0.0/24', '10.9.0.2'), '10.0.0.0/24', '10.9.0.2', '10.9.0.0/24'),
        (('fd00::1', 'FD09::2/64'), 'fd00::1/64', 'fd09::2', 'fd09::/64'),
    ],
)
def test_the_prefix_length_is_that_of_the_peer(
    written: tuple[str, str], address: str, peer: str, network: str
) -> None:
    found = read({'address': written[0], 'peer': written[1]})
    assert (found.address, found.peer, found.network) == (address, peer, network)


@pytest.mark.parametrize(
    'written, broadcast',
    [
        ({'address': '10.0.0.1/24', 'broadcast': '+'}, '10.0.0.255'),
        ({'address': '10.0.0.1/24', 'broadcast': '-'}, '10.0.0.0'),
        ({'address': '10.0.0.1/30', 'broadcast': '10.255.255.255'}, '10.255.255.255'),
        ({'address': '10.0.0.1/32', 'broadcast': '10.0.0.1'}, '10.0.0.1'),
        ({'address': '10.0.0.1', 'peer': '10.9.0.2/24', 'broadcast': '+'}, '10.9.0.255'),
    ],
)
def test_broadcast(written: dict[str, str], broadcast: str) -> None:
    assert read(written).broadcast == broadcast


EVERYTHING = [
    {'address': '10.0.0.1/24', 'peer': '10.9.0.2', 'broadcast': '10.9.0.255', 'metric': 5, 'protocol': 99},
    {'address': '10.0.0.1/24', 'valid_lifetime': 60},
    {'address': '10.0.0.1/24', 'valid_lifetime': 60, 'preferred_lifetime': 0},
    {'address': 'fd00::1/64', 'preferred_lifetime': 0, 'home': True, 'mngtmpaddr': True, 'dad': True},
    {'address': '239.0.0.1/32', 'autojoin': True},
    {'address': 'ff05::1/128', 'autojoin': True},
    '10.0.0.1/24',
]


@pytest.mark.parametrize('entry', EVERYTHING)
def test_the_entry_is_the_document(entry: t.Any) -> None:
    assert address_entry(read(entry)) == entry


@pytest.mark.parametrize('entry', EVERYTHING)
def test_the_record_keeps_all_of_it(entry: t.Any) -> None:
    address = read(entry)
    again = address_from_record(address_to_record(address), address.namespace, address.link)
    assert address_entry(again) == entry


def test_a_record_of_an_earlier_version() -> None:
    record = {'address': '10.0.0.1/24', 'label': None, 'scope': 'global', 'prefix_route': True}
    extra = [[1, '0a090002'], [4, '0a0900ff'], [9, '05000000'], [8, '00040000'], [77, 'ff']]
    found = address_from_record({**record, 'dad': False, 'protocol': 0, 'extra': extra}, '', 'br0')
    assert (found.peer, found.broadcast, found.metric) == ('10.9.0.2', '10.9.0.255', 5)
    assert (found.autojoin, found.home, found.extra) == (True, False, ((77, b'\xff'),))


@pytest.mark.parametrize('ip, scope', {'ff02::1': 'link', 'ff05::1': 'site', 'ff0e::1': 'global'}.items())
def test_the_scope_of_a_group(ip: str, scope: str) -> None:
    assert read({'address': ip, 'autojoin': True}).scope == scope


@pytest.mark.parametrize('name, kind', [('lo', 'physical'), ('blue', 'vrf')])
def test_loopback_addresses_of_ipv6(name: str, kind: str) -> None:
    link: dict[str, t.Any] = {'name': name, 'kind': kind}
    link['addresses'] = ['::1/128', {'address': 'ff01::5', 'autojoin': True}]
    if kind == 'vrf':
        link['table'] = 77
    found = layout(links=[link]).addresses
    assert [(address.address, address.scope) for address in found] == [
        ('::1/128', 'host'),
        ('ff01::5/128', 'host'),
    ]


@pytest.mark.parametrize(
    'first, second',
    [
        ('10.9.0.2', '10.9.0.3'),
        ('10.9.0.2/24', '10.9.1.2/24'),
        ('10.9.0.2/24', '10.9.0.3/25'),
        ('10.9.0.2/25', '10.9.0.130/25'),
    ],
)
def test_one_address_of_a_link_to_peers_of_two_networks(first: str, second: str) -> None:
    entries = [{'address': '10.0.0.1', 'peer': peer} for peer in (first, second)]
    found = layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': entries}]).addresses
    assert (found[0].peer, found[1].peer) == (first.split('/')[0], second.split('/')[0])
