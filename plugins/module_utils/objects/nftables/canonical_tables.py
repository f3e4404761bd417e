# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft makes of the tables of a document."""

from __future__ import annotations

from ...kernel.tool_errors import Blame, MissingTool
from ...values.problems import NEEDS_ROOT, EngineError, InputError, Problem
from ...values.reading import shown
from ..layout import Layout
from ..state import Snapshot
from .canonical import Canonical, Source, canonicalise
from .tool import label_of, without_elements
from .value import NftTable, names_links

_NO_NAMES = 'names are not looked up, so that a table always means the same; write the address'
_NO_LINK = 'declare that link, or match its name with iifname or oifname, which need no link'
_ADVICE = {
    'Could not resolve hostname': _NO_NAMES,
    'Interface does not exist': _NO_LINK,
}


def canonical_tables(layout: Layout, have: Snapshot) -> Layout:
    """The layout with each table in the words of nft, except those of unchanged namespaces.

    Raises InputError with all that nft does not take. Works in scratch namespaces; nothing of the host is
    touched.
    """
    links: dict[str, set[str]] = {}
    sources = {
        table: _source(layout, table, links, have)
        for table in layout.nftables
        if not table.canonical and table.namespace not in have.nftables_unchanged
    }
    if not sources:
        return layout
    try:
        canonical = canonicalise(sources.values())
    except MissingTool as exc:
        raise EngineError(str(exc)) from exc
    except PermissionError as exc:
        raise EngineError(Problem('nft', exc.strerror or '', do=NEEDS_ROOT)) from exc
    problems: list[Problem] = []
    tables = []
    for table in layout.nftables:
        source = sources.get(table)
        tables.append(_canonical(table, canonical[source], problems) if source else table)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return layout._replace(nftables=tuple(tables))


def _source(layout: Layout, table: NftTable, links: dict[str, set[str]], have: Snapshot) -> Source:
    """*links* is filled with the links of each namespace that is asked for: those that exist and those that
    are declared."""
    named = names_links(table.content)
    if named and table.namespace not in links:
        declared = {link.name for link in layout.links if link.namespace == table.namespace}
        seen = have.seen.get(table.namespace)
        links[table.namespace] = declared | set(seen.links if seen else ())
    present = links.get(table.namespace, set())
    return Source(table.family, table.content, frozenset(named & present - {'lo'}))


def _canonical(table: NftTable, body: Canonical, problems: list[Problem]) -> NftTable:
    if isinstance(body, list):
        problems += [_problem(table, blame) for blame in body]
        return table
    if not any(body):
        what, advice = 'declares nothing that nft keeps', 'declare a chain, or leave the table out'
        problems.append(Problem(table.path + '.content', what, 'comments or definitions only', do=advice))
    if body != without_elements(body):
        problems.append(
            Problem(
                table.path + '.content',
                'declares elements of a set that fills while it is used',
                'flags dynamic or timeout',
                do='put them into a set without these flags',
            )
        )
    return table._replace(content='\n'.join(body), canonical=True)


def _problem(table: NftTable, blame: Blame) -> Problem:
    where = 'line %d: ' % blame.line if blame.line else ''
    advice = next((text for start, text in _ADVICE.items() if blame.message.startswith(start)), '')
    refused = shown(blame.text or label_of(table.key[1:]))
    what = '%snft does not take this (found %s): %s' % (where, refused, blame.message)
    return Problem(table.path + '.content', what, do=advice)
