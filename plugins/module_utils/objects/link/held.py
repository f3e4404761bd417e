# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network cards that a scope holds, found by what is theirs for good: somebody may have renamed or moved
them by hand.
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import parse_attributes, unpack_mac
from ...kernel.uapi import IFINFOMSG
from ...values.names import HOST, MARK_PREFIX, needs_link, place
from ..draft import Draft
from ..owned import Owned
from ..state import Snapshot
from .value import End, Link

Had = t.Mapping[str, t.Any]
"""What a card had on the host: ``name``, ``addresses``, ``routes``, ``sysctls``, the restored attributes, and
what tells it from all others.

The scope keeps it on disk. A record of an earlier version may lack some of it."""

KIND, MACS, PERMANENT = 'kind', 'macs', 'permanent_mac'
_IFLA_PERM_ADDRESS = 54  # linux/include/uapi/linux/if_link.h, since 5.6
_NONE = '00:00:00:00:00:00'


def identity_of(card: Link) -> dict[str, t.Any]:
    """What tells a card from all others, for its record."""
    return {KIND: card.kind, PERMANENT: _permanent_mac(card)}


def with_mac(had: Had, mac: str | None) -> Had:
    """The record of a card to which the document gives a hardware address."""
    known = had.get(MACS, ())
    return had if mac in (None, had['mac'], *known) else {**had, MACS: [*known, mac]}


def has_strayed(owned: Owned, have: Snapshot) -> bool:
    """Whether a card is not where it was moved to, so that all namespaces have to be searched for it."""
    for (namespace, name), had in owned.moved.items():
        link = have.link((namespace, name))
        if link is None or not _is_card(link, had):
            return True
    return False


def find_held(draft: Draft) -> dict[End, Link]:
    """The cards that the scope has moved, by where it moved them to. One that is somewhere else is told."""
    found: dict[End, Link] = {}
    for (namespace, name), had in draft.owned.moved.items():
        end = (namespace, name)
        card = _find(draft, end, had)
        if card is not None:
            found[end] = card
    return found


def _find(draft: Draft, end: End, had: Had) -> Link | None:
    present = draft.link(end)
    if present is not None and _is_card(present, had):
        return present
    cards = [card for card in _candidates(draft, had) if card.end not in draft.owned.moved]
    if len(cards) > 1:
        titles = ', '.join(sorted(card.title for card in cards))
        what = 'is not there, and several links may be it'
        draft.conflict('link %s/%s' % end, what, found=titles, do='move it back, or remove the others')
        return None
    if not cards:
        return present or draft.link((HOST, had['name']))
    return cards[0]


def _candidates(draft: Draft, had: Had) -> t.Iterator[Link]:
    for seen in draft.now.values():
        for link in seen.links.values():
            if _is_card(link, had) and not (link.mark or '').startswith(MARK_PREFIX):
                yield link


def _is_card(link: Link, had: Had) -> bool:
    """A VLAN or bridge has the hardware address of its card, and a bond gives its ports one."""
    if KIND in had and link.kind != had[KIND]:
        return False
    permanent = _permanent_mac(link)
    if permanent and had.get(PERMANENT):
        return bool(permanent == had[PERMANENT])
    return link.mac is not None and link.mac in (had['mac'], *had.get(MACS, ()))


def _permanent_mac(link: Link) -> str | None:
    """The hardware address that a card was made with."""
    mac = unpack_mac(parse_attributes(link.kernel, IFINFOMSG.size).get(_IFLA_PERM_ADDRESS, b''))
    return None if mac == _NONE else mac


def is_left(draft: Draft, card: Link, end: End, had: Had) -> bool:
    """Whether a card stays where somebody took it: another scope holds it there, or somebody uses it. Tells
    where it was found, if not where it was moved to."""
    if card.end in (end, (HOST, had['name'])):
        return False
    what = 'link %s/%s' % end
    holder = draft.have.scope_of('moved', card.end)
    user = 'held by scope %s' % holder if holder else 'in use'
    is_staying = bool(holder) or card.namespace != end[0] and _is_used(draft, card)
    told = '%s: was found as %s/%s, where somebody took it' % (what, place(card.namespace), card.name)
    if is_staying:
        told += '; is not restored, since it is %s there' % user
    if told not in draft.warnings:
        draft.warnings.append(told)
    return is_staying


def _is_used(draft: Draft, card: Link) -> bool:
    addresses = [each for each in draft.now[card.namespace].addresses if each.link == card.name]
    return bool(card.up or card.master or any(not needs_link(address.ip) for address in addresses))


def warn_of_missing(draft: Draft, had: Had) -> None:
    what = 'link %s/%s: is not restored, since no namespace that has a name has it (looked for mac %s)'
    draft.warnings.append(what % (place(HOST), had['name'], had['mac']))
