# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network cards and what they are found by."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    LINK,
    Case,
    bridge,
    host,
    inside,
)

CASES = [
    Case(
        'one-card-twice',
        inside(
            links=[
                {'name': 'eth0', 'kind': 'physical'},
                {'name': 'a', 'kind': 'physical', 'match': {'mac': '02:00:00:00:00:01'}},
                {'name': 'b', 'kind': 'physical', 'match': {'mac': '02-00-00-00-00-01'}},
            ]
        ),
        'namespaces[0].links[2]',
        'is the same card as namespaces[0].links[1]',
    ),
    Case(
        'match-on-host',
        host(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'name': 'eth1'}}]),
        LINK + '.match',
        'moves into a namespace',
    ),
    Case(
        'match-nothing',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {}}]),
        'namespaces[0].links[0].match',
        'says nothing',
    ),
    Case(
        'match-unknown',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'name': 'eth1', 'driver': 'igb'}}]),
        'namespaces[0].links[0].match.driver',
        'is not a known key',
    ),
    Case(
        'match-bad-mac',
        inside(links=[{'name': 'eth0', 'kind': 'physical', 'match': {'mac': '02:00'}}]),
        'namespaces[0].links[0].match.mac',
        '02:00',
    ),
    Case(
        'match-of-bridge',
        inside(links=[bridge(match={'name': 'eth0'})]),
        'namespaces[0].links[0].match',
        'is not a known key',
    ),
]
