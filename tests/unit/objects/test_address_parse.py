# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of a document: one spelling for each, and what is filled in."""

from __future__ import annotations

import pytest
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
