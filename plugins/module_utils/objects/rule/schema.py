# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a policy rule."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel import uapi
from ...kernel.nla import BE32, BE64, IP, TEXT, U8, U16, U32, Form, Nla
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
PROTOCOLS = {
    'icmp': 1,
    'igmp': 2,
    'ipip': 4,
    'tcp': 6,
    'egp': 8,
    'udp': 17,
    'dccp': 33,
    'ipv6': 41,
    'rsvp': 46,
    'gre': 47,
    'esp': 50,
    'ah': 51,
    'icmpv6': 58,
    'eigrp': 88,
    'ospf': 89,
    'pim': 103,
    'vrrp': 112,
    'l2tp': 115,
    'sctp': 132,
    'udplite': 136,
    'mpls': 137,
}
"""Protocols over IP by name. /etc/protocols is not asked: it differs from host to host."""

PORTS = (1, 65534)  # fib_rule_port_range_valid, linux/include/net/fib_rules.h
USERS = (0, 0xFFFFFFFE)
ANY_PORT_MASK, ANY_LABEL_MASK, ANY_DSCP_MASK = 0xFFFF, 0xFFFFF, 0x3F
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
    """Also PORT/MASK: three numbers, of which the first two are the port."""

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        parts = _numbers(reader.data.get(key), '/') or ()
        if len(parts) == 2:
            reader.take(key)
            port, mask = parts
            if self.low <= port <= self.high and 1 <= mask <= ANY_PORT_MASK and not port & ~mask:
                return (port, port, mask)
            want = '%d to %d/0xffff, and no bit outside the mask' % (self.low, self.high)
            reader.fault(key, 'is not a port with its mask', found=shown(reader.data[key]), want=want)
            return None
        return super().read(reader, key, required)

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


@dataclasses.dataclass(frozen=True)
class Masked(Type):
    """NUMBER or NUMBER/MASK; in our own values both. *what* it is, and the highest number."""

    what: str = 'a mark'
    most: int = ANY_MASK

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        numbers = _numbers(value, '/')
        if numbers is None or not all(0 <= number <= self.most for number in numbers):
            reader.fault(key, 'is not %s' % self.what, found=shown(value), want='NUMBER or NUMBER/MASK')
            return None
        mark, mask = numbers[0], numbers[1] if len(numbers) == 2 else self.most
        if mark & ~mask:
            reader.fault(key, 'has bits outside its mask', found=shown(value))
        return (mark, mask)


class Realms(Type):
    """TO or FROM/TO; in our own values one number, as the kernel has it."""

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        numbers = _numbers(value, '/')
        if numbers is None or not all(0 <= number <= 0xFFFF for number in numbers) or not any(numbers):
            reader.fault(key, 'is not a realm', found=shown(value), want='TO or FROM/TO, each to 65535')
            return None
        source = numbers[0] if len(numbers) == 2 else 0
        return source << 16 | numbers[-1]

    def written(self, value: t.Any) -> t.Any:
        source, to = value >> 16, value & 0xFFFF
        return '%d/%d' % (source, to) if source else to

    def text(self, value: t.Any) -> str:
        return str(self.written(value))


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
        'Look the table of the VRF up that the packet belongs to, in place of C(table).',
        (Nla('FRA_L3MDEV', uapi.FRA_L3MDEV, U8),),
        default=False,
    ),
    Attribute(
        'realms',
        Realms(),
        'Realm of packets that match, C(TO) or C(FROM/TO), by number. IPv4 only.',
        (Nla('FRA_FLOW', uapi.FRA_FLOW, U32),),
        default=0,
    ),
    Attribute(
        'suppress_ifgroup',
        Integer(0, 0x7FFFFFFF),
        'Ignore routes of the table over links of this group, by number.',
        (Nla('FRA_SUPPRESS_IFGROUP', uapi.FRA_SUPPRESS_IFGROUP, U32),),
        default=-1,
    ),
)

RULE = Table(
    Attribute(
        'priority',
        Integer(1, 0xFFFFFFFF),
        'Priority. Rules are tried in the order of their priorities, lowest number first. Without it, a new'
        ' rule is put before all others but that of the local table, and later runs find it by what it says:'
        ' where the order of such rules matters, give priorities.',
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
    Attribute('tos', TrafficClass(), 'Type of service of packets.', default=0),
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
        PortRange(*PORTS),
        'Source port, C(PORT/MASK), or a range C(LOW-HIGH).',
        (Nla('FRA_SPORT_RANGE', uapi.FRA_SPORT_RANGE, _PORTS_FORM),),
        default=t.cast('t.Any', (0, 0)),
        field='source_ports',
    ),
    Attribute(
        'dport',
        PortRange(*PORTS),
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
        RoutingTable(),
        'Routing table to look up: a number, V(main), V(local) or V(default). Required unless the rule has'
        ' C(l3mdev), C(goto) or another C(action).',
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
        Integer(4, 255),
        'Number that tells other tools who made the rule, in place of that of this collection, 117. The scope'
        ' then knows the rule by its record alone. A rule that is there keeps its number when the key is left'
        ' out again.',
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
