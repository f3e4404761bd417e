# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is to do, and what it did."""

from __future__ import annotations

import typing as t

from ..kernel.codec import MissingLibrary
from ..objects.draft import Policy
from ..objects.operation import Change, Operation
from .commit_confirm import CommitConfirm
from .earlier import Earlier
from .store import ROOT

Finish = t.Callable[[], 'tuple[Change, ...]']
"""Called when all is in place, before it counts as done: keeps what else belongs to it, and returns what
changed by that.
"""


class Ends(t.Protocol):
    """When a scope ends, or that it stays (lifetime.py). Armed inside the block."""

    def __enter__(self) -> None:
        """The run begins."""

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        """The run ended, with an exception of this kind."""

    def take_back(self) -> None:
        """The run was undone."""


class Task(t.NamedTuple):
    """What is to be done with a document.

    check           change nothing, predict the changes
    absent          remove everything of the scope
    policy          how far the run may go; see Policy
    step            called after each operation, for tests that stop a run
    root            where the host keeps records
    commit_confirm  when a change has to be confirmed: it is then carried out by a process of its own
    finish          see Finish
    earlier         in check mode, the tasks of the play that came before and would change something
    lifetime        when the host removes the scope by itself
    unless          asked under the lock: whether there is nothing to do any more
    """

    check: bool = False
    absent: bool = False
    policy: Policy = Policy()
    step: t.Callable[[Operation], None] | None = None
    root: str = ROOT
    commit_confirm: CommitConfirm | None = None
    finish: Finish | None = None
    earlier: tuple[Earlier, ...] = ()
    lifetime: Ends | None = None
    unless: t.Callable[[], bool] | None = None


class Outcome(t.NamedTuple):
    """What a run did, or would do. ``pending`` is what has to be confirmed. ``rounds`` is how often it had to
    plan until nothing was left to do. ``lacking``: a run that is no check would fail for want of the library.
    ``not_restored``: what a removal could not restore. ``predicted``: what only earlier tasks would make."""

    changes: tuple[Change, ...] = ()
    rounds: int = 0
    recovered: bool = False
    ops: int = 0
    pending: dict[str, t.Any] | None = None
    lacking: MissingLibrary | None = None
    not_restored: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
