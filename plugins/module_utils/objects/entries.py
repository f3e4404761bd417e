# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one object of the kernel is in a document, with nothing said that is usual. Pure."""

from __future__ import annotations

import typing as t

from .address.entry import address_entry
from .attribute import Entry
from .route.entry import route_entry
from .rule.entry import rule_entry


def chain_entry(family: str, table: str, name: str, rules: t.Iterable[str], policy: str | None) -> Entry:
    found: Entry = {'chain': name}
    if table != 'filter':
        found['table'] = table
    if family != 'ipv4':
        found['family'] = family
    if policy:
        found['policy'] = policy
    found['rules'] = list(rules)
    return found


__all__ = ['Entry', 'address_entry', 'chain_entry', 'route_entry', 'rule_entry']
