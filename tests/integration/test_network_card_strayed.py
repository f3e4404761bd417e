# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network card that somebody renamed or moved by hand while a scope holds it is found, and not lost."""

from __future__ import annotations

import itertools
import os
import signal
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_after
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot
from ansible_collections.multinet.linux.tests.integration.test_network_card import HOST, split
from ansible_collections.multinet.linux.tests.integration.world import run

BY_HAND = {
    'renamed': ('sig/x9', ['ip -n sig link set nic down', 'ip -n sig link set nic name x9 up']),
    'renamed, and another link has its name': (
        'sig/x9',
        [
            'ip -n sig link set nic down',
            'ip -n sig link set nic name x9',
            'ip -n sig link add nic type bridge',
        ],
    ),
    'moved': ('other/nic', ['ip -n sig link set nic netns other']),
    'moved and renamed': ('other/y9', ['ip -n sig link set nic netns other name y9']),
    'moved to the host and renamed': ('host/z9', ['ip -n sig link set nic netns HOST name z9']),
    'its namespace ended': ('host/z9', ['ip -n sig link set nic netns HOST name z9', 'ip netns del sig']),
}
DOCUMENTS = {
    'as it was': split(match={'name': 'nic'}),
    'with another MAC': split(match={'name': 'nic'}, mac='02:00:00:00:00:77'),
}


def _moved_by_hand(how: str, document: str = 'as it was') -> Snapshot:
    for command in (*HOST, 'ip netns add other'):
        run(command)
    before = snapshot()
    converge(DOCUMENTS[document])
    for command in BY_HAND[how][1]:
        run(command.replace('HOST', str(os.getpid())))
    return before


def _same(before: Snapshot) -> None:
    left = difference(before, snapshot())
    assert not left, left


def _removed(how: str, document: str) -> None:
    before = _moved_by_hand(how, document)
    outcome = converge(DOCUMENTS[document], absent=True)
    assert outcome.warnings == ('link sig/nic: was found as %s, where somebody took it' % BY_HAND[how][0],)
    _same(before)
    run('ping -n -c 1 -W 5 10.0.0.1')


@pytest.mark.parametrize('document', DOCUMENTS)
@pytest.mark.parametrize('how', BY_HAND)
def test_a_card_moved_by_hand_comes_back_when_its_scope_goes(how: str, document: str) -> None:
    world.in_world(_removed, how, document)


def _applied_again(how: str) -> None:
    before = _moved_by_hand(how)
    document = DOCUMENTS['as it was']
    predicted = converge(document, check=True)
    assert 'found as ' + BY_HAND[how][0] in predicted.warnings[0]
    assert converge(document).changes == predicted.changes
    silent(document)
    run('ip netns exec sig ping -n -c 1 -W 5 10.0.0.1')
    converge(document, absent=True)
    _same(before)


@pytest.mark.parametrize('how', [how for how in BY_HAND if 'another' not in how])
def test_a_card_moved_by_hand_is_taken_again(how: str) -> None:
    world.in_world(_applied_again, how)


def _name_is_taken() -> None:
    before = _moved_by_hand('renamed, and another link has its name')
    told = refused(DOCUMENTS['as it was'])
    assert told.startswith('link sig/nic: already exists and is not the declared card'), told
    converge(DOCUMENTS['as it was'], absent=True)
    _same(before)


def test_a_link_of_others_with_the_name_of_a_renamed_card_is_not_taken_for_it() -> None:
    world.in_world(_name_is_taken)


def _other_task(how: str) -> None:
    """A task that adds to the scope, and knows nothing of the card, keeps what is known of it."""
    before = _moved_by_hand(how)
    routes = {'name': 'split', 'routes': [{'to': '192.0.2.128/25', 'type': 'blackhole'}]}
    converge(routes, policy=Policy(mode=Mode.ADD))
    converge(DOCUMENTS['as it was'], absent=True)
    _same(before)


@pytest.mark.parametrize('how', ['renamed', 'moved and renamed'])
def test_a_task_that_adds_to_the_scope_forgets_no_card(how: str) -> None:
    world.in_world(_other_task, how)


def _in_use() -> None:
    _moved_by_hand('moved and renamed')
    run('ip -n other link set y9 up')
    run('ip -n other address add 10.0.0.77/24 dev y9')
    document = DOCUMENTS['as it was']
    told = refused(document)
    text = 'link sig/nic: is other/y9 now, where somebody took it; move it back to the host'
    assert told.startswith(text), told
    outcome = converge(document, absent=True)
    assert outcome.warnings == (
        'link sig/nic: was found as other/y9, where somebody took it; is not restored, since it is in use'
        ' there',
    )
    assert '10.0.0.77/24' in run('ip -n other address show dev y9')


def test_a_card_that_somebody_uses_elsewhere_is_left_to_him() -> None:
    world.in_world(_in_use)


def _held_by_another_scope() -> None:
    before = _moved_by_hand('moved to the host and renamed')
    run('ip netns del other')
    two = split(name='sig2', match={'name': 'z9'})
    two['name'], two['namespaces'][0]['name'] = 'two', 'sig-two'
    converge(two)
    outcome = converge(DOCUMENTS['as it was'], absent=True)
    assert outcome.warnings == (
        'link sig/nic: was found as sig-two/sig2, where somebody took it; is not restored, since it is held'
        ' by scope two there',
    )
    silent(two)
    converge(two, absent=True)
    assert 'z9' in run('ip -o link show') and before


def test_a_card_that_another_scope_holds_by_now_is_left_to_it() -> None:
    world.in_world(_held_by_another_scope)


def _gone() -> None:
    _moved_by_hand('moved')
    run('ip -n other link del nic')
    outcome = converge(DOCUMENTS['as it was'], absent=True)
    assert outcome.warnings == (
        'link host/nic: is not restored, since no namespace that has a name has it (looked for mac'
        ' 02:00:00:00:00:c1)',
    )


def test_a_card_that_is_nowhere_is_told() -> None:
    world.in_world(_gone)


def _undone(how: str) -> None:
    _moved_by_hand(how)
    between = snapshot()
    document = DOCUMENTS['as it was']
    for options in ({}, {'absent': True}):
        ops = converge(document, check=True, **options).ops
        for number in range(1, ops + 1):
            stopped_after(number, document, **options)
            _same(between)


@pytest.mark.parametrize('how', ['renamed', 'moved and renamed', 'moved to the host and renamed'])
def test_a_run_that_fails_leaves_the_card_where_it_was(how: str) -> None:
    world.in_world(_undone, how)


def _killed(case: tuple[str, int]) -> None:
    how, number = case
    before = _moved_by_hand(how)
    left = number

    def step(_op: Operation) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    document = DOCUMENTS['as it was']
    world.killed_or_result(lambda: converge(document, step=step, absent=bool(number % 2)))
    converge(document, absent=True)
    _same(before)


def test_a_run_that_is_killed_loses_no_card() -> None:
    cases = list(itertools.product(('renamed', 'moved and renamed'), range(1, 17)))
    found: list[t.Any] = world.in_worlds(_killed, cases)
    wrong = [str(each) for each in found if isinstance(each, world.Broken)]
    assert not wrong, '\n\n'.join(wrong)
