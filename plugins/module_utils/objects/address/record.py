# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as the record of a scope keeps them on disk, in JSON.

Fields that an address does not have are left out, as in the records of earlier versions.
"""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.nla import U32
from ...values.countdown import Countdown
from ..extra import extra_from_record, extra_to_record
from .schema import ADDRESS, MASKS
from .value import Address, Lifetimes

Record = t.Mapping[str, t.Any]
_FIELDS = ('address', 'label', 'scope', 'prefix_route', 'dad', 'protocol')
_OPTIONAL = ('peer', 'broadcast', 'metric', 'home', 'mngtmpaddr', 'autojoin')


def address_to_record(address: Address) -> dict[str, t.Any]:
    """An address as records keep it, in JSON; :func:`address_from_record` reads it."""
    record: dict[str, t.Any] = {name: getattr(address, name) for name in _FIELDS}
    record.update({name: getattr(address, name) for name in _OPTIONAL if getattr(address, name)})
    if address.lifetimes is not None:
        record['lifetimes'] = list(address.lifetimes)
    if address.extra:
        record['extra'] = extra_to_record(address.extra)
    return record


def address_from_record(record: Record, namespace: str, link: str) -> Address:
    """The address of a record, with its namespace and link, which the record does not have."""
    lifetimes = record.get('lifetimes')
    extra = dict(extra_from_record(record.get('extra', ())))
    fields = _from_extra(extra)
    fields.update({name: record[name] for name in (*_FIELDS, *_OPTIONAL) if name in record})
    return Address(
        namespace,
        link,
        **fields,
        lifetimes=Lifetimes(*map(Countdown, lifetimes)) if lifetimes else None,
        extra=tuple(extra.items()),
    )


def _from_extra(extra: dict[int, bytes]) -> dict[str, t.Any]:
    """Fields that earlier versions kept as bytes. Takes them out of *extra*."""
    fields: dict[str, t.Any] = {
        name: attribute.nla[0].form.unpack(extra.pop(attribute.nla[0].number))
        for name, attribute in ADDRESS.items()
        if attribute.nla and attribute.nla[0].number in extra
    }
    flags = U32.unpack(extra.pop(uapi.IFA_FLAGS, bytes(4)))
    fields.update((name, True) for name, mask in MASKS.items() if flags & mask)
    return fields
