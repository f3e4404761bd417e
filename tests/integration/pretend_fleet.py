# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pretend hosts for playbooks: 10.1.0.N and 10.2.0.N on host N, which do not reach each other."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests.integration import controller
from ansible_collections.multinet.linux.tests.integration.kept_copies import KeptCopy

CLONE = pathlib.Path(__file__).resolve().parents[2]
SERVER = (
    'import socket, sys; held = [socket.create_server((a, int(p))) for a, p in (w.split(",") for w'
    ' in sys.argv[1:])]; print("ready", flush=True); '
    'sys.stdin.read()'
)


class Fleet:
    """Pretend hosts, two if not told otherwise. They end with the test."""

    def __init__(self, folder: pathlib.Path, names: t.Sequence[str] = ('edge-1', 'edge-2')) -> None:
        self.folder, self.names = folder, names
        self.script = str(CLONE / 'molecule/resources/pretend_host.sh')
        self.servers: list[subprocess.Popen[str]] = []

    def up(self) -> None:
        hosts: dict[str, t.Any] = {}
        for number, name in enumerate(self.names, 1):
            subprocess.run(
                ['sh', self.script, 'up', name, str(self.folder / name), sys.executable],
                check=True,
                capture_output=True,
            )
            KeptCopy(self.root(name))
            hosts[name] = {
                'ansible_connection': 'local',
                'ansible_python_interpreter': str(self.folder / name / 'python'),
            }
            for command in (
                'link add up0 type veth peer name up1',
                'address add 10.1.0.%d/24 dev up0' % number,
                'address add 10.2.0.%d/24 dev up1' % number,
                'link set up0 up',
                'link set up1 up',
            ):
                self.inside(name, 'ip', *command.split())
        (self.folder / 'inventory.json').write_text(json.dumps({'all': {'hosts': hosts}}), encoding='ascii')

    def inside(self, name: str, *words: str) -> None:
        subprocess.run(self.words(name, *words), check=True, capture_output=True)

    def words(self, name: str, *words: str) -> list[str]:
        pid = (self.folder / name / 'pid').read_text(encoding='ascii').strip()
        return ['nsenter', '--target', pid, '--net', '--mount', '--uts', '--', *words]

    def root(self, name: str) -> str:
        """What a host sees of files."""
        pid = (self.folder / name / 'pid').read_text(encoding='ascii').strip()
        return '/proc/%s/root' % pid

    def serve(self, name: str, *places: str) -> None:
        server = subprocess.Popen(
            self.words(name, sys.executable, '-c', SERVER, *places),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.servers.append(server)
        assert server.stdout and server.stdout.readline() == 'ready\n'

    def play(self, book: str, *options: str, fine: bool = True) -> str:
        words = ['-i', str(self.folder / 'inventory.json'), *options, book]
        done = controller.play(words, self.folder)
        assert (done.returncode == 0) == fine, done.stdout + done.stderr
        return done.stdout

    def down(self) -> None:
        for server in self.servers:
            server.kill()
            server.wait()
        for name in self.names:
            subprocess.run(
                ['sh', self.script, 'down', name, str(self.folder / name)], check=True, capture_output=True
            )
