# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links that are not as they were, and those that were made again and lack everything."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import WireguardOperation
from .value import NO_KEY, Device, difference


def undo_wireguard(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    ops: list[Operation] = []
    for name, device in before.wireguard.items():
        link = now.links.get(name)
        if link is None or link.kind != 'wireguard':
            continue
        present = now.wireguard.get(name, Device(NO_KEY, 0, 0))
        found, restored = difference(present, _without_roaming(device, present))
        if restored != Device():
            ops.append(WireguardOperation(namespace, found, restored, STAGE_RESTORE, link=name))
    return ops


def _without_roaming(device: Device, present: Device) -> Device:
    """A link as it was, with peers where packets have come from since."""
    peers = dict(device.peers)
    for public, peer in device.peers.items():
        known = present.peers.get(public)
        if peer is not None and known is not None:
            peers[public] = peer._replace(endpoint=known.endpoint)
    return device._replace(peers=peers)
