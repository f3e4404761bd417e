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

from ..values.endpoint import Endpoint, endpoint
from . import netlink
from .netlink import messages_of
from .nla import parse_attributes
from .uapi import NETLINK_SOCK_DIAG

SOCK_DIAG_BY_FAMILY = 20
INET_DIAG_SKV6ONLY, INET_DIAG_LOCALS = 11, 12
_REQUEST = struct.Struct('=BBBBI48s')  # struct inet_diag_req_v2: family, protocol, ext, pad, states, id
# struct inet_diag_msg: family, source port, source address, device, uid, inode
_MESSAGE = struct.Struct('=B3x2s2x16s16xI20xII')
_SOCKET_ID = struct.Struct('>HH16s16sIQ')  # struct inet_diag_sockid: local port, remote port, addresses
_NO_COOKIE = (1 << 64) - 1  # INET_DIAG_NOCOOKIE, twice
_SOCKADDR_STORAGE = 128  # bytes
_TCP_TIME_WAIT, _TCP_CLOSE, _TCP_LISTEN = 6, 7, 10
# A UDP socket without a peer is in TCP_CLOSE.
_WAITING = {
    'tcp': (socket.IPPROTO_TCP, 1 << _TCP_LISTEN),
    'udp': (socket.IPPROTO_UDP, 1 << _TCP_CLOSE),
}
_SCTP = {'sctp': (socket.IPPROTO_SCTP, 1 << _TCP_LISTEN)}
# No process has a socket in TCP_TIME_WAIT any more.
_HELD = {'tcp': (socket.IPPROTO_TCP, 0xFFF & ~(1 << _TCP_TIME_WAIT)), 'udp': (socket.IPPROTO_UDP, 0xFFF)}


class Holder(t.NamedTuple):
    pid: int
    command: str
    unit: str

    def text(self) -> str:
        return '%d (%s)%s' % (self.pid, self.command, ' of ' + self.unit if self.unit else '')


class Socket(t.NamedTuple):
    """One socket. ``inode`` tells it from all others of the host, in whatever namespace they are."""

    endpoint: Endpoint
    uid: int
    inode: int


def waiting(namespace: str) -> list[Socket]:
    """All sockets that wait for connections or packets in the namespace of the calling thread.

    *namespace* is what endpoints call it.
    """
    return _sockets(namespace, {**_WAITING, **_SCTP} if os.path.isdir('/proc/net/sctp') else _WAITING)


def held(namespace: str) -> list[Socket]:
    """The same with connections, and whatever else has an address."""
    return _sockets(namespace, _HELD)


def has_connection(local: str, local_port: int, peer: str, peer_port: int) -> bool:
    """Whether a TCP connection ends in the namespace of the calling thread. Not for link-local addresses,
    which are known by their link.
    """
    family = socket.AF_INET6 if ':' in peer else socket.AF_INET
    ends = [socket.inet_pton(family, ip).ljust(16, b'\0') for ip in (local, peer)]
    identity = _SOCKET_ID.pack(local_port, peer_port, *ends, 0, _NO_COOKIE)
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFF, identity)
    try:
        with netlink.NetlinkSocket(NETLINK_SOCK_DIAG) as sock:
            reply = sock.ask(SOCK_DIAG_BY_FAMILY, body)
    except OSError:
        return False
    # Without such a connection the kernel answers with a socket that listens, whose remote port is 0.
    return _SOCKET_ID.unpack_from(reply, 4)[1] == peer_port


def _sockets(namespace: str, queries: t.Mapping[str, tuple[int, int]]) -> list[Socket]:
    """The sockets in the calling thread's namespace, by protocol: its number, and the states asked for."""
    result: list[Socket] = []
    links = _LinkNames()
    with netlink.NetlinkSocket(NETLINK_SOCK_DIAG) as sock:
        for proto, (number, states) in queries.items():
            for family in (socket.AF_INET, socket.AF_INET6):
                body = _REQUEST.pack(family, number, 0, 0, states, bytes(48))
                for data, start, end in messages_of(sock.dump(SOCK_DIAG_BY_FAMILY, body)):
                    result += _decode(namespace, proto, data, start, end, links)
    return result


class _LinkNames(dict[int, str]):
    """Names of links by index, each looked up once."""

    def __missing__(self, index: int) -> str:
        try:
            name = socket.if_indextoname(index) if index else ''
        except OSError:  # the link is gone, the socket stays bound to its number
            name = 'if%d' % index
        self[index] = name
        return name


def _decode(namespace: str, proto: str, data: bytes, start: int, end: int, links: _LinkNames) -> list[Socket]:
    """The socket of a message; one of SCTP, which may be bound to several addresses, once for each."""
    family, port, address, device, uid, inode = _MESSAGE.unpack_from(data, start)
    attributes = parse_attributes(data, start + _MESSAGE.size, end)
    v6only = family == socket.AF_INET6 and attributes.get(INET_DIAG_SKV6ONLY, b'\0') != b'\0'
    addresses = _addresses(attributes.get(INET_DIAG_LOCALS, b'')) if proto == 'sctp' else []
    result = []
    for text in addresses or [_ip(family, address)]:
        bound_to = endpoint(namespace, proto, text, int.from_bytes(port, 'big'), v6only, links[device])
        result.append(Socket(bound_to, uid, inode))
    return result


def _ip(family: int, data: bytes) -> str:
    return socket.inet_ntop(family, data[:4] if family == socket.AF_INET else data[:16])


def _addresses(data: bytes) -> list[str]:
    """The addresses in an array of struct sockaddr_storage."""
    addresses = []
    for offset in range(0, len(data) - _SOCKADDR_STORAGE + 1, _SOCKADDR_STORAGE):
        family = int.from_bytes(data[offset : offset + 2], sys.byteorder)
        # sin_addr comes after the port, sin6_addr after the port and the flow information
        addresses.append(_ip(family, data[offset + (4 if family == socket.AF_INET else 8) :]))
    return addresses


def has_sctp() -> bool:
    """Whether the kernel has SCTP, whose module it loads when the first socket is opened."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def holders(inodes: t.Collection[int]) -> dict[int, list[Holder]]:
    """The processes that have the sockets open, by one pass over /proc. They may live in any namespace."""
    names = {'socket:[%d]' % inode: inode for inode in inodes}
    result: dict[int, list[Holder]] = {}
    for pid in os.listdir('/proc') if names else ():
        if not pid.isdigit():
            continue
        held_inodes = _inodes_of(pid, names)
        if held_inodes:
            holder = Holder(int(pid), _command(pid), _unit(pid))
            for inode in held_inodes:
                result.setdefault(inode, []).append(holder)
    return result


def _inodes_of(pid: str, names: t.Mapping[str, int]) -> set[int]:
    """The sockets that a process has open, of those whose links below /proc are in *names*."""
    inodes = set()
    folder = '/proc/%s/fd' % pid
    with contextlib.suppress(OSError):  # the process ended
        for fd in os.listdir(folder):
            with contextlib.suppress(OSError):
                inode = names.get(os.readlink('%s/%s' % (folder, fd)))
                if inode is not None:
                    inodes.add(inode)
    return inodes


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
