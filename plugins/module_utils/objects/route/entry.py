# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A route as a document says it."""

from __future__ import annotations

import operator

from ...values.names import ANY, family_of
from ..attribute import Entry
from . import beyond
from .parse import usual_scope
from .schema import HOP, IN_LOCAL_TABLE, IPV6_METRIC, METRICS, ROUTE, TABLES
from .value import Hop, Route


def route_entry(route: Route) -> Entry:
    """The entry of ``routes`` that declares a route, with nothing said that is usual."""
    of_ipv6 = route.family == 'ipv6'
    is_default = route.to == ANY[route.family]
    entry: Entry = {'to': 'default' if is_default else route.to}
    if route.type != 'unicast':
        entry['type'] = route.type
    hops = () if route.nhid else route.hops
    if len(hops) == 1:
        entry.update(_hop(route.hops[0]))
    elif hops:
        entry['nexthops'] = [_hop(hop) for hop in hops]
    if is_default and not route.source and _family_said(route) != route.family:
        entry['family'] = route.family
    if route.pref:
        entry['pref'] = ROUTE['pref'].type.from_kernel(route.pref)
    if route.source:
        entry['from'] = route.source
    usual = {
        'src': '',
        'metric': IPV6_METRIC if of_ipv6 else 0,
        'table': TABLES['local' if route.type in IN_LOCAL_TABLE else 'main'],
        'tos': 0,
        'scope': 'global' if of_ipv6 or route.nhid else usual_scope(route.type, route.hops),
    }
    for name, value in usual.items():
        if getattr(route, name) != value:
            entry[name] = ROUTE[name].type.written(getattr(route, name))
    for word, value in route.metrics:
        entry[word] = METRICS[word].type.written(value)
    if route.expires is not None:
        entry['expires'] = int(route.expires)
    return {**entry, **beyond.entry(route.extra)}


def _family_said(route: Route) -> str:
    """The family of a default route that does not say it, see _family in parse.py."""
    hops = () if route.nhid else route.hops
    addresses = [route.src, *map(operator.attrgetter('via'), hops)]
    families = {family_of(address) for address in addresses if address}
    return families.pop() if len(families) == 1 else 'ipv4'


def _hop(hop: Hop) -> Entry:
    named = [(name, attribute) for name, attribute in HOP.items() if name in hop._fields]
    entry = {
        attribute.key: getattr(hop, name)
        for name, attribute in named
        if getattr(hop, name) != attribute.default
    }
    return {**entry, **beyond.entry(hop.extra)}
