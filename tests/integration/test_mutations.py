# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A spoilt document is answered, by a plan or by a list of problems: check mode on a host with nothing on it.

MULTINET_MUTATIONS is how many documents are tried (500), MULTINET_FIRST_MUTATION the first of them (0). With
the former, which the step ``mutations`` sets, the time and memory that each answer takes are limited too.
"""

from __future__ import annotations

import os
import resource
import signal
import traceback
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Failure
from ansible_collections.multinet.linux.tests.generator.mutations import mutated, replicas_of
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES

IS_LIMITED = 'MULTINET_MUTATIONS' in os.environ
COUNT = int(os.environ.get('MULTINET_MUTATIONS', '500'))
FIRST = int(os.environ.get('MULTINET_FIRST_MUTATION', '0'))
BATCH = 250
WRONG = [case.document for case in CASES if case.plain]

MOST_SECONDS = 2.0
"""Of processor time for an answer, programs that it starts included."""
SECONDS_FOR_REPLICA = 0.006
"""More for each replica beyond 256."""
MOST_MEGABYTES = 160
"""More than before: with those of the interpreter and the libraries it is 200."""
HANGS = 30
"""Seconds of processor time after which an answer is not waited for."""


class Hangs(BaseException):
    """No Exception, which others catch."""


class Trial(t.NamedTuple):
    accepted: int
    seconds: float
    megabytes: int
    failures: list[str]


def _used() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)


def _memory(key: str) -> int:
    """Megabytes of this process: VmRSS now, VmHWM at most (proc_pid_status(5))."""
    with open('/proc/self/status', encoding='utf-8') as file:
        line = next(line for line in file if line.startswith(key))
    return int(line.split()[1]) >> 10


def _forget_peak() -> None:
    with open('/proc/self/clear_refs', 'w', encoding='utf-8') as file:  # proc_pid_clear_refs(5)
        file.write('5')


def _hangs(_number: int, _frame: t.Any) -> None:
    raise Hangs


def _answer(document: t.Any) -> bool:
    """Whether the document is accepted. A refusal has lines that can be shown."""
    try:
        converge(document, check=True)
    except Failure as refusal:
        texts = refusal.texts()
        assert texts and len(set(texts)) == len(texts), texts
        unprintable = [text for text in texts if not text or not text.isprintable()]
        assert not unprintable, unprintable
        return False
    return True


def _limits(document: t.Any, seconds: float, megabytes: int) -> list[str]:
    most = MOST_SECONDS + SECONDS_FOR_REPLICA * max(0, replicas_of(document) - 256)
    failures = ['took %.1f s' % seconds] if seconds > most else []
    return failures + (['took %d MB' % megabytes] if megabytes > MOST_MEGABYTES else [])


def tried(first: int, count: int) -> Trial:
    """Documents from *first* on, one after the other, in one world that none of them changes."""
    signal.signal(signal.SIGPROF, _hangs)
    start = _memory('VmRSS')
    accepted, slowest, largest, failures = 0, 0.0, 0, []
    for seed in range(first, first + count):
        document = mutated(seed, WRONG)
        _forget_peak()
        used = _used()
        signal.setitimer(signal.ITIMER_PROF, HANGS)
        try:
            accepted += _answer(document)
        except BaseException:  # all that is no refusal
            failures.append('seed %d: %s' % (seed, traceback.format_exc()[-3000:]))
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds, megabytes = _used() - used, _memory('VmHWM') - start
        slowest, largest = max(slowest, seconds), max(largest, megabytes)
        if IS_LIMITED:
            failures += ['seed %d: %s' % (seed, failure) for failure in _limits(document, seconds, megabytes)]
    return Trial(accepted, slowest, largest, failures)


@pytest.mark.parametrize('first', range(FIRST, FIRST + COUNT, BATCH))
def test_each_document_is_answered(first: int) -> None:
    count = min(BATCH, FIRST + COUNT - first)
    trial = world.in_world(tried, first, count)
    figures = (first, count, trial.accepted, trial.seconds, trial.megabytes)
    print('from %d: %d documents, %d accepted, at most %.2f s and %d MB' % figures)
    assert not trial.failures, '%d failures\n%s' % (len(trial.failures), '\n\n'.join(trial.failures))
