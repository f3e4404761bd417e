# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that others made, with attributes that no document can say: they are removed and restored byte for
byte."""

from __future__ import annotations

import errno
import struct
import subprocess
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import netlink, uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import (
    ASK_ADDRESSES,
    dump_addresses,
    encode_address,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import (
    Address,
    unrouted_networks,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import (
    ResolvedLink,
    delete_link,
    new_link,
    new_link_as_found,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.unnamed import unnamed_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import (
    ASK_ROUTES,
    dump_routes,
    encode_route,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import (
    ASK_RULES,
    dump_rules,
    encode_rule,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.conformance.world import World, in_world, ip

ADDRESSES = {
    'peer': '10.140.0.1 peer 10.140.0.2/32',
    'peer in a network': '10.140.0.1 peer 172.16.5.1/24',
    'peer of IPv6': 'fd06::1 peer fd06::2/128 nodad',
    'broadcast': '10.141.0.1/24 brd +',
    'metric': '10.141.0.1/24 metric 77',
    'metric of IPv6': 'fd07::1/64 metric 77 nodad',
    'lifetime': '10.142.0.1/24 valid_lft 3600 preferred_lft 1800',
    'lifetime of IPv6': 'fd08::1/64 valid_lft 3600 preferred_lft 1800 nodad',
    'deprecated': 'fd05::1/64 preferred_lft 0 nodad',
    'mngtmpaddr': 'fd09::1/64 mngtmpaddr nodad',
    'home': 'fd0a::1/64 home nodad',
    'noprefixroute': '10.143.0.1/24 noprefixroute',
    'label': '10.144.0.1/24 label d0:two',
    'autojoin': '239.1.1.1/32 autojoin',
    'autojoin of IPv6': 'ff05::5/128 autojoin',
    'all': '10.145.0.1 peer 10.145.9.1/24 brd 10.145.9.255 metric 5 noprefixroute'
    ' valid_lft 3600 preferred_lft 60',
}
ROUTES = {
    'encap': '10.9.0.0/16 encap ip id 5 dst 10.0.0.7 via 10.0.0.9 dev d0',
    'encap of IPv6': 'fd04::/64 encap seg6 mode encap segs fd00::7 via fd00::9 dev d0',
    'realm': '10.10.0.0/16 via 10.0.0.9 realm 5/6',
    'lock': '10.11.0.0/16 via 10.0.0.9 mtu lock 1400',
    'lock of IPv6': 'fd0b::/64 via fd00::9 mtu lock 1400 hoplimit 9',
    'features': '10.11.0.0/16 via 10.0.0.9 features ecn',
    'congctl': '10.11.0.0/16 via 10.0.0.9 congctl cubic advmss 1300',
    'from': '2001:db8:a::/48 from fd00::/64 via fd00::9',
    'default from': 'default from fd00::/64 via fd00::9',
    'pref high': 'fd02::/64 via fd00::9 pref high',
    'pref low': 'fd02::/64 via fd00::9 pref low',
    'expires': 'fd03::/64 via fd00::9 expires 500',
    'nexthop object': '10.12.0.0/16 nhid 5',
    'nexthop object of IPv6': 'fd0c::/64 nhid 6',
    'multipath': '10.13.0.0/16 nexthop via 10.0.0.8 weight 2 nexthop via 10.0.0.9',
    'multipath encap': (
        '10.13.0.0/16 nexthop via 10.0.0.8 weight 2 encap ip id 7 dst 10.0.0.7'
        ' nexthop via 10.0.0.9 onlink dev d0'
    ),
    'multipath realms': '10.13.0.0/16 nexthop via 10.0.0.8 realms 3 nexthop via 10.0.0.9',
    'onlink': '10.14.0.0/16 via 192.0.2.1 dev d0 onlink',
    'gateway of the other family': '10.15.0.0/16 via inet6 fd00::9 dev d0',
    'all metrics': '10.16.0.0/16 via 10.0.0.9 mtu 1400 rto_min 300ms quickack 1 window 9000'
    ' fastopen_no_cookie 1',
}
BEYOND = ('expires',)
"""Those that a document cannot say."""

RULES = {
    'l3mdev': 'pref 1000 l3mdev',
    'l3mdev of IPv6': '-6 pref 1000 l3mdev',
    'suppress_ifgroup': 'pref 1001 table 7 suppress_ifgroup 5',
    'tun_id': 'pref 1002 table 7 tun_id 5',
    'realms': 'pref 1003 table 7 realms 3/4',
    'everything': 'pref 1004 from 10.0.0.0/8 to 10.0.0.1 iif d0 oif d1 fwmark 1/3 ipproto tcp sport 1-2'
    ' dport 80'
    ' uidrange 5-6 table 300 suppress_prefixlength 3 suppress_ifgroup 4 tun_id 9',
}

LINKS = {
    'vxlan gbp': 'two type vxlan id 7 dstport 4789 local 10.0.0.1 ageing 55 tos 8 gbp udpcsum',
    'vxlan external': 'two type vxlan dstport 4790 external',
    'vxlan over IPv6': 'two type vxlan id 9 dstport 4789 remote fd00::1 ttl inherit df set nolearning',
    'vxlan miss': 'two numtxqueues 3 numrxqueues 2 type vxlan id 1 dstport 8 srcport 1000 2000 l2miss l3miss',
    'macvlan': 'two link d0 type macvlan mode vepa bcqueuelen 77',
    'ipvlan': 'two link d0 type ipvlan mode l2 private',
    'vlan': 'two link d0 type vlan id 5 reorder_hdr off loose_binding on egress-qos-map 1:2',
    'gre': 'two type gre remote 10.0.0.7 local 10.0.0.1 encap fou encap-dport 5555 fwmark 7',
    'ip6gre': 'two type ip6gre remote fd00::7 encaplimit none tclass inherit flowlabel 7 key 9',
    'ip6tnl': 'two type ip6tnl mode ip6ip6 remote fd00::7 dscp inherit fwmark inherit',
    'geneve': 'two type geneve id 9 remote fd00::7 udp6zerocsumrx ttl inherit',
    'sit': 'two type sit remote 10.0.0.7 local 10.0.0.1 ttl 64',
}


def prepare(world: World) -> int:
    world.link(Link('', 'd0', 'dummy')) if world.knows(Link('', 'd0', 'dummy')) else None
    if 'd0' not in world.indexes():
        ip('link', 'add', 'name', 'd0', 'type', 'veth', 'peer', 'name', 'd1')
        ip('link', 'set', 'dev', 'd1', 'addrgenmode', 'none', 'up')
    ip('link', 'set', 'dev', 'd0', 'addrgenmode', 'none', 'up')
    for name in {'d0', 'd1'} & world.indexes().keys():
        wait_for_multicast_route(name)
    return world.index('d0')


def wait_for_multicast_route(link: str) -> None:
    """The kernel adds it when it has noticed the carrier of a veth, which is a moment after both ends are
    up."""
    show = ['ip', '-6', 'route', 'show', 'table', 'local']
    for _attempt in range(200):
        routes = subprocess.run(show, capture_output=True, text=True, check=True).stdout
        if 'multicast ff00::/8 dev %s ' % link in routes:
            return
        time.sleep(0.05)
    raise AssertionError('%s has no route for multicast' % link)


def raw(world: World, request: int, ask: bytes) -> list[t.Any]:
    """The messages of a dump: header and attributes, without what differs with each reading."""
    size = uapi.IFADDRMSG.size if request == uapi.RTM_GETADDR else uapi.RTMSG.size
    result = []
    for data, start, end in netlink.messages_of(world.sock.dump(request, ask)):
        parts = parse_attributes(data, start + size, end)
        header = bytearray(data[start : start + size])
        if request == uapi.RTM_GETADDR:
            header[2] &= ~uapi.IFA_F_TENTATIVE
            flags = struct.unpack('=I', parts[uapi.IFA_FLAGS])[0] & ~uapi.IFA_F_TENTATIVE
            parts[uapi.IFA_FLAGS] = struct.pack('=I', flags)
            lifetimes = uapi.IFA_CACHEINFO_STRUCT.unpack(parts[uapi.IFA_CACHEINFO])[:2]
            parts[uapi.IFA_CACHEINFO] = repr([seconds // 60 for seconds in lifetimes]).encode()
        if uapi.RTA_CACHEINFO in parts and request == uapi.RTM_GETROUTE:
            expires = uapi.RTA_CACHEINFO_STRUCT.unpack_from(parts[uapi.RTA_CACHEINFO])[2]
            parts[uapi.RTA_CACHEINFO] = str(expires // 6000).encode()
        result.append((bytes(header), sorted(parts.items())))
    return result


def come_back(
    world: World,
    request: int,
    ask: bytes,
    read: t.Callable[[], list[t.Any]],
    encode: t.Callable[[t.Any, bool], bytes],
) -> list[t.Any]:
    """Remove what is there and restore it. Returns it."""
    before = raw(world, request, ask)
    found = read()
    world.send(*[encode(value, False) for value in reversed(found)])
    assert read() == []
    world.send(*[encode(value, True) for value in found])
    assert read() == found
    assert raw(world, request, ask) == before
    return found


@pytest.mark.parametrize('words', ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_comes_back_as_it_was(words: str) -> None:
    def body(world: World) -> list[Address]:
        index = prepare(world)
        ip('addr', 'add', *words.split(), 'dev', 'd0')
        return come_back(
            world,
            uapi.RTM_GETADDR,
            ASK_ADDRESSES,
            lambda: dump_addresses(world.sock, '', {index: 'd0'}),
            lambda address, add: encode_address(address, index, add),
        )

    [address] = in_world(body)
    assert address.declarable


@pytest.mark.parametrize('words', ROUTES.values(), ids=ROUTES)
def test_a_route_comes_back_as_it_was(words: str) -> None:
    def body(world: World) -> list[Route]:
        index = prepare(world)
        ip('addr', 'add', '10.0.0.1/24', 'dev', 'd0')
        ip('addr', 'add', 'fd00::1/64', 'dev', 'd0', 'nodad')
        ip('nexthop', 'add', 'id', '5', 'via', '10.0.0.9', 'dev', 'd0')
        ip('nexthop', 'add', 'id', '6', 'via', 'fd00::9', 'dev', 'd0')
        ip('route', 'add', *words.split())
        return come_back(
            world,
            uapi.RTM_GETROUTE,
            ASK_ROUTES,
            lambda: dump_routes(world.sock, '', {index: 'd0'}),
            lambda route, add: encode_route(route, {'d0': index}, 'add' if add else 'delete'),
        )

    [route] = in_world(body)
    assert route.declarable == (words not in [ROUTES[name] for name in BEYOND])


@pytest.mark.parametrize('words', RULES.values(), ids=RULES)
def test_a_rule_comes_back_as_it_was(words: str) -> None:
    def body(world: World) -> list[Rule]:
        family = ['-6'] if words.startswith('-6 ') else []
        ip(*family, 'rule', 'add', *words.removeprefix('-6 ').split())
        return come_back(
            world,
            uapi.RTM_GETRULE,
            ASK_RULES,
            lambda: dump_rules(world.sock, ''),
            encode_rule,
        )

    [rule] = in_world(body)
    assert not rule.extra


@pytest.mark.parametrize('words', LINKS.values(), ids=LINKS)
def test_a_link_comes_back_as_it_was(words: str) -> None:
    def body(world: World) -> bool:
        index = prepare(world)
        if not knows(world, words.split('type ')[1].split()[0], index):
            return False
        ip('link', 'add', *words.split())
        found = world.found('two')
        world.send(delete_link(found.index))
        lower = found.lower or None
        world.send(new_link_as_found(ResolvedLink(found.link(''), lower=lower)))
        again = world.found('two')
        assert (again.lower, again.fields['settings']) == (found.lower, found.fields['settings'])
        assert unnamed_attributes(again.link('')) == unnamed_attributes(found.link(''))
        return True

    if not in_world(body):
        print('this kernel has no such links')


def knows(world: World, kind: str, lower: int) -> bool:
    """Whether the kernel has links of a kind."""
    message = new_link(ResolvedLink(Link('', 'probe', kind), lower=lower))
    errors = world.sock.write([message])
    if not errors:
        world.send(delete_link(world.index('probe')))
    return not errors or errors[0].errno != errno.EOPNOTSUPP


def test_of_two_rules_the_one_that_is_meant_goes() -> None:
    def body(world: World) -> list[str]:
        ip('rule', 'add', 'pref', '1001', 'table', '7')
        ip('rule', 'add', 'pref', '1001', 'table', '7', 'suppress_ifgroup', '5')
        rules = dump_rules(world.sock, '')
        world.send(*[encode_rule(rule, False) for rule in rules if rule.suppress_ifgroup == 5])
        return [rule.text() for rule in dump_rules(world.sock, '')]

    assert in_world(body) == ['1001: from all lookup 7']


def test_prefix_routes_of_network_managers_are_kept_and_those_of_the_kernel_are_not() -> None:
    """Network managers take IFA_F_NOPREFIXROUTE and add the route themselves, with the kernel's protocol."""

    def body(world: World) -> list[str]:
        index = prepare(world)
        ip('addr', 'add', '10.1.0.1/24', 'dev', 'd0')
        ip('addr', 'add', '10.2.0.1/24', 'dev', 'd0', 'noprefixroute')
        ip('route', 'add', '10.2.0.0/24', 'dev', 'd0', 'proto', 'kernel', 'scope', 'link', 'metric', '100')
        ip('addr', 'add', '10.3.0.1/24', 'dev', 'd0')
        ip('addr', 'add', '10.3.0.2/24', 'dev', 'd0', 'noprefixroute')
        names = {index: 'd0'}
        networks = unrouted_networks(dump_addresses(world.sock, '', names))
        assert dump_routes(world.sock, '', names) == []
        return [route.to for route in dump_routes(world.sock, '', names, networks)]

    assert in_world(body) == ['10.2.0.0/24']
