# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as the record of a scope keeps them on disk, in JSON.

Fields that an address does not have are left out, as in the records of earlier versions.
"""

from __future__ import annotations

import typing as t

from ...values.countdown import Countdown
from ..extra import extra_from_record, extra_to_record
from .value import Address, Lifetimes

Record = t.Mapping[str, t.Any]
_FIELDS = ('address', 'label', 'scope', 'prefix_route', 'dad', 'protocol')


def address_to_record(address: Address) -> dict[str, t.Any]:
    record: dict[str, t.Any] = {name: getattr(address, name) for name in _FIELDS}
    if address.lifetimes is not None:
        record['lifetimes'] = list(address.lifetimes)
    if address.extra:
        record['extra'] = extra_to_record(address.extra)
    return record


def address_from_record(record: Record, namespace: str, link: str) -> Address:
    lifetimes = record.get('lifetimes')
    return Address(
        namespace,
        link,
        **{name: record[name] for name in _FIELDS},
        lifetimes=Lifetimes(*map(Countdown, lifetimes)) if lifetimes else None,
        extra=extra_from_record(record.get('extra', ())),
    )
