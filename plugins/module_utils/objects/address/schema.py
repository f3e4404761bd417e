# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of an address."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.nla import IP, IP4, RAW, TEXT, U8, U32, Nla
from ...values.countdown import FOREVER
from ...values.names import canonical_interface, is_of_host
from ...values.reading import Reader, plain, shown, whole_number
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, LinkName, Table, Text, Type

SCOPES = {
    'global': uapi.RT_SCOPE_UNIVERSE,
    'site': uapi.RT_SCOPE_SITE,
    'link': uapi.RT_SCOPE_LINK,
    'host': uapi.RT_SCOPE_HOST,
}


class InterfaceAddress(Type):
    """ADDRESS/LENGTH; without a length a single address."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None:
            return None
        address = canonical_interface(text)
        if address is None:
            reader.problem(key, 'is not an address', found=shown(text), want='ADDRESS/LENGTH')
        return address


class PeerAddress(Type):
    """ADDRESS, or ADDRESS/LENGTH for a network behind it."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None:
            return None
        peer = canonical_interface(text)
        if peer is None or not is_of_host(peer.split('/')[0]):
            reader.problem(key, 'is not the address of a host', found=shown(text), want='ADDRESS/LENGTH')
            return None
        return peer if '/' in text else peer.split('/')[0]


class BroadcastAddress(Type):
    """An address of IPv4, or + or - for the address of the network with all host bits set or reset.

    The kernel takes any, but has none if it is 0.0.0.0, and makes a broadcast route to a group.
    """

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None or text in ('+', '-'):
            return text
        address = canonical_interface(text)
        if address is None or '/' in text or ':' in text or not is_of_host(address.split('/')[0]):
            want = 'an address of IPv4, + or -'
            reader.problem(key, 'is not a broadcast address', found=shown(text), want=want)
            return None
        return address.split('/')[0]


class AddressLifetime(Type):
    """Seconds, or the word forever."""

    low = 0

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        if (plain(value) or '').strip() == 'forever':
            return FOREVER
        number = whole_number(value)
        if number is None or not self.low <= number < FOREVER:
            want = '%d to %d seconds, or forever' % (self.low, FOREVER - 1)
            reader.problem(key, 'is not a lifetime', found=shown(value), want=want)
            return None
        return number

    def written(self, value: t.Any) -> t.Any:
        return 'forever' if value == FOREVER else int(value)

    def text(self, value: t.Any) -> str:
        return str(self.written(value))


class ValidLifetime(AddressLifetime):
    """The kernel refuses 0 (inet_rtm_newaddr, inet6_rtm_newaddr)."""

    low = 1


_FLAGS = Nla('IFA_FLAGS', uapi.IFA_FLAGS, U32)
MASKS = {
    'home': uapi.IFA_F_HOMEADDRESS,
    'mngtmpaddr': uapi.IFA_F_MANAGETEMPADDR,
    'autojoin': uapi.IFA_F_MCAUTOJOIN,
    'optimistic': uapi.IFA_F_OPTIMISTIC,
}
"""Fields that are bits of IFA_FLAGS."""


def _flag(key: str, text: str) -> Attribute:
    return Attribute(key, Boolean(), text, flag=Flag(_FLAGS, MASKS[key]), default=False)


ADDRESS = Table(
    Attribute('address', InterfaceAddress(), 'Address and prefix length, C(ADDRESS/LENGTH).', required=True),
    Attribute(
        'label',
        Text(),
        'Label of an IPv4 address, C(LINK:SOMETHING), of at most 15 bytes.',
        (Nla('IFA_LABEL', uapi.IFA_LABEL, TEXT),),
    ),
    Attribute(
        'scope',
        Choice(SCOPES),
        'Scope of an IPv4 address. IPv6 derives it from the address.',
        default='global',
    ),
    Attribute(
        'prefix_route',
        Boolean(),
        'Let the kernel make the route to the network of the address.',
        default=True,
        iproute2='noprefixroute',
    ),
    Attribute(
        'dad',
        Boolean(),
        'Detect duplicates of an IPv6 address before it is used. The run waits for the result, and fails if'
        ' another host has the address.',
        default=False,
        iproute2='nodad',
    ),
    Attribute(
        'peer',
        PeerAddress(),
        'Address at the other end of a point-to-point link. Its prefix length, if it has one, takes the'
        ' place of that of C(address).',
        (Nla('IFA_ADDRESS', uapi.IFA_ADDRESS, IP),),
        default='',
    ),
    Attribute(
        'broadcast',
        BroadcastAddress(),
        'Broadcast address of an IPv4 address; V(+) and V(-) stand for that of its network with all host bits'
        ' set or reset. Without it, none is set, and an address that another tool made keeps its own.',
        (Nla('IFA_BROADCAST', uapi.IFA_BROADCAST, IP4),),
        default='',
    ),
    Attribute(
        'metric',
        Integer(0, 0xFFFFFFFF),
        'Metric of the route to the network of the address. V(0) is the metric that the kernel chooses.',
        (Nla('IFA_RT_PRIORITY', uapi.IFA_RT_PRIORITY, U32),),
        default=0,
    ),
    Attribute(
        'valid_lifetime',
        ValidLifetime(),
        'After how many seconds the kernel removes the address, or V(forever). A lifetime is set when the'
        ' address is made. A later run renews it if less than half of it is left, or if it has more left than'
        ' declared; such a run reports a change.',
        iproute2='valid_lft',
    ),
    Attribute(
        'preferred_lifetime',
        AddressLifetime(),
        'For how many seconds the address is chosen as a source of new connections; V(0) for never, or'
        ' V(forever). At most C(valid_lifetime), which is its default. Renewed as that is.',
        iproute2='preferred_lft',
    ),
    _flag('home', 'Mark an IPv6 address as the home address of a mobile node.'),
    _flag(
        'mngtmpaddr',
        'Let the kernel make temporary addresses from an IPv6 address, as with privacy extensions. Needs a'
        ' prefix length of 64.',
    ),
    _flag(
        'autojoin',
        'Join the group of a multicast address. Only such an entry takes a multicast address.',
    ),
    _flag(
        'optimistic',
        'Use an IPv6 address while duplicates are being detected. Needs C(dad). The kernel forgets it'
        ' afterwards, so it counts when the address is made.',
    ),
    Attribute(
        'protocol',
        Integer(4, 255),
        'Number that tells other tools who made the address, in place of that of this collection, 117. The'
        ' scope then knows the address by its record alone. Needs Linux 5.18 or newer.',
        (Nla('IFA_PROTO', uapi.IFA_PROTO, U8),),
        iproute2='proto',
    ),
)
"""What a document may say."""

DEV = Table(Attribute('dev', LinkName(), 'Link that has the address.', required=True))
"""What an address says too that does not stand with its link."""

IPV6_ONLY = ('dad', 'home', 'mngtmpaddr', 'optimistic')

FOUND = Table(
    *ADDRESS.attributes.values(),
    Attribute('local', Type(), 'The address itself.', (Nla('IFA_LOCAL', uapi.IFA_LOCAL, RAW),)),
    Attribute('flags', Integer(0, 0xFFFFFFFF), 'All flags.', (_FLAGS,)),
    Attribute('cacheinfo', Type(), 'How long it lives.', (Nla('IFA_CACHEINFO', uapi.IFA_CACHEINFO, RAW),)),
)
"""The same with what only the kernel says."""
