# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world with a socket factory, without systemd.

sig (clients) - no link - mgmt 10.0.0.9 fd00::9 (factory) --- peer 10.0.0.1, 10.0.0.2, fd00::1
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import typing as t

from ansible_collections.multinet.linux.roles.socket_factory.files import socket_factory_client
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import world

FILES = tree.TOP / 'roles/socket_factory/files'
PYTHON = '/usr/bin/python3'  # that of managed hosts; another one may be where only root can read
FACTORY, CLIENT, GROUP = 64117, 64118, 64119  # users and a group that nobody has
PATH, CONFIG, LIBRARY = '/run/factory', '/run/factory.json', '/run/library'
# As /usr/local/lib/multinet/socket-factory does it.
START_OF_PACKAGE = (
    'import sys; sys.path.insert(0, sys.argv.pop(1));'
    ' from socket_factory import main; main.main(sys.argv[1:])'
)
TABLE = 'socket-factory-mgmt'
SILENT, CALLING = 83, 84  # ports of 10.0.0.1: who connects to the first one hears nothing
ALLOW = [
    {'host': '10.0.0.1', 'port': '80-81'},
    {'host': '10.0.0.1', 'port': '%d-%d' % (SILENT, CALLING)},
    {'host': 'fd00::1', 'port': 80},
    {'host': 'sas.example', 'port': 80, 'addresses': ['10.0.0.1', 'fd00::/64']},
    {'host': 'elsewhere.example', 'port': 80, 'addresses': ['10.9.0.0/24']},
]
SILENCE = (
    'table ip silence { chain input { type filter hook input priority 0; tcp dport %d drop; }; }' % SILENT
)
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


def command(library: str = LIBRARY) -> list[str]:
    return [PYTHON, '-I', '-c', START_OF_PACKAGE, library]


def load_rules(action: str = '') -> None:
    if action:
        world.run('ip netns exec mgmt nft %s table inet %s' % (action, TABLE))
    else:
        program = ['ip', 'netns', 'exec', 'mgmt', *command(), 'confine', CONFIG, TABLE, str(FACTORY)]
        subprocess.run(program, check=True)


def _make_networks() -> Answering:
    for name in ('sig', 'mgmt', 'peer'):
        world.run('ip netns add ' + name)
        world.run('ip -n %s link set lo up' % name)
    world.run('ip -n mgmt link add eth0 type veth peer name eth0 netns peer')
    for name, addresses in (
        ('mgmt', ('10.0.0.9/24', 'fd00::9/64')),
        ('peer', ('10.0.0.1/24', '10.0.0.2/24', 'fd00::1/64')),
    ):
        for address in addresses:
            nodad = ' nodad' if ':' in address else ''
            world.run('ip -n %s address add %s dev eth0%s' % (name, address, nodad))
        world.run('ip -n %s link set eth0 up' % name)
    world.run('ip netns exec peer nft -f -', text=SILENCE)
    places = (('10.0.0.1', 80), ('10.0.0.1', 81), ('10.0.0.1', 82), ('10.0.0.2', 80), ('fd00::1', 80))
    return world.inside('peer', Answering, *places)


def _write_files(config: dict[str, t.Any]) -> None:
    os.makedirs('/run/etc')
    os.makedirs('/run/etc-work')
    world.run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    os.makedirs('/etc/netns/mgmt')
    pathlib.Path('/etc/netns/mgmt/hosts').write_text(
        '10.0.0.1 sas.example\n10.0.0.2 elsewhere.example\n10.0.0.1 unlisted.example\n'
    )
    with open('/etc/passwd', 'a', encoding='ascii') as file:
        file.write('client:x:%d:%d::/run:/bin/sh\n' % (CLIENT, GROUP))
    shutil.copytree(FILES / 'socket_factory', LIBRARY + '/socket_factory')
    settings = {'allow': ALLOW, 'users': [str(CLIENT)], 'groups': [str(GROUP)], **config}
    pathlib.Path(CONFIG).write_text(json.dumps(settings))


@contextlib.contextmanager
def factory(rules: bool = True, **config: t.Any) -> t.Iterator[tuple[subprocess.Popen[str], Answering]]:
    """The factory as it runs, and who answers in its network."""
    _write_files(config)
    peer = _make_networks()
    if rules:
        load_rules()
    unit = ['ip', 'netns', 'exec', 'mgmt', PYTHON, '-c', START, PATH, str(GROUP)]
    unit += ['setpriv', '--reuid=%d' % FACTORY, '--regid=%d' % FACTORY, '--clear-groups']
    unit += [
        '--no-new-privs',
        '--bounding-set=-all,+net_admin',
        '--inh-caps=+net_admin',
        '--ambient-caps=+net_admin',
        *command(),
        'serve',
        CONFIG,
    ]
    with subprocess.Popen(unit, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            while not os.path.exists(PATH) and daemon.poll() is None:
                pass
            yield daemon, peer
        finally:
            daemon.kill()


def as_client(
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


def greeting(host: str, port: int) -> str:
    try:
        with socket_factory_client.connect(PATH, host, port) as link:
            assert link.getblocking() and not link.get_inheritable()
            return link.makefile().readline().strip()
    except OSError as exc:
        return str(exc)
