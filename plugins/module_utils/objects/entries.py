# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of the tables that links have: neighbours, and what is like them. They are planned in one way.

An entry has a key, by which the kernel tells it from others of its table, and belongs to a link. Entries
that the kernel learns are not read, and so are never touched.
"""

from __future__ import annotations

import typing as t

from ..values.names import PROTOCOL, place
from .operation import (
    STAGE_CONTENTS,
    STAGE_DETACH,
    STAGE_NEXTHOPS,
    STAGE_RESTORE,
    BatchedOperation,
    Operation,
)

if t.TYPE_CHECKING:
    from .draft import Draft
    from .state import Key, Seen

ORDER_ENTRY = 6
"""Within STAGE_CONTENTS: after links went up; within STAGE_NEXTHOPS: planned after the nexthop objects."""
ORDER_BACK = 8
"""Within STAGE_RESTORE: after links and addresses."""


class EntryOperation(BatchedOperation):
    """``before`` and ``after`` are None or an entry. With both, the new one takes the place of the old
    one."""

    contained = True
    needs_codec = False
    compared_after_undo = True
    of_entry = True
    word: t.ClassVar[str]

    @property
    def subject(self) -> str:
        return '%s %s in %s' % (self.word, self.value.text(), self.place)


class EntryKind(t.NamedTuple):
    """A kind of entries. ``field`` is that of the layout, of what was seen and of what is owned."""

    field: str
    operation: type[EntryOperation]


def plan_entries(draft: Draft, kind: EntryKind, declared: t.Sequence[t.Any]) -> None:
    """Plan entries of one kind, of which *declared* are to exist. Adds operations and changes to *draft*."""
    wanted = {entry.key: entry for entry in declared}
    for _namespace, seen in draft.live():
        _remove(draft, kind, seen, wanted)
    if draft.policy.removes:
        return
    present: dict[str, dict[Key, t.Any]] = {}
    for want in declared:
        seen_there = draft.now.get(want.namespace)
        if seen_there is None:
            continue
        if want.namespace not in present:
            present[want.namespace] = _by_key(getattr(seen_there, kind.field))
        _plan_entry(draft, kind, want, present[want.namespace])
    for namespace, entries in present.items():
        setattr(draft.now[namespace], kind.field, list(entries.values()))


def _by_key(entries: t.Iterable[t.Any]) -> dict[Key, t.Any]:
    return {entry.key: entry for entry in entries}


def _remove(draft: Draft, kind: EntryKind, seen: Seen, wanted: t.Mapping[Key, t.Any]) -> None:
    """Remove what the document names, or what is ours and not declared."""
    staying = []
    for entry in getattr(seen, kind.field):
        want = wanted.get(entry.key)
        if draft.policy.removes:
            goes = want is not None and entry.is_meant_by(want)
        else:
            goes = want is None and _is_surplus(draft, kind, entry)
        if not goes or entry.comes_with_link:
            staying.append(entry)
            continue
        draft.add(kind.operation(entry.namespace, entry, None, STAGE_DETACH))
        getattr(draft.owned_after, kind.field).difference_update({entry.key, entry.record_key})
        draft.change(kind.operation.word, entry.namespace, entry.name, entry.lines(), ())
    if staying or getattr(seen, kind.field):
        setattr(seen, kind.field, staying)


def _is_ours(draft: Draft, kind: EntryKind, entry: t.Any) -> bool:
    """Whether an entry is of this scope. The protocol alone does not tell which one made it."""
    if entry.record_key in getattr(draft.owned, kind.field):
        return True
    if entry.protocol != PROTOCOL or draft.now[entry.namespace].mark != draft.want.mark:
        return False
    return not draft.have.scope_of(kind.field, entry.record_key)


def _is_surplus(draft: Draft, kind: EntryKind, entry: t.Any) -> bool:
    """Whether an entry that nobody declares is ours to remove."""
    namespace = draft.wanted_namespaces.get(entry.namespace)
    if namespace is not None and namespace.exclusive and kind.field in namespace.said:
        return entry.is_like_declared or _is_ours(draft, kind, entry)
    if not draft.policy.prune:
        return False
    return _is_ours(draft, kind, entry)


def _plan_entry(draft: Draft, kind: EntryKind, want: t.Any, present: dict[Key, t.Any]) -> None:
    have = present.get(want.key)
    owned_after: set[Key] = getattr(draft.owned_after, kind.field)
    title = '%s %s in %s' % (kind.operation.word, want.name, place(want.namespace))
    if have is not None and draft.is_of_scope(
        lambda: title, want.namespace, kind.field, have.record_key, have.key
    ):
        return
    ours = have is not None and _is_ours(draft, kind, have)
    if have is not None and not want.differs(have):
        if ours or have.protocol == PROTOCOL:
            owned_after.add(have.record_key)
        return
    if want.dev not in draft.now[want.namespace].links:
        do = 'declare it or check its name'
        draft.conflict(title, 'uses a link that does not exist', found=want.dev, do=do)
        return
    if have is not None and not (ours or draft.policy.adopt or draft.exclusive(want.namespace)):
        draft.conflict(
            title,
            'already exists and is not ours',
            found=', '.join(have.lines()),
            want=', '.join(want.lines()),
            do='remove it, or set adopt: true to replace it',
        )
        return
    new = want.with_protocol(want.protocol or PROTOCOL)
    stage = STAGE_NEXTHOPS if new.nhid else STAGE_CONTENTS
    draft.add(kind.operation(want.namespace, have, new, stage, ORDER_ENTRY))
    present[want.key] = new
    owned_after.add(new.record_key)
    seen_before = draft.have.seen.get(want.namespace)
    before = _by_key(getattr(seen_before, kind.field)).get(want.key) if seen_before else None
    draft.change(
        kind.operation.word, want.namespace, want.name, before.lines() if before else (), new.lines()
    )


def undo_entries(kind: EntryKind, namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """What is missing after an undo, or another one."""
    present = _by_key(getattr(now, kind.field))
    ops: list[Operation] = []
    for entry in getattr(before, kind.field):
        have = present.get(entry.key)
        if have is None or not entry.is_same(have):
            ops.append(kind.operation(namespace, have, entry, STAGE_RESTORE, ORDER_BACK))
    return ops
