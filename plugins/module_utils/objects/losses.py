# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others lose with something that a scope changes: it is reported, needs consent, and is restored.

The kernel drops routes and addresses along with a link that goes down, with IPv6 that is switched off, with
forwarding that begins, and with an address. The scope keeps what others lost by its cause. It is restored
when the cause is over.
"""

from __future__ import annotations

import typing as t

from ..kernel.uapi import IPV6_MIN_MTU
from ..values.names import PROTOCOL, needs_link, place
from .address.operation import ORDER_ADDRESS, AddressOperation
from .address.record import address_from_record, address_to_record
from .address.value import Address, in_order_of_adding
from .attached.operation import AttachedOperation, order_of_attached
from .attached.value import Attached, from_record, is_restored, to_record
from .draft import Draft, Lost
from .events import Cause
from .operation import STAGE_RESTORE
from .route.ask_routers import ORDER_ASK, AskRouters
from .route.learned import NOTHING, cause_of
from .route.restoration import (
    in_order_of_restoring,
    is_there,
    part_of,
    restore_route,
    routes_to_record,
)
from .route.side_effects import put_again
from .route.value import Route
from .sysctl.operation import ORDER_SYSCTL, SysctlOperation
from .sysctl.value import Sysctl

Record = dict[str, t.Any]
"""What others lost, as JSON can hold it: ``addresses``, each with its link, ``routes``, ``sysctls`` as key
and value, ``attached``, each with its link, and ``routers``, the links on which to ask them for the routes
that the kernel learns."""


def keep_routes(draft: Draft) -> None:
    """Routes of others that go with an address come again, as far as the planned addresses allow it."""
    for cause, lost in draft.lost.items():
        if cause[1] == 'address':
            routes = [route for route in lost if isinstance(route, Route) and _is_of_others(draft, route)]
            draft.lost[cause] = list(put_again(draft, routes))


def plan_losses(draft: Draft) -> None:
    """Report what others lose, and refuse it without consent. Restore what they lost by what is over now."""
    for cause, lost in draft.lost.items():
        if cause[1] == 'address':
            _plan_what_needs_an_address(draft, cause, lost)
        else:
            _plan_cause(draft, cause, lost)
    for cause, record in draft.owned.lost.items():
        if cause[0] in draft.removed_namespaces or cause[0] not in draft.now:
            draft.owned_after.lost.pop(cause, None)
        elif _is_over(draft, cause):
            draft.owned_after.lost.pop(cause, None)
            _restore(draft, cause[0], record)
        else:
            draft.owned_after.lost[cause] = _joined(record, draft.owned_after.lost.get(cause))


def _plan_cause(draft: Draft, cause: Cause, lost: t.Sequence[Lost]) -> None:
    gone = [each for each in lost if _is_lost(draft, each)]
    if any(isinstance(each, (Address, Route)) for each in gone):
        if not draft.policy.adopt:
            _refuse(draft, cause, gone)
    for each in gone:
        if isinstance(each, (Address, Route)):
            _tell(draft, each, each.lines(), _rest_of(draft, each))
    kept = [each for each in gone if _asks_no_routers(cause) or not _is_learned(each)]
    if kept:
        draft.owned_after.lost[cause] = _record(draft, cause[0], kept)


def _asks_no_routers(cause: Cause) -> bool:
    """Whether the kernel does not ask routers again when the cause is over: it does when IPv6 begins on a
    link (addrconf_dad_completed), not when forwarding ends."""
    return cause[1] == 'sysctl' and cause[2].endswith('forwarding')


def _is_learned(lost: Lost) -> bool:
    return isinstance(lost, Route) and lost.learned


def _plan_what_needs_an_address(draft: Draft, cause: Cause, lost: t.Sequence[Lost]) -> None:
    """With an address of ours that just goes, goes what needed it. One that is changed is another matter."""
    is_changed = any((want.namespace, want.link) == (cause[0], cause[2]) for want in draft.want.addresses)
    gone = [each for each in lost if _is_lost(draft, each)]
    if gone and is_changed and not draft.policy.adopt:
        _refuse(draft, cause, gone)
    for each in gone:
        if isinstance(each, (Address, Route)):
            _tell(draft, each, each.lines(), [])


def _is_lost(draft: Draft, lost: Lost) -> bool:
    if isinstance(lost, Attached):
        return True
    if isinstance(lost, Sysctl):
        key = (lost.namespace, lost.key)
        is_wanted = any((want.namespace, want.key) == key for want in draft.want.sysctls)
        return not is_wanted and key not in draft.owned.sysctls
    return _is_of_others(draft, lost) and not _is_there(draft, lost)


def _is_of_others(draft: Draft, lost: Address | Route) -> bool:
    namespace = lost.namespace
    if lost.protocol == PROTOCOL or namespace in draft.removed_namespaces or draft.exclusive(namespace):
        return False
    if draft.policy.removes and any(lost.key == want.key for want in draft.want.routes):
        return False
    link = draft.have.link((lost.namespace, lost.link)) if isinstance(lost, Address) else None
    if link is not None and (link.name == 'lo' or _makes_itself(t.cast(Address, lost))):
        return False
    owned = draft.owned.addresses if isinstance(lost, Address) else draft.owned.routes
    return lost.key not in owned


def _makes_itself(address: Address) -> bool:
    """A link-local address comes again with the link. Kernels before 5.18 do not tell that it is theirs."""
    return needs_link(address.ip)


def _is_there(draft: Draft, lost: Address | Route) -> bool:
    """Whether the rest of the plan makes it again, or another one in its place. Routes of others with its key
    are no more than they were, and what is left of it is not the whole."""
    seen = draft.now.get(lost.namespace)
    if seen is None:
        return False
    if isinstance(lost, Address):
        return any(address.key == lost.key for address in seen.addresses)
    if lost in seen.routes:
        return True
    had = draft.have.seen[lost.namespace].routes
    namesakes = [route for route in seen.routes if route.key == lost.key and route not in had]
    return bool(namesakes) and part_of(lost, namesakes) is None


def _rest_of(draft: Draft, lost: Address | Route) -> list[str]:
    """What is left of a route, as text."""
    if isinstance(lost, Address):
        return []
    rest = part_of(lost, [route for route in draft.now[lost.namespace].routes if route.key == lost.key])
    return rest.lines() if rest is not None else []


def _refuse(draft: Draft, cause: Cause, gone: t.Sequence[Lost]) -> None:
    texts = [_text_of(each) for each in gone]
    what, advice = _words(cause)
    draft.conflict(
        what,
        'would make the kernel drop objects of others',
        found=', '.join(texts),
        do=advice + 'set adopt: true to let them go; they are restored with the previous value',
    )


def _text_of(lost: Lost) -> str:
    if isinstance(lost, Address):
        return 'address %s on %s' % (lost.address, lost.link)
    if isinstance(lost, Route):
        return 'route ' + lost.text()
    return lost.title() if isinstance(lost, Attached) else 'sysctl ' + lost.name


def _words(cause: Cause) -> tuple[str, str]:
    """What a scope does, and what else could be done, for people."""
    where = place(cause[0])
    if cause[1] == 'sysctl':
        name = Sysctl(cause[0], cause[2], '').name
        advice = ''
        if cause[2].endswith('forwarding'):
            advice = 'set accept_ra of the link to 2, which keeps the route of its router, or '
        return 'sysctl %s in %s' % (name, where), advice
    title = 'link %s/%s' % (where, cause[2])
    if cause[1] == 'moved':
        return title + ' that moves', ''
    if cause[1] == 'address':
        return 'address %s of %s that changes' % (cause[3], title), ''
    return '%s (%s)' % (title, {'up': 'state: down'}.get(cause[3], cause[3])), ''


# The record


def _record(draft: Draft, namespace: str, lost: t.Iterable[Lost]) -> Record:
    record: Record = {kind: [] for kind in NOTHING}
    routes = [each for each in lost if isinstance(each, Route) and not each.learned]
    if routes:
        record['routes'] = routes_to_record(draft.have.seen[namespace].routes, routes)
    for each in lost:
        if isinstance(each, Route) and each.learned:
            links = record.setdefault('routers', [])
            links += sorted(each.links - set(links))
        elif isinstance(each, Address):
            record['addresses'].append([each.link, address_to_record(each)])
        elif isinstance(each, Sysctl):
            record['sysctls'].append([each.key, each.value])
        elif isinstance(each, Attached):
            record['attached'].append([each.link, to_record(each)])
    return record


def _joined(record: Record, newer: Record | None) -> Record:
    if newer is None:
        return record
    joined = {kind: list(entries) for kind, entries in record.items()}
    for kind, entries in newer.items():
        known = joined.setdefault(kind, [])
        known += [entry for entry in entries if entry not in known]
    return joined


def _is_over(draft: Draft, cause: Cause) -> bool:
    """Whether what made others lose something is not so any more, or will not be after the run."""
    namespace, kind, name = cause[:3]
    seen = draft.now[namespace]
    if kind == 'route':
        return all(cause_of(route) != cause or route.protocol != PROTOCOL for route in seen.routes)
    if kind == 'moved':
        return not any(
            end[0] != namespace and had['name'] == name for end, had in draft.owned_after.moved.items()
        )
    if kind == 'sysctl':
        return seen.sysctls.get(name) is None or Sysctl(namespace, name, '0').is_like(seen.sysctls[name])
    link = seen.links.get(name)
    if link is None:
        return True
    if cause[3] == 'up':
        return bool(link.up)
    return link.mtu is not None and link.mtu >= IPV6_MIN_MTU


def _restore(draft: Draft, namespace: str, record: Record) -> None:
    """Restore what others lost, as far as its links exist and it is not there by itself."""
    seen = draft.now[namespace]
    for key, value in record['sysctls']:
        if Sysctl(namespace, key, value).link in seen.links:
            draft.add(SysctlOperation(namespace, None, value, STAGE_RESTORE, ORDER_SYSCTL, key=key))
    for link in record.get('routers', ()):
        if link in seen.links:
            draft.add(AskRouters(namespace, None, link, STAGE_RESTORE, ORDER_ASK))
    for link, entry in record['attached']:
        attached = from_record(entry, link)
        if is_restored(attached, namespace, draft.have.entries_of_scopes):
            order = order_of_attached(attached)
            draft.add(AttachedOperation(namespace, None, attached, STAGE_RESTORE, order))
    addresses = [address_from_record(entry, namespace, link) for link, entry in record['addresses']]
    present = {address.key for address in seen.addresses}
    for address in in_order_of_adding(addresses):
        if address.key in present or address.link not in seen.links:
            continue
        draft.add(AddressOperation(namespace, None, address, STAGE_RESTORE, ORDER_ADDRESS))
        seen.addresses.append(address)
        _tell(draft, address, [], address.lines())
    for route, entry in in_order_of_restoring(record['routes'], namespace):
        if is_there(route, seen.routes) or not route.links <= set(seen.links):
            continue
        rest = _rest_of(draft, route)
        if restore_route(draft, route, entry):
            _tell(draft, route, rest, route.lines())


def _tell(draft: Draft, each: Address | Route, before: t.Sequence[str], after: t.Sequence[str]) -> None:
    if isinstance(each, Address):
        draft.change('address', each.namespace, '%s %s' % (each.link, each.address), before, after)
    else:
        draft.change('route', each.namespace, each.name, before, after)
