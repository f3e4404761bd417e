# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks in examples/ on pretend hosts, with a real balancer: between the tiers there is traffic of
the tiers, and of nobody else.

ua 10.1.0.9 --- br-public --- 10.1.0.N up0 host N up1 10.2.0.N --- br-wire
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import typing as t

from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import controller
from ansible_collections.multinet.linux.tests.integration.servers import program, surroundings
from ansible_collections.multinet.linux.tests.integration.wire import Packet, Wire
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run

HOST = str(tree.TOP / 'molecule/resources/pretend_host.sh')
PORT = 5060
CLIENT = '10.1.0.9'
# Says its own name and the address that it was called from.
SERVER = '''
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    link, peer = server.accept()
    link.sendall(("%s %s\\n" % (socket.gethostname(), peer[0])).encode())
    link.close()
'''


class Hosts:
    """Pretend hosts by name and number, on both wires of this world; *balancing* ones are on the public
    wire."""

    def __init__(self, folder: pathlib.Path, numbers: dict[str, int], balancing: t.Collection[str]) -> None:
        self.folder, self.numbers, self.balancing = folder, numbers, balancing
        self.processes: list[subprocess.Popen[str]] = []

    def up(self) -> None:
        os.makedirs('/run/netns', exist_ok=True)
        run('ip netns add ua')
        for bridge in ('br-public', 'br-wire'):
            run('ip link add %s type bridge' % bridge)
            run('ip link set %s up' % bridge)
        self._wire('ua', 'eth0', 'br-public', 'ua0', CLIENT)
        run('ip -n ua route add 10.2.0.0/24 via 10.1.0.2')  # not for want of a way
        for name, number in self.numbers.items():
            subprocess.run(
                ['sh', HOST, 'up', name, str(self.folder / name), sys.executable],
                check=True,
                capture_output=True,
            )
            run('ip netns attach %s %s' % (name, self.pid(name)))
            if name in self.balancing:
                self._wire(name, 'up0', 'br-public', name + '-0', '10.1.0.%d' % number)
                run('ip netns exec %s sysctl -qw net.ipv4.ip_forward=1' % name)
                subprocess.run(self.words(name, 'mkdir', '/etc/haproxy'), check=True)
            self._wire(name, 'up1', 'br-wire', name + '-1', '10.2.0.%d' % number)
            if name not in self.balancing:
                run('ip -n %s route replace default via 10.2.0.2' % name)

    def _wire(self, name: str, link: str, bridge: str, port: str, address: str) -> None:
        run('ip link add %s type veth peer name %s netns %s' % (port, link, name))
        run('ip link set %s master %s up' % (port, bridge))
        run('ip -n %s address add %s/24 dev %s' % (name, address, link))
        run('ip -n %s link set %s up' % (name, link))

    def pid(self, name: str) -> str:
        return (self.folder / name / 'pid').read_text(encoding='ascii').strip()

    def words(self, name: str, *words: str) -> list[str]:
        return ['nsenter', '--target', self.pid(name), '--net', '--mount', '--uts', '--', *words]

    def inventory(self, groups: dict[str, list[str]], **variables: t.Any) -> None:
        def links(name: str) -> list[dict[str, t.Any]]:
            found = {'up0': '10.1.0.%d/24', 'up1': '10.2.0.%d/24'}
            return [
                {'name': link, 'found': True, 'addresses': [address % self.numbers[name]]}
                for link, address in found.items()
                if link == 'up1' or name in self.balancing
            ]

        def host(name: str) -> dict[str, t.Any]:
            return {
                'ansible_connection': 'local',
                'ansible_python_interpreter': str(self.folder / name / 'python'),
                'multihome_links': links(name),
            }

        data: dict[str, t.Any] = {}
        for group, names in groups.items():
            data[group] = {'hosts': {name: host(name) for name in names}}
        common = {
            'backplane': '10.2.0.0/24',
            'public_link': 'up0',
            'balancer_owner': 'root',
            'ansible_become': False,
            **variables,
        }
        (self.folder / 'inventory.json').write_text(
            json.dumps({'all': {'children': data, 'vars': common}}), encoding='ascii'
        )

    def play(self, book: str) -> dict[str, int]:
        """How many tasks changed something, by host."""
        words = ['-i', str(self.folder / 'inventory.json'), str(tree.TOP / 'examples' / book)]
        done = controller.play(words, self.folder, os.getpid(), ANSIBLE_PIPELINING='true')
        assert done.returncode == 0, done.stdout + done.stderr
        return {
            name: int(number)
            for name, number in re.findall(r'^(\S+) +: ok=.* changed=(\d+)', done.stdout, re.MULTILINE)
        }

    def start(self, name: str, *words: str, ready: bool = False) -> None:
        process = subprocess.Popen(
            self.words(name, *words),
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        if ready:
            assert process.stdout and process.stdout.readline() == 'ready\n'

    def down(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for name in self.numbers:
            subprocess.run(
                ['sh', HOST, 'down', name, str(self.folder / name)], check=False, capture_output=True
            )


def called(address: str) -> list[str]:
    """What a client is told: which server, and who called it."""
    deadline = time.monotonic() + 20
    while True:  # a balancer that has just begun knows of no server yet
        with contextlib.suppress(OSError), inside('ua', socket.create_connection, (address, PORT), 5) as link:
            words = link.makefile(encoding='ascii').readline().split()
            if words:
                return words
        assert time.monotonic() < deadline, address
        time.sleep(0.1)


def ends(packets: t.Iterable[Packet]) -> set[str]:
    return {end[0] for packet in packets for end in (packet.source, packet.destination)}


def shape(
    folder: str,
    book: str,
    groups: dict[str, list[str]],
    numbers: dict[str, int],
    balancing: list[str],
    again: bool,
) -> None:
    """Bring it about, and call each balancer: its public wire knows clients and itself, the wire between the
    tiers knows hosts alone."""
    hosts = Hosts(pathlib.Path(folder), numbers, balancing)
    try:
        hosts.up()
        hosts.inventory(groups)
        assert all(hosts.play(book).values())
        for name in groups['servers']:
            hosts.start(
                name, sys.executable, '-c', SERVER, '10.2.0.%d' % numbers[name], str(PORT), ready=True
            )
        for name in balancing:
            hosts.start(name, program('haproxy'), '-db', '-f', '/etc/haproxy/haproxy.cfg')
        for name in balancing:
            called('10.1.0.%d' % numbers[name])
            with Wire(name, 'up0') as outer, Wire(name, 'up1') as inner:
                answers = [called('10.1.0.%d' % numbers[name]) for _call in range(4)]
                outside, within = outer.packets(), inner.packets()
            assert sorted(server for server, _caller in answers) == sorted(
                groups['servers'] * 2
            )  # each has its half
            assert {caller for _server, caller in answers} == {'10.2.0.%d' % numbers[name]}
            assert ends(outside) == {CLIENT, '10.1.0.%d' % numbers[name]}
            assert ends(within) == {'10.2.0.%d' % number for number in numbers.values()}
        for name in groups['servers']:  # nobody calls a server from outside
            try:
                inside('ua', socket.create_connection, ('10.2.0.%d' % numbers[name], PORT), 2).close()
            except (ConnectionRefusedError, TimeoutError):
                continue
            raise AssertionError(name)
        if again:
            assert not any(hosts.play(book).values())
    finally:
        hosts.down()


def test_two_tiers(tmp_path: pathlib.Path) -> None:
    in_world(
        shape,
        str(tmp_path),
        'two_tier.yml',
        {'balancers': ['front-1'], 'servers': ['back-1', 'back-2']},
        {'front-1': 2, 'back-1': 11, 'back-2': 12},
        ['front-1'],
        True,
    )


def test_one_tier_that_balances_itself(tmp_path: pathlib.Path) -> None:
    in_world(
        shape,
        str(tmp_path),
        'self_balancing.yml',
        {'servers': ['both-1', 'both-2']},
        {'both-1': 2, 'both-2': 3},
        ['both-1', 'both-2'],
        False,
    )
