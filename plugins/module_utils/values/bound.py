# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bound sockets: which of them keep each other out, and how they are written."""

from __future__ import annotations

import ipaddress
import typing as t

from .names import family_of, place

ANY4, ANY6 = '0.0.0.0', '::'


class Bound(t.NamedTuple):
    """Where a socket is bound. ``v6only`` counts for ``::`` alone; an IPv4 address in IPv6 clothes is an IPv4
    address.
    """

    namespace: str
    proto: str
    address: str
    port: int
    v6only: bool = False
    device: str = ''

    @property
    def family(self) -> str:
        return family_of(self.address)

    @property
    def families(self) -> tuple[str, ...]:
        """The families that reach it."""
        return ('ipv6', 'ipv4') if self.address == ANY6 and not self.v6only else (self.family,)

    @property
    def wildcard(self) -> bool:
        return self.address in (ANY4, ANY6)

    def text(self) -> str:
        return '%s %s%s%s' % (
            self.proto,
            host_port(self.address, self.port),
            ' on ' + self.device if self.device else '',
            (' for IPv6 only' if self.v6only else ' for both families') if self.address == ANY6 else '',
        )

    def covers(self, family: str, address: str) -> bool:
        """Whether what comes for *address* comes here; of a wildcard's address whether anything of its family
        does.
        """
        return family in self.families and (self.wildcard or self.address == address)


def bound(
    namespace: str, proto: str, address: str, port: int, v6only: bool = False, device: str = ''
) -> Bound:
    """The one spelling of a place that a socket is bound to."""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, 'ipv4_mapped', None)
    text = str(mapped or parsed)
    return Bound(namespace, proto, text, port, v6only and text == ANY6, device)


def overlap(one: Bound, other: Bound) -> bool:
    """Whether the kernel refuses the second of two sockets that ask for no reuse, in either order.

    With SO_REUSEADDR (UDP) or SO_REUSEPORT it would let both in, and part what arrives between them or give
    all of it to one.
    """
    if (one.namespace, one.proto, one.port) != (other.namespace, other.proto, other.port):
        return False
    if (
        one.device and other.device and one.device != other.device and one.proto != 'sctp'
    ):  # which kernels before 6.2 do not part by device
        return False
    if one.wildcard or other.wildcard:
        return bool(set(_taken(one)) & set(_taken(other)))
    return one.address == other.address


def _taken(one: Bound) -> tuple[str, ...]:
    """The families in which a wildcard has no room beside a socket. One of SCTP takes IPv4 along with an IPv6
    address, unless it asks for IPv6 alone.
    """
    return (
        ('ipv6', 'ipv4')
        if one.proto == 'sctp' and not one.wildcard and one.family == 'ipv6'
        else one.families
    )


def host_port(address: str, port: int) -> str:
    """``HOST:PORT`` as URLs and most configuration files have it, IPv6 in brackets."""
    return '[%s]:%d' % (address, port) if ':' in address else '%s:%d' % (address, port)


def where(one: Bound) -> str:
    return '%s in %s' % (one.text(), place(one.namespace))
