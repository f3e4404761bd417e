# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables through the engine: what is committed, whose rules and counters stay, what packets and sockets see of it."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge as _converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import canonical as xt_canon
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import (
    restore_text as firewall_text,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import save_text as xt_text
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools as xtables
from ansible_collections.multinet.linux.plugins.module_utils.values import reading
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

from . import spellings, world
from .snapshot import difference, snapshot
from .world import inside, run

Document = dict[str, t.Any]
BACKENDS = ('nf_tables', 'legacy')
_SUFFIX = {'nf_tables': 'nft', 'legacy': 'legacy'}


def use(backend: str) -> None:
    """Have this world find the programs of one back end under the usual names, and a lock of its own."""
    os.makedirs('/run/bin', exist_ok=True)
    for name in ('iptables', 'ip6tables'):
        for tail in ('', '-save', '-restore'):
            path = '/run/bin/%s%s' % (name, tail)
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink('/usr/sbin/%s-%s%s' % (name, _SUFFIX[backend], tail), path)
    os.environ['PATH'] = '/run/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    os.environ['XTABLES_LOCKFILE'] = '/run/xtables.lock'
    xtables.find_tool.cache_clear()


def with_backend(backend: str, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    def body() -> t.Any:
        use(backend)
        return function(*args)

    return world.in_world(body)


def chains_of(
    keys: t.Iterable[xt_canon.Key], family: str, own: t.Mapping[str, t.Sequence[str]]
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


def state(save: str = 'iptables-save') -> str:
    return ''.join(line + '\n' for line in run(save + ' -c').split('\n') if line and line[0] != '#')


def converge(document: Document, **options: t.Any) -> t.Any:
    return _converge({'name': 'lab', **document}, **options)


class Watch:
    """Which programs are started, and commits of nf_tables in a namespace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, namespace: str) -> None:
        self.namespace, self.started = namespace, []
        real = xtables.Process

        def process(argv: t.Sequence[str], *more: t.Any) -> t.Any:
            self.started.append(os.path.basename(argv[0]))
            return real(argv, *more)

        monkeypatch.setattr(xtables, 'Process', process)
        self.generation = self._generation()

    def _generation(self) -> int | None:
        return inside(self.namespace, nfnetlink.generation)

    def commits(self) -> bool:
        return self._generation() != self.generation


def _many_spellings(backend: str, family: str) -> tuple[int, list[str]]:
    use(backend)
    chains = chains_of(spellings.spellings(family), family, spellings.CHAINS)
    document: Document = {
        'namespaces': [{'name': 'n', 'iptables': chains}],
        'iptables': [
            {
                **chain,
                'chain': chain['chain'] + '-x'
                if chain['chain'] in ('own', 'own2', 'not-used')
                else chain['chain'],
                'rules': [rule for rule in chain['rules'] if 'own' not in rule],
            }
            for chain in chains
            if chain['table'] != 'security'
        ],
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
            told += ['%s: %s' % (what, change.title) for change in outcome.changes] + [
                what + ' has operations'
            ] * bool(outcome.ops)
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


_POOL = ['-s 10.0.0.%d/32 -j ACCEPT' % number for number in range(6)] + [
    '-p tcp -m tcp --dport 80 -j ACCEPT',
    '-j own',
    '-j RETURN',
    '',
]


def _random_table(dice: random.Random) -> xt_text.Table:
    def rules(own: bool) -> tuple[str, ...]:
        return tuple(
            rule for rule in dice.choices(_POOL, k=dice.choice([0, 1, 5, 12])) if own or rule != '-j own'
        )

    chains = [
        xt_text.Chain('INPUT', dice.choice(['ACCEPT', 'DROP']), rules(True)),
        xt_text.Chain('FORWARD', 'ACCEPT', rules(True)),
        xt_text.Chain('OUTPUT', 'ACCEPT', rules(True)),
        xt_text.Chain('own', None, rules(False)),
    ]
    return xt_text.Table('filter', {chain.name: chain for chain in chains})


def _edits(backend: str) -> list[str]:
    use(backend)
    tool, dice, told = xtables.find_tool('ipv4'), random.Random(7), []
    before = _random_table(dice)
    xtables.restore(tool, xt_text.render(before), noflush=False)
    for _round in range(40):
        after = _random_table(dice)
        text, noflush = firewall_text.restore_text({'filter': before}, {'filter': after}, False, False)
        xtables.restore(tool, text, noflush=noflush)
        found = xtables.save(tool, ['filter'])['filter']
        if xt_text.lines(found) != xt_text.lines(after):
            told.append('%s\n%s\n%s' % (xt_text.lines(before), text, xt_text.lines(found)))
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


_NEIGHBOURS = """*filter
:INPUT ACCEPT [12:3456]
:FORWARD DROP [7:89]
:OUTPUT ACCEPT [100:20000]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-USER - [0:0]
:f2b-sshd - [0:0]
:LIBVIRT_INP - [0:0]
:LIBVIRT_FWO - [0:0]
[11:660] -A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
[12:3456] -A INPUT -j LIBVIRT_INP
[5:300] -A FORWARD -j DOCKER-USER
[5:300] -A FORWARD -j DOCKER-ISOLATION-STAGE-1
[3:180] -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[1:60] -A FORWARD -o docker0 -j DOCKER
[9:540] -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
[1:60] -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
[5:300] -A DOCKER-ISOLATION-STAGE-1 -j RETURN
[5:300] -A DOCKER-USER -j RETURN
[2:120] -A f2b-sshd -s 203.0.113.5/32 -j REJECT --reject-with icmp-port-unreachable
[9:540] -A f2b-sshd -j RETURN
[0:0] -A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT
[4:240] -A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [8:500]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [2:120]
:POSTROUTING ACCEPT [2:120]
:DOCKER - [0:0]
:LIBVIRT_PRT - [0:0]
[6:360] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[2:120] -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
[2:120] -A POSTROUTING -j LIBVIRT_PRT
[1:60] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
[3:180] -A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE
COMMIT
"""


def _theirs(backend: str) -> str:
    saved = ''.join(
        line + '\n' for line in state().split('\n') if line and not re.search('[ :]mn|[ :]web', line)
    )
    # The legacy back end sets the counters of policies to 0 with every commit, whoever commits.
    return (
        saved if backend == 'nf_tables' else re.sub(r'^(:[A-Z]+ [A-Z]+) .*', r'\1', saved, flags=re.MULTILINE)
    )


def _neighbours(backend: str) -> None:
    use(backend)
    run('iptables-restore -c', text=_NEIGHBOURS)
    before = _theirs(backend)
    for number in range(10):
        converge(
            {
                'iptables': [
                    {
                        'chain': 'INPUT',
                        'rules': ['-p tcp --dport %d -j ACCEPT' % (1000 + number), '-j web'],
                        'position': ['first', 'last', 5][number % 3],
                    },
                    {'chain': 'FORWARD', 'rules': ['-i br-lab -j ACCEPT']},
                    {'chain': 'mn%d' % (number // 2), 'rules': ['-j DROP']},
                    {'chain': 'web', 'rules': ['-p tcp --dport 443 -j mn%d' % (number // 2)] * (number % 3)},
                    {
                        'table': 'nat',
                        'chain': 'POSTROUTING',
                        'rules': [{'source': '10.7.0.0/24', 'out': '!br-lab', 'masquerade': True}]
                        * (number % 2),
                    },
                ]
            }
        )
        assert _theirs(backend) == before, number
    converge({}, absent=True)
    assert _theirs(backend) == before
    assert 'mn' not in state()


@pytest.mark.parametrize('backend', BACKENDS)
def test_neighbours_keep_their_rules_and_counters(backend: str) -> None:
    world.in_world(_neighbours, backend)


def _input() -> list[str]:
    return [
        line.split()[-1] for line in run('iptables-save -t filter').split('\n') if line.startswith('-A INPUT')
    ]


def _positions(backend: str) -> None:
    use(backend)

    def put(scope: str, position: t.Any, **more: t.Any) -> t.Any:
        return _converge(
            {
                'name': scope,
                'iptables': [
                    {'chain': 'INPUT', 'rules': ['-p tcp --dport 1 -j ACCEPT'], 'position': position, **more}
                ],
            }
        )

    run('iptables-restore', text='*filter\n:others - [0:0]\n-A INPUT -j others\n-A INPUT -j others\nCOMMIT\n')
    put('c', 'last')
    put('b', 20)
    put('a', 7)
    put('z', 'last')
    put('y', 'first')
    order = ['mn-y-INPUT', 'mn-a-INPUT', 'mn-b-INPUT', 'others', 'others', 'mn-c-INPUT', 'mn-z-INPUT']
    assert _input() == order
    for scope, position in (('c', 'last'), ('b', 20), ('a', 7), ('z', 'last'), ('y', 'first')):
        assert not put(scope, position).changes
        described = describe(scope=scope)[0]
        assert described['iptables'][0].get('position', 'first') == position
        assert not _converge({**described, 'name': scope}).changes
    run('iptables -I INPUT -j others')  # as fail2ban does
    run('iptables -A INPUT -j others')
    for scope, position in (('y', 'first'), ('a', 7), ('b', 20), ('c', 'last'), ('z', 'last')):
        assert len(put(scope, position).changes) == 1
    assert _input() == ['mn-y-INPUT', 'mn-a-INPUT', 'mn-b-INPUT', *['others'] * 4, 'mn-c-INPUT', 'mn-z-INPUT']
    put('a', 'last')
    assert _input() == ['mn-y-INPUT', 'mn-b-INPUT', *['others'] * 4, 'mn-a-INPUT', 'mn-c-INPUT', 'mn-z-INPUT']
    for scope in 'abcyz':
        _converge({'name': scope}, absent=True)
    assert _input() == ['others'] * 4
    assert 'mn-' not in state()


@pytest.mark.parametrize('backend', BACKENDS)
def test_jumps_stand_where_they_are_declared(backend: str) -> None:
    world.in_world(_positions, backend)


def _renamed() -> None:
    use('nf_tables')
    converge({'iptables': [{'chain': 'INPUT', 'rules': ['-j old']}, {'chain': 'old', 'rules': ['-j DROP']}]})
    converge(
        {'iptables': [{'chain': 'FORWARD', 'rules': ['-j new']}, {'chain': 'new', 'rules': ['-j DROP']}]}
    )
    saved = state()
    assert (
        'old' not in saved
        and 'INPUT -' not in saved
        and saved.count('-j mn-lab-FORWARD') == 1
        and saved.count('-j new') == 1
    )
    run('iptables -A OUTPUT -j new')
    before = state()
    with pytest.raises(
        EngineError,
        match="new in host: is used by a rule of others .found '-A OUTPUT -j new'.; remove that rule first",
    ):
        converge({'iptables': [{'chain': 'FORWARD', 'rules': ['-j DROP']}]})
    assert state() == before


def test_a_chain_goes_with_its_jumps_unless_others_use_it() -> None:
    world.in_world(_renamed)


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
        match='iptables in host: has rules of the legacy back end, but .*/run/bin/iptables-restore is of the nf_tables one',
    ):
        converge(document)
    run('iptables -A FORWARD -j ACCEPT')
    with pytest.raises(
        EngineError, match='iptables in host: has rules of both back ends .found legacy and nf_tables'
    ):
        converge(document)
    assert 'd0' not in run('ip link')


def test_rules_of_both_back_ends_are_an_error_that_names_both() -> None:
    world.in_world(_mixed)


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
        patch.setattr(xtables, '_search_path', lambda: '/run/bin')
        xtables.find_tool.cache_clear()
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
    with pytest.raises(reading.InputError) as caught:
        converge({'namespaces': [{'name': 'n', 'iptables': [{'chain': 'INPUT', 'rules': wrong}]}]})
    assert [problem.split(': ')[0] for problem in caught.value.texts()] == [
        'namespaces[0].iptables[0].rules[%d]' % number for number in (0, 1)
    ]


def test_keys_make_the_rules_that_texts_would() -> None:
    world.in_world(_texts)


@contextlib.contextmanager
def _lock_of_others(seconds: int) -> t.Iterator[subprocess.Popen[bytes]]:
    """Another process holds the lock of iptables for a time, unless the block ends before."""
    with subprocess.Popen(
        ['flock', '--no-fork', '/run/xtables.lock', 'sh', '-c', 'echo; exec sleep %d' % seconds],
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout and holder.stdout.read(1)
        try:
            yield holder
        finally:
            holder.kill()


def _locked() -> list[str]:
    use('legacy')
    document: Document = {
        'links': [{'name': 'd0', 'kind': 'bridge'}],
        'namespaces': [
            {
                'name': 'n{n}',
                'replicas': 20,
                'iptables': [{'chain': 'INPUT', 'family': 'both', 'rules': ['-j ACCEPT']}],
            }
        ],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-p tcp --dport 22 -j ACCEPT']},
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': [{'masquerade': True, 'out': 'd0'}]},
        ],
    }
    run('iptables-save')  # so that the tables are there
    before = snapshot()
    with _lock_of_others(30) as holder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(xtables, 'Options', functools.partial(xtables.Options, wait=2))
        watch = Watch(patch, '')
        with pytest.raises(EngineError) as caught:
            converge(document)
        told = ['it waited until the lock was free'] * (holder.poll() is not None)
        told += ['%d programs waited for it' % len(watch.started)] * (
            watch.started.count('iptables-restore') > 4
        )
        told += [
            problem
            for problem in caught.value.texts()
            if not re.search('somebody else held the xtables lock .*; everything done before', problem)
        ]
        told.append(difference(before, snapshot()))
    return told


def test_a_lock_that_others_hold_ends_a_run_in_time_with_nothing_done() -> None:
    assert world.in_world(_locked) == ['']


def _lock_is_freed() -> list[str]:
    use('legacy')
    run('iptables-save')
    document: Document = {
        'namespaces': [{'name': 'n', 'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-p tcp --dport 22 -j ACCEPT']},
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': [{'masquerade': True}]},
        ],
    }
    with _lock_of_others(3) as holder:
        converge(document)
        told = ['it did not wait'] * (holder.poll() is None)
    told += [change.title for change in converge(document).changes]
    assert (
        state().count('--dport 22')
        == state().count('MASQUERADE')
        == inside('n', state).count('-A INPUT -j ACCEPT')
        == 1
    )
    return told


def test_a_lock_that_others_hold_is_waited_for() -> None:
    assert world.in_world(_lock_is_freed) == []


_SO_RCVBUFFORCE = 33


class Stream:
    """Datagrams from one namespace to ports of another, each with a number, and a connection that must not break."""

    def __init__(self, ports: t.Sequence[int]) -> None:
        self.sent = dict.fromkeys(ports, 0)
        self.heard: dict[int, set[int]] = {port: set() for port in ports}
        self.receivers = {port: self._udp(port) for port in ports}
        self.listener = socket.create_server(('10.0.0.1', 99))
        self.client = inside('n', socket.create_connection, ('10.0.0.1', 99), 20)
        self.server = self.listener.accept()[0]
        self.sender = inside('n', socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._send)
        self.thread.start()

    @staticmethod
    def _udp(port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 25)
        sock.bind(('10.0.0.1', port))
        return sock

    def _send(self) -> None:
        while not self.ended.is_set():
            for port in self.sent:
                try:
                    self.sender.sendto(struct.pack('=I', self.sent[port]), ('10.0.0.1', port))
                except ConnectionRefusedError:
                    continue
                self.sent[port] += 1
            time.sleep(0.002)

    def echo(self) -> None:
        self.client.sendall(b'x')
        self.client.settimeout(20)
        self.server.settimeout(20)
        assert self.server.recv(1) == b'x'

    def end(self) -> dict[int, tuple[int, int]]:
        """How many were sent and heard, by port."""
        self.ended.set()
        self.thread.join()
        for port, sock in self.receivers.items():
            sock.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                while True:
                    self.heard[port].add(struct.unpack('=I', sock.recv(16))[0])
        return {port: (self.sent[port], len(numbers)) for port, numbers in self.heard.items()}


_ALWAYS, _ONE, _OTHER, _NEVER = 1000, 1001, 1002, 1003


def _replacements(backend: str) -> dict[int, tuple[int, int]]:
    use(backend)

    def document(number: int) -> Document:
        rules = [
            '-p udp --dport %d -j ACCEPT' % _ALWAYS,
            '-p udp --dport %d -j ACCEPT' % (_ONE, _OTHER)[number % 2],
            '-m conntrack --ctstate ESTABLISHED -j ACCEPT',
            *(['-p tcp --dport 99 -j ACCEPT'] if number == 0 else []),
            '-j own%d' % (number % 3),
        ]
        return {
            'iptables_mode': 'exclusive',
            'namespaces': [
                {
                    'name': 'n',
                    'links': [
                        {'name': 'lo', 'kind': 'physical'},
                        {
                            'name': 'eth0',
                            'kind': 'veth',
                            'addresses': ['10.0.0.2/24'],
                            'peer': {'name': 'v0', 'addresses': ['10.0.0.1/24']},
                        },
                    ],
                }
            ],
            'iptables': [
                {
                    'chain': 'INPUT',
                    'policy': 'DROP',
                    'rules': rules if number % 2 else rules[1:2] + rules[:1] + rules[2:],
                },
                {'chain': 'own%d' % (number % 3), 'rules': ['-p udp --dport %d -j DROP' % _NEVER]},
                {'table': 'mangle', 'chain': 'PREROUTING', 'rules': ['-j MARK --set-mark %d' % number]},
            ],
        }

    converge(document(0))
    stream = Stream((_ALWAYS, _ONE, _OTHER, _NEVER))
    for number in range(1, 101):
        converge(document(number))
        if number % 10 == 0:
            stream.echo()
    return stream.end()


@pytest.mark.parametrize('backend', BACKENDS)
def test_no_packet_passes_that_neither_the_old_nor_the_new_rules_allow(backend: str) -> None:
    found = world.in_world(_replacements, backend)
    assert found[_NEVER][0] > 100 and found[_NEVER][1] == 0
    assert found[_ALWAYS][0] > 100 and found[_ALWAYS][1] == found[_ALWAYS][0], (
        'packets were lost that all rules allow'
    )
    assert 0 < found[_ONE][1] < found[_ONE][0] and 0 < found[_OTHER][1] < found[_OTHER][0]


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
