# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading routes out of a document."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...values.countdown import Countdown
from ...values.names import ANY, family_of, needs_link
from ...values.problems import Problems
from ...values.reading import Reader
from .beyond import declared
from .schema import HOP, IN_LOCAL_TABLE, IPV6_METRIC, METRICS, PREFERENCES, ROUTE, TABLES, WITHOUT_LINK
from .value import Hop, Route

Values = dict[str, t.Any]
_SCOPES = {'local': 'host', 'broadcast': 'link', 'multicast': 'link', 'anycast': 'link'}
"""The scope of a type, where the document does not say it. A unicast route without a gateway has link."""

_OTHER_FAMILY = 'has another address family than the destination'


def read_route(data: object, path: str, problems: Problems, namespace: str) -> list[Route]:
    """One entry of ``routes``, alone in a list. An empty list if anything in it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values: Values = dict(ROUTE.read(reader, with_defaults=True))
    metrics = tuple([pair for pair in METRICS.read(reader) if pair[1] != ()])
    hops = _read_hops(reader)
    reader.done()
    if len(problems.found) > before:
        return []
    family = _family(reader, values, hops)
    hops = _check_hops(reader, values, hops, family)
    if len(problems.found) > before:
        return []
    _check_ipv6(reader, values, family, hops)
    _check_ipv4(reader, values, family, hops)
    kind = values['type']
    table = values.get('table')
    if table is None:
        table = TABLES['local' if kind in IN_LOCAL_TABLE else 'main']
    metric = values.get('metric') or (IPV6_METRIC if family == 'ipv6' else 0)
    return [
        Route(
            namespace,
            values['to'] or ANY[family],
            hops,
            table,
            metric,
            kind,
            values['src'],
            'global'
            if values['nhid'] and not values.get('scope')
            else _scope(values.get('scope'), family, kind, hops),
            values['tos'],
            metrics,
            pref=PREFERENCES[values['pref']],
            source='' if values['source'] in ANY.values() else values['source'],
            expires=Countdown(values['expires']) if 'expires' in values else None,
            extra=values['extra'],
        )
    ]


def _read_hops(reader: Reader) -> list[Hop]:
    hops = []
    for path, member in reader.items('nexthops'):
        below = Reader(member, path, reader.problems)
        said: Values = dict(HOP.read(below, with_defaults=True))
        extra = declared(said)
        hop = Hop(said['via'], said['dev'], said['weight'], said['onlink'], extra)
        below.done()
        if not hop.via and not hop.dev and not below.broken:
            reader.problems.add(path, 'has neither via nor dev', do='give one of them')
        _check_link_local(below, hop)
        hops.append(hop)
    return hops


def _check_link_local(reader: Reader, hop: Hop) -> None:
    """The kernel looks for no link of a link-local gateway (fib6_nh_init, fib_check_nh_v6_gw)."""
    if needs_link(hop.via) and not hop.dev and not reader.problems.naming:
        reader.problem('dev', 'is missing: the gateway %s is link-local' % hop.via, do='name its link')


def _family(reader: Reader, values: Values, hops: t.Sequence[Hop]) -> str:
    """The family, which all addresses of a route have in common."""
    said = values.get('family')
    src = values['src']
    gateways = [values['via'], *[hop.via for hop in hops]]
    of_gateways = {family_of(via) for via in gateways if via}
    families = of_gateways | ({family_of(src)} if src else set())
    if values['to'] or values['source']:
        family = family_of(values['to'] or values['source'])
    elif said:
        family = said
    else:
        family = next(iter(families)) if len(families) == 1 else 'ipv4'
    if said and said != family:
        reader.problem('family', 'is not that of the destination', found=said, want=family)
    if values['source'] and family_of(values['source']) != family:
        reader.problem('from', _OTHER_FAMILY, found=values['source'])
    if src and family_of(src) != family:
        reader.problem('src', _OTHER_FAMILY, found=src)
    if family == 'ipv6' and 'ipv4' in of_gateways:  # a gateway of IPv4 may be of either
        reader.problem('via', _OTHER_FAMILY, found=', '.join(sorted(of_gateways)), want=family)
    return family


def _check_hops(reader: Reader, values: Values, hops: list[Hop], family: str) -> tuple[Hop, ...]:
    """Whether type, via, dev, onlink and nexthops fit each other; all hops of the route."""
    kind, single = values['type'], Hop(values['via'], values['dev'], 1, values['onlink'])
    values['extra'] = declared(values)
    if hops and (single != Hop() or values['extra']):
        reader.problem(
            'nexthops',
            'cannot be combined with via, dev, onlink, realms or encap',
            do='put them all into nexthops',
        )
    if values['nhid']:
        return _check_nhid(reader, values, single, hops)
    if len(hops) == 1:
        values['extra'] = hops[0].extra
        single, hops = hops[0]._replace(weight=1, extra=()), []
    else:
        _check_link_local(reader, single)
    has_target = bool(single.via or single.dev or hops)
    if kind in WITHOUT_LINK and has_target:
        reader.problem('type', 'takes no gateway and no link', found=kind, do='remove via, dev and nexthops')
    elif kind in WITHOUT_LINK and values['encap']:
        reader.problem('encap', 'does not fit the type', found=kind, do='leave it out')
    elif kind not in WITHOUT_LINK and not has_target and not reader.problems.naming:
        reader.problem(
            'via',
            'is missing, and so is dev',
            do='say where to send the packets, or give a type such as blackhole',
        )
    if single.onlink and not (single.via and single.dev):
        reader.problem('onlink', 'needs via and dev')
    if family == 'ipv6' and hops and not all(hop.via for hop in hops):
        reader.problem(
            'nexthops',
            'has a hop without via, which IPv6 cannot have among others',
            do='give each its gateway',
        )
    if len(set(hops)) != len(hops):
        reader.problem('nexthops', 'has the same hop twice')
    if hops:
        return tuple(sorted(hops))
    return (single,) if single.via or single.dev else ()


def _check_nhid(reader: Reader, values: Values, single: Hop, hops: list[Hop]) -> tuple[Hop, ...]:
    said = [key for key in ('realms', 'encap') if values[key]]
    if hops or said or single != Hop():
        what = 'cannot be combined with via, dev, onlink, nexthops, realms or encap'
        reader.problem('nhid', what, do='give these to the nexthop object')
    if values['type'] != 'unicast':
        reader.problem('nhid', 'does not fit the type', found=values['type'], do='leave one of them out')
    return ()


def _check_ipv6(reader: Reader, values: Values, family: str, hops: t.Sequence[Hop]) -> None:
    if family != 'ipv6':
        for key, field, usual in (('from', 'source', ''), ('pref', 'pref', 'medium')):
            if values[field] not in (usual, ANY['ipv4']):
                reader.problem(key, 'does not exist for IPv4 routes', do='leave it out')
        if 'expires' in values:
            reader.problem('expires', 'does not exist for IPv4 routes', do='leave it out')
        return
    extras = [values['extra'], *[hop.extra for hop in hops]]
    if any(uapi.RTA_FLOW in dict(extra) for extra in extras):
        reader.problem('realms', 'does not exist for IPv6 routes', do='leave it out')
    if 'expires' in values and values['type'] in WITHOUT_LINK:  # so it does with this
        reader.problem('expires', 'does not fit the type', found=values['type'], do='leave it out')
    if values['pref'] != 'medium' and values['type'] in WITHOUT_LINK:  # ip6_route_info_create drops it
        reader.problem('pref', 'does not fit the type', found=values['type'], do='leave it out')
    # The kernel has no scope and no TOS for IPv6 routes, and keeps unlinked ones on lo
    # (ip6_route_info_create).
    if values.get('scope') is not None:
        reader.problem('scope', 'does not exist for IPv6', do='leave it out')
    if values['tos']:
        reader.problem('tos', 'does not exist for IPv6 routes', do='leave it out')


def _check_ipv4(reader: Reader, values: Values, family: str, hops: tuple[Hop, ...]) -> None:
    """An address of this host is reached over no gateway and one link (fib_create_info)."""
    kind, scope = values['type'], values.get('scope')
    if family != 'ipv4' or not (kind == 'local' or scope == 'host') or kind in WITHOUT_LINK:
        return
    found = kind if kind == 'local' else 'scope host'
    if len(hops) > 1:
        reader.problem('nexthops', 'do not fit a route to this host', found=found, do='give one dev')
    elif hops and hops[0].via:
        reader.problem('via', 'does not fit a route to this host', found=found, do='leave it out')


def _scope(said: str | None, family: str, kind: str, hops: t.Sequence[Hop]) -> str:
    if family == 'ipv6':
        return 'global'
    return said or usual_scope(kind, hops)


def usual_scope(kind: str, hops: t.Sequence[Hop]) -> str:
    """The scope of an IPv4 route whose document does not say it."""
    if kind == 'unicast' and not any(hop.via for hop in hops):
        return 'link'
    return _SCOPES.get(kind, 'global')
