# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of links."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct
import sys

from ...kernel import uapi
from ...kernel.nla import unpack_ip
from ...values.cached import cached, make_room
from ...values.names import family_of
from ..attribute import Extra
from .schema import ANY_VALUE, UNNAMED

FOREVER = uapi.INFINITY_LIFE_TIME


@dataclasses.dataclass(frozen=True)
class Address:
    """``address`` is ADDRESS/LENGTH. ``protocol``, ``secondary`` and ``extra`` are found, never declared.

    ``extra`` has the peer in IFA_ADDRESS, if there is one; the lifetimes, if they end; and in IFA_FLAGS the
    flags that no field of ours holds.
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
    extra: Extra = ()

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
    def lifetimes(self) -> tuple[int, int]:
        """For how many seconds it is preferred, and valid; FOREVER."""
        payload = dict(self.extra).get(uapi.IFA_CACHEINFO)
        if not payload:
            return (FOREVER, FOREVER)
        preferred, valid = LIFETIMES.unpack(payload)
        return (preferred, valid)

    @property
    def dynamic(self) -> bool:
        """Whether it ends by itself, as one that DHCP gave."""
        return bool(self.extra) and self.lifetimes[1] != FOREVER

    @property
    def unsaid(self) -> Extra:
        """What makes it another address than a document can declare."""
        return tuple([pair for pair in self.extra if pair[0] not in ANY_VALUE])

    def lines(self) -> list[str]:
        lines = ['address %s' % self.address, 'scope %s' % self.scope]
        if self.label:
            lines.append('label %s' % self.label)
        if not self.prefix_route:
            lines.append('prefix_route false')
        lines += [self._text_of(number, payload) for number, payload in self.extra]
        return sorted(lines)

    def _text_of(self, number: int, payload: bytes) -> str:
        """An attribute of ``extra``. Times are not shown: they differ with each reading."""
        if number == uapi.IFA_CACHEINFO:
            preferred, valid = self.lifetimes
            if not preferred:
                return 'deprecated'
            return 'preferred for a while' if valid == FOREVER else 'dynamic'
        word = UNNAMED.get(number) or 'attribute %d' % number
        if number in (uapi.IFA_ADDRESS, uapi.IFA_BROADCAST):
            return '%s %s' % (word, unpack_ip(payload))
        return '%s %d' % (word, int.from_bytes(payload, sys.byteorder))


LIFETIMES = struct.Struct('=II')  # the beginning of struct ifa_cacheinfo: preferred, valid
make_room(Address('', '', '0.0.0.0/0'))
