# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the tables of nft in namespaces."""

from __future__ import annotations

import typing as t

from ...kernel import namespaces
from ...kernel.netlink import plainly
from ...kernel.nfnetlink import nft_tables
from ...values.names import place
from ...values.problems import EngineError, Problem
from ..firewall_proof import stamp
from . import tool as nft
from .query import NftablesQuery, ObservedNftables
from .value import TableId, is_of_iptables


def read_nftables(
    query: NftablesQuery, identities: t.Mapping[str, str], stamps: dict[str, str]
) -> ObservedNftables:
    """The tables of the namespaces that exist, given with their identities. *stamps* gets the stamp of each,
    unless it has an older one, which proves as much.

    If a namespace has none of the tables, or its stamp is the expected one, no program is run. For a thread
    of namespaces.in_thread. Raises EngineError.
    """
    found = ObservedNftables()
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
            found.jobs += [(namespace, nft.NftJob(fd, text)) for text in texts]
        _run_listings(found)
    return found


def _listings(wanted: t.Collection[TableId] | None) -> list[str]:
    """What nft has to list of the calling thread's namespace."""
    present = [table for table in nft_tables() if not is_of_iptables(*table)]
    if wanted is None:
        return [nft.LIST_ALL] if present else []
    # By name only those whose names we checked: a name that others gave may be a word of nft.
    return [nft.listing(table) for table in present if table in wanted]


def _run_listings(found: ObservedNftables) -> None:
    results = nft.run_many([job for _namespace, job in found.jobs])
    for (namespace, _job), result in zip(found.jobs, results):
        if isinstance(result, Exception):
            raise EngineError(Problem('nftables in %s' % place(namespace), plainly(result))) from result
        for table, body in nft.parse_list(result).items():
            if not is_of_iptables(*table):
                found.tables[namespace][table] = nft.without_elements(body)
