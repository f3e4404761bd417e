# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of an address."""

from __future__ import annotations

from ...kernel import uapi
from ...kernel.nla import RAW, TEXT, U8, U32, Nla
from ...values.names import canonical_interface
from ...values.reading import Reader, shown
from ..attribute import Attribute, Boolean, Choice, Integer, Table, Text, Type

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
            reader.fault(key, 'is not an address', found=shown(text), want='ADDRESS/LENGTH')
        return address


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
)
"""What a document may say."""

FOUND = Table(
    *ADDRESS.attributes.values(),
    Attribute('local', Type(), 'The address itself.', (Nla('IFA_LOCAL', uapi.IFA_LOCAL, RAW),)),
    Attribute('peer', Type(), 'The address at the other end.', (Nla('IFA_ADDRESS', uapi.IFA_ADDRESS, RAW),)),
    Attribute('flags', Integer(0, 0xFFFFFFFF), 'All flags.', (Nla('IFA_FLAGS', uapi.IFA_FLAGS, U32),)),
    Attribute('cacheinfo', Type(), 'How long it lives.', (Nla('IFA_CACHEINFO', uapi.IFA_CACHEINFO, RAW),)),
    Attribute('protocol', Integer(0, 255), 'Who made it.', (Nla('IFA_PROTO', uapi.IFA_PROTO, U8),)),
)
"""The same with what only the kernel says."""

UNNAMED = {
    uapi.IFA_ADDRESS: 'peer',
    uapi.IFA_BROADCAST: 'broadcast',
    uapi.IFA_RT_PRIORITY: 'metric',
    uapi.IFA_FLAGS: 'flags',
}
"""Words of ip-address(8) for attributes that a document cannot say."""

ANY_VALUE = (uapi.IFA_BROADCAST,)
"""Attributes of an address that a document leaves to whoever made it: most tools set a broadcast address, we
do not."""
