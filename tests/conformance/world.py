# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces of a test's own, and the state in them."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects import decode as dumps
from ansible_collections.multinet.linux.plugins.module_utils.objects import encode
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule

T = t.TypeVar('T')
P = encode.PROTOCOL


class World:
    """An anonymous namespace that the calling thread is in, and a second one to send links to."""

    def __init__(self, fd: int, other: int, sock: netlink.Socket) -> None:
        self.fd, self.other, self.sock = fd, other, sock

    def send(self, *messages: bytes) -> None:
        """Send messages that must all be accepted."""
        for start in range(0, len(messages), netlink.BATCH):
            errors = self.sock.write(messages[start : start + netlink.BATCH])
            if errors:
                raise AssertionError(
                    'refused: %s'
                    % {
                        start + position: '%s %s' % (error, messages[start + position].hex())
                        for position, error in errors.items()
                    }
                )

    def link(self, link: Link, **numbers: int) -> int:
        self.send(encode.new_link(encode.Placed(link, **numbers)))
        return self.index(link.name)

    def index(self, name: str) -> int:
        return self.indexes()[name]

    def indexes(self) -> dict[str, int]:
        return {link.name: link.index for link in dumps.links(self.sock)}

    def names(self) -> dict[int, str]:
        return {link.index: link.name for link in dumps.links(self.sock)}

    def found(self, name: str) -> dumps.FoundLink:
        return next(link for link in dumps.links(self.sock) if link.name == name)

    def knows(self, link: Link, **numbers: int) -> bool:
        """Whether the kernel has this kind of link; if so it is made."""
        errors = self.sock.write([encode.new_link(encode.Placed(link, **numbers))])
        if errors and errors[0].errno != errno.EOPNOTSUPP:
            raise AssertionError('refused: %s' % errors[0])
        return not errors


def ip(*words: str) -> None:
    done = subprocess.run(['ip', *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError('ip %s: %s' % (' '.join(words), done.stderr))


def ip_if_known(*words: str) -> None:
    """A command for something that not every kernel and not every iproute2 has."""
    subprocess.run(['ip', *words], capture_output=True, check=False)


def in_world(body: t.Callable[[World], T]) -> T:
    """Call *body* in a thread of its own that is in a fresh namespace."""

    def inside() -> T:
        with contextlib.ExitStack() as stack:
            fds = []
            home = namespaces.open_current()
            stack.callback(os.close, home)
            for _number in range(2):
                fds.append(namespaces.create_anonymous(home))
                stack.callback(os.close, fds[-1])
            stack.enter_context(namespaces.entered(fds[0], home))
            return body(World(fds[0], fds[1], stack.enter_context(netlink.Socket())))

    return namespaces.in_thread(inside)


class Replay:
    """Stands in for a socket: gives recorded datagrams."""

    def __init__(self, *datagrams: bytes) -> None:
        self.datagrams = datagrams

    def dump(self, _kind: int, _body: bytes) -> t.Sequence[bytes]:
        return self.datagrams


MACS = ['02:00:00:00:01:%02x' % number for number in range(200)]


def populate(world: World) -> None:
    """One of everything, in part by our own messages and in part by iproute2."""
    _links(world)
    _addresses(world)
    _routes(world)
    _rules(world)


def _links(world: World) -> None:
    world.send(
        encode.new_link(
            encode.Placed(Link('', 'va', 'veth', mac=MACS[1], mtu=1400, mark='multinet:a scope')),
            encode.Placed(Link('', 'vb', 'veth', mac=MACS[2], mtu=9000)),
        )
    )
    world.send(
        encode.new_link(
            encode.Placed(Link('', 'far', 'veth', mac=MACS[3])),
            encode.Placed(Link('', 'near', 'veth', mac=MACS[4]), place=world.other),
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
    ip('link', 'set', 'dev', 'vc', 'alias', 'gr\u00fc\u00dfe, ' + 'x' * 200)
    world.send(encode.new_link(encode.Placed(Link('', 'br\u00fc\u2014', 'bridge'))))
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


def _addresses(world: World) -> None:
    index = world.indexes()
    for given in (
        Address('', 'vb', '10.1.0.1/24', protocol=P),
        Address('', 'vb', '10.1.0.2/24', label='vb:two', protocol=P),
        Address('', 'vb', '10.2.0.1/16', scope='link', prefix_route=False, protocol=P),
        Address('', 'vb', '10.3.0.1/32', scope='host'),
        Address('', 'vb', '10.4.0.0/31', scope='site', label='vb:', protocol=250),
        Address('', 'vb', 'fd01::1/64', protocol=P),
        Address('', 'vb', 'fd02::1/128', prefix_route=False),
        Address('', 'vb', 'fe80::abcd/64', scope='link', dad=True, protocol=P),
        Address('', 'lo', '192.0.2.1/32', protocol=P),
        Address('', 'lo', '2001:db8::1/128', protocol=P),
        Address('', 'vb', 'fd03:0:0:1::1/0', dad=True),
        Address('', 'vb', '::ffff:0:102:304/128'),
    ):
        world.send(encode.address(given, index[given.link], True))
    for words in (
        '10.5.0.1/24 dev vc broadcast +',
        '10.5.1.1/24 dev vc noprefixroute metric 55',
        '10.5.2.1 peer 10.5.3.1/30 dev vc',
        '10.5.4.1/24 dev vc valid_lft 3600 preferred_lft 1800',
        '10.5.5.1/24 dev vc valid_lft forever preferred_lft 1800',
        '10.5.6.1/24 dev vc scope 77 label vc:odd',
        '10.5.7.1/8 dev vc',
        '10.5.8.1/8 dev vc',
        '127.0.0.2/8 dev lo',
        'fd05::1/64 dev vc nodad',
        'fd05:1::1/64 dev vc noprefixroute nodad',
        'fd05:2::1 peer fd05:3::1/127 dev vc nodad',
        'fd05:4::1/64 dev vc valid_lft 3600 preferred_lft 0',
        'fd05:5::1/64 dev vc mngtmpaddr nodad',
        'fd05:6::1/64 dev vc',
        'fd05:7::1/64 dev vc optimistic',
        'fd05:8::1/64 dev vc home nodad',
        'fec0::1/64 dev vc nodad',
        '::5.6.7.8/120 dev vc nodad',
        '::ffff:1.2.3.4/96 dev vc nodad',
        '64:ff9b::102:304/96 dev vc nodad',
        '2001:db8:0:1:1:1:1:1/64 dev vc nodad',
        '2002:0:0:1:0:0:0:1/64 dev vc nodad',
    ):
        ip('address', 'add', *words.split())


def _routes(world: World) -> None:
    index = world.indexes()
    metrics = (
        ('advmss', 1400),
        ('cwnd', 20),
        ('hoplimit', 77),
        ('initcwnd', 11),
        ('initrwnd', 12),
        ('mtu', 1300),
        ('quickack', 1),
        ('reordering', 9),
        ('rtt', 800),
        ('rttvar', 400),
        ('ssthresh', 5000),
        ('window', 70000),
    )
    for given in (
        Route('', '0.0.0.0/0', (Hop('10.1.0.9', 'vb'),), protocol=P),
        Route('', '0.0.0.0/0', (Hop('10.1.0.9'),), metric=5, protocol=P),
        Route('', '20.0.0.0/8', (Hop('', 'vb'),), scope='link', src='10.1.0.1', protocol=P, tos=16),
        Route('', '20.0.0.0/8', (Hop('', 'vb'),), scope='host', table=256, metric=0xFFFFFFFF),
        Route(
            '',
            '20.1.0.0/16',
            (Hop('10.1.0.9', 'vb'),),
            scope='site',
            table=0xFFFFFFFF,
            metrics=metrics,
            protocol=P,
        ),
        Route('', '20.2.0.0/16', (Hop('172.16.0.1', 'vb', 1, True),), protocol=P),
        Route(
            '',
            '20.3.0.0/16',
            (
                Hop('10.1.0.8', 'vb', 256),
                Hop('10.1.0.9', '', 3),
                Hop('172.16.0.1', 'vc', 1, True),
                Hop('', 'vc', 9),
            ),
            protocol=P,
            metrics=(('mtu', 999),),
        ),
        Route('', '20.4.0.1/32', (Hop('', 'lo'),), type='local', scope='host', table=255, protocol=P),
        Route('', '20.4.0.255/32', (Hop('', 'vb'),), type='broadcast', scope='link', table=255, protocol=P),
        Route('', '20.4.0.2/32', (Hop('', 'vb'),), type='anycast', scope='link', table=255, protocol=P),
        Route('', '224.0.0.0/4', (Hop('', 'vb'),), type='multicast', scope='link', protocol=P),
        *[
            Route('', '20.5.%d.0/24' % number, type=kind, protocol=P)
            for number, kind in enumerate(('blackhole', 'unreachable', 'prohibit', 'throw'))
        ],
        Route('', '::/0', (Hop('fd01::9', 'vb'),), metric=1024, protocol=P),
        Route('', '::/0', (Hop('fe80::9', 'vb'),), metric=7, table=1000),
        Route('', 'fd20::/16', (Hop('', 'vb'),), metric=1, src='fd01::1', protocol=P),
        Route(
            '',
            'fd21::/16',
            (Hop('fd77::1', 'vb', 1, True),),
            metric=1024,
            metrics=metrics,
            table=0xFFFFFFFF,
            protocol=P,
        ),
        Route(
            '',
            'fd22::/16',
            (Hop('fd01::8', 'vb', 256), Hop('fd01::9', '', 3), Hop('fe80::1', 'vc', 1, True)),
            metric=1024,
            protocol=P,
        ),
        Route('', 'fd23::1/128', (Hop('', 'lo'),), type='local', metric=1024, table=255, protocol=P),
        Route('', 'fd23::2/128', (Hop('', 'vb'),), type='anycast', metric=1024, table=255, protocol=P),
        Route('', 'ff33::/16', (Hop('', 'vb'),), type='multicast', metric=1024, protocol=P),
        *[
            Route('', 'fd25:%d::/32' % number, type=kind, metric=1024, protocol=P)
            for number, kind in enumerate(('blackhole', 'unreachable', 'prohibit', 'throw'))
        ],
        Route('', '::ffff:0:0/96', type='unreachable', metric=1024, protocol=P),
        Route('', '::/96', type='prohibit', metric=1024, protocol=P),
    ):
        world.send(encode.route(given, index, 'add'))
    for words in (
        'add 30.0.0.0/24 via 10.1.0.9',
        'append 30.0.0.0/24 via 10.1.0.8',
        'add 30.0.1.0/24 dev vb proto static realm 5 table 5000',
        'add 30.0.2.0/24 via 10.1.0.9 mtu lock 1400 congctl reno features ecn rto_min 100ms',
        'add 30.0.3.0/24 via inet6 fe80::1 dev vb',
        'add 30.0.4.0/24 nexthop via inet6 fe80::1 dev vb weight 7 nexthop via 10.1.0.9',
        'add 30.0.5.0/24 dev vb dsfield 0x20',
        'add 30.0.6.0/24 dev vb scope 100',
        'add 30.0.7.0/24 dev vb proto kernel',
        'add 30.0.8.0/24 dev vb proto redirect',
        'add fd30::/64 via fe80::1 dev vb pref high',
        'add fd30::/64 via fe80::1 dev vb pref low metric 9',
        'add fd31::/64 dev vb expires 1000',
        'append fd32::/64 via fe80::1 dev vb',
        'append fd32::/64 via fe80::2 dev vb',
        'add fd33::/64 via fd01::9 mtu lock 1400 src fd01::1',
        'add fd34::/64 dev vb proto ra',
        'add fd35::/64 dev vb proto 0',
    ):
        ip('route', *words.split())
    for words in (
        'route add 30.1.0.0/24 encap ip id 100 dst 10.1.0.9 dev vb',
        'route add fd36::/64 from fd00::/16 dev vb',
        'nexthop add id 1 via 10.1.0.9 dev vb',
        'nexthop add id 2 via 10.1.0.8 dev vb onlink',
        'nexthop add id 3 blackhole',
        'nexthop add id 4 group 1,9/2,200',
        'nexthop add id 5 via fe80::1 dev vb',
        'nexthop add id 6 via fe80::2 dev vb',
        'nexthop add id 7 group 5/6',
        'nexthop add id 8 group 5',
        '-6 nexthop add id 9 blackhole',
        'nexthop add id 10 dev vb',
        'route add 30.2.0.0/24 nhid 1',
        'route add 30.2.1.0/24 nhid 3',
        'route add 30.2.2.0/24 nhid 4',
        'route add 30.2.3.0/24 nhid 5',
        'route add 30.2.4.0/24 nhid 10',
        'route add fd37::/64 nhid 5',
        'route add fd38::/64 nhid 7',
        'route add fd39::/64 nhid 8',
        'route add fd40::/64 nhid 9',
    ):
        ip_if_known(*words.split())
    ip('link', 'set', 'dev', 'vd', 'down')  # linkdown stands in the flags of what goes through vc


def _rules(world: World) -> None:
    for family, net in (('ipv4', ('10.0.0.0/8', '10.1.1.1/32')), ('ipv6', ('fd00::/8', '::ffff:0:0/96'))):
        for given in (
            Rule('', family, 1, table=1, protocol=P),
            Rule('', family, 0xFFFFFFFF, table=0xFFFFFFFF, protocol=P),
            Rule(
                '',
                family,
                100,
                net[0],
                net[1],
                'va',
                'not-there',
                0x10,
                0xFF,
                4,
                6,
                (1, 65534),
                (80, 80),
                (0, 0xFFFFFFFE),
                True,
                'lookup',
                300,
                0,
                128,
                P,
            ),
            Rule('', family, 101, to=net[1], action='goto', goto=0xFFFFFFFF, protocol=P),
            *[
                Rule('', family, 102 + number, source=net[0], action=action, protocol=P)
                for number, action in enumerate(('nop', 'blackhole', 'unreachable', 'prohibit'))
            ],
            Rule('', family, 110, mark=0, mask=0xFFFFFFFF, table=254, suppress=0, protocol=P),
            Rule('', family, 111, mark=5, mask=5, table=255),
            Rule('', family, 112, users=(7, 7), table=256, protocol=P),
            Rule('', family, 113, ports=(1, 1), protocol_number=17, table=252),
            Rule('', family, 114, source_ports=(5, 6), protocol_number=255, table=5, invert=True),
        ):
            world.send(encode.rule(given, True))
    for words in (
        'rule add pref 200 not from 10.0.0.0/8 fwmark 0x5 table 300',
        'rule add pref 201 from all l3mdev',
        'rule add pref 202 from all tun_id 5 table 6',
        'rule add pref 203 suppress_ifgroup 5 table 7',
        'rule add pref 204 iif lo goto 205',
        'rule add pref 205 nop',
        'rule add pref 206 from 10.0.0.0/8 table 8 realms 5/6',
        'rule add pref 207 protocol 5 ipproto sctp table 9',
        'rule add pref 208 from all nat 10.0.0.1',
        '-6 rule add pref 200 from fd00::1 iif nope oif nope table 300',
        'rule add pref 0 table local protocol static',
        'rule add pref 32766 table main protocol kernel from 1.2.3.4',
        'rule del pref 32767',
    ):
        ip_if_known(*words.split())
