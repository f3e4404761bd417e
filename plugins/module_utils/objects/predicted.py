# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host as a plan would make it: what the next task of a play is planned on in check mode."""

from __future__ import annotations

import ipaddress
import typing as t

from .address.value import Address
from .draft import Draft
from .link.vlan_defaults import complete_vlans
from .route.value import Hop, Route
from .state import Seen, Snapshot


def predicted_host(draft: Draft) -> Snapshot:
    """The host after the plan, in the form in which one is read. Completes what the scope would own."""
    have = draft.have
    seen = {name: known for name, known in draft.now.items() if name not in draft.removed_namespaces}
    predicted = (have.predicted | draft.new_namespaces) & seen.keys()
    fresh = have.fresh.sysctls if have.fresh else {}
    for name in predicted:
        seen[name].identity = 'predicted ' + name
        seen[name].sysctls = {**fresh, **seen[name].sysctls}
    for space in seen.values():
        space.addresses = _with_order(space.addresses)
        space.routes = [_with_links(route, space) for route in space.routes]
    _note_first_values(draft, fresh)
    ends = [link.end for name in seen for link in seen[name].links.values()]
    links = {end for end in ends if end in have.predicted_links or have.link(end) is None}
    for space in seen.values():
        complete_vlans(space, links)
    return have.replaced(
        seen=seen,
        stale={name: what for name, what in have.stale.items() if name not in seen},
        files=draft.files,
        predicted=frozenset(predicted),
        predicted_links=frozenset(links),
    )


def _with_order(addresses: list[Address]) -> list[Address]:
    """As the kernel has them: of one network of IPv4 on a link the first is the primary one."""
    networks: set[tuple[str, str]] = set()
    ordered = []
    for address in addresses:
        place = (address.link, address.network)
        if address.family == 'ipv4' and address.secondary != (place in networks):
            address = address._replace(secondary=place in networks)
        networks.add(place)
        ordered.append(address)
    return ordered


def _with_links(route: Route, seen: Seen) -> Route:
    """A route as the kernel has it, with the link of each gateway."""
    if all(hop.dev or not hop.via for hop in route.hops):
        return route
    return route._replace(hops=tuple(_with_link(hop, seen) for hop in route.hops))


def _with_link(hop: Hop, seen: Seen) -> Hop:
    if hop.dev or not hop.via:
        return hop
    gateway = ipaddress.ip_address(hop.via)
    lengths: dict[str, int] = {}
    for address in seen.addresses:
        network = ipaddress.ip_network(address.network)
        if gateway in network:
            lengths[address.link] = max(network.prefixlen, lengths.get(address.link, 0))
    return hop._replace(dev=max(lengths, key=lengths.__getitem__)) if lengths else hop


def _note_first_values(draft: Draft, fresh: t.Mapping[str, str | None]) -> None:
    """What sysctls of new namespaces would have been: a run learns it when it sets them."""
    for want in draft.want.sysctls:
        key, first = (want.namespace, want.key), fresh.get(want.key)
        if want.namespace in draft.new_namespaces and first is not None and not want.is_like(first):
            draft.owned_after.sysctls.setdefault(key, (first, want.value))
