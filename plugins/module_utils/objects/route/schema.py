# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a route."""

from __future__ import annotations

import re
import typing as t

from ...kernel import uapi
from ...kernel.nla import IP, RAW, TEXT, U8, U32, Nla
from ...values import named_numbers
from ...values.names import canonical_prefix, is_of_host
from ...values.reading import Reader, shown
from ..attribute import USER_HZ, Attribute, Boolean, Choice, Integer, IpAddress, LinkName, Table, Type
from ..named_number import ROUTING_TABLE, TABLE_WORDS, Realms
from .encap import Encap
from .word_set import WordSet

TYPES = {
    'unicast': uapi.RTN_UNICAST,
    'local': uapi.RTN_LOCAL,
    'broadcast': uapi.RTN_BROADCAST,
    'anycast': uapi.RTN_ANYCAST,
    'multicast': uapi.RTN_MULTICAST,
    'blackhole': uapi.RTN_BLACKHOLE,
    'unreachable': uapi.RTN_UNREACHABLE,
    'prohibit': uapi.RTN_PROHIBIT,
    'throw': uapi.RTN_THROW,
}
SCOPES = {
    'global': uapi.RT_SCOPE_UNIVERSE,
    'site': uapi.RT_SCOPE_SITE,
    'link': uapi.RT_SCOPE_LINK,
    'host': uapi.RT_SCOPE_HOST,
    'nowhere': uapi.RT_SCOPE_NOWHERE,
}
TABLES = named_numbers.USUAL[named_numbers.TABLES]
PREFERENCES = {'medium': 0, 'high': 1, 'low': 3}  # ICMPV6_ROUTER_PREF_*, linux/include/uapi/linux/icmpv6.h
ALGORITHM = '[A-Za-z0-9_-]{1,15}'
_ALGORITHM = re.compile(ALGORITHM)
WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')
IN_LOCAL_TABLE = ('local', 'broadcast', 'anycast')
MOST_SECONDS = 0x7FFFFFFF // USER_HZ  # of rta_expires, struct rta_cacheinfo
IPV6_METRIC = 1024  # IP6_RT_PRIO_USER: what the kernel takes if none is given
_U32_MAX = 0xFFFFFFFF


class Prefix(Type):
    """ADDRESS/LENGTH, or the word default, which is '' here: only its family tells which prefix it is."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None:
            return None
        if text == 'default':
            return ''
        network, problem = canonical_prefix(text, want='ADDRESS/LENGTH or default')
        if problem:
            reader.note(key, problem)
        return network


class HostAddress(IpAddress):
    """An address that a host can have."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        address = t.cast('str | None', super().read(reader, key, required))
        if address is not None and not is_of_host(address):
            reader.problem(key, 'is not the address of a host', found=address)
        return address

    def from_kernel(self, value: t.Any) -> t.Any:
        return value


def table_text(number: int) -> str:
    """A routing table as ip-route(8) shows it."""
    return TABLE_WORDS.get(number) or str(number)


class Algorithm(Type):
    """A name as the kernel has them for congestion control (TCP_CA_NAME_MAX)."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        name = reader.text(key, required)
        if name is not None and not _ALGORITHM.fullmatch(name):
            want = 'at most 15 letters, digits, _ and -'
            reader.problem(key, 'is not the name of an algorithm', found=shown(name), want=want)
            return None
        return name


class Switch(Boolean):
    """True; false is the same as nothing."""

    def read(self, reader: Reader, key: str, required: bool = False) -> bool | None:
        return reader.boolean(key) or None


class TypeOfService(Type):
    """The byte that IPv4 calls type of service, without the bits of ECN."""

    argument = 'int'

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        tos = reader.integer(key, 0, 255, required=required)
        if tos is not None and tos & 3:
            reader.problem(key, 'has a bit of ECN', found=str(tos), want='a multiple of 4')
        return tos


def _metric(word: str, text: str, most: int = _U32_MAX, unit: str = '') -> Attribute:
    """A metric. *most* is what the kernel cuts it to (ip_metrics_convert in net/ipv4/metrics.c)."""
    name = 'RTAX_' + word.upper()
    return Attribute(word, Integer(1, most), text, (Nla(name, getattr(uapi, name), U32),), unit=unit)


def _bit(word: str) -> int:
    """The bit of a metric in RTAX_LOCK."""
    return 1 << int(getattr(uapi, 'RTAX_' + word.upper()))


_LOCKABLE = (
    'mtu',
    'window',
    'rtt',
    'rttvar',
    'ssthresh',
    'cwnd',
    'advmss',
    'reordering',
    'hoplimit',
    'initcwnd',
    'initrwnd',
    'rto_min',
)
# RTAX_FEATURE_*, linux/include/uapi/linux/rtnetlink.h. The kernel does nothing with those between.
FEATURES = {'ecn': 1, 'sack': 2, 'timestamp': 4, 'allfrag': 8, 'tcp_usec_ts': 16}

METRICS = Table(
    _metric('mtu', 'MTU of the path.', 65520, unit='bytes'),
    _metric('window', 'Upper limit of the TCP window.', unit='bytes'),
    _metric('rtt', 'Initial round trip time of TCP.', unit='eighths of a millisecond'),
    _metric('rttvar', 'Initial variance of the round trip time of TCP.', unit='quarters of a millisecond'),
    _metric('ssthresh', 'Slow start threshold of TCP.', unit='segments'),
    _metric('cwnd', 'Upper limit of the congestion window of TCP.', unit='segments'),
    _metric('advmss', 'Maximum segment size to advertise to TCP peers.', 65495, unit='bytes'),
    _metric('reordering', 'How far TCP segments may come out of order.', unit='segments'),
    _metric('hoplimit', 'Hop limit of packets.', 255),
    _metric('initcwnd', 'Initial congestion window of TCP.', unit='segments'),
    _metric('initrwnd', 'Initial receive window of TCP.', unit='segments'),
    _metric('quickack', 'Acknowledge every TCP segment at once.'),
    _metric('rto_min', 'Least time that TCP waits for an acknowledgement.', unit='milliseconds'),
    Attribute(
        'features',
        WordSet(FEATURES),
        'Features of TCP on this path, whatever the sysctls say: V(ecn) is explicit congestion notification,'
        ' V(tcp_usec_ts) time stamps in microseconds (Linux 6.7). The kernel stores V(sack), V(timestamp) and'
        ' V(allfrag), and ignores them.',
        (Nla('RTAX_FEATURES', uapi.RTAX_FEATURES, U32),),
    ),
    Attribute(
        'congctl',
        Algorithm(),
        'Congestion control of TCP, by the name of its algorithm.',
        (Nla('RTAX_CC_ALGO', uapi.RTAX_CC_ALGO, TEXT),),
    ),
    Attribute(
        'fastopen_no_cookie',
        Switch(),
        'Whether TCP Fast Open works without a cookie.',
        (Nla('RTAX_FASTOPEN_NO_COOKIE', uapi.RTAX_FASTOPEN_NO_COOKIE, U32),),
    ),
    Attribute(
        'lock',
        WordSet({word: _bit(word) for word in _LOCKABLE}),
        'Metrics that the kernel must not update from what it learns about the path, a list. Locking V(mtu)'
        ' disables path MTU discovery.',
        (Nla('RTAX_LOCK', uapi.RTAX_LOCK, U32),),
    ),
)
"""Metrics of a route, in RTA_METRICS."""

NEWER_METRICS = frozenset(('rto_min', 'features', 'congctl', 'fastopen_no_cookie', 'lock'))
"""Those that releases of pyroute2 do not know, or know in another form."""

_VIA = Attribute(
    'via',
    HostAddress(),
    'Gateway. A route of IPv4 may have one of IPv6, from Linux 5.2 on.',
    (Nla('RTA_GATEWAY', uapi.RTA_GATEWAY, IP),),
    default='',
)
_DEV = Attribute(
    'dev',
    LinkName(),
    'Link. Without it the kernel takes the one that reaches the gateway.',
    (Nla('RTA_OIF', uapi.RTA_OIF, U32),),
    default='',
)
_ONLINK = Attribute(
    'onlink', Boolean(), 'Treat the gateway as directly connected. Needs C(via) and C(dev).', default=False
)
_REALMS = Attribute(
    'realms',
    Realms(),
    'Realm of packets that use the route, C(TO) or C(FROM/TO), each by number or by name. IPv4 only.',
    default=0,
)
_ENCAP = Attribute(
    'encap',
    Encap(),
    'Encapsulation of packets, a dictionary with C(type) and its keys.',
    default=t.cast('t.Any', ()),
)
HOP = Table(
    _VIA,
    _DEV,
    Attribute('weight', Integer(1, 256), 'Share of the packets, relative to the other hops.', default=1),
    _ONLINK,
    _REALMS,
    _ENCAP,
)
"""One entry of ``nexthops``."""

ROUTE = Table(
    Attribute(
        'to',
        Prefix(),
        'Destination, a prefix or V(default).',
        (Nla('RTA_DST', uapi.RTA_DST, IP),),
        required=True,
    ),
    Attribute(
        'from',
        Prefix(),
        'Source prefix that packets must match. IPv6 only.',
        (Nla('RTA_SRC', uapi.RTA_SRC, IP),),
        default='',
        field='source',
    ),
    Attribute('type', Choice(TYPES), 'Type of the route.', default='unicast'),
    Attribute(
        'nhid',
        Integer(1, _U32_MAX),
        'ID of a nexthop object, in place of C(via), C(dev) and C(nexthops).',
        default=0,
    ),
    _VIA,
    _DEV,
    Attribute(
        'src',
        HostAddress(),
        'Source address to prefer.',
        (Nla('RTA_PREFSRC', uapi.RTA_PREFSRC, IP),),
        default='',
    ),
    _ONLINK,
    Attribute(
        'family',
        Choice({'ipv4': 0, 'ipv6': 1}),
        'Address family, where no address says it. Without it the route is for IPv4 only. V(default) is of'
        ' the family of C(via), so that a default route of IPv4 over a gateway of IPv6 needs V(ipv4) here, or'
        ' V(0.0.0.0/0) as C(to).',
        iproute2='-4, -6',
    ),
    Attribute('scope', Choice(SCOPES), 'Scope of the destination. IPv4 only.'),
    Attribute(
        'metric',
        Integer(0, _U32_MAX),
        'Metric. Of routes to the same destination the one with the lowest is used. The default is V(0),'
        ' for IPv6 V(%d).' % IPV6_METRIC,
        (Nla('RTA_PRIORITY', uapi.RTA_PRIORITY, U32),),
    ),
    Attribute(
        'pref',
        Choice(PREFERENCES),
        'Preference of the router. IPv6 only.',
        (Nla('RTA_PREF', uapi.RTA_PREF, U8),),
        default='medium',
    ),
    Attribute('tos', TypeOfService(), 'Type of service that packets must have. IPv4 only.', default=0),
    Attribute(
        'table',
        ROUTING_TABLE,
        'Routing table, by number or by name. The default is V(main), for the types V(local), V(broadcast)'
        ' and V(anycast) V(local).',
        (Nla('RTA_TABLE', uapi.RTA_TABLE, U32),),
    ),
    _REALMS,
    _ENCAP,
    Attribute(
        'expires',
        Integer(1, MOST_SECONDS),
        'How long the route lives. A run renews it when it is shorter than half of that. IPv6 only.',
        unit='seconds',
    ),
)
"""What a document may say beside ``nexthops`` and METRICS."""

FOUND = Table(
    *ROUTE.attributes.values(),
    Attribute('metrics', Type(), 'See METRICS.', (Nla('RTA_METRICS', uapi.RTA_METRICS, RAW),)),
    Attribute('nexthops', Type(), 'See HOP.', (Nla('RTA_MULTIPATH', uapi.RTA_MULTIPATH, RAW),)),
    Attribute('other_via', Type(), 'Gateway of the other family.', (Nla('RTA_VIA', uapi.RTA_VIA, RAW),)),
    Attribute('cacheinfo', Type(), 'When it expires.', (Nla('RTA_CACHEINFO', uapi.RTA_CACHEINFO, RAW),)),
)
"""The same with what only the kernel says."""

UNNAMED = {
    uapi.RTA_METRICS: 'locked or unnamed metrics',
    uapi.RTA_FLOW: 'realms',
    uapi.RTA_ENCAP_TYPE: 'encap',
    uapi.RTA_NEWDST: 'as to',
    uapi.RTA_ENCAP: 'encap',
    uapi.RTA_TTL_PROPAGATE: 'ttl-propagate',
    uapi.RTA_NH_ID: 'nhid',
}
"""Words of ip-route(8) for attributes that a document cannot say."""
