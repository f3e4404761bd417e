# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unprivileged users who do mischief all the time change nothing, read nothing and delay nothing.

Root uses each door again and again beside them. MULTINET_MISCHIEF_SECONDS says for how long (without it, one
round, and none of the doors that take ansible-playbook), MULTINET_MISCHIEF_SEED with which seed.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import typing as t

from ansible_collections.multinet.linux.plugins.become import netns as become
from ansible_collections.multinet.linux.plugins.module_utils.host import boot, bundle, commit_confirm
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import mischief_world, world
from ansible_collections.multinet.linux.tests.integration.factory_world import as_client, factory, greeting
from ansible_collections.multinet.linux.tests.integration.listener_world import bind, listener
from ansible_collections.multinet.linux.tests.integration.mischief_world import APP, CANARY
from ansible_collections.multinet.linux.tests.integration.module_calls import call
from ansible_collections.multinet.linux.tests.integration.pending_changes import LONG, begin, over, until
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference
from ansible_collections.multinet.linux.tests.integration.test_nsrun import NSRUN, on_terminal

SECONDS = float(os.environ.get('MULTINET_MISCHIEF_SECONDS', '0'))
SEED = int(os.environ.get('MULTINET_MISCHIEF_SEED', '1'))
EXPORT = APP + '/listeners.json'
HONEST = 64120
REFUSED = 'refused, and nothing was changed'
# What root has a user run: it does what it can with what it was given, and says what it sees.
GUEST = """
import fcntl, os, signal, termios
for path in ['/dev/tty', *('/proc/self/fd/%d' % fd for fd in range(3))]:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        continue
    for request, data in ((termios.TIOCSTI, b'i'), (termios.TIOCSTI, b'd'), (0x541C, b'\\x02')):
        try:
            fcntl.ioctl(fd, request, data)
        except OSError:
            pass
print(sorted(os.environ.items()), os.listdir('/proc/self/fd'), os.getgroups(), flush=True)
if os.isatty(1) and not os.fork():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while True:  # until nobody has the other end
        os.write(1, b'x' * 1000)
"""
FOLDERS = """
- hosts: localhost
  connection: local
  gather_facts: false
  roles:
    - role: multinet.linux.socket_directories
      socket_directories_state: %s
      socket_directories_folders:
        - {path: /run/crossing/own, owner: mallory, group: mallory}
        - {path: /run/crossing/shared, group: mallory, mode: "2770"}
"""


def _nodes(addresses: t.Sequence[str], more: int) -> Document:
    return {
        'name': 'canary',
        'links': [{'name': 'br-c', 'kind': 'bridge', 'addresses': ['10.77.0.1/24']}],
        'iptables': [
            {'chain': 'FORWARD', 'rules': ['-i br-c -m comment --comment %s%d -j ACCEPT' % (CANARY, more)]}
        ],
        'nftables': [{'content': 'chain c { tcp dport %d drop comment "%s"\n}' % (22 + more, CANARY)}],
        'namespaces': [
            {
                'name': 'blue',
                'nameservers': {'addresses': list(addresses)},
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.77.0.2/24'],
                        'peer': {'name': 'c-1', 'master': 'br-c'},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.77.0.1'}],
            },
            *({'name': 'more%d' % number} for number in range(more)),
        ],
    }


FIRST, SECOND = _nodes(['10.77.0.53'], 1), _nodes(['10.77.0.54', '10.77.0.53'], 3)


def _layout(document: Document, **more: t.Any) -> str:
    result = call('layout', {**document, **more}, False)
    assert not result.get('failed'), result
    return str(result['msg'])


def _unconfirmed() -> str:
    begin(FIRST, 0)
    over()
    return 'undone'


def _confirmed() -> str:
    token = begin(FIRST, LONG)
    until(token, ['waiting'])
    commit_confirm.confirm(token)
    over()
    return 'confirmed'


def _info() -> str:
    result = call('layout_info', {'scope': 'canary'}, False)
    assert not result.get('failed'), result
    return json.dumps(result['layout'], sort_keys=True)


def _boot() -> str:
    """As a user who may use sudo starts it: in a folder of that user, with variables of that user."""
    boot.save(FIRST, {}, bundle.build)
    done = subprocess.run(
        ['/usr/bin/python3', '-I', boot.ENGINE, 'boot'],
        cwd=APP,
        env={**os.environ, 'PYTHONPATH': APP, 'HOME': APP, 'LD_LIBRARY_PATH': APP, 'TMPDIR': APP},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _listeners() -> str:
    """In its own folder the user may put a folder or a lease in the way of the export, which is then told."""
    result = call(
        'listener_bind',
        {
            'listeners': [listener('sip', owner=APP + '/app.pid')],
            'internal': ['10.2.0.0/24'],
            'units': '/run/units',
            'wait_dad': 0,
            'file': EXPORT,
        },
        False,
    )
    assert CANARY not in json.dumps(result)
    if result.get('failed'):
        assert EXPORT in result['msg'], result
        return REFUSED
    return 'written'


def _no_listeners() -> str:
    bind(state='absent')
    return 'removed'


def _nsrun(user: str) -> str:
    shown, typed = on_terminal('-u', user, 'blue', '/usr/bin/python3', '-c', GUEST)
    assert typed == '' and CANARY not in shown and 'status 0' in shown, (shown, typed)
    done = subprocess.run(
        [*NSRUN, '-u', user, 'blue', '/usr/bin/python3', '-c', GUEST],
        cwd=APP,
        capture_output=True,
        text=True,
        check=True,
    )
    assert CANARY not in done.stdout
    return 'run'


def _become() -> str:
    enter = "ip netns exec blue /bin/sh -c '%s' sh" % become._HIDE
    script = become._ENTER % {'name': 'blue', 'enter': enter, 'command': 'readlink /proc/self/ns/net'}
    done = subprocess.run(['/bin/sh', '-c', script], cwd=APP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == world.run('ip netns exec blue readlink /proc/self/ns/net')
    return 'entered'


def _factory() -> str:
    return str(as_client(greeting, '10.0.0.1', 80, user=HONEST))


def _folders(present: bool) -> str:
    """Every tenth time, as ansible-playbook takes its time."""
    folder = pathlib.Path('/run/ansible')
    folder.mkdir(mode=0o700, exist_ok=True)
    book = folder / 'play.yml'
    book.write_text(FOLDERS % ('present' if present else 'absent'))
    variables = dict.fromkeys(('ANSIBLE_LOCAL_TEMP', 'ANSIBLE_REMOTE_TEMP', 'ANSIBLE_HOME'), str(folder))
    program = pathlib.Path(sys.executable).parent / 'ansible-playbook'
    done = subprocess.run(
        [program, '-i', 'localhost,', '-e', 'ansible_python_interpreter=' + sys.executable, book],
        env={**os.environ, 'ANSIBLE_COLLECTIONS_PATH': str(tree.COLLECTIONS), **variables},
        check=False,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return 'played'


DOORS: tuple[tuple[str, t.Callable[[], str]], ...] = (
    ('apply', lambda: _layout(FIRST)),
    ('change', lambda: _layout(SECOND)),
    ('not confirmed', _unconfirmed),
    ('confirmed', _confirmed),
    ('layout_info', _info),
    ('nsrun -u nobody', lambda: _nsrun('nobody')),
    ('nsrun -u mallory', lambda: _nsrun('mallory')),
    ('become', _become),
    ('listener_bind', _listeners),
    ('no listeners', _no_listeners),
    ('socket factory', _factory),
    ('boot', _boot),
    ('remove', lambda: _layout({'name': 'canary'}, state='absent')),
    ('boot from nothing', _boot),
    ('remove again', lambda: _layout({'name': 'canary'}, state='absent')),
)
BY_PLAYBOOK = (('folders', lambda: _folders(True)), ('no folders', lambda: _folders(False)))
# What only reads, or is followed by a look at once.
NO_LOOK = ('layout_info', 'nsrun -u nobody', 'nsrun -u mallory', 'become', 'no listeners', 'remove')


class Rounds:
    """Root's work. What each door says and leaves in a quiet round is what it has to in all others."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.said: dict[str, str] = {}
        self.left: dict[str, Snapshot] = {}
        self.used: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []

    def round(self, by_playbook: bool) -> None:
        before: Snapshot = {}
        for name, door in (*DOORS, *(BY_PLAYBOOK if by_playbook else ())):
            try:
                said = door()
            except AssertionError as exc:
                said = str(exc)
            self.used[REFUSED if said == REFUSED else name] += 1
            if said != REFUSED and self.said.setdefault(name, said) != said:
                self.failures.append('%s says: %s' % (name, said))
            if name not in NO_LOOK:
                left = mischief_world.state()
                wanted = before if said == REFUSED else self.left.setdefault(name, left)
                differs = difference(wanted, left)
                if differs:
                    self.failures.append('%s leaves: %s' % (name, differs))
                before = left

    def beside(self, seconds: float) -> None:
        """Rounds for so long, with each umask that root may have."""
        end, number = time.monotonic() + seconds, 0
        while number == 0 or (time.monotonic() < end and not self.failures):
            os.umask(self.random.choice([0o022, 0o077, 0]))
            self.round(by_playbook=seconds > 0 and number % 10 == 0)
            number += 1


def _beside(seed: int, seconds: float) -> tuple[list[str], dict[str, int], list[dict[str, t.Any]]]:
    with factory(users=[str(HONEST), str(mischief_world.USER), '64118']) as (daemon, _peer):
        mischief_world.furnish_host()
        os.environ['SECRET_OF_ROOT'] = CANARY
        os.umask(0o022)
        rounds = Rounds(seed)
        rounds.round(by_playbook=seconds > 0)
        with mischief_world.mischief(seed) as told:
            rounds.beside(seconds)
        assert daemon.poll() is None
        if mischief_world.sprung():
            rounds.failures.append('root has run what was in the folder of a user')
    return rounds.failures, dict(rounds.used), told


def test_mischief_changes_nothing_reads_nothing_and_delays_nothing() -> None:
    failures, used, told = world.in_world_of_processes(_beside, SEED, SECONDS)
    print('used: %s\nbeside: %s' % (json.dumps(used), json.dumps(told)))
    assert not failures, '\n'.join(failures)
    for user in told:
        assert not user['broke'] and not user['read'], user
        assert user['tried'], user
