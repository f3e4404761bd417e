# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft and iptables make of a document. The code for either is loaded when a run has rules for it."""

from __future__ import annotations

import typing as t

from ..values.problems import InputError, Problem
from .iptables.canonical_form import CanonicalRules
from .layout import Layout
from .operation import Operation
from .owned import Owned
from .state import Snapshot


def canonical_firewalls(
    want: Layout, have: Snapshot, known: CanonicalRules | None = None
) -> tuple[Layout, CanonicalRules]:
    """The layout with its tables in the words of nft, and what iptables makes of its rules.

    Neither is asked about namespaces that are unchanged, nor about rules that are *known*. Raises InputError
    with all that they do not take.
    """
    problems: list[Problem] = []
    rules = known or CanonicalRules()
    try:
        if {table.namespace for table in want.nftables} - have.nftables_unchanged:
            from .nftables.canonical_tables import canonical_tables

            want = canonical_tables(want, have)
    except InputError as exc:
        problems += exc.problems
    try:
        if {chain.namespace for chain in want.iptables} - have.iptables_unchanged - rules.namespaces:
            from .iptables.canonical_rules import canonicalise_rules

            rules = canonicalise_rules(want, have, rules)
    except InputError as exc:
        problems += exc.problems
    if problems:
        raise InputError(problems)
    return want, rules


def forget_connections(ops: t.Sequence[Operation], want: Layout, owned: Owned, named: bool) -> None:
    """Have the kernel forget the connections of rules that came or went in chains with flush_conntrack.

    *owned* is what the scope had before; *named*: *want* lists what is to go.
    """
    if owned.flush_conntrack or any(chain.flush_conntrack for chain in want.iptables):
        from .iptables.flush_conntrack import changed_rules, forget

        forget(changed_rules(ops, want, owned, named))


def drop_new_tables(tables: t.Collection[tuple[str, str, str]]) -> None:
    """Delete tables of iptables that were not there before us, where they are empty."""
    if tables:
        from .iptables.plan import drop_empty_tables

        drop_empty_tables(tables)
