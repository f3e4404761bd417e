# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The socket factory and its client: who gets which sockets. What a socket can be used for:
test_socket_factory_barrier; who is in the way of others: test_socket_factory_mischief. With systemd: the
scenario signalling.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.roles.socket_factory.files import socket_factory_client
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.factory_world import (
    FILES,
    GROUP,
    PATH,
    PYTHON,
    TABLE,
    as_client,
    command,
    factory,
    greeting,
)


def _handed_out() -> None:
    with factory() as (_daemon, _peer):
        for host, port, says in (
            ('10.0.0.1', 80, '10.0.0.9 80'),
            ('10.0.0.1', 81, '10.0.0.9 81'),
            ('fd00::1', 80, 'fd00::9 80'),
            ('FD00:0::1', 80, 'fd00::9 80'),
            ('::ffff:10.0.0.1', 80, '10.0.0.9 80'),
            ('SAS.example.', 80, '10.0.0.9 80'),
        ):
            assert as_client(greeting, host, port) == says, host
        # By the group alone, and by a group that is not the first one.
        assert as_client(greeting, '10.0.0.1', 80, user=65533) == '10.0.0.9 80'
        assert as_client(greeting, '10.0.0.1', 80, user=65533, group=65533, more=[GROUP]) == '10.0.0.9 80'
        cookie = world.inside(
            'mgmt',
            lambda: int.from_bytes(socket.socket().getsockopt(socket.SOL_SOCKET, 71, 8), sys.byteorder),
        )
        for wanted, good in ((cookie, True), (cookie + 1, False)):

            def ask(wanted: int = wanted) -> bool:
                with contextlib.suppress(socket_factory_client.Refused):
                    socket_factory_client.connect(PATH, '10.0.0.1', 80, cookie=wanted).close()
                    return True
                return False

            assert as_client(ask) is good


def test_sockets_of_the_other_network() -> None:
    world.in_world(_handed_out)


def _raw(request: bytes, close: bool = False) -> bytes:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(PATH)
        with contextlib.suppress(BrokenPipeError):
            link.sendall(request)
            if close:
                link.shutdown(socket.SHUT_WR)
        data, descriptors, _flags, _address = socket.recv_fds(link, 200, 5)
        for descriptor in descriptors:
            os.close(descriptor)
        return data


def _bad_requests() -> None:
    requests = [
        (b'10.0.0.1:82\n', b'-is not on the list'),
        (b'10.0.0.2:80\n', b'-is not on the list'),
        (b'unlisted.example:80\n', b'-is not on the list'),
        (b'sas.example:81\n', b'-is not on the list'),
        (b'elsewhere.example:80\n', b'-elsewhere.example: has none of the addresses'),
        (b'10.1:80\n', b'-is not on the list'),
        (b'0x0a000001:80\n', b'-is not on the list'),
        (b'010.0.0.1:80\n', b'-is not on the list'),
        (b'sas.example\0.evil:80\n', b'-is not on the list'),
        (b'\n', b'-is not a destination'),
        (b'10.0.0.1:\n', b'-is not a destination'),
        (b'10.0.0.1:-80\n', b'-is not a destination'),
        (b'10.0.0.1:080x\n', b'-is not a destination'),
        (b'fd00::1:80\n', b'-is not a destination'),
        (b'10.0.0.1:80' * 200, b'-the request is too long'),
        (b'x' * 5000 + b'\n', b'-the request is too long'),
        ('10.0.0.1:\u0668\u0660\n'.encode(), b'-is not a destination'),
        (b'\xff\xfe\0\0:80\n', b'-is not on the list'),
    ]
    with factory() as (daemon, _peer):

        def ask() -> None:
            for request, says in requests:
                found = _raw(request)
                assert found.startswith(says), (request, found)
            assert _raw(b'10.0.0.1:80', close=True).startswith(b'-the request ends without')
            chance = random.Random(7)
            for _time in range(300):
                _raw(bytes(chance.choices(b'10.:[]80abc \0\xff-', k=chance.randrange(1, 40))) + b'\n')
            for _time in range(50):  # these do not wait for an answer
                with socket.socket(socket.AF_UNIX) as link:
                    link.connect(PATH)
                    link.sendall(b'10.0.0.1:80\n' if _time % 2 else b'10.')

        as_client(ask)
        assert daemon.poll() is None
        assert as_client(greeting, '10.0.0.1', 80) == '10.0.0.9 80'
        daemon.kill()
        assert 'Traceback' not in t.cast('t.IO[str]', daemon.stderr).read()


def test_bad_requests_end_nothing() -> None:
    world.in_world(_bad_requests)


def _unconfined() -> None:
    with factory(rules=False) as (daemon, _peer):
        assert daemon.wait() == 1
        assert 'egress is not confined' in t.cast('t.IO[str]', daemon.stderr).read()


def test_nothing_is_served_without_rules() -> None:
    world.in_world(_unconfined)


def _others() -> None:
    with factory() as (daemon, _peer):
        assert 'Permission denied' in as_client(greeting, '10.0.0.1', 80, user=65533, group=65533)
        assert 'user 0 may ask for nothing here' in greeting('10.0.0.1', 80)
        # While the factory is away another process has its place.
        daemon.kill()
        daemon.wait()
        with socket.socket(socket.AF_UNIX) as impostor:
            os.unlink(PATH)

            def pretend() -> None:
                impostor.bind(PATH)
                os.chmod(PATH, 0o777)
                impostor.listen()

            os.chmod('/run', 0o777)
            with contextlib.closing(impostor):
                world.killed_or_result(lambda: (os.setresuid(65533, 65533, 65533), pretend()) and None)
                assert 'belongs to somebody else (found user 65533, want 0)' in as_client(
                    greeting, '10.0.0.1', 80
                )


def test_others_are_kept_out() -> None:
    world.in_world(_others)


def _by_ssh() -> None:
    with factory() as (daemon, peer):
        shutil.copy(FILES / 'socket_factory_client.py', '/run/c.py')

        def ssh(host: str, *options: str) -> str:
            done = subprocess.run(
                [
                    'ssh',
                    '-F',
                    'none',
                    '-p',
                    '80',
                    '-o',
                    'ProxyCommand=%s -I /run/c.py %s %%h %%p' % (PYTHON, PATH),
                    *options,
                    host,
                ],
                check=False,
                capture_output=True,
                text=True,
            )
            return done.stderr

        ssh_there = as_client(ssh, '10.0.0.1', '-o', 'ProxyUseFdpass=yes', '-v')
        assert 'Local version string SSH-' in ssh_there, ssh_there
        while not peer.heard:
            pass
        assert peer.heard[0].startswith(b'SSH-2.0-')
        assert 'is not on the list' in as_client(ssh, '10.0.0.2', '-o', 'ProxyUseFdpass=yes')
        assert 'standard output is not a socket' in as_client(
            lambda: (
                subprocess.run(
                    [PYTHON, '/run/c.py', PATH, '10.0.0.1', '80'], check=False, capture_output=True, text=True
                ).stderr
            )
        )
        assert daemon.poll() is None


def test_ssh_takes_a_socket() -> None:
    world.in_world(_by_ssh)


def test_a_wrong_list_is_told_as_a_whole(tmp_path: pathlib.Path) -> None:
    wrong = tmp_path / 'wrong.json'
    wrong.write_text(
        json.dumps(
            {
                'allow': [
                    {'host': 'a b', 'port': 80},
                    {'host': '10.0.0.1', 'port': '90-80'},
                    {'host': 'sas.example', 'port': 80},
                    {'host': '10.0.0.1', 'port': 80, 'addresses': ['10.0.0.1/24']},
                    'x',
                ]
            }
        )
    )
    done = subprocess.run(
        [*command(str(FILES)), 'rules', str(wrong), TABLE, '1'],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.splitlines() == [
        '%s: %s' % (wrong, problem)
        for problem in (
            "allow[0].host: is neither a name nor a prefix (found 'a b')",
            "allow[1].port: is not a port (found '90-80', want 1 to 65535, or a range such as 8000-8010)",
            'allow[2].addresses: is missing; say within which prefixes the addresses of sas.example are',
            'allow[3].addresses: 10.0.0.1/24 has host bits set',
            "allow[4]: names no host (found 'x', want a host and a port)",
        )
    ]


def test_rules_of_one_port_and_of_a_range(tmp_path: pathlib.Path) -> None:
    config = tmp_path / 'factory.json'
    allow = [{'host': '10.0.0.1', 'port': 22}, {'host': 'fd00::/64', 'port': '80-81'}]
    config.write_text(json.dumps({'allow': allow}))
    done = subprocess.run(
        [*command(str(FILES)), 'rules', str(config), TABLE, '1'], check=True, capture_output=True, text=True
    )
    accepted = [
        line.strip() for line in done.stdout.splitlines() if 'accept' in line and 'policy' not in line
    ]
    assert accepted == [
        'ip daddr 10.0.0.1/32 tcp dport 22 accept',  # nft 0.9.8 refuses 22-22
        'ip6 daddr fd00::/64 tcp dport 80-81 accept',
    ]
