# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translation of addresses as sockets on both sides see it, and connections that the kernel forgets.

Namespace ``in`` has 10.1.0.2 and fd01::2, ``out`` has 10.2.0.2 and fd02::2; the world itself routes between
them with .1 and ::1.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import conntrack, nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy

from . import world
from .iptables_world import BACKENDS, Document, converge, use
from .world import inside

_IN = {'ipv4': '10.1.0.2', 'ipv6': 'fd01::2'}
_OUT = {'ipv4': '10.2.0.2', 'ipv6': 'fd02::2'}
_INNER = {'ipv4': '10.1.0.1', 'ipv6': 'fd01::1'}
_OUTER = {'ipv4': '10.2.0.1', 'ipv6': 'fd02::1'}
_SECOND = {'ipv4': '10.2.0.9', 'ipv6': 'fd02::9'}
_NET = {'ipv4': '10.1.0.0/24', 'ipv6': 'fd01::/64'}
_MAPPED = {'ipv4': ('10.1.0.0/24', '10.9.0.0/24', '10.9.0.2'), 'ipv6': ('fd01::/64', 'fd09::/64', 'fd09::2')}
_ANY = {'ipv4': '0.0.0.0', 'ipv6': '::'}
FAMILIES = ('ipv4', 'ipv6')


def _space(name: str, number: int) -> dict[str, t.Any]:
    """A namespace with a way to all the world through its router, which asks for neighbours from its
    link-local address.
    """
    ends = [['10.%d.0.%d/24' % (number, host), 'fd0%d::%d/64' % (number, host)] for host in (2, 1)]
    if name == 'out':
        ends[1] += ['10.2.0.9/24', 'fd02::9/64']
    return {
        'name': name,
        'links': [
            {'name': 'lo', 'kind': 'physical'},
            {
                'name': 'eth0',
                'kind': 'veth',
                'addresses': ends[0],
                'peer': {'name': 'to-' + name, 'addresses': ends[1], 'link_local': True},
            },
        ],
        'routes': [
            {'to': 'default', 'via': '10.%d.0.1' % number},
            {'to': '::/0', 'via': 'fd0%d::1' % number},
        ],
    }


def document(*chains: dict[str, t.Any]) -> Document:
    return {
        'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1},
        'namespaces': [_space('in', 1), _space('out', 2)],
        'iptables': list(chains),
    }


def nat(chain: str, rules: t.Callable[[str], list[t.Any]]) -> list[dict[str, t.Any]]:
    """A chain of table nat for each family."""
    return [{'table': 'nat', 'chain': chain, 'family': family, 'rules': rules(family)} for family in FAMILIES]


def _connected(target: tuple[str, int]) -> socket.socket:
    """A connection to where the way may not be known yet: a neighbour that has just got its address does not
    answer at once.
    """
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(target, 10)
        except OSError as exc:
            if exc.errno != errno.EHOSTUNREACH or time.monotonic() > deadline:
                raise


def meeting(client: str, target: tuple[str, int], server: str, bound: tuple[str, int]) -> tuple[str, str]:
    """A connection from namespace to namespace: whom the server sees, and whom the client."""
    family = socket.AF_INET6 if ':' in target[0] else socket.AF_INET

    def listen() -> socket.socket:
        return socket.create_server(bound, family=family)

    with inside(server, listen) as listener:
        listener.settimeout(10)
        with inside(client, _connected, target) as ours:
            theirs, source = listener.accept()
            with theirs:
                theirs.sendall(b'hello')
                ours.settimeout(10)
                assert ours.recv(5) == b'hello'
                return source[0], ours.getpeername()[0]


def _translation(backend: str) -> dict[str, t.Any]:
    use(backend)
    seen: dict[str, t.Any] = {}
    converge(document())
    for family in FAMILIES:
        seen['plain ' + family] = meeting('in', (_OUT[family], 80), 'out', (_OUT[family], 80)) == (
            _IN[family],
            _OUT[family],
        )

    converge(
        document(
            *nat(
                'POSTROUTING', lambda family: [{'source': _NET[family], 'out': 'to-out', 'masquerade': True}]
            )
        )
    )
    for family in FAMILIES:
        source, target = meeting('in', (_OUT[family], 80), 'out', (_OUT[family], 80))
        seen['masquerade ' + family] = target == _OUT[family] and source in (
            _OUTER[family],
            _SECOND[family],
        )  # IPv6 takes either

    converge(
        document(
            *nat(
                'POSTROUTING',
                lambda family: [{'source': _IN[family], 'out': 'to-out', 'snat': _SECOND[family]}],
            )
        )
    )
    for family in FAMILIES:
        seen['snat ' + family] = meeting('in', (_OUT[family], 80), 'out', (_OUT[family], 80)) == (
            _SECOND[family],
            _OUT[family],
        )

    def published(family: str) -> list[t.Any]:
        target = '%s:80' % _IN[family] if family == 'ipv4' else '[%s]:80' % _IN[family]
        return [
            {'destination': _OUTER[family], 'protocol': 'tcp', 'ports': 8080, 'dnat': target},
            {'destination': _SECOND[family], 'protocol': 'tcp', 'ports': 81, 'redirect': 82},
        ]

    hairpin = nat(
        'POSTROUTING',
        lambda family: [
            {
                'source': _NET[family],
                'destination': _IN[family],
                'protocol': 'tcp',
                'ports': [80, 443],
                'state': 'dnat',
                'snat': _INNER[family],
            }
        ],
    )
    converge(document(*nat('PREROUTING', published), *hairpin))
    for family in FAMILIES:
        seen['published ' + family] = meeting('out', (_OUTER[family], 8080), 'in', (_IN[family], 80)) == (
            _OUT[family],
            _OUTER[family],
        )
        seen['redirect ' + family] = meeting('out', (_SECOND[family], 81), '', (_ANY[family], 82)) == (
            _OUT[family],
            _SECOND[family],
        )
        seen['hairpin ' + family] = meeting('in', (_OUTER[family], 8080), 'in', (_IN[family], 80)) == (
            _INNER[family],
            _OUTER[family],
        )

    converge(
        document(
            *nat(
                'PREROUTING',
                lambda family: [
                    '-i to-out -d %s -j NETMAP --to %s' % (_MAPPED[family][1], _MAPPED[family][0])
                ],
            ),
            *nat('POSTROUTING', lambda family: ['-o to-out -s %s -j NETMAP --to %s' % _MAPPED[family][:2]]),
        )
    )
    for family in FAMILIES:
        seen['netmap in ' + family] = meeting('out', (_MAPPED[family][2], 80), 'in', (_IN[family], 80)) == (
            _OUT[family],
            _MAPPED[family][2],
        )
        seen['netmap out ' + family] = meeting('in', (_OUT[family], 80), 'out', (_OUT[family], 80)) == (
            _MAPPED[family][2],
            _OUT[family],
        )
    return seen


@pytest.mark.parametrize('backend', BACKENDS)
def test_sockets_see_the_addresses_that_rules_give_them(backend: str) -> None:
    seen = world.in_world(_translation, backend)
    assert len(seen) == 16
    assert [what for what, fine in seen.items() if not fine] == []


def _ask(client: str, target: tuple[str, int]) -> socket.socket:
    def ask() -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ':' in target[0] else socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(1)
        sock.connect(target)
        return sock

    return inside(client, ask)


def _answered(sock: socket.socket, servers: dict[str, socket.socket]) -> str:
    """Who answers a datagram; nobody: ''."""
    sock.send(b'who')
    try:
        answer = None
        for name, server in servers.items():
            with contextlib.suppress(TimeoutError):
                _data, source = server.recvfrom(16)
                server.sendto(name.encode(), source)
                answer = sock.recv(64).decode()
        return answer or ''
    except (TimeoutError, ConnectionRefusedError):
        return ''


def _forgotten(backend: str) -> list[str]:
    use(backend)
    told = []

    def published(port: int, flush: bool, extra: int = 0) -> Document:
        return document(
            *(
                {**chain, 'flush_conntrack': flush}
                for chain in nat(
                    'PREROUTING',
                    lambda family: [
                        {'destination': _OUTER[family], 'protocol': 'udp', 'ports': 53, 'redirect': port},
                        *(
                            [
                                {
                                    'destination': _SECOND[family],
                                    'protocol': 'udp',
                                    'ports': extra,
                                    'redirect': port,
                                }
                            ]
                            if extra
                            else []
                        ),
                    ],
                )
            )
        )

    for family in FAMILIES:
        converge(published(5301, False))
        servers = {}
        for name, port in (('one', 5301), ('two', 5302)):
            servers[name] = socket.socket(
                socket.AF_INET6 if family == 'ipv6' else socket.AF_INET, socket.SOCK_DGRAM
            )
            servers[name].bind((_ANY[family], port))
            servers[name].settimeout(0.2)
        with _ask('out', (_OUTER[family], 53)) as flow, _ask('out', (_SECOND[family], 5301)) as bystander:
            before = _answered(flow, servers)
            _answered(bystander, servers)
            connections = inside('', _count, family)
            converge(published(5302, False))
            stale = _answered(flow, servers)
            converge(published(5301, False))
            converge(published(5301, True, 999))  # a rule about another port and address
            kept = inside('', _count, family) == connections
            converge(published(5302, True, 999))
            left = inside('', _count, family)
            told.append(
                '%s: %s %s %s %s %s'
                % (family, before, stale, kept, left - connections, _answered(flow, servers))
            )
        for server in servers.values():
            server.close()
    return told


def _count(family: str) -> int:
    with nfnetlink.open_nfnetlink() as sock:
        return len([one for one in conntrack.connections(sock, family) if one.protocol == socket.IPPROTO_UDP])


@pytest.mark.parametrize('backend', BACKENDS)
def test_connections_that_a_changed_rule_is_about_are_forgotten_on_request(backend: str) -> None:
    assert world.in_world(_forgotten, backend) == ['%s: one one True -1 two' % family for family in FAMILIES]


def _named(chain: dict[str, t.Any]) -> dict[str, t.Any]:
    """The chain by name, without its rules."""
    return {key: chain[key] for key in ('table', 'chain', 'family')}


def _forgotten_with_their_chain(backend: str) -> list[str]:
    use(backend)
    told = []
    staying = nat(
        'POSTROUTING', lambda family: ['-p tcp --dport 9 -j ACCEPT']
    )  # so that translation is at work until the end
    for way in ('kept', 'left out', 'exclusive', 'named', 'absent'):
        chains = [
            {**chain, 'flush_conntrack': way != 'kept'}
            for chain in nat(
                'PREROUTING',
                lambda family: ['-d %s -p udp --dport 53 -j REDIRECT --to-ports 5301' % _OUTER[family]],
            )
        ]
        mode = {'iptables_mode': 'exclusive'} if way == 'exclusive' else {}
        converge({**document(*chains, *staying), **mode})
        with contextlib.ExitStack() as stack:
            for family in FAMILIES:
                server = stack.enter_context(
                    socket.socket(socket.AF_INET6 if family == 'ipv6' else socket.AF_INET, socket.SOCK_DGRAM)
                )
                if family == 'ipv6':
                    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                server.bind((_ANY[family], 5301))
                server.settimeout(5)
                flow, bystander = (
                    stack.enter_context(_ask('out', target))
                    for target in ((_OUTER[family], 53), (_OUTER[family], 5301))
                )
                told += ['%s: no answer' % way] * (_answered(flow, {'one': server}) != 'one')
                bystander.send(b'x')
                server.recv(1)
            before = [inside('', _count, family) for family in FAMILIES]
            if way == 'named':
                names_only = [_named(chain) for chain in chains]
                converge({'iptables': names_only}, policy=Policy(mode=Mode.REMOVE))
            elif way == 'absent':
                converge({}, absent=True)
            else:
                converge({**document(*staying), **mode})
            told.append(
                '%s: %s'
                % (way, [inside('', _count, family) - number for family, number in zip(FAMILIES, before)])
            )
    return told


@pytest.mark.parametrize('backend', BACKENDS)
def test_connections_of_a_chain_that_goes_are_forgotten_on_request(backend: str) -> None:
    assert world.in_world(_forgotten_with_their_chain, backend) == [
        'kept: [0, 0]',
        'left out: [-1, -1]',
        'exclusive: [-1, -1]',
        'named: [-1, -1]',
        'absent: [-1, -1]',
    ]
