# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to links along with the one that they stand on."""

from __future__ import annotations

import typing as t

from ..draft import Draft
from ..events import Event, LinkGoesDown
from .value import Link

ENDS_WITH_PARENT = ('vxlan', 'macsec', 'hsr')
"""The kernel removes these with the link that they stand on, also when that only leaves the namespace
(vxlan_handle_lowerdev_unregister). Other kinds stay (vlan_device_event, macvlan_device_event)."""


def links_on(draft: Draft, link: Link) -> t.Iterator[Link]:
    """The links of the same namespace that stand on one."""
    for upper in list(draft.now[link.namespace].links.values()):
        if upper.parent == link.end:
            yield upper


def take_vlans_down(draft: Draft, event: Event) -> None:
    """A VLAN goes down with its link, and comes up with it (vlan_device_event)."""
    if not isinstance(event, LinkGoesDown):
        return
    for upper in links_on(draft, event.link):
        if upper.kind == 'vlan' and upper.up:
            draft.announce(LinkGoesDown(upper))
