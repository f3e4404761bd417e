# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that were there before us and that several scopes declare: what they set alike they share."""

from __future__ import annotations

import typing as t

from ...values.names import place
from ..draft import DECLARE_ONCE, Draft
from ..owned import Owned
from ..sysctl.value import Sysctl
from .value import COMMON, PORT_FIELD, Link, field_of

_ADDS_UP = 'altnames'


def _declared(want: Link) -> dict[str, t.Any]:
    """The restored fields that a document sets."""
    fields = {name: getattr(want, name) for name, attribute in COMMON.items() if attribute.restored}
    fields.update((PORT_FIELD + name, value) for name, value in want.port)
    return {name: value for name, value in fields.items() if value is not None}


def share_fields(draft: Draft, want: Link, have: Link) -> None:
    """Note what another scope has set as it is declared here, too: it stays until both give it up."""
    for name, value in _declared(want).items():
        key = (*have.end, name)
        if name == _ADDS_UP or key in draft.owned.fields or field_of(have, name) != value:
            continue
        first = draft.have.value_before_scopes('fields', key, value)
        if first != value:
            draft.owned_after.fields[key] = (first, value)


def refuse_fields_of_scopes(draft: Draft, want: Link, after: t.Mapping[str, t.Any]) -> bool:
    """Whether another scope has set a field otherwise, which is a conflict."""
    if draft.policy.adopt or draft.exclusive(want.namespace):
        return False
    written = {**after, **{PORT_FIELD + name: value for name, value in after.get('port', ())}}
    is_refused = False
    names = _declared(want).keys() & written.keys() - {_ADDS_UP}
    for name in sorted(names):
        for scope, (_before, theirs) in draft.have.values_of_scopes('fields', (*want.end, name)).items():
            if theirs != written[name]:
                is_refused = True
                what = '%s is set by scope %s' % (_key_of(name), scope)
                found, wanted = _text_of(name, theirs), _text_of(name, written[name])
                draft.conflict(want.title, what, found=found, want=wanted, do=DECLARE_ONCE)
    return is_refused


def _key_of(name: str) -> str:
    """A field as documents have it."""
    return COMMON[name].key if name in COMMON else name.replace(PORT_FIELD, 'port.')


def _text_of(name: str, value: t.Any) -> str:
    return COMMON[name].type.text(value) if name in COMMON else str(value)


def refuse_card_of_scopes(draft: Draft, want: Link, card: Link) -> None:
    """A card that moves takes along what other scopes have on it, which they could not remove any more.
    Neighbours and entries of forwarding databases come back only if their scope still has them."""
    scopes = {} if draft.policy.adopt else draft.have.scopes()
    for scope, owned in scopes.items():
        titles = _titles_on_card(draft, card, owned)
        if titles:
            where = '%s/%s' % (place(card.namespace), card.name)
            draft.conflict(
                want.title,
                'cannot be moved: %s has what belongs to scope %s' % (where, scope),
                found=', '.join(sorted(titles)),
                do='remove it from that scope first, or set adopt: true to take it along',
            )


def _titles_on_card(draft: Draft, card: Link, owned: Owned) -> set[str]:
    """What a scope has on a link, for people."""
    end = card.end
    titles = {'address %s' % key[2] for key in owned.addresses if key[:2] == end}
    titles |= {_key_of(key[2]) for key in owned.fields if key[:2] == end}
    titles |= {'qdisc %s' % key[2] for key in owned.qdiscs if key[:2] == end}
    sysctls = [Sysctl(namespace, key, '') for namespace, key in owned.sysctls]
    titles |= {'sysctl %s' % sysctl.name for sysctl in sysctls if (sysctl.namespace, sysctl.link) == end}
    routes = [route for route in draft.now[card.namespace].routes if card.name in route.links]
    return titles | {'route %s' % route.name for route in routes if route.key in owned.routes}
