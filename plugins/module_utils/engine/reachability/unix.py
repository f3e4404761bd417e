# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UNIX sockets: of the file system, or abstract ones of the namespace (unix(7))."""

from __future__ import annotations

import errno
import socket
import time

from ...kernel.netlink import plainly
from ...objects.reachability import OPEN, REFUSED, SILENT, Probe
from .answers import decode
from .connection import ERROR, NOT_ACCEPTED, Deadline, Verdict, converse

_TYPES = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM)
_POLL = 0.05  # seconds


def _connect(sock: socket.socket, address: str, deadline: Deadline) -> None:
    """Connects. A full queue of connections that wait for accept() is EAGAIN at once, so tries again until
    the deadline.
    """
    while True:
        deadline.limit(sock)
        try:
            return sock.connect(address)
        except BlockingIOError:
            if deadline.seconds_left() <= _POLL:
                raise
        time.sleep(_POLL)


def _verdict_on(exc: OSError) -> Verdict:
    if exc.errno in (errno.ECONNREFUSED, errno.ENOENT, errno.ENOTDIR, errno.EACCES):
        return Verdict(REFUSED, plainly(exc))
    if exc.errno == errno.EAGAIN:
        return Verdict(SILENT, NOT_ACCEPTED)
    return Verdict(ERROR, plainly(exc))


def _converse(probe: Probe, sock: socket.socket, deadline: Deadline) -> Verdict:
    return Verdict(OPEN, 'connected', '', decode(converse(probe, sock, deadline)))


def _datagram(probe: Probe, address: str, deadline: Deadline) -> Verdict:
    """A datagram socket can only answer one that has an address. bind() to '' takes an abstract one of the
    kernel's choice.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.bind('')
        deadline.limit(sock)
        sock.connect(address)
        return _converse(probe, sock, deadline)


def probe_unix(probe: Probe, deadline: Deadline) -> Verdict:
    address = '\0' + probe.to[1:] if probe.to.startswith('@') else probe.to
    for kind in _TYPES:
        with socket.socket(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC) as sock:
            try:
                _connect(sock, address, deadline)
            except OSError as exc:
                if exc.errno == errno.EPROTOTYPE and kind != _TYPES[-1]:
                    continue
                return _verdict_on(exc)
            if kind == socket.SOCK_DGRAM and probe.answer:
                sock.close()
                return _datagram(probe, address, deadline)
            return _converse(probe, sock, deadline)
    raise AssertionError('one type of socket fits')
