# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there on a host, as a document."""

from __future__ import annotations

import typing as t

from ..engine import describe as description
from ..engine.observe import observe
from ..engine.ownership import drop_stale_ownership
from ..engine.query import Query
from ..kernel import namespaces
from ..kernel.tool_errors import MissingTool
from ..objects.iptables.query import IptablesQuery
from ..objects.iptables.tools import find_tool
from ..objects.iptables.value import FAMILIES
from ..objects.layout import Layout
from ..objects.nftables import tool as nft
from ..objects.nftables.query import NftablesQuery, Tables, wanted_tables
from ..values.names import HOST, HOST_WORD, problem_of_scope
from ..values.problems import EngineError, InputError, missing_namespace
from .garbage import uncollected
from .store import ROOT, Record, Store, host_id


def _selected(names: t.Collection[str] | None) -> set[str]:
    """The namespaces of *names*; without it all that have a name, and the host's own."""
    if names is None:
        return set(namespaces.named()) | {HOST}
    return {HOST if name == HOST_WORD else name for name in names}


def _with(keys: t.Iterable[t.Sequence[t.Any]]) -> set[str]:
    """The namespaces of what a scope owns."""
    return {key[0] for key in keys}


@uncollected
def describe(
    names: t.Collection[str] | None = None,
    scope: str = '',
    iptables: bool = True,
    nftables: bool = True,
    root: str = ROOT,
) -> tuple[dict[str, t.Any], list[str]]:
    """A document for what is there in namespaces (all that have a name, and the host's own), and what it
    cannot say.

    With a *scope* only what belongs to it. Changes nothing. Raises InputError or EngineError.
    """
    problem = problem_of_scope(scope) if scope else None
    if problem:
        raise InputError([problem.at('scope')])
    store = Store(scope, root)
    left_out = []
    with store.lock(reading=True):
        record = store.load() if scope else Record()
        selected = _selected(names)
        families: dict[str, set[str]] = {}
        for family in FAMILIES if iptables else ():
            users = selected
            if scope:
                users = {name for name, used in record.owned.iptables if used == family} & selected
            try:
                for name in users:
                    find_tool(family)
                    families.setdefault(name, set()).add(family)
            except MissingTool as exc:
                left_out.append('iptables (%s): %s' % (family, exc))
        sysctls = {name: set(description.SHOWN_IF_UNUSUAL) for name in selected}
        for owner, key in record.owned.sysctls:
            if owner in sysctls:
                sysctls[owner].add(key)
        tables: Tables = {}
        try:
            if nftables and (not scope or record.owned.nftables):
                nft.program()
                tables = (
                    wanted_tables(Layout(scope), record.owned.nftables) if scope else dict.fromkeys(selected)
                )
        except MissingTool as exc:
            left_out.append('nftables: %s' % exc)
        owners = {owner for owner, _number in record.owned.nexthops} & selected
        have = observe(
            Query(
                selected | record.owned.touched(),
                sysctls,
                IptablesQuery(families),
                NftablesQuery(tables),
                attached=frozenset() if scope else frozenset(selected),
                vlans=frozenset(selected),
                wireguard=None,
                counted=not scope,
                neighbours=frozenset(_with(record.owned.neighbours) if scope else selected),
                fdb=frozenset(_with(record.owned.fdb) if scope else selected),
                qdiscs=frozenset({key[0] for key in record.owned.qdiscs} if scope else selected),
                nexthops=frozenset(selected if not scope else owners),
            )
        )
    missing = sorted(selected - set(have.seen) - have.stale.keys()) if names is not None else []
    if missing:
        raise EngineError(*map(missing_namespace, missing))
    left_out += (
        []
        if scope
        else ['namespace %s: is a file that no namespace is mounted on' % name for name in sorted(have.stale)]
    )
    drop_stale_ownership(record.owned, record.identities, have)
    document, more = description.describe(
        have, description.View(frozenset(selected), scope, record.owned, host_id())
    )
    return document, left_out + more
