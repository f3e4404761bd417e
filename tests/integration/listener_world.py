# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with two networks, user agents on one and a balancer on the other, and servers that are processes of
their own.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import typing as t

from .module_calls import call
from .world import in_world, inside, run

AGENTS, BALANCER = 'ua', 'lb'
PATIENCE = 3.0
# Words: protocol, address, port; ends with its input. Repeats what it hears, tcp after its own name.
SERVER = '''
import socket, sys, threading
def tcp(link):
    with link:
        link.sendall(b"hello\\n")
        while True:
            data = link.recv(1000)
            if not data:
                return
            link.sendall(data)
def accept(server):
    while True:
        threading.Thread(target=tcp, args=(server.accept()[0],), daemon=True).start()
def repeat(server):
    while True:
        data, peer = server.recvfrom(1000)
        server.sendto(data, peer)
for word in sys.argv[1:]:
    proto, address, port, *options = word.split(",")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
    server = socket.socket(family, kind)
    if proto == "tcp":
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "reuseport" in options:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if "free" in options:
        server.setsockopt(socket.IPPROTO_IP, 15, 1)
    if ":" in address:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, "only" in options)
    server.bind((address, int(port)))
    if proto == "tcp":
        server.listen()
    threading.Thread(target=accept if proto == "tcp" else repeat, args=(server,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
'''


def furnish() -> None:
    """10.1.0.2 and fd01::2 towards user agents, 10.2.0.2 and fd02::2 towards the balancer."""
    for name, link, number in ((AGENTS, 'up0', 1), (BALANCER, 'up1', 2)):
        run('ip netns add ' + name)
        run('ip -n %s link set lo up' % name)
        run('ip link add %s type veth peer name eth0 netns %s' % (link, name))
        run('ip address add 10.%d.0.2/24 dev %s' % (number, link))
        run('ip address add fd0%d::2/64 dev %s nodad' % (number, link))
        run('ip link set %s up' % link)
        run('ip -n %s address add 10.%d.0.9/24 dev eth0' % (name, number))
        run('ip -n %s address add fd0%d::9/64 dev eth0 nodad' % (name, number))
        run('ip -n %s link set eth0 up' % name)
        run('ip -n %s route add default via 10.%d.0.2' % (name, number))
        run('ip -n %s route add default via fd0%d::2' % (name, number))
    run('ip route add default via 10.1.0.9')


@contextlib.contextmanager
def serving(*places: str, namespace: str = '') -> t.Iterator[subprocess.Popen[str]]:
    """A process that listens on ``PROTO,ADDRESS,PORT`` places."""
    words = ['ip', 'netns', 'exec', namespace] if namespace else []
    with subprocess.Popen(
        [*words, sys.executable, '-c', SERVER, *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == 'ready\n'
            yield server
        finally:
            server.kill()


def connect(namespace: str, address: str, port: int) -> socket.socket:
    """A connection from a namespace, after the server's greeting."""
    link = inside(namespace, socket.create_connection, (address, port), PATIENCE)
    assert link.recv(100) == b'hello\n'
    return link


def talks(link: socket.socket) -> bool:
    link.settimeout(PATIENCE)
    try:
        link.sendall(b'once more')
        return link.recv(100) == b'once more'
    except OSError:
        return False


def conversation(namespace: str, address: str, port: int) -> socket.socket:
    link = inside(
        namespace, socket.socket, socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM
    )
    inside(namespace, link.connect, (address, port))
    return link


def reached(namespace: str, address: str, port: int, proto: str = 'tcp') -> bool:
    """Whether a server answers; a refusal is seen at once, silence counts as a mistake of ours."""
    try:
        if proto == 'tcp':
            connect(namespace, address, port).close()
            return True
        with conversation(namespace, address, port) as link:
            link.settimeout(PATIENCE)
            link.sendall(b'x')
            return link.recv(100) == b'x'
    except ConnectionRefusedError:
        return False


def bind(
    *listeners: dict[str, t.Any], check: bool = False, fine: bool = True, **more: t.Any
) -> dict[str, t.Any]:
    """The result of listener_bind for a set; internal is the balancer's network."""
    args = {'internal': ['10.2.0.0/24', 'fd02::/64'], 'units': '/run/units', 'wait_dad': 0, **more}
    if listeners:
        args['listeners'] = list(listeners)
    os.makedirs('/run/units', exist_ok=True)
    result = call('listener_bind', args, check)
    assert bool(result.get('failed')) != fine, result
    return result


def told(**args: t.Any) -> dict[str, t.Any]:
    """The result of listener_info."""
    result = call('listener_info', args, False)
    assert not result.get('failed'), result
    return result


def listener(
    name: str, address: str = '10.1.0.2', port: int = 5060, proto: str = 'tcp', **more: t.Any
) -> dict[str, t.Any]:
    return {'name': name, 'address': address, 'port': port, 'proto': proto, **more}


EXTERNAL = listener('sip', proto='tcp_udp', type='external')
INTERNAL = listener('back', '10.2.0.2', proto='tcp_udp', type='internal')
BOTH = listener('admin', 'any', 8080)
SERVED = ('tcp,10.1.0.2,5060', 'udp,10.1.0.2,5060', 'tcp,10.2.0.2,5060', 'udp,10.2.0.2,5060', 'tcp,::,8080')
FILES = ('find', '/run', '-path', '/run/netns', '-prune', '-o', '-type', 'f', '-printf', '%p %T@ %s\n')


def on_host(function: t.Callable[[], t.Any]) -> t.Any:
    """The result of a function in a furnished world."""

    def body() -> t.Any:
        furnish()
        return function()

    return in_world(body)


def files() -> str:
    """Names, times and sizes of what is below /run."""
    return subprocess.run(FILES, check=True, capture_output=True, text=True).stdout
