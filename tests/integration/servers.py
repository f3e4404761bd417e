# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that tests talk to. tools/setup unpacks them; they are not installed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import typing as t

SERVERS = os.environ.get('MULTINET_SERVERS', '')
FOLDERS = ['%s/%s' % (SERVERS, folder) for folder in ('usr/sbin', 'usr/bin', 'bin')]


def program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ['PATH'], *FOLDERS]))
    assert found, '%s does not exist; tools/setup brings it' % name
    return found


def surroundings() -> dict[str, str]:
    libraries = [str(path) for path in pathlib.Path(SERVERS).glob('usr/lib/*-linux-gnu*')]
    return {**os.environ, 'LD_LIBRARY_PATH': os.pathsep.join(libraries), 'TERM': 'dumb'}


@contextlib.contextmanager
def running(namespace: str, *words: str) -> t.Iterator[subprocess.Popen[str]]:
    """A server in a namespace until the block ends."""
    with subprocess.Popen(
        ['ip', 'netns', 'exec', namespace, program(words[0]), *words[1:]],
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
