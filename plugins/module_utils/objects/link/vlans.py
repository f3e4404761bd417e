# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs that a bridge forwards to its ports, and to itself (bridge vlan).

Sources of the names and numbers: linux/include/uapi/linux/if_bridge.h.
"""

from __future__ import annotations

import re
import typing as t

from ...values.reading import BOOLEANS, plain
from ..attribute import Settings, Value
from .types import Several

VLANS = 'vlans'
"""The key of a bridge and of its ports."""

FILTER_ON = (('multicast_vlan_snooping', True), ('vlan_filtering', True))
"""The settings that have a bridge filter by VLANs."""

LAST = 4094
PVID, UNTAGGED = 2, 4  # BRIDGE_VLAN_INFO_*
_WORDS = {'pvid': PVID, 'untagged': UNTAGGED}
_MEMBER = re.compile(r'([0-9]{1,4})(?:\s*-\s*([0-9]{1,4}))?((?:\s+(?:pvid|untagged))*)\Z')

Flags = dict[int, int]
"""Bits of BRIDGE_VLAN_INFO_* by VLAN ID."""


class Range(t.NamedTuple):
    """VLANs that follow each other, with one set of flags."""

    low: int
    high: int
    flags: int

    @property
    def text(self) -> str:
        ids = str(self.low) if self.low == self.high else '%d-%d' % (self.low, self.high)
        return ' '.join([ids, *[word for word, bit in _WORDS.items() if self.flags & bit]])


class Vlans(Several):
    """VLANs, each a text in the words of bridge(8), such as ``1 pvid untagged`` or ``10-19``."""

    want = (
        'an ID from 1 to 4094 or a range LOW-HIGH, with pvid (not of a range) and untagged behind it,'
        ' or a mapping with vid, pvid and untagged'
    )
    most = LAST

    def said(self, member: object) -> str | None:
        if not isinstance(member, dict):
            return plain(member)
        vid = plain(member.get('vid'))
        if vid is None or not {'vid', *_WORDS}.issuperset(member):
            return None
        words = [vid]
        for word in _WORDS:
            truth = _truth(member.get(word))
            if truth is None:
                return None
            words += [word] if truth else []
        return ' '.join(words)

    def canonical(self, text: str) -> str | None:
        match = _MEMBER.match(text)
        if match is None:
            return None
        low, words = int(match.group(1)), match.group(3).split()
        high = int(match.group(2) or low)
        if not 1 <= low <= high <= LAST or 'pvid' in words and low != high:
            return None
        return Range(low, high, sum(_WORDS[word] for word in set(words))).text

    def problem_of(self, members: t.Sequence[str]) -> str:
        ranges = list(map(_range_of, members))
        if sum(each.high - each.low + 1 for each in ranges) != len(flags_of(members)):
            return 'has a VLAN twice'
        return 'has more than one pvid' if sum(each.flags & PVID for each in ranges) > PVID else ''

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return value_of(flags_of(members))

    def text(self, value: Value) -> str:
        return ', '.join(t.cast('tuple[str, ...]', value)) or 'none'


def _truth(value: object) -> bool | None:
    """None for what is neither true nor false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    return BOOLEANS.get((plain(value) or '').strip().lower())


def _range_of(member: str) -> Range:
    ids, *words = member.split()
    low, _dash, high = ids.partition('-')
    return Range(int(low), int(high or low), sum(_WORDS[word] for word in words))


def flags_of(members: t.Iterable[str]) -> Flags:
    flags: Flags = {}
    for each in map(_range_of, members):
        flags.update(dict.fromkeys(range(each.low, each.high + 1), each.flags))
    return flags


def ranges_of(flags: Flags) -> list[Range]:
    """The VLANs in as few ranges as there can be. A pvid stands alone, as the kernel insists on."""
    ranges: list[Range] = []
    for vid, bits in sorted(flags.items()):
        last = ranges[-1] if ranges else None
        if last and last.high == vid - 1 and last.flags == bits and not bits & PVID:
            ranges[-1] = last._replace(high=vid)
        else:
            ranges.append(Range(vid, vid, bits))
    return ranges


def value_of(flags: Flags) -> tuple[str, ...]:
    return tuple([each.text for each in ranges_of(flags)])


def of_new_ports(bridge: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """What the kernel gives a new port of a bridge with these settings, and the bridge itself."""
    pvid = bridge.get('vlan_default_pvid', 1)
    return (Range(pvid, pvid, PVID | UNTAGGED).text,) if pvid else ()


def taken_apart(settings: Settings) -> tuple[Settings, tuple[str, ...] | None]:
    """Settings without VLANs, and these; None if they are not among them."""
    vlans = dict(settings).get(VLANS)
    if vlans is None:
        return settings, None
    others = tuple(pair for pair in settings if pair[0] != VLANS)
    return others, t.cast('tuple[str, ...]', vlans)
