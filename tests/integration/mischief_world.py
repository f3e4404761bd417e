# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with two unprivileged users who do mischief while root works: what is in it, and how it stands."""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import typing as t

from ansible_collections.multinet.linux.tests import tree

from . import world
from .factory_world import GROUP as FACTORY_GROUP
from .factory_world import PYTHON
from .listener_world import furnish
from .snapshot import Snapshot, snapshot

CANARY = 'canary-4711'
NOBODY, USER, USER_GROUP = 65534, 64130, 64131
APP = '/run/app'
SHARED_FOLDERS = ('/tmp', '/var/tmp', '/dev/shm', '/run/lock')
FOLDERS_OF_USER = ('/run/user/%d' % USER, '/run/crossing/own', '/run/crossing/shared')
SECRET = pathlib.Path('/run/secret')
_PROGRAM = tree.TOP / 'tests/integration/mischief.py'
_COPY = '/run/mischief.py'
_TRAPS = ('json.py', 'ctypes.py', 'ip', 'nft', 'iptables', 'iptables-restore', 'sh', 'modprobe', 'busctl')
_SPRUNG = '/run/lock/sprung'
_NAMES = (
    *('listeners.json', '.listeners.json.multinet', 'listeners.json.new', 'app.pid', 'xtables.lock', 'lock'),
    *(
        'multinet',
        'netns',
        'mounted',
        'canary.json',
        'resolv.conf',
        '.resolv.conf.multinet',
        'nsrun',
        'socket',
    ),
)


def furnish_host() -> None:
    """Networks, users, a folder of the user, secrets of root, and traps for whoever searches the current
    folder for programs.
    """
    for folder in SHARED_FOLDERS:
        os.makedirs(folder, exist_ok=True)
        world.run('mount -t tmpfs -o mode=1777 world ' + folder)
    world.run('mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts /dev/pts')
    world.run('mount --bind /dev/pts/ptmx /dev/ptmx')
    for name in ('usr-local', 'usr-local-work'):
        os.mkdir('/run/' + name)
    world.run(
        'mount -t overlay -o lowerdir=/usr/local,upperdir=/run/usr-local,workdir=/run/usr-local-work'
        ' overlay /usr/local'
    )
    furnish()
    pathlib.Path('/etc/resolv.conf').unlink(missing_ok=True)
    pathlib.Path('/etc/resolv.conf').write_text('nameserver 192.0.2.1\n')
    with open('/etc/passwd', 'a', encoding='ascii') as file:
        file.write('mallory:x:%d:%d::%s:/bin/sh\n' % (USER, USER_GROUP, APP))
    with open('/etc/group', 'a', encoding='ascii') as file:
        file.write('mallory:x:%d:\n' % USER_GROUP)
    for folder in (
        '/etc/systemd/system/sysinit.target.wants',
        '/etc/tmpfiles.d',
        '/usr/local/lib',
        '/usr/local/sbin',
        '/run/units',
    ):
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o755)  # from now on it is in the overlay
    for folder, user, group in (
        (APP, USER, USER_GROUP),
        ('/run/user', 0, 0),
        ('/run/user/%d' % USER, USER, USER),
    ):
        os.mkdir(folder)
        os.chown(folder, user, group)
    SECRET.write_text(CANARY)
    SECRET.chmod(0o600)
    shutil.copy(_PROGRAM, _COPY)
    for name in _TRAPS:
        path = pathlib.Path(APP, name)
        text = 'open(%r, "w")\n' % _SPRUNG if name.endswith('.py') else '#!/bin/sh\n: >%s\n' % _SPRUNG
        path.write_text(text)
        path.chmod(0o755)
        os.chown(path, USER, USER_GROUP)


def sprung() -> bool:
    """Whether root has run something of the user's."""
    return os.path.exists(_SPRUNG)


@contextlib.contextmanager
def mischief(seed: int) -> t.Iterator[list[dict[str, t.Any]]]:
    """Both users do mischief inside the block. After it, the list has what each of them tells."""
    told: list[dict[str, t.Any]] = []
    with contextlib.ExitStack() as stack:
        programs = []
        for user, group, more, own in (
            (NOBODY, grp.getgrgid(65534).gr_gid, [], SHARED_FOLDERS),
            (USER, USER_GROUP, [FACTORY_GROUP], (*SHARED_FOLDERS, APP, APP, APP, *FOLDERS_OF_USER)),
        ):
            argument = {'seed': seed + user, 'canary': CANARY, 'own': own, 'names': _NAMES}
            program = subprocess.Popen(
                ['nice', '-n', '19', PYTHON, '-I', _COPY, json.dumps(argument)],
                user=user,
                group=group,
                extra_groups=more,
                cwd='/tmp',
                env={'PATH': os.environ['PATH']},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            programs.append(stack.enter_context(program))
        for program in programs:
            assert program.stdout is not None and program.stdout.readline() == 'ready\n'
        yield told
        for program in programs:
            output, _errors = program.communicate()
            assert program.returncode == 0, output
            told.append(json.loads(output))


_NOT_OF_ROOT = (
    APP,
    '/run/lock',
    '/run/user',
    '/run/netns',
    '/run/library',
    '/run/etc-work',
    '/run/usr-local-work',
)


def _entries(top: str) -> t.Iterator[str]:
    for folder, folders, files in os.walk(top):
        yield folder
        if folder in FOLDERS_OF_USER:  # the folder itself is root's work
            folders[:] = files[:] = []
        folders[:] = [name for name in folders if os.path.join(folder, name) not in _NOT_OF_ROOT]
        for name in files:
            yield os.path.join(folder, name)


def files_of_root() -> Snapshot:
    """Kind, mode, owner, number of names and contents of all below /run that is root's; what is written to
    /etc and /usr/local is there, too."""
    seen = {}
    for path in _entries('/run'):
        status = os.lstat(path)
        text = ''
        if stat.S_ISLNK(status.st_mode):
            text = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            text = pathlib.Path(path).read_bytes().decode('utf-8', 'replace')
            text = re.sub(r'(cookie|inode):[0-9:]+', r'\1:*', text)
        names = 0 if stat.S_ISDIR(status.st_mode) else status.st_nlink
        seen['root ' + path] = '%o %d:%d %d %s' % (
            status.st_mode,
            status.st_uid,
            status.st_gid,
            names,
            text,
        )
    return seen


def state() -> Snapshot:
    """All that root has declared: in the kernel, and in files.

    Whether the mount of a name is a shared one is left out. On Linux 6.18 it may be none after it was made
    once more while a user had a copy in mounts of its own. What is done to the name reaches other mounts all
    the same, by /run/netns itself, which is compared.
    """
    seen = {**snapshot(), **files_of_root()}
    for key in seen:
        if key.startswith('mount /run/netns/'):
            seen[key] = seen[key].replace(' shared', '')
    return seen
