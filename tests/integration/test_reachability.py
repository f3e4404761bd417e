# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of every kind in real networks: what is open, refused and silent, from where, over which route, and
what is said of the rest.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.reachability_world import (
    MUTE,
    OWN,
    OWN6,
    PEER,
    PEER6,
    SHORT,
    SIDES,
    Probe,
    furnish,
    reach,
    serve,
)

DROPPED, PROHIBITED, RESET = 81, 82, 83


def _walls() -> None:
    for side in SIDES:
        # A host tells only so many times a second what is unreachable, and these tests ask for more.
        for key in ('ipv4.icmp_ratemask', 'ipv6.icmp.ratelimit'):
            world.run('ip netns exec %s-peer sysctl -qw net.%s=0' % (side, key))
        for tool, prohibited in (
            ('iptables', 'icmp-admin-prohibited'),
            ('ip6tables', 'icmp6-adm-prohibited'),
        ):
            for proto in ('tcp', 'udp'):
                rule = 'ip netns exec %s-peer %s -A INPUT -p %s --dport ' % (side, tool, proto)
                world.run(rule + '%d -j DROP' % DROPPED)
                world.run(rule + '%d -j REJECT --reject-with %s' % (PROHIBITED, prohibited))
            world.run(
                'ip netns exec %s-peer %s -A INPUT -p tcp --dport %d -j REJECT --reject-with tcp-reset'
                % (side, tool, RESET)
            )


def _from(side: str, to: str, own: str) -> list[Probe]:
    def probe(kind: str, port: int = 0, **keys: t.Any) -> Probe:
        return {'namespace': side, 'kind': kind, 'to': to, **({'port': port} if port else {}), **keys}

    seen = re.escape('%s sees %s' % (side, own))
    address = '192.0.2.1' if to == PEER else 'fd00::1'
    record = 'A' if to == PEER else 'AAAA'
    return [
        probe('tcp', 7),
        probe('tcp', 7, answer='^%s$' % seen, source_seen=own),
        probe('tcp', 7, send='ping\n', answer='^ping$', source=own),
        probe('tcp', 7, device='eth0'),
        probe('tcp', 8, expect='refused', source_seen=own),
        probe('tcp', RESET, expect='refused'),
        probe('tcp', PROHIBITED, expect='refused'),
        probe('tcp', DROPPED, **SHORT),
        probe('udp', 7),
        probe(
            'udp',
            7,
            send='ping',
            answer='^%s, heard ping$' % seen,
            source_seen=own,
            source=own,
            device='eth0',
        ),
        probe('udp', 8, expect='refused'),
        probe('udp', PROHIBITED, expect='refused'),
        probe('udp', DROPPED, **SHORT),
        probe('udp', MUTE, **SHORT),
        probe('icmp', source_seen=own),
        probe('icmp', source=own, device='eth0'),
        probe('http', answer='^%s$' % seen, status=200, source_seen=own),
        probe('http', path='/none', status=404),
        probe('http', 8, expect='refused'),
        probe('http', DROPPED, **SHORT),
        probe('dns', query=side + '.example', type=record, answer='^%s$' % re.escape(address)),
        probe('dns', query='none.example', answer='^NXDOMAIN$'),
        probe('dns', query='refused.example', expect='refused'),
        probe('dns', 8, query='a.example', expect='refused'),
        probe('dns', query='mute.example', **SHORT),
        probe('dns', DROPPED, query='a.example', **SHORT),
    ]


def _turned(probe: Probe) -> Probe:
    kept = {key: value for key, value in probe.items() if key not in ('answer', 'status', 'source_seen')}
    return {**kept, 'expect': 'open' if probe.get('expect') == 'silent' else 'silent'}


def _every_kind() -> dict[str, t.Any]:
    furnish()
    serve()
    _walls()
    probes = []
    for side in SIDES:
        probes += [*_from(side, PEER, OWN), *_from(side, PEER6, OWN6)]
    done = reach(*probes)
    # The same, turned around: what is open or refused shall be silent, what is silent shall be open.
    turned = [_turned(probe) for probe in probes]
    return {'done': done, 'predicted': reach(*probes, check=True), 'turned': reach(*turned)}


def test_every_kind_of_probe_over_two_wires_with_the_same_addresses() -> None:
    found = world.in_world(_every_kind)
    done = found['done']
    assert not done.get('failed'), done['msg']
    assert (
        done['msg'] == 'all is as wanted'
        and done['changed'] is False
        and found['predicted']['msg'] == done['msg']
    )
    for row in done['probes']:
        own = OWN if row['destination'] == PEER else OWN6
        assert row['met'] and row['source'] == own and row['time_ms'] > 0
        assert (row['route']['dev'], row['route']['source'], row['route']['gateway']) == ('eth0', own, '')
    turned = found['turned']
    assert turned['failed'] and not any(row['met'] for row in turned['probes']), turned['msg']
    lines = turned['msg'].splitlines()
    assert (
        lines[0] == '104 of 104 probes are not as wanted'
        and lines[1:] == turned['problems']
        and len(turned['probes']) == 104  # alike ones share a line
    )
    assert lines[1].startswith(
        'probes[0]: tcp 10.0.0.1 port 7 from red, source 10.0.0.5: is not as wanted (found open:'
        ' connected, want silent); '
        'route: dev eth0 src 10.0.0.5; and '
    )
    # Who said no is told.
    for text in (
        'found refused: ECONNREFUSED: Connection refused, ICMP type 3 code 3 from 10.0.0.1, want silent',
        'found refused: EHOSTUNREACH: No route to host, ICMP type 3 code 13 from 10.0.0.1',
        'ICMPv6 type 1 code 1 from fd00::1',
        'found refused: answered REFUSED',
        'found silent: nothing came back, want open',
    ):
        assert text in turned['msg'], text


def _each_on_its_own_wire() -> tuple[list[str], list[int], list[int]]:
    furnish()
    serve()

    def received() -> list[int]:
        return [
            int(
                world.inside(side + '-peer', world.run, 'ip -s link show dev eth0')
                .split('RX:')[1]
                .splitlines()[1]
                .split()[1]
            )
            for side in SIDES
        ]

    before = received()
    for _number in range(2):
        done = reach(
            *[{'namespace': 'red', 'kind': 'icmp', 'to': PEER}] * 150,
            {'namespace': 'red', 'kind': 'http', 'to': PEER, 'answer': 'red sees'},
        )
        assert not done.get('failed'), done['msg']
    both = reach(
        {'namespace': 'red', 'kind': 'http', 'to': PEER}, {'namespace': 'blue', 'kind': 'http', 'to': PEER}
    )
    return [row['answer'] for row in both['probes']], before, received()


def test_a_flood_on_one_wire_is_not_on_the_other() -> None:
    answers, before, after = world.in_world(_each_on_its_own_wire)
    assert answers == ['red sees 10.0.0.5', 'blue sees 10.0.0.5']
    assert after[0] - before[0] >= 300
    assert after[1] - before[1] < 20  # one connection alone


def _unix() -> dict[str, t.Any]:
    world.run('ip netns add red')
    held = []

    def serve_at(path: str, kind: int = socket.SOCK_STREAM, namespace: str = '') -> socket.socket:
        server = world.inside(namespace, socket.socket, socket.AF_UNIX, kind)
        server.bind(path)
        if kind != socket.SOCK_DGRAM:
            server.listen(0)
        held.append(server)
        return server

    os.mkdir('/run/s')
    serve_at('/run/s/stream')
    serve_at('/run/s/seqpacket', socket.SOCK_SEQPACKET)
    serve_at('/run/s/datagram', socket.SOCK_DGRAM)
    serve_at('/run/s/stale').close()
    serve_at('\0hidden', namespace='red')
    serve_at('/run/s/full')
    waiting = socket.socket(socket.AF_UNIX)  # takes the one place in the queue
    waiting.connect('/run/s/full')
    talker = serve_at('/run/s/talker')

    def talk() -> None:
        while True:
            link = talker.accept()[0]
            with link:
                link.sendall(b'hello ')
                link.sendall(link.recv(100))

    threading.Thread(target=talk, daemon=True).start()

    def probe(path: str, expect: str = 'open', **keys: t.Any) -> Probe:
        return {'kind': 'unix', 'path': path, 'expect': expect, **keys}

    return reach(
        probe('/run/s/stream'),
        probe('/run/s/seqpacket', namespace='red'),
        probe('/run/s/datagram', send='x'),
        probe('/run/s/stale', 'refused'),
        probe('/run/s/none', 'refused'),
        probe('/run/s/stream/none', 'refused'),
        probe('@hidden', namespace='red'),
        probe('@hidden', 'refused'),
        probe('/run/s/full', **SHORT),
        probe('/run/s/talker', send='42', answer='^hello 42$', tries=3),
        probe('/run/s', 'refused'),
    )


def test_unix_sockets_by_path_and_abstract_ones_of_a_namespace() -> None:
    done = world.in_world(_unix)
    assert not done.get('failed'), done['msg']
    assert done['probes'][0]['route'] == {} and done['probes'][0]['destination'] == '/run/s/stream'


def _garbage() -> dict[str, t.Any]:
    world.run('ip link set lo up')

    def say(port: int, text: bytes) -> None:
        server = socket.create_server(('127.0.0.1', port))

        def serve_one() -> None:
            while True:
                with server.accept()[0] as link:
                    link.recv(1000)
                    link.sendall(text)

        threading.Thread(target=serve_one, daemon=True).start()

    for port, text in (
        (1001, b''),
        (1002, b'SSH-2.0-x\r\n'),
        (1003, b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut'),
        (1004, b'HTTP/1.0 200 OK\r\n\r\n\xff'),
        (1005, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    ):
        say(port, text)
    return reach(
        *(
            {'kind': 'http', 'to': '127.0.0.1', 'port': port, 'expect': expect}
            for port, expect in (
                (1001, 'silent'),
                (1002, 'open'),
                (1003, 'open'),
                (1004, 'open'),
                (1005, 'open'),
            )
        )
    )


def test_what_is_no_http_is_neither_open_nor_silent() -> None:
    done = world.in_world(_garbage)
    assert [(row['found'], row['answer']) for row in done['probes']] == [
        ('error', ''),
        ('error', 'SSH-2.0-x\r\n'),
        ('open', 'cut'),
        ('open', '\N{REPLACEMENT CHARACTER}'),
        ('open', ''),
    ]


@pytest.mark.quick
def test_problems_are_told_before_anything_is_sent() -> None:
    done = world.in_world(reach, {'kind': 'icmp', 'to': 'nowhere'})
    assert done['msg'].splitlines()[0] == 'nothing was sent' and done['problems'] == [
        "probes[0].to: is not an address (found 'nowhere'); names are looked up by probes of kind dns alone"
    ]
