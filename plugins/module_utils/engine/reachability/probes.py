# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to other hosts, from the namespace that the calling thread is in, and what came of each.

Only the standard library and sockets: no command is run. What the network says against a packet is read from the error queue
of its socket (ip(7), IP_RECVERR).
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import os
import re
import socket
import struct
import time
import typing as t

from ...kernel import dns
from ...kernel.netlink import plainly
from ...objects.reachability import OPEN, REFUSED, SILENT, Probe
from ...values.names import family_of

ERROR = 'error'
MOST_BYTES = 65536
_RECEIVE_ERRORS = {
    'ipv4': (socket.IPPROTO_IP, 11),
    'ipv6': (socket.IPPROTO_IPV6, 25),
}  # IP_RECVERR, IPV6_RECVERR
_MSG_ERRQUEUE = 0x2000
_EXTENDED = struct.Struct('=IBBBBII')  # struct sock_extended_err, linux/errqueue.h
_FROM_ICMP = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
# Codes of "destination unreachable" by which a firewall or an administrator refuses: RFC 1812 5.2.7.1, RFC 4443 3.1.
_PROHIBITED = {2: (3, (9, 10, 13)), 3: (1, (1, 5, 6))}
_ECHO = struct.Struct('>BBHHH')
_ECHO_TYPES = {'ipv4': (8, 0), 'ipv6': (128, 129)}
# No way there, or nothing heard from there: what sockets say then.
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
_NOTHING, _NOBODY = 'nothing came back', 'nobody accepts'
_UNIX_TYPES = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM)


class Seen(t.NamedTuple):
    """What came of a probe: open, refused, silent, or error where it could not be asked or what came is no answer.

    ``detail`` is how it was seen, ``source`` the address that was sent from, ``text`` what the other side said.
    """

    found: str
    detail: str = ''
    source: str = ''
    text: str = ''
    status: int = 0


class _Stop(Exception):
    """The probe is over: what was seen."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(seen.found)
        self.seen = seen


class _Told(t.NamedTuple):
    """An entry of the error queue: what an ICMP message said, who sent it, and the packet that it is about."""

    origin: int
    type: int
    code: int
    offender: str
    about: bytes

    @property
    def prohibited(self) -> bool:
        kind, codes = _PROHIBITED.get(self.origin, (-1, ()))
        return self.type == kind and self.code in codes

    def text(self) -> str:
        return 'ICMP%s type %d code %d from %s' % (
            'v6' if self.origin == 3 else '',
            self.type,
            self.code,
            self.offender or 'this host',
        )


def _told(sock: socket.socket) -> _Told | None:
    """The next entry of the error queue that came by ICMP."""
    sock.setblocking(False)  # Python would wait for a packet in place of an error
    with contextlib.suppress(OSError):
        while True:
            about, ancillary, _flags, _peer = sock.recvmsg(512, 512, _MSG_ERRQUEUE)
            for _level, _kind, data in ancillary:
                if len(data) < _EXTENDED.size:
                    continue
                _errno, origin, kind, code, _pad, _info, _data = _EXTENDED.unpack_from(data)
                if origin in _FROM_ICMP:
                    return _Told(origin, kind, code, _offender(data[_EXTENDED.size :]), about)
    return None


def _offender(data: bytes) -> str:
    """The address in a struct sockaddr behind a struct sock_extended_err."""
    if len(data) >= 8 and data[:2] == struct.pack('=H', socket.AF_INET):
        return socket.inet_ntop(socket.AF_INET, data[4:8])
    if len(data) >= 24 and data[:2] == struct.pack('=H', socket.AF_INET6):
        return socket.inet_ntop(socket.AF_INET6, data[8:24])
    return ''


def _source(sock: socket.socket) -> str:
    try:
        return str(sock.getsockname()[0]).partition('%')[0]
    except OSError:
        return ''


def _judged(exc: OSError, sock: socket.socket, told: _Told | None = None) -> Seen:
    """What an error of a socket means."""
    source = _source(sock)
    told = told or _told(sock)
    detail = plainly(exc) + (', ' + told.text() if told else '')
    if isinstance(exc, socket.timeout) and exc.errno is None:
        return Seen(SILENT, _NOTHING, source)
    if exc.errno in (errno.ECONNREFUSED, errno.ENOPROTOOPT) or told and told.prohibited:
        return Seen(REFUSED, detail, source)
    return Seen(SILENT if exc.errno in _UNREACHABLE else ERROR, detail, source)


class _Clock:
    """The time that is left."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        return self.end - time.monotonic()

    def set(self, sock: socket.socket) -> bool:
        """Let *sock* wait no longer than that; whether there is any left."""
        left = self.left()
        if left <= 0:
            return False
        sock.settimeout(max(left, 0.001))
        return True


def _opened(probe: Probe, kind: int, protocol: int = 0) -> socket.socket:
    """A socket in the namespace of the calling thread, bound as the probe wants it. Raises _Stop where that cannot be."""
    family = family_of(probe.to)
    try:
        sock = socket.socket(
            socket.AF_INET6 if family == 'ipv6' else socket.AF_INET, kind | socket.SOCK_CLOEXEC, protocol
        )
    except OSError as exc:
        raise _Stop(Seen(ERROR, plainly(exc))) from exc
    what = ''
    try:
        sock.setsockopt(*_RECEIVE_ERRORS[family], 1)
        if probe.device:
            what = 'device %s: ' % probe.device
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(probe.device) + b'\0')
        if probe.source:
            what = 'source %s: ' % probe.source
            sock.bind(_place(probe, probe.source, 0))
    except OSError as exc:
        sock.close()
        raise _Stop(Seen(ERROR, what + plainly(exc))) from exc
    return sock


def _place(probe: Probe, address: str, port: int) -> tuple[t.Any, ...]:
    if family_of(address) == 'ipv4':
        return address, port
    scope = (
        socket.if_nametoindex(probe.device)
        if probe.device and address.startswith(('fe8', 'fe9', 'fea', 'feb'))
        else 0
    )
    return address, port, 0, scope


def _connected(
    probe: Probe, clock: _Clock, kind: int, protocol: int = 0, port: int | None = None
) -> socket.socket:
    """A socket that is connected to the other side. Raises _Stop where that cannot be."""
    sock = _opened(probe, kind, protocol)
    try:
        clock.set(sock)
        sock.connect(_place(probe, probe.to, probe.port if port is None else port))
    except OSError as exc:
        with sock:
            raise _Stop(_judged(exc, sock)) from exc
    return sock


def _heard(sock: socket.socket, clock: _Clock, enough: t.Callable[[bytes], bool]) -> bytes:
    """What a stream says until it is enough, ends or the time is over."""
    found = b''
    with contextlib.suppress(OSError):  # it ended by a reset, or nothing more came in time
        while len(found) < MOST_BYTES and not enough(found) and clock.set(sock):
            data = sock.recv(MOST_BYTES - len(found))
            if not data:
                break
            found += data
    return found


def _plain(data: bytes) -> str:
    return data.decode('utf-8', 'replace')


def _enough(probe: Probe) -> t.Callable[[bytes], bool]:
    return lambda data: not probe.answer or bool(data) and answers(probe, _plain(data))


def answers(probe: Probe, text: str) -> bool:
    """Whether *text* is an answer as it is wanted."""
    return re.search(probe.answer, text, re.MULTILINE) is not None


def _spoken(probe: Probe, sock: socket.socket, clock: _Clock) -> bytes:
    """What a stream that has just been connected says to what the probe sends."""
    if probe.send:
        with contextlib.suppress(OSError):  # it is closed already; what it said before counts
            sock.sendall(probe.send.encode())
    return _heard(sock, clock, _enough(probe))


def _tcp(probe: Probe, clock: _Clock) -> Seen:
    with _connected(probe, clock, socket.SOCK_STREAM) as sock:
        source = _source(sock)
        return Seen(OPEN, 'connected', source, _plain(_spoken(probe, sock, clock)))


class _Read:
    """As much of a socket as http.client needs to read what was heard already."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_args: t.Any, **_options: t.Any) -> io.BytesIO:
        return io.BytesIO(self.data)


def _http(probe: Probe, clock: _Clock) -> Seen:
    host = probe.host or ('[%s]' % probe.to if ':' in probe.to else probe.to) + (
        ':%d' % probe.port if probe.port != 80 else ''
    )
    with _connected(probe, clock, socket.SOCK_STREAM) as sock:
        source = _source(sock)
        try:
            sock.sendall(
                (
                    'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: multinet.linux\r\nAccept: */*\r\nConnection: close\r\n\r\n'
                    % (probe.url, host)
                ).encode('ascii')
            )
        except OSError as exc:
            return Seen(ERROR, 'connected, then %s' % plainly(exc), source)
        data = _heard(sock, clock, lambda _data: False)
    response = http.client.HTTPResponse(_Read(data))  # type: ignore[arg-type]
    try:
        response.begin()
        try:
            body = response.read()
        except http.client.IncompleteRead as exc:
            body = exc.partial
    except (http.client.HTTPException, ValueError, OSError):
        return Seen(ERROR, 'connected, but what came is no answer of HTTP', source, _plain(data))
    return Seen(
        OPEN, 'HTTP %d %s' % (response.status, response.reason), source, _plain(body), response.status
    )


def _asked(sock: socket.socket, data: bytes, clock: _Clock, accept: t.Callable[[bytes], Seen | None]) -> Seen:
    """Send a packet and give what is made of the first one that is accepted."""
    last = Seen(SILENT, _NOTHING, _source(sock))
    try:
        sock.send(data)
        while clock.set(sock):
            found = accept(sock.recv(MOST_BYTES))
            if found is not None:
                return found
            last = Seen(ERROR, 'what came is no answer', last.source)
    except socket.timeout:
        pass
    except OSError as exc:
        return _judged(exc, sock)
    return last


def _udp(probe: Probe, clock: _Clock) -> Seen:
    heard: list[Seen] = []
    with _connected(probe, clock, socket.SOCK_DGRAM) as sock:

        def accept(data: bytes) -> Seen | None:
            heard.append(Seen(OPEN, 'answered', _source(sock), _plain(data)))
            return heard[-1] if answers(probe, heard[-1].text) else None

        seen = _asked(sock, probe.send.encode(), clock, accept)
    return heard[-1] if heard else seen


def _dns(probe: Probe, clock: _Clock) -> Seen:
    asked = dns.question(int.from_bytes(os.urandom(2), 'big'), probe.query, probe.record)
    with _connected(probe, clock, socket.SOCK_DGRAM) as sock:

        def accept(data: bytes) -> Seen | None:
            found = dns.reply(data, asked, probe.record)
            if found is None:
                return None
            return Seen(
                REFUSED if found.code == 'REFUSED' else OPEN,
                'answered %s%s' % (found.code, ', truncated' if found.truncated else ''),
                _source(sock),
                found.text(),
            )

        return _asked(sock, asked, clock, accept)


def checksum(data: bytes) -> int:
    """The Internet checksum, RFC 1071."""
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _icmp(probe: Probe, clock: _Clock) -> Seen:
    family = family_of(probe.to)
    ask, answer = _ECHO_TYPES[family]
    number, sequence = int.from_bytes(os.urandom(2), 'big'), int.from_bytes(os.urandom(2), 'big')
    body = b'multinet' + os.urandom(8)
    data = _ECHO.pack(ask, 0, 0, number, sequence) + body
    data = (
        _ECHO.pack(ask, 0, checksum(data), number, sequence) + body
    )  # that of ICMPv6 is put in by the kernel
    sock = _connected(
        probe,
        clock,
        socket.SOCK_RAW,
        socket.IPPROTO_ICMPV6 if family == 'ipv6' else socket.IPPROTO_ICMP,
        port=0,
    )

    def echoed(packet: bytes) -> bool:
        if family == 'ipv4':  # a raw socket gets the header of IP too
            packet = packet[(packet[0] & 15) * 4 :] if packet else b''
        return len(packet) >= _ECHO.size and packet[0] == answer and packet[4:] == data[4:]

    with sock:
        source = _source(sock)
        try:
            sock.send(data)
        except OSError as exc:
            return _judged(exc, sock)
        while clock.set(sock):
            try:
                if echoed(sock.recv(MOST_BYTES)):
                    return Seen(OPEN, 'echoed', source)
            except OSError as exc:
                told = _told(sock)
                # All raw sockets that are connected to a destination get its errors: that about our packet counts.
                if told is None or not told.about or data[4:8] in told.about:
                    return _judged(exc, sock, told)
    return Seen(SILENT, _NOTHING, source)


def _accepted(sock: socket.socket, address: str, clock: _Clock) -> None:
    """Connect to a UNIX socket. A full queue of those that wait for accept() is EAGAIN at once, so it is asked again."""
    while True:
        clock.set(sock)
        try:
            return sock.connect(address)
        except BlockingIOError:
            if clock.left() <= 0.05:
                raise
        time.sleep(0.05)


def _unix(probe: Probe, clock: _Clock) -> Seen:
    address = '\0' + probe.to[1:] if probe.to.startswith('@') else probe.to
    for kind in _UNIX_TYPES:
        with socket.socket(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC) as sock:
            try:
                _accepted(sock, address, clock)
            except OSError as exc:
                if exc.errno == errno.EPROTOTYPE and kind != _UNIX_TYPES[-1]:
                    continue
                if exc.errno in (errno.ECONNREFUSED, errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                    return Seen(REFUSED, plainly(exc))
                return Seen(SILENT, _NOBODY) if exc.errno == errno.EAGAIN else Seen(ERROR, plainly(exc))
            if kind == socket.SOCK_DGRAM and probe.answer:
                sock.close()
                return _unix_datagram(probe, address, clock)
            return Seen(OPEN, 'connected', '', _plain(_spoken(probe, sock, clock)))
    raise AssertionError('one kind of socket fits')


def _unix_datagram(probe: Probe, address: str, clock: _Clock) -> Seen:
    """A datagram socket answers to one that has an address; an empty one to bind() is an abstract one of the kernel's choice."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.bind('')
        clock.set(sock)
        sock.connect(address)
        return Seen(OPEN, 'connected', '', _plain(_spoken(probe, sock, clock)))


_ASK: dict[str, t.Callable[[Probe, _Clock], Seen]] = {
    'icmp': _icmp,
    'tcp': _tcp,
    'udp': _udp,
    'http': _http,
    'dns': _dns,
    'unix': _unix,
}


def ask(probe: Probe) -> tuple[Seen, float]:
    """What comes of a probe, and after how many seconds. A try that hears nothing is repeated; the first that hears something decides, be it
    that there is no way."""
    seen, took = Seen(SILENT), 0.0
    for _number in range(probe.tries):
        began = time.monotonic()
        try:
            seen = _ASK[probe.kind](probe, _Clock(probe.timeout))
        except _Stop as stop:
            seen = stop.seen
        except OSError as exc:
            seen = Seen(ERROR, plainly(exc))
        took = time.monotonic() - began
        if seen.detail not in (_NOTHING, _NOBODY):
            break
    return seen, took
