# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of all kinds, with settings that differ."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.world import World, ip, ip_if_known

MACS = ['02:00:00:00:01:%02x' % number for number in range(200)]


def populate_links(world: World) -> None:
    world.send(
        encode.new_link(
            encode.ResolvedLink(Link('', 'va', 'veth', mac=MACS[1], mtu=1400, mark='multinet:a scope')),
            encode.ResolvedLink(Link('', 'vb', 'veth', mac=MACS[2], mtu=9000)),
        )
    )
    world.send(
        encode.new_link(
            encode.ResolvedLink(Link('', 'far', 'veth', mac=MACS[3])),
            encode.ResolvedLink(Link('', 'near', 'veth', mac=MACS[4]), place=world.other),
        )
    )
    ip('link', 'add', 'name', 'vc', 'type', 'veth', 'peer', 'name', 'vd')
    ip('link', 'add', 'name', 'ports1', 'type', 'veth', 'peer', 'name', 'ports2')
    plain = world.link(Link('', 'br0', 'bridge', mac=MACS[5]))
    world.link(
        Link(
            '',
            'br1',
            'bridge',
            mac=MACS[6],
            settings=(
                ('ageing_time', 77),
                ('forward_delay', 4),
                ('hello_time', 3),
                ('max_age', 11),
                ('multicast_snooping', False),
                ('priority', 4096),
                ('stp', True),
            ),
        )
    )
    ip(
        'link',
        'add',
        'name',
        'br2',
        'type',
        'bridge',
        'forward_delay',
        '250',
        'ageing_time',
        '12345',
        'stp_state',
        '1',
        'priority',
        '0',
    )
    ip_if_known('link', 'set', 'dev', 'br2', 'type', 'bridge', 'vlan_filtering', '1')
    index = world.indexes()
    world.send(
        encode.set_link(index['va'], master=plain, up=True),
        encode.set_link(index['vb'], up=True),
        encode.set_link(index['vc'], up=True),
        encode.set_link(index['vd'], up=True),
        encode.set_link(index['ports1'], master=index['br1']),
        encode.set_link(index['ports2'], master=index['br1']),
        encode.set_port(
            index['ports1'],
            (('cost', 65535), ('hairpin', True), ('isolated', True), ('learning', False), ('priority', 63)),
        ),
    )
    ip('link', 'set', 'dev', 'ports2', 'type', 'bridge_slave', 'cost', '7', 'priority', '1')
    ip('link', 'set', 'dev', 'br0', 'up')
    world.send(
        encode.set_link(index['lo'], up=True, link_local=False),
        encode.set_link(index['br2'], link_local=False),
    )
    ip('link', 'set', 'dev', 'br1', 'addrgenmode', 'random')
    for number, mode in enumerate(('private', 'vepa', 'bridge')):
        world.link(
            Link('', 'mac%d' % number, 'macvlan', mac=MACS[10 + number], settings=(('mode', mode),)),
            lower=index['vd'],
        )
    world.link(Link('', 'pass', 'macvlan', settings=(('mode', 'passthru'),)), lower=index['far'])
    ip('link', 'add', 'link', 'vd', 'name', 'source0', 'type', 'macvlan', 'mode', 'source')
    ip_if_known('link', 'add', 'link', 'vd', 'name', 'mvt', 'type', 'macvtap', 'mode', 'vepa')
    world.link(
        Link(
            '',
            'vx4',
            'vxlan',
            mac=MACS[20],
            settings=(
                ('id', 0xFFFFFF),
                ('learning', False),
                ('local', '10.0.0.1'),
                ('port', 4790),
                ('remote', '10.255.255.2'),
                ('ttl', 255),
            ),
        )
    )
    world.link(
        Link(
            '',
            'vx6',
            'vxlan',
            mac=MACS[21],
            settings=(
                ('id', 7),
                ('learning', True),
                ('local', 'fd00::1'),
                ('port', 65535),
                ('remote', 'fd00:0:0:1::2'),
                ('ttl', 1),
            ),
        )
    )
    world.link(Link('', 'vxbare', 'vxlan', mac=MACS[22], settings=(('id', 0),)))
    world.link(
        Link(
            '',
            'vxgroup',
            'vxlan',
            mac=MACS[23],
            settings=(('id', 9), ('port', 4791), ('remote', '239.1.1.1')),
        ),
        lower=index['vd'],
    )
    ip(
        'link',
        'add',
        'name',
        'vxmapped',
        'type',
        'vxlan',
        'id',
        '12',
        'dstport',
        '9000',
        'remote',
        '::ffff:10.0.0.9',
    )
    ip('link', 'add', 'name', 'vxext', 'type', 'vxlan', 'external', 'dstport', '4792')
    ip('tuntap', 'add', 'dev', 'tun0', 'mode', 'tun')
    ip('tuntap', 'add', 'dev', 'tap0', 'mode', 'tap', 'multi_queue')
    ip('link', 'set', 'dev', 'tap0', 'master', 'br0')
    ip(
        'link',
        'property',
        'add',
        'dev',
        'vb',
        'altname',
        'a-name-longer-than-the-others',
        'altname',
        'second',
    )
    sizes = ('gso_max_size', 'gro_max_size', 'gso_ipv4_max_size', 'gro_ipv4_max_size')
    values: dict[str, t.Any] = {**dict.fromkeys(sizes, 30000), 'gso_max_segs': 77, 'group': 7}
    values.update(allmulticast=True, promisc=True, arp=False, multicast=False)
    world.send(encode.set_link('vc', **values))
    ip('link', 'set', 'dev', 'vc', 'alias', 'gr\u00fc\u00dfe, ' + 'x' * 200)
    world.send(encode.new_link(encode.ResolvedLink(Link('', 'br\u00fc\u2014', 'bridge'))))
    ip('tuntap', 'add', 'dev', 'tun9', 'mode', 'tun', 'user', '77', 'group', '78')
    ip('tuntap', 'add', 'dev', 'tap9', 'mode', 'tap', 'multi_queue')
    for kind in (
        'ifb',
        'dummy',
        'nlmon',
        'vcan',
        'netdevsim',
        'team',
        'wireguard',
        'vrf table 1000000',
        'bond mode 802.3ad miimon 77',
        'gre local 10.0.0.1 remote 10.0.0.2',
        'ip6gre local fd00::1 remote fd00::2',
        'gretap local 10.0.0.1 remote 10.0.0.2',
        'ipip local 10.0.0.1 remote 10.0.0.2',
        'sit local 10.0.0.1 remote 10.0.0.2',
        'ip6tnl local fd00::1 remote fd00::2',
        'geneve id 5 remote 10.0.0.9',
    ):
        ip_if_known('link', 'add', 'name', 'x' + kind.split()[0], 'type', *kind.split())
    for kind in ('vlan id 4094', 'vlan id 5 protocol 802.1ad', 'ipvlan mode l3s', 'ipvtap mode l2', 'macsec'):
        ip_if_known(
            'link', 'add', 'link', 'vc', 'name', 'y' + kind.split()[0] + kind[-1], 'type', *kind.split()
        )
