# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pretend host for playbooks: a network and a /run of its own, and what is written to /etc stays
inside."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests.integration.kept_copies import KeptCopy
from ansible_collections.multinet.linux.tests.tree import COLLECTIONS, TOP

_PUT = 'cp -a "$0/var/cache/multinet" /var/cache && exec "$@"'


def play(
    folder: pathlib.Path,
    playbook: pathlib.Path,
    *command: str,
    inventory: str = '',
    options: t.Sequence[str] = (),
    new: bool = False,
    **surroundings: str,
) -> tuple[int, str]:
    """Run a playbook for the group fleet on a pretend host, by *command* if one is given, with *options* of
    ansible-playbook. Returns its status and output. A host that is not *new* has the code of the collection.
    """
    hosts = folder / 'inventory'
    hosts.write_text(
        '[fleet]\npretend ansible_connection=local ansible_become_exe=/usr/bin/env ansible_become_flags= '
        'ansible_python_interpreter=%s %s\n' % (sys.executable, inventory)
    )
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(COLLECTIONS),
        'ANSIBLE_LOCAL_TEMP': str(folder),
        'ANSIBLE_REMOTE_TEMP': str(folder),
        'ANSIBLE_NOCOLOR': '1',
        'PYTHONDONTWRITEBYTECODE': '1',
        'ANSIBLE_ASYNC_DIR': str(folder),
        **surroundings,
    }
    script = str(TOP / 'molecule/resources/pretend_host.sh')
    ansible = os.path.join(os.path.dirname(sys.executable), 'ansible-playbook')
    if not new:
        code = folder / 'code'
        if not code.exists():
            KeptCopy(str(code))
        command = ('sh', '-c', _PUT, str(code), *command)
    done = subprocess.run(
        [script, 'inside', 'pretend', *command, ansible, '-i', str(hosts), *options, str(playbook)],
        env=environment,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr
