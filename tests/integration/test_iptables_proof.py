# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fast paths of iptables: what is proven is not read, what is known is read without a program, and
changes by others are seen."""

from __future__ import annotations

import os
import re
import shutil
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects import firewall_proof
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import known_rules, tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_bytes import RuleWriter
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import RuleKey
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import SavedTable
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES

from . import iptables_spellings, world
from .iptables_world import BACKENDS, PROGRAM, Document, Watch, converge, state, use
from .world import inside, run


def chains_of(
    keys: t.Iterable[RuleKey], family: str, own: t.Mapping[str, t.Sequence[str]]
) -> list[dict[str, t.Any]]:
    found: dict[tuple[str, str], list[str]] = {
        (table, name): [] for table, names in own.items() for name in names
    }
    for table, chain, spec in keys:
        found.setdefault((table, chain), []).extend([spec] if spec else [])
    return [
        {'table': table, 'chain': chain, 'family': family, 'rules': rules}
        for (table, chain), rules in found.items()
    ]


def _of_host(chain: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same for the host, where chains need names of their own and their rules lead to none of them."""
    name = chain['chain'] + '-x' if chain['chain'] in ('own', 'own2', 'not-used') else chain['chain']
    return {**chain, 'chain': name, 'rules': [rule for rule in chain['rules'] if 'own' not in rule]}


def _many_spellings(backend: str, family: str) -> tuple[int, list[str]]:
    use(backend)
    chains = chains_of(iptables_spellings.spellings(family), family, iptables_spellings.CHAINS)
    document: Document = {
        'namespaces': [{'name': 'n', 'iptables': chains}],
        'iptables': [_of_host(chain) for chain in chains if chain['table'] != 'security'],
    }
    told = []
    converge(document)
    with pytest.MonkeyPatch.context() as patch:
        there, host = Watch(patch, 'n'), Watch(patch, '')
        before = [
            inside(name, state, save) for name in ('', 'n') for save in ('iptables-save', 'ip6tables-save')
        ]
        for what in ('proven', 'read'):
            if what == 'read':
                run('find /run/multinet/scopes -type f -exec sed -i s/cookie:[0-9]*:[0-9]*/cookie:0:0/ {} ;')
            outcome = converge(document)
            told += ['%s: %s' % (what, change.title) for change in outcome.changes]
            if outcome.ops:
                told.append(what + ' has operations')
            told += ['%s ran %s' % (what, program) for program in there.started if what == 'proven']
        told += ['%r has a new generation' % watch.namespace for watch in (there, host) if watch.commits()]
        after = [
            inside(name, state, save) for name in ('', 'n') for save in ('iptables-save', 'ip6tables-save')
        ]
        told += ['rules differ'] * (before != after)
        told += ['the second watch saw nothing read'] * (not there.started)
    return sum(len(chain['rules']) for chain in chains), told


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('family', ['ipv4', 'ipv6'])
def test_a_second_run_of_many_spellings_commits_nothing(backend: str, family: str) -> None:
    count, told = world.in_world(_many_spellings, backend, family)
    assert told == []
    assert count >= 120


CHAINS = [
    {
        'chain': 'INPUT',
        'family': 'both',
        'policy': 'DROP',
        'rules': [
            '-i lo -j ACCEPT',
            '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
            '-p tcp --dport 22 -m comment --comment "in" -j own',
            '-j REJECT',
        ],
    },
    {'chain': 'own', 'family': 'both', 'rules': ['-p tcp --dport 80 -j ACCEPT']},
    {'table': 'nat', 'chain': 'POSTROUTING', 'family': 'both', 'rules': ['-o eth0 -j MASQUERADE']},
]


RESTORES, SAVES = ['iptables-restore', 'ip6tables-restore'], ['iptables-save', 'ip6tables-save']


def namespaces(count: int, chains: list[dict[str, t.Any]], **more: t.Any) -> Document:
    return {'namespaces': [{'name': 'n%d' % number, 'iptables': chains, **more} for number in range(count)]}


def programs(document: Document) -> dict[str, int]:
    with pytest.MonkeyPatch.context() as patch:
        watch = Watch(patch, '')
        converge(document)
        return {name: watch.started.count(name) for name in RESTORES + SAVES}


def _programs() -> list[dict[str, int]]:
    use('nf_tables')
    other = [*CHAINS, {'chain': 'OUTPUT', 'rules': ['-m statistic --mode nth --every 3 --packet 0']}]
    told = [programs(namespaces(5, CHAINS))]
    converge({}, absent=True)
    told.append(programs(namespaces(5, other)))
    converge({}, absent=True)
    told.append(
        programs(
            {
                'namespaces': [
                    {'name': 'n%d' % number, 'iptables': CHAINS if number else other} for number in range(5)
                ]
            }
        )
    )
    converge({}, absent=True)
    told.append(programs(namespaces(5, CHAINS[1:2], iptables_mode='shared')))
    converge({}, absent=True)
    use('legacy')
    told.append(programs(namespaces(5, CHAINS)))
    return told


def test_no_program_for_a_new_namespace_where_all_is_known_and_else_two() -> None:
    both, other, mixed, shared, legacy = world.in_world(_programs)
    # Besides those of the namespaces there is one of each for the spelling of all rules.
    assert both == dict.fromkeys(RESTORES + SAVES, 1)
    assert other == dict.fromkeys(('iptables-restore', 'iptables-save'), 6) | {
        'ip6tables-restore': 1,
        'ip6tables-save': 1,
    }
    assert mixed == dict.fromkeys(('iptables-restore', 'iptables-save'), 2) | {
        'ip6tables-restore': 1,
        'ip6tables-save': 1,
    }
    assert shared == legacy == dict.fromkeys(RESTORES + SAVES, 6)


def _chain_lines(namespace: str, family: str) -> list[str]:
    saved = inside(namespace, state, PROGRAM[family] + '-save').split('\n')
    return sorted(line for line in saved if not line.startswith('*'))


def _behind_the_back(family: str, deed: str, made_before: bool = True) -> tuple[object, ...]:
    use('nf_tables')
    real, once = tools.run_many, [deed]
    real_write, written = RuleWriter.write_first, t.cast('list[RuleWriter]', [])

    def write(writer: RuleWriter, tables: t.Iterable[SavedTable]) -> bool:
        assert real_write(writer, tables)
        if writer.family == family:
            written.append(writer)
        if len(written) == 2 and once:  # the calling thread is in the second namespace
            world.run(once.pop())
        return True

    def spawn(jobs: t.Sequence[tools.IptablesJob], *more: t.Any) -> t.Any:
        found = real(jobs, *more)
        if jobs and jobs[0].tool.family == family and jobs[0].text is not None and once:
            world.run('nsenter --net=/proc/%d/fd/%d %s' % (os.getpid(), jobs[1].fd, once.pop()))
        return found

    document = namespaces(3, CHAINS)
    if made_before:
        for number in range(3):
            world.run('ip netns add n%d' % number)
        document = namespaces(3, CHAINS, create=False, iptables_mode='exclusive')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tools, 'run_many', spawn)
        patch.setattr(RuleWriter, 'write_first', write)
        outcome = converge(document)
    after = [_chain_lines('n%d' % number, family) for number in (0, 1)]
    found = converge(document, check=True).changes
    return outcome.rounds, after, found, once


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize(
    'deed',
    [
        '-D INPUT 2',
        '-A INPUT -i lo -j ACCEPT',
        '-I INPUT -p udp -j ACCEPT',
        '-P INPUT ACCEPT',
        '-P OUTPUT DROP',
        '-N theirs',
        '-F own',
        '-t mangle -A INPUT -j DROP',
        '-R own 1 -p tcp --dport 81 -j ACCEPT',
        '-A INPUT -m recent --name x --set',
    ],
)
def test_what_others_change_before_the_proof_is_noticed(family: str, deed: str) -> None:
    rounds, (first, second), found, once = t.cast(
        t.Any, world.in_world(_behind_the_back, family, '%s %s' % (PROGRAM[family], deed))
    )
    assert rounds == 2
    assert not once
    if 'mangle' not in deed:
        assert first == second
    assert found == ()


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('deed', ['-D INPUT 2', '-P OUTPUT DROP', '-N theirs', '-F own'])
def test_what_others_change_in_a_new_namespace_is_mended(family: str, deed: str) -> None:
    rounds, (first, second), found, once = t.cast(
        t.Any, world.in_world(_behind_the_back, family, '%s %s' % (PROGRAM[family], deed), False)
    )
    assert rounds == 2 and first == second and found == () and not once


def _thorough() -> tuple[object, ...]:
    use('nf_tables')
    converge(namespaces(2, CHAINS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firewall_proof, 'declaration_digests', lambda want, policy: {})
        watch, reads = Watch(patch, ''), []
        patch.setattr(known_rules, 'read', lambda *words: reads.append(words))
        changes = converge(namespaces(2, CHAINS), check=True).changes
    return changes, watch.started[:4], reads


def test_who_believes_no_proof_reads_by_iptables_save() -> None:
    changes, started, reads = world.in_world(_thorough)
    assert changes == ()
    assert all(known == known_rules.NOTHING for _family, known in t.cast('list[t.Any]', reads))
    assert sorted(t.cast('list[str]', started)) == sorted(SAVES * 2)


def _unproven(document: Document) -> t.Any:
    """The changes of a run in check mode that has to read all rules."""
    kept = '/run/multinet/scopes/lab.json'
    shutil.copy(kept, '/run/lab.json')
    run('sed -i s/cookie:[0-9]*:[0-9]*/cookie:0:0/ ' + kept)
    changes = converge(document, check=True).changes
    shutil.copy('/run/lab.json', kept)
    return changes


def _unsettled(backend: str) -> None:
    use(backend)
    document: Document = {
        'namespaces': [
            {
                'name': 'n',
                'iptables': [
                    {
                        'chain': 'INPUT',
                        'family': 'both',
                        'policy': 'DROP',
                        'rules': ['-i lo -j ACCEPT', '-p tcp --dport http -j ACCEPT'],
                    }
                ],
            }
        ]
    }
    converge(document)
    saved = [inside('n', state, save) for save in ('iptables-save', 'ip6tables-save')]
    with (
        open('/etc/services', encoding='utf-8') as file,
        open('/run/services', 'w', encoding='utf-8') as other,
    ):
        other.write(re.sub(r'^http\s+80/', 'http 81/', file.read(), flags=re.MULTILINE))
    for command in (
        'iptables -D INPUT 1',
        'ip6tables -I INPUT -p udp -j ACCEPT',
        'iptables -P INPUT ACCEPT',
        'ip6tables -F',
        'iptables -N theirs',
        'iptables -t nat -A POSTROUTING -j ACCEPT',
        'mount --bind /run/services /etc/services',
    ):
        assert not converge(document).changes
        inside('n', run, command)
        told = converge(document, check=True).changes
        assert told == _unproven(document) == converge(document).changes and len(told) == (
            2 if 'services' in command else 1
        ), command
        if 'services' not in command:
            assert saved[0] in inside('n', state) and saved[1] in inside('n', state, 'ip6tables-save')
    run('umount /etc/services')
    converge(document)
    run('ip netns delete n')
    run('ip netns add n')  # a namesake
    assert converge(document, policy=Policy(adopt=True)).changes
    assert saved[0] in inside('n', state)


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_change_by_others_is_seen_although_rules_are_not_read(backend: str) -> None:
    world.in_world(_unsettled, backend)
