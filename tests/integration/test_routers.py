# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes and addresses that the kernel learns from IPv6 routers are restored after an undo or a removal, by a
router that speaks only when it is asked. A route that was made by request in their place would keep them
away."""

from __future__ import annotations

import subprocess
import sys
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.routers import learned_routes
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.world import run

# Answers each router solicitation (type 133) with an advertisement of itself and a network (RFC 4861).
ROUTER = """
import socket, struct
sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
index = socket.if_nametoindex('far')
group = socket.inet_pton(socket.AF_INET6, 'ff02::2') + struct.pack('=I', index)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
network = socket.inet_pton(socket.AF_INET6, 'fd97::')
advertised = struct.pack('!BBBBIII16s', 3, 4, 64, 0xC0, 7200, 3600, 0, network)
advertisement = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + advertised
print('ready', flush=True)
while True:
    if sock.recv(2048)[0] == 133:
        sock.sendto(advertisement, ('ff02::1', 0, 0, index))
"""
NETWORK = (
    'ip netns add far',
    'ip link add nic type veth peer name far netns far',
    'ip -n far link set far address 02:00:00:00:00:01',
    'ip netns exec far sysctl -q net.ipv6.conf.far.accept_dad=0 net.ipv6.conf.all.forwarding=1',
    'ip -n far link set far up',
    'sysctl -q net.ipv6.conf.nic.accept_dad=0 net.ipv6.conf.nic.accept_ra=1',
    'sysctl -q net.ipv6.conf.nic.router_solicitation_delay=0',
)
CHANGES: dict[str, Document] = {
    'link down': {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]},
    'small MTU': {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'mtu': 1000}]},
    'no IPv6': {'name': 'x', 'sysctls': {'net.ipv6.conf.nic.disable_ipv6': 1}},
    'moved': {
        'name': 'x',
        'namespaces': [{'name': 'inner', 'links': [{'name': 'nic', 'kind': 'physical'}]}],
    },
    'a route in its place': {
        'name': 'x',
        'routes': [{'to': 'default', 'via': 'fe80::ff:fe00:1', 'dev': 'nic', 'metric': 1024}],
    },
    'forwarding': {'name': 'x', 'sysctls': {'net.ipv6.conf.all.forwarding': 1}},
}


def _learned() -> set[str]:
    """What the kernel has of routers: the destinations of its own routes, not of copies; and an address."""
    routes = {
        'default' if to == '::/0' else to for to, via, _link, _metric in learned_routes() if via != '::'
    }
    addresses = run('ip -6 -o address show dev nic to fd97::/64')
    return routes | {'an address'} if addresses else routes


def _wait_until_learned() -> None:
    until = time.monotonic() + 60
    while _learned() != {'default', 'an address'}:
        assert time.monotonic() < until, _learned()
        time.sleep(0.05)


def _taken_back(document: Document) -> None:
    stopped_at_the_end(document, policy=Policy(adopt=True))


def _made_and_removed(document: Document) -> None:
    converge(document, policy=Policy(adopt=True))
    converge(document, absent=True)


def _changed(document: Document, change: t.Callable[[Document], None]) -> None:
    for command in NETWORK:
        run(command)
    words = ['ip', 'netns', 'exec', 'far', sys.executable, '-c', ROUTER]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as router:
        try:
            assert t.cast('t.IO[bytes]', router.stdout).readline() == b'ready\n'
            run('ip link set nic up')
            _wait_until_learned()
            change(document)
            _wait_until_learned()
            assert len(run('ip -6 route show default').splitlines()) == 1
        finally:
            router.kill()


@pytest.mark.parametrize('change', CHANGES)
def test_what_the_kernel_learned_from_a_router_comes_back_after_an_undo(change: str) -> None:
    world.in_world(_changed, CHANGES[change], _taken_back)


@pytest.mark.parametrize('change', CHANGES)
def test_what_the_kernel_learned_from_a_router_comes_back_after_a_removal(change: str) -> None:
    world.in_world(_changed, CHANGES[change], _made_and_removed)
