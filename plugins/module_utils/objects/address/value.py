# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of links."""

from __future__ import annotations

import typing as t

from ...values.countdown import Countdown
from ...values.names import PROTOCOL, family_of, network_of
from ...values.struct import not_compared
from ..extra import Extra, names_of_extra
from .schema import MASKS


class Lifetimes(t.NamedTuple):
    """For how many seconds an address is preferred as a source, and for how many it is valid."""

    preferred: Countdown
    valid: Countdown

    def renews(self, left: Lifetimes | None) -> bool:
        """Whether these, as a document declares them, take the place of what is left of an address."""
        if left is None:
            return True
        return any(
            not whole.ends and remaining.ends or not whole // 2 <= remaining <= whole
            for whole, remaining in zip(self, left)
        )

    def text(self) -> str:
        """As ip-address(8) puts it. Times are not shown: they differ with each reading."""
        if not self.preferred:
            return 'deprecated'
        return 'dynamic' if self.valid.ends else 'preferred for a while'


@not_compared('optimistic', 'detection')
class Address(t.NamedTuple):
    """``address`` is ADDRESS/LENGTH; with a ``peer`` the length is that of its network.

    ``lifetimes`` are None for an address that stays. ``secondary`` and ``extra`` are found, never declared.
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
    peer: str = ''
    broadcast: str = ''
    metric: int = 0
    home: bool = False
    mngtmpaddr: bool = False
    autojoin: bool = False
    optimistic: bool = False  # forgotten by the kernel
    detection: str = ''  # found: 'tentative' or 'dadfailed'

    @property
    def key(self) -> tuple[str, ...]:
        """What the kernel tells addresses apart by. Records of declared addresses hold keys without a
        peer."""
        key = (self.namespace, self.link, self.address)
        return (*key, self.peer) if self.peer else key

    @property
    def family(self) -> str:
        return family_of(self.address)

    @property
    def ip(self) -> str:
        return self.address.split('/', 1)[0]

    def text(self) -> str:
        """The address with its peer, as ip-address(8) shows them."""
        if not self.peer:
            return self.address
        ip, length = self.address.split('/', 1)
        return '%s peer %s/%s' % (ip, self.peer, length)

    @property
    def network(self) -> str:
        """The network that the address reaches: its own, or that of its peer."""
        reached = self.address
        if self.peer:
            reached = '%s/%s' % (self.peer, self.address.split('/', 1)[1])
        return network_of(reached)

    @property
    def dynamic(self) -> bool:
        """Whether it ends by itself, as one that DHCP gave."""
        return self.lifetimes is not None and self.lifetimes.valid.ends

    @property
    def leased(self) -> bool:
        """Whether a DHCP client has to renew it. The kernel itself renews those of IPv6 that come with the
        prefix of a router, and a run those that a document gives a lifetime."""
        return (
            self.dynamic
            and self.protocol != PROTOCOL
            and (self.family == 'ipv4' or self.address.endswith('/128'))
        )

    @property
    def preferred_lifetime(self) -> int | None:
        """As a document says it; None where it is that of ``valid_lifetime``."""
        if self.lifetimes is None:
            return None
        preferred, valid = map(int, self.lifetimes)
        return preferred if preferred != valid else None

    @property
    def valid_lifetime(self) -> int | None:
        return int(self.lifetimes.valid) if self.dynamic and self.lifetimes is not None else None

    @property
    def declarable(self) -> bool:
        """Whether a document can say all of it."""
        return not self.extra

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words. One that ends is a lease, unless it is ours."""
        words = names_of_extra(self.extra, {})
        if self.lifetimes is not None and self.dynamic and self.protocol != PROTOCOL:
            return [self.lifetimes.text(), *words]
        return words

    def lines(self, declared: bool = False) -> list[str]:
        """For people. A lifetime is shown in seconds only as a document declares it: what is left differs
        with each reading."""
        lines = ['address %s' % self.address, 'scope %s' % self.scope]
        for name in ('label', 'peer', 'broadcast', 'metric'):
            if getattr(self, name):
                lines.append('%s %s' % (name, getattr(self, name)))
        if not self.prefix_route:
            lines.append('prefix_route false')
        lines += ['%s true' % name for name in _SWITCHES if getattr(self, name)]
        if self.lifetimes is not None:
            lines += self._lifetime_lines() if declared else [self.lifetimes.text()]
        if self.protocol not in (0, PROTOCOL):
            lines.append('protocol %d' % self.protocol)
        if self.detection == 'dadfailed':
            lines.append(self.detection)
        return sorted([*lines, *names_of_extra(self.extra, {})])

    def _lifetime_lines(self) -> list[str]:
        values = {'preferred_lifetime': self.preferred_lifetime, 'valid_lifetime': self.valid_lifetime}
        return ['%s %d' % pair for pair in values.items() if pair[1] is not None]


_SWITCHES = ('dad', *MASKS)


def share_ip(first: Address, second: Address) -> bool:
    """Whether a namespace can have one IP address twice: at this end of several point-to-point links, each
    to another peer. On one link IPv4 needs the peers in networks of their own (inet_insert_ifa); IPv6 has an
    address once on a link (ipv6_add_addr)."""
    if not first.peer or not second.peer or first.peer == second.peer:
        return False
    return first.link != second.link or (first.family == 'ipv4' and first.network != second.network)


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
