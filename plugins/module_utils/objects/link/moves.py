# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network cards that move into a namespace, and back with what they had.

A link that moves keeps its carried attributes and its altnames. The kernel drops its addresses, routes,
sysctls and all other attributes (dev_change_net_namespace). What it had on the host is recorded for its way
back.
"""

from __future__ import annotations

import typing as t

from ...values.names import HOST, MARK_PREFIX, End, place
from ..address.leases import warn_of_leases
from ..address.record import address_to_record
from ..address.side_effects import leave_groups
from ..attached.codec import attached_to
from ..attached.operation import AttachedOperation, order_of_attached
from ..attached.value import Attached, from_record, is_restored, to_record
from ..draft import Draft, owner
from ..events import LinkGoesDown, LinkLeaves
from ..operation import STAGE_CONTENTS, STAGE_LINK, STAGE_NAMESPACE, STAGE_RESTORE, STAGE_UNLINK
from ..route.record import route_from_record
from ..route.restoration import routes_to_record
from ..sysctl.operation import ORDER_SYSCTL, SysctlOperation
from ..sysctl.value import Sysctl
from .card_restoration import restore_card_addresses, restore_card_routes
from .creation import ORDER_OTHERS, ORDER_SETTINGS, ORDER_UP, split_fields
from .held import Had, find_held, identity_of, is_left, warn_of_missing, with_mac
from .operations import MoveLink, SetLink
from .restoration import RESTORED
from .shared import refuse_card_of_scopes
from .side_effects import ENDS_WITH_PARENT, links_on
from .value import COMMON, FORMER_PORT, Link, former_port, matches


def plan_moves(draft: Draft) -> None:
    """Plan which network cards move between namespaces. Adds operations, changes and conflicts to *draft*."""
    wanted = {link.end: link for link in draft.want.links if link.is_movable_card}
    held = find_held(draft)
    leaving = {
        end: had for end, had in sorted(draft.owned.moved.items()) if _goes_back(draft, end, wanted, held)
    }
    going_on = {end for end in leaving if _goes_on(draft, end, leaving, wanted, held)}
    passing = {leaving[end]['name']: leaving[end] for end in going_on}
    for end, had in leaving.items():
        draft.owned_after.moved.pop(end, None)
        card = held.get(end)
        if card is not None and is_left(draft, card, end, had):
            continue
        if end in going_on:
            _bring_out(draft, card, had)
        else:
            _restore_card(draft, card, had)
    if draft.policy.removes:
        return
    for end, want in sorted(wanted.items()):
        if end[0] not in draft.now:
            continue
        present = draft.link(end)
        if present is None:
            _plan_move(draft, want, passing, held.get(end))
        elif end in held and held[end].end == end:
            draft.owned_after.moved[end] = dict(with_mac(draft.owned.moved[end], want.mac))
        else:
            _refuse_double(draft, want, present)


def _goes_back(draft: Draft, end: End, wanted: t.Mapping[End, Link], held: t.Mapping[End, Link]) -> bool:
    if draft.policy.removes:
        return end in wanted or end[0] in draft.removed_namespaces
    card = held.get(end)
    if end in wanted and card is not None and card.end == end:
        return not _is_it(wanted[end], card, draft.owned.moved[end])
    has_strayed = card is not None and card.namespace != HOST
    return has_strayed or draft.policy.prune and end not in wanted


def _is_it(want: Link, card: Link, had: Had) -> bool:
    """Whether the card that is in a namespace is the one that ``match`` says: by its name and its address on
    the host, or those that it has now."""
    if not want.match:
        return True
    return any(matches(want, had['name'], mac, card.altnames or ()) for mac in (had['mac'], card.mac))


def _goes_on(
    draft: Draft,
    end: End,
    leaving: t.Mapping[End, Had],
    wanted: t.Mapping[End, Link],
    held: t.Mapping[End, Link],
) -> bool:
    """Whether a card that leaves its place is declared at another one, which is free or becomes so."""
    card = held.get(end)
    if card is None or draft.policy.removes:
        return False
    for place_of_card, want in wanted.items():
        is_free = place_of_card in leaving or draft.link(place_of_card) is None
        is_meant = matches(want, leaving[end]['name'], card.mac, card.altnames or ())
        if is_free and is_meant and place_of_card[0] in draft.now:
            return True
    return False


def _refuse_double(draft: Draft, want: Link, present: Link) -> None:
    """A link of the name is in the namespace, and nobody knows that it is the card that ``match`` says: then
    the host must not have that one."""
    if not want.match:
        return
    cards = [
        link
        for link in draft.now[HOST].links.values()
        if matches(want, link.name, link.mac, link.altnames) and link.name != 'lo'
    ]
    asked = dict(want.match)
    is_another = asked.get('mac', present.mac) != present.mac
    if cards or is_another:
        draft.conflict(
            want.title,
            'already exists and is not the declared card',
            found=', '.join(link.title for link in cards) or 'mac %s' % present.mac,
            do='give the card another name in the namespace, or remove the link that has this one',
        )


# Into a namespace


def _plan_move(draft: Draft, want: Link, passing: t.Mapping[str, Had], held: Link | None) -> None:
    """*passing* is what cards had on the host that come from another namespace, or from another name. *held*
    is the card that was moved before."""
    record = draft.owned.moved.get(want.end)
    card = _find_card(draft, want, held)
    if card is None:
        return
    if card.name == 'lo' or (card.mark or '').startswith(MARK_PREFIX):
        draft.conflict(
            want.title,
            'cannot be moved: host/%s belongs to %s' % (card.name, card.mark or 'the host'),
            do='declare the link where it is made',
        )
        return
    refuse_card_of_scopes(draft, want, card)
    for upper in links_on(draft, card):
        if upper.kind in ENDS_WITH_PARENT and not draft.ours(upper):
            draft.conflict(
                want.title,
                'cannot be moved: the kernel would remove %s of %s, which is on top of it'
                % (upper.title, owner(upper.mark)),
                do='remove that one first',
            )
    programs = [each for each in draft.now[HOST].attached if each.link == card.name and each.is_program]
    if programs and not draft.policy.force:
        draft.conflict(
            want.title,
            'cannot be moved: what a program attached to host/%s is lost with it, and only that program can'
            ' put it back' % card.name,
            found=', '.join(each.title() for each in programs),
            do='remove it first, or set force: true',
        )
    had = _record(draft, card)
    if record is not None:  # a run was killed after these went and before the card did
        left = [each for each in record['addresses'] if each.get('autojoin')]
        had['addresses'] += [each for each in left if each not in had['addresses']]
    warn_of_leases(draft, card.end)
    if record is not None and not (card.up or had['addresses'] or card.master):
        had = record  # the kernel gave it back when the namespace ended, without all that it had
    comes_from_elsewhere = card.name in passing
    had = passing.get(card.name, had)
    _move_in(draft, want, card)
    draft.owned_after.moved[want.end] = dict(with_mac(had, want.mac))
    after = [*draft.now[want.namespace].links[want.name].lines(), 'in namespace %s' % want.namespace]
    before = [] if comes_from_elsewhere else _lines(card, had)
    draft.change('link', want.namespace, want.name, before, after)


def _find_card(draft: Draft, want: Link, held: Link | None) -> Link | None:
    """The link of the host that is declared in a namespace. Notes a conflict unless there is just one."""
    links = draft.now[HOST].links.values()
    cards = [link for link in links if matches(want, link.name, link.mac, link.altnames)]
    if not cards and held is not None:
        if is_left(draft, held, want.end, draft.owned.moved[want.end]):
            what = 'is %s/%s now, where somebody took it' % (place(held.namespace), held.name)
            draft.conflict(want.title, what, do='move it back to the host')
            return None
        cards = [held]
    if len(cards) > 1:  # a VLAN or bridge has the hardware address of its card
        cards = [link for link in cards if link.kind == 'physical'] or cards
    if len(cards) == 1:
        return cards[0]
    if cards:
        names = ', '.join(sorted(link.name for link in cards))
        draft.conflict(
            want.title, 'may be several links of the host', do='match one of %s by its name' % names
        )
        return None
    wanted = ' and '.join('%s %s' % pair for pair in want.match or (('name', want.name),))
    draft.missing_link(
        want.title,
        want.end,
        'does not exist, here or on the host',
        'check it with "ip link" (looked for %s)' % wanted,
    )
    return None


def _move_in(draft: Draft, want: Link, card: Link) -> None:
    for upper in links_on(draft, card):
        if upper.kind == 'vlan' and upper.up:
            draft.announce(LinkGoesDown(upper), (HOST, 'moved', card.name))
    leave_groups(draft, card)
    draft.announce(LinkLeaves(card))
    draft.add(MoveLink(HOST, card.end, want.end, STAGE_LINK))
    _name_namespace_early(draft, want.namespace)
    del draft.now[HOST].links[card.name]
    fields = {name: getattr(want, name) for name in COMMON}
    fields = {name: value for name, value in fields.items() if value is not None}
    before = {'altnames': card.altnames or ()}
    fields['altnames'] = tuple(sorted({*before['altnames'], *(want.altnames or ())}))
    draft.put(_arrived(card, want.end)._replace(port=want.port, **fields))
    draft.new_links.add(want.end)
    up = fields.pop('up', False)
    if fields['altnames'] == before['altnames']:
        before = {'altnames': fields.pop('altnames')}
    _set(draft, want.end, fields, STAGE_CONTENTS, ORDER_SETTINGS, before)
    port, with_others = split_fields({'port': want.port})
    _set(draft, want.end, port, STAGE_CONTENTS, ORDER_SETTINGS)
    _set(draft, want.end, with_others, STAGE_CONTENTS, ORDER_OTHERS)
    _set(draft, want.end, {'up': True} if up else {}, STAGE_CONTENTS, ORDER_UP)


def _arrived(card: Link, end: End) -> Link:
    """A card after a move, with what the kernel leaves of it."""
    namespace, name = end
    dropped = {name: None for name, attribute in COMMON.items() if not attribute.carried}
    dropped.update(up=False, master='')
    return card._replace(namespace=namespace, name=name, port=(), **dropped)


def _name_namespace_early(draft: Draft, namespace: str) -> None:
    """Name a new namespace before the card comes: it must not die with a namespace that has no name yet.

    Its mark comes before its name, as always: who finds the name must see whose it is.
    """
    for number, op in enumerate(draft.ops):
        if op.namespace != namespace or namespace not in draft.new_namespaces:
            continue
        if op.gives_name:
            draft.ops[number] = op.replaced(stage=STAGE_NAMESPACE, order=2)
        elif isinstance(op, SetLink) and op.name == 'lo' and 'mark' in op.after:
            draft.ops[number] = op.replaced(stage=STAGE_NAMESPACE, order=1)


def _set(
    draft: Draft,
    end: End,
    fields: t.Mapping[str, t.Any],
    stage: int,
    order: int,
    before: t.Mapping[str, t.Any] | None = None,
) -> None:
    """*before* has what has to be known of what was."""
    if fields:
        found = {name: value for name, value in (before or {}).items() if name in fields}
        draft.add(SetLink(end[0], found, fields, stage, order, name=end[1]))


# The record


def _record(draft: Draft, card: Link) -> dict[str, t.Any]:
    """What a card has on the host, as JSON can hold it, but for what it learns again from routers."""
    seen = draft.now[HOST]
    addresses = [address_to_record(address) for address in seen.addresses if address.link == card.name]
    over_card = [route for route in seen.routes if card.name in route.links and not route.learned]
    routes = routes_to_record(seen.routes, over_card)
    attributes = {name: getattr(card, name) for name in RESTORED}
    there = attached_to(seen.attached, card.name)
    if draft.owned.qdiscs:
        from ..qdisc.plan import as_before_us

        there = as_before_us(draft.owned.qdiscs, card.end, there)
    attached = [to_record(each) for each in there]
    sysctls = [Sysctl(HOST, key, value) for key, value in sorted(seen.sysctls.items()) if value is not None]
    return {
        'name': card.name,
        **identity_of(card),
        'addresses': addresses,
        'routes': routes,
        'sysctls': [[each.key, each.value] for each in sysctls if each.link == card.name],
        'attached': attached,
        FORMER_PORT: card.port,
        **attributes,
    }


def _lines(link: Link, had: Had) -> list[str]:
    """A card on the host as text, with what goes and comes with it."""
    lines = [*link.lines(), 'in namespace %s' % place(HOST)]
    lines += ['address %s' % entry['address'] for entry in had['addresses']]
    lines += ['route %s' % route_from_record(entry, HOST).text() for entry in had['routes']]
    lines += [Sysctl(HOST, key, value).lines()[0] for key, value in had['sysctls']]
    lines += [each.title() for each in _attached_of(had)]
    return lines


def _attached_of(had: Had) -> list[Attached]:
    return [from_record(entry, had['name']) for entry in had.get('attached', ())]


# Back to the host


def _bring_out(draft: Draft, card: Link | None, had: Had) -> None:
    """Move a card to the host on its way to another place."""
    if card is None:
        return
    if had['name'] in draft.now[HOST].links:
        _refuse_way_back(draft, card, had['name'])
        return
    draft.change('link', card.namespace, card.name, card.lines(), ())
    draft.put(_move_out(draft, card, had['name']))


def _refuse_way_back(draft: Draft, card: Link, name: str) -> None:
    draft.conflict(
        card.title, 'cannot be moved back: the host has another link %s' % name, do='rename that one'
    )


def _restore_card(draft: Draft, card: Link | None, had: Had) -> None:
    """Move a card to the host, unless the kernel has done so, and restore what it had."""
    name = had['name']
    host = draft.now[HOST]
    if card is not None and card.end != (HOST, name):
        if name in host.links:
            _refuse_way_back(draft, card, name)
            return
        before = [*card.lines(), 'in namespace %s' % place(card.namespace)]
        arrived = _move_out(draft, card, name)
    elif card is not None:
        arrived = card
        before = arrived.lines()
    else:
        warn_of_missing(draft, had)
        return
    restored = _restore_fields(draft, arrived, had)
    for key, value in had['sysctls']:
        if card is not None or host.sysctls.get(key) != value:
            draft.add(SysctlOperation(HOST, None, value, STAGE_RESTORE, ORDER_SYSCTL, key=key))
    addresses = restore_card_addresses(draft, name, had)
    routes = restore_card_routes(draft, had)
    for each in _attached_of(had):
        if is_restored(each, HOST, draft.have.entries_of_scopes):
            draft.add(AttachedOperation(HOST, None, each, STAGE_RESTORE, order_of_attached(each)))
    restored_with = {**had, 'addresses': addresses, 'routes': routes}
    draft.change('link', HOST, name, before, _lines(restored, restored_with))


def _move_out(draft: Draft, card: Link, name: str) -> Link:
    leave_groups(draft, card)
    draft.announce(LinkLeaves(card))
    draft.add(MoveLink(card.namespace, card.end, (HOST, name), STAGE_UNLINK, 1))
    del draft.now[card.namespace].links[card.name]
    return _arrived(card, (HOST, name))


def _restore_fields(draft: Draft, card: Link, had: Had) -> Link:
    """The card with what it had."""
    fields: dict[str, t.Any] = {}
    for name in RESTORED:
        value = tuple(had[name]) if isinstance(had.get(name), list) else had.get(name)
        is_none = value is None or (name, value) == ('master', '')
        if not is_none and value != getattr(card, name):
            fields[name] = value
    if fields.get('master') not in draft.now[HOST].links:
        fields.pop('master', None)
    up = bool(fields.pop('up', False))
    before = {'altnames': card.altnames or (), 'alias': card.alias}
    _set(draft, card.end, fields, STAGE_RESTORE, ORDER_SETTINGS, before)
    _set(draft, card.end, former_port(had.get(FORMER_PORT, ()), fields), STAGE_RESTORE, ORDER_OTHERS)
    _set(draft, card.end, {'up': True} if up else {}, STAGE_RESTORE, ORDER_UP)
    restored = card._replace(**fields, up=up or card.up)
    draft.put(restored)
    return restored
