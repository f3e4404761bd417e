# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: where sockets are bound, which of them keep each other out, and how they are written."""

from __future__ import annotations

import ipaddress
import typing as t

from .names import family_of, place

ANY4, ANY6 = '0.0.0.0', '::'
_BOTH = ('ipv6', 'ipv4')


class Endpoint(t.NamedTuple):
    """Where a socket is bound. ``v6only`` counts for ``::`` alone. Make one with :func:`endpoint`."""

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
        return _BOTH if self.address == ANY6 and not self.v6only else (self.family,)

    @property
    def wildcard(self) -> bool:
        return self.address in (ANY4, ANY6)

    def text(self) -> str:
        text = '%s %s' % (self.proto, host_port(self.address, self.port))
        if self.device:
            text += ' on ' + self.device
        if self.address == ANY6:
            text += ' for IPv6 only' if self.v6only else ' for both families'
        return text

    def full_text(self) -> str:
        """The text with the namespace."""
        return '%s in %s' % (self.text(), place(self.namespace))


def endpoint(
    namespace: str, proto: str, address: str, port: int, v6only: bool = False, device: str = ''
) -> Endpoint:
    """The one spelling of an endpoint: an IPv4 address that is mapped into IPv6 is an IPv4 address."""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, 'ipv4_mapped', None)
    text = str(mapped or parsed)
    return Endpoint(namespace, proto, text, port, v6only and text == ANY6, device)


def conflict(first: Endpoint, second: Endpoint) -> bool:
    """Whether the kernel refuses the second of two sockets that do not ask for reuse, in either order.

    With SO_REUSEADDR (UDP) or SO_REUSEPORT it lets both in, and divides what arrives between them or gives
    all of it to one.
    """
    if (first.namespace, first.proto, first.port) != (second.namespace, second.proto, second.port):
        return False
    # Kernels before 6.2 do not look at the device of SCTP sockets.
    if first.device and second.device and first.device != second.device and first.proto != 'sctp':
        return False
    if first.wildcard or second.wildcard:
        return bool(set(_taken(first)) & set(_taken(second)))
    return first.address == second.address


def _taken(one: Endpoint) -> tuple[str, ...]:
    """The families in which a wildcard has no room beside a socket.

    One of SCTP takes IPv4 along with an IPv6 address, unless it asks for IPv6 alone.
    """
    if one.proto == 'sctp' and not one.wildcard and one.family == 'ipv6':
        return _BOTH
    return one.families


def host_port(address: str, port: int) -> str:
    """``HOST:PORT`` as URLs and most configuration files have it, IPv6 in brackets."""
    return '[%s]:%d' % (address, port) if ':' in address else '%s:%d' % (address, port)
