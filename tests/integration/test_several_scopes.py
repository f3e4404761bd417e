# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several scopes set on one link: values that differ, are alike, or are adopted."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run


def _scope(name: str, mtu: int, rp_filter: int) -> Document:
    return {
        'name': name,
        'links': [{'name': 'br9', 'kind': 'physical', 'mtu': mtu}],
        'sysctls': {'net.ipv4.conf.br9.rp_filter': rp_filter},
    }


def _one_value() -> None:
    """Two scopes that set one value otherwise: neither writes over the other."""
    run('ip link add br9 up mtu 1500 type bridge')
    initial = snapshot()
    one, two = _scope('one', 1400, 1), _scope('two', 1450, 2)
    converge(one)
    texts = {
        'links': 'link host/br9: mtu is set by scope one (found 1400, want 1450); declare it in one of ',
        'sysctls': 'sysctl net.ipv4.conf.br9.rp_filter in host: is set by scope one (found 1, want 2); ',
    }
    for key, text in texts.items():
        for check in (True, False):
            told = refused({'name': 'two', key: two[key]}, check=check)
            assert told.startswith(text), told
    silent(one)
    converge(one, absent=True)
    assert difference(initial, snapshot()) == ''


def test_two_scopes_that_set_a_value_otherwise() -> None:
    world.in_world(_one_value)


def _adopted_value(last: str) -> None:
    """The scope that goes leaves the value of the other one; the last leaves what was before both."""
    run('ip link add br9 up mtu 1500 type bridge')
    initial = snapshot()
    documents = {'one': _scope('one', 1400, 1), 'two': _scope('two', 1450, 2)}
    converge(documents['one'])
    alone = snapshot()
    converge(documents['two'], policy=Policy(adopt=True))
    silent(documents['two'])
    assert 'is set by scope two' in refused(documents['one'])
    first = 'two' if last == 'one' else 'one'
    converge(documents[first], absent=True)
    silent(documents[last])
    if last == 'one':
        assert difference(alone, snapshot()) == ''
    converge(documents[last], absent=True)
    left = difference(initial, snapshot())
    assert not left, left


@pytest.mark.parametrize('last', ['one', 'two'])
def test_values_that_a_scope_adopts_from_another(last: str) -> None:
    world.in_world(_adopted_value, last)


def _shared_value(last: str) -> None:
    """What both set alike stays until both are gone."""
    run('ip link add br9 up mtu 1500 type bridge')
    initial = snapshot()
    documents = {name: _scope(name, 1400, 1) for name in ('one', 'two')}
    converge(documents['one'])
    converge(documents['two'])
    silent(documents['one'])
    silent(documents['two'])
    first = 'two' if last == 'one' else 'one'
    converge(documents[first], absent=True)
    silent(documents[last])
    converge(documents[last], absent=True)
    left = difference(initial, snapshot())
    assert not left, left


@pytest.mark.parametrize('last', ['one', 'two'])
def test_values_that_two_scopes_share(last: str) -> None:
    world.in_world(_shared_value, last)
