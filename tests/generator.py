# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random documents that a real kernel accepts, and random changes of them.

``random_document(seed)`` makes one, ``random_change(document, seed)`` makes another of the same scope out of it, for
tests that apply one after the other. The same arguments give the same document on every Python. All that is needed is
a throw-away namespace in the place of the host's own; only the kinds of links that are asked for occur.

What a document must not do is kept in one place, :func:`repair`: it takes away what the kernel would refuse. Facts
there without another source were tried with ip(8) on Linux 6.18.
"""

from __future__ import annotations

import copy
import hashlib
import ipaddress
import random
import re
import typing as t

Document = dict[str, t.Any]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

KINDS = ('veth', 'bridge', 'macvlan', 'vxlan')
MTUS = (1280, 1400, 1450, 1500, 9000)  # IPv6 needs 1280
TABLES: tuple[t.Any, ...] = (100, 101, 5000, 70000, 'default')
WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')
INNER_NAMES = ('eth0', 'eth1', 'eth2', 'lan', 'wan.5', 'up-link', 'x', 'fifteen-bytes-0', '\u00fcber')
COMMENTS = (
    'plain',
    'two words',
    'it\\\'s',
    'say \\"hello\\"',
    'back\\\\slash',
    '#no comment',
    '$(id) `id`',
    '{n} {{ n }} %s',
    '\u00fc\u6f22',
    '-j DROP',
    '',
)
SYSCTLS: dict[str, tuple[t.Any, ...]] = {
    'net.ipv4.ip_forward': (0, 1),
    'net.ipv4.conf.all.rp_filter': (0, 1, 2),
    'net.ipv4.conf.default.rp_filter': (0, 1, 2),
    'net.ipv6.conf.all.forwarding': (0, 1, True),
    'net.ipv4.conf.all.arp_ignore': (0, 1, 2),
    'net.ipv4.ip_default_ttl': (64, 60, 255),
    'net.ipv4.ip_local_port_range': ('32768 60999', '20000\t30000'),
    'net.ipv4.ping_group_range': ('1 0', '0  2147483647'),
    'net.core.somaxconn': (4096, 512),
    'net.ipv4.tcp_mtu_probing': (0, 1),
    'net.ipv4.fib_multipath_hash_policy': (0, 1),
    'net/ipv4/tcp_fin_timeout': (60, 31),
    'net.ipv4.tcp_keepalive_time': (7200, 600),
    '-net.ipv4.no_such_setting': (1,),
}
# Left out: forwarding of single links, which conf.all.forwarding overwrites, and times that the kernel rounds to jiffies
# (neigh.*.retrans_time_ms: 1001 is read back as 1004).
LINK_SYSCTLS: dict[str, tuple[int, ...]] = {
    'net.ipv4.conf.%s.arp_ignore': (0, 1, 2),
    'net.ipv4.conf.%s.arp_announce': (0, 1, 2),
    'net.ipv4.conf.%s.proxy_arp': (0, 1),
    'net.ipv4.conf.%s.send_redirects': (0, 1),
    'net.ipv4.conf.%s.rp_filter': (0, 1, 2),
    'net.ipv6.conf.%s.accept_ra': (0, 1, 2),
    'net.ipv6.conf.%s.hop_limit': (64, 50),
}


def default_scope(seed: int) -> str:
    return 'g%x' % (seed % (1 << 20))


def random_document(
    seed: int, size: str = 'small', kinds: t.Sequence[str] = KINDS, scope: str = ''
) -> Document:
    """A document of 0 to 3 namespaces (small) or 1 to 6 (medium) whose names in the host begin with its scope."""
    dice = random.Random('document %d %s' % (seed, size))
    author = Author({'name': scope or default_scope(seed)}, dice, kinds)
    low, high = {'small': (0, 3), 'medium': (1, 6)}[size]
    for _number in range(dice.randint(low, high)):
        author.add_namespace()
    for _number in range(dice.randint(1, 4 if size == 'small' else 9)):
        author.add_link()
    for action, most in (
        (author.add_address, 3),
        (author.add_route, 4),
        (author.add_rule, 2),
        (author.add_sysctl, 2),
        (author.add_chain, 2),
        (author.add_table, 1),
    ):
        for _number in range(dice.randint(0, most * (1 + len(author.document.get('namespaces', ()))))):
            action()
    return author.finished()


def random_change(document: Document, seed: int, kinds: t.Sequence[str] = KINDS) -> Document:
    """Another document of the same scope: mostly a few changes, now and then all anew. *document* stays as it is."""
    dice = random.Random('change %d' % seed)
    if dice.random() < 0.15:
        return random_document(
            dice.randrange(1 << 30), dice.choice(('small', 'medium')), kinds, document['name']
        )
    author = Author(copy.deepcopy(document), dice, kinds)
    for _number in range(dice.choice((1, 1, 2, 3, 5, 8))):
        dice.choice(author.changes())()
    return author.finished()


# Reading a document as it is written.


class End(t.NamedTuple):
    """A link, or one end of a veth: ``entry`` has its settings, ``whole`` is the entry of ``links`` that it stands in."""

    namespace: str
    name: str
    kind: str
    entry: dict[str, t.Any]
    whole: dict[str, t.Any]

    @property
    def up(self) -> bool:
        return bool(self.entry.get('state') != 'down')


def places(document: Document) -> dict[str, dict[str, t.Any]]:
    """The namespaces by name, the host's as ''. Replicas are left out: nothing but :func:`repair` touches them."""
    return {
        '': document,
        **{entry['name']: entry for entry in document.get('namespaces', ()) if 'replicas' not in entry},
    }


def ends(document: Document) -> list[End]:
    found = []
    for namespace, place in places(document).items():
        for entry in place.get('links', ()):
            found.append(End(namespace, entry['name'], entry['kind'], entry, entry))
            if entry['kind'] == 'veth':
                peer = entry['peer']
                where = peer.get('namespace', 'host')
                found.append(End('' if where == 'host' else where, peer['name'], 'veth', peer, entry))
    return found


def text_of(address: t.Any) -> str:
    return address['address'] if isinstance(address, dict) else address


def networks(found: t.Iterable[End]) -> list[tuple[End, Network, str]]:
    """Where gateways may be: ``(link, network, own address)`` of the links that are up."""
    listed = []
    for end in found:
        addresses = (
            [
                (
                    ipaddress.ip_interface(text_of(address)),
                    isinstance(address, dict) and address.get('prefix_route') is False,
                )
                for address in end.entry.get('addresses', ())
            ]
            if end.up
            else []
        )
        # Only the first IPv4 address of a subnet on a link brings the route to it (fib_add_ifaddr): where one is without, there may be none.
        without = {interface.network for interface, alone in addresses if alone and interface.version == 4}
        for interface, alone in addresses:
            network = interface.network
            if (
                not alone
                and network not in without
                and network.num_addresses > 1
                and not interface.ip.is_link_local
            ):
                listed.append((end, network, str(interface.ip)))
    return listed


def own_addresses(found: t.Iterable[End]) -> dict[str, bool]:
    """The addresses of some links, and whether a route may have them as its source."""
    return {
        text_of(address).split('/')[0].lower(): end.up
        and not (isinstance(address, dict) and address.get('dad'))
        for end in found
        for address in end.entry.get('addresses', ())
    }


# What the kernel would refuse.


def repair(document: Document) -> None:
    """Take away what has lost its footing."""
    _repair_links(document)
    for namespace, place in places(document).items():
        here = [end for end in ends(document) if end.namespace == namespace]
        _repair_routes(place, here)
        names = {end.name for end in here}
        for key in list(place.get('sysctls', ())):
            match = re.match(r'net\.ipv[46]\.conf\.(.+)\.[a-z_]+\Z', key)
            if (
                match
                and match.group(1) not in ('all', 'default')
                and match.group(1).replace('/', '.') not in names
            ):
                del place['sysctls'][key]
        _repair_chains(place)
        if 'nftables' in place:  # a rule that names a link by its number needs it
            place['nftables'] = [
                entry
                for entry in place['nftables']
                if names >= set(re.findall(r'\biif "([^"]+)"', entry['content']))
            ]


def _repair_links(document: Document) -> None:
    while True:
        known = places(document)
        found = {(end.namespace, end.name): end for end in ends(document)}
        lost = []
        for end in found.values():
            if end.kind == 'veth' and end.namespace not in known:
                lost.append(end)
            if end.kind == 'macvlan':
                where = end.entry.get('link_namespace', end.namespace)
                parent = found.get(('' if where == 'host' else where, end.entry['link']))
                # A port has its receive handler taken by the bridge: EBUSY. A macvlan on a macvlan is moved by the kernel
                # to the link below (macvlan_common_newlink), and one on a link that is down stays without a carrier.
                if parent is None or parent.kind == 'macvlan' or parent.entry.get('master') or not parent.up:
                    lost.append(end)
        if not lost:
            break
        for place in known.values():
            if 'links' in place:
                place['links'] = [
                    entry for entry in place['links'] if not any(entry is end.whole for end in lost)
                ]
    replicas = [entry for entry in document.get('namespaces', ()) if 'replicas' in entry]
    members = [(end.namespace, end.entry) for end in found.values()]
    members += [('', link['peer']) for entry in replicas for link in entry['links']]
    for namespace, entry in members:
        master = found.get((namespace, entry.get('master', '')))
        if entry.get('master') and (master is None or master.kind != 'bridge'):
            del entry['master']
        if not entry.get('master'):
            entry.pop('port', None)
    mtus: dict[tuple[str, str], int] = {}
    for key, end in found.items():
        mtus[key] = end.entry.get('mtu', 1500)
        if (
            end.kind == 'bridge'
        ):  # without an MTU of its own it has the least of its ports (br_mtu_auto_adjust)
            ports = [
                port.entry.get('mtu', 1450)
                for port in found.values()
                if (port.namespace, port.entry.get('master')) == key
            ]
            mtus[key] = min([mtus[key], *ports])
            if 'mtu' in end.entry:
                end.entry['mtu'] = mtus[key]
    for end in found.values():
        if end.kind == 'macvlan':  # EINVAL for more than its link has
            where = end.entry.get('link_namespace', end.namespace)
            if end.entry.get('mtu', 0) > mtus['' if where == 'host' else where, end.entry['link']]:
                del end.entry['mtu']


def _repair_routes(place: dict[str, t.Any], here: list[End]) -> None:
    links = {end.name: end for end in here}
    connected = networks(here)
    own = own_addresses(here)
    broadcasts = {
        str(edge)
        for _end, network, _ip in connected
        if network.version == 4 and network.num_addresses > 2
        for edge in (network.network_address, network.broadcast_address)
    }
    seen = set()
    while 'routes' in place:
        ways = [(end.name, network) for end, network, _ip in connected]
        ways += [
            (route['dev'], ipaddress.ip_network(route['to'])) for route in place['routes'] if is_way(route)
        ]
        kept = [route for route in place['routes'] if _stands(route, links, own, broadcasts, ways)]
        done = len(kept) == len(place['routes'])
        place['routes'] = kept
        if done:
            break
    distinct = []
    for route in place.get('routes', ()):
        family = route.get('family') or family_of(route)
        metric = route.get('metric') or (1024 if family == 'ipv6' else 0)
        key = (family, route['to'], route.get('table', 'main'), metric, route.get('tos', 0))
        if key not in seen:
            seen.add(key)
            distinct.append(route)
    if 'routes' in place:
        place['routes'] = distinct


def is_way(route: dict[str, t.Any]) -> bool:
    """Whether a route leads to a network on a link, where gateways of other routes may be."""
    return 'dev' in route and 'via' not in route and route['to'] != 'default' and 'table' not in route


def family_of(route: dict[str, t.Any]) -> str:
    for text in (
        route['to'],
        route.get('via', ''),
        route.get('src', ''),
        *[hop.get('via', '') for hop in route.get('nexthops', ())],
    ):
        if ':' in text:
            return 'ipv6'
    return 'ipv4'


def _stands(
    route: dict[str, t.Any],
    links: dict[str, End],
    own: dict[str, bool],
    broadcasts: set[str],
    ways: list[tuple[str, Network]],
) -> bool:
    if 'src' in route and not own.get(route['src']):
        return False
    for hop in route.get('nexthops') or [route]:
        via, dev = hop.get('via'), hop.get('dev')
        if dev is not None and (dev not in links or not links[dev].up):  # ENETDOWN
            return False
        if via is None:
            continue
        if via in own or via in broadcasts:  # EINVAL: a gateway is neither ourselves nor a broadcast address
            return False
        gateway = ipaddress.ip_address(via)
        if hop.get('onlink') or gateway.is_link_local:
            continue
        if not any(
            network.version == gateway.version and gateway in network and dev in (None, name)
            for name, network in ways
        ):
            return False
    return True


def _repair_chains(place: dict[str, t.Any]) -> None:
    chains = place.get('iptables', [])

    def families(entry: dict[str, t.Any]) -> set[str]:
        family = entry.get('family', 'ipv4')
        return {'ipv4', 'ipv6'} if family == 'both' else {family}

    there = {
        (entry.get('table', 'filter'), entry['chain'], family)
        for entry in chains
        for family in families(entry)
    }
    for entry in chains:
        rules = []
        for rule in entry.get('rules', ()):
            match = re.search(r'-[jg] (to-\S+)\Z', rule)
            if not match or all(
                (entry.get('table', 'filter'), match.group(1), family) in there for family in families(entry)
            ):
                rules.append(rule)
        if 'rules' in entry:
            entry['rules'] = rules


# Writing.


class Author:
    """Adds to a document and changes what is in it. What no longer fits is taken away at the end."""

    def __init__(self, document: Document, dice: random.Random, kinds: t.Sequence[str]) -> None:
        self.document, self.dice, self.kinds = document, dice, tuple(kind for kind in KINDS if kind in kinds)
        self.scope = document['name']
        self.net = 16 + hashlib.sha256(self.scope.encode()).digest()[0] % 200

    def finished(self) -> Document:
        repair(self.document)
        for place in self.document, *self.document.get('namespaces', ()):
            for key in ('links', 'routes', 'rules', 'iptables', 'nftables', 'namespaces'):
                if key in place:
                    self.dice.shuffle(place[key])
        return self.document

    # Choosing.

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def place(self) -> tuple[str, dict[str, t.Any]]:
        return self.dice.choice(list(places(self.document).items()))

    def ends_in(self, namespace: str) -> list[End]:
        return [end for end in ends(self.document) if end.namespace == namespace]

    def free_name(self, namespace: str, stem: str = '') -> str:
        """A name for a link; those in the host begin with the scope, for two documents never to want the same."""
        taken = {end.name for end in self.ends_in(namespace)}
        if namespace:
            names = [stem + name for name in (['0', '1', '2', '3'] if stem else INNER_NAMES)]
        else:
            names = ['%s-%s%d' % (self.scope, stem or 'v', number) for number in range(8)]
        free = [name for name in names if name not in taken]
        return (
            self.dice.choice(free)
            if free
            else next(
                name
                for name in (
                    '%s%s%d' % (self.scope + '-' if not namespace else '', stem or 'v', number)
                    for number in range(8, 10000)
                )
                if name not in taken
            )
        )

    def free_subnet(self) -> int:
        text = ' '.join(
            [text_of(address) for end in ends(self.document) for address in end.entry.get('addresses', ())]
            + [str(entry['links']) for entry in self.document.get('namespaces', ()) if 'replicas' in entry]
        ).lower()
        taken = {int(match) for match in re.findall(r'\b10\.%d\.(\d+)\.' % self.net, text)}
        taken |= {int(match, 16) for match in re.findall(r'\bfd%02x:(\w+):' % self.net, text)}
        return self.dice.choice([number for number in range(1, 250) if number not in taken] or [250])

    def prefix(self, family: str, number: int) -> str:
        return '10.%d.%d.' % (self.net, number) if family == 'ipv4' else 'fd%02x:%x::' % (self.net, number)

    def mac(self) -> str:
        octets = [self.dice.randrange(256) for _number in range(6)]
        text = ':'.join('%02x' % octet for octet in (octets[0] & 0xFC | 2, *octets[1:]))
        return self.dice.choice((text, text.upper(), text.replace(':', '-')))

    # Namespaces.

    def add_namespace(self) -> None:
        taken = {entry['name'] for entry in self.document.get('namespaces', ())}
        free = [
            name
            for name in ('%s-%s' % (self.scope, stem) for stem in ('a', 'b', 'c', 'd.e', 'f_0', 'G'))
            if name not in taken
        ]
        if not free:
            return
        entry: dict[str, t.Any] = {'name': self.dice.choice(free)}
        if self.chance(0.1):
            entry['exclusive'] = True
        # No nsid: the kernel never changes one that is set.
        if (
            'veth' in self.kinds
            and self.chance(0.15)
            and not any('replicas' in other for other in self.document.get('namespaces', ()))
        ):
            entry = self._replicas()
        self.document.setdefault('namespaces', []).append(entry)
        if 'replicas' not in entry and self.chance(0.3):
            entry['links'] = [
                {
                    'name': 'lo',
                    'kind': 'physical',
                    'state': 'up',
                    'addresses': ['10.255.%d.%d/32' % (self.net, self.dice.randint(1, 250))],
                }
            ]

    def _replicas(self) -> dict[str, t.Any]:
        subnet = self.free_subnet()
        peer: dict[str, t.Any] = {'name': self.scope + '-r{n}'}
        bridges = [end.name for end in self.ends_in('') if end.kind == 'bridge']
        if bridges:
            peer['master'] = self.dice.choice(bridges)
        return {
            'name': self.scope + '-r{n}',
            'replicas': self.dice.randint(1, 3),
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'peer': peer,
                    'addresses': [
                        '10.%d.%d.{n+1}/24' % (self.net, subnet),
                        '{fd%02x:%x::1+n}/64' % (self.net, subnet),
                    ],
                }
            ],
            'routes': [{'to': 'default', 'via': '10.%d.%d.1' % (self.net, subnet)}],
            'iptables': [
                {'chain': 'INPUT', 'family': 'both', 'rules': ['-m comment --comment "{n} {x}" -j ACCEPT']}
            ],
            'nftables': [
                {
                    'family': 'ip',
                    'content': 'chain c {\n ip saddr { 10.9.{n}.0/24, {10.8.0.0+n} } tcp dport {{n+1},22} drop\n}',
                }
            ],
        }

    def remove_namespace(self) -> None:
        if self.document.get('namespaces'):
            self.document['namespaces'].pop(self.dice.randrange(len(self.document['namespaces'])))

    def change_replicas(self) -> None:
        for entry in self.document.get('namespaces', ()):
            if 'replicas' in entry:
                entry['replicas'] = self.dice.randint(0, 4)

    # Links.

    def add_link(self) -> None:
        namespace, place = self.place()
        kind = self.dice.choice(
            [kind for kind in self.kinds for _time in range({'veth': 4, 'bridge': 2}.get(kind, 1))]
        )
        entry = getattr(self, '_' + kind)(namespace)
        if entry is None:
            return
        for end in (entry, entry.get('peer')):
            if end is not None:
                self._dress(end)
        place.setdefault('links', []).append(entry)
        for end in self.ends_in(namespace):
            if end.whole is entry and self.chance(0.8):
                self.add_address(end)

    def _dress(self, entry: dict[str, t.Any]) -> None:
        if self.chance(0.2):
            entry['mac'] = self.mac()
        if self.chance(0.08):
            entry['state'] = 'down'
        if self.chance(0.08):
            entry['link_local'] = True

    def _veth(self, namespace: str) -> dict[str, t.Any]:
        other = self.dice.choice(list(places(self.document)))
        entry: dict[str, t.Any] = {'name': self.free_name(namespace), 'kind': 'veth'}
        peer: dict[str, t.Any] = {'name': self.free_name(other)}
        while peer['name'] == entry['name'] and other == namespace:
            peer['name'] = self.free_name(other, 'p')
        if other or self.chance(0.3):
            peer['namespace'] = other or 'host'
        entry['peer'] = peer
        mtu = self.dice.choice((*MTUS, 0, 0, 0, 0, 0))
        for where, end in ((namespace, entry), (other, peer)):
            if mtu:
                end['mtu'] = mtu
            self._enslave(where, end)
        return entry

    def _enslave(self, namespace: str, entry: dict[str, t.Any], probability: float = 0.4) -> None:
        bridges = [end.name for end in self.ends_in(namespace) if end.kind == 'bridge']
        if not bridges or not self.chance(probability):
            return
        entry['master'] = self.dice.choice(bridges)
        if self.chance(0.4):
            entry['port'] = {
                key: value
                for key, value in (
                    ('isolated', True),
                    ('hairpin', True),
                    ('learning', False),
                    ('cost', self.dice.randint(1, 65535)),
                    ('priority', self.dice.randint(0, 63)),
                )
                if self.chance(0.4)
            }

    def _bridge(self, namespace: str) -> dict[str, t.Any]:
        entry: dict[str, t.Any] = {'name': self.free_name(namespace, 'br'), 'kind': 'bridge'}
        # No vlan_filtering: not every kernel has CONFIG_BRIDGE_VLAN_FILTERING. With stp forward_delay is 2 s at least.
        for key, values in (
            ('stp', (True, False)),
            ('ageing_time', (0, 10, 300)),
            ('priority', (0, 4096, 65535)),
            ('multicast_snooping', (False, True)),
            ('mtu', MTUS),
        ):
            if self.chance(0.25):
                entry[key] = self.dice.choice(values)
        if self.chance(0.25):
            entry['forward_delay'] = self.dice.randint(2, 30)
        return entry

    def _macvlan(self, namespace: str) -> dict[str, t.Any] | None:
        parents = [
            end
            for end in ends(self.document)
            if end.kind in ('veth', 'bridge')
            and end.up
            and not end.entry.get('master')
            and (end.namespace == namespace or self.chance(0.3))
        ]
        if not parents:
            return None
        parent = self.dice.choice(parents)
        entry = {
            'name': self.free_name(namespace, 'mv'),
            'kind': 'macvlan',
            'link': parent.name,
            'mode': self.dice.choice(('bridge', 'private', 'vepa')),
        }
        if parent.namespace != namespace:
            entry['link_namespace'] = parent.namespace or 'host'
        if self.chance(0.2):
            entry['mtu'] = self.dice.choice((1280, 1400))
        return entry

    def _vxlan(self, namespace: str) -> dict[str, t.Any]:
        # The id is free in the whole document: two of one id and port in one namespace are EEXIST.
        taken = {end.entry['id'] for end in ends(self.document) if end.kind == 'vxlan'}
        entry: dict[str, t.Any] = {
            'name': self.free_name(namespace, 'vx'),
            'kind': 'vxlan',
            'id': next(
                number for number in iter(lambda: self.dice.randrange(1 << 24), None) if number not in taken
            ),
        }
        ip = self.dice.choice(('192.0.2.%d', '2001:db8::%d'))
        for key, value in (
            ('local', ip % self.dice.randint(1, 99)),
            ('remote', ip % self.dice.randint(100, 199)),
            ('dstport', 8472),
            ('learning', False),
            ('ttl', self.dice.randint(1, 255)),
        ):
            if self.chance(0.5):
                entry[key] = value
        if self.chance(0.2):
            entry['mtu'] = 1400
        self._enslave(namespace, entry)
        return entry

    def any_entry(self, kind: str = '') -> End | None:
        found = [end for end in ends(self.document) if end.name != 'lo' and kind in ('', end.kind)]
        return self.dice.choice(found) if found else None

    def remove_link(self) -> None:
        end = self.any_entry()
        for place in places(self.document).values():
            if end is not None and 'links' in place:
                place['links'] = [entry for entry in place['links'] if entry is not end.whole]

    def change_link(self) -> None:
        end = self.any_entry()
        if end is None:
            return
        entry = end.entry
        what = self.dice.choice(('mtu', 'mac', 'state', 'master', 'free', 'name', 'link_local', 'setting'))
        if what == 'mtu' and end.kind in ('veth', 'bridge'):
            self._flip(entry, 'mtu', self.dice.choice(MTUS))
            if end.kind == 'veth' and 'mtu' in entry and self.chance(0.7):
                end.whole['mtu'] = end.whole['peer']['mtu'] = entry['mtu']
        elif what == 'mac':
            self._flip(entry, 'mac', self.mac())
        elif what == 'state':
            self._flip(entry, 'state', 'down')
        elif what == 'master' and end.kind in ('veth', 'vxlan'):
            self._enslave(end.namespace, entry, 1)
        elif what == 'free':
            entry.pop('master', None)
        elif what == 'name':
            entry['name'] = self.free_name(end.namespace, 'n')
            for address in entry.get('addresses', ()):
                if isinstance(address, dict):
                    address.pop('label', None)
        elif what == 'link_local':
            self._flip(entry, 'link_local', True)
        elif what == 'setting' and end.kind == 'bridge':
            self._flip(entry, 'ageing_time', self.dice.choice((0, 20, 300)))
            self._flip(entry, 'stp', True)
        elif what == 'setting' and end.kind == 'macvlan':
            entry['mode'] = self.dice.choice(('bridge', 'private', 'vepa'))
        elif what == 'setting' and end.kind == 'vxlan':
            self._flip(entry, 'ttl', self.dice.randint(1, 255))

    def _flip(self, entry: dict[str, t.Any], key: str, value: t.Any) -> None:
        if key in entry and self.chance(0.5):
            del entry[key]
        else:
            entry[key] = value

    # Addresses.

    def add_address(self, end: End | None = None) -> None:
        end = end or self.any_entry()
        if end is None or end.entry.get('master') and self.chance(0.9):
            return
        family = self.dice.choice(('ipv4', 'ipv6'))
        subnet = self._subnet(end, family)
        taken = {
            text_of(address).split('/')[0]
            for other in ends(self.document)
            for address in other.entry.get('addresses', ())
        }
        start = self.prefix(family, subnet)
        host = self.dice.choice(
            [
                number
                for number in range(1, 251)
                if start + (str(number) if family == 'ipv4' else '%x' % number) not in taken
            ]
        )
        ip = start + (str(host) if family == 'ipv4' else '%x' % host)
        length = self.dice.choice(
            (24, 24, 24, 24, 25, 32) if family == 'ipv4' else (64, 64, 64, 64, 112, 128)
        )
        if length == 25 and host & 127 in (0, 127):
            length = 24
        text = '%s/%d' % (ip.upper() if self.chance(0.1) else ip, length)
        address: t.Any = text if length not in (32, 128) or self.chance(0.5) else ip
        extra: dict[str, t.Any] = {}
        if family == 'ipv4' and self.chance(0.1) and len((end.name + ':1').encode()) <= 15:
            extra['label'] = end.name + ':1'
        if self.chance(0.08):
            extra['prefix_route'] = False
        if family == 'ipv6' and self.chance(0.08):
            extra['dad'] = True
        end.entry.setdefault('addresses', []).append({'address': address, **extra} if extra else address)

    def _subnet(self, end: End, family: str) -> int:
        """The number of a subnet: one of the link itself or, for the far end to be reached, of its peer, else a new one.

        In one namespace no two links share a subnet: which of them a gateway is on would depend on the order.
        """

        def subnets(found: t.Iterable[End]) -> set[int]:
            pattern = r'10\.%d\.(\d+)\.' % self.net if family == 'ipv4' else r'fd%02x:(\w+):' % self.net
            matches = [
                re.match(pattern, text_of(address).lower())
                for other in found
                for address in other.entry.get('addresses', ())
            ]
            return {int(match.group(1), 10 if family == 'ipv4' else 16) for match in matches if match}

        here = self.ends_in(end.namespace)
        others = subnets(other for other in here if other.entry is not end.entry)
        near = {number for number in subnets([end]) if self.chance(0.7)}
        if end.kind == 'veth':
            near |= subnets(other for other in ends(self.document) if other.whole is end.whole)
        return self.dice.choice(sorted(near - others) or [self.free_subnet()])

    def change_address(self) -> None:
        found = [end for end in ends(self.document) if end.entry.get('addresses')]
        if not found:
            return
        listed = self.dice.choice(found).entry['addresses']
        number = self.dice.randrange(len(listed))
        if self.chance(0.5):
            listed.pop(number)
        elif self.chance(0.5):
            self.dice.shuffle(listed)
        else:
            text = text_of(listed[number]).split('/')[0]
            short, long = (24, 32) if '.' in text else (64, 128)
            listed[number] = '%s/%d' % (text, self.dice.choice((short, long)))

    # Routes.

    def add_route(self) -> None:
        namespace, place = self.place()
        here = self.ends_in(namespace)
        family = self.dice.choice(('ipv4', 'ipv6'))
        links = [end.name for end in here if end.up and end.name != 'lo']
        gateways = self._gateways(place, here, family)
        choices = [
            'none',
            *(['dev'] if links else []),
            *(['via'] * 4 if gateways else []),
            *(['hops'] * 2 if len(gateways) > 1 else []),
            *(['onlink'] if links else []),
        ]
        way = self.dice.choice(choices)
        # Destinations are apart from the networks of the links: a route there would compete with those of the kernel.
        number = self.dice.randint(0, 60)
        route: dict[str, t.Any] = {
            'to': '172.20.%d.0/24' % number if family == 'ipv4' else 'fdff:%x::/64' % number
        }
        if way != 'dev' and self.chance(0.25):
            route['to'] = 'default'
            route['family'] = family
        if way == 'none':
            route['type'] = self.dice.choice(WITHOUT_LINK)
        elif way == 'dev':
            route['dev'] = self.dice.choice(links)
        elif way == 'via':
            via, dev = self.dice.choice(gateways)
            route['via'] = via
            if self.chance(0.3) or ipaddress.ip_address(via).is_link_local:
                route['dev'] = dev
        elif way == 'onlink':
            route.update(
                via='198.51.100.%d' % (number + 1) if family == 'ipv4' else '2001:db8:5::%x' % (number + 1),
                dev=self.dice.choice(links),
                onlink=True,
            )
        else:
            # IPv6 refuses hops without a gateway among others.
            hops = self.dice.sample(gateways, self.dice.randint(2, min(3, len(gateways))))
            route['nexthops'] = [
                {'via': via, 'dev': dev, **({'weight': self.dice.randint(1, 20)} if self.chance(0.5) else {})}
                for via, dev in hops
            ]
        own = [
            ip for ip, usable in own_addresses(here).items() if usable and (':' in ip) == (family == 'ipv6')
        ]
        if own and way != 'none' and self.chance(0.2):
            route['src'] = self.dice.choice(own)
        if self.chance(0.25):
            route['table'] = self.dice.choice(TABLES)
        if self.chance(0.3):
            route['metric'] = self.dice.choice((5, 100, 1024, 4000000000))
        if family == 'ipv4' and way != 'dev' and self.chance(0.1):
            route['tos'] = self.dice.choice((8, 16))
        if way != 'none':
            for key, value in (
                ('mtu', 1300),
                ('advmss', 1200),
                ('hoplimit', 9),
                ('initcwnd', 20),
                ('quickack', 1),
            ):
                if self.chance(0.1):
                    route[key] = value
        place.setdefault('routes', []).append(route)

    def _gateways(self, place: dict[str, t.Any], here: list[End], family: str) -> list[tuple[str, str]]:
        version = 4 if family == 'ipv4' else 6
        found = []
        for end, network, _own in networks(here):
            if network.version == version and network.num_addresses >= 4:
                found.append(
                    (
                        str(
                            network.network_address
                            + self.dice.randint(1, min(250, network.num_addresses - 2))
                        ),
                        end.name,
                    )
                )
        for route in place.get('routes', ()):
            if is_way(route) and ipaddress.ip_network(route['to']).version == version:
                found.append(
                    (str(ipaddress.ip_network(route['to'])[self.dice.randint(1, 250)]), route['dev'])
                )
        if family == 'ipv6':
            found += [
                ('fe80::%x' % self.dice.randint(1, 0xFFFF), end.name)
                for end in here
                if end.up and end.name != 'lo' and self.chance(0.2)
            ]
        taken = own_addresses(here)
        return sorted({pair for pair in found if pair[0] not in taken})

    def change_route(self) -> None:
        _namespace, place = self.place()
        if not place.get('routes'):
            return
        number = self.dice.randrange(len(place['routes']))
        if self.chance(0.5):
            place['routes'].pop(number)
        else:
            route = place['routes'][number]
            self._flip(route, 'metric', self.dice.choice((7, 200)))
            if 'type' not in route:
                self._flip(route, 'mtu', self.dice.choice((1300, 1350)))

    # Rules.

    def add_rule(self) -> None:
        """A rule by which no gateway is looked up, or one that looks in main.

        The kernel looks for gateways of routes by the rules that are there at the time, with a source of 0 and no mark, port or
        protocol (fib_check_nh, ip6_route_check_nh). A rule that hits this would make routes depend on the order.
        """
        _namespace, place = self.place()
        taken = {rule['priority'] for rule in place.get('rules', ())}
        priority = self.dice.choice(
            [number for number in range(1000, 1100) if number not in taken] or [max(taken, default=0) + 1]
        )
        family = self.dice.choice(('ipv4', 'ipv6'))
        rule: dict[str, t.Any] = {'priority': priority}
        net = '10.%d.0.0/16' if family == 'ipv4' else 'fd%02x::/16'
        if self.chance(0.6):
            rule['from'] = net % self.net
        else:
            rule['mark'] = self.dice.choice((5, '0x10/0xf0', '0xffffffff'))
            rule['family'] = self.dice.choice((family, 'both'))
        if rule.get('family') != 'both' and self.chance(0.3):
            rule['to'] = net % self.dice.randint(16, 250)
        for key, value in (
            ('iif', self.dice.choice(('lo', 'nowhere0'))),
            ('oif', 'nowhere1'),
            ('tos', self.dice.choice((8, 16))),
            ('ipproto', self.dice.choice(('tcp', 'udp', 17))),
            ('uidrange', self.dice.choice((0, '5-1000'))),
        ):
            if self.chance(0.15):
                rule[key] = value
        if rule.get('ipproto') and self.chance(0.7):  # ports of 65535 are refused
            rule[self.dice.choice(('sport', 'dport'))] = self.dice.choice((80, '1024-65534'))
        what = self.dice.choice(
            (
                'table',
                'table',
                'table',
                'main',
                'invert',
                'goto',
                'nop',
                'blackhole',
                'unreachable',
                'prohibit',
            )
        )
        if what == 'table':
            rule['table'] = self.dice.choice(TABLES)
        elif what in ('main', 'invert'):
            rule['table'] = 'main'
            if self.chance(0.5):
                rule['suppress_prefixlength'] = self.dice.choice((0, 8))
            if what == 'invert':
                rule['invert'] = True
        elif what == 'goto':
            rule['goto'] = priority + self.dice.randint(1, 50)
        else:
            rule['action'] = what
        place.setdefault('rules', []).append(rule)

    def remove_rule(self) -> None:
        _namespace, place = self.place()
        if place.get('rules'):
            place['rules'].pop(self.dice.randrange(len(place['rules'])))

    # Settings.

    def add_sysctl(self) -> None:
        namespace, place = self.place()
        links = [end.name for end in self.ends_in(namespace)]
        if links and self.chance(0.5):
            key = self.dice.choice(sorted(LINK_SYSCTLS))
            value: t.Any = self.dice.choice(LINK_SYSCTLS[key])
            key = key % self.dice.choice(links).replace('.', '/')
        else:
            key = self.dice.choice(sorted(SYSCTLS))
            value = self.dice.choice(SYSCTLS[key])
        place.setdefault('sysctls', {})[key] = value

    def remove_sysctl(self) -> None:
        _namespace, place = self.place()
        if place.get('sysctls'):
            del place['sysctls'][self.dice.choice(sorted(place['sysctls']))]

    # Firewall.

    def add_chain(self) -> None:
        namespace, place = self.place()
        table = self.dice.choice(('filter', 'filter', 'nat', 'mangle'))
        base = {
            'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
            'nat': ('PREROUTING', 'POSTROUTING', 'OUTPUT'),
            'mangle': ('PREROUTING', 'FORWARD', 'POSTROUTING'),
        }[table]
        # Jumps lead to names further on in the alphabet only: no loop. Names in the host have the scope in them.
        own = ['to-%s%s' % ('' if namespace else self.scope + '-', letter) for letter in 'pqr']
        chain = self.dice.choice((*base, *base, *own))
        family = self.dice.choice(('ipv4', 'ipv6', 'both'))
        taken = {(entry.get('table', 'filter'), entry['chain']) for entry in place.get('iptables', ())}
        if (table, chain) in taken:
            return
        entry: dict[str, t.Any] = {'table': table, 'chain': chain, 'family': family}
        if table == 'filter' and self.chance(0.5):
            del entry['table']
        if family == 'ipv4' and self.chance(0.5):
            del entry['family']
        entry['rules'] = [self._rule(table, chain, family, own) for _number in range(self.dice.randint(0, 5))]
        if namespace and chain in base and table != 'nat' and self.chance(0.4):
            entry['policy'] = self.dice.choice(('DROP', 'ACCEPT'))
        place.setdefault('iptables', []).append(entry)

    def _rule(self, table: str, chain: str, family: str, own: list[str]) -> str:
        """A rule as people write it; not all are as iptables-save prints them."""
        match = self.dice.choice(
            (
                '',
                '-i lo'
                if chain in ('INPUT', 'PREROUTING', 'FORWARD')
                else '-o lo'
                if chain in ('OUTPUT', 'POSTROUTING')
                else '',
                '-p tcp --dport https',
                '-p tcp -m tcp --dport 22',
                '-p udp -m udp --sport 1:1024',
                '-m mark --mark 0x1/0xff',
                '-p tcp -m multiport --dports 1,2,30:40',
                '-m conntrack --ctstate RELATED,ESTABLISHED',
                '-m limit --limit 5/min',
                {'ipv4': '-s 10.9.0.0/255.255.0.0', 'ipv6': '-s FD09::/16', 'both': ''}[family],
                {'ipv4': '-p icmp', 'ipv6': '-p icmpv6', 'both': ''}[family],
                '-p tcp -m tcp --tcp-flags SYN,RST SYN',
            )
        )
        if self.chance(0.3):
            match += ' -m comment --comment "%s"' % self.dice.choice(COMMENTS)
        targets = ['ACCEPT', 'RETURN', *[name for name in own if name > chain or chain.isupper()]]
        if table == 'filter':
            targets += ['DROP', 'REJECT']  # DROP is refused in table nat
        if table == 'mangle':
            targets += ['MARK --set-mark 5', 'CONNMARK --save-mark']
        if table == 'nat' and chain == 'POSTROUTING':
            targets += ['MASQUERADE'] + {
                'ipv4': ['SNAT --to-source 10.9.0.1'],
                'ipv6': ['SNAT --to-source fd09::1'],
                'both': [],
            }[family]
        target = self.dice.choice(targets)
        if table == 'nat' and chain == 'PREROUTING' and self.chance(0.3):
            match, target = (
                '-p tcp -m tcp --dport 80',
                self.dice.choice(
                    ['REDIRECT --to-ports 8080']
                    + {
                        'ipv4': ['DNAT --to-destination 10.9.0.5:443'],
                        'ipv6': ['DNAT --to-destination [fd09::5]:443'],
                        'both': [],
                    }[family]
                ),
            )
        return ' '.join(('%s -j %s' % (match, target)).split(' ')).strip()

    def change_chain(self) -> None:
        namespace, place = self.place()
        if not place.get('iptables'):
            return
        entry = self.dice.choice(place['iptables'])
        what = self.dice.choice(('remove', 'shuffle', 'less', 'policy', 'double'))
        rules = entry.get('rules', [])
        if what == 'remove':
            place['iptables'] = [other for other in place['iptables'] if other is not entry]
        elif what == 'shuffle':
            self.dice.shuffle(rules)
        elif what == 'less' and rules:
            rules.pop(self.dice.randrange(len(rules)))
        elif what == 'double' and rules:
            rules.append(self.dice.choice(rules))
        elif what == 'policy' and namespace and entry['chain'].isupper() and entry.get('table') != 'nat':
            self._flip(entry, 'policy', self.dice.choice(('DROP', 'ACCEPT')))

    # Tables of nft.

    def add_table(self) -> None:
        namespace, place = self.place()
        family = self.dice.choice(('inet', 'inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'))
        names = ['', '%st' % ('' if namespace else self.scope + '-')]
        free = [
            name
            for name in names
            if (family, name)
            not in {
                (entry.get('family', 'inet'), entry.get('table', '')) for entry in place.get('nftables', ())
            }
        ]
        if not free:
            return
        entry = {
            'table': self.dice.choice(free),
            'family': family,
            'content': self._content(namespace, family),
        }
        if not entry['table']:
            del entry['table']
        if family == 'inet':
            del entry['family']
        place.setdefault('nftables', []).append(entry)

    def _content(self, namespace: str, family: str) -> str:
        """The content of a table as people write it: not as nft lists it."""
        rules = [
            'counter accept',
            'drop',
            'log prefix "a } b # " level debug',
            'limit rate 5/minute burst 3 packets counter',
            'meta mark set 0x10',
            'jump deeper',
        ]
        parts = ['chain deeper { }', 'define unused = 5', '# a comment with } and "', 'comment "of { all"']
        if family in ('inet', 'ip'):
            rules += [
                'ip saddr { 10.9.0.0/16, 10.1.2.3 ,10.7.0.1-10.7.0.9 } tcp dport {https,22, 8000-8010} accept comment "two words }"',
                'ip daddr @some drop',
                'add @seen { ip saddr }',
                'ip saddr . tcp dport vmap @way',
                'ip protocol icmp accept',
            ]
            parts += [
                'set more { typeof ip saddr . tcp dport; elements = { 10.0.0.7 . 80, 10.0.0.5 . ssh } }',
                'quota q { over 10 mbytes }',
                'counter hits { }',
            ]
        if family in ('inet', 'ip6'):
            rules += [
                'ip6 saddr FD09:0::/16 udp sport 53 drop',
                'icmpv6 type { nd-neighbor-solicit, 136 } accept',
            ]
        if family in ('inet', 'ip', 'ip6'):
            rules += [
                'ct state {established,related} accept',
                'meta skuid root accept',
                'tcp flags & (syn|rst) == syn counter drop',
                'reject',
            ]
            parts += ['chain out {\n type nat hook postrouting priority 100 ; oifname "x*" masquerade\n}']
        if family == 'arp':
            rules += ['arp operation request counter']
        links = [
            end.name
            for end in self.ends_in(namespace)
            if end.kind != 'bridge' and end.name != 'lo' and end.name.isascii()
        ]
        if links and family in ('inet', 'ip') and self.chance(0.3):
            rules = ['iif "%s" accept' % self.dice.choice(links)]
        head = {'netdev': 'filter hook ingress device lo', 'bridge': 'filter hook forward'}.get(
            family, 'filter hook ' + self.dice.choice(('input', 'output'))
        )
        policy = self.dice.choice(('policy accept;', ''))
        chosen = self.dice.sample(rules, min(len(rules), self.dice.randint(0, 5)))
        lines = [
            'chain main {',
            ' type %s priority %s; %s' % (head, self.dice.choice(('0', '10', '-5')), policy),
            *chosen,
            '}',
        ]
        text = '\n'.join([*self.dice.sample(parts, self.dice.randint(0, 3)), *lines])
        wanted = (
            ('jump deeper', 'chain deeper { }'),
            ('@some', 'set some { type ipv4_addr; flags interval; elements = { 10.9.0.0/16, 10.1.0.0/24 } }'),
            ('@seen', 'set seen { type ipv4_addr; size 100; flags dynamic, timeout; timeout 5m; }'),
            (
                '@way',
                'map way { type ipv4_addr . inet_service : verdict; elements = { 10.1.1.1 . 80 : drop, 10.0.0.2 . https : accept } }',
            ),
        )
        return '\n'.join([part for word, part in wanted if word in text and part not in text] + [text])

    def change_table(self) -> None:
        namespace, place = self.place()
        if not place.get('nftables'):
            return
        entry = self.dice.choice(place['nftables'])
        what = self.dice.choice(('remove', 'content', 'spelling'))
        if what == 'remove':
            place['nftables'] = [other for other in place['nftables'] if other is not entry]
        elif what == 'content':
            entry['content'] = self._content(namespace, entry.get('family', 'inet'))
        else:
            entry['content'] = '# the same\n' + entry['content'] + '\n\n'

    def changes(self) -> list[t.Callable[[], None]]:
        return [
            self.add_namespace,
            self.remove_namespace,
            self.change_replicas,
            self.add_link,
            self.add_link,
            self.remove_link,
            self.change_link,
            self.change_link,
            self.change_link,
            self.add_address,
            self.change_address,
            self.change_address,
            self.add_route,
            self.add_route,
            self.change_route,
            self.change_route,
            self.add_rule,
            self.remove_rule,
            self.add_sysctl,
            self.remove_sysctl,
            self.add_chain,
            self.change_chain,
            self.change_chain,
            self.add_table,
            self.change_table,
        ]
