# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the file of compiled code that a host keeps, from the sources that the controller sent."""

from __future__ import annotations

import contextlib
import io
import marshal
import os
import re
import time
import typing as t
import warnings
import zipfile
import zlib

_KEPT = 2  # versions
_NAME = re.compile(r'[0-9a-f]{24}-[A-Za-z0-9_.-]+\Z')
_TEMPORARY = '.made.'
_LEFT = 3600  # seconds after which nobody works on a file any more


def _compiled(archive: zipfile.ZipFile, path: str) -> t.Iterator[tuple[str, bool, bytes]]:
    """(module, whether it is a package, code) of each source that this interpreter can compile."""
    for member in archive.namelist():
        if not member.endswith('.py'):
            continue
        name, package = member[: -len('.py')].replace('/', '.'), False
        if name.endswith('.__init__'):
            name, package = name[: -len('.__init__')], True
        try:
            code = compile(archive.read(member), '%s/%s' % (path, member), 'exec', dont_inherit=True)
        except (SyntaxError, ValueError):  # it would fail when it is imported, and does so from the archive
            continue
        yield name, package, marshal.dumps(code)


def content(path: str, first: bytes, sources: bytes) -> bytes:
    """The file: a line that tells for which interpreter it is, the checksum of all that follows, the code of
    RUN, the index, the code of all modules, and the archive of their sources."""
    index: dict[str, tuple[bool, int, int]] = {}
    codes, offset = [], 0
    with zipfile.ZipFile(io.BytesIO(sources)) as archive, warnings.catch_warnings():
        warnings.simplefilter('ignore')
        for name, package, code in _compiled(archive, path):
            index[name] = (package, offset, len(code))
            codes.append(code)
            offset += len(code)
        runner = marshal.dumps(compile(archive.read('RUN'), path, 'exec', dont_inherit=True))
    parts = b''.join([_sized(runner), _sized(marshal.dumps(index)), *codes, sources])
    return first + _number(zlib.crc32(parts)) + parts


def _number(number: int) -> bytes:
    return number.to_bytes(8, 'big')


def _sized(data: bytes) -> bytes:
    return _number(len(data)) + data


def keep(folder: int, name: str, path: str, first: bytes, sources: bytes) -> None:
    """Put the file *name* into a folder, whole and on the disk or not at all. It is that of *path*. Raises
    OSError."""
    data = content(path, first, sources)
    temporary = _TEMPORARY + os.urandom(8).hex()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(temporary, flags, 0o600, dir_fd=folder), 'wb') as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o600)
            os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
    with contextlib.suppress(OSError):
        remove_old(folder, name)


def remove_old(folder: int, current: str) -> None:
    """Remove all but the newest versions, *current* among them, and what killed runs have left."""
    ages: dict[str, float] = {}
    names = os.listdir(folder)
    for name in names:
        if name.startswith(_TEMPORARY) and _age(folder, name) > _LEFT:
            os.unlink(name, dir_fd=folder)
        if _NAME.match(name):
            digest = name.split('-')[0]
            ages[digest] = min(_age(folder, name), ages.get(digest, float('inf')))
    ages[current.split('-')[0]] = -1.0
    newest = sorted(ages, key=ages.__getitem__)[:_KEPT]
    for name in names:
        if _NAME.match(name) and name.split('-')[0] not in newest:
            os.unlink(name, dir_fd=folder)


def _age(folder: int, name: str) -> float:
    return time.time() - os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
