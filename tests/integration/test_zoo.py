# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes come, fail at each step, are killed at each step, and go: the zoo stays as it was.

MULTINET_ZOO_SEEDS="1 2 3" takes these zoos, MULTINET_ZOO_EVERY=1 stops a run at every step.
"""

from __future__ import annotations

import os
import signal
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import canonical_forms, world
from ansible_collections.multinet.linux.tests.integration.snapshot import difference
from ansible_collections.multinet.linux.tests.integration.zoo import make_zoo, shown

SEEDS = [int(seed) for seed in os.environ.get('MULTINET_ZOO_SEEDS', '0').split()]
EVERY = int(os.environ.get('MULTINET_ZOO_EVERY', '7'))
ADOPT = Policy(adopt=True)

SCOPES: dict[str, Document] = {
    'beside': {
        'name': 'beside',
        'namespaces': [
            {
                'name': 'inner',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'peer': {'name': 'in0', 'namespace': 'host', 'master': 'own'},
                    },
                    {'name': 'mv0', 'kind': 'macvlan', 'link': 'card', 'link_namespace': 'host'},
                ],
                'routes': [{'to': '10.200.9.0/24', 'type': 'blackhole'}],
            }
        ],
        'links': [
            {'name': 'own', 'kind': 'bridge', 'addresses': ['10.200.0.1/24', 'fd20::1/64']},
            {'name': 'vx0', 'kind': 'vxlan', 'id': 77, 'remote': '10.54.0.9', 'link': 'card'},
            {'name': 'card', 'kind': 'physical', 'addresses': ['10.54.0.7/24', '10.201.0.7/24']},
        ],
        'routes': [
            {'to': '10.202.0.0/16', 'via': '10.201.0.1'},
            {'to': '10.203.0.0/16', 'table': 200, 'dev': 'own'},
        ],
        'rules': [{'priority': 20002, 'mark': '7/0xff', 'table': 200}, {'priority': 19000, 'table': 77}],
        'sysctls': {'net.ipv4.conf.card.rp_filter': 2, 'net.ipv4.ip_local_reserved_ports': '7000'},
        'iptables': [{'chain': 'INPUT', 'rules': ['-s 10.200.0.0/24 -j ACCEPT']}],
        'nftables': [{'content': 'chain c { type filter hook input priority 7; counter; }'}],
    },
    'card': {
        'name': 'card',
        'namespaces': [
            {
                'name': 'inner',
                'links': [
                    {
                        'name': 'sig0',
                        'kind': 'physical',
                        'match': {'altname': 'enp0s77'},
                        'addresses': ['10.9.9.1/24'],
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.9.9.9'}],
            }
        ],
    },
    'down': {'name': 'down', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]},
    'small': {
        'name': 'small',
        'links': [{'name': 'card', 'kind': 'physical', 'mtu': 1200, 'mac': '02:00:00:00:0b:01'}],
    },
}


def _compare(before: dict[str, str], moment: str) -> None:
    deadline = time.monotonic() + 5
    found = difference(before, shown())
    while found and time.monotonic() < deadline:  # IPv6 makes routes of addresses in its own time
        time.sleep(0.1)
        found = difference(before, shown())
    assert not found, '%s:\n%s' % (moment, found)


def _stopped(document: Document, number: int, stop: t.Callable[[], None], absent: bool) -> None:
    left = number

    def step(_op: Operation) -> None:
        nonlocal left
        left -= 1
        if not left:
            stop()

    converge(document, policy=ADOPT, step=step, absent=absent)


def _fail() -> None:
    raise RuntimeError('as the test wants it')


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _round_trip(seed: int, name: str) -> None:
    document = SCOPES[name]
    assert make_zoo(seed) >= 60
    if name == 'card':  # a leased address does not come back as it was: test_foreign_objects.py
        world.run(
            'ip address change 10.103.0.1/24 dev nic valid_lft forever preferred_lft forever', check=False
        )
    before = shown()
    with canonical_forms.remembered():
        count = converge(document, policy=ADOPT, check=True).ops
        _compare(before, 'looked at')
        for number in [*range(1 + seed % EVERY, count, EVERY), count]:
            with pytest.raises(RuntimeError):
                _stopped(document, number, _fail, False)
            _compare(before, 'failed at step %d of %d' % (number, count))
        for number in [*range(1 + seed % EVERY, count, EVERY), count]:
            assert world.killed_or_result(_stopped, document, number, _die, False) is None
            converge(document, policy=ADOPT)
            assert not converge(document, policy=ADOPT).ops
            converge(document, absent=True)
            _compare(before, 'killed at step %d of %d, repaired and removed' % (number, count))
        converge(document, policy=ADOPT)
        there = shown()
        count = converge(document, absent=True, check=True).ops
        for number in [*range(1 + seed % EVERY, count, EVERY), count]:
            with pytest.raises(RuntimeError):
                _stopped(document, number, _fail, True)
            _compare(there, 'removal failed at step %d of %d' % (number, count))
        converge(document, absent=True)
        _compare(before, 'come and gone')


@pytest.mark.parametrize('name', SCOPES)
@pytest.mark.parametrize('seed', SEEDS)
def test_scopes_come_fail_die_and_go_and_the_zoo_is_as_it_was(seed: int, name: str) -> None:
    print('zoo %d, scope %s' % (seed, name))
    world.in_world(_round_trip, seed, name)
