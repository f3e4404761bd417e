# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a policy rule."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel import uapi
from ...kernel.nla import IP, TEXT, U8, U32, Form, Nla
from ...values.reading import Reader, plain, shown, whole_number
from ..attribute import Attribute, Boolean, Choice, Integer, LinkName, Table, Type
from ..route.schema import Prefix, RoutingTable, TrafficClass

ACTIONS = {
    'lookup': uapi.FR_ACT_TO_TBL,
    'goto': uapi.FR_ACT_GOTO,
    'nop': uapi.FR_ACT_NOP,
    'blackhole': uapi.FR_ACT_BLACKHOLE,
    'unreachable': uapi.FR_ACT_UNREACHABLE,
    'prohibit': uapi.FR_ACT_PROHIBIT,
}
PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'icmpv6': 58, 'sctp': 132}
PORTS = (1, 65534)  # fib_rule_port_range_valid, linux/include/net/fib_rules.h
USERS = (0, 0xFFFFFFFE)
MOST_TOS_IPV4 = 28  # IPTOS_TOS_MASK without the bits of ECN: the kernel refuses more (fib4_rule_configure)
ANY_MASK = 0xFFFFFFFF

Range = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class NumberRange(Type):
    """A number, or a range LOW-HIGH; in our own values both ends."""

    low: int
    high: int

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        ends = _numbers(value, '-')
        if ends is None or not self.low <= ends[0] <= ends[-1] <= self.high:
            want = '%d to %d' % (self.low, self.high)
            reader.fault(key, 'is neither a number nor a range LOW-HIGH', found=shown(value), want=want)
            return None
        return (ends[0], ends[-1])

    def to_kernel(self, value: t.Any) -> str:
        return '%d:%d' % value  # the spelling of pyroute2

    def text(self, value: t.Any) -> str:
        return '%d-%d' % value


class PortRange(NumberRange):
    def written(self, value: t.Any) -> t.Any:
        return value[0] if value[0] == value[1] else '%d-%d' % value


class UserRange(NumberRange):
    def written(self, value: t.Any) -> t.Any:
        return '%d-%d' % value


def _numbers(value: object, separator: str) -> list[int] | None:
    """The one or two numbers in a text; None if it holds anything else."""
    numbers = []
    for part in (plain(value) or '').split(separator, 1):
        number = whole_number(part)
        if number is None:
            return None
        numbers.append(number)
    return numbers


class FirewallMark(Type):
    """NUMBER or NUMBER/MASK; in our own values both."""

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        numbers = _numbers(value, '/')
        if numbers is None or not all(0 <= number <= 0xFFFFFFFF for number in numbers):
            reader.fault(key, 'is not a mark', found=shown(value), want='NUMBER or NUMBER/MASK')
            return None
        mark, mask = numbers[0], numbers[1] if len(numbers) == 2 else ANY_MASK
        if mark & ~mask:
            reader.fault(key, 'has bits outside its mask', found=shown(value))
        return (mark, mask)


class IpProtocol(Type):
    """A protocol over IP, by number or by name."""

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        number = PROTOCOLS.get(plain(value) or '') or whole_number(value)
        if number is None or not 1 <= number <= 255:
            want = 'a number or one of %s' % ', '.join(PROTOCOLS)
            reader.fault(key, 'is not a protocol', found=shown(value), want=want)
            return None
        return number

    def written(self, value: t.Any) -> t.Any:
        for word, number in PROTOCOLS.items():
            if number == value:
                return word
        return value

    def text(self, value: t.Any) -> str:
        return str(value)


_PORTS_FORM = Form(
    'ports', lambda ends: uapi.FIB_RULE_PORT_RANGE.pack(*ends), uapi.FIB_RULE_PORT_RANGE.unpack
)
_USERS_FORM = Form('users', lambda ends: uapi.FIB_RULE_UID_RANGE.pack(*ends), uapi.FIB_RULE_UID_RANGE.unpack)

RULE = Table(
    Attribute(
        'priority',
        Integer(1, 0xFFFFFFFF),
        'Priority. Rules are tried in the order of their priorities, lowest number first.',
        (Nla('FRA_PRIORITY', uapi.FRA_PRIORITY, U32),),
        required=True,
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
        FirewallMark(),
        'Firewall mark of packets, C(NUMBER) or C(NUMBER/MASK).',
        (Nla('FRA_FWMARK', uapi.FRA_FWMARK, U32),),
        default=0,
        iproute2='fwmark',
    ),
    Attribute('tos', TrafficClass(), 'Type of service of packets.', default=0),
    Attribute(
        'ipproto',
        IpProtocol(),
        'Protocol over IP, by number or by name: %s.' % ', '.join('V(%s)' % word for word in PROTOCOLS),
        (Nla('FRA_IP_PROTO', uapi.FRA_IP_PROTO, U8),),
        default=0,
        field='protocol_number',
    ),
    Attribute(
        'sport',
        PortRange(*PORTS),
        'Source port, or a range C(LOW-HIGH).',
        (Nla('FRA_SPORT_RANGE', uapi.FRA_SPORT_RANGE, _PORTS_FORM),),
        default=t.cast('t.Any', (0, 0)),
        field='source_ports',
    ),
    Attribute(
        'dport',
        PortRange(*PORTS),
        'Destination port, or a range C(LOW-HIGH).',
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
    Attribute(
        'table',
        RoutingTable(),
        'Routing table to look up: a number, V(main), V(local) or V(default). Required unless the rule has'
        ' C(goto) or another C(action).',
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
)
"""What a document may say, by our own names."""

FOUND = Table(
    *RULE.attributes.values(),
    Attribute(
        'mask',
        Integer(0, ANY_MASK),
        'Mask of the mark.',
        (Nla('FRA_FWMASK', uapi.FRA_FWMASK, U32),),
        default=0,
    ),
    Attribute(
        'protocol',
        Integer(0, 255),
        'Who made the rule, one of RTPROT_*.',
        (Nla('FRA_PROTOCOL', uapi.FRA_PROTOCOL, U8),),
        default=0,
    ),
)
"""The same with what only the kernel says."""

UNNAMED = {
    uapi.FRA_FLOW: 'realms',
    uapi.FRA_TUN_ID: 'tun_id',
    uapi.FRA_SUPPRESS_IFGROUP: 'suppress_ifgroup',
    uapi.FRA_L3MDEV: 'l3mdev',
    uapi.FRA_DSCP: 'dscp',
    uapi.FRA_FLOWLABEL: 'flowlabel',
    uapi.FRA_FLOWLABEL_MASK: 'flowlabel mask',
    uapi.FRA_SPORT_MASK: 'sport mask',
    uapi.FRA_DPORT_MASK: 'dport mask',
    uapi.FRA_DSCP_MASK: 'dscp mask',
}
"""Words of ip-rule(8) for attributes that a document cannot say."""
