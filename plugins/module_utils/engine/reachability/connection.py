# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sockets of probes: opened, bound and connected as a probe declares, with a deadline, and the verdict on
what goes wrong.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
import typing as t

from ...kernel.netlink import plainly
from ...objects.reachability import REFUSED, SILENT, Probe
from ...values.names import family_of
from . import icmp_errors
from .answers import Matcher
from .icmp_errors import IcmpError

ERROR = 'error'
MOST_BYTES = 65536
NO_ANSWER, NOT_ACCEPTED = 'nothing came back', 'nobody accepts'
# What sockets report when there is no route, or the destination does not answer.
_UNREACHABLE = frozenset(
    (
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.EHOSTDOWN,
        errno.ENONET,
        errno.ETIMEDOUT,
        errno.ENETDOWN,
        errno.EACCES,
        errno.EPERM,
        errno.EINVAL,
        errno.EADDRNOTAVAIL,
    )
)


class Verdict(t.NamedTuple):
    """What came of a probe.

    ``state`` is open, refused, silent, or error where the probe could not be sent or what came back is no
    answer. ``detail`` says how that was seen, ``source`` is the address that the probe was sent from,
    ``text`` what the other side said.
    """

    state: str
    detail: str = ''
    source: str = ''
    text: str = ''
    status: int = 0


class ProbeEnded(Exception):
    """The probe ended early, with this verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.state)
        self.verdict = verdict


class Deadline:
    """When a try ends."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        return self._end - time.monotonic()

    def limit(self, sock: socket.socket) -> bool:
        """Sets the timeout of *sock* to the time left. Whether there is any left."""
        seconds = self.seconds_left()
        if seconds <= 0:
            return False
        sock.settimeout(max(seconds, 0.001))
        return True


def source_of(sock: socket.socket) -> str:
    """The address that *sock* sends from; '' where it has none."""
    try:
        return str(sock.getsockname()[0]).partition('%')[0]
    except OSError:
        return ''


def verdict_on(exc: OSError, sock: socket.socket, icmp: IcmpError | None = None) -> Verdict:
    """What an error of *sock* means. *icmp* is the message that caused it, if it has been read already."""
    source = source_of(sock)
    icmp = icmp or icmp_errors.next_error(sock)
    detail = plainly(exc) + (', ' + icmp.text() if icmp else '')
    if isinstance(exc, socket.timeout) and exc.errno is None:
        return Verdict(SILENT, NO_ANSWER, source)
    if exc.errno in (errno.ECONNREFUSED, errno.ENOPROTOOPT) or icmp and icmp.prohibited:
        return Verdict(REFUSED, detail, source)
    return Verdict(SILENT if exc.errno in _UNREACHABLE else ERROR, detail, source)


def connect(
    probe: Probe, deadline: Deadline, kind: int, protocol: int = 0, port: int | None = None
) -> socket.socket:
    """A socket in the calling thread's namespace, connected to the destination. Raises ProbeEnded."""
    sock = _open(probe, kind, protocol)
    try:
        deadline.limit(sock)
        sock.connect(_socket_address(probe, probe.to, probe.port if port is None else port))
    except OSError as exc:
        with sock:
            raise ProbeEnded(verdict_on(exc, sock)) from exc
    return sock


def _open(probe: Probe, kind: int, protocol: int) -> socket.socket:
    """A socket with the source and the device of the probe. Raises ProbeEnded."""
    family = family_of(probe.to)
    domain = socket.AF_INET6 if family == 'ipv6' else socket.AF_INET
    try:
        sock = socket.socket(domain, kind | socket.SOCK_CLOEXEC, protocol)
    except OSError as exc:
        raise ProbeEnded(Verdict(ERROR, plainly(exc))) from exc
    option = ''
    try:
        icmp_errors.enable(sock, family)
        if probe.device:
            option = 'device %s: ' % probe.device
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(probe.device) + b'\0')
        if probe.source:
            option = 'source %s: ' % probe.source
            sock.bind(_socket_address(probe, probe.source, 0))
    except OSError as exc:
        sock.close()
        raise ProbeEnded(Verdict(ERROR, option + plainly(exc))) from exc
    return sock


def _socket_address(probe: Probe, address: str, port: int) -> tuple[t.Any, ...]:
    if family_of(address) == 'ipv4':
        return address, port
    scope = 0
    if probe.device and address.startswith(('fe8', 'fe9', 'fea', 'feb')):
        scope = socket.if_nametoindex(probe.device)
    return address, port, 0, scope


def receive(sock: socket.socket, deadline: Deadline, enough: t.Callable[[bytes], bool]) -> bytes:
    """What a stream says until that is enough, or the stream or the time ends."""
    data = b''
    with contextlib.suppress(OSError):  # a reset ended it, or nothing more came in time
        while len(data) < MOST_BYTES and not enough(data) and deadline.limit(sock):
            piece = sock.recv(MOST_BYTES - len(data))
            if not piece:
                break
            data += piece
    return data


def converse(probe: Probe, sock: socket.socket, deadline: Deadline) -> bytes:
    """Sends the text of the probe over a connected stream. What the stream says until its answer matches."""
    if probe.send:
        with contextlib.suppress(OSError):  # it is closed already; what it said before counts
            sock.sendall(probe.send.encode())
    matcher = Matcher(probe.answer)
    return receive(sock, deadline, lambda data: not probe.answer or bool(data) and matcher.matches(data))
