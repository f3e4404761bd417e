# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of nft, as values: nothing of nft is loaded for a run that has no tables."""

from __future__ import annotations

import typing as t

from ...values.struct import Struct
from ..layout import Layout
from ..state import Key
from .value import Body, TableId

if t.TYPE_CHECKING:
    from .tool import NftJob

Tables = t.Mapping[str, t.Optional[t.Collection[TableId]]]
"""Tables by namespace; None for all but those of iptables."""


class NftablesQuery(t.NamedTuple):
    """What to read. ``expected_stamps``: the tables of a namespace are not read if its stamp is still this
    one."""

    tables: Tables = {}
    expected_stamps: t.Mapping[str, str] = {}

    def only(self, names: t.Collection[str]) -> NftablesQuery:
        """The same for fewer namespaces."""
        tables = {name: tables for name, tables in self.tables.items() if name in names}
        return self._replace(tables=tables)


class ObservedNftables(Struct):
    """Tables by namespace, and the namespaces that were not read because their stamp is the expected one."""

    tables: dict[str, dict[TableId, Body]] = {}
    unchanged: set[str] = set()
    jobs: list[tuple[str, NftJob]] = []
    """Runs of nft that are needed, each with its namespace."""


def wanted_tables(layout: Layout, owned: t.Iterable[Key]) -> dict[str, set[TableId]]:
    """The tables to read by namespace: those that are declared now, and ours from before."""
    tables: dict[str, set[TableId]] = {}
    for namespace, family, name in (*(table.key for table in layout.nftables), *owned):
        tables.setdefault(namespace, set()).add((family, name))
    return tables
