# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of our own in tables of others: what others have stays, jumps stand where they are declared."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge as _converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

from . import world
from .iptables_world import BACKENDS, converge, state, use
from .world import run

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
    # The legacy backend sets the counters of policies to 0 with every commit, whoever commits.
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
        match="new in host: is used by a rule of someone else .found '-A OUTPUT -j new'.;"
        ' remove that rule first',
    ):
        converge({'iptables': [{'chain': 'FORWARD', 'rules': ['-j DROP']}]})
    assert state() == before


def test_a_chain_goes_with_its_jumps_unless_others_use_it() -> None:
    world.in_world(_renamed)


NAT = {'iptables': [{'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-o up0 -j MASQUERADE']}]}


def _tables_after(before: str, meanwhile: str, mode: str) -> tuple[str, str]:
    """The tables of nft after a scope came and went, and those of its other document."""
    use('nf_tables')
    if before:
        run(before)
    document = {'iptables_mode': mode, **NAT}
    converge(document)
    converge({**document, 'iptables': [*NAT['iptables'], {'chain': 'INPUT', 'rules': ['-j ACCEPT']}]})
    converge(document)
    without_filter = run('nft list tables')
    if meanwhile:
        run(meanwhile)
    converge(document, absent=True)
    return without_filter, run('nft list tables')


@pytest.mark.parametrize('mode', ['shared', 'exclusive'])
def test_a_table_that_was_not_there_before_goes_with_the_scope(mode: str) -> None:
    assert world.in_world(_tables_after, '', '', mode) == ('table ip nat\n', '')


@pytest.mark.parametrize(
    'before, meanwhile',
    [
        ('iptables -t nat -N theirs', ''),
        ('nft add table ip nat', ''),
        ('', 'iptables -t nat -A PREROUTING -j ACCEPT'),
        ('', 'iptables -t nat -N theirs'),
        ('', 'nft add set ip nat theirs { type ipv4_addr ; }'),
    ],
)
def test_a_table_that_others_use_stays(before: str, meanwhile: str) -> None:
    assert world.in_world(_tables_after, before, meanwhile, 'shared') == ('table ip nat\n', 'table ip nat\n')


def _tables_of_two_scopes(order: str) -> tuple[str, str]:
    use('nf_tables')
    for scope in 'ab':
        converge({'name': scope, **NAT})
    tables = []
    for scope in order:
        converge({'name': scope}, absent=True)
        tables.append(run('nft list tables'))
    return tables[0], tables[1]


@pytest.mark.parametrize('order', ['ab', 'ba'])
def test_a_table_that_came_with_a_scope_goes_with_the_last_scope(order: str) -> None:
    assert world.in_world(_tables_of_two_scopes, order) == ('table ip nat\n', '')


def _tables_after_undo() -> str:
    use('nf_tables')

    def step(_op: object) -> None:
        raise RuntimeError('as the test wants it')

    with pytest.raises(RuntimeError):
        converge(NAT, step=step)
    return run('nft list tables')


def test_a_table_that_was_not_there_before_goes_with_an_undo() -> None:
    assert world.in_world(_tables_after_undo) == ''
