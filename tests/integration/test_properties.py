# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every document, tried with random ones on the real kernel.

Without more, those of 300 documents are tried that together say all that the 300 say. MULTINET_SEEDS is how
many are tried otherwise, MULTINET_FIRST_SEED the first of them (0).
"""

from __future__ import annotations

import copy
import os
import random
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.apply import StepFailed
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Change, Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document, random_change, random_document
from ansible_collections.multinet.linux.tests.generator.covering import covering
from ansible_collections.multinet.linux.tests.integration import canonical_forms, foreign, world
from ansible_collections.multinet.linux.tests.integration.snapshot import (
    Snapshot,
    difference,
    snapshot,
    without_history,
)

BATCH = 10
COVERED = 300


def documents_of(seed: int) -> tuple[Document, Document]:
    first = random_document(seed, 'medium' if seed % 3 == 0 else 'small')
    return first, random_change(first, seed)


def seeds_to_try() -> list[int]:
    if 'MULTINET_SEEDS' in os.environ:
        first = int(os.environ.get('MULTINET_FIRST_SEED', '0'))
        return list(range(first, first + int(os.environ['MULTINET_SEEDS'])))
    return covering({seed: documents_of(seed) for seed in range(COVERED)})


SEEDS = seeds_to_try()


def shuffled(document: Document, seed: int) -> Document:
    """The same document with its lists in another order, but for those where order means something: the rules
    of a chain, and the addresses of a link, of which the first in a network is the primary one."""
    dice = random.Random('order %d' % seed)

    def mixed(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            pairs = [
                (
                    key,
                    member
                    if key in ('addresses', 'rules') and value.get('chain') or key == 'addresses'
                    else mixed(member),
                )
                for key, member in value.items()
            ]
            dice.shuffle(pairs)
            return dict(pairs)
        if isinstance(value, list):
            members = [mixed(member) for member in value]
            dice.shuffle(members)
            return members
        return value

    return t.cast(Document, mixed(copy.deepcopy(document)))


def same(before: Snapshot, what: str) -> Snapshot:
    now = snapshot()
    found = difference(before, now)
    assert not found, '%s:\n%s' % (what, found)
    return now


def titles(changes: t.Iterable[Change]) -> list[str]:
    return [
        '%s %s: %s -> %s' % (change.action, change.title, change.before, change.after) for change in changes
    ]


def fails_and_is_undone(
    document: Document, count: int, dice: random.Random, before: Snapshot, what: str
) -> None:
    """Stop the run after one of its *count* operations: everything is as it was before."""
    last = dice.randint(1, count)
    done: list[Operation] = []

    def step(op: Operation) -> None:
        done.append(op)
        if len(done) == last:
            raise StepFailed(op, 'the test says so')

    with pytest.raises(EngineError) as caught:
        converge(document, step=step)
    assert 'except' not in str(caught.value), str(caught.value)
    same(before, '%s: undone after operation %d of %d, %s' % (what, last, count, done[-1]))


def apply(document: Document, before: Snapshot, dice: random.Random, what: str) -> Snapshot:
    predicted = converge(document, check=True)
    if predicted.ops:
        fails_and_is_undone(document, predicted.ops, dice, before, what)
    else:
        same(before, what + ': check mode changes something')
    outcome = converge(document)
    assert titles(predicted.changes) == titles(outcome.changes), what + ': check mode'
    assert outcome.rounds <= 1, '%s: %d rounds, %s' % (what, outcome.rounds, titles(outcome.changes))
    now = snapshot()
    again: Outcome = converge(document)
    assert (again.changes, again.ops, again.rounds) == ((), 0, 0), '%s: second run: %s' % (
        what,
        titles(again.changes),
    )
    same(now, what + ': second run')
    return now


def others_stay(initial: Snapshot, now: Snapshot, scope: str, what: str) -> None:
    mine = (scope + '-', 'sysctl', '-%s-' % scope, ':' + scope, 'mount /run/netns')
    lost = {
        key: value
        for key, value in initial.items()
        if now.get(key) != value
        and not _is_of(key, mine)
        and not _shared_base_chain(key, value, now.get(key), scope)
    }
    assert not lost, '%s: foreign objects\n%s' % (
        what,
        difference(lost, {key: now[key] for key in lost if key in now}),
    )


def _is_of(key: str, mine: t.Sequence[str]) -> bool:
    return any(word in key for word in mine)


def _shared_base_chain(key: str, before: str, after: str | None, scope: str) -> bool:
    """A base chain that has our jump beside what was there."""
    if not key.startswith(('host ipv4', 'host ipv6')) or after is None:
        return False
    return [line for line in after.split('\n') if 'multinet:' + scope not in line] == before.split('\n')


def life(seed: int) -> None:
    """One document and one change of it, from an untouched host to an untouched host."""
    with canonical_forms.remembered():
        _life(seed)


def _life(seed: int) -> None:
    dice = random.Random('life %d' % seed)
    first, second = documents_of(seed)
    foreign.sprinkle(seed)
    initial = snapshot()
    plans = [titles(converge(document, check=True).changes) for document in (first, shuffled(first, seed))]
    assert plans[0] == plans[1], 'the order of the document matters'
    built = apply(first, initial, dice, 'first')
    others_stay(initial, built, first['name'], 'first')
    changed = apply(second, built, dice, 'second')
    others_stay(initial, changed, first['name'], 'second')
    fresh = world.result(*world.child(freshly, second, seed, new=True))
    found = difference(without_history(fresh), without_history(changed))
    assert not found, 'a host that was changed is not as one that was built anew:\n' + found
    removal = converge(second, check=True, absent=True)
    outcome = converge(second, absent=True)
    assert titles(removal.changes) == titles(outcome.changes), 'removal: check mode'
    same(initial, 'after removal')


def freshly(document: Document, seed: int) -> Snapshot:
    foreign.sprinkle(seed)
    converge(shuffled(document, seed))
    return snapshot()


def _undone_everywhere(before: Document, document: Document) -> None:
    """Stop a change after each of its operations, then let it come to its end."""
    converge(before)
    initial = snapshot()
    count = converge(document, check=True).ops
    for number in range(1, count + 1):
        fails_and_is_undone(document, number, _Always(number), initial, 'stopped')
    apply(document, initial, random.Random(0), 'in the end')


class _Always(random.Random):
    """A die that falls on one number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def randint(self, a: int, b: int) -> int:
        return self.number


def _heights(top: int | None, bridge: int | None, ports: int) -> Document:
    """Links in two namespaces on a bridge with two ports."""
    return {
        'name': 'high',
        'links': [
            {'name': 'hi-br', 'kind': 'bridge', **({'mtu': bridge} if bridge else {})},
            *(
                {
                    'name': 'hi-p%d' % number,
                    'kind': 'veth',
                    'master': 'hi-br',
                    'mtu': ports,
                    'peer': {'name': 'hi-q%d' % number, 'mtu': ports},
                }
                for number in range(2)
            ),
            {'name': 'hi-mac', 'kind': 'macvlan', 'link': 'hi-br', **({'mtu': top} if top else {})},
        ],
        'namespaces': [
            {
                'name': 'hi-a',
                'links': [
                    {
                        'name': 'mac',
                        'kind': 'macvlan',
                        'link': 'hi-br',
                        'link_namespace': 'host',
                        'addresses': ['fd00:7::1/64'],
                        **({'mtu': top} if top else {}),
                    }
                ],
            }
        ],
    }


_WITHOUT_ADDRESS: Document = {
    'name': 'bare',
    'links': [{'name': 'ba-d', 'kind': 'bridge'}],
    'routes': [
        {'to': '10.77.0.0/16', 'dev': 'ba-d'},
        {'to': '10.78.0.0/16', 'via': '10.99.0.1', 'dev': 'ba-d', 'onlink': True},
    ],
}
_WITH_ADDRESS: Document = {
    'name': 'bare',
    'links': [{'name': 'ba-d', 'kind': 'bridge', 'addresses': ['10.79.0.1/24']}],
    'routes': _WITHOUT_ADDRESS['routes'][1:],
}
_NOTHING_BUT: Document = {'name': 'high', 'links': [{'name': 'hi-d', 'kind': 'bridge'}]}


def _numbers(kind: str) -> Document:
    link = {'name': 'hi-n', 'kind': kind, **({'peer': {'name': 'hi-m'}} if kind == 'veth' else {})}
    content = 'chain c {\n type filter hook input priority 0; policy accept;\n iif hi-n drop\n}'
    return {
        'name': 'high',
        'links': [link],
        'nftables': [{'content': content + ('\nchain d { }' if kind == 'veth' else '')}],
    }


UNDONE: dict[str, tuple[Document, Document]] = {
    'the first address of a link with routes': (_WITHOUT_ADDRESS, _WITH_ADDRESS),
    'an MTU above the default, of a bridge that says none': (_NOTHING_BUT, _heights(9000, None, 9000)),
    'an MTU that comes from the ports': (_NOTHING_BUT, _heights(None, None, 9000)),
    'a bridge below its ports': (_NOTHING_BUT, _heights(1400, 1400, 9000)),
    'MTUs that rise': (_heights(None, None, 1400), _heights(None, None, 9000)),
    'MTUs that fall': (_heights(9000, None, 9000), _heights(1400, 1400, 1500)),
    'MTUs that fall of themselves': (_heights(None, None, 9000), _heights(None, None, 1400)),
    'links that a table of nft names by their numbers': (_numbers('bridge'), _numbers('veth')),
    'such a table and its link go': (_numbers('bridge'), _NOTHING_BUT),
    'MTUs that go': (_heights(1400, 1400, 9000), _NOTHING_BUT),
}


@pytest.mark.parametrize('case', UNDONE)
def test_stopped_at_every_operation(case: str) -> None:
    world.in_world(_undone_everywhere, *UNDONE[case])


@pytest.mark.parametrize('start', range(0, len(SEEDS), BATCH))
def test_documents(start: int) -> None:
    seeds = SEEDS[start : start + BATCH]
    failed = [
        'seed %d %s' % (seed, found)
        for seed, found in zip(seeds, world.in_worlds(life, seeds))
        if found is not None
    ]
    print('seeds %d to %d: %d documents' % (seeds[0], seeds[-1], len(seeds)))
    assert not failed, '%d of %d documents fail\n%s' % (len(failed), len(seeds), '\n\n'.join(failed))
