# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/coming_over.md, with what cannot be taken over by the tables."""

from __future__ import annotations

import typing as t

from . import ifstate_keys, netdev_keys, netplan_keys, network_keys
from .keys import Keys
from .page_text import PAGE


def _by_reason(rows: t.Iterable[tuple[str, str]]) -> list[str]:
    """Rows of a table: keys with the reason that they have in common."""
    words: dict[str, list[str]] = {}
    for reason, word in rows:
        words.setdefault(reason, []).append('`%s`' % word)
    lines = ['| key | why |', '| --- | --- |']
    return lines + ['| %s | %s |' % (', '.join(keys), reason) for reason, keys in words.items()]


def _rows(tables: t.Mapping[str, Keys], field: str) -> t.Iterator[tuple[str, str]]:
    for where, keys in tables.items():
        for word, key in keys.items():
            reason = getattr(key, field)
            if reason:
                yield reason, '%s.%s' % (where, word) if where else word


def _refused(tables: t.Mapping[str, Keys], more: t.Iterable[tuple[str, str]] = ()) -> str:
    return '\n'.join(_by_reason([*_rows(tables, 'refused'), *more]))


def _passed_over(tables: t.Mapping[str, Keys]) -> str:
    return '\n'.join(_by_reason(_rows(tables, 'nothing')))


def page_text() -> str:
    kinds = ifstate_keys.KINDS_REFUSED.items()
    kind_rows = [(reason, 'interfaces[].link.kind: %s' % kind) for kind, reason in kinds]
    networkd = {**netdev_keys.TABLES, **network_keys.TABLES}
    sections = network_keys.SECTIONS_REFUSED.items()
    units = [(reason, '.network [%s]' % section) for section, reason in sections]
    netdevs = netdev_keys.KINDS_REFUSED.items()
    units += [(reason, '.netdev [NetDev].Kind=%s' % kind) for kind, reason in netdevs]
    return PAGE % {
        'netplan_refused': _refused(netplan_keys.TABLES),
        'netplan_passed_over': _passed_over(netplan_keys.TABLES),
        'networkd_refused': _refused(networkd, units),
        'networkd_passed_over': _passed_over(networkd),
        'ifstate_refused': _refused(ifstate_keys.TABLES, kind_rows),
        'ifstate_passed_over': _passed_over(ifstate_keys.TABLES),
    }


__all__ = ['page_text']
