# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a host to what a set of listeners declares: resolved, compared, protected by the firewall, rendered,
remembered.
"""

from __future__ import annotations

import json
import typing as t

from ..engine.listeners.export import Row
from ..engine.listeners.host_sockets import HostSockets, read_host_sockets
from ..engine.listeners.units import render, socket_units
from ..objects.draft import Policy
from ..objects.listener.parse import read_listeners
from ..objects.listener.value import ListenerSet
from ..objects.operation import Change
from ..values.names import HOST
from ..values.problems import Problems
from ..values.struct import Struct
from .commit_confirm import CommitConfirm
from .earlier import Earlier
from .listener_effect import ListenerReport, examine, firewall, queries
from .listener_files import ListenerFiles
from .listener_memory import Memory, forget, recall, remember
from .pipeline import Outcome, converge
from .store import ROOT

UNITS = '/etc/systemd/system'

Layout = dict[str, t.Any]
"""The document with the rules that protect the listeners; it has only a name if there are none."""


class BindResult(ListenerReport):
    """What a set means on this host, and what was done for it. ``predicted``: its run, for later tasks."""

    outcome: Outcome = Outcome()
    predicted: Earlier | None = None


def _export_text(report: ListenerReport) -> str:
    """The file for applications. Who holds a listener is not part of it, because that changes without us."""
    rows = lists(report)
    export = {kind: list(map(_without_holder, rows[kind])) for kind in ('external', 'internal')}
    return json.dumps({**export, 'default_outbound': report.outbound}, indent=2, sort_keys=True) + '\n'


def _without_holder(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != 'held'}


def lists(report: ListenerReport) -> dict[str, t.Any]:
    """The rows by type and by name.

    Those of type default are in both lists; disabled and draining ones in neither.
    """
    by_name: dict[str, list[Row]] = {}
    for row in report.exported:
        by_name.setdefault(row['name'], []).append(row)
    ready = [row for row in report.exported if row['enabled'] and row['state'] == 'present']
    external = [row for row in ready if row['type'] != 'internal']
    internal = [row for row in ready if row['type'] != 'external']
    return {'external': external, 'internal': internal, 'by_name': by_name}


class Keeper(t.Protocol):
    """What is kept for the next boot."""

    def predicted(self) -> tuple[Change, ...]:
        """What it would change."""

    def finish(self) -> tuple[Change, ...]:
        """Keeps it. Returns what changed."""


class _Plan(Struct):
    """What has to be on the host: a layout, files, and what the next run has to know; None to forget the
    scope.
    """

    layout: Layout
    files: ListenerFiles
    memory: Memory | None


def _host_for(want: ListenerSet, before: Memory, earlier: t.Sequence[Earlier], root: str) -> HostSockets:
    """The host as the listeners find it; in check mode, after what *earlier* tasks of the play would do."""
    asked = queries(want, before)
    host, _missing = read_host_sockets(asked, want.wait_dad)
    if earlier:
        from ..engine.listeners.predicted import add_predicted  # rarely needed
        from .predicted import predicted_namespaces

        add_predicted(host, asked, predicted_namespaces(asked.keys() - {HOST}, want.scope, earlier, root))
    return host


def _plan(
    data: dict[str, t.Any],
    want: ListenerSet,
    units: str,
    file: str,
    root: str,
    result: BindResult,
    earlier: t.Sequence[Earlier] = (),
) -> _Plan:
    """The plan for a set. Completes *result*. Raises InputError or EngineError."""
    before = recall(want.scope, root)
    host = _host_for(want, before, earlier, root)
    problems = Problems()
    bindings, state = examine(want, host, before, problems, result)
    rendered = render(want.scope, bindings)
    files = ListenerFiles(want.scope, units, rendered, file, _export_text(result))
    for problem in files.problems:
        problems.note(problem)
    problems.raise_any()
    result.restart = state.restart
    result.units = list(socket_units(want.scope, bindings))
    state.after.document = data
    return _Plan(firewall(want, state), files, state.after)


def bind(
    data: dict[str, t.Any],
    *,
    check: bool,
    absent: bool,
    adopt: bool = False,
    units: str = UNITS,
    file: str = '',
    root: str = ROOT,
    keeper: t.Callable[[Layout], Keeper] | None = None,
    commit_confirm: CommitConfirm | None = None,
    earlier: tuple[Earlier, ...] = (),
) -> BindResult:
    """Brings the host to what a set of listeners declares, or removes all of the set from it.

    *keeper* is made for the layout that protects the listeners. With *commit_confirm* the outcome may be
    pending: files and records then change once it is confirmed. Raises InputError, EngineError or
    codec.MissingLibrary; the host is then as it was before.
    """
    want = read_listeners(data)
    result = BindResult()
    if absent:
        plan = _Plan({'name': want.scope}, ListenerFiles(want.scope, units, {}, file, None), None)
    else:
        plan = _plan(data, want, units, file, root, result, earlier)
    kept = keeper(plan.layout) if keeper else None

    def finish() -> tuple[Change, ...]:
        changes = plan.files.write()
        if kept:
            changes = (*changes, *kept.finish())
        if plan.memory is None:
            forget(want.scope, root)
        else:
            remember(want.scope, plan.memory, root)
        return changes

    outcome = converge(
        plan.layout,
        check=check,
        absent=len(plan.layout) == 1,
        policy=Policy(adopt=adopt),
        root=root,
        commit_confirm=commit_confirm,
        finish=finish,
        earlier=earlier,
    )
    result.predicted = Earlier(plan.layout, len(plan.layout) == 1, Policy(adopt=adopt))
    if check:
        predicted = (*plan.files.changes(), *(kept.predicted() if kept else ()))
        outcome = outcome._replace(changes=(*outcome.changes, *predicted))
    result.outcome = outcome
    return result
