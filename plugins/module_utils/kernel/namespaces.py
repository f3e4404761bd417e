# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces: entering, making, naming and telling them apart.

Everything that enters a namespace runs in a thread of its own (:func:`in_thread`), so that the main thread
never leaves the namespace that it was born in. No process is forked and pyroute2 is not needed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import threading
import typing as t

from ..values.names import HOST
from . import files
from .taken_names import StaleName, TakenName, kind_of_file

RUN_DIR = '/run/netns'

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 0x1000, 0x4000, 1 << 18, 1 << 20
MS_RDONLY, MS_REMOUNT = 1, 32
_MS_KEPT = 2 | 4 | 8  # nosuid, nodev and noexec, which statvfs(3) gives by the same numbers
MNT_DETACH = 2
NSFS_MAGIC = 0x6E736673
_NS_GET_NSTYPE = 0xB703  # linux/include/uapi/linux/nsfs.h, since 4.11
SO_NETNS_COOKIE = 71  # linux/include/uapi/asm-generic/socket.h, since 5.14

_THREAD_NET = '/proc/thread-self/ns/net'

# CDLL(None) is the C library that Python itself uses. ctypes.util.find_library would fork ldconfig.
_libc = ctypes.CDLL(None, use_errno=True)

T = t.TypeVar('T')


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def setns(fd: int) -> None:
    """Move the calling thread into the network namespace behind *fd*."""
    _checked(_libc.setns(fd, CLONE_NEWNET), 'setns')


def _unshare() -> None:
    _checked(_libc.unshare(CLONE_NEWNET), 'unshare')


def open_current() -> int:
    """A descriptor of the calling thread's network namespace (not that of the process: see proc(5),
    thread-self)."""
    return os.open(_THREAD_NET, os.O_RDONLY | os.O_CLOEXEC)


def in_thread(function: t.Callable[..., T], *args: t.Any) -> T:
    """Call *function* in a thread of its own and return its result, or raise what it raised.

    The thread ends afterwards, so a thread that could not get home is never used again.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(function(*args))
        except BaseException as exc:  # handed over to the caller's thread, whatever it is
            errors.append(exc)

    thread = threading.Thread(target=body, name='multinet-namespaces')
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return results[0]


@contextlib.contextmanager
def entered(fd: int, home: int) -> t.Iterator[None]:
    """The calling thread is in the namespace *fd* inside the block, and back in *home* after it.

    Only for threads made by :func:`in_thread`.
    """
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError('the main thread does not enter namespaces')
    setns(fd)
    try:
        yield
    finally:
        setns(home)


def create_anonymous(home: int) -> int:
    """Make a network namespace that has no name and return a descriptor of it.

    It disappears with its last descriptor, so whoever dies before :func:`bind` leaves nothing behind. Only
    for threads made by :func:`in_thread`.
    """
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError('the main thread does not enter namespaces')
    _unshare()
    try:
        return open_current()
    finally:
        setns(home)


class Visitor:
    """Enters namespaces by name, one at a time, and comes home after each. For a thread of :func:`in_thread`;
    use it in a with statement.

    ``home`` is a descriptor of the namespace that the thread started in, which HOST means. Descriptors of
    :meth:`open` are closed at the end of the block, those of :meth:`visit` and :meth:`scratch` when the visit
    ends.
    """

    def __init__(self) -> None:
        self.home = -1
        self._held: dict[str, int] = {}

    def __enter__(self) -> Visitor:
        self.home = open_current()
        return self

    def __exit__(self, *_exc: object) -> None:
        for fd in (*self._held.values(), self.home):
            os.close(fd)
        self._held.clear()

    def open(self, name: str) -> int:
        """A descriptor of the namespace *name*. Raises FileNotFoundError or StaleName, as :func:`open_named`
        does."""
        if name == HOST:
            return self.home
        if name not in self._held:
            self._held[name] = open_named(name)
        return self._held[name]

    @contextlib.contextmanager
    def visit(self, name: str) -> t.Iterator[int]:
        """The calling thread is in the namespace *name* inside the block, which gets a descriptor of it.

        Raises as :meth:`open` does.
        """
        if name == HOST or name in self._held:
            fd = self.open(name)
            with entered(fd, self.home):
                yield fd
            return
        fd = open_named(name)
        try:
            with entered(fd, self.home):
                yield fd
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def scratch(self) -> t.Iterator[int]:
        """The calling thread is in a new namespace without a name inside the block; the namespace ends with
        it."""
        fd = create_anonymous(self.home)
        try:
            with entered(fd, self.home):
                yield fd
        finally:
            os.close(fd)


@contextlib.contextmanager
def visit(name: str) -> t.Iterator[int]:
    """Visit one namespace. For more than one use a :class:`Visitor`, which opens the home namespace once."""
    with Visitor() as visitor, visitor.visit(name) as fd:
        yield fd


def hide_files(paths: t.Iterable[str]) -> None:
    """Let the calling thread, and processes that it starts, see these files as empty. Only for threads made
    by :func:`in_thread`."""
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError('the main thread stays in the mounts of the host')
    _checked(_libc.unshare(CLONE_NEWNS), 'unshare')
    _checked(_libc.mount(b'', b'/', b'none', MS_REC | MS_PRIVATE, None), 'make / private')
    for path in paths:
        if os.path.exists(path):
            _checked(_libc.mount(b'/dev/null', path.encode(), b'none', MS_BIND, None), 'hide ' + path)


def path_of(name: str) -> str:
    return os.path.join(RUN_DIR, name)


class _Statfs(ctypes.Structure):
    # f_type is a long on every Linux architecture that Python runs on; the rest is only room for the kernel
    # to write.
    _fields_ = (('f_type', ctypes.c_long), ('rest', ctypes.c_byte * 248))


def is_namespace(fd: int) -> bool:
    """Whether *fd* is a network namespace: a file of the kernel's namespace file system, of that type."""
    buffer = _Statfs()
    _checked(_libc.fstatfs(fd, ctypes.byref(buffer)), 'fstatfs')
    if (buffer.f_type & 0xFFFFFFFF) != NSFS_MAGIC:
        return False
    return fcntl.ioctl(fd, _NS_GET_NSTYPE) == CLONE_NEWNET


def open_named(name: str) -> int:
    """A descriptor of the namespace that *name* is mounted on.

    Raises FileNotFoundError when there is no such name and StaleName when the file is no namespace.
    """
    path = path_of(name)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        if os.path.islink(path):
            raise TakenName(path, 'a symbolic link that leads nowhere') from error
        raise
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise TakenName(path, 'a socket') from error
        raise
    if is_namespace(fd):
        return fd
    try:
        what = kind_of_file(path, fd)
    finally:
        os.close(fd)
    if what:
        raise TakenName(path, what)
    raise StaleName(errno.EINVAL, 'is a plain file, no namespace is mounted on it', path)


def names_of_current() -> list[str]:
    """The names in /run/netns that lead to the namespace of the calling thread."""
    own = os.stat(_THREAD_NET)
    names = []
    for name in named():
        with contextlib.suppress(OSError):
            status = os.stat(path_of(name))
            if (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino):
                names.append(name)
    return names


def is_of_process_1() -> bool:
    """Whether the calling thread's namespace is that of process 1. Only root can tell."""
    try:
        first = os.stat('/proc/1/ns/net')
    except OSError:
        return False
    own = os.stat(_THREAD_NET)
    return (first.st_dev, first.st_ino) == (own.st_dev, own.st_ino)


def _is_shared_with_process_1(kind: str) -> bool:
    """Whether the calling process is in the namespace of process 1; *kind* as in /proc/PID/ns."""
    return os.path.samefile('/proc/self/ns/' + kind, '/proc/1/ns/' + kind)


def has_run_of_process_1() -> bool:
    """Whether /run is that of process 1. Only root can tell."""
    return _is_shared_with_process_1('mnt') or os.path.samefile('/run', '/proc/1/root/run')


def names_reach_process_1() -> bool:
    """Whether a name that the calling process gives is there for process 1, too: its mount of /run/netns has
    to be the same, or one of the same peer group (mount_namespaces(7)). Only root can tell."""
    if _is_shared_with_process_1('mnt'):
        return True
    group = _peer_group('self')
    return bool(group) and group == _peer_group('1')


def _peer_group(process: str) -> str:
    """The peer group of the mount that /run/netns is in for a process, as "shared:N"; '' if it is in none."""
    longest, group = '', ''
    with open('/proc/%s/mountinfo' % process, encoding='utf-8', errors='replace') as file:
        for words in map(str.split, file):
            point = words[4].rstrip('/')
            if (RUN_DIR + '/').startswith(point + '/') and len(point) >= len(longest):
                longest = point
                group = ''.join(word for word in words[6 : words.index('-')] if word.startswith('shared:'))
    return group


def named() -> list[str]:
    """The names in /run/netns, sorted; files that are not namespaces are among them."""
    try:
        return sorted(os.listdir(RUN_DIR))
    except FileNotFoundError:
        return []


def identity(fd: int, cookie: int | None) -> str:
    """What tells a namespace from a later namesake: its cookie, else its inode (which the kernel may use
    again)."""
    if cookie is not None:
        return 'cookie:%d' % cookie
    status = os.fstat(fd)
    return 'inode:%d:%d' % (status.st_dev, status.st_ino)


def cookie_of(sock: socket.socket) -> int | None:
    """The cookie of the namespace that *sock* was opened in; None where the kernel has none (before 5.14)."""
    try:
        return int.from_bytes(sock.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), 'little')
    except OSError as exc:
        if exc.errno in (errno.ENOPROTOOPT, errno.EINVAL):
            return None
        raise


def run_dir_is_mounted() -> bool:
    """Whether /run/netns is a mount of its own, which is a shared one from now on."""
    done = _libc.mount(b'', RUN_DIR.encode(), b'none', MS_SHARED | MS_REC, None) == 0
    if not done and ctypes.get_errno() != errno.EINVAL and os.path.isdir(RUN_DIR):
        _checked(-1, 'share ' + RUN_DIR)
    return done


def prepare_run_dir() -> None:
    """Make /run/netns a shared mount of its own, as iproute2 does, so that names reach other mount
    namespaces."""
    files.make_folders(RUN_DIR)
    if run_dir_is_mounted():
        return
    path = RUN_DIR.encode()
    _checked(_libc.mount(path, path, b'none', MS_BIND | MS_REC, None), 'bind ' + RUN_DIR)
    _checked(_libc.mount(b'', path, b'none', MS_SHARED | MS_REC, None), 'share ' + RUN_DIR)


def release_run_dir() -> bool:
    """Take back what :func:`prepare_run_dir` did, unless somebody has names in /run/netns; whether it is
    done."""
    if named():
        return False
    if _libc.umount2(RUN_DIR.encode(), 0) != 0 and not (
        ctypes.get_errno() == errno.EBUSY and _detach_run_dir()
    ):
        return False
    with contextlib.suppress(OSError):
        os.rmdir(RUN_DIR)
    return True


def _detach_run_dir() -> bool:
    """Unmount /run/netns while somebody has it open, as every user may. It is read-only meanwhile, so that
    nobody gives a name that would go along."""
    path, flags = RUN_DIR.encode(), MS_REMOUNT | MS_BIND | (os.statvfs(RUN_DIR).f_flag & _MS_KEPT)
    if _libc.mount(b'', path, b'none', flags | MS_RDONLY, None) != 0:
        return False
    if not named() and _libc.umount2(path, MNT_DETACH) == 0:
        return True
    _checked(_libc.mount(b'', path, b'none', flags, None), 'make writable again: ' + RUN_DIR)
    return False


def bind(fd: int, name: str) -> None:
    """Give the namespace behind *fd* its *name*. A plain file that is in the way is taken over, a namespace
    is not."""
    path = path_of(name)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
    except FileExistsError:
        try:
            os.close(open_named(name))
        except StaleName as error:
            if error.what:
                raise
        else:
            raise
    try:
        source = '/proc/self/fd/%d' % fd
        _checked(_libc.mount(source.encode(), path.encode(), b'none', MS_BIND, None), 'bind ' + path)
    except OSError:
        os.unlink(path)
        raise


def unbind(name: str) -> None:
    """Take the name away. The namespace lives on for as long as something else holds it."""
    path = path_of(name)
    if _libc.umount2(path.encode(), MNT_DETACH) != 0 and ctypes.get_errno() not in (
        errno.EINVAL,
        errno.ENOENT,
    ):
        _checked(-1, 'umount ' + path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
