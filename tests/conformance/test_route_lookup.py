# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of routes to a destination, of neighbours and of sockets that are held, against `ip`, `bridge`
and the sockets themselves."""

from __future__ import annotations

import json
import os
import socket
import time
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    namespaces,
    neighbours,
    netlink,
    sockets,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.local_addresses import link_names
from ansible_collections.multinet.linux.plugins.module_utils.objects.route_lookup import look_up_route
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

ASKED: tuple[tuple[str, dict[str, t.Any]], ...] = (
    ('10.0.0.9', {}),
    ('192.0.2.1', {}),
    ('198.51.100.1', {}),
    ('10.0.0.1', {}),
    ('127.0.0.1', {}),
    ('203.0.113.1', {}),
    ('fd00::9', {}),
    ('fd07::1', {}),
    ('192.0.2.1', {'source': '10.0.0.2'}),
    ('10.9.0.1', {'port': 77, 'protocol': socket.IPPROTO_TCP}),
    ('10.9.0.1', {'port': 78, 'protocol': socket.IPPROTO_TCP}),
    ('10.9.0.1', {'device': 'up1'}),
    ('fd00::9', {'source': 'fd00::1', 'device': 'up0', 'port': 5, 'protocol': socket.IPPROTO_UDP}),
)
NONE = ('10.6.0.1', '10.7.0.1', '10.8.0.1', '2001:db8::1', 'fd08::1')


def _wait_until_it_forwards(port: str) -> None:
    """A port that does not forward yet takes no entry (net/bridge/br_fdb.c, fdb_add_entry); when it does is
    up to linkwatch."""
    while json.loads(run('bridge -j link show dev ' + port))[0]['state'] != 'forwarding':
        time.sleep(0.01)


def _furnish() -> None:
    run('ip link add up0 type veth peer name up1')
    run('ip link add br0 type bridge')
    run('ip link set up1 master br0')
    # What up0 sends by itself would come into the table while it is read.
    run('ip link set up1 type bridge_slave learning off')
    for link in ('up0', 'up1', 'br0'):
        run('ip link set %s addrgenmode none' % link)
        run('ip link set %s up' % link)
    run('ip address add 10.0.0.1/24 dev up0')
    run('ip address add 10.0.0.2/24 dev up0')
    run('ip address add fd00::1/64 dev up0 nodad')
    run('ip route add default via 10.0.0.9')
    run('ip route add 198.51.100.0/24 dev up0 src 10.0.0.2')
    run('ip route add 203.0.113.0/24 via inet6 fd00::9 dev up0')
    run('ip -6 route add fd07::/64 via fd00::9 dev up0')
    run('ip route add 10.9.0.0/16 via 10.0.0.8 table 100')
    run('ip rule add to 10.9.0.0/16 ipproto tcp dport 77 lookup 100')
    for kind, number in (('unreachable', 6), ('prohibit', 7), ('blackhole', 8)):
        run('ip route add %s 10.%d.0.0/16' % (kind, number))
    run('ip -6 route add prohibit fd08::/64')
    for words in (
        '10.0.0.9 lladdr 02:00:00:00:00:09 dev up0 nud reachable',
        'fd00::9 lladdr 02:00:00:00:00:0a dev up0 nud stale',
        '10.0.0.8 lladdr 02:00:00:00:00:08 dev up0 nud permanent',
        '10.0.0.7 dev up0 nud failed',
    ):
        run('ip neigh add ' + words)
    _wait_until_it_forwards('up1')
    run('bridge fdb add 02:00:00:00:00:0b dev up1 master dynamic')


def _words(keys: t.Mapping[str, t.Any]) -> str:
    words = {'source': 'from %s', 'device': 'oif %s', 'port': 'dport %d', 'protocol': 'ipproto %d'}
    return ' '.join(words[key] % value for key, value in keys.items())


def _compared() -> tuple[t.Any, ...]:
    _furnish()
    with netlink.NetlinkSocket() as sock:
        names = link_names(sock).by_index
        numbers = {name: index for index, name in names.items()}
        ours = []
        for to, keys in ASKED:
            numbered = {'device': numbers[keys['device']]} if 'device' in keys else {}
            ours.append(look_up_route(sock, names, to, **{**keys, **numbered}))
        none = [look_up_route(sock, names, to).error for to in NONE]
        heard = neighbours.neighbours(sock, names)
    theirs = [json.loads(run('ip -j route get %s %s' % (to, _words(keys))))[0] for to, keys in ASKED]
    return (
        ours,
        theirs,
        none,
        heard,
        json.loads(run('ip -j neigh')),
        json.loads(run('bridge -j fdb show br br0')),
    )


def test_routes_and_neighbours() -> None:
    ours, theirs, none, heard, neigh, fdb = in_world(_compared)
    for way, told in zip(ours, theirs):
        assert (way.link, way.via, way.source) == (
            told['dev'],
            told.get('gateway') or told.get('via', {}).get('host', ''),
            told.get('prefsrc') or told.get('from', ''),
        ), told
        assert (way.type == 2) == (told.get('type') == 'local') and not way.error
    assert [way.table for way in ours[9:11]] == [100, 254]
    assert [told.get('table') for told in theirs[9:11]] == ['100', None]
    errors = [error.split(':')[0] for error in none]
    assert errors == ['EHOSTUNREACH', 'EACCES', 'EINVAL', 'ENETUNREACH', 'EACCES']
    neighbours_of_ip = sorted(
        (told['dev'], told['dst'], told['lladdr'])
        for told in neigh
        if 'lladdr' in told and not told['lladdr'].startswith(('33:33', '01:00', '00:00'))
    )
    assert sorted((entry.link, entry.address, entry.mac) for entry in heard if entry.address) == (
        neighbours_of_ip
    )
    forwarded = {(told['ifname'], told['mac']) for told in fdb if told.get('state') != 'permanent'}
    assert forwarded == {('up1', '02:00:00:00:00:0b')}
    assert {(entry.link, entry.mac) for entry in heard if not entry.address} == forwarded


def _held() -> tuple[set[int], set[int]]:
    with (
        socket.create_server(('127.0.0.1', 0)) as server,
        socket.create_connection(server.getsockname()) as mine,
        server.accept()[0] as theirs,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talking,
        socket.socket(socket.AF_INET6) as bound,
    ):
        talking.connect(server.getsockname())
        bound.bind(('::1', 0))
        bound.listen()
        found = {entry.inode for entry in namespaces.in_thread(sockets.held, '')}
        held = (server, mine, theirs, talking, bound)
        return found, {os.fstat(sock.fileno()).st_ino for sock in held}


def test_sockets_that_are_held() -> None:
    found, expected = in_world(_held)
    assert found == expected
