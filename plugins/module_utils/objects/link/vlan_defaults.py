# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs that the kernel gives by itself: to new ports, and to all when the default of the bridge changes."""

from __future__ import annotations

import typing as t

from ...values.names import End
from ..attribute import Settings
from ..draft import Draft
from ..state import Seen
from .value import Link
from .vlans import PVID, UNTAGGED, VLANS, flags_of, of_new_ports, value_of

_DEFAULT = 'vlan_default_pvid'


def follow_default_pvid(draft: Draft) -> None:
    """Predict what a change of the default does to a bridge and its ports (__br_vlan_set_default_pvid), where
    their VLANs are known: those that are declared are set again."""
    for want in draft.want.links:
        have = draft.link(want.end)
        if want.kind != 'bridge' or have is None or want.end in draft.new_links:
            continue
        before, after = (dict(link.settings).get(_DEFAULT) for link in (have, want))
        if before is None or after in (None, before):
            continue
        draft.put(have._replace(settings=_moved(have.settings, int(before), int(after))))
        for port in [link for link in draft.now[want.namespace].links.values() if link.master == want.name]:
            draft.put(port._replace(port=_moved(port.port, int(before), int(after))))


def _moved(settings: Settings, before: int, after: int) -> Settings:
    values: dict[str, t.Any] = dict(settings)
    if VLANS not in values:
        return settings
    flags, default = flags_of(values[VLANS]), PVID | UNTAGGED
    if before and flags.get(before) != default or after in flags:
        return settings
    flags.pop(before, None)
    if after:
        flags = {vid: bits & ~PVID for vid, bits in flags.items()}
        flags[after] = default
    values[VLANS] = value_of(flags)
    return tuple(sorted(values.items()))


def complete_vlans(seen: Seen, new: t.Container[End]) -> None:
    """Give *new* bridges and ports that a plan predicts what a look would find."""
    for link in [link for link in seen.links.values() if link.end in new]:
        bridge = link if link.kind == 'bridge' else seen.links.get(link.master or '')
        if bridge is None or bridge.kind != 'bridge':
            continue
        given: tuple[str, t.Any] = (VLANS, of_new_ports(dict(bridge.settings)))
        field = 'settings' if link is bridge else 'port'
        values = dict((given, *getattr(link, field)))
        seen.links[link.name] = _with(link, field, tuple(sorted(values.items())))


def _with(link: Link, field: str, settings: Settings) -> Link:
    return link._replace(**{field: settings})
