# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes and policy rules."""

from __future__ import annotations

import ipaddress
import random
import re
import typing as t

from .parts import (
    WITHOUT_LINK,
    LinkEnd,
    addresses_of,
    ends,
    leads_to_network,
    networks,
    own_addresses,
    text_of,
)
from .writer import Writer

TABLES: tuple[t.Any, ...] = (100, 101, 5000, 70000, 'default')
ACTIONS = ('table', 'table', 'table', 'main', 'invert', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit')


class Addresses(Writer):
    """Adds, changes and removes addresses."""

    def add_address(self, end: LinkEnd | None = None) -> None:
        end = end or self.any_end()
        if end is None or end.entry.get('master') and self.chance(0.9):
            return
        family = self.dice.choice(('ipv4', 'ipv6'))
        start = self.prefix(family, self._subnet(end, family))
        taken = {text.split('/')[0].lower() for text in addresses_of(ends(self.document))}
        form = '%s%d' if family == 'ipv4' else '%s%x'
        host = self.dice.choice([number for number in range(1, 251) if form % (start, number) not in taken])
        ip = form % (start, host)
        lengths = (24, 24, 24, 24, 25, 32) if family == 'ipv4' else (64, 64, 64, 64, 112, 128)
        length = self.dice.choice(lengths)
        if length == 25 and host & 127 in (0, 127):
            length = 24
        text = '%s/%d' % (ip.upper() if self.chance(0.1) else ip, length)
        address: t.Any = text if length not in (32, 128) or self.chance(0.5) else ip
        settings: dict[str, t.Any] = {}
        if family == 'ipv4' and self.chance(0.1) and len((end.name + ':1').encode()) <= 15:
            settings['label'] = end.name + ':1'
        if self.chance(0.08):
            settings['prefix_route'] = False
        if family == 'ipv6' and self.chance(0.08):
            settings['dad'] = True
        self._decorate_address(settings, ip, length, start)
        end.entry.setdefault('addresses', []).append(
            {'address': address, **settings} if settings else address
        )

    def _decorate_address(self, settings: dict[str, t.Any], ip: str, length: int, start: str) -> None:
        """Set what any address can have besides its place."""
        dice = random.Random(ip)
        ipv4 = '.' in ip
        if ipv4 and length == 32 and dice.random() < 0.3:  # IPv6 makes the route to a peer a moment later
            settings['peer'] = start + '251'
        if dice.random() < 0.08:
            settings['metric'] = dice.choice((7, 1024))
        if dice.random() < 0.08:
            settings['preferred_lifetime'] = dice.choice((0, 80000))
            if settings['preferred_lifetime'] or dice.random() < 0.5:
                settings['valid_lifetime'] = 90000
        if dice.random() < 0.04:
            settings['protocol'] = dice.choice((16, 99))
        if ipv4 and length < 31 and dice.random() < 0.1:
            settings['broadcast'] = dice.choice(('+', '-', '10.255.255.255'))
        if length == 64 and dice.random() < 0.1:
            settings[dice.choice(('home', 'mngtmpaddr'))] = True

    def _subnet(self, end: LinkEnd, family: str) -> int:
        """The number of a subnet: one of the link itself or, for the far end to be reached, of its peer, else
        a new one.

        In one namespace no two links share a subnet: which of them a gateway is on would depend on the order.
        """
        here = self.ends_in(end.namespace)
        others = self._subnets([other for other in here if other.entry is not end.entry], family)
        near = {number for number in self._subnets([end], family) if self.chance(0.7)}
        if end.kind == 'veth':
            pair = [other for other in ends(self.document) if other.whole is end.whole]
            near |= self._subnets(pair, family)
        return self.dice.choice(sorted(near - others) or [self.free_subnet()])

    def _subnets(self, members: t.Iterable[LinkEnd], family: str) -> set[int]:
        pattern = r'10\.%d\.(\d+)\.' % self.net if family == 'ipv4' else r'fd%02x:(\w+):' % self.net
        matches = [re.match(pattern, text.lower()) for text in addresses_of(members)]
        return {int(match.group(1), 10 if family == 'ipv4' else 16) for match in matches if match}

    def change_address(self) -> None:
        members = [end for end in ends(self.document) if end.entry.get('addresses')]
        if not members:
            return
        addresses = self.dice.choice(members).entry['addresses']
        number = self.dice.randrange(len(addresses))
        if self.chance(0.5):
            addresses.pop(number)
        elif self.chance(0.5):
            self.dice.shuffle(addresses)
        else:
            ip = text_of(addresses[number]).split('/')[0]
            lengths = (24, 32) if '.' in ip else (64, 128)
            addresses[number] = '%s/%d' % (ip, self.dice.choice(lengths))


class Routes(Writer):
    """Adds, changes and removes routes."""

    def add_route(self) -> None:
        namespace, place = self.place()
        here = self.ends_in(namespace)
        family = self.dice.choice(('ipv4', 'ipv6'))
        links = [end.name for end in here if end.up and end.name != 'lo']
        gateways = self._gateways(place, here, family)
        shapes = ['none']
        if links:
            shapes.append('dev')
        if gateways:
            shapes += ['via'] * 4
        if len(gateways) > 1:
            shapes += ['hops'] * 2
        if links:
            shapes.append('onlink')
        shape = self.dice.choice(shapes)
        # Destinations are apart from the networks of the links: a route there would compete with those of the
        # kernel.
        number = self.dice.randint(0, 60)
        route = {'to': '172.20.%d.0/24' % number if family == 'ipv4' else 'fdff:%x::/64' % number}
        if shape != 'dev' and self.chance(0.25):
            route.update(to='default', family=family)
        route.update(self._hops(shape, family, number, links, gateways))
        self._decorate(route, shape, family, here)
        place.setdefault('routes', []).append(route)

    def _hops(
        self, shape: str, family: str, number: int, links: list[str], gateways: list[tuple[str, str]]
    ) -> dict[str, t.Any]:
        if shape == 'none':
            return {'type': self.dice.choice(WITHOUT_LINK)}
        if shape == 'dev':
            return {'dev': self.dice.choice(links)}
        if shape == 'via':
            via, dev = self.dice.choice(gateways)
            bound = self.chance(0.3) or ipaddress.ip_address(via).is_link_local
            return {'via': via, 'dev': dev} if bound else {'via': via}
        if shape == 'onlink':
            via = '198.51.100.%d' if family == 'ipv4' else '2001:db8:5::%x'
            return {'via': via % (number + 1), 'dev': self.dice.choice(links), 'onlink': True}
        # IPv6 refuses hops without a gateway among others.
        hops = []
        for via, dev in self.dice.sample(gateways, self.dice.randint(2, min(3, len(gateways)))):
            hop: dict[str, t.Any] = {'via': via, 'dev': dev}
            if self.chance(0.5):
                hop['weight'] = self.dice.randint(1, 20)
            hops.append(hop)
        return {'nexthops': hops}

    def _decorate(self, route: dict[str, t.Any], shape: str, family: str, here: list[LinkEnd]) -> None:
        """Set what any route can have besides its destination and hops."""
        usable = [ip for ip, may_be_source in own_addresses(here).items() if may_be_source]
        sources = [ip for ip in usable if (':' in ip) == (family == 'ipv6')]
        if sources and shape != 'none' and self.chance(0.2):
            route['src'] = self.dice.choice(sources)
        if self.chance(0.25):
            route['table'] = self.dice.choice(TABLES)
        if self.chance(0.3):
            route['metric'] = self.dice.choice((5, 100, 1024, 4000000000))
        if family == 'ipv4' and shape != 'dev' and self.chance(0.1):
            route['tos'] = self.dice.choice((8, 16))
        if family == 'ipv6' and shape != 'none' and random.Random(repr(route)).random() < 0.15:
            route['pref'] = 'high'
        if shape == 'none':
            return
        metrics = {'mtu': 1300, 'advmss': 1200, 'hoplimit': 9, 'initcwnd': 20, 'quickack': 1}
        for key, value in metrics.items():
            if self.chance(0.1):
                route[key] = value

    def _gateways(self, place: dict[str, t.Any], here: list[LinkEnd], family: str) -> list[tuple[str, str]]:
        """Pairs of a gateway that could be reached and the link to it."""
        version = 4 if family == 'ipv4' else 6
        pairs = []
        for end, network, _own in networks(here):
            if network.version == version and network.num_addresses >= 4:
                number = self.dice.randint(1, min(250, network.num_addresses - 2))
                pairs.append((str(network.network_address + number), end.name))
        for route in place.get('routes', ()):
            if leads_to_network(route) and ipaddress.ip_network(route['to']).version == version:
                gateway = ipaddress.ip_network(route['to'])[self.dice.randint(1, 250)]
                pairs.append((str(gateway), route['dev']))
        if family == 'ipv6':
            pairs += self._link_local_gateways(here)
        taken = own_addresses(here)
        return sorted({pair for pair in pairs if pair[0] not in taken})

    def _link_local_gateways(self, here: list[LinkEnd]) -> t.Iterator[tuple[str, str]]:
        for end in here:
            if end.up and end.name != 'lo' and self.chance(0.2):
                yield 'fe80::%x' % self.dice.randint(1, 0xFFFF), end.name

    def change_route(self) -> None:
        _namespace, place = self.place()
        if not place.get('routes'):
            return
        number = self.dice.randrange(len(place['routes']))
        if self.chance(0.5):
            place['routes'].pop(number)
        else:
            route = place['routes'][number]
            self.flip(route, 'metric', self.dice.choice((7, 200)))
            if 'type' not in route:
                self.flip(route, 'mtu', self.dice.choice((1300, 1350)))


class Rules(Writer):
    """Adds and removes policy rules."""

    def add_rule(self) -> None:
        """A rule by which no gateway is looked up, or one that looks in main.

        The kernel looks up gateways of routes by the rules that exist at the time, with a source of 0 and no
        mark, port or protocol (fib_check_nh, ip6_route_check_nh). A rule that matches this would make routes
        depend on the order.
        """
        _namespace, place = self.place()
        taken = {rule['priority'] for rule in place.get('rules', ())}
        free = [number for number in range(1000, 1100) if number not in taken]
        priority = self.dice.choice(free or [max(taken, default=0) + 1])
        rule: dict[str, t.Any] = {'priority': priority}
        self._select(rule)
        self._act(rule)
        place.setdefault('rules', []).append(rule)

    def _select(self, rule: dict[str, t.Any]) -> None:
        family = self.dice.choice(('ipv4', 'ipv6'))
        network = '10.%d.0.0/16' if family == 'ipv4' else 'fd%02x::/16'
        if self.chance(0.6):
            rule['from'] = network % self.net
        else:
            rule['mark'] = self.dice.choice((5, '0x10/0xf0', '0xffffffff'))
            rule['family'] = self.dice.choice((family, 'both'))
        if rule.get('family') != 'both' and self.chance(0.3):
            rule['to'] = network % self.dice.randint(16, 250)
        for key, value in (
            ('iif', self.dice.choice(('lo', 'nowhere0'))),
            ('oif', 'nowhere1'),
            ('tos', self.dice.choice((8, 16))),
            ('ipproto', self.dice.choice(('tcp', 'udp', 17))),
            ('uidrange', self.dice.choice((0, '5-1000'))),
        ):
            if self.chance(0.15):
                rule[key] = value
        self._select_more(rule)
        if rule.get('ipproto') and self.chance(0.7):  # ports of 65535 are refused
            rule[self.dice.choice(('sport', 'dport'))] = self.dice.choice((80, '1024-65534'))

    def _select_more(self, rule: dict[str, t.Any]) -> None:
        dice = random.Random(repr(rule))
        ipv6 = 'ipv6' in (rule.get('family'), 'ipv6' if ':' in rule.get('from', '') else '')
        both = rule.get('family') == 'both'
        for key, value, fits in (
            ('dscp', dice.choice((0, 46)), 'tos' not in rule),
            ('flowlabel', dice.choice((7, '0x10/0xff')), ipv6),
            ('tun_id', dice.choice((5, 1 << 63)), True),
            ('realms', dice.choice((7, '3/4')), not ipv6 and not both),
            ('protocol', 99, True),
        ):
            if fits and dice.random() < 0.1:
                rule[key] = value

    def _act(self, rule: dict[str, t.Any]) -> None:
        action = self.dice.choice(ACTIONS)
        if action == 'table':
            rule['table'] = self.dice.choice(TABLES)
        elif action in ('main', 'invert'):
            rule['table'] = 'main'
            if self.chance(0.5):
                rule['suppress_prefixlength'] = self.dice.choice((0, 8))
            elif rule['priority'] % 3 == 0:
                rule['suppress_ifgroup'] = 5
            if action == 'invert':
                rule['invert'] = True
        elif action == 'goto':
            rule['goto'] = rule['priority'] + self.dice.randint(1, 50)
        else:
            rule['action'] = action

    def remove_rule(self) -> None:
        _namespace, place = self.place()
        if place.get('rules'):
            place['rules'].pop(self.dice.randrange(len(place['rules'])))
