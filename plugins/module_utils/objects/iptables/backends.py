# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which backend of iptables the rules of a namespace belong to: nf_tables or legacy."""

from __future__ import annotations

from ...kernel import nfnetlink
from . import known_rules, legacy
from .value import BASE_CHAINS, FAMILIES


def active_backends() -> set[str]:
    """The backends that have tables in the calling thread's namespace. They may be empty: reading makes
    some."""
    backends = set()
    if any(map(legacy.tables, FAMILIES)):
        backends.add('legacy')
    if any(map(_is_of_iptables, nfnetlink.nft_tables())):
        backends.add('nf_tables')
    return backends


def backends_with_rules() -> set[str]:
    """The backends that have rules there, or policies other than ACCEPT."""
    active = active_backends()
    if not any(map(_has_legacy_rules, FAMILIES)):
        active.discard('legacy')
    if 'nf_tables' in active and not any(map(known_rules.has_rules, FAMILIES)):
        active.discard('nf_tables')
    return active


def _has_legacy_rules(family: str) -> bool:
    return any(legacy.has_rules(family, table) for table in legacy.tables(family))


def _is_of_iptables(table: tuple[str, str]) -> bool:
    family, name = table
    return family in ('ip', 'ip6') and name in BASE_CHAINS


__all__ = ['active_backends', 'backends_with_rules']
