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


def _state_of(scope: str, state: str) -> Document:
    return {'name': scope, 'links': [{'name': 'br9', 'kind': 'physical', 'state': state}]}


def _state() -> None:
    """The scope that set the state keeps it; the other one learns whose it is."""
    run('ip link add br9 type bridge')
    initial = snapshot()
    up, down = _state_of('one', 'up'), _state_of('two', 'down')
    converge(up)
    for check in (True, False):
        told = refused(down, check=check)
        assert told.startswith('link host/br9: state is set by scope one (found up, want down); '), told
    silent(up)
    converge(down, policy=Policy(adopt=True))
    silent(down)
    told = refused(up)
    assert told.startswith('link host/br9: state is set by scope two (found down, want up); '), told
    converge(down, absent=True)
    silent(up)
    converge(up, absent=True)
    left = difference(initial, snapshot())
    assert not left, left


def test_two_scopes_that_set_the_state_of_a_link_otherwise() -> None:
    world.in_world(_state)


OF_MAKER: dict[str, tuple[Document, str]] = {
    'state': ({'state': 'down'}, 'state is set by scope two (found down, want up)'),
    'mtu': ({'mtu': 1400}, 'mtu is set by scope two (found 1400, want 1450)'),
}


def _of_maker(name: str) -> None:
    """A scope that makes a link does not take back what another one set on it, nor the other way round."""
    content, text = OF_MAKER[name]
    one = {'name': 'one', 'links': [{'name': 'br9', 'kind': 'bridge', 'mtu': 1450}]}
    two = {'name': 'two', 'links': [{'name': 'br9', 'kind': 'physical', **content}]}
    converge(one)
    whole = snapshot()
    converge(two)
    told = refused(one)
    assert told.startswith('link host/br9: ' + text), told
    silent(two)
    converge(two, absent=True)
    silent(one)
    left = difference(whole, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(OF_MAKER))
def test_what_a_scope_sets_on_a_link_that_another_one_made(name: str) -> None:
    world.in_world(_of_maker, name)


CARD: Document = {
    'name': 'card',
    'namespaces': [
        {'name': 'in', 'links': [{'name': 'sig0', 'kind': 'physical', 'match': {'name': 'nic'}}]},
    ],
}
ON_CARD: dict[str, tuple[Document, str]] = {
    'address': (
        {'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.5.0.1/24']}]},
        'address 10.5.0.1/24',
    ),
    'field': ({'links': [{'name': 'nic', 'kind': 'physical', 'mtu': 1400}]}, 'mtu'),
    'route': ({'routes': [{'to': '10.77.0.0/16', 'via': '10.0.0.2'}]}, 'route 10.77.0.0/16'),
    'sysctl': ({'sysctls': {'net.ipv4.conf.nic.rp_filter': 1}}, 'sysctl net.ipv4.conf.nic.rp_filter'),
}


def _moved_with_things_of_a_scope(name: str) -> None:
    run('ip link add nic up type veth peer name far')
    run('ip link set far up')
    run('ip address add 10.0.0.9/24 dev nic')
    initial = snapshot()
    content, title = ON_CARD[name]
    one = {'name': 'one', **content}
    converge(one)
    for check in (True, False):
        told = refused(CARD, check=check)
        text = 'link in/sig0: cannot be moved: host/nic has what belongs to scope one (found %s); ' % title
        assert told.startswith(text), told
    silent(one)
    converge(one, absent=True)
    converge(CARD)
    converge(CARD, absent=True)
    left = difference(initial, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(ON_CARD))
def test_a_card_does_not_leave_with_things_of_another_scope(name: str) -> None:
    world.in_world(_moved_with_things_of_a_scope, name)
