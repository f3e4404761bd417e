# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command nsrun, and what services in namespaces are checked with before they start; with systemd: the
scenario signalling."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess

from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import world

FILES = tree.TOP / 'roles/namespace_service/files'


def _said(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(['sh', *words], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def _nsrun(*words: str) -> tuple[int, str, str]:
    return _said(str(FILES / 'nsrun.sh'), *words)


def _ready(name: str) -> tuple[int, str]:
    status, _output, errors = _said(str(FILES / 'netns-service.sh'), 'ready', name)
    return status, errors


def _furnish() -> None:
    os.makedirs('/run/etc')
    os.makedirs('/run/etc-work')
    world.run('mount -t overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work overlay /etc')
    for name in ('blue', 'blind'):
        os.makedirs('/etc/netns/' + name, exist_ok=True)
        world.run('ip netns add ' + name)
    pathlib.Path('/etc/netns/blue/hosts').write_text('127.0.0.7 only-inside\n')
    pathlib.Path('/run/netns/junk').touch()


def _run_in_it() -> None:
    _furnish()
    os.makedirs('/run/nscd')
    with socket.socket(socket.AF_UNIX) as nscd:
        nscd.bind('/run/nscd/socket')
        inside = world.run('ip netns exec blue readlink /proc/self/ns/net').strip()
        assert _nsrun('blue', 'readlink', '/proc/self/ns/net') == (0, inside, '')
        assert _nsrun('blue', 'sh', '-c', 'test -S /run/nscd/socket || cat /etc/hosts') == (
            0,
            '127.0.0.7 only-inside',
            '',
        )
        assert _nsrun('-u', 'nobody', 'blue', 'sh', '-c', 'id -un; readlink /proc/self/ns/net') == (
            0,
            'nobody\n' + inside,
            '',
        )
        assert _nsrun('blue', 'sh', '-c', 'exit 7')[0] == 7
        assert _nsrun('blue', 'printf', '%s|', 'a  b', '$c', '')[1] == 'a  b|$c||'
        assert (
            os.path.exists('/run/nscd/socket') and 'only-inside' not in pathlib.Path('/etc/hosts').read_text()
        )


def test_nsrun_runs_a_command_inside() -> None:
    world.in_world(_run_in_it)


def _refused() -> None:
    _furnish()
    pathlib.Path('/etc/netns/blind/not-in-etc').touch()
    for words, says in (
        (('red',), 'namespace red: is not there, the command was not run (there are: '),
        (('junk',), 'namespace junk: is not there'),
        (('../netns/blue',), 'is no name for a namespace'),
        (('blind',), 'file /etc/netns/blind/not-in-etc: has no /etc/not-in-etc'),
        (('-u', 'no-such-user', 'blue'), 'user no-such-user: is not known'),
        ((), 'usage: nsrun'),
        (('-x',), 'usage: nsrun'),
    ):
        status, output, errors = _nsrun(*words, *(('echo', 'ran') if words else ()))
        assert status == 125 and not output and says in errors, (words, errors)
    done = subprocess.run(
        ['setpriv', '--reuid=65534', '--clear-groups', 'sh', '-s', 'blue', 'echo', 'ran'],
        input=(FILES / 'nsrun.sh').read_bytes(),
        check=False,
        capture_output=True,
    )
    assert done.returncode == 125 and not done.stdout and b'only root' in done.stderr


def test_nsrun_says_why_it_did_not() -> None:
    world.in_world(_refused)


def _checked() -> None:
    _furnish()
    assert _ready('blue') == (0, '')
    assert _ready('red') == (1, 'namespace red: is not there; make it, or correct the unit that wants it')
    assert _ready('junk')[0] == 1
    os.rename('/etc/hosts', '/etc/hosts.kept')
    assert _ready('blue') == (
        1,
        'file /etc/netns/blue/hosts: has no /etc/hosts to stand for; make that, an empty one will do',
    )


def test_a_service_is_not_started_without_its_namespace() -> None:
    world.in_world(_checked)
