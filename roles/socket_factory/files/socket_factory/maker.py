# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that makes sockets with their barrier. It is the only one with a capability, and hears nothing
of clients: it reads records of one size, and answers each with a socket.

Newer kernels want CAP_NET_ADMIN of who attaches a filter to a socket of TCP (EPERM otherwise; seen on 6.18).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
import threading

from . import barrier
from .allow_list import Address

_REQUEST = struct.Struct('!BH16s')  # version of IP, port, address
_ANSWER = struct.Struct('i')  # errno, or 0 and a descriptor


def _make(request: bytes) -> socket.socket:
    version, port, packed = _REQUEST.unpack(request)
    return barrier.socket_for(ipaddress.ip_address(packed[: 4 if version == 4 else 16]), port)


def _answer(link: socket.socket, request: bytes) -> None:
    try:
        made = _make(request)
    except OSError as exc:
        link.send(_ANSWER.pack(exc.errno))
        return
    with made:
        socket.send_fds(link, [_ANSWER.pack(0)], [made.fileno()])


def make_sockets(link: socket.socket) -> None:
    """Serve the daemon until it is gone.

    When it ends with an answer unread, the kernel reports ECONNRESET instead of the end of the stream
    (unix_release_sock() in net/unix/af_unix.c).
    """
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while request := link.recv(_REQUEST.size):
            _answer(link, request)


class SocketMaker:
    """The process as the daemon sees it, which is its only child; *link* is of SOCK_SEQPACKET."""

    def __init__(self, link: socket.socket) -> None:
        self._link, self._lock = link, threading.Lock()

    def ended(self) -> bool:
        try:
            return os.waitpid(-1, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    def socket_for(self, address: Address, port: int) -> socket.socket:
        """A socket of TCP, not yet connected, that can be connected to *port* of *address* only. Raises
        OSError."""
        with self._lock:
            self._link.send(_REQUEST.pack(address.version, port, address.packed))
            answer, descriptors, _flags, _address = socket.recv_fds(self._link, _ANSWER.size, 1)
        if not descriptors:
            number = _ANSWER.unpack(answer)[0] if answer else 0
            raise OSError(
                number, os.strerror(number) if number else 'the process that makes sockets has ended'
            )
        return socket.socket(fileno=descriptors[0])
