# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one object of the kernel is in a document, with nothing said that is usual. Pure."""

from __future__ import annotations

import typing as t

from ..values.names import ANY
from .address.value import Address
from .route.value import IPV6_METRIC, TABLES, Hop, Route
from .rule.value import PROTOCOLS, Rule

Entry = dict[str, t.Any]
_TABLES = {number: name for name, number in TABLES.items()}
_PROTOCOLS = {number: name for name, number in PROTOCOLS.items()}


def address_entry(address: Address) -> t.Any:
    more: Entry = {}
    if address.label:
        more['label'] = address.label
    if address.family == 'ipv4' and address.scope != 'global':
        more['scope'] = address.scope
    if not address.prefix_route:
        more['prefix_route'] = False
    if address.dad:
        more['dad'] = True
    return {'address': address.address, **more} if more else address.address


def _hop(hop: Hop) -> Entry:
    found: Entry = {}
    if hop.via:
        found['via'] = hop.via
    if hop.dev:
        found['dev'] = hop.dev
    if hop.onlink:
        found['onlink'] = True
    return found


def route_entry(route: Route) -> Entry:
    default = route.to == ANY[route.family]
    found: Entry = {'to': 'default' if default else route.to}
    if route.type != 'unicast':
        found['type'] = route.type
    if len(route.hops) == 1:
        found.update(_hop(route.hops[0]))
    elif route.hops:
        found['nexthops'] = [
            {**_hop(hop), **({'weight': hop.weight} if hop.weight != 1 else {})} for hop in route.hops
        ]
    if default and route.family == 'ipv6' and not any(hop.via for hop in route.hops):
        found['family'] = 'ipv6'
    if route.src:
        found['src'] = route.src
    if route.metric != (IPV6_METRIC if route.family == 'ipv6' else 0):
        found['metric'] = route.metric
    if route.table != (
        TABLES['local'] if route.type in ('local', 'broadcast', 'anycast') else TABLES['main']
    ):
        found['table'] = _TABLES.get(route.table, route.table)
    if route.tos:
        found['tos'] = route.tos
    if route.family == 'ipv4':
        usual = {'local': 'host', 'broadcast': 'link', 'multicast': 'link', 'anycast': 'link'}.get(
            route.type,
            'link' if route.type == 'unicast' and not any(hop.via for hop in route.hops) else 'global',
        )
        if route.scope != usual:
            found['scope'] = route.scope
    found.update(route.metrics)
    return found


def _span(span: tuple[int, int]) -> t.Any:
    return span[0] if span[0] == span[1] else '%d-%d' % span


def rule_entry(rule: Rule) -> Entry:
    found: Entry = {'priority': rule.priority}
    for key, text in (('from', rule.source), ('to', rule.to), ('iif', rule.iif), ('oif', rule.oif)):
        if text:
            found[key] = text
    if rule.mark or rule.mask:
        found['mark'] = '0x%x' % rule.mark + ('/0x%x' % rule.mask if rule.mask != 0xFFFFFFFF else '')
    if rule.tos:
        found['tos'] = rule.tos
    if rule.protocol_number:
        found['ipproto'] = _PROTOCOLS.get(rule.protocol_number, rule.protocol_number)
    for key, span in (('sport', rule.source_ports), ('dport', rule.ports)):
        if span != (0, 0):
            found[key] = _span(span)
    if rule.users is not None:
        found['uidrange'] = '%d-%d' % rule.users
    if rule.invert:
        found['invert'] = True
    if rule.action == 'lookup':
        found['table'] = _TABLES.get(rule.table, rule.table)
    elif rule.action == 'goto':
        found['goto'] = rule.goto
    else:
        found['action'] = rule.action
    if rule.suppress >= 0:
        found['suppress_prefixlength'] = rule.suppress
    if rule.family == 'ipv6' and not (rule.source or rule.to):
        found['family'] = 'ipv6'
    return found


def chain_entry(family: str, table: str, name: str, rules: t.Iterable[str], policy: str | None) -> Entry:
    found: Entry = {'chain': name}
    if table != 'filter':
        found['table'] = table
    if family != 'ipv4':
        found['family'] = family
    if policy:
        found['policy'] = policy
    found['rules'] = list(rules)
    return found


__all__ = ['Entry', 'address_entry', 'chain_entry', 'route_entry', 'rule_entry']
