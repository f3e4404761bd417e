# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases: which are made, changed and removed."""

from __future__ import annotations

import dataclasses
import typing as t

from ...values.names import place
from ..draft import Draft
from ..entries import EntryKind, plan_entries, put_back_entries
from ..operation import STAGE_DETACH, Operation
from ..state import Seen
from .operation import FdbOperation
from .value import FdbEntry

ENTRIES = EntryKind('fdb', FdbOperation)


def plan_fdb(draft: Draft) -> None:
    declared = tuple([_as_shown(draft, entry) for entry in draft.want.fdb])
    for _namespace, seen in draft.live():
        _leave_copies(seen, declared)
    if not draft.policy.named:
        for entry in declared:
            _take_from_other_port(draft, entry, {each.key for each in declared})
    plan_entries(draft, ENTRIES, declared)


def put_back_fdb(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    return put_back_entries(ENTRIES, namespace, before, now)


def _leave_copies(seen: Seen, declared: t.Iterable[FdbEntry]) -> None:
    """Of an entry without a VLAN, a bridge with VLANs makes one for each VLAN of the port, and removes them
    with it (br_fdb_add, br_fdb_delete)."""
    plain = {(each.namespace, each.dev, each.lladdr) for each in (*declared, *seen.fdb) if not each.vlan}
    for number, each in enumerate(seen.fdb):
        if each.master and each.vlan and (each.namespace, each.dev, each.lladdr) in plain:
            seen.fdb[number] = dataclasses.replace(each, comes_with_link=True)


def _as_shown(draft: Draft, entry: FdbEntry) -> FdbEntry:
    """Without what the kernel does not show, because the link has it as well (vxlan_fdb_info)."""
    seen = draft.now.get(entry.namespace)
    link = seen.links.get(entry.dev) if seen else None
    settings: dict[str, t.Any] = dict(link.settings) if link else {}
    if entry.port and entry.port == settings.get('port'):
        entry = dataclasses.replace(entry, port=0)
    if entry.vni >= 0 and entry.vni == settings.get('id', 0):
        entry = dataclasses.replace(entry, vni=-1)
    if entry.src_vni == 0:
        entry = dataclasses.replace(entry, src_vni=-1)
    return entry


def _take_from_other_port(draft: Draft, want: FdbEntry, declared: t.Container[t.Any]) -> None:
    """A bridge has one port for an address: that of others is in the way, that of ours goes anyway."""
    seen = draft.now.get(want.namespace)
    port = seen.links.get(want.dev) if seen else None
    if not want.master or seen is None or port is None:
        return
    for have in list(seen.fdb):
        other = seen.links.get(have.dev)
        is_same = (have.master, have.lladdr, have.vlan) == (True, want.lladdr, want.vlan)
        if not is_same or have.dev == want.dev or other is None or other.master != port.master:
            continue
        if have.key in declared or have.key in draft.owned.fdb:
            continue
        if not (draft.policy.adopt or draft.exclusive(want.namespace)):
            draft.conflict(
                'fdb %s in %s' % (want.name, place(want.namespace)),
                'is at another port, and not ours',
                found=have.dev,
                do='remove that entry, or set adopt: true',
            )
            continue
        draft.add(FdbOperation(want.namespace, have, None, STAGE_DETACH))
        draft.change('fdb', have.namespace, have.name, have.lines(), ())
        seen.fdb.remove(have)
