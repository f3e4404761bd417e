# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a route or a hop has beyond the fields that are named: realms, encapsulation and the nexthop object,
which a document can say too, and what none can."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.nla import U32
from ..attribute import Entry
from ..extra import Extra, names_of_extra
from ..named_number import Realms
from . import encap
from .schema import UNNAMED

_REALMS = Realms()
_U32_MAX = 0xFFFFFFFF


def declared(values: t.Mapping[str, t.Any]) -> Extra:
    """What a document says of realms and encapsulation, as the kernel's attributes."""
    flow = ((uapi.RTA_FLOW, U32.pack(values['realms'] & _U32_MAX)),) if values['realms'] else ()
    nhid = values.get('nhid')
    nexthop = ((uapi.RTA_NH_ID, U32.pack(nhid)),) if nhid else ()
    return (*flow, *values['encap'], *nexthop)


def nhid_of(extra: Extra) -> int:
    """The ID of the nexthop object; 0 for none."""
    for number, payload in extra:
        if number == uapi.RTA_NH_ID:
            return int(U32.unpack(payload))
    return 0


def undeclarable(extra: Extra) -> Extra:
    """Those that no document can say."""
    if not extra:
        return ()
    sayable = {uapi.RTA_FLOW, uapi.RTA_NH_ID}
    if encap.is_declarable(extra):
        sayable |= {uapi.RTA_ENCAP, uapi.RTA_ENCAP_TYPE}
    return tuple([pair for pair in extra if pair[0] not in sayable])


def words(extra: Extra) -> list[str]:
    """In the words of ip-route(8)."""
    if not extra:
        return []
    unsaid = undeclarable(extra)
    said = dict(pair for pair in extra if pair not in unsaid)
    texts = []
    if uapi.RTA_ENCAP in said:
        texts.append(encap.text(extra))
    if uapi.RTA_FLOW in said:
        texts.append('realms %s' % _REALMS.text(U32.unpack(said[uapi.RTA_FLOW])))
    if uapi.RTA_NH_ID in said:
        texts.append('nhid %d' % U32.unpack(said[uapi.RTA_NH_ID]))
    return [*texts, *dict.fromkeys(names_of_extra(unsaid, UNNAMED))]


def entry(extra: Extra) -> Entry:
    """As a document says it."""
    if not extra:
        return {}
    flow = dict(extra).get(uapi.RTA_FLOW)
    realms = {} if flow is None else {'realms': _REALMS.written(U32.unpack(flow))}
    nexthop = {'nhid': nhid_of(extra)} if nhid_of(extra) else {}
    around = encap.entry(extra)
    return {**nexthop, **realms, **({'encap': around} if around else {})}
