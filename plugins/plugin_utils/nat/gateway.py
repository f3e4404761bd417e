# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A NAT gateway: the networks behind it, and what of them can be reached from outside."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import family_of

Ports = tuple[int, int]
"""The lowest and the highest port."""
ALL_PORTS: Ports = (0, 65535)


@dataclasses.dataclass(frozen=True)
class Network:
    """A link behind the gateway with its subnets.

    ``reaches`` are the links of other networks that it may open connections to.
    """

    path: str
    link: str
    subnets: tuple[str, ...]
    reaches: tuple[str, ...]

    def subnets_of(self, family: str) -> list[str]:
        return [subnet for subnet in self.subnets if family_of(subnet) == family]


@dataclasses.dataclass(frozen=True)
class Mapping:
    """What leads in: ports of the gateway to an address behind it or, without a protocol, all of one
    ``address``.
    """

    path: str
    to: str
    address: str
    sources: tuple[str, ...]
    protocol: str = ''
    ports: Ports = ALL_PORTS
    to_port: int = 0
    masquerade: bool = False

    @property
    def family(self) -> str:
        return family_of(self.to)

    def ports_text(self, dash: str) -> str:
        """The port, or both ends of a range around *dash*."""
        low, high = self.ports
        return '%d' % low if low == high else '%d%s%d' % (low, dash, high)

    def meets(self, other: Mapping) -> bool:
        """Whether one packet could be for both."""
        if self.family != other.family or self.protocol != other.protocol:
            return False
        if self.address and other.address and self.address != other.address:
            return False
        if self.ports[0] > other.ports[1] or other.ports[0] > self.ports[1]:
            return False
        return not self.sources or not other.sources or self._shares_sources(other)

    def _shares_sources(self, other: Mapping) -> bool:
        return any(overlap(own, source) for own in self.sources for source in other.sources)


def overlap(prefix: str, other: str) -> bool:
    """Whether two prefixes have addresses in common."""
    if family_of(prefix) != family_of(other):
        return False
    return ipaddress.ip_network(prefix).overlaps(ipaddress.ip_network(other))


@dataclasses.dataclass(frozen=True)
class Gateway:
    """A NAT gateway. ``nat`` and ``snat_to`` are by family, ``namespace`` is a word of the document."""

    name: str
    namespace: str
    uplinks: list[str]
    networks: list[Network]
    nat: dict[str, str]
    snat_to: dict[str, str]
    exclude: tuple[str, ...]
    hairpin: bool
    mss: str
    one_to_one: list[Mapping]
    publish: list[Mapping]

    @property
    def mappings(self) -> list[Mapping]:
        """Those of a whole address before those of ports."""
        return [*self.one_to_one, *self.publish]

    def families(self) -> set[str]:
        return {family_of(subnet) for network in self.networks for subnet in network.subnets}

    def network_of(self, address: str) -> Network | None:
        for network in self.networks:
            for subnet in network.subnets_of(family_of(address)):
                if ipaddress.ip_address(address) in ipaddress.ip_network(subnet):
                    return network
        return None

    def links(self) -> list[str]:
        """The links of the networks."""
        return [network.link for network in self.networks]

    def entrances(self) -> list[str]:
        """The links that mappings can be used from."""
        return [*self.uplinks, *(self.links() if self.hairpin else [])]

    def inside(self, family: str) -> t.Iterator[tuple[Network, str]]:
        """All subnets of a family, each with its network."""
        for network in self.networks:
            for subnet in network.subnets_of(family):
                yield network, subnet
