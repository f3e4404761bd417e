# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MTUs of links of others that stand on one whose MTU becomes smaller. The kernel lowers them with it, and
raises none again (vlan_device_event, macvlan_device_event).
"""

from __future__ import annotations

import typing as t

from ...kernel.uapi import IPV6_MIN_MTU
from ...values.names import End
from ..draft import Draft
from ..events import LinkLosesIpv6
from ..state import Key
from .value import Link

_FOLLOW = ('vlan', 'macvlan', 'macvtap')


def lower_uppers(draft: Draft, lower: Link) -> None:
    """Note what the kernel lowers along with a link that gets a smaller MTU."""
    mtu = lower.mtu or 0
    declared = {want.end for want in draft.want.links if want.mtu is not None}
    for upper in _uppers(draft, lower.end):
        had = upper.mtu or 0
        if upper.kind not in _FOLLOW or had <= mtu or upper.end in declared or draft.ours(upper):
            continue
        if mtu < IPV6_MIN_MTU <= had:
            draft.announce(
                LinkLosesIpv6(upper, with_settings=True), (upper.namespace, 'link', upper.name, 'mtu')
            )
        changed = upper._replace(mtu=mtu)
        draft.put(changed)
        draft.change('link', *upper.end, upper.lines(), changed.lines())
        key = (*upper.end, 'mtu')
        first, _written = draft.owned.fields.get(key, (had, None))
        draft.owned_after.fields[key] = (first, mtu)
        lower_uppers(draft, changed)


def _uppers(draft: Draft, end: End) -> list[Link]:
    uppers: list[Link] = []
    for seen in draft.now.values():
        uppers += [link for link in seen.links.values() if link.parent == end]
    return uppers


def is_held_down(draft: Draft, key: Key, before: t.Any) -> bool:
    """Whether a link cannot have the MTU from before us, since the document gives the link below a smaller
    one."""
    link = draft.link((key[0], key[1])) if key[2] == 'mtu' else None
    lower = draft.link(link.parent) if link is not None and link.parent else None
    if lower is None or lower.mtu is None or before <= lower.mtu:
        return False
    is_declared = not draft.policy.removes and any(want.end == lower.end for want in draft.want.links)
    return is_declared or (*lower.end, 'mtu') in draft.owned_after.fields


def levels_below(draft: Draft, end: End) -> int:
    """How many links there are below one."""
    levels, link = 0, draft.link(end)
    while link is not None and link.parent is not None and levels < len(draft.now[link.namespace].links):
        levels, link = levels + 1, draft.link(link.parent)
    return levels
