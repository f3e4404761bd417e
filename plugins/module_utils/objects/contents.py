# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes, policy rules and sysctls."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import typing as t

from ..values.names import ANY, HOST, place
from .address.operation import AddressOperation
from .address.value import Address
from .draft import Draft
from .operation import (
    ORDER_DETACH_ADDRESS,
    ORDER_DETACH_ROUTE,
    ORDER_DETACH_RULE,
    STAGE_CONTENTS,
    STAGE_DETACH,
    STAGE_EARLY_SYSCTL,
    STAGE_FORWARDING,
    STAGE_RESTORE,
)
from .route.operation import RouteOperation, dependency_rank
from .route.value import Route
from .rule.operation import RuleOperation
from .rule.value import Rule
from .state import Key, Seen
from .sysctl.operation import SysctlOperation
from .sysctl.value import Sysctl

PROTOCOL = 117
"""The mark on our addresses, routes and rules, see kernel/encode.py."""

ORDER_SYSCTL, ORDER_ADDRESS, ORDER_ROUTE, ORDER_RULE = 2, 3, 5, 6

Routes = dict[Key, list[Route]]  # of one namespace, by what the kernel tells them apart by


@functools.lru_cache(maxsize=4096)
def _network(text: str) -> t.Any:  # of either family; mypy takes none of their methods for both
    return ipaddress.ip_network(text)


def plan_addresses(draft: Draft) -> None:
    wanted = draft.wanted_addresses
    if draft.policy.named:
        links = {link.end for link in draft.want.links}
        for _namespace, seen in draft.live():
            for address in [
                address
                for address in seen.addresses
                if address.key in wanted or address.key in draft.owned.addresses and address.key[:2] in links
            ]:
                if address in seen.addresses:
                    _drop_address(draft, seen, address)
        return
    for _namespace, seen in draft.live():
        for address in list(seen.addresses):
            if address.key not in wanted and _surplus_address(draft, address) and address in seen.addresses:
                _drop_address(draft, seen, address)
    _put_first(draft)
    for want in draft.want.addresses:
        if want.namespace not in draft.now:
            continue
        seen = draft.now[want.namespace]
        if want.link not in seen.links:
            continue  # a fault of the link, which is told already
        have = next((address for address in seen.addresses if address.key == want.key), None)
        if have is not None and not _address_differs(want, have):
            if have.protocol == PROTOCOL or draft.policy.adopt or want.key in draft.owned.addresses:
                draft.owned_after.addresses.add(want.key)
            continue
        if have is not None:
            if not (
                have.protocol == PROTOCOL
                or draft.policy.adopt
                or want.key in draft.owned.addresses
                or draft.exclusive(want.namespace)
            ):
                draft.conflict(
                    'address %s on %s/%s' % (want.address, place(want.namespace), want.link),
                    'is there already with other properties',
                    found=', '.join(have.lines()),
                    want=', '.join(want.lines()),
                    do='declare it as it is, or set adopt: true',
                )
                continue
            _drop_address(draft, seen, have, replaced=True)
        if not _free(draft, seen, want):
            continue
        made = dataclasses.replace(want, protocol=PROTOCOL)
        draft.add(AddressOperation(want.namespace, None, made, STAGE_CONTENTS, ORDER_ADDRESS))
        seen.addresses.append(made)
        draft.owned_after.addresses.add(want.key)
        draft.change(
            'address',
            want.namespace,
            '%s %s' % (want.link, want.address),
            have.lines() if have else (),
            want.lines(),
        )


def _put_first(draft: Draft) -> None:
    """The first IPv4 address that a document has of a network is the primary one, from which packets come: where another of the
    document is that, all go, and come again in their order."""
    firsts: dict[tuple[str, str, str], Address] = {}
    for want in draft.want.addresses:
        if want.family == 'ipv4':
            firsts.setdefault((want.namespace, want.link, want.network), want)
    for namespace, seen in draft.live():
        for address in [
            address for address in seen.addresses if address.family == 'ipv4' and not address.secondary
        ]:
            first = firsts.get((namespace, address.link, address.network))
            if (
                first is None
                or first.key == address.key
                or address.key not in draft.wanted_addresses
                or address not in seen.addresses
            ):
                continue
            if any(other.key == first.key for other in seen.addresses):
                draft.change(
                    'address',
                    namespace,
                    '%s %s' % (first.link, first.address),
                    [*first.lines(), 'secondary'],
                    (),
                )
            draft.change('address', namespace, '%s %s' % (address.link, address.address), address.lines(), ())
            _drop_address(draft, seen, address, replaced=True)


def _address_differs(want: Address, have: Address) -> bool:
    return (want.label, want.scope, want.prefix_route) != (have.label, have.scope, have.prefix_route)


def _surplus_address(draft: Draft, address: Address) -> bool:
    if address.link == 'lo' and address.scope == 'host' and address.protocol != PROTOCOL:
        return False  # the kernel's own 127.0.0.1 and ::1
    if draft.exclusive(address.namespace):
        return True
    if not draft.policy.prune or address.protocol not in (0, PROTOCOL):
        return False
    if address.key in draft.owned.addresses:
        return True
    link = draft.link((address.namespace, address.link))
    return address.protocol == PROTOCOL and link is not None and link.mark == draft.want.mark


def _drop_address(draft: Draft, seen: Seen, address: Address, replaced: bool = False) -> None:
    """Remove an address, and before it what the kernel may drop along with it: whether it does depends on its version and settings."""
    others = [
        other
        for other in seen.addresses
        if other.link == address.link and other.family == 'ipv4' and other is not address
    ]
    if address.family == 'ipv4' and not address.secondary:
        # Without promote_secondaries the kernel removes the others of the subnet with its first (inet_del_ifa).
        for other in list(reversed(others)):
            if other.network == address.network and other.secondary:
                _lost_address(draft, seen, other)
                others.remove(other)
    if address.family == 'ipv6' and address.prefix_route:
        # The route to the network stays while another address in it is there, even one that wants none (check_cleanup_prefix_route).
        for other in [
            other
            for other in seen.addresses
            if other.link == address.link and other.network == address.network
        ]:
            if not other.prefix_route and other is not address:
                _lost_address(draft, seen, other)
    draft.add(AddressOperation(address.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS))
    seen.addresses.remove(address)
    draft.owned_after.addresses.discard(address.key)
    if not replaced:
        draft.change(
            'address', address.namespace, '%s %s' % (address.link, address.address), address.lines(), ()
        )
    if address.family == 'ipv4' and not others:
        # The last IPv4 address takes all IPv4 routes of the link along (fib_disable_ip).
        for route in [
            route
            for route in seen.routes
            if route.family == 'ipv4' and any(hop.dev == address.link for hop in route.hops)
        ]:
            _lost_route(draft, seen, route)
    _lose_routes_from(draft, seen, address)


def _lose_routes_from(draft: Draft, seen: Seen, address: Address) -> None:
    """Routes whose source is an address that goes: IPv4 drops them, IPv6 takes the source out of them."""
    for route in [route for route in seen.routes if route.src == address.ip]:
        _lost_route(draft, seen, route)


def _lost_address(draft: Draft, seen: Seen, address: Address) -> None:
    _lose_routes_from(draft, seen, address)
    draft.add(AddressOperation(address.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS))
    seen.addresses.remove(address)
    wanted = address.key in draft.wanted_addresses
    if wanted or _surplus_address(draft, address):
        draft.change(
            'address', address.namespace, '%s %s' % (address.link, address.address), address.lines(), ()
        )
        return  # one that is wanted is missing now, so it is made again
    draft.add(
        AddressOperation(
            address.namespace,
            None,
            dataclasses.replace(address, secondary=False),
            STAGE_CONTENTS,
            ORDER_ADDRESS,
        )
    )
    seen.addresses.append(address)


def _lost_route(draft: Draft, seen: Seen, route: Route) -> None:
    draft.add(RouteOperation(route.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
    seen.routes.remove(route)


def _free(draft: Draft, seen: Seen, want: Address) -> bool:
    """Whether nothing else has the address or reaches its network; the kernel would take it without a word."""
    title = 'address %s on %s/%s' % (want.address, place(want.namespace), want.link)
    for other in seen.addresses:
        if (
            other.ip == want.ip
            and other.key != want.key
            and not (other.family == 'ipv6' and ipaddress.ip_address(other.ip).is_link_local)
        ):
            draft.conflict(
                title,
                'is in %s already' % place(want.namespace),
                found='%s on %s' % (other.address, other.link),
                do='choose another, or remove that one',
            )
            return False
    if (
        draft.policy.overlap
        or want.namespace in draft.new_namespaces
        or want.namespace != HOST
        and draft.exclusive(want.namespace)
    ):
        return True
    network = _network(want.network)
    if network.prefixlen == network.max_prefixlen or network.is_link_local:
        return True
    for other in seen.addresses:
        if (
            other.link in (want.link, 'lo')
            or other.family != want.family
            or other.key in draft.wanted_addresses
        ):
            continue
        theirs = _network(other.network)
        if theirs.prefixlen < theirs.max_prefixlen and theirs.overlaps(network):
            draft.conflict(
                title,
                'overlaps the network of %s' % other.link,
                found=theirs,
                do='choose another network, or set overlap: true',
            )
            return False
    for route in seen.routes:
        if (
            route.table == 254
            and route.protocol != PROTOCOL
            and route.family == want.family
            and route.to != ANY[route.family]
            and _network(route.to).overlaps(network)
            and not any(hop.dev == want.link for hop in route.hops)
        ):
            draft.conflict(
                title,
                'overlaps a route',
                found=route.text(),
                do='choose another network, or set overlap: true',
            )
            return False
    return True


def route_differs(want: Route, have: Route) -> bool:
    if (want.type, want.src, want.scope, want.metrics, len(want.hops)) != (
        have.type,
        have.src,
        have.scope,
        have.metrics,
        len(have.hops),
    ):
        return True
    left = list(have.hops)
    for one in sorted(want.hops, key=lambda hop: not hop.dev):  # those that name their link choose first
        match = next(
            (
                other
                for other in left
                if (one.via, one.onlink) == (other.via, other.onlink)
                and one.dev in ('', other.dev)
                and (len(want.hops) == 1 or one.weight == other.weight)
            ),
            None,
        )
        if match is None:
            return True
        left.remove(match)
    return False


def plan_routes(draft: Draft) -> None:
    wanted = {route.key: route for route in draft.want.routes}
    for _namespace, seen in draft.live():
        left = []
        for route in seen.routes:
            if (
                draft.policy.named
                and route.key in wanted
                and _route_meant(wanted[route.key], route)
                or not draft.policy.named
                and route.key not in wanted
                and _surplus_route(draft, route)
            ):
                draft.add(RouteOperation(route.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
                draft.owned_after.routes.discard(route.key)
                draft.change('route', route.namespace, route.name, route.lines(), ())
            else:
                left.append(route)
        seen.routes = left
    if draft.policy.named:
        return
    there: dict[str, Routes] = {}
    before: dict[str, Routes] = {}
    for want in sorted(draft.want.routes, key=_route_order):
        if want.namespace in draft.now:
            for found, snapshot in ((there, draft.now), (before, draft.have.seen)):
                if want.namespace not in found:
                    found[want.namespace] = _by_key(
                        snapshot[want.namespace].routes if want.namespace in snapshot else ()
                    )
            _plan_route(draft, want, draft.now[want.namespace], there[want.namespace], before[want.namespace])
    for namespace, routes in there.items():
        draft.now[namespace].routes = [route for same in routes.values() for route in same]


def _by_key(routes: t.Iterable[Route]) -> Routes:
    found: Routes = {}
    for route in routes:
        found.setdefault(route.key, []).append(route)
    return found


def _route_meant(want: Route, have: Route) -> bool:
    """Whether a route that shall go is this one. What the document does not say may be anything."""
    if want.type not in ('unicast', have.type) or want.src not in ('', have.src):
        return False
    return (
        not want.hops
        or len(want.hops) == len(have.hops)
        and all(
            one.via == other.via and one.dev in ('', other.dev) for one, other in zip(want.hops, have.hops)
        )
    )


def _surplus_route(draft: Draft, route: Route) -> bool:
    if draft.exclusive(route.namespace):
        return True
    if not draft.policy.prune or route.protocol != PROTOCOL:
        return False
    return route.key in draft.owned.routes or draft.now[route.namespace].mark == draft.want.mark


def _route_order(route: Route) -> tuple[object, ...]:
    return (*dependency_rank(route), route.namespace, route.key)


def _plan_route(draft: Draft, want: Route, seen: Seen, there: Routes, before: Routes) -> None:
    """Plan one declared route; *there* is what its namespace has by now, *before* what it had before the run."""
    matches = there.get(want.key, [])
    ours = (
        want.key in draft.owned.routes
        or any(route.protocol == PROTOCOL for route in matches)
        or draft.policy.adopt
        or draft.exclusive(want.namespace)
    )
    if matches and not route_differs(want, matches[0]) and (len(matches) == 1 or not ours):
        if matches[0].protocol == PROTOCOL or ours:
            draft.owned_after.routes.add(want.key)
        return
    for hop in want.hops:
        if hop.dev and hop.dev not in seen.links:
            draft.conflict(
                'route %s in %s' % (want.name, place(want.namespace)),
                'leads over a link that is not there',
                found=hop.dev,
                do='declare it or check its name',
            )
            return
    if matches and not ours:
        draft.conflict(
            'route %s in %s' % (want.name, place(want.namespace)),
            'is there already and not ours',
            found=matches[0].text(),
            want=want.text(),
            do='give it another metric or table, or set adopt: true to replace it',
        )
        return
    made = dataclasses.replace(want, protocol=PROTOCOL)
    # In IPv4 one request puts the new route into the place of the first old one. IPv6 and the rest are removed first.
    replaces = len(matches) == 1 and want.family == 'ipv4' and bool(matches[0].hops) == bool(want.hops)
    for route in matches if not replaces else ():
        draft.add(RouteOperation(want.namespace, route, None, STAGE_CONTENTS, ORDER_ROUTE))
    draft.add(
        RouteOperation(want.namespace, matches[0] if replaces else None, made, STAGE_CONTENTS, ORDER_ROUTE)
    )
    there[want.key] = [made]
    draft.owned_after.routes.add(want.key)
    draft.change(
        'route',
        want.namespace,
        want.name,
        [line for route in before.get(want.key, ()) for line in route.lines()],
        want.lines(),
    )


def _rule_meant(want: Rule, have: Rule) -> bool:
    """Whether a rule that shall go is this one. What the document does not say may be anything."""
    silent = Rule(want.namespace, want.family, want.priority)
    if (have.namespace, have.family, have.priority) != (want.namespace, want.family, want.priority):
        return False
    if want.action != have.action and (want.action != 'lookup' or want.table):
        return False
    return all(
        getattr(want, field.name) in (getattr(silent, field.name), getattr(have, field.name))
        for field in dataclasses.fields(Rule)
        if field.name not in ('action', 'protocol')
    )


def plan_rules(draft: Draft) -> None:
    wanted = {rule.key: rule for rule in draft.want.rules}
    for namespace, seen in draft.live():
        left = []
        for rule in seen.rules:
            surplus = (
                draft.exclusive(namespace)
                or draft.policy.prune
                and rule.protocol == PROTOCOL
                and (rule.key in draft.owned.rules or seen.mark == draft.want.mark)
            )
            if (
                draft.policy.named
                and any(_rule_meant(want, rule) for want in draft.want.rules)
                or not draft.policy.named
                and rule.key not in wanted
                and surplus
            ):
                draft.add(RuleOperation(namespace, rule, None, STAGE_DETACH, ORDER_DETACH_RULE))
                draft.owned_after.rules.discard(rule.key)
                draft.change('rule', namespace, rule.name, rule.lines(), ())
            else:
                left.append(rule)
        seen.rules = left
    if draft.policy.named:
        return
    there: dict[str, dict[Key, Rule]] = {}
    for want in draft.want.rules:
        if want.namespace not in draft.now:
            continue
        seen = draft.now[want.namespace]
        if want.namespace not in there:
            there[want.namespace] = {
                rule.key: rule for rule in reversed(seen.rules)
            }  # the first of a key counts
        have = there[want.namespace].get(want.key)
        if have is not None:
            if have.protocol == PROTOCOL or draft.policy.adopt:
                draft.owned_after.rules.add(want.key)
            continue
        made = dataclasses.replace(want, protocol=PROTOCOL)
        draft.add(RuleOperation(want.namespace, None, made, STAGE_CONTENTS, ORDER_RULE))
        seen.rules.append(made)
        there[want.namespace][want.key] = made
        draft.owned_after.rules.add(want.key)
        draft.change('rule', want.namespace, want.name, (), want.lines())


def _opens(key: str) -> bool:
    """Settings that let packets through: they wait until the firewall stands."""
    return key.endswith(('/ip_forward', '/forwarding'))


def plan_sysctls(draft: Draft) -> None:
    wanted = {(sysctl.namespace, sysctl.key): sysctl for sysctl in draft.want.sysctls}
    if not draft.policy.named:
        for want in draft.want.sysctls:
            if want.namespace in draft.now:
                _plan_sysctl(draft, want, draft.now[want.namespace])
    for key, (before, written) in sorted(draft.owned.sysctls.items()):
        namespace, name = key
        if (
            draft.policy.named
            and key not in wanted
            or not draft.policy.named
            and (key in wanted or not draft.policy.prune)
        ):
            continue
        draft.owned_after.sysctls.pop(key, None)
        if namespace in draft.removed_namespaces or namespace not in draft.now:
            continue
        if (
            Sysctl(namespace, name, '').link in ('', *draft.now[namespace].links)
            and draft.now[namespace].sysctls.get(name) == written != before
        ):
            draft.add(SysctlOperation(namespace, written, before, STAGE_RESTORE, key=name))
            draft.change(
                'sysctl',
                namespace,
                Sysctl(namespace, name, '').name,
                Sysctl(namespace, name, written).lines(),
                Sysctl(namespace, name, before).lines(),
            )


def _plan_sysctl(draft: Draft, want: Sysctl, seen: Seen) -> None:
    link_is_new = bool(want.link) and (want.namespace, want.link) in draft.new_links
    if want.link and want.link not in seen.links:
        draft.conflict(
            'sysctl %s in %s' % (want.name, place(want.namespace)),
            'belongs to a link that is not there',
            found=want.link,
            do='declare it or check its name',
        )
        return
    # A new namespace or link cannot be asked yet; whether the kernel knows the setting at all, the host tells.
    unknown = want.namespace in draft.new_namespaces or link_is_new
    probe = (
        draft.have.seen[HOST].sysctls.get(want.key)
        if not want.link and unknown
        else seen.sysctls.get(want.key)
    )
    if probe is None and not (unknown and want.link):
        if not want.optional:
            draft.conflict(
                'sysctl %s in %s' % (want.name, place(want.namespace)),
                'does not exist in this kernel',
                do='load the module that brings it, or write -%s to set it only where it exists' % want.name,
            )
        return
    have = None if unknown else seen.sysctls.get(want.key)
    key = (want.namespace, want.key)
    first = draft.owned.sysctls[key][0] if key in draft.owned.sysctls and not unknown else have
    if first == want.value:  # nothing to bring back any more
        draft.owned_after.sysctls.pop(key, None)
    elif first is not None:
        draft.owned_after.sysctls[key] = (first, want.value)
    if have == want.value:
        return
    late = _opens(want.key) and want.value != '0'
    stage = STAGE_FORWARDING if late else STAGE_CONTENTS if want.link else STAGE_EARLY_SYSCTL
    draft.add(SysctlOperation(want.namespace, have, want.value, stage, ORDER_SYSCTL, key=want.key))
    seen.sysctls[want.key] = want.value
    draft.change(
        'sysctl',
        want.namespace,
        want.name,
        Sysctl(want.namespace, want.key, have).lines() if have is not None else (),
        want.lines(),
    )
