# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that name ipsets: the set of the namespace counts, and one that it does not have is named."""

from __future__ import annotations

import socket
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import ipset
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError

from . import world
from .iptables_world import BACKENDS, Document, converge, state, use
from .world import inside, run

USERS = ipset.IpSet('users', 'hash:ip', 0, socket.AF_INET)
RULES = ['-m set --match-set users src -j ACCEPT', '-m set ! --match-set ports dst -j DROP']


def _document(rules: t.Sequence[str]) -> Document:
    chains = [{'chain': 'INPUT', 'rules': list(rules)}]
    return {'iptables': chains, 'namespaces': [{'name': 'n', 'create': False, 'iptables': chains}]}


def _sets(backend: str) -> None:
    use(backend)
    run('ip netns add n')
    for namespace in ('', 'n'):
        inside(namespace, ipset.create_empty, USERS)
        inside(namespace, ipset.create_empty, ipset.IpSet('ports', 'bitmap:port', 0, 0))
        assert sorted(inside(namespace, ipset.names)) == ['ports', 'users']
    assert len(converge(_document(RULES)).changes) == 2
    assert not converge(_document(RULES)).ops
    for namespace in ('', 'n'):
        saved = inside(namespace, state)
        assert all('-A mn-lab-INPUT ' + rule in saved for rule in RULES)
    converge({}, absent=True)
    assert 'users' not in state()


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_rule_may_name_a_set_of_its_namespace(backend: str) -> None:
    world.in_world(_sets, backend)


def _missing(backend: str) -> None:
    use(backend)
    run('ip netns add n')
    ipset.create_empty(USERS)
    before = state(), inside('n', state)
    with pytest.raises(InputError) as caught:
        converge(_document(RULES[:1]))
    assert caught.value.texts() == (
        'namespaces[0].iptables[0].rules[0]: names an ipset that n does not have (found users); '
        'make it first, or leave the rule out',
    )
    assert (state(), inside('n', state)) == before


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_set_that_the_namespace_does_not_have_is_named(backend: str) -> None:
    world.in_world(_missing, backend)
