# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The socket factory and its client, without systemd; with it: the scenario signalling.

sig (clients) - no link - mgmt 10.0.0.9 fd00::9 (factory) --- peer 10.0.0.1, 10.0.0.2, fd00::1
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import threading
import typing as t

from ansible_collections.multinet.linux.roles.socket_factory.files import socket_factory_client
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import world

FILES = tree.TOP / 'roles/socket_factory/files'
PYTHON = '/usr/bin/python3'  # that of managed hosts; another one may be where only root can read
FACTORY, CLIENT, GROUP = 64117, 64118, 64119  # users and a group that nobody has
PATH, PROGRAM, CONFIG = '/run/factory', '/run/socket_factory.py', '/run/factory.json'
TABLE = 'socket-factory-mgmt'
ALLOW = [
    {'host': '10.0.0.1', 'port': '80-81'},
    {'host': 'fd00::1', 'port': 80},
    {'host': 'sas.example', 'port': 80, 'addresses': ['10.0.0.1', 'fd00::/64']},
    {'host': 'elsewhere.example', 'port': 80, 'addresses': ['10.9.0.0/24']},
]
# What a systemd socket unit is to a service: sd_listen_fds(3).
START = '''
import os, socket, sys
link = socket.socket(socket.AF_UNIX)
link.bind(sys.argv[1] + '.new')
os.chown(sys.argv[1] + '.new', 0, int(sys.argv[2]))
os.chmod(sys.argv[1] + '.new', 0o660)
link.listen(300)
os.rename(sys.argv[1] + '.new', sys.argv[1])
os.dup2(link.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[3], sys.argv[3:])
'''


class Answering:
    """A server that says to everybody who connects which address it sees, and waits for what they say."""

    def __init__(self, *places: tuple[str, int]) -> None:
        self.heard: list[bytes] = []
        for host, port in places:
            listener = socket.create_server(
                (host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET, backlog=300
            )
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            threading.Thread(target=self._answer, args=listener.accept(), daemon=True).start()

    def _answer(self, link: socket.socket, peer: t.Any) -> None:
        with contextlib.suppress(OSError), link:
            link.sendall(('%s %d\n' % (peer[0], link.getsockname()[1])).encode())
            self.heard.append(link.recv(200))


def _rules(action: str = '') -> None:
    if action:
        world.run('ip netns exec mgmt nft %s table inet %s' % (action, TABLE))
    else:
        world.run('ip netns exec mgmt %s -I %s confine %s %s %d' % (PYTHON, PROGRAM, CONFIG, TABLE, FACTORY))


@contextlib.contextmanager
def _factory(rules: bool = True, **config: t.Any) -> t.Iterator[tuple[subprocess.Popen[str], Answering]]:
    os.makedirs('/run/etc')
    os.makedirs('/run/etc-work')
    world.run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    os.makedirs('/etc/netns/mgmt')
    pathlib.Path('/etc/netns/mgmt/hosts').write_text(
        '10.0.0.1 sas.example\n10.0.0.2 elsewhere.example\n10.0.0.1 unlisted.example\n'
    )
    with open('/etc/passwd', 'a', encoding='ascii') as file:
        file.write('client:x:%d:%d::/run:/bin/sh\n' % (CLIENT, GROUP))
    for name in ('sig', 'mgmt', 'peer'):
        world.run('ip netns add ' + name)
        world.run('ip -n %s link set lo up' % name)
    world.run('ip -n mgmt link add eth0 type veth peer name eth0 netns peer')
    for name, link, addresses in (
        ('mgmt', 'eth0', ('10.0.0.9/24', 'fd00::9/64')),
        ('peer', 'eth0', ('10.0.0.1/24', '10.0.0.2/24', 'fd00::1/64')),
    ):
        for address in addresses:
            world.run(
                'ip -n %s address add %s dev %s%s' % (name, address, link, ' nodad' if ':' in address else '')
            )
        world.run('ip -n %s link set %s up' % (name, link))
    peer = world.inside(
        'peer',
        lambda: Answering(
            ('10.0.0.1', 80), ('10.0.0.1', 81), ('10.0.0.1', 82), ('10.0.0.2', 80), ('fd00::1', 80)
        ),
    )
    shutil.copy(FILES / 'socket_factory.py', PROGRAM)
    pathlib.Path(CONFIG).write_text(
        json.dumps({'allow': ALLOW, 'users': [str(CLIENT)], 'groups': [str(GROUP)], **config})
    )
    if rules:
        _rules()
    with subprocess.Popen(
        [
            'ip',
            'netns',
            'exec',
            'mgmt',
            PYTHON,
            '-c',
            START,
            PATH,
            str(GROUP),
            'setpriv',
            '--reuid=%d' % FACTORY,
            '--regid=%d' % FACTORY,
            '--clear-groups',
            '--no-new-privs',
            '--bounding-set=-all',
            PYTHON,
            '-I',
            PROGRAM,
            'serve',
            CONFIG,
        ],
        stderr=subprocess.PIPE,
        text=True,
    ) as daemon:
        try:
            while not os.path.exists(PATH) and daemon.poll() is None:
                pass
            yield daemon, peer
        finally:
            daemon.kill()


def _as_client(
    function: t.Callable[..., t.Any],
    *args: t.Any,
    user: int = CLIENT,
    group: int = GROUP,
    more: t.Sequence[int] = (),
) -> t.Any:
    """The result of *function* for an ordinary user in the namespace of the clients."""

    def body() -> t.Any:
        os.setgroups(more)
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        return function(*args)

    return world.inside('sig', world.killed_or_result, body)


def _greeting(host: str, port: int) -> str:
    try:
        with socket_factory_client.connect(PATH, host, port) as link:
            assert link.getblocking() and not link.get_inheritable()
            return link.makefile().readline().strip()
    except OSError as exc:
        return str(exc)


def _handed_out() -> None:
    with _factory() as (_daemon, _peer):
        for host, port, says in (
            ('10.0.0.1', 80, '10.0.0.9 80'),
            ('10.0.0.1', 81, '10.0.0.9 81'),
            ('fd00::1', 80, 'fd00::9 80'),
            ('FD00:0::1', 80, 'fd00::9 80'),
            ('::ffff:10.0.0.1', 80, '10.0.0.9 80'),
            ('SAS.example.', 80, '10.0.0.9 80'),
        ):
            assert _as_client(_greeting, host, port) == says, host
        # By the group alone, and by a group that is not the first one.
        assert _as_client(_greeting, '10.0.0.1', 80, user=65533) == '10.0.0.9 80'
        assert _as_client(_greeting, '10.0.0.1', 80, user=65533, group=65533, more=[GROUP]) == '10.0.0.9 80'
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

            assert _as_client(ask) is good


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
        (b'\n', b'-is no destination'),
        (b'10.0.0.1:\n', b'-is no destination'),
        (b'10.0.0.1:-80\n', b'-is no destination'),
        (b'10.0.0.1:080x\n', b'-is no destination'),
        (b'fd00::1:80\n', b'-is no destination'),
        (b'10.0.0.1:80' * 200, b'-the request is too long'),
        (b'x' * 5000 + b'\n', b'-the request is too long'),
        ('10.0.0.1:\u0668\u0660\n'.encode(), b'-is no destination'),
        (b'\xff\xfe\0\0:80\n', b'-is not on the list'),
    ]
    with _factory() as (daemon, _peer):

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

        _as_client(ask)
        assert daemon.poll() is None
        assert _as_client(_greeting, '10.0.0.1', 80) == '10.0.0.9 80'
        daemon.kill()
        assert 'Traceback' not in t.cast('t.IO[str]', daemon.stderr).read()


def test_bad_requests_end_nothing() -> None:
    world.in_world(_bad_requests)


def _many() -> None:
    # The silent ones have a minute; that the others are answered before is what is shown.
    with _factory(request_timeout=60) as (daemon, _peer):

        def ask() -> list[str]:
            silent = []
            for _number in range(5):
                silent.append(socket.socket(socket.AF_UNIX))
                silent[-1].connect(PATH)
                silent[-1].sendall(b'10.0')
            found: list[str] = []
            threads = [
                threading.Thread(target=lambda: found.append(_greeting('10.0.0.1', 80)))
                for _number in range(200)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for link in silent:
                link.setblocking(False)
                try:
                    found.append(repr(link.recv(1)))
                except BlockingIOError:
                    link.close()
            return found

        assert _as_client(ask) == ['10.0.0.9 80'] * 200
        assert daemon.poll() is None


def test_two_hundred_clients_and_silent_ones() -> None:
    world.in_world(_many)


def _silent() -> None:
    with _factory(request_timeout=0.2, clients=3) as (_daemon, _peer):

        def ask() -> list[bytes]:
            links = []
            for _number in range(10):  # more than there is room for
                links.append(socket.socket(socket.AF_UNIX))
                links[-1].connect(PATH)
            return [link.recv(200) for link in links]

        assert set(_as_client(ask)) == {b'-no request within 0.2 s; send HOST:PORT and a newline'}


def test_silent_ones_are_told_to_go() -> None:
    world.in_world(_silent)


def _again(link: socket.socket, host: str, port: int) -> str:
    """What comes of pointing a socket elsewhere."""
    world._libc.connect(link.fileno(), b'\0' * 16, 16)  # AF_UNSPEC: connect(2) dissolves the association
    try:
        link.settimeout(5)
        link.connect((host, port))
        return link.makefile().readline().strip()
    except OSError as exc:
        return errno.errorcode.get(exc.errno or 0, str(exc))


def _another_way() -> None:
    with _factory(users=['0', str(CLIENT)]) as (daemon, _peer):

        def pointed(host: str, port: int) -> str:
            with socket_factory_client.connect(PATH, '10.0.0.1', 80) as link:
                return _again(link, host, port)

        assert _as_client(pointed, '10.0.0.2', 80) == 'ECONNREFUSED'
        assert _as_client(pointed, '10.0.0.1', 82) == 'ECONNREFUSED'
        assert _as_client(pointed, '10.0.0.1', 81) == '10.0.0.9 81'  # this one is on the list

        def called() -> str:
            """Whether somebody from outside gets in by a socket that listens now."""
            link = world.inside('sig', socket_factory_client.connect, PATH, '10.0.0.1', 80)
            world._libc.connect(link.fileno(), b'\0' * 16, 16)
            link.bind(('10.0.0.9', 9999))
            link.listen()
            caller = world.inside('peer', socket.socket)
            link.settimeout(1)
            caller.settimeout(1)
            with link, caller, contextlib.suppress(OSError):
                caller.connect(('10.0.0.9', 9999))
                link.accept()
                return 'came in'
            return 'nobody'

        assert called() == 'nobody'
        # What is shown is the work of the rules: without them the same socket goes anywhere, and no more is
        # handed out.

        def without() -> tuple[str, str]:
            with socket_factory_client.connect(PATH, '10.0.0.1', 80) as link:
                pathlib.Path('/run/c/ready').touch()
                while not os.path.exists('/run/c/gone'):
                    pass
                return _again(link, '10.0.0.2', 80), _greeting('10.0.0.1', 80)

        os.mkdir('/run/c')
        os.chown('/run/c', CLIENT, GROUP)

        def remove() -> None:
            while not os.path.exists('/run/c/ready'):
                pass
            _rules('delete')
            pathlib.Path('/run/c/gone').touch()

        remover = threading.Thread(target=remove)
        remover.start()
        elsewhere, refused = _as_client(without)
        remover.join()
        assert elsewhere == '10.0.0.9 80'
        assert 'egress is not confined' in refused
        assert daemon.poll() is None
        _rules()
        assert _as_client(_greeting, '10.0.0.1', 80) == '10.0.0.9 80'


def test_a_socket_cannot_be_pointed_elsewhere() -> None:
    world.in_world(_another_way)


def _unconfined() -> None:
    with _factory(rules=False) as (daemon, _peer):
        assert daemon.wait() == 1
        assert 'egress is not confined' in t.cast('t.IO[str]', daemon.stderr).read()


def test_nothing_is_served_without_rules() -> None:
    world.in_world(_unconfined)


def _others() -> None:
    with _factory() as (daemon, _peer):
        assert 'Permission denied' in _as_client(_greeting, '10.0.0.1', 80, user=65533, group=65533)
        assert 'user 0 may ask for nothing here' in _greeting('10.0.0.1', 80)
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
                assert 'belongs to somebody else (found user 65533, want 0)' in _as_client(
                    _greeting, '10.0.0.1', 80
                )


def test_others_are_kept_out() -> None:
    world.in_world(_others)


def _by_ssh() -> None:
    with _factory() as (daemon, peer):
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

        ssh_there = _as_client(ssh, '10.0.0.1', '-o', 'ProxyUseFdpass=yes', '-v')
        assert 'Local version string SSH-' in ssh_there, ssh_there
        while not peer.heard:
            pass
        assert peer.heard[0].startswith(b'SSH-2.0-')
        assert 'is not on the list' in _as_client(ssh, '10.0.0.2', '-o', 'ProxyUseFdpass=yes')
        assert 'standard output is no socket' in _as_client(
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
        [PYTHON, '-I', str(FILES / 'socket_factory.py'), 'rules', str(wrong), TABLE, '1'],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.splitlines() == [
        '%s: %s' % (wrong, fault)
        for fault in (
            "allow[0].host: is neither a name nor a prefix (found 'a b')",
            "allow[1].port: is no port (found '90-80', want 1 to 65535, or a range such as 8000-8010)",
            'allow[2].addresses: is missing; say within which prefixes the addresses of sas.example are',
            'allow[3].addresses: 10.0.0.1/24 has host bits set',
            "allow[4]: names no host (found 'x', want a host and a port)",
        )
    ]
