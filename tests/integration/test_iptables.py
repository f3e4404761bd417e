# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables through the engine: what is committed, what stays, and what is refused before anything changes."""

from __future__ import annotations

import os
import random
import subprocess

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import programs
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.restore_text import (
    whole_tables_text,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import (
    SavedTable,
    TableChain,
    render,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError, InputError

from . import world
from .iptables_world import BACKENDS, Document, converge, lines, restore, save, state, use
from .world import inside, run

_POOL = ['-s 10.0.0.%d/32 -j ACCEPT' % number for number in range(6)] + [
    '-p tcp -m tcp --dport 80 -j ACCEPT',
    '-j own',
    '-j RETURN',
    '',
]


def _random_table(dice: random.Random) -> SavedTable:
    def rules(own: bool) -> tuple[str, ...]:
        return tuple(
            rule for rule in dice.choices(_POOL, k=dice.choice([0, 1, 5, 12])) if own or rule != '-j own'
        )

    chains = [
        TableChain('INPUT', dice.choice(['ACCEPT', 'DROP']), rules(True)),
        TableChain('FORWARD', 'ACCEPT', rules(True)),
        TableChain('OUTPUT', 'ACCEPT', rules(True)),
        TableChain('own', None, rules(False)),
    ]
    return SavedTable('filter', {chain.name: chain for chain in chains})


def _edits(backend: str) -> list[str]:
    use(backend)
    tool, dice, told = tools.find_tool('ipv4'), random.Random(7), []
    before = _random_table(dice)
    restore(tool, render(before), noflush=False)
    for _round in range(40):
        after = _random_table(dice)
        text, noflush = whole_tables_text({'filter': before}, {'filter': after}, False, False)
        restore(tool, text, noflush=noflush)
        found = save(tool)['filter']
        if lines(found) != lines(after):
            told.append('%s\n%s\n%s' % (lines(before), text, lines(found)))
        before = after
    return told


@pytest.mark.parametrize('backend', BACKENDS)
def test_edits_make_of_what_was_what_shall_be(backend: str) -> None:
    assert world.in_world(_edits, backend) == []


def _counters(backend: str) -> None:
    use(backend)
    rules = ['-i lo -p icmp -j ACCEPT', '-s 10.9.9.9 -j ACCEPT', '-p tcp --dport 22 -j ACCEPT']
    own = {'chain': 'own', 'rules': ['-p udp -j ACCEPT', '-j RETURN']}
    shared: Document = {'iptables': [{'chain': 'OUTPUT', 'rules': ['-o lo -p icmp -j ACCEPT', *rules[1:]]}]}

    def document(rules: list[str], policy: str) -> Document:
        return {
            'namespaces': [
                {
                    'name': 'n',
                    'links': [{'name': 'lo', 'kind': 'physical'}],
                    'iptables': [{'chain': 'INPUT', 'policy': policy, 'rules': rules}, own],
                }
            ],
            **shared,
        }

    converge(document(rules, 'ACCEPT'))
    inside('n', run, 'ping -c 3 -i 0.01 127.0.0.1')
    assert '[6:504] -A INPUT -i lo -p icmp -j ACCEPT' in inside('n', state)
    run('ping -c 1 127.0.0.1')
    shared = {
        'iptables': [{'chain': 'OUTPUT', 'rules': [rules[2], '-o lo -p icmp -j ACCEPT', '-p icmp -j ACCEPT']}]
    }
    converge(document([rules[2], '-p tcp --dport 23 -j ACCEPT', rules[0]], 'DROP'))
    saved = inside('n', state)
    assert '[6:504] -A INPUT -i lo -p icmp -j ACCEPT' in saved
    assert ':INPUT DROP' in saved and '--dport 23' in saved and '10.9.9.9' not in saved
    shared['iptables'][0]['rules'].append('-p tcp --dport 25 -j ACCEPT')
    converge(document([rules[2]], 'DROP'))
    assert '[2:168] -A mn-lab-OUTPUT -o lo -p icmp -j ACCEPT' in state()


@pytest.mark.parametrize('backend', BACKENDS)
def test_counters_of_rules_that_stay_survive(backend: str) -> None:
    world.in_world(_counters, backend)


def _counters_of_others(backend: str) -> None:
    use(backend)
    count = '-i lo -p icmp -j ACCEPT'

    def document(*chains: str) -> Document:
        jumps = ['-j ' + chain for chain in chains]
        own = [{'chain': chain, 'rules': ['-p udp -j DROP']} for chain in chains]
        lo = {'name': 'lo', 'kind': 'physical'}
        chains_of_input = [{'chain': 'INPUT', 'rules': [*jumps, count]}, *own]
        return {'namespaces': [{'name': 'n', 'links': [lo], 'iptables': chains_of_input}]}

    converge(document('one', 'two'))
    inside('n', run, 'ping -c 3 -i 0.01 127.0.0.1')
    converge(document('two'))
    saved = inside('n', state)
    assert '[6:504] -A INPUT ' + count in saved and 'one' not in saved and 'two' in saved


@pytest.mark.parametrize('backend', BACKENDS)
def test_counters_survive_when_a_chain_goes(backend: str) -> None:
    world.in_world(_counters_of_others, backend)


def _mixed() -> None:
    use('legacy')
    run('iptables -A INPUT -j ACCEPT')
    use('nf_tables')
    document: Document = {
        'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}],
        'links': [{'name': 'd0', 'kind': 'bridge'}],
    }
    with pytest.raises(
        EngineError,
        match='iptables in host: has rules of the legacy backend, '
        'but .*/run/bin/iptables-restore is of the nf_tables one',
    ):
        converge(document)
    run('iptables -A FORWARD -j ACCEPT')
    with pytest.raises(
        EngineError, match='iptables in host: has rules of both backends .found legacy and nf_tables'
    ):
        converge(document)
    assert 'd0' not in run('ip link')


def test_rules_of_both_back_ends_are_an_error_that_names_both() -> None:
    world.in_world(_mixed)


def _other_backend_without_rules(backend: str, other: str) -> None:
    use(other)
    run('iptables -A INPUT -j ACCEPT')
    run('iptables -D INPUT -j ACCEPT')  # its tables exist now, and are empty
    use(backend)
    document: Document = {'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}
    assert len(converge(document).changes) == 1
    assert not converge(document).changes
    use(other)
    run('iptables -P FORWARD DROP')
    use(backend)
    match = 'iptables in host: has rules of both backends .found legacy and nf_tables'
    with pytest.raises(EngineError, match=match):
        converge({'iptables': [{'chain': 'INPUT', 'rules': ['-j DROP']}]})


@pytest.mark.parametrize('backend, other', [BACKENDS, BACKENDS[::-1]])
def test_empty_tables_of_the_other_back_end_are_no_rules_but_a_policy_of_drop_is(
    backend: str, other: str
) -> None:
    world.in_world(_other_backend_without_rules, backend, other)


def _incompatible() -> None:
    use('nf_tables')
    document: Document = {
        'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}],
        'links': [{'name': 'd0', 'kind': 'bridge'}],
    }
    subprocess.run(
        [
            'nft',
            'add table ip filter; add chain ip filter c; add rule ip filter c meta mark set numgen inc mod 2',
        ],
        check=True,
    )
    with pytest.raises(
        EngineError,
        match='iptables .ipv4. in host: table filter: iptables cannot show it, it holds rules of nft',
    ):
        converge(document)
    assert 'd0' not in run('ip link')


def test_rules_of_nft_that_iptables_cannot_show_are_noticed() -> None:
    world.in_world(_incompatible)


def _no_tool() -> None:
    os.makedirs('/run/bin')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, 'search_path', lambda: '/run/bin')
        tools.find_tool.cache_clear()
        with pytest.raises(EngineError, match='ip6tables-save: not found in PATH'):
            converge(
                {
                    'iptables': [{'chain': 'INPUT', 'family': 'ipv6', 'rules': ['-j ACCEPT']}],
                    'links': [{'name': 'd0', 'kind': 'bridge'}],
                }
            )
    assert 'd0' not in run('ip link')


def test_a_host_without_the_tools_is_told_of_before_any_change() -> None:
    world.in_world(_no_tool)


def _texts() -> None:
    use('nf_tables')
    comment = 'a "b" \\ c\t$(d) `e` \u2028 \x1b[1m \U0001f4a9 -j DROP \'f\' %s # ;'
    converge(
        {
            'namespaces': [
                {
                    'name': 'n',
                    'iptables': [
                        {
                            'chain': 'INPUT',
                            'family': 'both',
                            'rules': [
                                {
                                    'protocol': 'tcp',
                                    'ports': [22, '8000-8010'],
                                    'jump': 'ACCEPT',
                                    'comment': comment,
                                },
                                {'state': ['related', 'established'], 'jump': 'ACCEPT'},
                                {'protocol': 'icmp', 'jump': 'ACCEPT'},
                                {'protocol': 'udp', 'ports': 53, 'jump': 'REJECT'},
                            ],
                        }
                    ],
                }
            ]
        }
    )
    quoted = comment.replace('\\', '\\\\').replace('"', '\\"').replace("'", "\\'")  # as iptables-save does
    for program, icmp, reject in (
        ('iptables-save', '-p icmp', 'icmp-port'),
        ('ip6tables-save', '-p ipv6-icmp', 'icmp6-port'),
    ):
        assert [line for line in inside('n', run, program).split('\n') if line.startswith('-A')] == [
            '-A INPUT -p tcp -m multiport --dports 22,8000:8010 -m comment --comment "%s" -j ACCEPT' % quoted,
            '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
            '-A INPUT %s -j ACCEPT' % icmp,
            '-A INPUT -p udp -m udp --dport 53 -j REJECT --reject-with %s-unreachable' % reject,
        ]
    wrong = [{'jump': 'no-such-chain'}, '-p tcp --dport none', '-j ACCEPT']
    with pytest.raises(InputError) as caught:
        converge({'namespaces': [{'name': 'n', 'iptables': [{'chain': 'INPUT', 'rules': wrong}]}]})
    paths = ['namespaces[0].iptables[0].rules[0]', 'namespaces[0].iptables[0].rules[1]']
    assert [problem.path for problem in caught.value.problems] == paths


def test_keys_make_the_rules_that_texts_would() -> None:
    world.in_world(_texts)
