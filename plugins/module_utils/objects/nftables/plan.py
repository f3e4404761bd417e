# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: reading, canonicalising and planning tables that are ours as a whole.

The value of an operation is ``(label, body)``: ``FAMILY NAME`` and the lines between the braces.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import typing as t

from ...kernel import namespaces
from ...kernel.netlink import plainly
from ...kernel.nfnetlink import nft_tables
from ...kernel.tool_errors import MissingTool
from ...values.names import HOST, place
from ...values.problems import EngineError, InputError, Problem
from ...values.reading import shown
from .. import firewall_stamp as xt_stamp
from ..draft import Draft, Policy
from ..layout import Layout
from ..operation import STAGE_DETACH, STAGE_FIREWALL, STAGE_LATE_FIREWALL
from ..state import Key
from . import tool as nft
from .operation import NftablesOperation
from .tool import Body, Place, label_of
from .value import NftTable, is_of_iptables, names_links, names_only_lo, own_table

Wanted = dict[str, t.Optional[set[Place]]]
"""The tables to look at by namespace; None for all but those of iptables."""

_ADVICE = {
    'Could not resolve hostname': 'names are not looked up, a table must mean the same tomorrow; write the address',
    'Interface does not exist': 'declare that link, or match its name with iifname or oifname, which need no link',
}


# -- what is there -------------------------------------------------------------------------------------------------------


def wanted_tables(layout: Layout, kept: t.Iterable[Key]) -> Wanted:
    """The tables to look at: declared now, or ours from before."""
    found: dict[str, set[Place]] = {}
    for namespace, family, name in (*(table.key for table in layout.nftables), *kept):
        found.setdefault(namespace, set()).add((family, name))
    return dict(found)


@dataclasses.dataclass
class Tables:
    """Tables by namespace, the stamps of namespaces (xt_stamp.py), and the namespaces whose stamp is the expected one: those were not read."""

    found: dict[str, dict[Place, Body]] = dataclasses.field(default_factory=dict)
    stamps: dict[str, str] = dataclasses.field(default_factory=dict)
    settled: set[str] = dataclasses.field(default_factory=set)


def read_tables(
    into: Tables, wanted: Wanted, identities: t.Mapping[str, str], expected: t.Mapping[str, str]
) -> None:
    """The tables of the namespaces that are there, given with their identities. Where there is none, or the stamp is the *expected* one, nothing is
    run. Stamps that are there already are older, so they tell as much. For a thread of namespaces.in_thread."""
    home = namespaces.open_current()
    fds: dict[str, int] = {HOST: home}
    found = into.found
    jobs: list[nft.Job] = []
    owners: list[str] = []
    try:
        for namespace in sorted(name for name in wanted if name in identities):
            if namespace != HOST:
                fds[namespace] = namespaces.open_named(namespace)
            with namespaces.entered(fds[namespace], home):
                if namespace not in into.stamps:
                    into.stamps[namespace] = xt_stamp.stamp(identities[namespace])
                if into.stamps[namespace] and into.stamps[namespace] == expected.get(namespace):
                    into.settled.add(namespace)
                    continue
                present = [where for where in nft_tables() if not is_of_iptables(*where)]
            ask = wanted[namespace]
            present = [where for where in present if ask is None or where in ask]
            found[namespace] = {}
            # By their names only where these were checked by us: a name of others may be a word of nft.
            texts = (
                [nft.listing(where) for where in present]
                if ask is not None
                else [nft.EVERYTHING]
                if present
                else []
            )
            jobs += [nft.Job(fds[namespace], text) for text in texts]
            owners += [namespace] * len(texts)
        for namespace, result in zip(owners, nft.run_many(jobs)):
            if isinstance(result, Exception):
                raise EngineError('nftables in %s: %s' % (place(namespace), plainly(result))) from result
            found[namespace].update(
                (where, nft.without_elements(body))
                for where, body in nft.parse_list(result).items()
                if not is_of_iptables(*where)
            )
    finally:
        for fd in fds.values():
            os.close(fd)


# -- what is wanted ------------------------------------------------------------------------------------------------------


def wishes(layout: Layout, policy: Policy) -> dict[str, str]:
    """A digest of all that decides what the tables of each namespace shall be: where neither it nor a table there has changed
    since a run that found them as declared, there is nothing to do. None for namespaces in which a table names a link that may come and go."""
    declared: dict[str, list[NftTable]] = {}
    for table in layout.nftables:
        declared.setdefault(table.namespace, []).append(table)
    told = {
        namespace: tables
        for namespace, tables in declared.items()
        if all(names_only_lo(table.content) for table in tables)
    }
    if not told:
        return {}
    try:
        start = (
            layout.scope,
            policy.prune,
            nft.file_of_program(),
            xt_stamp.names_known(),
            xt_stamp.time_known(),
        )
    except MissingTool:
        return {}  # it is told of when it is needed
    return {
        namespace: hashlib.sha256(
            repr((start, sorted((table.key, table.content) for table in tables))).encode(
                'utf-8', 'surrogateescape'
            )
        ).hexdigest()
        for namespace, tables in told.items()
    }


def canonical_tables(layout: Layout, settled: t.Container[str] = ()) -> Layout:
    """The layout with each table in the words of nft, save those of *settled* namespaces. Raises InputError with all that nft does not take.

    Works in throw-away namespaces; nothing of the host is touched.
    """
    links: dict[str, set[str]] = {}
    sources = {
        table: _source(layout, table, links)
        for table in layout.nftables
        if not table.canonical and table.namespace not in settled
    }
    if not sources:
        return layout
    try:
        found = nft.canonicalise(sources.values())
    except MissingTool as exc:
        raise EngineError(str(exc)) from exc
    except PermissionError as exc:
        raise EngineError('nft: %s; set become: true, root is needed' % exc.strerror) from exc
    problems: list[str] = []
    tables = []
    for table in layout.nftables:
        source = sources.get(table)
        if source is None:
            tables.append(table)
            continue
        body = found[source]
        if isinstance(body, list):
            problems += [_fault(table, blame) for blame in body]
        elif body != nft.without_elements(body):
            problems.append(
                Problem(
                    table.path + '.content',
                    'declares elements of a set that fills while it is used',
                    'flags dynamic or timeout',
                    do='put them into a set without these flags',
                )
            )
        else:
            tables.append(dataclasses.replace(table, content='\n'.join(body), canonical=True))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return dataclasses.replace(layout, nftables=tuple(tables))


def _source(layout: Layout, table: NftTable, links: dict[str, set[str]]) -> nft.Source:
    named = names_links(table.content)
    if named and table.namespace not in links:
        links[table.namespace] = {
            link.name for link in layout.links if link.namespace == table.namespace
        } | nft.link_names(table.namespace)
    return nft.Source(
        table.family, table.content, frozenset(named & links.get(table.namespace, set()) - {'lo'})
    )


def _fault(table: NftTable, blame: nft.Blame) -> Problem:
    where = 'line %d: ' % blame.line if blame.line else ''
    advice = next((text for said, text in _ADVICE.items() if blame.message.startswith(said)), '')
    found = shown(blame.text or label_of(table.key[1:]))
    what = '%snft does not take this (found %s): %s' % (where, found, blame.message)
    return Problem(table.path + '.content', what, do=advice)


# -- the plan ------------------------------------------------------------------------------------------------------------


def plan_nftables(draft: Draft) -> None:
    keys: set[Key] = set()
    for table in draft.want.nftables:
        keys.add(table.key)
        if table.namespace not in draft.now or table.namespace in draft.removed_namespaces:
            continue
        if draft.policy.named:
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
        for key in sorted(draft.owned.nftables - keys):
            if key[0] in draft.now and key[0] not in draft.removed_namespaces:
                _remove(draft, key)


def _put(draft: Draft, table: NftTable) -> None:
    where = (table.family, table.name)
    seen = draft.now[table.namespace]
    have, want = seen.nftables.get(where), tuple(table.content.split('\n'))
    fresh = {name for namespace, name in draft.new_links if namespace == table.namespace}
    if have == want and not fresh & names_links(table.content):
        return
    ours = (
        table.key in draft.owned.nftables
        or table.name == own_table(draft.want.scope)
        or draft.exclusive(table.namespace)
        or draft.policy.adopt
    )
    if have not in (None, want) and not ours:
        draft.conflict(
            'nftables %s in %s' % (label_of(where), place(table.namespace)),
            'is a table of others',
            do='give yours another name, or set adopt: true to take it over',
        )
        return
    draft.add(NftablesOperation(table.namespace, have, want, STAGE_FIREWALL, table=where))
    draft.change('nftables', table.namespace, label_of(where), _lines(where, have), _lines(where, want))
    seen.nftables[where] = want


def _remove(draft: Draft, key: Key) -> None:
    namespace, where = key[0], (key[1], key[2])
    have = draft.now[namespace].nftables.pop(where, None)
    if have is None:
        return
    early = _lost_links(draft, namespace) & names_links('\n'.join(have))
    draft.add(
        NftablesOperation(namespace, have, None, STAGE_DETACH if early else STAGE_LATE_FIREWALL, table=where)
    )
    draft.change('nftables', namespace, label_of(where), _lines(where, have), ())


def _lost_links(draft: Draft, namespace: str) -> set[str]:
    """The links that go in this run, be it to come again."""
    before = draft.have.seen[namespace].links if namespace in draft.have.seen else {}
    return {
        name
        for name in before
        if name not in draft.now[namespace].links or (namespace, name) in draft.new_links
    }


def _lines(where: Place, body: Body | None) -> list[str]:
    return [] if body is None else ['table %s {' % label_of(where), *body, '}']
