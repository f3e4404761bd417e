# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses that are not as they were."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import AddressOperation
from .value import Address, in_order_of_adding


def undo_addresses(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """Where addresses of a link are missing, or another one is the first of its network, all go and come in
    their order: the first IPv4 address of a network is its primary one."""
    ops: list[Operation] = []
    for link in before.links:
        if link not in now.links:
            continue
        addresses = _of(before, link)
        present = _of(now, link)
        if addresses == [address for address in present if address in addresses]:
            continue
        keys = {address.key for address in addresses}
        obstacles = [address for address in present if address.key in keys]
        ops += [AddressOperation(namespace, address, None, STAGE_RESTORE) for address in reversed(obstacles)]
        ops += [
            AddressOperation(namespace, None, address, STAGE_RESTORE)
            for address in in_order_of_adding(addresses)
        ]
    return ops


def _of(seen: Seen, link: str) -> list[Address]:
    return [address for address in seen.addresses if address.link == link]
