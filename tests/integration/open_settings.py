# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a network namespace, read again and again.

There are hundreds of files, and the kernel takes four times as long to open one as to read it: it makes an
inode for each. So they stay open. An open file of a link or namespace that is gone cannot be read any more
(proc_sys_call_handler in fs/proc/proc_sysctl.c), and keeps nothing alive.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import resource

_TOP = '/proc/sys/'
_ROOTS = ('net/ipv4', 'net/ipv6', 'net/core', 'net/netfilter')
_NOISE = re.compile(
    r'net/ipv4/(tcp_fastopen_key|route/flush)|.*/stable_secret\Z|net/core/(rps_default_mask|netdev_rss_key)'
    r'|net/netfilter/nf_conntrack_count'
)
# Links come and go in these, and settings of modules.
_CHANGING = re.compile(r'net/ipv[46]/(conf|neigh)|net/netfilter')
_MOST_OPEN = 1 << 16
_MOST_NAMESPACES = 8  # each has 650 files, and 130 more for each link


class _Folder:
    """One folder of settings: its open files and the folders below, by name."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.files: dict[str, int] = {}
        self.folders: dict[str, _Folder] = {}
        try:
            self.look()
        except OSError:
            self.close()
            raise

    def look(self) -> None:
        """Open what is new, and forget what is gone."""
        with os.scandir(_TOP + self.path) as entries:
            names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        for name in self.files.keys() - names:
            os.close(self.files.pop(name))
        for name in self.folders.keys() - names:
            self.folders.pop(name).close()
        for name in sorted(names.keys() - self.files.keys() - self.folders.keys()):
            path = '%s/%s' % (self.path, name)
            with contextlib.suppress(PermissionError, FileNotFoundError):
                if names[name]:
                    self.folders[name] = _Folder(path)
                elif not _NOISE.match(path):
                    self.files[name] = os.open(_TOP + path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, contents: dict[str, str]) -> None:
        """Add what is in all files, as far as they can be read. Raises FileNotFoundError if the folder is
        gone."""
        if _CHANGING.fullmatch(self.path):
            self.look()
        for name, descriptor in self.files.items():
            try:
                contents['%s/%s' % (self.path, name)] = _content(descriptor)
            except FileNotFoundError:
                raise
            except OSError:
                continue
        for name, folder in list(self.folders.items()):
            try:
                folder.read(contents)
            except FileNotFoundError:  # a link that is gone, and perhaps one of its name that is new
                self.folders.pop(name).close()
                with contextlib.suppress(FileNotFoundError):
                    self.folders[name] = _Folder(folder.path)
                    self.folders[name].read(contents)

    def close(self) -> None:
        for descriptor in self.files.values():
            os.close(descriptor)
        for folder in self.folders.values():
            folder.close()


_OPEN: dict[int, dict[str, _Folder]] = {}
"""By the inode of a namespace: which may be that of another one by now."""


def _content(descriptor: int) -> str:
    # The kernel allocates and clears as much as is asked for, and hardly a setting is longer than a word.
    data = os.pread(descriptor, 250, 0)
    if len(data) == 250:
        data = os.pread(descriptor, 1 << 20, 0)
    return data.decode('utf-8', 'replace').strip()


def contents() -> dict[str, str]:
    """All settings of the namespace that the calling thread is in, by path below /proc/sys."""
    namespace = os.stat('/proc/thread-self/ns/net').st_ino
    while len(_OPEN) >= _MOST_NAMESPACES and namespace not in _OPEN:
        _forget(next(iter(_OPEN)))
    try:
        return _contents(_OPEN.setdefault(namespace, {}))
    except FileNotFoundError:  # those of another namespace
        _forget(namespace)
        return _contents(_OPEN.setdefault(namespace, {}))
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        for known in list(_OPEN):
            _forget(known)
        settings: dict[str, str] = {}
        for root in _ROOTS:
            _read_and_close(root, settings)
        return settings


def _read_and_close(path: str, settings: dict[str, str]) -> None:
    """The same for a namespace with too many files."""
    with contextlib.suppress(FileNotFoundError):
        for entry in list(os.scandir(_TOP + path)):
            name = '%s/%s' % (path, entry.name)
            if entry.is_dir(follow_symlinks=False):
                _read_and_close(name, settings)
            elif not _NOISE.match(name):
                with contextlib.suppress(OSError), open(entry.path, 'rb') as file:
                    settings[name] = _content(file.fileno())


def _forget(namespace: int) -> None:
    for folder in _OPEN.pop(namespace).values():
        folder.close()


def _contents(folders: dict[str, _Folder]) -> dict[str, str]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < min(hard, _MOST_OPEN):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, _MOST_OPEN), hard))
    settings: dict[str, str] = {}
    for root in _ROOTS:
        if root not in folders and os.path.isdir(_TOP + root):
            folders[root] = _Folder(root)
        if root in folders:
            folders[root].read(settings)
    return settings
