# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world for clusters: a host with a network and a /run of its own, and an outside host beyond its uplink.

The world is a sleeping process. Commands and playbooks are run in it with nsenter, sockets are opened in it
by threads of the test. With the process everything goes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import threading
import typing as t

from ansible_collections.multinet.linux.tests.integration import controller
from ansible_collections.multinet.linux.tests.integration.kept_copies import KeptCopy

T = t.TypeVar('T')
PATIENCE = 5.0
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

HOST, OUTSIDE, UPLINK = '', 'outside', 'uplink0'
HOST_ADDRESS, OUTSIDE_ADDRESS = '192.0.2.1', '192.0.2.2'
HOST_ADDRESS6, OUTSIDE_ADDRESS6 = '2001:db8::1', '2001:db8::2'
SUBNET, SUBNET6 = '10.200.10.0/24', 'fd00:10::/64'

_FURNISH = (
    'mount -t tmpfs -o mode=755 world /var/cache &&'
    ' mount -t tmpfs -o mode=755 world /run && mkdir /run/netns && ip link set lo up && echo ready &&'
    ' exec sleep infinity'
)


def address(number: int) -> str:
    """That of a node."""
    return '10.200.10.%d' % (number + 1)


def address6(number: int) -> str:
    return 'fd00:10::%x' % (number + 1)


class Played(t.NamedTuple):
    """How a playbook went: the status, what it printed, and the result of its last task of the module
    layout."""

    status: int
    output: str
    result: dict[str, t.Any]

    @property
    def names(self) -> list[str]:
        """The objects that were changed, each after its action."""
        return ['%s %s' % (change['action'], change['name']) for change in self.result['changes']]


def _sysctls() -> list[str]:
    found = []
    for top in ('ipv4', 'ipv6'):
        for folder, _folders, files in os.walk('/proc/sys/net/' + top):
            for name in files:
                with (
                    contextlib.suppress(OSError),
                    open(os.path.join(folder, name), encoding='utf-8') as file,
                ):  # some can only be written
                    found.append('sysctl %s/%s %s' % (folder, name, file.read().strip()))
    return found


class World:
    """Use as a context. Namespaces are given by name, '' is the host's own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            ['unshare', '--net', '--mount', '--propagation', 'private', 'sh', '-c', _FURNISH],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b'ready\n'
        self._code = KeptCopy('/proc/%d/root' % self._process.pid)
        self._sockets = contextlib.ExitStack()
        for command in (
            'ip netns add outside',
            'ip link add uplink0 type veth peer name eth0 netns outside',
            'ip address add 192.0.2.1/30 dev uplink0',
            'ip address add 2001:db8::1/64 dev uplink0 nodad',
            'ip link set uplink0 up',
            'ip -n outside link set lo up',
            'ip -n outside address add 192.0.2.2/30 dev eth0',
            'ip -n outside address add 2001:db8::2/64 dev eth0 nodad',
            'ip -n outside link set eth0 up',
            'ip -n outside route add %s via 192.0.2.1' % SUBNET,
            'ip -n outside route add %s via 2001:db8::1' % SUBNET6,
            'ip route add default via 192.0.2.2',
        ):
            self.run(command)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._sockets.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _inside(self, words: t.Sequence[str]) -> list[str]:
        return ['nsenter', '--target', str(self._process.pid), '--net', '--mount', '--', *words]

    def run(self, command: str, check: bool = True) -> str:
        """The output of one command, whose words are parted by blanks."""
        done = subprocess.run(self._inside(command.split()), check=False, capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(
                '%s: exit code %d: %s'
                % (command, done.returncode, done.stderr.strip() or done.stdout.strip())
            )
        return done.stdout

    def works(self, command: str) -> bool:
        return not subprocess.run(self._inside(command.split()), check=False, capture_output=True).returncode

    def pings(self, namespace: str, address: str) -> bool:
        return self.works('ip netns exec %s ping -n -c 1 -W 2 %s' % (namespace, address))

    def links(self, namespace: str = HOST) -> dict[str, dict[str, t.Any]]:
        option = '-n %s ' % namespace if namespace else ''
        return {link['ifname']: link for link in json.loads(self.run('ip %s-d -j link' % option))}

    def namespaces(self) -> list[str]:
        return sorted(line.split()[0] for line in self.run('ip netns list').splitlines())

    def sysctl(self, key: str) -> str:
        return self.run('cat /proc/sys/' + key.replace('.', '/')).strip()

    # Playbooks.

    def play(self, book: str, *options: str, check: bool = True, **variables: t.Any) -> Played:
        """Run a playbook, of the collection or a file. *variables* are those of the role, without their
        prefix."""
        given = {
            'ansible_python_interpreter': sys.executable,
            'bridged_nodes_name': 'pxc',
            **{'bridged_nodes_' + key: value for key, value in variables.items()},
        }
        book = book if book.endswith('.yml') else 'multinet.linux.' + book
        words = ['-v', '-i', 'localhost,', '-c', 'local', *options, '-e', json.dumps(given), book]
        done = controller.play(words, namespaces_of=self._process.pid)
        output = done.stdout + done.stderr
        assert self._code.serves(), (
            'the host has compiled the collection, as if it lacked the code:\n' + output
        )
        if check and done.returncode:
            raise AssertionError('the playbook %s ended with %d:\n%s' % (book, done.returncode, output))
        results = []
        for found in re.finditer(
            r'^(?:ok|changed|fatal): \[localhost\][^\n{]*=> ', done.stdout, re.MULTILINE
        ):
            with contextlib.suppress(ValueError):
                results.append(json.JSONDecoder().raw_decode(done.stdout, found.end())[0])
        return Played(done.returncode, output, results[-1] if results else {})

    def cluster(self, **variables: t.Any) -> Played:
        """Run the playbook cluster, and see that a second run finds nothing to do."""
        played = self.play('cluster', **variables)
        again = self.play('cluster', **variables)
        assert again.result['changes'] == [] and ' changed=0 ' in again.output, again.output
        return played

    # Sockets.

    def within(self, namespace: str, function: t.Callable[[], T]) -> T:
        """Call *function* in a thread that is in a namespace of this world. A socket stays in the namespace
        it was opened in."""
        path = (
            '/proc/%d/root/run/netns/%s' % (self._process.pid, namespace)
            if namespace
            else '/proc/%d/ns/net' % self._process.pid
        )
        box: dict[str, t.Any] = {}

        def body() -> None:
            try:
                with open(path, 'rb') as file:
                    if _libc.setns(file.fileno(), _CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
                box['result'] = function()
            except BaseException as exc:  # raised again by the caller
                box['error'] = exc

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if 'error' in box:
            raise box['error']
        return t.cast(T, box['result'])

    def serve(self, namespace: str, port: int = 3306) -> None:
        """Start a TCP server on all addresses that says the namespace and the address it sees, then repeats
        what it hears."""
        server = self.within(
            namespace, lambda: socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True)
        )
        self._sockets.callback(server.close)
        self._sockets.callback(server.shutdown, socket.SHUT_RDWR)  # wakes accept()

        def serve(connection: socket.socket, peer: str) -> None:
            with connection, contextlib.suppress(OSError):
                connection.sendall(('%s %s\n' % (namespace, peer.replace('::ffff:', ''))).encode())
                while True:
                    data = connection.recv(1000)
                    if not data:
                        return
                    connection.sendall(data)

        def accept() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection, peer[0]), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def stop_serving(self) -> None:
        self._sockets.close()

    def connect(self, source: str, address: str, port: int = 3306) -> tuple[socket.socket, str, str]:
        """A connection from a namespace: its socket, the namespace that answers and the address that it
        sees."""
        link = self.within(source, lambda: socket.create_connection((address, port), PATIENCE))
        name, seen = link.makefile().readline().split()
        return link, name, seen

    def ask(self, source: str, address: str, port: int = 3306) -> tuple[str, str]:
        """The namespace that answers and the address that it sees. Raises OSError where nobody does."""
        link, name, seen = self.connect(source, address, port)
        link.close()
        return name, seen

    # All that a cluster could change.

    def state(self) -> list[str]:
        """The host's own namespace and its /run, one fact a line, without counters and timers."""
        found = ['namespace ' + name for name in self.namespaces()]
        for line in self.run('ip -o -d link').splitlines():
            found.append(
                'link '
                + re.sub(
                    r'^\d+: |@if\d+|,?(LOWER_UP|NO-CARRIER|M-DOWN)|state'
                    r' \w+|(hello|tcn|topology_change|gc)_timer +[\d.]+',
                    '',
                    line,
                )
            )
        for line in self.run('ip -o address').splitlines():
            found.append('address ' + re.sub(r'^\d+: |tentative|\\.*', '', line).strip())
        for family in ('-4', '-6'):
            found += [
                'route ' + line
                for line in self.run('ip %s route show table all' % family).splitlines()
                if 'fe80' not in line
            ]
            found += ['rule ' + line for line in self.run('ip %s rule show' % family).splitlines()]
        for tool in ('iptables-save', 'ip6tables-save'):
            table = ''
            for line in self.run(tool).splitlines():
                table = line if line.startswith('*') else table
                # A table that is empty is as good as none.
                if line.startswith('-A') or line.startswith(':') and ' ACCEPT ' not in line:
                    found.append('%s %s %s' % (tool, table, re.sub(r' \[\d+:\d+\]', '', line)))
        found += self.within(HOST, _sysctls)
        found += ['file ' + line for line in self.run('find /run').splitlines()]
        return sorted(found)
