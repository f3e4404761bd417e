# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a policy rule."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.nla import BE32, BE64, IP, TEXT, U8, U16, U32, Form, Nla
from ...values import named_numbers
from ..attribute import Attribute, Boolean, Choice, Integer, LinkName, Table
from ..named_number import ROUTING_TABLE, NamedNumber, Realms
from ..route.schema import Prefix, TypeOfService
from .types import ANY_MASK, PROTOCOLS, IpProtocol, Masked, PortMatch, UserRange

ACTIONS = {
    'lookup': uapi.FR_ACT_TO_TBL,
    'goto': uapi.FR_ACT_GOTO,
    'nop': uapi.FR_ACT_NOP,
    'blackhole': uapi.FR_ACT_BLACKHOLE,
    'unreachable': uapi.FR_ACT_UNREACHABLE,
    'prohibit': uapi.FR_ACT_PROHIBIT,
}
PORTS = (1, 65534)  # fib_rule_port_range_valid, linux/include/net/fib_rules.h
USERS = (0, 0xFFFFFFFE)
ANY_LABEL_MASK, ANY_DSCP_MASK = 0xFFFFF, 0x3F
MOST_TOS_IPV4 = 28  # IPTOS_TOS_MASK without the bits of ECN: the kernel refuses more (fib4_rule_configure)

_PORTS_FORM = Form(
    'ports', lambda ends: uapi.FIB_RULE_PORT_RANGE.pack(*ends), uapi.FIB_RULE_PORT_RANGE.unpack
)
_USERS_FORM = Form('users', lambda ends: uapi.FIB_RULE_UID_RANGE.pack(*ends), uapi.FIB_RULE_UID_RANGE.unpack)

MORE = (
    Attribute(
        'dscp',
        Integer(0, 63),
        'Differentiated services code point of packets. Not with C(tos). Needs Linux 6.13 or newer.',
        (Nla('FRA_DSCP', uapi.FRA_DSCP, U8),),
        default=-1,
    ),
    Attribute(
        'flowlabel',
        Masked('a flow label', ANY_LABEL_MASK),
        'Flow label of IPv6 packets, C(NUMBER) or C(NUMBER/MASK). Needs Linux 6.14 or newer.',
        (Nla('FRA_FLOWLABEL', uapi.FRA_FLOWLABEL, BE32),),
        default=0,
    ),
    Attribute(
        'tun_id',
        Integer(1, 0xFFFFFFFFFFFFFFFF),
        'Key or identifier of the tunnel that packets came through.',
        (Nla('FRA_TUN_ID', uapi.FRA_TUN_ID, BE64),),
        default=0,
    ),
    Attribute(
        'l3mdev',
        Boolean(),
        'Look up the table of the VRF that the packet belongs to, instead of C(table).',
        (Nla('FRA_L3MDEV', uapi.FRA_L3MDEV, U8),),
        default=False,
    ),
    Attribute(
        'realms',
        Realms(),
        'Realm of packets that match, C(TO) or C(FROM/TO), each by number or by name. IPv4 only.',
        (Nla('FRA_FLOW', uapi.FRA_FLOW, U32),),
        default=0,
    ),
    Attribute(
        'suppress_ifgroup',
        NamedNumber(0, 0x7FFFFFFF, named_numbers.GROUPS, 'group of links'),
        'Ignore routes of the table over links of this group, by number or by name.',
        (Nla('FRA_SUPPRESS_IFGROUP', uapi.FRA_SUPPRESS_IFGROUP, U32),),
        default=-1,
    ),
)

RULE = Table(
    Attribute(
        'priority',
        Integer(1, 0xFFFFFFFF),
        'Priority. Rules are tried in the order of their priorities, lowest number first. Without it, a new'
        ' rule is put before all others but that of the local table, and later runs identify it by its other'
        ' keys. If the order of such rules matters, set priorities.',
        (Nla('FRA_PRIORITY', uapi.FRA_PRIORITY, U32),),
        default=0,
    ),
    Attribute(
        'from',
        Prefix(),
        'Source prefix that packets must match.',
        (Nla('FRA_SRC', uapi.FRA_SRC, IP),),
        default='',
        field='source',
    ),
    Attribute(
        'to',
        Prefix(),
        'Destination prefix that packets must match.',
        (Nla('FRA_DST', uapi.FRA_DST, IP),),
        default='',
    ),
    Attribute(
        'iif',
        LinkName(),
        'Link that packets come in on; C(lo) for packets of the namespace itself.',
        (Nla('FRA_IIFNAME', uapi.FRA_IIFNAME, TEXT),),
        default='',
    ),
    Attribute(
        'oif',
        LinkName(),
        'Link that the sending socket is bound to.',
        (Nla('FRA_OIFNAME', uapi.FRA_OIFNAME, TEXT),),
        default='',
    ),
    Attribute(
        'mark',
        Masked(),
        'Firewall mark of packets, C(NUMBER) or C(NUMBER/MASK).',
        (Nla('FRA_FWMARK', uapi.FRA_FWMARK, U32),),
        default=0,
        iproute2='fwmark',
    ),
    Attribute('tos', TypeOfService(), 'Type of service of packets.', default=0),
    Attribute(
        'ipproto',
        IpProtocol(),
        'Protocol over IP, by number or by name: %s.' % ', '.join(map('V({})'.format, PROTOCOLS)),
        (Nla('FRA_IP_PROTO', uapi.FRA_IP_PROTO, U8),),
        default=0,
        field='protocol_number',
    ),
    Attribute(
        'sport',
        PortMatch(*PORTS),
        'Source port, C(PORT/MASK), or a range C(LOW-HIGH).',
        (Nla('FRA_SPORT_RANGE', uapi.FRA_SPORT_RANGE, _PORTS_FORM),),
        default=t.cast('t.Any', (0, 0)),
        field='source_ports',
    ),
    Attribute(
        'dport',
        PortMatch(*PORTS),
        'Destination port, C(PORT/MASK), or a range C(LOW-HIGH).',
        (Nla('FRA_DPORT_RANGE', uapi.FRA_DPORT_RANGE, _PORTS_FORM),),
        default=t.cast('t.Any', (0, 0)),
        field='ports',
    ),
    Attribute(
        'uidrange',
        UserRange(*USERS),
        'User ID of the sending process, or a range C(LOW-HIGH).',
        (Nla('FRA_UID_RANGE', uapi.FRA_UID_RANGE, _USERS_FORM),),
        field='users',
    ),
    Attribute(
        'invert',
        Boolean(),
        'Match the packets that do not match the selectors.',
        default=False,
        iproute2='not',
    ),
    *MORE,
    Attribute(
        'table',
        ROUTING_TABLE,
        'Routing table to look up, by number or by name. Required unless the rule has C(l3mdev), C(goto) or'
        ' another C(action).',
        (Nla('FRA_TABLE', uapi.FRA_TABLE, U32),),
        default=0,
    ),
    Attribute(
        'goto',
        Integer(1, 0xFFFFFFFF),
        'Priority of the rule to continue with; higher than that of this rule.',
        (Nla('FRA_GOTO', uapi.FRA_GOTO, U32),),
        default=0,
    ),
    Attribute(
        'action',
        Choice(ACTIONS),
        'What to do with packets that match.',
        default='lookup',
        iproute2='type',
    ),
    Attribute(
        'suppress_prefixlength',
        Integer(0, 128),
        'Ignore routes of the table whose prefix length is this or shorter.',
        (Nla('FRA_SUPPRESS_PREFIXLEN', uapi.FRA_SUPPRESS_PREFIXLEN, U32),),
        default=-1,
        field='suppress',
    ),
    Attribute(
        'family',
        Choice({'ipv4': 0, 'ipv6': 1, 'both': 2}),
        'Address family, where C(from) and C(to) do not say it. Without it the rule is for IPv4 only, as with'
        ' C(ip rule); V(both) makes two rules.',
        iproute2='-4, -6',
    ),
    Attribute(
        'protocol',
        NamedNumber(4, 255, named_numbers.PROTOCOLS, 'routing protocol'),
        'Number or name that tells other tools who made the rule, in place of that of this collection, 117.'
        ' The scope then knows the rule by its record alone. A rule that is there keeps its number when the'
        ' key is left out again.',
        (Nla('FRA_PROTOCOL', uapi.FRA_PROTOCOL, U8),),
        default=0,
    ),
)
"""What a document may say, by our own names."""


def _mask(name: str, nla: str, form: Form) -> Attribute:
    return Attribute(name, Integer(0, ANY_MASK), 'Mask.', (Nla(nla, getattr(uapi, nla), form),), default=0)


FOUND = Table(
    *RULE.attributes.values(),
    Attribute(
        'mask',
        Integer(0, ANY_MASK),
        'Mask of the mark.',
        (Nla('FRA_FWMASK', uapi.FRA_FWMASK, U32),),
        default=0,
    ),
    _mask('flowlabel_mask', 'FRA_FLOWLABEL_MASK', BE32),
    _mask('source_mask', 'FRA_SPORT_MASK', U16),
    _mask('port_mask', 'FRA_DPORT_MASK', U16),
)
"""The same with what only the kernel says."""

UNNAMED = {uapi.FRA_DSCP_MASK: 'dscp mask'}
"""Words of ip-rule(8) for attributes that a document cannot say."""
