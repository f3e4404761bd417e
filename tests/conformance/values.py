# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random values that the kernel must take as they are and return unchanged."""

from __future__ import annotations

import ipaddress
import random
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import SCOPES
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address, Lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import (
    Attribute,
    Boolean,
    Choice,
    Integer,
    IpAddress,
    Settings,
    Value,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import kinds as link_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.types import Hundredths, IntegerOr
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.named_number import NamedNumber
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.word_set import WordSet
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import FOREVER, Countdown
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.examples import EXAMPLES

P = encode.PROTOCOL
LETTERS = 'abcxyzABC0189._-+@#\u00fc\u00df\u20ac'


# Not every kernel has them, or they do not go with all other values, or they are not shown unless set.
_NOT_AT_RANDOM = (
    'vlans',
    'vlan_protocol',
    'mst_enabled',
    'multicast_vlan_snooping',
    'fdb_max_learned',
    'external',
    'vnifilter',
    'flowlabel',
    'flowlabel_inherit',
    'bc_limit',
    'backup_nhid',
    'localbypass',
    'gbp',
    'source_addresses',
)


class Values:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.taken: set[t.Any] = {'lo', ('table', 254), ('table', 255)}
        self.scopes: dict[t.Any, str] = {}

    def number(self, low: int, high: int) -> int:
        """Any number, the ends and what stands beside a power of two more often."""
        return self.random.choice(
            [
                self.random.randint(low, high),
                low,
                high,
                min(
                    high,
                    max(low, (1 << self.random.randrange(high.bit_length() + 1)) - self.random.randrange(2)),
                ),
            ]
        )

    def fresh(self, make: t.Callable[[], t.Any]) -> t.Any:
        while True:
            value = make()
            if value not in self.taken:
                self.taken.add(value)
                return value

    def maybe(self) -> bool:
        return self.random.random() < 0.5

    def name(self) -> str:
        def make() -> str:
            text = ''
            size = self.random.randint(1, 15)
            while len((text + '\u20ac').encode()) <= size + 2:
                text += self.random.choice(LETTERS)
            return text.encode()[:15].decode('utf-8', 'ignore')

        return self.fresh(lambda: next(text for text in iter(make, None) if text not in ('', '.', '..')))

    def mac(self) -> str:
        return self.fresh(
            lambda: (
                '%02x:' % (self.random.randrange(64) * 4 + 2)
                + ':'.join('%02x' % self.random.randrange(256) for _byte in range(5))
            )
        )

    def ip(self, family: str) -> str:
        """An address of a host, in IPv6 with many zeros."""
        if family == 'ipv4':
            return str(ipaddress.IPv4Address(self.random.randrange(0x0B000000, 0x7E000000) & ~1 | 1))
        low = self.random.getrandbits(64)
        for bit in range(0, 64, 16):
            if self.maybe():
                low &= ~(0xFFFF << bit)
        top = self.random.choice(
            [0x20010DB800000000, 0xFD00000000000000, 0xFD00000000000001, 0x0064FF9B00000000, 0, 0]
        )
        if not top and self.maybe():
            low = low & 0xFFFFFFFF | 0xFFFF00000000  # mapped
        elif not top:
            low |= 0x10000000  # neither :: nor ::1
        return str(ipaddress.IPv6Address(top << 64 | low))

    def prefix(self, family: str, shortest: int = 0) -> str:
        bits = 32 if family == 'ipv4' else 128
        return str(
            ipaddress.ip_network('%s/%d' % (self.ip(family), self.number(shortest, bits)), strict=False)
        )

    def setting(self, setting: Attribute) -> Value:
        if isinstance(setting.type, Boolean):
            return self.maybe()
        if isinstance(setting.type, Hundredths):
            return self.number(setting.type.low, 100000) & ~1
        if isinstance(setting.type, Choice):
            return self.random.choice(list(setting.type.numbers))
        for kind, values in EXAMPLES.items():
            if isinstance(setting.type, kind):
                return self.random.choice([value for value in values if value or value == ()])
        assert isinstance(setting.type, (Integer, NamedNumber))
        if isinstance(setting.type, IntegerOr) and self.maybe():
            return setting.type.word
        return self.number(setting.type.low, setting.type.high)

    def settings(self, kind: str, without: t.Container[str] = ()) -> Settings:
        found: dict[str, Value] = {}
        for key, setting in link_model.KINDS[kind].settings.items():
            if key not in without and key not in _NOT_AT_RANDOM and (setting.required or self.maybe()):
                # What a WireGuard link has is no part of the link's message.
                if isinstance(setting.type, IpAddress) or kind == 'wireguard':
                    continue
                found[key] = self.setting(setting)
        if kind == 'bridge' and found.get('stp'):
            found['forward_delay'] = self.number(2, 30)  # the kernel lifts what is shorter
        if 'group_fwd_mask' in found:
            found['group_fwd_mask'] = int(t.cast(int, found['group_fwd_mask'])) & ~7
        if kind == 'vxlan':
            self._complete_vxlan(found)
        if kind == 'geneve':
            self._complete_geneve(found)
        if kind == 'vrf':
            found['table'] = self.fresh(lambda: ('vrf', self.number(1, 0xFFFFFFFF)))[1]
        return tuple(sorted(found.items()))

    def _complete_vxlan(self, found: dict[str, Value]) -> None:
        found['id'] = self.fresh(lambda: ('id', self.number(0, (1 << 24) - 1)))[1]
        family = self.random.choice(['ipv4', 'ipv6'])
        for key in ('local', 'remote'):
            if self.maybe():
                found[key] = self.ip(family)

    def _complete_geneve(self, found: dict[str, Value]) -> None:
        """With checksums of the family of its remote address."""
        is_ipv4 = self.maybe()
        found['remote'] = self.ip('ipv4' if is_ipv4 else 'ipv6')
        for key in ('udp6zerocsumtx', 'udp6zerocsumrx') if is_ipv4 else ('udpcsum',):
            found.pop(key, None)

    def port(self) -> Settings:
        without = ('mab', 'locked', 'neigh_vlan_suppress', 'multicast_max_groups', 'backup_port', 'vlans')
        usable = [key for key in PORT if key not in without and key not in _NOT_AT_RANDOM]
        found = {key: self.setting(PORT[key]) for key in usable if self.maybe()}
        if 'group_fwd_mask' in found:
            found['group_fwd_mask'] = int(t.cast(int, found['group_fwd_mask'])) & ~2
        return tuple(sorted(found.items()))

    def link(self, kind: str, without: t.Container[str] = ()) -> Link:
        mark = (
            'multinet:' + ''.join(self.random.choice(LETTERS) for _letter in range(self.number(0, 60)))
            if self.maybe()
            else None
        )
        return Link(
            '',
            self.name(),
            kind,
            mac=self.mac(),
            mtu=self.number(1280, 65535 if kind in ('veth', 'bridge') else 1500),
            settings=self.settings(kind, without),
            mark=mark,
        )

    def address(self, link: str) -> Address:
        family = self.random.choice(['ipv4', 'ipv6'])
        ip = self.fresh(lambda: self.ip(family))
        protocol = self.random.choice([0, 4, P, 255])
        if family == 'ipv4':
            # All addresses of a network have one scope, says the kernel.
            length = self.number(8, 32)
            network = (link, ipaddress.ip_network('%s/%d' % (ip, length), strict=False))
            scope = self.scopes.setdefault(network, self.random.choice(list(SCOPES)))
            label = (
                '%s:%s' % (link, 'x' * self.random.randrange(max(1, 15 - len(link.encode()))))
                if self.maybe() and len(link.encode()) < 14
                else None
            )
            return Address(
                '',
                link,
                '%s/%d' % (ip, length),
                label=label,
                scope=scope,
                prefix_route=self.maybe(),
                protocol=protocol,
                peer=self.fresh(lambda: self.ip(family)) if length == 32 and self.maybe() else '',
                broadcast=self.ip(family) if self.maybe() else '',
                metric=self.number(0, 0xFFFFFFFF),
                lifetimes=self.lifetimes(),
            )
        if self.random.random() < 0.2:
            ip = self.fresh(lambda: str(ipaddress.IPv6Address(0xFE80 << 112 | self.random.getrandbits(64))))
        return Address(
            '',
            link,
            '%s/%d' % (ip, self.number(0, 128)),
            scope='link' if ip.startswith('fe80') else 'global',
            prefix_route=self.maybe(),
            dad=self.maybe(),
            protocol=protocol,
            metric=self.number(0, 0xFFFFFFFF),
            lifetimes=self.lifetimes(),
            home=self.maybe(),
        )

    def lifetimes(self) -> Lifetimes | None:
        if self.maybe():
            return None
        valid = self.number(100000, FOREVER)
        preferred = self.random.choice((0, valid, min(90000, valid) if valid < FOREVER else 0))
        return Lifetimes(Countdown(preferred), Countdown(valid)) if preferred != FOREVER else None

    def scope_of(self, kind: str, hops: list[Hop]) -> str:
        """A scope that the kernel takes for an IPv4 route."""
        if kind in ('local', 'broadcast', 'anycast', 'multicast'):
            return 'host' if kind == 'local' else 'link'
        if any(hop.via for hop in hops):
            return 'global'
        return self.random.choice(['link', 'link', 'site', 'global'])

    def route(
        self, family: str, gateways: dict[str, list[str]], sources: list[str], links: list[str]
    ) -> Route:
        """*gateways* has hosts that are reached by each link."""
        four = family == 'ipv4'
        to = self.fresh(lambda: self.prefix(family))
        kinds = (
            list(route_model.TYPES)
            if four
            else ['unicast', 'local', 'anycast', 'multicast', *route_model.WITHOUT_LINK]
        )
        kind = self.random.choice(['unicast'] * 6 + kinds)
        scope = 'global'
        hops: list[Hop] = []
        if kind not in route_model.WITHOUT_LINK:
            count = self.random.choice([1, 1, 1, 2, 3, 8]) if kind == 'unicast' else 1
            while len(hops) < count:
                link = self.random.choice(links)
                onlink = kind == 'unicast' and self.random.random() < 0.3
                via = ''
                if kind == 'unicast' and (onlink or self.maybe() or (count > 1 and not four)):
                    via = self.ip(family) if onlink else self.random.choice(gateways[link])
                hop = Hop(via, link, self.number(1, 256) if count > 1 else 1, onlink)
                if (hop.via, hop.dev) not in [(other.via, other.dev) for other in hops]:
                    hops.append(hop)
            if four:
                scope = self.scope_of(kind, hops)
        # What stands in the same table, in main and in local decides which gateways are valid: each route has
        # a table for itself.
        table = self.fresh(lambda: ('table', self.number(1, 0xFFFFFFFF)))[1]
        metrics = {
            key: self.metric(route_model.METRICS[key])
            for key in route_model.METRICS
            if self.random.random() < 0.2
        }
        return Route(
            '',
            to,
            tuple(sorted(hops)),
            table,
            self.number(0 if four else 1, 0xFFFFFFFF),
            kind,
            self.random.choice(sources) if self.random.random() < 0.3 and kind == 'unicast' else '',
            scope,
            self.random.randrange(64) * 4 if four and self.maybe() else 0,
            tuple(sorted(metrics.items())) if hops else (),
            self.random.choice([3, 4, P, 255]),
        )

    def metric(self, metric: Attribute) -> Value:
        if isinstance(metric.type, WordSet):
            words = list(metric.type.bits)
            return metric.type.ordered(self.random.sample(words, self.number(1, len(words))))
        if isinstance(metric.type, route_model.Algorithm):
            return 'reno'
        return True if isinstance(metric.type, Boolean) else self.number(1, metric.type.high)

    def rule(self, family: str) -> Rule:
        def span(low: int, high: int) -> tuple[int, int]:
            first, last = sorted((self.number(low, high), self.number(low, high)))
            return first, last

        chance = self.maybe
        action = self.random.choice(['lookup', 'lookup', *rule_model.ACTIONS])
        priority = self.fresh(lambda: (family, self.number(1, 0xFFFFFFFE)))[1]
        mask = self.number(1, 0xFFFFFFFF) if chance() else 0
        tos_end = 32 if family == 'ipv4' else 256  # IPv4 takes the lower half here (fib4_rule_configure)
        return Rule(
            '',
            family,
            priority,
            self.prefix(family, 1) if chance() else '',
            self.prefix(family, 1) if chance() else '',
            self.name() if chance() else '',
            self.name() if chance() else '',
            self.number(0, 0xFFFFFFFF) & mask,
            mask,
            self.random.randrange(tos_end // 4) * 4 if chance() else 0,
            self.number(1, 255) if chance() else 0,
            span(1, 65534) if chance() else (0, 0),
            span(1, 65534) if chance() else (0, 0),
            span(0, 0xFFFFFFFE) if chance() else None,
            chance(),
            action,
            self.number(1, 0xFFFFFFFF) if action == 'lookup' else 0,
            self.random.randint(priority + 1, 0xFFFFFFFF) if action == 'goto' else 0,
            self.number(0, 128) if chance() else -1,
            self.random.choice([3, P, 255]),
        )
