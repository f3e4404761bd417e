# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network cards that move into a namespace, and back with what they had.

A link that moves keeps its hardware address, MTU and altnames. The kernel drops its addresses, routes, settings, master and
that it was up (dev_change_net_namespace). What it had on the host is kept for its way back.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...values.names import HOST, MARK_PREFIX, place
from ..address.operation import AddressOperation
from ..address.value import Address
from ..contents import ORDER_ADDRESS, ORDER_ROUTE, ORDER_SYSCTL
from ..draft import Draft
from ..operation import STAGE_CONTENTS, STAGE_LINK, STAGE_NAMESPACE, STAGE_RESTORE, STAGE_UNLINK
from ..route.operation import RouteOperation, dependency_rank
from ..route.value import Hop, Route
from ..sysctl.operation import SysctlOperation
from ..sysctl.value import Sysctl
from .operations import MoveLink, SetLink
from .plan import ORDER_SETTINGS, ORDER_UP, remove_contents, where
from .value import End, Link, matches

Had = dict[str, t.Any]
_FIELDS = ('mtu', 'mac', 'master', 'link_local', 'up')


def plan_moves(draft: Draft) -> None:
    wanted = {
        link.end: link
        for link in draft.want.links
        if link.kind == 'physical' and link.namespace != HOST and link.name != 'lo'
    }
    for end, had in sorted(draft.owned.moved.items()):
        if _goes_back(draft, end, wanted):
            draft.owned_after.moved.pop(end, None)
            _bring_back(draft, end, had)
    if draft.policy.named:
        return
    for end, want in sorted(wanted.items()):
        if end[0] not in draft.now:
            continue
        if draft.link(end) is None:
            _move_in(draft, want)
        elif end in draft.owned.moved:
            draft.owned_after.moved[end] = draft.owned.moved[end]


def _goes_back(draft: Draft, end: tuple[t.Any, ...], wanted: t.Mapping[End, Link]) -> bool:
    if draft.policy.named or not draft.policy.prune:
        return draft.policy.named and (end in wanted or end[0] in draft.removed_namespaces)
    return end not in wanted


def _move_in(draft: Draft, want: Link) -> None:
    old = draft.owned.moved.get(want.end)
    found = [
        link for link in draft.now[HOST].links.values() if matches(want, link.name, link.mac, link.altnames)
    ]
    if not found and old is not None:
        found = _fallen_back(draft, want.end, old)
    if len(found) > 1:  # a VLAN or bridge has the hardware address of its card
        found = [link for link in found if link.kind == 'physical'] or found
    if not found:
        meant = ' and '.join('%s %s' % pair for pair in want.match or (('name', want.name),))
        draft.missing_link(
            where(want),
            want.end,
            'is not there, nor is it on the host',
            'check it with "ip link" (looked for %s)' % meant,
        )
        return
    if len(found) > 1:
        draft.conflict(
            where(want),
            'may be several links of the host',
            do='match one of %s by its name' % ', '.join(sorted(link.name for link in found)),
        )
        return
    have = found[0]
    if have.name == 'lo' or have.mark is not None and have.mark.startswith(MARK_PREFIX):
        draft.conflict(
            where(want),
            'cannot be moved: host/%s belongs to %s' % (have.name, have.mark or 'the host'),
            do='declare the link where it is made',
        )
        return
    had, bare = _what_it_has(draft, have)
    if old is not None and bare:
        had = old  # the kernel gave it back when the namespace ended, without all that it had
    remove_contents(draft, have)
    draft.add(MoveLink(HOST, have.end, want.end, STAGE_LINK))
    # What dies with a namespace that has no name yet, a card need not: it gets its name before the card comes.
    draft.ops = [
        dataclasses.replace(op, stage=STAGE_NAMESPACE, order=1)
        if op.gives_name and op.namespace == want.namespace
        else op
        for op in draft.ops
    ]
    del draft.now[HOST].links[have.name]
    now = dataclasses.replace(
        have,
        namespace=want.namespace,
        name=want.name,
        up=want.up,
        master=want.master or '',
        port=want.port,
        link_local=want.link_local,
        mtu=want.mtu or have.mtu,
        mac=want.mac or have.mac,
        peer=have.peer,
    )
    fields = {
        key: getattr(want, key)
        for key in ('mtu', 'mac', 'master', 'link_local')
        if getattr(want, key) is not None
    }
    for changed, order in (
        (fields, ORDER_SETTINGS),
        ({'port': want.port} if want.port else {}, ORDER_SETTINGS),
        ({'up': True} if want.up else {}, ORDER_UP),
    ):
        if changed:
            draft.add(SetLink(want.namespace, {}, changed, STAGE_CONTENTS, order, name=want.name))
    draft.put(now)
    draft.new_links.add(want.end)
    draft.owned_after.moved[want.end] = had
    draft.change(
        'link',
        want.namespace,
        want.name,
        _lines(have, had),
        [*now.lines(), 'in namespace %s' % want.namespace],
    )


def _fallen_back(draft: Draft, end: tuple[t.Any, ...], had: Had) -> list[Link]:
    """The card that the kernel gave back to the host when its namespace ended, with the name that it had there."""
    link = draft.link((HOST, end[1]))
    return [link] if link is not None and link.mac == had['mac'] and link.mark is None else []


def _lines(link: Link, had: Had) -> list[str]:
    """A card on the host as text, with what goes and comes with it."""
    return [
        *link.lines(),
        'in namespace %s' % place(HOST),
        *('address %s' % entry['address'] for entry in had['addresses']),
        *('route %s' % _route(entry).text() for entry in had['routes']),
        *(Sysctl(HOST, *pair).lines()[0] for pair in had['sysctls']),
    ]


def _what_it_has(draft: Draft, link: Link) -> tuple[Had, bool]:
    """What a link has on the host, as JSON can hold it; and whether that is nothing."""
    seen = draft.now[HOST]
    addresses = [
        {key: value for key, value in vars(address).items() if key not in ('namespace', 'link', 'secondary')}
        for address in seen.addresses
        if address.link == link.name
    ]
    routes = [
        {
            **{key: value for key, value in vars(route).items() if key != 'namespace'},
            'hops': [list(hop) for hop in route.hops],
            'metrics': [list(pair) for pair in route.metrics],
        }
        for route in seen.routes
        if any(hop.dev == link.name for hop in route.hops)
    ]
    sysctls = [
        [key, value]
        for key, value in sorted(seen.sysctls.items())
        if value is not None and Sysctl(HOST, key, value).link == link.name
    ]
    had = {
        'name': link.name,
        'addresses': addresses,
        'routes': routes,
        'sysctls': sysctls,
        **{key: getattr(link, key) for key in _FIELDS},
    }
    return had, not (link.up or addresses or link.master)


def _route(entry: Had) -> Route:
    return Route(
        **{
            **entry,
            'namespace': HOST,
            'hops': tuple(Hop(*hop) for hop in entry['hops']),
            'metrics': tuple(tuple(pair) for pair in entry['metrics']),
        }
    )


def _bring_back(draft: Draft, end: tuple[t.Any, ...], had: Had) -> None:
    """Move a card to the host, unless the kernel has done so, and give it what it had."""
    name = had['name']
    have = next(
        iter([link for link in [draft.link((end[0], end[1]))] if link] or _fallen_back(draft, end, had)), None
    )
    host = draft.now[HOST]
    if have is not None and have.end != (HOST, name):
        if name in host.links:
            draft.conflict(
                where(have), 'cannot go back: the host has another link %s' % name, do='rename that one'
            )
            return
        remove_contents(draft, have)
        draft.add(MoveLink(have.namespace, have.end, (HOST, name), STAGE_UNLINK, 1))
        del draft.now[have.namespace].links[have.name]
        before = [*have.lines(), 'in namespace %s' % place(have.namespace)]
        now = dataclasses.replace(
            have, namespace=HOST, name=name, up=False, master='', port=(), link_local=None
        )
    elif name in host.links:
        now = host.links[name]
        before = now.lines()
    else:
        return
    fields = {
        key: had[key]
        for key in _FIELDS
        if had[key] not in (None, '', getattr(now, key)) and (key != 'master' or had['master'] in host.links)
    }
    up = fields.pop('up', None)
    for changed, order in ((fields, ORDER_SETTINGS), ({'up': up} if up else {}, ORDER_UP)):
        if changed:
            draft.add(SetLink(HOST, {}, changed, STAGE_RESTORE, order, name=name))
    now = dataclasses.replace(now, **{**fields, 'up': bool(up) or now.up})
    draft.put(now)
    for key, value in had['sysctls']:
        if have is not None or host.sysctls.get(key) != value:
            draft.add(SysctlOperation(HOST, None, value, STAGE_RESTORE, ORDER_SYSCTL, key=key))
    there = {address.ip for address in host.addresses}
    for address in [Address(HOST, name, **entry) for entry in had['addresses']]:
        if address.ip not in there:
            draft.add(AddressOperation(HOST, None, address, STAGE_RESTORE, ORDER_ADDRESS))
            host.addresses.append(address)
    known = {route.key for route in host.routes}
    for route in sorted(map(_route, had['routes']), key=dependency_rank):
        if route.key not in known:
            draft.add(RouteOperation(HOST, None, route, STAGE_RESTORE, ORDER_ROUTE))
            host.routes.append(route)
    draft.change('link', HOST, name, before, _lines(now, had))
