# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the tables of nft in namespaces."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel import namespaces
from ...kernel.netlink import plainly
from ...kernel.nfnetlink import nft_tables
from ...values.names import place
from ...values.problems import EngineError, Problem
from ..firewall_proof import stamp
from . import tool as nft
from .tool import Body, TableId
from .value import is_of_iptables

Tables = t.Mapping[str, t.Optional[t.Collection[TableId]]]
"""Tables by namespace; None for all but those of iptables."""


@dataclasses.dataclass(frozen=True)
class NftablesQuery:
    """What to read. ``expected_stamps``: the tables of a namespace are not read if its stamp is still this
    one."""

    tables: Tables = dataclasses.field(default_factory=dict)
    expected_stamps: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def only(self, names: t.Collection[str]) -> NftablesQuery:
        """The same for fewer namespaces."""
        tables = {name: tables for name, tables in self.tables.items() if name in names}
        return dataclasses.replace(self, tables=tables)


@dataclasses.dataclass
class Found:
    """Tables by namespace, and the namespaces that were not read because their stamp is the expected one."""

    tables: dict[str, dict[TableId, Body]] = dataclasses.field(default_factory=dict)
    unchanged: set[str] = dataclasses.field(default_factory=set)
    jobs: list[tuple[str, nft.Job]] = dataclasses.field(default_factory=list)
    """Runs of nft that are needed, each with its namespace."""


def read_nftables(query: NftablesQuery, identities: t.Mapping[str, str], stamps: dict[str, str]) -> Found:
    """The tables of the namespaces that exist, given with their identities. *stamps* gets the stamp of each,
    unless it has an older one, which proves as much.

    If a namespace has none of the tables, or its stamp is the expected one, no program is run. For a thread
    of namespaces.in_thread. Raises EngineError.
    """
    found = Found()
    with namespaces.Visitor() as visitor:
        for namespace in sorted(query.tables.keys() & identities.keys()):
            fd = visitor.open(namespace)  # nft may have to run in it
            with visitor.visit(namespace):
                if namespace not in stamps:
                    stamps[namespace] = stamp(identities[namespace])
                if stamps[namespace] and stamps[namespace] == query.expected_stamps.get(namespace):
                    found.unchanged.add(namespace)
                    continue
                texts = _listings(query.tables[namespace])
            found.tables[namespace] = {}
            found.jobs += [(namespace, nft.Job(fd, text)) for text in texts]
        _run_listings(found)
    return found


def _listings(wanted: t.Collection[TableId] | None) -> list[str]:
    """What nft has to list of the calling thread's namespace."""
    present = [table for table in nft_tables() if not is_of_iptables(*table)]
    if wanted is None:
        return [nft.LIST_ALL] if present else []
    # By name only those whose names we checked: a name that others gave may be a word of nft.
    return [nft.listing(table) for table in present if table in wanted]


def _run_listings(found: Found) -> None:
    results = nft.run_many([job for _namespace, job in found.jobs])
    for (namespace, _job), result in zip(found.jobs, results):
        if isinstance(result, Exception):
            raise EngineError(Problem('nftables in %s' % place(namespace), plainly(result))) from result
        for table, body in nft.parse_list(result).items():
            if not is_of_iptables(*table):
                found.tables[namespace][table] = nft.without_elements(body)
