# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that the kernel refuses, at every place of a run: the host is as it was before, or as it was to
be.

MULTINET_FAULTS=all tries every request with every error; otherwise the errors take turns.
"""

from __future__ import annotations

import collections
import errno
import functools
import os
import re
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import canonical_rules
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import canonical_forms, everything, foreign, world
from ansible_collections.multinet.linux.tests.integration.documents import nodes
from ansible_collections.multinet.linux.tests.integration.faults import ERRNOS, Seam
from ansible_collections.multinet.linux.tests.integration.snapshot import (
    Snapshot,
    difference,
    snapshot,
    without_history,
)

ALL = os.environ.get('MULTINET_FAULTS') == 'all'
_LOOK_AFTER = 4  # failures between two looks at the whole world
# What the kernel may say while a change is taken back; ENOENT and EEXIST then mean that nothing is left to
# do.
_REFUSALS = tuple(number for number in ERRNOS if number not in (errno.ENOENT, errno.EEXIST))


class Transaction(t.NamedTuple):
    """One transaction: what is applied before it, and what it applies."""

    before: Document | None
    document: Document
    absent: bool = False
    alone: bool = False

    def prepare(self) -> Snapshot:
        if not self.alone:
            foreign.sprinkle(1)
            everything.surroundings()
        if self.before is not None:
            self._converge(self.before, False)
        self._converge(self.document, self.absent, check=True)
        return snapshot()

    def go(self, seam: Seam) -> Outcome:
        with seam.installed():
            return self._converge(self.document, self.absent)

    @staticmethod
    def _converge(document: Document, absent: bool, check: bool = False) -> Outcome:
        with canonical_forms.remembered(canonical_rules):  # nft is asked: it may be refused that
            return converge(document, check=check, absent=absent, policy=Policy(adopt=True))


class Case(t.NamedTuple):
    """Requests that are refused, and with what."""

    requests: frozenset[int]
    number: int = errno.EPERM
    broken: frozenset[int] = frozenset()


class Ended(t.NamedTuple):
    """How runs ended, and what was wrong; ``tried`` is how many of the cases there were until the world was
    used up."""

    counts: t.Counter[str]
    wrong: list[str]
    tried: int


@functools.cache
def runs() -> dict[str, Transaction]:
    there = world.in_world(everything.kinds)
    first, second = everything.first(there), everything.second(there)
    return {
        'build and adopt': Transaction(None, first),
        'change': Transaction(first, second),
        'remove': Transaction(second, second, absent=True),
        'alone': Transaction(None, nodes(1), alone=True),
    }


RUNS = ('build and adopt', 'change', 'remove', 'alone')


@functools.cache
def clean(name: str) -> tuple[Seam, Snapshot]:
    """The requests of a run that nothing is wrong with, and the world afterwards."""

    def body(run: Transaction) -> tuple[Seam, Snapshot]:
        run.prepare()
        seam = Seam()
        run.go(seam)
        return seam, snapshot()

    return world.in_world(body, runs()[name])


def _fault_of(exc: EngineError, number: int) -> str:
    """What is wrong with the text of an error; '' when nothing is."""
    text = str(exc)
    if (
        errno.errorcode[number] not in text and os.strerror(number) not in text and number != errno.ENOENT
    ):  # which is as good as done, for a removal
        return 'the error does not name %s: %s' % (errno.errorcode[number], text)
    if not re.search('everything done before was undone|nothing was changed', text):
        return 'the error does not tell that all is as before: %s' % text
    return ''


def _in_one_world(name: str, cases: t.Sequence[Case]) -> Ended:
    """Try each of *cases* in turn, until the world is not as it was before."""
    run, after = runs()[name], clean(name)[1]
    initial = run.prepare()
    ended = Ended(collections.Counter(), [], len(cases))
    since: list[str] = []
    for tried, case in enumerate(cases, 1):
        seam, end, fault = Seam(case.requests, case.number, case.broken), 'undone', ''
        try:
            run.go(seam)
            end = 'done all the same'
        except EngineError as exc:
            fault = '' if case.broken else _fault_of(exc, case.number)
        except Exception as exc:
            fault = '%s: %s' % (type(exc).__name__, exc)
        refused = ['%d %s' % (request, seam.word(request)) for request in sorted(case.requests)]
        refused += ['restore %d' % number for number in case.broken]
        since.append('%s to %s: %s' % (errno.errorcode[case.number], ', '.join(refused), end))
        ended.counts['%s %s' % (errno.errorcode[case.number], end)] += 1
        if fault:
            ended.wrong.append('%s, %s' % (since[-1], fault))
        if end == 'undone' and tried % _LOOK_AFTER and tried < len(cases):
            continue
        found = difference(initial if end == 'undone' else after, snapshot())
        if found:
            ended.wrong.append('the world is not as it should be after %s\n%s' % ('; '.join(since), found))
        if found or end != 'undone':
            return ended._replace(tried=tried)
        since = []
    return ended


def _all(name: str, cases: t.Sequence[Case]) -> str:
    """Try all cases, each time from the same start. What was wrong is raised; how it ended is told."""

    def share(cases: t.Sequence[Case]) -> Ended:
        counts: t.Counter[str] = collections.Counter()
        wrong: list[str] = []
        while cases:
            ended = world.in_world(_in_one_world, name, cases)
            counts += ended.counts
            wrong += ended.wrong
            cases = cases[ended.tried :]
        return Ended(counts, wrong, 0)

    clean(name)
    counts: t.Counter[str] = collections.Counter()
    wrong: list[str] = []
    for found in world.in_worlds(share, [cases[first::2] for first in range(2)]):
        if isinstance(found, world.Broken):
            raise found
        counts += found.counts
        wrong += found.wrong
    told = '%s: %d failures injected: %s' % (
        name,
        len(cases),
        ', '.join('%d %s' % (count, end) for end, count in sorted(counts.items())),
    )
    print(told)
    assert not wrong, '%d of %d: %s' % (len(wrong), len(cases), '\n\n'.join(wrong))
    assert sum(counts.values()) == len(cases) > 0
    return told


@pytest.mark.parametrize('name', RUNS)
def test_refused(name: str) -> None:
    """Every request that may change something, and now and then one that does not."""
    seam = clean(name)[0]
    requests = [*range(1, len(seam.seen) + 1), *range(-1, -len(seam.looked), -1 if ALL else -9)]
    if ALL:
        cases = [Case(frozenset([request]), number) for request in requests for number in ERRNOS]
    else:
        cases = [
            Case(frozenset([request]), ERRNOS[position % len(ERRNOS)])
            for position, request in enumerate(requests)
        ]
    # A setting that there is no file for is one that the kernel does not have: that is no failure.
    _all(
        name,
        [case for case in cases if case.number != errno.ENOENT or seam.word(min(case.requests)) != 'sysctl'],
    )


def _undone(name: str) -> int:
    """How many requests there are when the last one of a run is refused."""
    run = runs()[name]
    run.prepare()
    seam = Seam([len(clean(name)[0].seen)])
    with pytest.raises(EngineError):
        run.go(seam)
    return len(seam.seen)


@pytest.mark.parametrize('name', RUNS)
def test_refused_while_undoing(name: str) -> None:
    """One request of the undo fails, which is done once more."""
    last = len(clean(name)[0].seen)
    found = range(last + 1, world.in_world(_undone, name) + 1, 1 if ALL else 3)
    _all(
        name,
        [
            Case(frozenset([last, request]), _REFUSALS[number % len(_REFUSALS)])
            for number, request in enumerate(found)
        ],
    )


@pytest.mark.parametrize('name', RUNS[:3])
def test_restore_fails_half_way(name: str) -> None:
    """iptables-restore has put some tables in when another is refused."""
    _all(
        name, [Case(frozenset(), broken=frozenset([number + 1])) for number in range(clean(name)[0].restored)]
    )


def _told_of(line: str, text: str) -> bool:
    """Whether a difference is a route of others that an error names."""
    return any(route in text for route in re.findall('"dst": "([^"]+)"', line))


def _stuck(case: tuple[str, int, int]) -> str:
    """All requests of a kind are refused from one on, in undo too. What is left is told, and the next run
    gets to its end."""
    name, request, number = case
    run, (seam, after) = runs()[name], clean(name)
    initial = run.prepare()
    what, text = '%s to all %s from %d on' % (errno.errorcode[number], seam.word(request), request), ''
    try:
        run.go(Seam(number=number, stuck=request))
    except EngineError as exc:
        text = str(exc)
    else:
        return 'done all the same'
    assert errno.errorcode[number] in text or os.strerror(number) in text, '%s: %s' % (what, text)
    left = difference(initial, snapshot())
    if 'everything done before was undone' in text:
        assert not left, '%s: the world is not as before, though the error says so: %s\n%s' % (
            what,
            text,
            left,
        )
    else:
        assert re.search('(?m)^not undone: |^whether all is as before was not seen: ', text), '%s: %s' % (
            what,
            text,
        )
    run.go(Seam())
    again = run.go(Seam())
    assert not again.ops, '%s: the run after the next changes %s' % (
        what,
        [change.title for change in again.changes],
    )
    found = difference(without_history(after), without_history(snapshot())).splitlines()
    lost = [line for line in found if not _told_of(line, text)]
    assert not lost, '%s: the next run does not get to the end\n%s' % (what, '\n'.join(lost))
    return 'all is as before' if not left else 'what is left is told'


def test_refused_for_good() -> None:
    cases = []
    for name in RUNS[1:3] if ALL else RUNS[1:2]:
        seen = clean(name)[0].seen
        for word in sorted(set(seen)):
            cases.append((name, len(seen) - seen[::-1].index(word), _REFUSALS[len(cases) % len(_REFUSALS)]))
    ends = world.in_worlds(_stuck, cases)
    print(
        '%d kinds of requests refused for good: %s'
        % (len(cases), dict(collections.Counter(end for end in ends if isinstance(end, str))))
    )
    wrong = [str(end) for end in ends if isinstance(end, world.Broken)]
    assert not wrong, '\n\n'.join(wrong)


def _full(name: str, option: str) -> int:
    """/run takes no more than so many pages or files, one more each time, until that is enough. How often it
    was not."""
    run, after = runs()[name], clean(name)[1]
    initial = run.prepare()
    for more in range(1, 60):
        there = os.statvfs('/run')
        limit = (
            there.f_files - there.f_ffree + more
            if option == 'nr_inodes'
            else (there.f_blocks - there.f_bfree + more) * there.f_bsize
        )
        world.run('mount -o remount,%s=%d /run' % (option, limit))
        try:
            run.go(Seam())
        except EngineError as exc:
            fault = _fault_of(exc, errno.ENOSPC)
            assert not fault, '%d more: %s' % (more, fault)
        else:
            found = difference(without_history(after), without_history(snapshot()))
            assert not found, 'the world is not as it was to be\n' + found
            return more - 1
        finally:
            world.run('mount -o remount,%s=100000000 /run' % option)
        found = difference(initial, snapshot())
        assert not found, '%d more: the world is not as before\n%s' % (more, found)
    raise AssertionError('it is never enough')


@pytest.mark.parametrize('name', ['alone'])
def test_run_is_full(name: str) -> None:
    failed = [world.in_world(_full, name, option) for option in ('nr_inodes', 'size')]
    print('%s: /run lacked a file %d times, and a page %d times' % (name, *failed))
    assert sum(failed) > 2
