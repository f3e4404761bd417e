# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of sockets and addresses, against pyroute2 and `ip`."""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import json
import os
import socket
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, netlink, sockets
from ansible_collections.multinet.linux.plugins.module_utils.objects.local_addresses import (
    link_names,
    local_addresses,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.route_lookup import (
    default_routes,
    look_up_source,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

PLACES = (
    ('tcp', '0.0.0.0', 1, {}),
    ('tcp', '10.0.0.1', 2, {}),
    ('tcp', '::', 3, {}),
    ('tcp', '::', 4, {'only': True}),
    ('tcp', 'fd00::1', 5, {}),
    ('tcp', '::ffff:10.0.0.1', 6, {}),
    ('tcp', '0.0.0.0', 7, {'device': 'up0'}),
    ('udp', '0.0.0.0', 1, {}),
    ('udp', '::', 2, {'only': True}),
    ('udp', '::', 3, {}),
    ('udp', '10.0.0.1', 4, {'device': 'up0'}),
)
Row = tuple[str, str, int, str, int, int]


def opened(proto: str, address: str, port: int, options: dict[str, t.Any]) -> socket.socket:
    found = socket.socket(
        socket.AF_INET6 if ':' in address else socket.AF_INET,
        socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM,
    )
    if ':' in address:
        found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(options.get('only')))
    if 'device' in options:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options['device'].encode())
    found.bind((address, port))
    if proto == 'tcp':
        found.listen()
    return found


def furnish() -> None:
    run('ip link add up0 type veth peer name up1')
    for words in ('up0 addrgenmode none', 'up1 addrgenmode none', 'up0 up', 'up1 up'):
        run('ip link set ' + words)
    run('ip link property add dev up0 altname lan')
    run('ip address add 10.0.0.1/24 dev up0 label up0:x')
    run('ip address add 10.0.0.2/24 dev up0')
    run('ip address add fd00::1/64 dev up0 nodad')
    run('ip address add fd00::2/64 dev up0 nodad preferred_lft 0')
    run('ip route add default via 10.0.0.9')
    run('ip route add 198.51.100.0/24 dev up0 src 10.0.0.2')


def theirs(links: dict[int, str]) -> list[Row]:
    rows = []
    diag = importlib.import_module('pyroute2.netlink.diag').DiagSocket()
    try:
        diag.bind()
        for proto, number, states in (
            ('tcp', socket.IPPROTO_TCP, 1 << 10),
            ('udp', socket.IPPROTO_UDP, 1 << 7),
        ):
            for family in (socket.AF_INET, socket.AF_INET6):
                for told in diag.get_sock_stats(family=family, protocol=number, states=states, extensions=0):
                    parsed = ipaddress.ip_address(told['idiag_src'])
                    mapped = getattr(parsed, 'ipv4_mapped', None)
                    rows.append(
                        (
                            proto,
                            str(mapped or parsed),
                            told['idiag_sport'],
                            links.get(told['idiag_if'], ''),
                            told['idiag_uid'],
                            told['idiag_inode'],
                        )
                    )
    finally:
        diag.close()
    return sorted(rows)


def compared() -> tuple[list[Row], list[Row], list[tuple[str, int, bool]], list[int], int]:
    furnish()
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(opened(*place)) for place in PLACES]
        stack.enter_context(socket.create_connection(('10.0.0.1', 2)))  # what is connected does not wait
        talking = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        talking.connect(('10.0.0.1', 1))
        all_waiting = namespaces.in_thread(sockets.waiting, '')
        with netlink.NetlinkSocket() as sock:
            links = link_names(sock).by_index
        ours = sorted(
            (
                waiting.endpoint.proto,
                waiting.endpoint.address,
                waiting.endpoint.port,
                waiting.endpoint.device,
                waiting.uid,
                waiting.inode,
            )
            for waiting in all_waiting
        )
        only = sorted(
            (waiting.endpoint.proto, waiting.endpoint.port, waiting.endpoint.v6only)
            for waiting in all_waiting
            if waiting.endpoint.address == '::'
        )
        owners = sockets.holders({waiting.inode for waiting in all_waiting})
        pids = [owners[os.fstat(sock.fileno()).st_ino][0].pid for sock in held]
        return ours, theirs(links), only, pids, os.getpid()


def test_waiting_sockets() -> None:
    ours, others, only, pids, own = in_world(compared)
    assert ours == others and len(ours) == len(PLACES)
    assert only == [('tcp', 3, False), ('tcp', 4, True), ('udp', 2, True), ('udp', 3, False)]
    assert set(pids) == {own}


def read() -> tuple[t.Any, ...]:
    furnish()
    with netlink.NetlinkSocket() as sock:
        names = link_names(sock)
        return (
            names,
            local_addresses(sock, names.by_index),
            default_routes(sock, names.by_index),
            {to: look_up_source(sock, to) for to in ('198.51.100.7', '192.0.2.1', 'fd00::9', '2001:db8::1')},
            json.loads(run('ip -j address')),
            json.loads(run('ip -j route get 192.0.2.1')),
        )


def test_addresses_and_sources() -> None:
    names, addresses, defaults, sources, theirs_addresses, theirs_route = in_world(read)
    assert names.by_alternative == {'lan': 'up0'}
    assert names.macs == {link['ifname']: link['address'] for link in theirs_addresses}
    told = [
        (link['ifname'], address['local'], address['prefixlen'])
        for link in theirs_addresses
        for address in link['addr_info']
        if address['family'] == 'inet'
    ]
    ipv4 = [address for address in addresses if address.family == 'ipv4']
    assert [(address.link, address.address, address.length) for address in ipv4] == told
    of_up0 = [address for address in addresses if address.link == 'up0']
    assert {address.address: (address.label, address.flaw, address.secondary) for address in of_up0} == {
        '10.0.0.1': ('up0:x', '', False),
        '10.0.0.2': ('up0', '', True),
        'fd00::1': ('', '', False),
        'fd00::2': ('', 'deprecated', False),
    }
    assert [(route.family, route.link, route.via) for route in defaults] == [('ipv4', 'up0', '10.0.0.9')]
    assert theirs_route[0]['prefsrc'] == sources['192.0.2.1'] == '10.0.0.1'
    assert sources == {
        '198.51.100.7': '10.0.0.2',
        '192.0.2.1': '10.0.0.1',
        'fd00::9': 'fd00::1',
        '2001:db8::1': '',
    }
