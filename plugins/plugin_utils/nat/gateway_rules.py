# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A NAT gateway as a layout: what is behind it gets out, and nothing new comes in but what is published."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST_WORD, family_of

from .gateway import Gateway, Mapping
from .gateway_input import read_gateway
from .rules import (
    ESTABLISHED,
    INVALID,
    NONE,
    SNAT,
    TRANSLATED,
    Entry,
    chain,
    destination_match,
    destination_nat,
    port_match,
    router_sysctls,
    rule,
    source_nat,
)

_MULTICAST = {'ipv4': '224.0.0.0/4', 'ipv6': 'ff00::/8'}
_SYN = '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS'


class _Rules:
    """The rules of one family."""

    def __init__(self, gateway: Gateway, family: str) -> None:
        self.gateway, self.family = gateway, family
        self.mappings = [mapping for mapping in gateway.mappings if mapping.family == family]
        self.inside = list(gateway.inside(family))

    def chains(self) -> list[Entry]:
        """All chains that have rules."""
        chains = (
            ('nat', 'PREROUTING', self.prerouting()),
            ('nat', 'POSTROUTING', self.postrouting()),
            ('mangle', 'FORWARD', self.clamping()),
            ('filter', 'FORWARD', self.forward()),
        )
        return [chain(table, name, self.family, rules) for table, name, rules in chains if rules]

    def prerouting(self) -> list[str]:
        rules = []
        if self.gateway.hairpin and any(not mapping.address for mapping in self.mappings):
            # What is sent to the gateway itself, by its address in the network, is not published.
            for link in self.gateway.links():
                rules.append('-i %s -m addrtype --dst-type LOCAL --limit-iface-in -j RETURN' % link)
        for mapping in self.mappings:
            rules += self._led_in(mapping)
        return rules

    def _led_in(self, mapping: Mapping) -> list[str]:
        ports = port_match(mapping.protocol, mapping.ports_text(':')) if mapping.protocol else ''
        where = destination_match(mapping.address)
        target = destination_nat(mapping.to, mapping.to_port)
        rules = []
        for link in self.gateway.entrances():
            for source in mapping.sources or ('',):
                rules.append(rule('-i', link, '-s ' + source if source else '', where, ports, target))
        return rules

    def postrouting(self) -> list[str]:
        rules = self._untranslated()
        for mapping in self.mappings:
            if not mapping.protocol:
                target = source_nat(SNAT, mapping.address)
                rules += ['-s %s -o %s %s' % (mapping.to, link, target) for link in self.gateway.uplinks]
        if self.gateway.hairpin and self.mappings:
            for network, subnet in self.inside:
                rules.append('-s %s -o %s %s -j MASQUERADE' % (subnet, network.link, TRANSLATED))
        for mapping in self.mappings:
            rules += self._masqueraded(mapping)
        return rules + self._led_out()

    def _untranslated(self) -> list[str]:
        prefixes = [prefix for prefix in self.gateway.exclude if family_of(prefix) == self.family]
        prefixes.append(_MULTICAST[self.family])
        rules = []
        for _network, subnet in self.inside:
            rules += ['-s %s -d %s -j RETURN' % (subnet, prefix) for prefix in prefixes]
        return rules

    def _masqueraded(self, mapping: Mapping) -> list[str]:
        """Lets what is published see an address of the gateway in place of the client's."""
        network = self.gateway.network_of(mapping.to)
        if not mapping.masquerade or network is None:
            return []
        original = '--ctorigdst ' + mapping.address if mapping.address else ''
        return [
            rule(
                '-d %s -o %s -p %s' % (mapping.to, network.link, mapping.protocol),
                TRANSLATED,
                original,
                '--ctorigdstport %s -j MASQUERADE' % mapping.ports_text(':'),
            )
        ]

    def _led_out(self) -> list[str]:
        kind = self.gateway.nat[self.family]
        if kind == NONE:
            return []
        target = source_nat(kind, self.gateway.snat_to[self.family])
        rules = []
        for _network, subnet in self.inside:
            rules += ['-s %s -o %s %s' % (subnet, link, target) for link in self.gateway.uplinks]
        return rules

    def clamping(self) -> list[str]:
        if self.gateway.mss == NONE:
            return []
        size = '--clamp-mss-to-pmtu' if self.gateway.mss == 'pmtu' else '--set-mss %s' % self.gateway.mss
        rules = []
        for inner in self.gateway.links():
            for uplink in self.gateway.uplinks:
                rules.append('-i %s -o %s %s %s' % (inner, uplink, _SYN, size))
                rules.append('-i %s -o %s %s %s' % (uplink, inner, _SYN, size))
        return rules

    def _of_each_link(self, words: str) -> list[str]:
        """A rule for each direction of each link."""
        return ['-%s %s %s' % (side, link, words) for link in self.gateway.links() for side in 'io']

    def forward(self) -> list[str]:
        links = self.gateway.links()
        # Within one link; bridged packets pass here only if br_netfilter is loaded.
        rules = ['-i %s -o %s -j ACCEPT' % (link, link) for link in links]
        rules += self._of_each_link(ESTABLISHED + ' -j ACCEPT')
        rules += self._of_each_link(INVALID + ' -j DROP')
        if self.mappings:
            for link in links:
                for entrance in self.gateway.entrances():
                    rules.append('-i %s -o %s %s -j ACCEPT' % (entrance, link, TRANSLATED))
        return rules + self._forward_out() + self._of_each_link('-j REJECT')

    def _forward_out(self) -> list[str]:
        """From each subnet to the uplinks, and to the networks that it reaches."""
        rules = []
        for network, subnet in self.inside:
            for link in self.gateway.uplinks:
                rules.append('-s %s -i %s -o %s -j ACCEPT' % (subnet, network.link, link))
            for other, far in self.inside:
                if other.link in network.reaches:
                    rules.append(
                        '-s %s -d %s -i %s -o %s -j ACCEPT' % (subnet, far, network.link, other.link)
                    )
        return rules


def nat_gateway(data: object) -> Entry:
    """The layout of a gateway.

    *data* has the variables of the role, without their prefix. Raises InputError.
    """
    gateway = read_gateway(data)
    chains: list[Entry] = []
    for family in sorted(gateway.families(), key=FAMILIES.index):
        chains += _Rules(gateway, family).chains()
    contents: Entry = {'sysctls': router_sysctls(gateway.families(), gateway.uplinks), 'iptables': chains}
    if gateway.namespace == HOST_WORD:
        return {'name': gateway.name, 'namespaces': [], **contents}
    namespace = {'name': gateway.namespace, 'create': False, **contents}
    return {'name': gateway.name, 'sysctls': {}, 'iptables': [], 'namespaces': [namespace]}
