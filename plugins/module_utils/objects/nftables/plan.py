# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: planning tables that are ours as a whole."""

from __future__ import annotations

from ...values.names import place
from ..draft import Draft
from ..operation import STAGE_DETACH, STAGE_FIREWALL, STAGE_LATE_FIREWALL
from ..state import Key
from .operation import NftablesOperation
from .tool import Body, TableId, label_of
from .value import NftTable, names_links, own_table


def plan_nftables(draft: Draft) -> None:
    declared: set[Key] = set()
    for table in draft.want.nftables:
        declared.add(table.key)
        if table.namespace not in draft.now or table.namespace in draft.removed_namespaces:
            continue
        if draft.policy.removes:
            draft.owned_after.nftables.discard(table.key)
            _remove(draft, table.key)
        else:
            draft.owned_after.nftables.add(table.key)
            if (
                table.namespace not in draft.have.nftables_unchanged
                or table.namespace in draft.new_namespaces
            ):
                _put(draft, table)
    if draft.policy.prune:
        for key in sorted(draft.owned.nftables - declared):
            if key[0] in draft.now and key[0] not in draft.removed_namespaces:
                _remove(draft, key)


def _put(draft: Draft, declared: NftTable) -> None:
    namespace, table = declared.namespace, (declared.family, declared.name)
    present = draft.now[namespace].nftables
    have, want = present.get(table), tuple(declared.content.split('\n'))
    new_links = {name for in_namespace, name in draft.new_links if in_namespace == namespace}
    names_new_links = bool(new_links & names_links(declared.content))
    if have == want and not names_new_links:
        return
    if have not in (None, want) and not _is_ours(draft, declared):
        draft.conflict(
            'nftables %s in %s' % (label_of(table), place(namespace)),
            'is a table of someone else',
            do='give yours another name, or set adopt: true to take it over',
        )
        return
    draft.add(NftablesOperation(namespace, have, want, STAGE_FIREWALL, table=table, replaces=names_new_links))
    draft.change('nftables', namespace, label_of(table), _lines(table, have), _lines(table, want))
    present[table] = want


def _is_ours(draft: Draft, table: NftTable) -> bool:
    """Whether this scope may replace a table that exists."""
    return (
        table.key in draft.owned.nftables
        or table.name == own_table(draft.want.scope)
        or draft.exclusive(table.namespace)
        or draft.policy.adopt
    )


def _remove(draft: Draft, key: Key) -> None:
    namespace, table = key[0], (key[1], key[2])
    have = draft.now[namespace].nftables.pop(table, None)
    if have is None:
        return
    loses_a_link = _lost_links(draft, namespace) & names_links('\n'.join(have))
    stage = STAGE_DETACH if loses_a_link else STAGE_LATE_FIREWALL
    draft.add(NftablesOperation(namespace, have, None, stage, table=table))
    draft.change('nftables', namespace, label_of(table), _lines(table, have), ())


def _lost_links(draft: Draft, namespace: str) -> set[str]:
    """The links that this run removes, even if it makes them again."""
    before = draft.have.seen[namespace].links if namespace in draft.have.seen else {}
    now = draft.now[namespace].links
    return {name for name in before if name not in now or (namespace, name) in draft.new_links}


def _lines(table: TableId, body: Body | None) -> list[str]:
    return [] if body is None else ['table %s {' % label_of(table), *body, '}']
