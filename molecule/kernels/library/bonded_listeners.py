#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listen where a set of listeners says, in the namespace ``edge``, and connect to each from a remote address,
over VLANs of a bond.

The remote end is the namespace ``lan``: a bridge br0 with both cards of the bond, its VLANs br0.11 and br0.12
with 10.N.0.9 and fdN::9, and 198.51.100.9 and 2001:db8::9, the sources of all connections. Fails with
everything that went wrong.

rows: the listeners as listener_bind returned them. foreign: pairs of an address and one of another VLAN that
must not lead to it. port: a card of the bridge that is unplugged at the end.
"""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import threading
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces

FAR = {'ipv4': '198.51.100.9', 'ipv6': '2001:db8::9'}
FAMILY = {'ipv4': socket.AF_INET, 'ipv6': socket.AF_INET6}
KIND = {'tcp': socket.SOCK_STREAM, 'udp': socket.SOCK_DGRAM}
WIRES = ('br0.11', 'br0.12')
PATIENCE = 20


def see(fine: bool, *what: t.Any) -> None:
    if not fine:
        raise AssertionError(' '.join(str(word) for word in what))


def inside(namespace: str, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    """Call a function in a namespace."""

    def body() -> t.Any:
        with namespaces.entered(namespaces.open_named(namespace), namespaces.open_current()):
            return function(*args)

    return namespaces.in_thread(body)


def serve(row: dict[str, t.Any]) -> None:
    """Echo, until the module ends."""
    server = socket.socket(FAMILY[row['family']], KIND[row['proto']])
    if row['proto'] == 'tcp':
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((row['address'], row['port']))
    if row['proto'] == 'tcp':
        server.listen()

    def body() -> None:
        while True:
            with contextlib.suppress(OSError):
                if row['proto'] == 'udp':
                    server.sendto(*server.recvfrom(100))
                    continue
                with contextlib.closing(server.accept()[0]) as link:
                    link.settimeout(PATIENCE)
                    link.sendall(link.recv(100))

    threading.Thread(target=body, daemon=True).start()


def call(address: str, row: dict[str, t.Any], patience: float) -> bool:
    """Whether there is an answer to a connection from the remote address."""
    with contextlib.closing(socket.socket(FAMILY[row['family']], KIND[row['proto']])) as client:
        client.settimeout(patience)
        client.bind((FAR[row['family']], 0))
        try:
            client.connect((address, row['port']))
            client.sendall(b'there')
            return client.recv(100) == b'there'
        except OSError:
            return False


def listen(wire: str) -> socket.socket:
    found = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    found.bind((wire, 3))
    found.setblocking(False)
    return found


def sources(heard: socket.socket) -> set[str]:
    """The sources of the TCP and UDP packets that arrived on a wire since the last call."""
    found = set()
    while select.select([heard], [], [], 0)[0]:
        data, (_link, _kind, way, *_rest) = heard.recvfrom(100)
        six = data[0] >> 4 == 6
        if (
            way != socket.PACKET_OUTGOING
            and data[6 if six else 9] in (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
            and data[0] >> 4 in (4, 6)
        ):
            found.add(
                socket.inet_ntop(
                    socket.AF_INET6 if six else socket.AF_INET, data[8:24] if six else data[12:16]
                )
            )
    return found


def lan(command: str) -> None:
    subprocess.run(['ip', '-n', 'lan', *command.split()], check=True, capture_output=True)


def until(row: dict[str, t.Any]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not call(row['address'], row, 2):
        if time.monotonic() > deadline:
            return False
    return True


def tried(params: dict[str, t.Any]) -> None:
    rows = params['rows']
    for row in rows:
        inside('edge', serve, row)
    wires = {wire: inside('lan', listen, wire) for wire in WIRES}
    for row in rows:
        own = 'br0.11' if row['address'].startswith(('10.11.', 'fd11:')) else 'br0.12'
        for time_of in ('at first', 'again'):
            for heard in wires.values():
                sources(heard)
            see(
                inside('lan', until, row),
                row['name'],
                row['proto'],
                row['address'],
                'does not answer',
                time_of,
            )
            for wire, heard in wires.items():
                see(
                    sources(heard) == ({row['address']} if wire == own else set()),
                    row['name'],
                    row['address'],
                    'answers on the wrong VLAN',
                    time_of,
                )
    for row in rows:
        for over in params['foreign'].get(row['address'], []):
            lan('route add %s via %s' % (row['address'], over))
            see(not inside('lan', call, row['address'], row, 2), row['address'], 'is heard over', over)
            lan('route del %s via %s' % (row['address'], over))
            see(inside('lan', until, row), row['address'], 'does not answer after', over)
    lan('link set %s down' % params['port'])
    for row in rows:
        see(inside('lan', until, row), row['name'], row['address'], 'does not answer over the other card')
    lan('link set %s up' % params['port'])


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'rows': {'type': 'list', 'elements': 'dict', 'required': True},
            'foreign': {'type': 'dict', 'default': {}},
            'port': {'type': 'str', 'required': True},
        }
    )
    try:
        tried(module.params)
    except (AssertionError, OSError, subprocess.CalledProcessError) as exc:
        module.fail_json(msg='%s: %s' % (type(exc).__name__, exc))
    module.exit_json(changed=True)


if __name__ == '__main__':
    main()
