# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worlds: child processes with a network, a /run and a /var/cache of their own, in which tests may do what
they like to the kernel.

A world ends with its process, and all that was made in it goes along. Nothing outside is touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import subprocess
import threading
import traceback
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import codec
from ansible_collections.multinet.linux.tests.tree import TOP

T = t.TypeVar('T')

_CLONE_NEWNS, _CLONE_NEWNET = 0x00020000, 0x40000000
_CLONE_NEWIPC, _CLONE_NEWPID = 0x08000000, 0x20000000
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def _load() -> None:
    """Load, once for all worlds, what a run loads when it first needs it: that takes ten times as long as the
    run. The doors need Ansible, which tests of codecs do without."""
    codec.require()
    for path in TOP.glob('plugins/module_utils/*/**/*.py'):
        parts = path.relative_to(TOP).with_suffix('').parts
        if path.name != '__init__.py' and 'door' not in parts:
            importlib.import_module('.'.join(('ansible_collections', 'multinet', 'linux', *parts)))


_load()


class Broken(AssertionError):
    """Something was raised in a world: its traceback as text."""


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)


def _enter_new_world() -> None:
    _checked(_libc.unshare(_CLONE_NEWNET | _CLONE_NEWNS), 'unshare')
    _checked(_libc.mount(b'none', b'/', None, _MS_REC | _MS_PRIVATE, None), 'make / private')
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        inner = any(words[4] == '/run' and words[-2] == 'world' for words in map(str.split, file))
    for folder in (b'/run', b'/var/cache'):
        if inner:  # this is a world in a world: it starts like all others
            _checked(_libc.umount2(folder, _MNT_DETACH), 'umount %s' % folder.decode())
        _checked(_libc.mount(b'world', folder, b'tmpfs', 0, b'mode=755'), 'tmpfs on %s' % folder.decode())
    run('ip link set lo up')


def run(command: str, check: bool = True, text: str | None = None) -> str:
    """The output of one command, whose words are parted by blanks."""
    done = subprocess.run(command.split(), check=False, capture_output=True, text=True, input=text)
    if check and done.returncode:
        raise AssertionError('%s: exit code %d: %s' % (command, done.returncode, done.stderr.strip()))
    return done.stdout


def inside(namespace: str, function: t.Callable[..., T], *args: t.Any, **options: t.Any) -> T:
    """Call *function* in a thread that is in a named namespace of this world; '' is the world's own."""
    if not namespace:
        return function(*args, **options)
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            fd = os.open('/run/netns/' + namespace, os.O_RDONLY)
            try:
                _checked(_libc.setns(fd, _CLONE_NEWNET), 'setns')
            finally:
                os.close(fd)
            results.append(function(*args, **options))
        except BaseException as exc:  # raised again by the caller
            errors.append(exc)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return results[0]


def child(function: t.Callable[..., t.Any], *args: t.Any, new: bool = False) -> tuple[int, int]:
    """Start *function* in a child process, on request in a new world. Gives its number and where its result
    can be read.

    The child ends without cleaning up after the parent: no exit handlers, no buffers of the parent's.
    """
    source, sink = os.pipe()
    number = os.fork()
    if number:
        os.close(sink)
        return number, source
    code = 1
    gc.freeze()  # or the first collection writes to all of the parent's objects, which copies their pages
    try:
        os.close(source)
        try:
            if new:
                _enter_new_world()
            answer = (True, function(*args))
            code = 0
        except BaseException:  # all of it goes to the parent
            answer = (False, traceback.format_exc())
        with os.fdopen(sink, 'wb') as file:
            pickle.dump(answer, file)
    finally:
        os._exit(code)


def result(number: int, source: int) -> t.Any:
    """What a child returned; None when it was killed. Raises Broken with the traceback of what it raised."""
    with os.fdopen(source, 'rb') as file:
        data = file.read()
    os.waitpid(number, 0)
    return _told(data)


def _told(data: bytes) -> t.Any:
    if not data:
        return None
    fine, value = pickle.loads(data)
    if not fine:
        raise Broken('in a world:\n' + value)
    return value


def in_world(function: t.Callable[..., T], *args: t.Any) -> T:
    """The result of *function*, called in a world of its own."""
    return t.cast(T, result(*child(function, *args, new=True)))


def in_world_of_processes(function: t.Callable[..., T], *args: t.Any) -> T:
    """The result of *function* in a world that has processes of its own, too: what is in it reaches no others
    of the same users, and all end with it. Process 1 has the network and the mounts of the world.
    """

    def begin() -> t.Any:
        _checked(_libc.unshare(_CLONE_NEWPID | _CLONE_NEWIPC), 'unshare')
        return killed_or_result(_as_first_process, function, *args)

    return t.cast(T, in_world(begin))


def _as_first_process(function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    run('mount -t proc proc /proc')
    number, source = child(function, *args)
    with os.fdopen(source, 'rb') as file, contextlib.suppress(ChildProcessError):
        while os.wait()[0] != number:  # and for all whose parents have ended
            pass
        return _told(file.read())


def in_worlds(function: t.Callable[..., T], items: t.Sequence[t.Any], at_once: int = 0) -> list[T | Broken]:
    """*function* for each of *items*, each in a world of its own, several at once: its results, or what it
    raised."""
    at_once = at_once or os.cpu_count() or 1
    found: list[t.Any] = [None] * len(items)
    left = iter(range(len(items)))
    lock = threading.Lock()

    def body() -> None:
        while True:
            with lock:
                number = next(left, None)
                if number is None:
                    return
                started = child(function, items[number], new=True)
            try:
                found[number] = result(*started)
            except Broken as exc:
                found[number] = exc

    threads = [threading.Thread(target=body) for _number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def killed_or_result(function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    """The result of *function* in a child that shares this world; None when it was killed."""
    return result(*child(function, *args))
