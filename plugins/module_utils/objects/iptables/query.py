# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of iptables, as values: nothing of iptables is loaded for a run that has no rules."""

from __future__ import annotations

import typing as t

from ...values.struct import Struct
from ..draft import Policy
from ..firewall_proof import PlainFamilies
from ..layout import Layout
from ..owned import Owned

if t.TYPE_CHECKING:
    from .known_rules import KnownRules
    from .save_text import SavedTable
    from .tools import IptablesJob

Tables = dict[str, dict[str, 'SavedTable']]
"""The tables of a namespace by family and name."""


class IptablesQuery(t.NamedTuple):
    """What to read: families of iptables by namespace.

    ``expected_stamps``: the rules of a namespace are not read if its stamp is still this one.
    ``plain``: where no rules have to be searched for (misread.py), by namespace.
    ``known_rules``: by namespace and family, what lets rules be read without iptables-save.
    """

    families: t.Mapping[str, t.Collection[str]] = {}
    expected_stamps: t.Mapping[str, str] = {}
    plain: t.Mapping[str, PlainFamilies] = {}
    known_rules: t.Mapping[str, t.Mapping[str, KnownRules]] = {}

    def only(self, names: t.Collection[str]) -> IptablesQuery:
        """The same for fewer namespaces."""
        families = {name: families for name, families in self.families.items() if name in names}
        return self._replace(families=families)


class ObservedIptables(Struct):
    """Tables by namespace, and the namespaces that were not read because their stamp is the expected one."""

    tables: dict[str, Tables] = {}
    unchanged: set[str] = set()
    jobs: list[tuple[str, IptablesJob]] = []
    """Runs of iptables-save that are still needed, each with its namespace."""
    misread: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    """By namespace and family what iptables-save will leave out (misread.py)."""


def wanted_families(layout: Layout, owned: Owned, policy: Policy) -> dict[str, set[str]]:
    """The families to read, by namespace: declared now, or ours from before unless the namespace goes as a
    whole."""
    families: dict[str, set[str]] = {}
    for chain in layout.iptables:
        families.setdefault(chain.namespace, set()).add(chain.family)
    staying = {namespace.name for namespace in layout.namespaces}
    for namespace, family in owned.iptables:
        goes = policy.prune and namespace in owned.namespaces and namespace not in staying
        if policy.prunes_tables(namespace) and not policy.removes and not goes:
            families.setdefault(namespace, set()).add(family)
    return families
