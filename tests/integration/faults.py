# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests that the kernel refuses: a seam between the engine and the kernel, at which one request is
answered with an error.

Below it everything is real. A batch of netlink messages goes out without the one that is refused, as the
kernel works on behind an error.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import typing as t
from unittest import mock

from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, netlink, sysctl, uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tools as xt_process
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools as iptables_tools

ERRNOS = tuple(
    getattr(errno, name) for name in ('EEXIST', 'ENOENT', 'EBUSY', 'ENOBUFS', 'ENOMEM', 'ENOSPC', 'EPERM')
)
_MESSAGES = {
    getattr(uapi, name): name[4:].lower() for name in dir(uapi) if re.match('RTM_(NEW|DEL|GET|SET)', name)
}
LOOKING = ('read', 'setns', 'start of iptables-save', 'start of ip6tables-save')
_CALLS = ('mount', 'umount2', 'unshare', 'setns')


class Seam:
    """Counts requests, and answers those of the given numbers with an error. ``seen`` has a word for each
    request that may change something, ``looked`` for the others: their numbers are below zero, for how often
    the kernel is read is not the same each time.

    *broken* are runs of iptables-restore, counted alone, that fail half way. *stuck* is a request from which
    on all of its kind are refused.
    """

    def __init__(
        self,
        refused: t.Collection[int] = (),
        number: int = errno.EPERM,
        broken: t.Collection[int] = (),
        stuck: int = 0,
    ) -> None:
        self.refused, self.number, self.broken, self.stuck = refused, number, broken, stuck
        self.seen: list[str] = []
        self.looked: list[str] = []
        self.restored = 0

    def word(self, number: int) -> str:
        words = self.seen if number > 0 else self.looked
        return words[abs(number) - 1] if abs(number) <= len(words) else 'nothing'

    def refuses(self, what: str) -> bool:
        if what in LOOKING:
            self.looked.append(what)
            return -len(self.looked) in self.refused
        self.seen.append(what)
        count = len(self.seen)
        return count in self.refused or 0 < self.stuck <= count and what == self.seen[self.stuck - 1]

    @contextlib.contextmanager
    def installed(self) -> t.Iterator[Seam]:
        seam = self
        write, dump, set_sysctl = netlink.NetlinkSocket.write, netlink.NetlinkSocket._dump_once, sysctl.write
        process, restore_run = xt_process.RunningProgram.__init__, iptables_tools._restore_run
        libc = namespaces._libc

        def refused_write(
            self: netlink.NetlinkSocket, messages: t.Sequence[bytes]
        ) -> dict[int, netlink.KernelError]:
            bad = [
                position
                for position, data in enumerate(messages)
                if seam.refuses(_MESSAGES[netlink.HEADER.unpack_from(data, 0)[1]])
            ]
            good = [position for position in range(len(messages)) if position not in bad]
            refusals = write(self, [messages[position] for position in good])
            errors = {good[position]: error for position, error in refusals.items()}
            errors.update({position: netlink.KernelError(seam.number) for position in bad})
            return errors

        def refused_dump(self: netlink.NetlinkSocket, kind: int, body: bytes) -> t.Any:
            if seam.refuses('read'):
                raise netlink.KernelError(seam.number)
            return dump(self, kind, body)

        def refused_sysctl(key: str, value: str) -> None:
            if seam.refuses('sysctl'):
                raise OSError(seam.number, os.strerror(seam.number), '/proc/sys/' + key)
            set_sysctl(key, value)

        def refused_process(self: xt_process.RunningProgram, argv: t.Sequence[str], *more: t.Any) -> None:
            if seam.refuses('start of ' + os.path.basename(argv[0])):
                raise OSError(seam.number, os.strerror(seam.number), argv[0])
            process(self, argv, *more)

        def broken_restore(job: iptables_tools.IptablesJob, text: str) -> xt_process.ProgramRun:
            seam.restored += 1
            if seam.restored in seam.broken:  # its last table is not to be taken
                head, _commit, _tail = text.rstrip().rpartition('COMMIT')
                text = head + '-A INPUT -j no-such-chain\nCOMMIT\n'
            return restore_run(job, text)

        with contextlib.ExitStack() as stack:
            for place, name, value in (
                (netlink.NetlinkSocket, 'write', refused_write),
                (netlink.NetlinkSocket, '_dump_once', refused_dump),
                (sysctl, 'write', refused_sysctl),
                (xt_process.RunningProgram, '__init__', refused_process),
                (iptables_tools, '_restore_run', broken_restore),
                (namespaces, '_libc', _Libc(libc, self)),
            ):
                stack.enter_context(mock.patch.object(place, name, value))
            yield self


class _Libc:
    """The C library with calls that fail."""

    def __init__(self, real: t.Any, seam: Seam) -> None:
        self._real, self._seam = real, seam

    def __getattr__(self, name: str) -> t.Any:
        if name not in _CALLS:
            return getattr(self._real, name)

        def call(*args: t.Any) -> int:
            if self._seam.refuses(name):
                ctypes.set_errno(self._seam.number)
                return -1
            return t.cast(int, getattr(self._real, name)(*args))

        return call
