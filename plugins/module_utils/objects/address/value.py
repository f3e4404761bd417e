# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of links."""

from __future__ import annotations

import dataclasses
import ipaddress
import sys
import typing as t

from ...kernel import uapi
from ...kernel.nla import unpack_ip
from ...values.cached import cached, make_room
from ...values.countdown import Countdown
from ...values.names import family_of
from ..extra import Extra
from .schema import ANY_VALUE, UNNAMED


class Lifetimes(t.NamedTuple):
    """For how many seconds an address is preferred as a source, and for how many it is valid."""

    preferred: Countdown
    valid: Countdown

    def text(self) -> str:
        """As ip-address(8) puts it. Times are not shown: they differ with each reading."""
        if not self.preferred:
            return 'deprecated'
        return 'dynamic' if self.valid.ends else 'preferred for a while'


@dataclasses.dataclass(frozen=True)
class Address:
    """``address`` is ADDRESS/LENGTH. What follows ``dad`` is found, never declared.

    ``lifetimes`` are None for an address that stays. ``extra`` has the peer in IFA_ADDRESS, if there is one,
    and in IFA_FLAGS the flags that no field of ours holds.
    """

    namespace: str
    link: str
    address: str
    label: str | None = None
    scope: str = 'global'
    prefix_route: bool = True
    dad: bool = False
    secondary: bool = False
    protocol: int = 0
    lifetimes: Lifetimes | None = None
    extra: Extra = ()
    detection: str = dataclasses.field(default='', compare=False)  # found: 'tentative' or 'dadfailed'

    @cached
    def key(self) -> tuple[str, ...]:
        """What the kernel tells addresses apart by. Records of declared addresses hold keys without a
        peer."""
        key = (self.namespace, self.link, self.address)
        return (*key, self.peer) if self.extra and self.peer else key

    @cached
    def family(self) -> str:
        return family_of(self.address)

    @property
    def ip(self) -> str:
        return self.address.split('/', 1)[0]

    @property
    def peer(self) -> str:
        """The address at the other end of a point-to-point link; ''."""
        payload = dict(self.extra).get(uapi.IFA_ADDRESS)
        return unpack_ip(payload) if payload else ''

    @cached
    def network(self) -> str:
        """The network that the address reaches: its own, or that of its peer."""
        reached = self.address
        if self.extra and self.peer:
            reached = '%s/%s' % (self.peer, self.address.split('/', 1)[1])
        return str(ipaddress.ip_interface(reached).network)

    @property
    def dynamic(self) -> bool:
        """Whether it ends by itself, as one that DHCP gave."""
        return self.lifetimes is not None and self.lifetimes.valid.ends

    @property
    def leased(self) -> bool:
        """Whether a DHCP client has to renew it. The kernel itself renews those of IPv6 that come with the
        prefix of a router."""
        return self.dynamic and (self.family == 'ipv4' or self.address.endswith('/128'))

    @property
    def declarable(self) -> bool:
        """Whether a document can say all of it."""
        return self.lifetimes is None and all(number in ANY_VALUE for number, _payload in self.extra)

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        words = [_text_of(number, payload) for number, payload in self.extra if number not in ANY_VALUE]
        return words if self.lifetimes is None else [self.lifetimes.text(), *words]

    def lines(self) -> list[str]:
        lines = ['address %s' % self.address, 'scope %s' % self.scope]
        if self.label:
            lines.append('label %s' % self.label)
        if not self.prefix_route:
            lines.append('prefix_route false')
        if self.dad:
            lines.append('dad true')
        if self.lifetimes is not None:
            lines.append(self.lifetimes.text())
        if self.detection == 'dadfailed':
            lines.append(self.detection)
        lines += [_text_of(number, payload) for number, payload in self.extra]
        return sorted(lines)


def _text_of(number: int, payload: bytes) -> str:
    """An attribute of ``extra`` for people."""
    word = UNNAMED.get(number) or 'attribute %d' % number
    if number in (uapi.IFA_ADDRESS, uapi.IFA_BROADCAST):
        return '%s %s' % (word, unpack_ip(payload))
    return '%s %d' % (word, int.from_bytes(payload, sys.byteorder))


def in_order_of_adding(addresses: t.Iterable[Address]) -> list[Address]:
    """The addresses of a link, as it shows them, in the order that makes it show them so.

    IPv4 puts a new address behind the others, IPv6 before those of its scope (ipv6_link_dev_addr).
    """
    addresses = list(addresses)
    ipv6 = [address for address in addresses if address.family == 'ipv6']
    return [address for address in addresses if address.family == 'ipv4'] + ipv6[::-1]


def unrouted_networks(addresses: t.Collection[Address]) -> set[tuple[str, str]]:
    """The networks that the kernel was told to make no route to (IFA_F_NOPREFIXROUTE), with their links."""
    unrouted = {(address.link, address.network) for address in addresses if not address.prefix_route}
    if unrouted:  # finding the network of an address is slow
        unrouted -= {(address.link, address.network) for address in addresses if address.prefix_route}
    return unrouted


make_room(Address('', '', '0.0.0.0/0'))
