# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and writing small files as root, also in folders that belong to other users.

No function but read() follows a symbolic link in place of the file, none waits for a FIFO, and the mode of
what is written does not depend on the umask. Every OSError names the file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t

MODE = 0o644
FOLDER_MODE = 0o755
MOST_BYTES = 1 << 22
_MOST_LINKS = 40  # that the kernel follows, path_resolution(7)
_TEMPORARY = '.%s.multinet'
_UNUSUAL = '\0'
_LINK, _WITH_MODE, _SPECIAL = 'symlink ', 'mode ', 'special '


@contextlib.contextmanager
def _naming(path: str) -> t.Iterator[None]:
    """Lets an OSError name *path*, whatever step of the work on it failed."""
    try:
        yield
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, path) from exc


def _read_all(fd: int) -> str:
    data = b''
    while len(data) <= MOST_BYTES:
        piece = os.read(fd, MOST_BYTES)
        if not piece:
            return data.decode('utf-8', 'surrogateescape')
        data += piece
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def read(path: str) -> str | None:
    """The text of a regular file, by way of symbolic links too; None where there is none. Raises OSError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        with _naming(path):
            return _read_all(fd) if stat.S_ISREG(os.fstat(fd).st_mode) else None
    finally:
        os.close(fd)


def read_entry(path: str) -> str | None:
    """What stands at *path*, as one text from which :func:`write` makes it again; None where nothing does.
    Raises OSError.

    A regular file of mode 0644 is its text. The text of anything else starts with a NUL and says what it is.
    """
    try:
        fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        with _naming(path):
            mode = os.fstat(fd).st_mode
            if stat.S_ISLNK(mode):
                return _UNUSUAL + _LINK + os.readlink('', dir_fd=fd)
            if not stat.S_ISREG(mode):
                return _UNUSUAL + _SPECIAL + stat.filemode(mode)
            with open('/proc/self/fd/%d' % fd, 'rb') as file:  # the same file, now for reading
                text = _read_all(file.fileno())
    finally:
        os.close(fd)
    permissions = stat.S_IMODE(mode)
    return text if permissions == MODE else '%s%s%04o\n%s' % (_UNUSUAL, _WITH_MODE, permissions, text)


def _divided(entry: str) -> tuple[str, str]:
    """What kind of entry it is ('' for a regular file of mode 0644), and its text."""
    if not entry.startswith(_UNUSUAL):
        return '', entry
    kind, _newline, text = entry[1:].partition('\n')
    return kind, text


def entry_text(entry: str) -> str:
    """The text of a regular file, whatever its mode; of anything else ''."""
    return _divided(entry)[1]


def entry_lines(entry: str | None) -> list[str]:
    """An entry as a difference shows it to people."""
    if entry is None:
        return []
    kind, text = _divided(entry)
    return ([kind] if kind else []) + text.splitlines()


def write(path: str, entry: str) -> None:
    """Makes what :func:`read_entry` has read. Raises OSError.

    A regular file is written in place: a process that has it mounted over another keeps it, and would not see
    a new file of its name. Nothing waits for the disk: at boot these files are made again.
    """
    kind, text = _divided(entry)
    with _naming(path):
        make_folders(os.path.dirname(path))
        if kind.startswith(_LINK):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            os.symlink(kind[len(_LINK) :], path)
            return
        if os.path.islink(path):
            os.unlink(path)
        mode = int(kind[len(_WITH_MODE) :], 8) if kind.startswith(_WITH_MODE) else MODE
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        with open(fd, 'wb') as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(errno.EEXIST, 'it is not a regular file')
            os.fchmod(fd, mode)
            file.write(text.encode('utf-8', 'surrogateescape'))
            file.truncate()


def make_folders(path: str, mode: int = FOLDER_MODE) -> None:
    """Makes the folder *path* with this *mode*, and those above it with 0755, if they do not exist.

    Raises OSError.
    """
    if not path or os.path.isdir(path):
        return
    make_folders(os.path.dirname(path))
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, mode)
        os.chmod(path, mode)  # the umask has changed what mkdir() was given


def _trusted_target(fd: int) -> str | None:
    """Where the symbolic link *fd* leads; None for anything else.

    Raises OSError for a link of another user than root or this one.
    """
    status = os.fstat(fd)
    if not stat.S_ISLNK(status.st_mode):
        return None
    if status.st_uid not in (0, os.geteuid()):
        raise OSError(errno.ELOOP, 'it leads over a symbolic link of user %d' % status.st_uid)
    return os.readlink('', dir_fd=fd)


def _open_folder(path: str) -> int:
    """A descriptor of the folder *path*. Raises OSError.

    A symbolic link on the way is followed only if it belongs to root or to the user that runs this. Any other
    could lead from the folder of a user into one that the user cannot write.
    """
    with contextlib.ExitStack() as stack:

        def step(name: str, folder: int | None = None) -> int:
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            stack.callback(os.close, fd)
            return fd

        folder, links, parts = step('/' if path.startswith('/') else '.'), 0, path.split('/')
        while parts:
            part = parts.pop(0)
            if part in ('', '.'):
                continue
            below = step(part, folder)
            target = _trusted_target(below)
            if target is None:
                folder = below
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            parts = target.split('/') + parts
            if target.startswith('/'):
                folder = step('/')
        return os.open('.', os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)


def replace(path: str, data: bytes, mode: int = MODE) -> None:
    """Puts a file in place, on the disk, whole or not at all. Anything that has its name goes. Raises
    OSError.

    The folder must exist.
    """
    folder, name = os.path.split(path)
    temporary = _TEMPORARY % name
    with _naming(path):
        folder_fd = _open_folder(folder or '.')
        try:
            with contextlib.suppress(FileNotFoundError):  # a run that was killed leaves it
                os.unlink(temporary, dir_fd=folder_fd)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(temporary, flags, 0o600, dir_fd=folder_fd), 'wb') as file:
                try:
                    file.write(data)
                    file.flush()
                    os.fchmod(file.fileno(), mode)
                    os.fsync(file.fileno())
                    os.replace(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
                except OSError:
                    with contextlib.suppress(OSError):
                        os.unlink(temporary, dir_fd=folder_fd)
                    raise
            os.fsync(folder_fd)
        finally:
            os.close(folder_fd)


def read_trusted(path: str) -> str | None:
    """The text of a regular file that only the user that runs this could have made; None for anything else.
    Raises OSError.

    In the folder of another user a name can lead anywhere: by a symbolic link, or by another name of a file
    elsewhere.
    """
    folder, name = os.path.split(path)
    with _naming(path):
        try:
            folder_fd = _open_folder(folder or '.')
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            fd = os.open(name, flags, dir_fd=folder_fd)
        except OSError:
            return None
        finally:
            os.close(folder_fd)
        try:
            status = os.fstat(fd)
            own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink == 1
            return _read_all(fd) if own else None
        finally:
            os.close(fd)


def delete(path: str) -> None:
    """Removes a file, or the symbolic link in its place, if it exists. Raises OSError."""
    folder, name = os.path.split(path)
    with _naming(path), contextlib.suppress(FileNotFoundError, NotADirectoryError):
        folder_fd = _open_folder(folder or '.')
        try:
            os.unlink(name, dir_fd=folder_fd)
        finally:
            os.close(folder_fd)


def remove(path: str, top: str) -> None:
    """Removes a file if it exists, and the folders above it, *top* included, that are empty then."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        while folder.startswith(top):
            os.rmdir(folder)
            folder = os.path.dirname(folder)


def within(root: str, path: str) -> str:
    """Where *path* leads for a process whose root folder is *root* (/proc/PID/root): absolute links start at
    that root again.
    """
    resolved, parts, links = '', path.split('/'), 0
    while parts:
        part = parts.pop(0)
        if part == '..':
            resolved = resolved.rpartition('/')[0]
        if part in ('', '.', '..'):
            continue
        here = '%s/%s' % (resolved, part)
        try:
            target = os.readlink(root + here)
        except OSError:
            resolved = here
            continue
        links += 1
        if links > _MOST_LINKS:
            return root + path
        parts = target.split('/') + parts
        resolved = '' if target.startswith('/') else resolved
    return root + resolved
