# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables makes of the rules of a document, as a value."""

from __future__ import annotations

import typing as t

from ..layout import Layout
from .jumps import jump_text
from .value import Chain

if t.TYPE_CHECKING:
    from .known_rules import KnownRules

SourceRule = tuple[str, str, str, str]
"""(family, table, chain, text): one rule of a document."""


class CanonicalRules(t.NamedTuple):
    """What iptables makes of each rule of a document."""

    texts: t.Mapping[SourceRule, tuple[str, ...]] = {}
    namespaces: frozenset[str] = frozenset()  # those whose rules are in it
    known_rules: t.Mapping[str, KnownRules] = {}  # by family

    def rules(self, chain: Chain, name: str | None = None) -> tuple[str, ...]:
        """The rules of a declared chain that is called *name* in the kernel."""
        keys = [(chain.family, chain.table, name or chain.chain, text) for text in chain.rules]
        return tuple(rule for key in keys for rule in self.texts[key])

    def jump(self, scope: str, chain: Chain) -> str:
        return self.texts[(chain.family, chain.table, chain.chain, jump_text(scope, chain))][0]

    def known_in(self, layout: Layout) -> dict[str, dict[str, KnownRules]]:
        """What is known of the rules of each namespace that has no others, by namespace and family, where it
        is known of all of them: one that is not leaves the whole family to iptables-save.
        """
        exclusive = {namespace.name for namespace in layout.namespaces if namespace.exclusive_firewall}
        known_in = {name: dict(self.known_rules) for name in exclusive & self.namespaces}
        recorded = {family: set(known.texts.values()) for family, known in self.known_rules.items()}
        for chain in layout.iptables:
            known = known_in.get(chain.namespace, {})
            if chain.family in known and not recorded[chain.family].issuperset(self.rules(chain)):
                del known[chain.family]
        return known_in
