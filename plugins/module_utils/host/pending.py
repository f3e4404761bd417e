# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that may cut the operator off: a process of its own carries it out, and the change is pending until
it is confirmed."""

from __future__ import annotations

import typing as t

from ..engine.apply import Executor
from ..objects.operation import Operation
from ..values.problems import Failure, Problem
from . import on_demand
from .commit_confirm import CommitConfirm, NotConfirmed, PendingChange
from .run import Run, Standing
from .task import Outcome
from .watcher import Report, run_detached, run_watched


class _Confirmation:
    """What the worker tells its watcher: first (operations that took effect, operations that come next), at
    last Standing.
    """

    def __init__(self, change: PendingChange, report: Report) -> None:
        self._change, self._report = change, report
        self._count = 0

    def announce(self, executor: Executor, ops: t.Sequence[Operation]) -> None:
        done = executor.done[self._count :]
        self._count += len(done)
        self._report((done, list(ops)))

    def wait(self, executor: Executor, standing: Standing) -> None:
        self.announce(executor, [])
        self._change.wait()
        self._report(standing)


def apply_pending(run: Run, risks: t.Sequence[str]) -> Outcome:
    """Have the plan carried out by a worker, which begins when this process ends, and waits for the
    confirmation. A second process watches the worker, and undoes the change if the worker is killed or
    hangs.
    """
    settings = t.cast(CommitConfirm, run.task.commit_confirm)
    change = PendingChange(settings, risks, run.store.root)
    lifetime = run.task.lifetime
    take_back = lifetime.take_back if lifetime is not None else _nothing

    def undone(problems: t.Sequence[Problem | str]) -> None:
        take_back()
        change.undone(problems)

    def failed(problems: t.Sequence[Problem | str]) -> None:
        take_back()
        change.failed(problems)

    def work(report: Report) -> None:
        try:
            change.start_clock(report)
            change.confirmed(run.apply(_Confirmation(change, report)).changes)
        except NotConfirmed:
            undone(run.not_undone())
        except Failure as error:
            failed(error.problems)
        except Exception as error:  # a mistake of ours: it was undone, and the operator has to hear of it
            mistake = '%s: %s; everything was undone' % (type(error).__name__, error)
            failed([mistake, *run.not_undone()])

    def rescue(reports: list[t.Any], late: bool) -> None:
        """Finish what a worker that was killed had reported; *late* if it had not ended at the deadline."""
        change.late = late
        if reports and isinstance(reports[-1], Standing):
            change.confirmed(run.keep(reports[-1]))
            run.store.tidy()
            return
        problems = ['the process that carried it out was killed']
        try:
            run.undo(_begun(reports))
        except Exception as error:  # the operator has to hear of it
            problems.append('not undone: %s: %s' % (type(error).__name__, error))
        undone([*problems, *run.not_undone()])

    def body() -> None:
        with run.holding(run.steps.unnamed):
            undisturbed = run_watched(work, rescue, settings.timeout)
        if undisturbed:
            change.forget_later(run.store)

    on_demand.load()  # the worker outlives the files of the module, which Ansible removes
    change.announce()
    run_detached(body)
    return Outcome(pending=change.state, warnings=run.steps.warnings)


def _nothing() -> None:
    """In place of taking a lifetime back, where there is none."""


def _begun(reports: t.Sequence[tuple[list[Operation], list[Operation]]]) -> list[Operation]:
    """The operations that took effect, and those that may have: what came next when the worker was killed."""
    ops = [op for done, _next in reports for op in done]
    return ops + (reports[-1][1] if reports else [])
