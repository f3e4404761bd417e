# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which back end of iptables the rules of a namespace belong to: nf_tables or legacy."""

from __future__ import annotations

from ...kernel import nfnetlink
from . import legacy
from .value import BASE_CHAINS, FAMILIES


def active_backends() -> set[str]:
    """The back ends that have tables in the calling thread's namespace. They may be empty: reading makes
    some."""
    return _backends(
        any(legacy.tables(family) for family in FAMILIES),
        any(map(_is_of_iptables, nfnetlink.nft_tables())),
    )


def backends_with_rules() -> set[str]:
    """The back ends that have rules there."""
    return _backends(
        any(legacy.has_rules(family, table) for family in FAMILIES for table in legacy.tables(family)),
        any(map(_is_of_iptables, nfnetlink.tables_with_rules())),
    )


def _backends(is_legacy: bool, is_nf_tables: bool) -> set[str]:
    names = (('legacy', is_legacy), ('nf_tables', is_nf_tables))
    return {name for name, is_used in names if is_used}


def _is_of_iptables(table: tuple[str, str]) -> bool:
    family, name = table
    return family in ('ip', 'ip6') and name in BASE_CHAINS


__all__ = ['active_backends', 'backends_with_rules']
