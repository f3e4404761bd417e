# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel's message about a link says of its IPv6."""

from __future__ import annotations

import socket

from ...kernel import uapi
from ...kernel.nla import Attributes, parse_attributes
from .value import Link

# IFLA_INET6_CONF, and the place of DEVCONF_DISABLE_IPV6 in it (linux/include/uapi/linux/{if_link,ipv6}.h)
_INET6_CONF, _DISABLE_IPV6 = 2, 4 * 26


def inet6_of(message: bytes) -> Attributes:
    """What a message of the kernel says of a link's IPv6; nothing if it has none."""
    families = parse_attributes(message, uapi.IFINFOMSG.size).get(uapi.IFLA_AF_SPEC, b'')
    return parse_attributes(parse_attributes(families).get(socket.AF_INET6, b''))


def has_ipv6(link: Link) -> bool:
    return (link.mtu or 0) >= uapi.IPV6_MIN_MTU and not ipv6_is_off(link)


def ipv6_is_off(link: Link) -> bool:
    """Whether a link that was found has no IPv6 (disable_ipv6)."""
    if not link.kernel:
        return False
    settings = inet6_of(link.kernel).get(_INET6_CONF, b'')
    return any(settings[_DISABLE_IPV6 : _DISABLE_IPV6 + 4])
