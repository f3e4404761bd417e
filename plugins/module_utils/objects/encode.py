# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to change links, addresses, routes and rules."""

from __future__ import annotations

import socket
import typing as t

from ..kernel import nla, uapi
from ..kernel.codec import Attrs, encoded
from ..kernel.uapi import NLM_F_CREATE, NLM_F_REPLACE
from ..values.names import ANY, family_of
from .address.value import SCOPES as ADDRESS_SCOPES
from .address.value import Address
from .decode import IFA_F_NODAD, IFA_F_NOPREFIXROUTE, RTNH_F_ONLINK
from .link.codec import (
    CREATE,
    Placed,
    delete_group,
    delete_link,
    move_link,
    new_link,
    set_link,
    set_port,
    set_settings,
)
from .route import value as route_model
from .route.value import Hop, Route
from .rule import value as rule_model
from .rule.value import Rule

PROTOCOL = 117
"""Stands as the protocol in each route, rule and address of ours. Not taken in linux/rtnetlink.h nor in iproute2's table."""

_FAMILIES = {'ipv4': socket.AF_INET, 'ipv6': socket.AF_INET6}
_FIB_RULE_INVERT = 2
_IFA_PROTO = 11


def _number(table: t.Mapping[str, int], word: str) -> int:
    """The number of a word; what dumps.py has no word for is a number already."""
    return table[word] if word in table else int(word)


def address(value: Address, index: int, add: bool) -> bytes:
    family = _FAMILIES[value.family]
    ip, length = value.address.split('/')
    attrs: Attrs = [('IFA_LOCAL', ip), ('IFA_ADDRESS', ip)]
    if value.family == 'ipv4' and value.label:
        attrs.append(('IFA_LABEL', value.label))
    fields = {
        'family': family,
        'prefixlen': int(length),
        'scope': _number(ADDRESS_SCOPES, value.scope),
        'index': index,
    }
    if not add:
        return encoded('address', uapi.RTM_DELADDR, 0, fields, attrs)
    flags = (0 if value.prefix_route else IFA_F_NOPREFIXROUTE) | (
        IFA_F_NODAD if value.family == 'ipv6' and not value.dad else 0
    )
    if flags:
        attrs.append(('IFA_FLAGS', flags))
    # pyroute2 knows IFA_PROTO from 0.9 on only; kernels before 5.18 skip it.
    raw = nla.pack_attribute(_IFA_PROTO, bytes((value.protocol,))) if value.protocol else b''
    return encoded('address', uapi.RTM_NEWADDR, CREATE, fields, attrs, raw)


def _hop_attrs(hop: Hop, family: str) -> Attrs:
    if not hop.via:
        return []
    if family_of(hop.via) != family:  # not from a document, but others have such routes
        return [('RTA_VIA', {'family': _FAMILIES[family_of(hop.via)], 'addr': hop.via})]
    return [('RTA_GATEWAY', hop.via)]


def route(value: Route, indexes: t.Mapping[str, int], verb: str) -> bytes:
    """A route; *verb* is add, replace or delete. *indexes* has the link of each hop that names one."""
    to, length = value.to.split('/')
    attrs: Attrs = [('RTA_TABLE', value.table)]
    if value.to != ANY[value.family]:
        attrs.append(('RTA_DST', to))
    if value.metric:
        attrs.append(('RTA_PRIORITY', value.metric))
    if value.src and verb != 'delete':
        attrs.append(('RTA_PREFSRC', value.src))
    flags = 0
    if len(value.hops) == 1:
        hop = value.hops[0]
        attrs += _hop_attrs(hop, value.family)
        if hop.dev:
            attrs.append(('RTA_OIF', indexes[hop.dev]))
        flags = RTNH_F_ONLINK if hop.onlink else 0
    elif value.hops and (verb != 'delete' or value.family == 'ipv6'):
        # IPv4 compares the hops of a route to be deleted one by one in its own order, which dumps.py does not keep.
        attrs.append(
            (
                'RTA_MULTIPATH',
                [
                    {
                        'hops': hop.weight - 1,
                        'oif': indexes[hop.dev] if hop.dev else 0,
                        'flags': RTNH_F_ONLINK if hop.onlink else 0,
                        'attrs': _hop_attrs(hop, value.family),
                    }
                    for hop in value.hops
                ],
            )
        )
    if value.metrics and verb != 'delete':
        attrs.append(
            ('RTA_METRICS', {'attrs': [('RTAX_' + key.upper(), number) for key, number in value.metrics]})
        )
    fields = {
        'family': _FAMILIES[value.family],
        'dst_len': int(length),
        'src_len': 0,
        'tos': value.tos,
        'table': value.table if value.table < 256 else 252,  # RT_TABLE_COMPAT
        'proto': value.protocol,
        'scope': _number(route_model.SCOPES, value.scope),
        'type': _number(route_model.TYPES, value.type),
        'flags': flags,
    }
    kind = uapi.RTM_DELROUTE if verb == 'delete' else uapi.RTM_NEWROUTE
    if value.family == 'ipv6':
        fields['scope'] = 0
    mode = {'add': CREATE, 'replace': NLM_F_CREATE | NLM_F_REPLACE, 'delete': 0}[verb]
    return encoded('route', kind, mode, fields, attrs)


def rule(value: Rule, add: bool) -> bytes:
    attrs: Attrs = [('FRA_PRIORITY', value.priority)]
    lengths = {}
    for key, field, attr in (('source', 'src_len', 'FRA_SRC'), ('to', 'dst_len', 'FRA_DST')):
        prefix = getattr(value, key)
        lengths[field] = 0
        if prefix:
            network, length = prefix.split('/')
            lengths[field] = int(length)
            attrs.append((attr, network))
    for text, attr in ((value.iif, 'FRA_IIFNAME'), (value.oif, 'FRA_OIFNAME')):
        if text:
            attrs.append((attr, text))
    if value.mask:
        attrs += [('FRA_FWMARK', value.mark), ('FRA_FWMASK', value.mask)]
    if value.protocol_number:
        attrs.append(('FRA_IP_PROTO', value.protocol_number))
    for span, attr in ((value.source_ports, 'FRA_SPORT_RANGE'), (value.ports, 'FRA_DPORT_RANGE')):
        if span != (0, 0):
            attrs.append((attr, '%d:%d' % span))
    if value.users is not None:
        attrs.append(('FRA_UID_RANGE', '%d:%d' % value.users))
    if value.action == 'lookup':
        attrs.append(('FRA_TABLE', value.table))
    if value.goto:
        attrs.append(('FRA_GOTO', value.goto))
    if value.suppress >= 0:
        attrs.append(('FRA_SUPPRESS_PREFIXLEN', value.suppress))
    if value.protocol:
        attrs.append(('FRA_PROTOCOL', value.protocol))
    fields = {
        'family': _FAMILIES[value.family],
        **lengths,
        'tos': value.tos,
        'table': value.table
        if value.action == 'lookup' and value.table < 256
        else 252
        if value.action == 'lookup'
        else 0,
        'action': _number(rule_model.ACTIONS, value.action),
        'flags': _FIB_RULE_INVERT if value.invert else 0,
    }
    return encoded('rule', uapi.RTM_NEWRULE if add else uapi.RTM_DELRULE, CREATE if add else 0, fields, attrs)


def nsid(fd: int, number: int) -> bytes:
    """Give the namespace behind *fd* a *number* in the namespace of the socket."""
    return encoded(
        'nsid', uapi.RTM_NEWNSID, 0, {'rtgen_family': 0}, [('NETNSA_NSID', number), ('NETNSA_FD', fd)]
    )


__all__ = [
    'Placed',
    'address',
    'delete_group',
    'delete_link',
    'move_link',
    'new_link',
    'nsid',
    'route',
    'rule',
    'set_link',
    'set_port',
    'set_settings',
]
