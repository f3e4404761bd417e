# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs such as iptables-restore and nft: where they are, and what tells one from another."""

from __future__ import annotations

import os

from .tool_errors import MissingTool


def search_path() -> str:
    """PATH, and the folders of administrators' programs, which unprivileged accounts often leave out of
    it."""
    return os.pathsep.join((os.environ.get('PATH', os.defpath), '/usr/sbin', '/sbin'))


def find_program(name: str, advice: str) -> str:
    """The path of a program. Raises MissingTool with *advice* on how to get it."""
    for folder in search_path().split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise MissingTool('%s: not found in PATH, /usr/sbin or /sbin; %s' % (name, advice))


def file_identity(path: str) -> tuple[str, int, int, int]:
    """Tells a program from the one that an upgrade puts in its place, without running it."""
    status = os.stat(path)
    return path, status.st_ino, status.st_size, status.st_mtime_ns
