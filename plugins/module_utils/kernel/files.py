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
