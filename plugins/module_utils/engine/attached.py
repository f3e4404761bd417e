# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others attached to links, in a run that changes links: it is read before and restored afterwards."""

from __future__ import annotations

import typing as t

from ..kernel.nla import U32
from ..objects.attached.operation import AttachedOperation, restore_attached
from ..objects.attached.value import CLASS, FILTER, NEXTHOP, NEXTHOP_GROUP, QDISC, Attached, of_others
from ..objects.link.operations import AddLink, DeleteLink, SetLink
from ..objects.operation import Operation
from ..objects.owned import Owned
from ..objects.state import Snapshot
from ..values.names import HOST, End
from ..values.problems import EngineError
from .apply import Executor, StepFailed
from .observe import observe
from .query import Query


def note_attached(before: Snapshot, ops: t.Iterable[Operation], owned: Owned) -> frozenset[str]:
    """Add to a snapshot what others attached where the operations may take it along. Returns these
    namespaces."""
    ops = tuple(ops)
    # What a link that goes had the link below listen to goes with it.
    macs: set[str | None] = set()
    for op in ops:
        if isinstance(op, DeleteLink):
            macs.update([link.mac for link in op.before])
    ours = owned.entries | {op.value.key for op in ops if op.of_entry}
    names = frozenset(op.namespace for op in ops if op.drops_attached and _is_old(before, op))
    planned = {op.qdiscs_of for op in ops}
    if names:
        try:
            look = _look(names)
        except EngineError as error:
            raise EngineError('%s; nothing was changed' % error) from error
        for name in names & look.seen.keys():
            attached = look.seen[name].attached
            staying = [each for each in attached if each.text not in macs]
            # Qdiscs that are planned are not those that were there; undo has them in Seen.qdiscs.
            staying = [each for each in staying if not _is_planned(each, name, planned)]
            nexthops = _nexthops(ops, owned, name)
            staying = [each for each in staying if each.identity[::2] not in nexthops]
            before.seen[name].attached = of_others(staying, name, ours)
    return names


def _is_planned(attached: Attached, namespace: str, planned: t.Container[End | None]) -> bool:
    return attached.kind in (QDISC, CLASS, FILTER) and (namespace, attached.link) in planned


def _nexthops(ops: t.Iterable[Operation], owned: Owned, namespace: str) -> set[tuple[str, bytes]]:
    """Nexthop objects that the run itself makes, changes or removes, and ours: a plan that keeps one which
    the kernel drops makes it again. Undo has them in Seen.nexthops."""
    numbers = {op.nexthop for op in ops if op.nexthop and op.namespace == namespace}
    numbers.update([number for owner, number in owned.nexthops if owner == namespace])
    return {(kind, U32.pack(number)) for kind in (NEXTHOP, NEXTHOP_GROUP) for number in numbers}


def _is_old(before: Snapshot, op: Operation) -> bool:
    """Whether an operation is about something that was there: nobody has attached anything to a new link, but
    perhaps to the bridge that it is a port of."""
    seen = before.seen.get(op.namespace)
    if seen is None:
        return False
    if isinstance(op, AddLink):
        return any(link.master in seen.links for link in op.after if link.namespace == op.namespace)
    return not isinstance(op, SetLink) or op.name in seen.links or op.after.get('master') in seen.links


def keep_attached(
    executor: Executor,
    before: Snapshot,
    names: frozenset[str],
    done: t.Iterable[Operation],
    adopt: bool,
) -> None:
    """Restore what is missing on links that exist after the run, except what the run itself restored.
    Raises StepFailed if that cannot be, unless the operator let it go with *adopt*."""
    if not names:
        return
    # A group that got its lost members again is not what it was before the run.
    restored = {(op.namespace, op.value.identity) for op in done if isinstance(op, AttachedOperation)}
    look = _look(names)
    for name in sorted(names & look.seen.keys()):
        for op in restore_attached(name, before.seen[name], look.seen[name]):
            if (name, op.value.identity) in restored:
                continue
            try:
                executor.run([op])
            except StepFailed:
                if not adopt:
                    raise


def _look(names: frozenset[str]) -> Snapshot:
    return observe(Query(names | {HOST}, attached=names, only_attached=True))
