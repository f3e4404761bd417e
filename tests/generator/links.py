# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces and links."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vxlan import SHARED

from .parts import LinkEnd, ends, places, replicas
from .writer import Writer

MTUS = (1280, 1400, 1450, 1500, 9000)  # IPv6 needs 1280
QUEUES = (0, 1, 500, 1000, 5000)
STEMS = ('a', 'b', 'c', 'd.e', 'f_0', 'G')

# What every kernel that the collection knows has; Linux without VLAN filtering lacks the others.
BRIDGE_VALUES = {
    'group_fwd_mask': 0x4008,
    'group_address': '01:80:c2:00:00:0d',
    'no_linklocal_learn': True,
    'multicast_router': 'permanent',
    'multicast_querier': True,
    'multicast_query_use_ifaddr': True,
    'multicast_hash_max': 512,
    'multicast_last_member_count': 3,
    'multicast_last_member_interval': 50,
    'multicast_membership_interval': 26002,
    'multicast_igmp_version': 3,
    'multicast_mld_version': 2,
    'multicast_stats_enabled': True,
    'hello_time': 3,
}
PORT_VALUES = {
    'bpdu_guard': True,
    'root_block': True,
    'fast_leave': True,
    'flood': False,
    'multicast_flood': False,
    'multicast_to_unicast': True,
    'multicast_router': 'permanent',
    'neigh_suppress': True,
    'proxy_arp': True,
    'group_fwd_mask': 0x4008,
    'vlan_tunnel': True,
}
VXLAN_VALUES = {
    'tos': 16,
    'ttl_inherit': True,
    'df': 'set',
    'srcport': '40000-50000',
    'ageing': 60,
    'maxaddress': 100,
    'l2miss': True,
    'l3miss': True,
    'rsc': True,
    'proxy': True,
    'udpcsum': False,
    'udp6zerocsumtx': True,
    'udp6zerocsumrx': True,
    'remcsumtx': True,
    'remcsumrx': True,
    'gbp': True,
}


class Links(Writer):
    """Adds, changes and removes namespaces and links."""

    def add_namespace(self) -> None:
        taken = {entry['name'] for entry in self.document.get('namespaces', ())}
        names = ['%s-%s' % (self.scope, stem) for stem in STEMS]
        free = [name for name in names if name not in taken]
        if not free:
            return
        entry: dict[str, t.Any] = {'name': self.dice.choice(free)}
        if self.chance(0.1):
            entry['exclusive'] = True
        # No nsid: the kernel never changes one that is set.
        if 'veth' in self.kinds and self.chance(0.15) and not replicas(self.document):
            entry = self._replicas()
        self.document.setdefault('namespaces', []).append(entry)
        if 'replicas' not in entry and self.chance(0.3):
            address = '10.255.%d.%d/32' % (self.net, self.dice.randint(1, 250))
            entry['links'] = [{'name': 'lo', 'kind': 'physical', 'state': 'up', 'addresses': [address]}]

    def _replicas(self) -> dict[str, t.Any]:
        subnet = self.free_subnet()
        peer: dict[str, t.Any] = {'name': self.scope + '-r{n}'}
        bridges = self._bridges('')
        if bridges:
            peer['master'] = self.dice.choice(bridges)
        link = {
            'name': 'eth0',
            'kind': 'veth',
            'peer': peer,
            'addresses': [
                '10.%d.%d.{n+1}/24' % (self.net, subnet),
                '{fd%02x:%x::1+n}/64' % (self.net, subnet),
            ],
        }
        accept = '-m comment --comment "{n} {x}" -j ACCEPT'
        content = 'chain c {\n ip saddr { 10.9.{n}.0/24, {10.8.0.0+n} } tcp dport {{n+1},22} drop\n}'
        return {
            'name': self.scope + '-r{n}',
            'replicas': self.dice.randint(1, 3),
            'links': [link],
            'routes': [{'to': 'default', 'via': '10.%d.%d.1' % (self.net, subnet)}],
            'iptables': [{'chain': 'INPUT', 'family': 'both', 'rules': [accept]}],
            'nftables': [{'family': 'ip', 'content': content}],
        }

    def remove_namespace(self) -> None:
        if self.document.get('namespaces'):
            self.document['namespaces'].pop(self.dice.randrange(len(self.document['namespaces'])))

    def change_replicas(self) -> None:
        for entry in replicas(self.document):
            entry['replicas'] = self.dice.randint(0, 4)

    def _bridges(self, namespace: str) -> list[str]:
        return [end.name for end in self.ends_in(namespace) if end.kind == 'bridge']

    def add_link(self) -> None:
        namespace, place = self.place()
        weights = {'veth': 4, 'bridge': 2}
        kind = self.dice.choice([kind for kind in self.kinds for _time in range(weights.get(kind, 1))])
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

    def add_address(self, end: LinkEnd | None = None) -> None:
        raise NotImplementedError

    def _dress(self, entry: dict[str, t.Any]) -> None:
        if self.chance(0.2) and entry.get('kind') != 'tun':
            entry['mac'] = self.mac()
        if self.chance(0.08):
            entry['state'] = 'down'
        if self.chance(0.08):
            entry['link_local'] = True
        if self.chance(0.08):
            entry['txqueuelen'] = self.dice.choice(QUEUES)
        if self.chance(0.08):
            entry['alias'] = self.dice.choice(('a text', '7'))
        if self.chance(0.08) and entry.get('kind') not in ('tun', 'tap'):
            entry['num_tx_queues'] = self.dice.randint(1, 9)

    def _veth(self, namespace: str) -> dict[str, t.Any]:
        far = self.dice.choice(list(places(self.document)))
        entry: dict[str, t.Any] = {'name': self.free_name(namespace), 'kind': 'veth'}
        peer: dict[str, t.Any] = {'name': self.free_name(far)}
        while peer['name'] == entry['name'] and far == namespace:
            peer['name'] = self.free_name(far, 'p')
        if far or self.chance(0.3):
            peer['namespace'] = far or 'host'
        entry['peer'] = peer
        mtu = self.dice.choice((*MTUS, 0, 0, 0, 0, 0))
        for where, end in ((namespace, entry), (far, peer)):
            if mtu:
                end['mtu'] = mtu
            self._enslave(where, end)
        return entry

    def _enslave(self, namespace: str, entry: dict[str, t.Any], probability: float = 0.4) -> None:
        bridges = self._bridges(namespace)
        if not bridges or not self.chance(probability):
            return
        entry['master'] = self.dice.choice(bridges)
        if self.chance(0.4):
            settings = (
                ('isolated', True),
                ('hairpin', True),
                ('learning', False),
                ('cost', self.dice.randint(1, 65535)),
                ('priority', self.dice.randint(0, 63)),
            )
            entry['port'] = {key: value for key, value in settings if self.chance(0.4)}
            entry['port'].update((key, value) for key, value in PORT_VALUES.items() if self.chance(0.1))

    def _bridge(self, namespace: str) -> dict[str, t.Any]:
        entry: dict[str, t.Any] = {'name': self.free_name(namespace, 'br'), 'kind': 'bridge'}
        # No vlan_filtering: not every kernel has CONFIG_BRIDGE_VLAN_FILTERING. With stp forward_delay is 2 s
        # at least.
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
        entry.update((key, value) for key, value in BRIDGE_VALUES.items() if self.chance(0.07))
        return entry

    def _ifb(self, namespace: str) -> dict[str, t.Any]:
        return {'name': self.free_name(namespace, 'ifb'), 'kind': 'ifb'}

    def _tun(self, namespace: str, kind: str = 'tun') -> dict[str, t.Any]:
        entry: dict[str, t.Any] = {'name': self.free_name(namespace, kind), 'kind': kind}
        for key, value in (('user', 1000), ('user_group', 'root'), ('multi_queue', True)):
            if self.chance(0.3):
                entry[key] = value
        return entry

    def _tap(self, namespace: str) -> dict[str, t.Any]:
        entry = self._tun(namespace, 'tap')
        self._enslave(namespace, entry)
        return entry

    def _macvtap(self, namespace: str) -> dict[str, t.Any] | None:
        return self._macvlan(namespace, 'macvtap')

    def _macvlan(self, namespace: str, kind: str = 'macvlan') -> dict[str, t.Any] | None:
        parents = [end for end in ends(self.document) if self._may_be_parent(end, namespace)]
        if not parents:
            return None
        parent = self.dice.choice(parents)
        entry = {
            'name': self.free_name(namespace, 'mv'),
            'kind': kind,
            'link': parent.name,
            'mode': self.dice.choice(('bridge', 'private', 'vepa')),
        }
        if parent.namespace != namespace:
            entry['link_namespace'] = parent.namespace or 'host'
        if self.chance(0.1):
            addresses = [self.mac() for _number in range(self.dice.randint(1, 3))]
            entry.update(mode='source', source_addresses=addresses)
        entry.update((key, True) for key in ('nodst', 'nopromisc') if self.chance(0.1))
        if self.chance(0.2):
            entry['mtu'] = self.dice.choice((1280, 1400))
        return entry

    def _may_be_parent(self, end: LinkEnd, namespace: str) -> bool:
        if end.kind not in ('veth', 'bridge') or not end.up or end.entry.get('master'):
            return False
        return end.namespace == namespace or self.chance(0.3)

    def _vxlan(self, namespace: str) -> dict[str, t.Any]:
        # The id is free in the whole document: two of one id and port in one namespace are EEXIST.
        taken = {end.entry['id'] for end in ends(self.document) if end.kind == 'vxlan'}
        ids = iter(lambda: self.dice.randrange(1 << 24), None)
        entry: dict[str, t.Any] = {
            'name': self.free_name(namespace, 'vx'),
            'kind': 'vxlan',
            'id': next(number for number in ids if number not in taken),
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
        entry.update((key, value) for key, value in VXLAN_VALUES.items() if self.chance(0.1))
        if not entry.keys().isdisjoint(SHARED):
            entry['dstport'] = 10000 + entry['id'] % 50000  # not shared with other links
        if self.chance(0.2):
            entry['mtu'] = 1400
        self._enslave(namespace, entry)
        return entry

    def remove_link(self) -> None:
        end = self.any_end()
        for place in places(self.document).values():
            if end is not None and 'links' in place:
                place['links'] = [entry for entry in place['links'] if entry is not end.whole]

    def change_link(self) -> None:
        end = self.any_end()
        if end is None:
            return
        aspects = ('mtu', 'mac', 'state', 'master', 'free', 'name', 'link_local', 'setting', 'queue', 'group')
        aspects += ('limit', 'alias', 'altnames')
        aspect = self.dice.choice(aspects)
        if aspect == 'mac' and end.kind == 'tun':
            return
        if aspect == 'mac':
            self.flip(end.entry, 'mac', self.mac())
        elif aspect == 'state':
            self.flip(end.entry, 'state', 'down')
        elif aspect == 'free':
            end.entry.pop('master', None)
        elif aspect == 'link_local':
            self.flip(end.entry, 'link_local', True)
        elif aspect == 'group':
            self.flip(end.entry, 'group', self.dice.choice((1, 7)))
            self.flip(end.entry, 'promisc', True)
        elif aspect == 'alias':
            self.flip(end.entry, 'alias', 'another text')
        elif aspect == 'altnames':
            names = ['%s-%s' % (end.name, suffix) for suffix in self.dice.sample('abc', 2)]
            self.flip(end.entry, 'altnames', [self.scope + '-' + name for name in names])
        elif aspect == 'limit':
            self.flip(end.entry, 'limit', self.dice.choice(('1gbit', '30mbit')))
        elif aspect == 'queue':
            self.flip(end.entry, 'txqueuelen', self.dice.choice(QUEUES))
        else:
            getattr(self, '_change_' + aspect)(end)

    def _change_mtu(self, end: LinkEnd) -> None:
        if end.kind not in ('veth', 'bridge'):
            return
        self.flip(end.entry, 'mtu', self.dice.choice(MTUS))
        if end.kind == 'veth' and 'mtu' in end.entry and self.chance(0.7):
            end.whole['mtu'] = end.whole['peer']['mtu'] = end.entry['mtu']

    def _change_master(self, end: LinkEnd) -> None:
        if end.kind in ('veth', 'vxlan', 'tap'):
            self._enslave(end.namespace, end.entry, 1)

    def _change_name(self, end: LinkEnd) -> None:
        end.entry['name'] = self.free_name(end.namespace, 'n')
        for address in end.entry.get('addresses', ()):
            if isinstance(address, dict):
                address.pop('label', None)

    def _change_setting(self, end: LinkEnd) -> None:
        if end.kind == 'bridge':
            self.flip(end.entry, 'ageing_time', self.dice.choice((0, 20, 300)))
            self.flip(end.entry, 'stp', True)
        elif end.kind in ('macvlan', 'macvtap'):
            end.entry['mode'] = self.dice.choice(('bridge', 'private', 'vepa'))
            end.entry.pop('source_addresses', None)
        elif end.kind == 'vxlan':
            self.flip(end.entry, 'ttl', self.dice.randint(1, 255))
