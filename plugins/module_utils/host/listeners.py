# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A set of listeners on its way: resolved, proven, guarded by the firewall, rendered, remembered."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ..engine.listeners.scene import look
from ..engine.listeners.units import render, socket_unit
from ..objects.draft import Policy
from ..objects.listener import read_listeners
from ..objects.operation import Change
from ..values.problems import Problems
from .commit_confirm import CommitConfirm
from .listener_files import ListenerFiles
from .listener_memory import Memory, forget, recall, remember
from .listener_proof import Findings, firewall, looked_at, prove
from .pipeline import Outcome, converge
from .store import ROOT

UNITS = '/etc/systemd/system'


@dataclasses.dataclass
class Settled(Findings):
    """What a set means on this host, and what was done for it."""

    outcome: Outcome = dataclasses.field(default_factory=Outcome)


def _export_text(found: Findings) -> str:
    told = lists(found)
    for kind in ('external', 'internal'):  # who holds them is no part of it: that changes without us
        told[kind] = [{key: value for key, value in row.items() if key != 'held'} for row in told[kind]]
    del told['by_name']
    return json.dumps({**told, 'default_outbound': found.outbound}, indent=2, sort_keys=True) + '\n'


def lists(found: Findings) -> dict[str, t.Any]:
    """The listeners by class. Those of type default are in both lists; those that are disabled or drain in none."""
    ready = [row for row in found.exported if row['enabled'] and row['state'] == 'present']
    return {
        'external': [row for row in ready if row['type'] != 'internal'],
        'internal': [row for row in ready if row['type'] != 'external'],
        'by_name': {
            name: [row for row in found.exported if row['name'] == name]
            for name in dict.fromkeys(row['name'] for row in found.exported)
        },
    }


class Keeper(t.Protocol):
    """What is kept for the next boot."""

    def predicted(self) -> tuple[Change, ...]:
        """What it would change."""

    def finish(self) -> tuple[Change, ...]:
        """Keep it; tells what changed."""


def bind(
    data: dict[str, t.Any],
    *,
    check: bool,
    absent: bool,
    adopt: bool = False,
    units: str = UNITS,
    file: str = '',
    root: str = ROOT,
    keeper: t.Callable[[dict[str, t.Any]], Keeper] | None = None,
    guard: CommitConfirm | None = None,
) -> Settled:
    """Bring the host to what a set of listeners asks of it, or take all of the set from it.

    *keeper* is made of the layout that guards the listeners, which has a name alone where there is nothing to keep. With a
    *guard* the outcome may be pending: files and records then change once it is confirmed. Raises
    InputError, EngineError or codec.MissingLibrary; the host is then as it was before.
    """
    wanted = read_listeners(data)
    scope, found = wanted.scope, Settled()
    if absent:
        memory: Memory | None = None
        files = ListenerFiles(scope, units, {}, file, None)
        layout: dict[str, t.Any] = {'name': scope}
    else:
        was = recall(scope, root)
        scene, _missing = look(looked_at(wanted, was), wanted.wait_dad)
        problems = Problems()
        rows, settling = prove(wanted, scene, was, problems, found)
        rendered = render(scope, rows)
        files = ListenerFiles(scope, units, rendered, file, _export_text(found))
        for problem in files.problems:
            problems.note(problem)
        problems.raise_any()
        found.restart = settling.restart
        found.units = list(
            dict.fromkeys(
                socket_unit(scope, row.listener.name)
                for row in rows
                if row.listener.activation and row.listener.enabled
            )
        )
        memory = settling.now
        memory.document = data
        layout = firewall(wanted, settling)

    kept = keeper(layout) if keeper else None

    def finish() -> tuple[Change, ...]:
        changes = files.write()
        if kept:
            changes = (*changes, *kept.finish())
        if memory is None:
            forget(scope, root)
        else:
            remember(scope, memory, root)
        return changes

    outcome = converge(
        layout,
        check=check,
        absent=len(layout) == 1,
        policy=Policy(adopt=adopt),
        root=root,
        guard=guard,
        finish=finish,
    )
    if check:
        outcome = dataclasses.replace(
            outcome, changes=(*outcome.changes, *files.changes(), *(kept.predicted() if kept else ()))
        )
    found.outcome = outcome
    return found
