# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An address as a document says it."""

from __future__ import annotations

from ...values.names import PROTOCOL
from ..attribute import Entry
from .schema import ADDRESS
from .value import Address


def address_entry(address: Address) -> Entry | str:
    """The entry of ``addresses`` that declares an address: the address alone if all else is usual."""
    entry: Entry = {}
    for name, attribute in ADDRESS.items():
        value = getattr(address, name)
        follows = name == 'scope' and address.family == 'ipv6'
        is_mark = name == 'protocol' and value in (0, PROTOCOL)
        if value != attribute.default and not follows and not is_mark:
            entry[attribute.key] = attribute.type.written(value)
    return entry if len(entry) > 1 else address.address
