# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel has learned from advertisements of IPv6 routers, in the namespace of the calling thread."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

_ROUTES = '/proc/thread-self/net/ipv6_route'
_RTF_ADDRCONF = 0x00040000  # linux/include/uapi/linux/ipv6_route.h; no message of netlink tells it
_ROUTER_SOLICITATION = bytes((133, 0, 0, 0, 0, 0, 0, 0))  # RFC 4861, section 4.1; the kernel sums it
_ALL_ROUTERS = 'ff02::2'

Learned = tuple[str, str, str, int]
"""A route: destination with its length, gateway, link, metric."""


def learned_routes() -> set[Learned]:
    """The routes by a gateway that the kernel itself took from advertisements; those of network managers,
    who read them too, are not among them. Empty without IPv6."""
    try:
        with open(_ROUTES, encoding='ascii') as file:
            lines = file.read().splitlines()
    except OSError:
        return set()
    found = set()
    for words in map(str.split, lines):
        if int(words[8], 16) & _RTF_ADDRCONF:
            to = '%s/%d' % (_address(words[0]), int(words[1], 16))
            found.add((to, _address(words[4]), words[9], int(words[5], 16)))
    return found


def _address(digits: str) -> str:
    return str(ipaddress.IPv6Address(bytes.fromhex(digits)))


def solicit(link: str) -> None:
    """Ask the routers on a link to advertise themselves now. The kernel does what they answer. Who cannot be
    asked will advertise unasked."""
    with contextlib.suppress(OSError):
        index = socket.if_nametoindex(link)
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sock.sendto(_ROUTER_SOLICITATION, (_ALL_ROUTERS, 0, 0, index))
