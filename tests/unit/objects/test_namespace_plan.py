# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of namespaces: from what is wanted and what is there to steps."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, planned, steps_of

OURS = 'multinet:lab'
ONE: dict[str, t.Any] = {'namespaces': [{'name': 'a'}]}
MADE = ['make namespace a', 'change link a/lo (mark, up)', 'make namespace a']
CARD = Link(HOST, 'e', 'physical', True, 1500, '02:00:00:00:00:01', '', txqueuelen=500)
TABLE: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], list[str]]] = {
    'a new one has its mark before its name': (ONE, {}, MADE),
    'one that is there': (ONE, {'seen': [bare('a', mark=OURS)]}, []),
    'one of others': (
        ONE,
        {'seen': [bare('a')]},
        ['namespace a: already exists and belongs to no known scope'],
    ),
    'one of another scope': (
        ONE,
        {'seen': [bare('a', mark='multinet:x')]},
        ['namespace a: already exists and belongs to scope x'],
    ),
    'one of others, adopted': (
        ONE,
        {'seen': [bare('a')], 'policy': Policy(adopt=True)},
        ['change link a/lo (mark)'],
    ),
    'one of others that is only used': (
        {'namespaces': [{'name': 'a', 'create': False}]},
        {'seen': [bare('a')]},
        [],
    ),
    'one to be used that is missing': (
        {'namespaces': [{'name': 'a', 'create': False}]},
        {},
        ['namespace a: does not exist'],
    ),
    'one of ours that nobody wants': ({}, {'seen': [bare('a', mark=OURS)]}, ['remove namespace a']),
    'one of another scope that nobody wants': ({}, {'seen': [bare('a', mark='multinet:x')]}, []),
    'a number for one that has none': (
        {'namespaces': [{'name': 'a', 'nsid': 7}]},
        {'seen': [bare('a', mark=OURS)]},
        ['make namespace a'],
    ),
    'another number': (
        {'namespaces': [{'name': 'a', 'nsid': 7}]},
        {'seen': [bare('a', mark=OURS, nsid=8)]},
        ['namespace a: has the nsid 8 already (want 7), and the kernel never changes one'],
    ),
    'a card comes into one that has a mark and a name': (
        {'namespaces': [{'name': 'a', 'links': [{'name': 'e', 'kind': 'physical'}]}]},
        {'seen': [bare(HOST, CARD)]},
        [*MADE, 'change link host/e', 'change link a/e (up)'],
    ),
}


@pytest.mark.parametrize('document, have, steps', TABLE.values(), ids=TABLE)
def test_namespaces(document: dict[str, t.Any], have: dict[str, t.Any], steps: list[str]) -> None:
    assert steps_of(planned(document, **have)) == steps
