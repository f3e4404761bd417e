# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small text files that are bound into namespaces."""

from __future__ import annotations

import contextlib
import os


def read(path: str) -> str | None:
    try:
        with open(path, encoding='utf-8', errors='surrogateescape') as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def within(root: str, path: str) -> str:
    """Where *path* leads for a process whose root folder is *root* (/proc/PID/root): links of it that are absolute begin there again."""
    found, left, links = '', path.split('/'), 0
    while left:
        part = left.pop(0)
        if part == '..':
            found = found.rpartition('/')[0]
        if part in ('', '.', '..'):
            continue
        here = '%s/%s' % (found, part)
        try:
            target = os.readlink(root + here)
        except OSError:
            found = here
            continue
        links += 1
        if links > 40:  # as many as the kernel follows, path_resolution(7)
            return root + path
        left = target.split('/') + left
        found = '' if target.startswith('/') else found
    return root + found


def write(path: str, text: str) -> None:
    """Write in place: who has the file bound over another keeps it, and would not see one that is renamed to its name."""
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with open(fd, 'w', encoding='utf-8', errors='surrogateescape') as file:
        file.write(text)
        file.truncate()


def remove(path: str, top: str) -> None:
    """Remove a file, and the folders above it up to *top* that are empty then."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        while folder.startswith(top):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
