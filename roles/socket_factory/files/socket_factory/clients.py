# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks, whether that one may, and how many are served at a time."""

from __future__ import annotations

import collections
import contextlib
import grp
import socket
import struct
import threading
import typing as t

from .allow_list import Config
from .rules import user_number

_SO_PEERGROUPS = 59  # include/uapi/asm-generic/socket.h


class Client(t.NamedTuple):
    process: int
    user: int
    groups: frozenset[int]

    def __str__(self) -> str:
        return 'process %d of user %d' % (self.process, self.user)


def peer_of(link: socket.socket) -> Client:
    process, user, group = struct.unpack('iII', link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    groups = {group}
    with contextlib.suppress(OSError):  # more of them than there is room for: the first one has to do
        data = link.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 1024)
        groups.update(struct.unpack('%dI' % (len(data) // 4), data))
    return Client(process, user, frozenset(groups))


def admitted(peer: Client, config: Config) -> bool:
    """By users and groups as they are now; a name that is not known is nobody."""
    for name in config.users:
        with contextlib.suppress(KeyError):
            if peer.user == user_number(name):
                return True
    for name in config.groups:
        with contextlib.suppress(KeyError):
            if (int(name) if name.isdigit() else grp.getgrnam(name).gr_gid) in peer.groups:
                return True
    return False


class Places:
    """How many clients are served at a time: at most *most*, and at most *each* of one user."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self.each = most, each
        self._taken: collections.Counter[int] = collections.Counter()
        self._changed = threading.Condition()

    def _free(self) -> bool:
        return sum(self._taken.values()) < self._most

    def take(self, user: int) -> bool:
        """Give *user* a place, as soon as there is one; False if that user has all that one may have."""
        with self._changed:
            if self._taken[user] >= self.each:
                return False
            self._changed.wait_for(self._free)
            self._taken[user] += 1
            return True

    def release(self, user: int) -> None:
        with self._changed:
            self._taken[user] -= 1
            self._taken += collections.Counter()  # forgets users who have none
            self._changed.notify()
