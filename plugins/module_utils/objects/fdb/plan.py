# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases: which are made, changed and removed."""

from __future__ import annotations

import typing as t

from ...values.names import place
from ..draft import Draft
from ..entries import EntryKind, plan_entries, undo_entries
from ..operation import STAGE_DETACH, Operation
from ..state import Seen
from .operation import FdbOperation
from .problems import problems_of
from .schema import NO_MAC
from .value import FdbEntry

ENTRIES = EntryKind('fdb', FdbOperation)


def plan_fdb(draft: Draft) -> None:
    """Plan the entries of forwarding databases. Adds operations, changes and conflicts to *draft*."""
    declared = [_as_shown(draft, entry) for entry in draft.want.fdb]
    keys = {each.key for each in declared}
    if not draft.policy.removes:
        for entry in declared:
            link = draft.link((entry.namespace, entry.dev))
            for problem in problems_of(draft, entry, link) if link else ():
                title = 'fdb %s in %s' % (entry.name, place(entry.namespace))
                draft.conflict(title, problem.what, found=problem.found, do=problem.do)
            _take_from_others(draft, entry, keys)
    if draft.conflicts:
        return
    for _namespace, seen in draft.live():
        _leave_copies(seen, declared)
    made = {each.key for each in declared if not draft.policy.removes and _comes_with_link(draft, each)}
    for seen in draft.now.values():
        seen.fdb = [each if each.key not in made else _of_link(each) for each in seen.fdb]
    plan_entries(draft, ENTRIES, [each for each in declared if each.key not in made])


def _of_link(entry: FdbEntry) -> FdbEntry:
    return entry._replace(comes_with_link=True)


def _comes_with_link(draft: Draft, entry: FdbEntry) -> bool:
    """Whether an entry is that of a VXLAN for its own remote end, which the kernel makes with the link."""
    link = draft.link((entry.namespace, entry.dev))
    remote = dict(link.settings).get('remote') if link else None
    return entry.key == FdbEntry(entry.namespace, entry.dev, NO_MAC, dst=str(remote or '')).key


def undo_fdb(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    return undo_entries(ENTRIES, namespace, before, now)


def _leave_copies(seen: Seen, declared: t.Iterable[FdbEntry]) -> None:
    """Of an entry without a VLAN, a bridge with VLANs makes one for each VLAN of the port, and removes them
    with it (br_fdb_add, br_fdb_delete)."""
    plain = {(each.namespace, each.dev, each.lladdr) for each in (*declared, *seen.fdb) if not each.vlan}
    for number, each in enumerate(seen.fdb):
        if each.master and each.vlan and (each.namespace, each.dev, each.lladdr) in plain:
            seen.fdb[number] = each._replace(comes_with_link=True)


def _as_shown(draft: Draft, entry: FdbEntry) -> FdbEntry:
    """Without what the kernel does not show, because the link has it as well (vxlan_fdb_info)."""
    seen = draft.now.get(entry.namespace)
    link = seen.links.get(entry.dev) if seen else None
    settings: dict[str, t.Any] = dict(link.settings) if link else {}
    if entry.port and entry.port == settings.get('port'):
        entry = entry._replace(port=0)
    if entry.vni >= 0 and entry.vni == settings.get('id', 0):
        entry = entry._replace(vni=-1)
    if entry.src_vni == 0:
        entry = entry._replace(src_vni=-1)
    return entry


def _take_from_others(draft: Draft, want: FdbEntry, declared: t.Container[t.Any]) -> None:
    """A bridge has one port for an address, and what a request says without a VLAN it does in all VLANs of
    the port: what others have there is in the way, what is ours goes anyway."""
    seen = draft.now.get(want.namespace)
    port = seen.links.get(want.dev) if seen else None
    if not want.master or seen is None or port is None:
        return
    has_plain = any(each.key == want.key for each in seen.fdb)
    for have in list(seen.fdb):
        other = seen.links.get(have.dev)
        if not have.master or have.lladdr != want.lladdr or other is None or other.master != port.master:
            continue
        if have.key == want.key or have.key in declared or have.key in draft.owned.fdb:
            continue
        if have.vlan != want.vlan and (want.vlan or has_plain and have.dev == want.dev):
            continue
        if not (draft.policy.adopt or draft.exclusive(want.namespace)):
            draft.conflict(
                'fdb %s in %s' % (want.name, place(want.namespace)),
                'is at another port, or in a VLAN, and not ours',
                found=have.name,
                do='remove that entry, or set adopt: true',
            )
            continue
        draft.add(FdbOperation(want.namespace, have, None, STAGE_DETACH))
        draft.change('fdb', have.namespace, have.name, have.lines(), ())
        seen.fdb.remove(have)
