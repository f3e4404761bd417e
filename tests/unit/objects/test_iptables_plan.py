# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of iptables: from what is wanted and what is there to the input of iptables-restore."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import parse_save
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, planned, steps_of

FILTER = '*filter\n:INPUT %s [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n%sCOMMIT\n'
NAT = (
    '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n'
    '-A POSTROUTING -j MASQUERADE\nCOMMIT\n'
)
JUMP = '-A INPUT -m comment --comment "multinet:lab" -j mn-lab-INPUT\n'


def shared(rules: str, before: str = '') -> str:
    """The table filter of the host with a chain of ours for INPUT."""
    return FILTER % ('ACCEPT', ':mn-lab-INPUT - [0:0]\n' + before + JUMP + rules)


def restored(found: Plan) -> list[str]:
    """What is written, without the lines that begin and end a table; or the conflicts."""
    if found.conflicts:
        return steps_of(found)
    lines: list[str] = []
    for op in found.ops:
        text, _flush = op.restore_text(is_new=False, undo=False)  # type: ignore[attr-defined]
        lines += [line for line in text.splitlines() if line[0] != '*' and line != 'COMMIT']
    return lines


INPUT: dict[str, t.Any] = {'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}
MINE: dict[str, t.Any] = {'iptables': [{'chain': 'mine', 'rules': ['-j ACCEPT']}]}
OWNED = Owned(iptables={(HOST, 'ipv4'): [['filter', 'mn-lab-INPUT']]})
OWN_CHAINS: dict[str, tuple[dict[str, t.Any], str, Owned, list[str]]] = {
    'a new one': (
        INPUT,
        '',
        Owned(),
        [
            ':mn-lab-INPUT - [0:0]',
            '-A mn-lab-INPUT -j ACCEPT',
            '-I INPUT 1 -m comment --comment "multinet:lab" -j mn-lab-INPUT',
        ],
    ),
    'one that is there': (INPUT, shared('-A mn-lab-INPUT -j ACCEPT\n'), OWNED, []),
    'another rule': (
        INPUT,
        shared('-A mn-lab-INPUT -j DROP\n'),
        OWNED,
        ['-D mn-lab-INPUT 1', '-I mn-lab-INPUT 1 -j ACCEPT'],
    ),
    'rules of others before ours': (
        INPUT,
        shared('-A mn-lab-INPUT -j ACCEPT\n', '-A INPUT -j DROP\n'),
        OWNED,
        [
            '-D INPUT -m comment --comment "multinet:lab" -j mn-lab-INPUT',
            '-I INPUT 1 -m comment --comment "multinet:lab" -j mn-lab-INPUT',
        ],
    ),
    'no longer declared': (
        {},
        shared('-A mn-lab-INPUT -j ACCEPT\n'),
        OWNED,
        [
            '-D INPUT -m comment --comment "multinet:lab" -j mn-lab-INPUT',
            '-F mn-lab-INPUT',
            '-X mn-lab-INPUT',
        ],
    ),
    'a chain of others': (
        MINE,
        FILTER % ('ACCEPT', ':mine - [0:0]\n-A mine -j DROP\n'),
        Owned(),
        ['iptables ipv4 filter mine in host: is a chain of someone else'],
    ),
    'a chain of others that is the same': (
        MINE,
        FILTER % ('ACCEPT', ':mine - [0:0]\n-A mine -j ACCEPT\n'),
        Owned(),
        [],
    ),
}


@pytest.mark.parametrize('document, present, owned, lines', OWN_CHAINS.values(), ids=OWN_CHAINS)
def test_own_chains(document: dict[str, t.Any], present: str, owned: Owned, lines: list[str]) -> None:
    have = bare(HOST, iptables={'ipv4': parse_save(present)})
    assert restored(planned(document, [have], owned=owned)) == lines


WHOLE_TABLES: dict[str, tuple[str, list[str]]] = {
    'as declared': (FILTER % ('DROP', '-A INPUT -j ACCEPT\n'), []),
    'nothing there': (
        '',
        [':INPUT DROP [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', '-A INPUT -j ACCEPT'],
    ),
    'another policy': (FILTER % ('ACCEPT', '-A INPUT -j ACCEPT\n'), [':INPUT DROP [0:0]']),
    'another rule': (FILTER % ('DROP', '-A INPUT -j DROP\n'), ['-D INPUT 1', '-I INPUT 1 -j ACCEPT']),
    'a rule too many': (FILTER % ('DROP', '-A INPUT -j ACCEPT\n-A INPUT -j DROP\n'), ['-D INPUT 2']),
    'a table that nobody wants': (FILTER % ('DROP', '-A INPUT -j ACCEPT\n') + NAT, ['-D POSTROUTING 1']),
}


@pytest.mark.parametrize('present, lines', WHOLE_TABLES.values(), ids=WHOLE_TABLES)
def test_whole_tables(present: str, lines: list[str]) -> None:
    chain = {'chain': 'INPUT', 'policy': 'DROP', 'rules': ['-j ACCEPT']}
    document = {'namespaces': [{'name': 'a', 'iptables': [chain]}]}
    owned = Owned({'a': 'cookie:a'}, iptables={('a', 'ipv4'): [['filter', 'INPUT']]})
    have = bare('a', mark='multinet:lab', iptables={'ipv4': parse_save(present)})
    assert restored(planned(document, [have], owned=owned)) == lines
