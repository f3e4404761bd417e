# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of nftables: from what is wanted and what is there to steps."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, planned, steps_of

WANTED, OTHER = ('chain c {', '}'), ('chain d {', '}')
CONTENT = '\n'.join(WANTED)
OURS, THEIRS = ('inet', 'multinet-lab'), ('inet', 't')
OWNED = Owned(nftables={(HOST, *OURS)})
OWN: dict[str, t.Any] = {'nftables': [{'content': CONTENT}]}
NAMED: dict[str, t.Any] = {'nftables': [{'table': 't', 'content': CONTENT}]}
TABLE: dict[str, tuple[dict[str, t.Any], dict[t.Any, t.Any], dict[str, t.Any], list[str]]] = {
    'a new one': (OWN, {}, {}, ['make nftables inet multinet-lab in host']),
    'one that is there': (OWN, {OURS: WANTED}, {'owned': OWNED}, []),
    'another content': (OWN, {OURS: OTHER}, {'owned': OWNED}, ['change nftables inet multinet-lab in host']),
    'another content, by its name ours': (
        OWN,
        {OURS: OTHER},
        {},
        ['change nftables inet multinet-lab in host'],
    ),
    'one of others': (NAMED, {THEIRS: OTHER}, {}, ['nftables inet t in host: is a table of someone else']),
    'one of others that is the same': (NAMED, {THEIRS: WANTED}, {}, []),
    'one of others, adopted': (
        NAMED,
        {THEIRS: OTHER},
        {'policy': Policy(adopt=True)},
        ['change nftables inet t in host'],
    ),
    'no longer declared': (
        {},
        {OURS: OTHER},
        {'owned': OWNED},
        ['remove nftables inet multinet-lab in host'],
    ),
    'of others, and not declared': ({}, {THEIRS: OTHER}, {'owned': OWNED}, []),
}


@pytest.mark.parametrize('document, present, more, steps', TABLE.values(), ids=TABLE)
def test_tables(
    document: dict[str, t.Any], present: dict[t.Any, t.Any], more: dict[str, t.Any], steps: list[str]
) -> None:
    assert steps_of(planned(document, [bare(HOST, nftables=present)], **more)) == steps
