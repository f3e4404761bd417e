# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of real hosts leaves nothing behind, whoever of those that hold it is killed, and when."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.tests import tree

FLEET = str(tree.TOP / 'tools/fleet')
PATIENCE = 300  # seconds after which something will not happen any more, also on a busy machine

Process = tuple[int, str]


def until(what: str, happened: t.Callable[[], t.Any]) -> t.Any:
    end = time.monotonic() + PATIENCE
    while True:
        result = happened()
        if result:
            return result
        assert time.monotonic() < end, what
        time.sleep(0.05)


def _lines_with(lines: list[str], *words: str) -> list[str]:
    return [line for line in lines if _has_any(line, words)]


def _has_any(line: str, words: tuple[str, ...]) -> bool:
    return any(word in line for word in words)


def all_processes() -> dict[int, tuple[int, str]]:
    """Parent and time of birth of each process, zombies too."""
    found = {}
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            fields = (folder / 'stat').read_text().rpartition(')')[2].split()
        except OSError:
            continue
        found[int(folder.name)] = int(fields[1]), fields[19]
    return found


class World:
    """A place for a fleet of its own, and all that can be seen of it from outside."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.hosts = folder.resolve() / 'hosts'
        self.key = hashlib.sha256(str(self.hosts / 'fleet').encode()).hexdigest()[
            :8
        ]  # as tools/fleet makes it
        self.run = pathlib.Path('/run/multinet-fleet', self.key)
        self.environment = {
            **os.environ,
            'MULTINET_HOSTS': str(self.hosts),
            'MULTINET_OWNER': str(os.getpid()),
            'MOLECULE_EPHEMERAL_DIRECTORY': str(folder / 'molecule'),
        }
        self.seen: set[Process] = set()
        self.started: list[subprocess.Popen[bytes]] = []
        self.log = folder / 'log'
        self.before = self.traces()

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with open(self.log, 'ab') as output:
            process = subprocess.Popen(
                command,
                cwd=tree.TOP,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def fleet(self, *words: str) -> None:
        assert self.start(FLEET, *words).wait() == 0, self.log.read_text()

    def ask(self) -> t.Any:
        """What the keeper says of its hosts; None while there is no keeper."""
        connection = socket.socket(socket.AF_UNIX)
        with connection:
            try:
                connection.connect(str(self.run / 'keeper'))
            except OSError:
                return None
            keeper = int.from_bytes(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), 'little')
            connection.sendall(b'{"do": "status"}\n')
            answer = connection.makefile().readline()
        return {'keeper': keeper, 'hosts': json.loads(answer)['well']} if answer else None

    @staticmethod
    def _environment(pid: int) -> bytes:
        try:
            return pathlib.Path('/proc/%d/environ' % pid).read_bytes()
        except OSError:
            return b''

    def look(self) -> set[Process]:
        """The processes of this world: by their environment, and all below them. They are remembered."""
        processes = all_processes()
        mark = ('MULTINET_HOSTS=%s' % self.hosts).encode()
        mine = {pid for pid in processes if pid != os.getpid() and mark in self._environment(pid)}
        while True:
            more = {pid for pid, (parent, _name) in processes.items() if parent in mine} - mine
            if not more:
                break
            mine |= more
        self.seen |= {(pid, processes[pid][1]) for pid in mine}
        return self.seen

    def left(self) -> list[str]:
        """Processes of this world that are still there, zombies too; children of the test are reaped here."""
        for process in self.started:
            process.poll()
        self.look()
        now = {(pid, born) for pid, (_parent, born) in all_processes().items()}
        return sorted('%d %s' % (pid, self.said(pid)) for pid, born in self.seen & now)

    @staticmethod
    def said(pid: int) -> str:
        try:
            return (
                pathlib.Path('/proc/%d/cmdline' % pid)
                .read_bytes()
                .decode(errors='replace')
                .replace('\0', ' ')
            )
        except OSError:
            return ''

    def traces(self) -> dict[str, list[str]]:
        """What no process holds, or could have got out of the sandbox. Other fleets may come and go
        meanwhile."""
        links = subprocess.run(
            ['ip', '-o', 'link'], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        mounts = pathlib.Path('/proc/self/mountinfo').read_text().splitlines()
        names = os.listdir('/run/netns') if os.path.isdir('/run/netns') else []
        files = [str(path) for path in (self.hosts, self.run) if path.exists()]
        cgroups = pathlib.Path('/sys/fs/cgroup').glob('**/multinet-fleet-%s*' % self.key)
        return {
            'links': _lines_with(links, 'edge-', 'management', 'sandbox'),
            'mounts': _lines_with(mounts, str(self.hosts), 'nspawn'),
            'names': [name for name in names if name == 'switch'],
            'files': files,
            'cgroups': list(map(str, cgroups)),
        }

    def clean(self) -> None:
        until('processes are left', lambda: not self.left())
        until('traces are left', lambda: self.traces() == self.before)


@pytest.fixture
def place(tmp_path: pathlib.Path) -> t.Iterator[World]:
    world = World(tmp_path)
    try:
        yield world
    finally:
        for process in world.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        subprocess.run([FLEET, 'down'], env=world.environment, check=False)


def scenario(place: World) -> subprocess.Popen[bytes]:
    return place.start('molecule', 'test', '-s', 'fleet')


@pytest.mark.parametrize('moment', ['the sandbox is there', 'a host boots', 'a playbook runs on the hosts'])
def test_molecule_is_killed(place: World, moment: str) -> None:
    molecule = scenario(place)

    def arrived() -> bool:
        assert molecule.poll() is None, place.log.read_text()
        place.look()
        fleet = place.ask()
        if moment == 'the sandbox is there' or not fleet:
            return bool(fleet)
        booted = [host for host in fleet['hosts'].values() if host['first']]
        return (
            bool(booted)
            if moment == 'a host boots'
            else '[fleet > prepare] Executing' in place.log.read_text()
        )

    until(moment, arrived)
    molecule.kill()
    molecule.wait()
    place.clean()


def test_molecule_is_interrupted(place: World) -> None:
    molecule = scenario(place)
    until('three hosts', lambda: place.look() and len((place.ask() or {'hosts': {}})['hosts']) == 3)
    os.killpg(molecule.pid, signal.SIGINT)  # what Ctrl-C on a terminal does
    place.clean()


def test_the_owner_ends(place: World) -> None:
    owner = place.start('sleep', 'infinity')
    place.fleet('up', '--owner', str(owner.pid), 'edge-1')
    assert len(place.look()) > 5
    owner.kill()
    owner.wait()
    place.clean()


def test_the_keeper_is_killed(place: World) -> None:
    place.fleet('up', 'edge-1')
    place.look()
    os.kill(place.ask()['keeper'], signal.SIGKILL)
    place.clean()


def test_the_janitor_is_killed(place: World) -> None:
    """Then nobody is left to tidy up, but nothing runs, and `down` or the next `up` does the rest."""
    place.fleet('up', 'edge-1')
    place.look()
    os.kill(all_processes()[place.ask()['keeper']][0], signal.SIGKILL)
    until('processes are left', lambda: not place.left())
    assert place.traces() != place.before
    place.fleet('up', 'edge-1', 'edge-2')
    place.look()
    place.fleet('down')
    assert not place.left() or until('processes are left', lambda: not place.left())
    assert place.traces() == place.before


def test_a_host_is_on_no_network_of_the_machine(place: World) -> None:
    place.fleet('up', 'edge-1')
    address = place.ask()['hosts']['edge-1']['address']
    routes = subprocess.run(
        ['ip', 'route', 'get', address], capture_output=True, text=True, check=False
    ).stdout
    assert (
        address
        not in subprocess.run(['ip', '-o', 'address'], capture_output=True, text=True, check=True).stdout
    )
    assert 'management' not in routes
    listening = subprocess.run(['ss', '-Hlntup'], capture_output=True, text=True, check=True).stdout
    own = {str(pid) for pid, _name in place.look()}
    assert not _lines_with(listening.splitlines(), *('pid=%s,' % pid for pid in own))


def test_the_making_of_a_base_is_killed(place: World) -> None:
    cache = place.hosts.parent / 'cache'
    place.environment['MULTINET_CACHE'] = str(cache)
    base = place.start(FLEET, 'base', 'bookworm')
    until(
        'packages come',
        lambda: (
            place.look()
            and any(cache.glob('bases/*.work'))
            and any('mmdebstrap' in place.said(pid) for pid, _name in place.seen)
        ),
    )
    base.kill()
    base.wait()
    place.clean()
