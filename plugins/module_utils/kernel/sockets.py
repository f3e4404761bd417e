# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets that wait for connections or packets, as sock_diag(7) tells of them, and the processes that hold
them.

Only the standard library. The numbers are those of linux/include/uapi/linux/{sock_diag,inet_diag}.h.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import struct
import sys
import typing as t

from ..values.bound import Bound, bound
from . import netlink
from .netlink import messages_of
from .nla import parse_attributes
from .uapi import NETLINK_SOCK_DIAG

SOCK_DIAG_BY_FAMILY = 20
INET_DIAG_SKV6ONLY = 11
INET_DIAG_LOCALS = 12
_REQUEST = struct.Struct('=BBBBI48s')
_HEAD = struct.Struct('=BBBB')
_PORTS = struct.Struct('>HH')
_U32 = struct.Struct('=I')
_TAIL = struct.Struct('=II')
_SIZE = 72  # of struct inet_diag_msg
# TCP_LISTEN; a UDP socket without a peer is in TCP_CLOSE.
_WAITING = {'tcp': (socket.IPPROTO_TCP, 1 << 10), 'udp': (socket.IPPROTO_UDP, 1 << 7)}
_SCTP = {'sctp': (socket.IPPROTO_SCTP, 1 << 10)}
_STORAGE = 128  # of struct sockaddr_storage
# All but TCP_TIME_WAIT, which no process has any more.
_HELD = {'tcp': (socket.IPPROTO_TCP, 0xFFF & ~(1 << 6)), 'udp': (socket.IPPROTO_UDP, 0xFFF)}


class Holder(t.NamedTuple):
    pid: int
    command: str
    unit: str

    def text(self) -> str:
        return '%d (%s)%s' % (self.pid, self.command, ' of ' + self.unit if self.unit else '')


class Socket(t.NamedTuple):
    """One socket. ``inode`` tells it from all others of the host, in whatever namespace they are."""

    place: Bound
    uid: int
    inode: int


def waiting(namespace: str) -> list[Socket]:
    """All sockets that wait in the namespace of the calling thread, which is called *namespace* in the
    answer."""
    return _sockets(namespace, {**_WAITING, **_SCTP} if os.path.isdir('/proc/net/sctp') else _WAITING)


def held(namespace: str) -> list[Socket]:
    """The same with connections, and whatever else has an address."""
    return _sockets(namespace, _HELD)


def _sockets(namespace: str, wanted: t.Mapping[str, tuple[int, int]]) -> list[Socket]:
    found: list[Socket] = []
    links: dict[int, str] = {}
    with netlink.Socket(NETLINK_SOCK_DIAG) as sock:
        for proto, (number, states) in wanted.items():
            for family in (socket.AF_INET, socket.AF_INET6):
                body = _REQUEST.pack(family, number, 0, 0, states, bytes(48))
                for data, start, end in messages_of(sock.dump(SOCK_DIAG_BY_FAMILY, body)):
                    one = _socket(namespace, proto, data, start, end, links)
                    found += _each_address(one, data, start, end) if proto == 'sctp' else [one]
    return found


def _socket(namespace: str, proto: str, data: bytes, start: int, end: int, links: dict[int, str]) -> Socket:
    family = _HEAD.unpack_from(data, start)[0]
    port = _PORTS.unpack_from(data, start + 4)[0]
    address = socket.inet_ntop(family, data[start + 8 : start + (12 if family == socket.AF_INET else 24)])
    device = _U32.unpack_from(data, start + 40)[0]
    if device and device not in links:
        try:
            links[device] = socket.if_indextoname(device)
        except OSError:  # the link is gone, the socket stays bound to its number
            links[device] = 'if%d' % device
    uid, inode = _TAIL.unpack_from(data, start + 64)
    only = (
        parse_attributes(data, start + _SIZE, end).get(INET_DIAG_SKV6ONLY, b'\0')
        if family == socket.AF_INET6
        else b'\0'
    )
    return Socket(bound(namespace, proto, address, port, bool(only[0]), links.get(device, '')), uid, inode)


def _each_address(one: Socket, data: bytes, start: int, end: int) -> list[Socket]:
    """A socket of SCTP, which may be bound to several addresses, once for each of them."""
    told, found = parse_attributes(data, start + _SIZE, end).get(INET_DIAG_LOCALS, b''), []
    for at in range(0, len(told) - _STORAGE + 1, _STORAGE):
        family = int.from_bytes(told[at : at + 2], sys.byteorder)
        address = socket.inet_ntop(
            family, told[at + 4 : at + 8] if family == socket.AF_INET else told[at + 8 : at + 24]
        )
        found.append(
            one._replace(
                place=bound(
                    one.place.namespace,
                    one.place.proto,
                    address,
                    one.place.port,
                    one.place.v6only,
                    one.place.device,
                )
            )
        )
    return found or [one]


def has_sctp() -> bool:
    """Whether the kernel has SCTP, whose module it loads when the first socket is opened."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def holders(inodes: t.Collection[int]) -> dict[int, list[Holder]]:
    """The processes that have the sockets open, by one pass over /proc. They may live in other namespaces
    than the socket."""
    wanted = {'socket:[%d]' % inode: inode for inode in inodes}
    found: dict[int, list[Holder]] = {}
    for entry in os.listdir('/proc') if wanted else ():
        if not entry.isdigit():
            continue
        folder = '/proc/%s/fd' % entry
        mine: set[int] = set()
        with contextlib.suppress(OSError):  # it ended
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):
                    inode = wanted.get(os.readlink('%s/%s' % (folder, name)))
                    if inode is not None:
                        mine.add(inode)
        if mine:
            holder = Holder(int(entry), _command(entry), _unit(entry))
            for inode in mine:
                found.setdefault(inode, []).append(holder)
    return found


def _command(pid: str) -> str:
    with (
        contextlib.suppress(OSError),
        open('/proc/%s/comm' % pid, encoding='utf-8', errors='replace') as file,
    ):
        return file.read().strip()
    return '?'


def _unit(pid: str) -> str:
    """The systemd unit of a process, after its control group; '' where it has none."""
    with (
        contextlib.suppress(OSError),
        open('/proc/%s/cgroup' % pid, encoding='utf-8', errors='replace') as file,
    ):
        for line in file:
            for part in reversed(line.strip().split('/')):
                if part.endswith(('.service', '.scope')):
                    return part
    return ''


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
