# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a document to a proven kernel: read, observe, plan, apply, verify, keep."""
from __future__ import annotations

import dataclasses
import typing as t

from ..engine.apply import Executor, StepFailed, missing_kind, missing_kinds
from ..engine.firewall import Rulebook, wanted_families, write_rulebook
from ..engine.observe import Wish, observe
from ..engine.ops import Change, Op, Plan
from ..engine.plan import plan
from ..engine.planner import Policy
from ..engine.state import EngineError, Owned, Snapshot
from ..kernel import encode, namespaces
from ..model.layout import Layout, read_layout
from ..model.names import HOST
from .store import Record, Store, host_id

_ROUNDS = 3


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run did, or would do. ``rounds`` is how often it had to plan until nothing was left to do."""

    changes: tuple[Change, ...] = ()
    rounds: int = 0
    recovered: bool = False
    ops: int = 0


def _wish(want: Layout, record: Record) -> Wish:
    names = {HOST} | {namespace.name for namespace in want.namespaces} | record.owned.touched()
    for link in want.links:
        names.update(end[0] for end in (link.peer, link.parent) if end)
    if not record.known or record.crashed:
        names.update(namespaces.named())  # the marks in the kernel tell what is ours
    sysctls: dict[str, set[str]] = {}
    for sysctl in want.sysctls:
        sysctls.setdefault(sysctl.namespace, set()).add(sysctl.key)
        if not sysctl.link:
            sysctls.setdefault(HOST, set()).add(sysctl.key)
    for namespace, key in record.owned.sysctls:
        sysctls.setdefault(namespace, set()).add(key)
    return Wish(names, sysctls, wanted_families(want, record.owned.chains))


def _believe(record: Record, have: Snapshot) -> None:
    """Forget what was in namespaces that are not there any more, or only by name."""
    for name in record.owned.touched():
        seen = have.seen.get(name)
        if seen is None or record.identities.get(name) not in (None, seen.identity):
            record.owned.forget(name)
            if seen is None:
                record.owned.namespaces.pop(name, None)


def _identities(owned: Owned, have: Snapshot) -> dict[str, str]:
    for name in owned.namespaces:
        if name in have.seen:
            owned.namespaces[name] = have.seen[name].identity
    return {name: have.seen[name].identity for name in sorted(owned.touched() | {HOST}) if name in have.seen}


def _preflight(steps: Plan) -> None:
    """What can be known to fail is told before the first change."""
    encode.require()
    kinds = {link.kind for op in steps.ops if op.kind == 'link' and op.after for link in op.after} - {'veth', 'bridge'}
    if kinds:
        missing = missing_kinds(kinds)
        if missing:
            raise EngineError(*('links of kind %s: %s' % (kind, missing_kind(kind)) for kind in missing))


def converge(document: t.Mapping[str, t.Any], *, check: bool = False, absent: bool = False, policy: Policy = Policy(),
             step: t.Callable[[Op], None] | None = None, root: str | None = None) -> Outcome:
    """Bring the kernel to what *document* declares, and keep what was made.

    With *absent* everything of the scope is removed. With ``policy.named`` the objects of the document are. Raises
    InputError, EngineError, StepFailed or encode.MissingLibrary; after each of them the host is as it was before, or
    the error says what is not.
    """
    want = read_layout(document, host_id(), naming=policy.named)
    if absent:
        want = Layout(want.scope)
    store = Store(want.scope, root) if root else Store(want.scope)
    rulebook = write_rulebook(want) if not policy.named else Rulebook()
    with store.lock(reading=check):
        record = store.load()
        have = observe(_wish(want, record))
        _believe(record, have)
        steps, kept = plan(want, have, record.owned, policy, rulebook)
        if steps.conflicts:
            raise EngineError(*steps.conflicts)
        if check:
            return Outcome(steps.changes, 0, record.crashed, len(steps.ops))
        if not steps:
            identities = _identities(kept, have)
            if record.crashed or kept.as_data() != record.owned.as_data() or not record.known and kept.touched():
                store.commit(kept, identities)
            if record.crashed or not kept.touched():
                store.tidy()
            return Outcome(recovered=record.crashed)
        _preflight(steps)
        return _apply(store, want, record, have, steps, kept, policy, rulebook, step)


def _apply(store: Store, want: Layout, record: Record, have: Snapshot, steps: Plan, kept: Owned, policy: Policy, rulebook: Rulebook,
           step: t.Callable[[Op], None] | None) -> Outcome:
    journal = store.begin(record.owned, kept, _identities(record.owned.copy(), have))
    changes = steps.changes
    executor = Executor(journal, step)
    total = 0
    try:
        for number in range(1, _ROUNDS + 1):
            namespaces.prepare_run_dir()
            namespaces.in_thread(executor.run, steps.ops)
            total += len(steps.ops)
            record = Record(kept, {}, True)
            now = observe(_wish(want, record))
            steps, kept = plan(want, now, kept, policy, rulebook)
            if not steps and not steps.conflicts:
                store.commit(kept, _identities(kept, now))
                journal.close()
                store.tidy()
                return Outcome(changes, number, False, total)
            if steps.conflicts:
                break
            changes = _merged(changes, steps.changes)
    except StepFailed as exc:
        journal.close()
        store.tidy()
        left = ['not taken back: %s' % text for text in executor.left]
        raise EngineError('%s; %s' % (exc, 'everything done before was taken back' if not left else 'what was done before was taken back, except'),
                          *left) from exc
    leftover = steps.conflicts or ['%s: still differs (found %s, want %s)' % (
        change.title, ', '.join(change.before) or 'nothing', ', '.join(change.after) or 'nothing') for change in steps.changes]
    raise EngineError('after %d rounds the kernel still is not as declared; something else changes it at the same time, or it '
                      'does not keep what it is told' % _ROUNDS, *leftover)


def _merged(first: tuple[Change, ...], second: tuple[Change, ...]) -> tuple[Change, ...]:
    found = {(change.kind, change.namespace, change.name): change for change in first}
    for change in second:
        key = (change.kind, change.namespace, change.name)
        found[key] = dataclasses.replace(change, before=found[key].before) if key in found else change
    return tuple(found.values())
