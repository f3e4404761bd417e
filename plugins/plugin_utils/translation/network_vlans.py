# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of ports, which networkd has as ranges for each of three keys."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.reading import whole_number

from .units import Unit

_MOST = 4094


def bridge_vlans(units: t.Sequence[Unit]) -> list[str]:
    """The VLANs of all [BridgeVLAN] sections of a file, as ranges with their words."""
    untagged: set[int] = set()
    members: set[int] = set()
    pvid = 0
    for unit in units:
        members |= _numbers(unit, 'VLAN')
        untagged |= _numbers(unit, 'EgressUntagged')
        value = unit.take('PVID')
        if value is not None and value not in ('no', 'false'):
            pvid = whole_number(value) or 0
            if not 1 <= pvid <= _MOST:
                unit.refuse('PVID', 'it is no number of a VLAN (found %s)' % value)
        unit.done()
    everything = sorted(members | untagged | ({pvid} if pvid else set()))
    rows = [(number, _words(number == pvid, number in untagged)) for number in everything]
    return list(_ranges(rows))


def _words(is_pvid: bool, is_untagged: bool) -> str:
    return (' pvid' if is_pvid else '') + (' untagged' if is_untagged else '')


def _numbers(unit: Unit, key: str) -> set[int]:
    numbers: set[int] = set()
    for text in unit.all(key):
        first, _dash, last = text.partition('-')
        low, high = whole_number(first), whole_number(last or first)
        if low is None or high is None or not 1 <= low <= high <= _MOST:
            unit.refuse(key, 'it is no range of VLANs (found %s)' % text)
        else:
            numbers.update(range(low, high + 1))
    return numbers


def _ranges(rows: t.Sequence[tuple[int, str]]) -> t.Iterator[str]:
    """Neighbouring numbers with the same words as one range."""
    start = 0
    for end, (number, words) in enumerate(rows, 1):
        if end < len(rows) and rows[end] == (number + 1, words):
            continue
        first = rows[start][0]
        yield ('%d' % first if first == number else '%d-%d' % (first, number)) + words
        start = end


__all__ = ['bridge_vlans']
