# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commits of iptables: what packets see of them, and the lock that they need."""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import struct
import subprocess
import threading
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

from . import world
from .iptables_world import BACKENDS, Document, Watch, converge, state, use
from .snapshot import difference, snapshot
from .world import inside, run


@contextlib.contextmanager
def _lock_of_others(seconds: int) -> t.Iterator[subprocess.Popen[bytes]]:
    """Another process holds the lock of iptables for a time, unless the block ends before."""
    with subprocess.Popen(
        ['flock', '--no-fork', '/run/xtables.lock', 'sh', '-c', 'echo; exec sleep %d' % seconds],
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout and holder.stdout.read(1)
        try:
            yield holder
        finally:
            holder.kill()


def _locked() -> list[str]:
    use('legacy')
    document: Document = {
        'links': [{'name': 'd0', 'kind': 'bridge'}],
        'namespaces': [
            {
                'name': 'n{n}',
                'replicas': 20,
                'iptables': [{'chain': 'INPUT', 'family': 'both', 'rules': ['-j ACCEPT']}],
            }
        ],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-p tcp --dport 22 -j ACCEPT']},
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': [{'masquerade': True, 'out': 'd0'}]},
        ],
    }
    run('iptables-save')  # so that the tables are there
    before = snapshot()
    with _lock_of_others(30) as holder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tools, 'Options', functools.partial(tools.Options, wait=2))
        watch = Watch(patch, '')
        with pytest.raises(EngineError) as caught:
            converge(document)
        told = ['it waited until the lock was free'] * (holder.poll() is not None)
        told += ['%d programs waited for it' % len(watch.started)] * (
            watch.started.count('iptables-restore') > 4
        )
        told += [
            problem
            for problem in caught.value.texts()
            if not re.search('another process held the xtables lock .*; everything done before', problem)
        ]
        told.append(difference(before, snapshot()))
    return told


def test_a_lock_that_others_hold_ends_a_run_in_time_with_nothing_done() -> None:
    assert world.in_world(_locked) == ['']


def _lock_is_freed() -> list[str]:
    use('legacy')
    run('iptables-save')
    document: Document = {
        'namespaces': [{'name': 'n', 'iptables': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-p tcp --dport 22 -j ACCEPT']},
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': [{'masquerade': True}]},
        ],
    }
    with _lock_of_others(3) as holder:
        converge(document)
        told = ['it did not wait'] * (holder.poll() is None)
    told += [change.title for change in converge(document).changes]
    assert (
        state().count('--dport 22')
        == state().count('MASQUERADE')
        == inside('n', state).count('-A INPUT -j ACCEPT')
        == 1
    )
    return told


def test_a_lock_that_others_hold_is_waited_for() -> None:
    assert world.in_world(_lock_is_freed) == []


_SO_RCVBUFFORCE = 33


class Stream:
    """Datagrams from one namespace to ports of another, each with a number, and a connection that must not
    break."""

    def __init__(self, ports: t.Sequence[int]) -> None:
        self.sent = dict.fromkeys(ports, 0)
        self.heard: dict[int, set[int]] = {port: set() for port in ports}
        self.receivers = {port: self._udp(port) for port in ports}
        self.listener = socket.create_server(('10.0.0.1', 99))
        self.client = inside('n', socket.create_connection, ('10.0.0.1', 99), 20)
        self.server = self.listener.accept()[0]
        self.sender = inside('n', socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._send)
        self.thread.start()

    @staticmethod
    def _udp(port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 25)
        sock.bind(('10.0.0.1', port))
        return sock

    def _send(self) -> None:
        while not self.ended.is_set():
            for port in self.sent:
                try:
                    self.sender.sendto(struct.pack('=I', self.sent[port]), ('10.0.0.1', port))
                except ConnectionRefusedError:
                    continue
                self.sent[port] += 1
            time.sleep(0.002)

    def echo(self) -> None:
        self.client.sendall(b'x')
        self.client.settimeout(20)
        self.server.settimeout(20)
        assert self.server.recv(1) == b'x'

    def end(self) -> dict[int, tuple[int, int]]:
        """How many were sent and heard, by port."""
        self.ended.set()
        self.thread.join()
        for port, sock in self.receivers.items():
            sock.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                while True:
                    self.heard[port].add(struct.unpack('=I', sock.recv(16))[0])
        return {port: (self.sent[port], len(numbers)) for port, numbers in self.heard.items()}


_ALWAYS, _ONE, _OTHER, _NEVER = 1000, 1001, 1002, 1003


def _replacements(backend: str) -> dict[int, tuple[int, int]]:
    use(backend)

    def document(number: int) -> Document:
        rules = [
            '-p udp --dport %d -j ACCEPT' % _ALWAYS,
            '-p udp --dport %d -j ACCEPT' % (_ONE, _OTHER)[number % 2],
            '-m conntrack --ctstate ESTABLISHED -j ACCEPT',
            *(['-p tcp --dport 99 -j ACCEPT'] if number == 0 else []),
            '-j own%d' % (number % 3),
        ]
        return {
            'iptables_mode': 'exclusive',
            'namespaces': [
                {
                    'name': 'n',
                    'links': [
                        {'name': 'lo', 'kind': 'physical'},
                        {
                            'name': 'eth0',
                            'kind': 'veth',
                            'addresses': ['10.0.0.2/24'],
                            'peer': {'name': 'v0', 'addresses': ['10.0.0.1/24']},
                        },
                    ],
                }
            ],
            'iptables': [
                {
                    'chain': 'INPUT',
                    'policy': 'DROP',
                    'rules': rules if number % 2 else rules[1:2] + rules[:1] + rules[2:],
                },
                {'chain': 'own%d' % (number % 3), 'rules': ['-p udp --dport %d -j DROP' % _NEVER]},
                {'table': 'mangle', 'chain': 'PREROUTING', 'rules': ['-j MARK --set-mark %d' % number]},
            ],
        }

    converge(document(0))
    stream = Stream((_ALWAYS, _ONE, _OTHER, _NEVER))
    for number in range(1, 101):
        converge(document(number))
        if number % 10 == 0:
            stream.echo()
    return stream.end()


@pytest.mark.parametrize('backend', BACKENDS)
def test_no_packet_passes_that_neither_the_old_nor_the_new_rules_allow(backend: str) -> None:
    found = world.in_world(_replacements, backend)
    assert found[_NEVER][0] > 100 and found[_NEVER][1] == 0
    assert found[_ALWAYS][0] > 100 and found[_ALWAYS][1] == found[_ALWAYS][0], (
        'packets were lost that all rules allow'
    )
    assert 0 < found[_ONE][1] < found[_ONE][0] and 0 < found[_OTHER][1] < found[_OTHER][0]
