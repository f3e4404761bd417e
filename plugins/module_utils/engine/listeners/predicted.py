# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces as listeners will find them after what earlier tasks of the play are predicted to do."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...objects.address.value import Address
from ...objects.local_addresses import LinkNames, LocalAddress
from ...objects.route.value import Route
from ...objects.route_lookup import DefaultRoute
from ...objects.state import Seen, Snapshot
from ...values.names import ANY
from .host_sockets import HostSockets, NamespaceSockets, Queries


def add_predicted(host: HostSockets, queries: Queries, after: Snapshot) -> None:
    """Add to *host* the namespaces, links and addresses that *after* has, and drop those that it lacks."""
    for name, destinations in queries.items():
        seen = after.seen.get(name)
        if seen is None:
            host.namespaces.pop(name, None)
        elif destinations is not None:
            site = host.namespaces.get(name) or _new_site(seen, destinations)
            _change(site, seen)
            host.namespaces[name] = site


def _new_site(seen: Seen, destinations: t.Iterable[str]) -> NamespaceSockets:
    sources = dict.fromkeys(destinations, '')
    return NamespaceSockets(LinkNames({}, {}, {}), [], _default_routes(seen.routes), sources, {}, [])


def _change(site: NamespaceSockets, seen: Seen) -> None:
    names = site.names
    for gone in names.macs.keys() - seen.links.keys():
        del names.macs[gone]
    for link in seen.links.values():
        names.macs.setdefault(link.name, link.mac or '')
        names.by_alternative.update(dict.fromkeys(link.altnames or (), link.name))
    predicted = {(address.link, address.ip): address for address in seen.addresses}
    site.addresses = [
        own for own in site.addresses if (own.link, own.address) in predicted or own.link == 'lo'
    ]
    known = {(own.link, own.address) for own in site.addresses}
    site.addresses += [_local(address) for place, address in predicted.items() if place not in known]


def _local(address: Address) -> LocalAddress:
    length = int(address.address.split('/')[1])
    scope = uapi.RT_SCOPE_LINK if address.scope == 'link' else 0
    label = address.label or address.link
    return LocalAddress(address.link, address.ip, length, label, scope, address.secondary, '')


def _default_routes(routes: t.Iterable[Route]) -> list[DefaultRoute]:
    """As route_lookup.py:default_routes reads them."""
    default_routes = [
        DefaultRoute(route.family, hop.dev, hop.via, route.src, route.metric)
        for route in routes
        for hop in route.hops[:1]
        if route.to == ANY[route.family] and route.table == uapi.RT_TABLE_MAIN and hop.dev
    ]
    return sorted(default_routes, key=lambda route: route.metric)
