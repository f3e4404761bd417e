# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and routes of a card that is back on the host, as its record has them (moves.py)."""

from __future__ import annotations

import typing as t

from ...values.names import HOST
from ..address.leases import kept
from ..address.operation import AddressOperation
from ..address.record import address_from_record
from ..address.value import in_order_of_adding
from ..draft import Draft
from ..operation import STAGE_RESTORE
from ..route.restoration import in_order_of_restoring, restore_route
from .creation import ORDER_UP

Entry = t.Mapping[str, t.Any]
"""An address or a route in the record of a card."""


def restore_card_addresses(draft: Draft, name: str, had: t.Mapping[str, t.Any]) -> list[Entry]:
    """After the link went up: else IPv6 makes no route to the network of an address with a lifetime
    (fixup_permanent_addr). Returns those that the card has then."""
    host = draft.now[HOST]
    links = {address.ip: address.link for address in host.addresses}
    entries = {address_from_record(entry, HOST, name): entry for entry in had['addresses']}
    staying: list[Entry] = []
    for address in in_order_of_adding(list(entries)):
        elsewhere = links.get(address.ip)
        if elsewhere == name:
            staying.append(entries[address])
        elif elsewhere is not None:
            what = 'address %s of link host/%s: is not restored, since others gave it to %s meanwhile'
            draft.warnings.append(what % (address.address, name, elsewhere))
        else:
            staying.append(entries[address])
            address, warnings = kept(address)
            draft.warnings += warnings
            draft.add(AddressOperation(HOST, None, address, STAGE_RESTORE, ORDER_UP))
            host.addresses.append(address)
    return [entry for entry in had['addresses'] if entry in staying]


def restore_card_routes(draft: Draft, had: t.Mapping[str, t.Any]) -> list[Entry]:
    """Returns those that the host has then."""
    pairs = in_order_of_restoring(had['routes'], HOST)
    staying = [entry for route, entry in pairs if restore_route(draft, route, entry)]
    return [entry for entry in had['routes'] if entry in staying]
