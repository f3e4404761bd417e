# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a document to a proven kernel: parse, observe, plan, apply, verify, keep."""

from __future__ import annotations

import contextlib
import typing as t

from ..kernel.netlink import plainly
from ..values.problems import EngineError
from .garbage import uncollected
from .run import Run
from .task import Outcome, Task


@uncollected
def converge(document: t.Mapping[str, t.Any], **options: t.Any) -> Outcome:
    """Bring the kernel to what *document* declares, and keep what was made. The options are those of Task.

    Raises InputError, EngineError or codec.MissingLibrary; after each of them the host is as it was before,
    or the error says what is not.
    """
    task = Task(**options)
    try:
        return _converge(_run(document, task), task)
    except OSError as error:
        raise EngineError('%s; nothing was changed' % plainly(error)) from error


def _run(document: t.Mapping[str, t.Any], task: Task) -> Run:
    if not (task.check and task.earlier):
        return Run(document, task)
    from .predicted import RunAfter  # not loaded for most runs

    return RunAfter(document, task)


def _converge(run: Run, task: Task) -> Outcome:
    with run.locked():
        if task.unless is not None and task.unless():
            return Outcome()
        run.recall()  # what the scope owns
        run.observe()  # the kernel, in bulk
        run.plan()  # pure; conflicts and harm are refused here
        if task.check:
            return run.prediction()  # with what this kernel lacks
        if not run.steps:
            with task.lifetime or contextlib.nullcontext():
                return run.keep_unchanged()
        run.preflight()  # what this kernel lacks
        risks = run.risks()
        with task.lifetime or contextlib.nullcontext():
            if risks:
                from .pending import apply_pending  # rarely needed

                return apply_pending(run, risks)
            return run.apply()  # apply, verify, keep; or undo


__all__ = ['Outcome', 'converge']
