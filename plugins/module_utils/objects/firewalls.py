# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft and iptables make of a document."""

from __future__ import annotations

from ..values.problems import InputError, Problem
from .iptables.canonical_rules import CanonicalRules, canonicalise_rules
from .layout import Layout
from .nftables.canonical_tables import canonical_tables
from .state import Snapshot


def canonical_firewalls(
    want: Layout, have: Snapshot, known: CanonicalRules | None = None
) -> tuple[Layout, CanonicalRules]:
    """The layout with its tables in the words of nft, and what iptables makes of its rules.

    Neither is asked about namespaces that are unchanged, nor about rules that are *known*. Raises InputError
    with all that they do not take.
    """
    problems: list[Problem] = []
    rules = CanonicalRules()
    try:
        want = canonical_tables(want, have.nftables_unchanged)
    except InputError as exc:
        problems += exc.problems
    try:
        rules = canonicalise_rules(want, have, known)
    except InputError as exc:
        problems += exc.problems
    if problems:
        raise InputError(problems)
    return want, rules
