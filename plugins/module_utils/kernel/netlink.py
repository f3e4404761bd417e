# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A netlink socket: dumps as raw messages, and batches of writes.

Only the standard library. A socket belongs to the namespace that its thread was in when it was opened.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
import typing as t

from .nla import parse_attributes
from .uapi import (
    NETLINK_CAP_ACK,
    NETLINK_EXT_ACK,
    NETLINK_GET_STRICT_CHK,
    NLM_F_ACK,
    NLM_F_ACK_TLVS,
    NLM_F_CAPPED,
    NLM_F_DUMP,
    NLM_F_DUMP_INTR,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_NOOP,
    NLMSGERR_ATTR_MSG,
    SOL_NETLINK,
)

HEADER = struct.Struct('=IHHII')  # length, type, flags, sequence, port: struct nlmsghdr
HEADER_SIZE = 16
_INT = struct.Struct('=i')
_UINT = struct.Struct('=I')
_RECEIVE = 65536
_TRIES = 30

# The answers of one send wait in the receive buffer. At its default size 256 of them fit and the rest is lost
# without a trace (seen on 6.18), so a batch stays well below, even if each of its messages fails.
BATCH = 64

FAMILY_NUMBERS = {'ipv4': socket.AF_INET, 'ipv6': socket.AF_INET6}
FAMILIES = {number: word for word, number in FAMILY_NUMBERS.items()}

T = t.TypeVar('T')


class KernelError(OSError):
    """The kernel refused a request. ``detail`` is its own explanation (extended acknowledgement), often
    empty."""

    def __init__(self, number: int, detail: str = '') -> None:
        super().__init__(number, os.strerror(number))
        self.detail = detail

    @property
    def name(self) -> str:
        return errno.errorcode.get(self.errno or 0, str(self.errno))

    def __str__(self) -> str:
        return '%s: %s%s' % (
            self.name,
            self.strerror,
            ' (the kernel says: %s)' % self.detail if self.detail else '',
        )


def plainly(exc: Exception) -> str:
    """An error as text: one of the system with its name, its meaning and its file, if it has one."""
    if isinstance(exc, KernelError) or not isinstance(exc, OSError):
        return str(exc)
    text = '%s: %s' % (errno.errorcode.get(exc.errno or 0, exc.errno), exc.strerror)
    return '%s (%s)' % (text, exc.filename) if exc.filename else text


class Torn(Exception):
    """A dump changed under the reader again and again, so what was read was never true at any moment."""


def pack_message(type_: int, flags: int, body: bytes, sequence: int = 0) -> bytes:
    return HEADER.pack(HEADER_SIZE + len(body), type_, flags | NLM_F_REQUEST, sequence, 0) + body


def _explanation(data: bytes, offset: int, end: int) -> str:
    """The kernel's own words in the attributes of an extended acknowledgement."""
    message = parse_attributes(data, offset, end).get(NLMSGERR_ATTR_MSG, b'')
    return message.rstrip(b'\0').decode('utf-8', 'replace')


def _error(data: bytes, offset: int, flags: int, end: int) -> KernelError | None:
    """The error in an NLMSG_ERROR message, which is an acknowledgement where it has none."""
    number = -_INT.unpack_from(data, offset + 16)[0]
    if not number:
        return None
    if not flags & NLM_F_ACK_TLVS:
        return KernelError(number)
    # With NETLINK_CAP_ACK only the header of the request comes back before the attributes.
    original = 16 if flags & NLM_F_CAPPED else (_UINT.unpack_from(data, offset + 20)[0] + 3) & ~3
    return KernelError(number, _explanation(data, offset + 20 + original, end))


def _error_at_end(data: bytes, offset: int, flags: int, end: int) -> KernelError | None:
    """The error that ended a dump half way: it stands where the count would be (netlink_dump_done)."""
    if end - offset < 20:
        return None
    number = -_INT.unpack_from(data, offset + 16)[0]
    if number <= 0:
        return None
    return KernelError(number, _explanation(data, offset + 20, end) if flags & NLM_F_ACK_TLVS else '')


class NetlinkSocket:
    """A netlink socket in the namespace of the calling thread, of rtnetlink by default. Use it in a with
    statement."""

    def __init__(self, protocol: int = 0) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        for option in (NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK):
            # Strict checking came with 4.20, the others with 4.12 and 4.3. All help, none is needed.
            with contextlib.suppress(OSError):
                self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.sequence = 0

    def __enter__(self) -> NetlinkSocket:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.socket.close()

    def _dump_once(self, type_: int, body: bytes) -> tuple[list[bytes], bool]:
        """The datagrams of one dump, and whether a change tore it.

        All are received before any is decoded: that keeps the window small in which a change can tear the
        dump.
        """
        self.sequence += 1
        self.socket.send(pack_message(type_, NLM_F_DUMP, body, self.sequence))
        datagrams: list[bytes] = []
        torn = False
        unpack = HEADER.unpack_from
        while True:
            data = self.socket.recv(_RECEIVE)
            datagrams.append(data)
            offset, end = 0, len(data)
            while offset + 16 <= end:
                size, reply, flags, _sequence, _port = unpack(data, offset)
                torn = torn or bool(flags & NLM_F_DUMP_INTR)
                if reply == NLMSG_ERROR:
                    raise _error(data, offset, flags, offset + size) or KernelError(0)
                if reply == NLMSG_DONE:
                    error = _error_at_end(data, offset, flags, offset + size)
                    if error is not None:
                        raise error
                    return datagrams, torn
                offset += (size + 3) & ~3

    def dump(self, type_: int, body: bytes) -> list[bytes]:
        """The datagrams of a whole dump that no change tore. Raises Torn after many tries."""
        for attempt in range(_TRIES):
            datagrams, torn = self._dump_once(type_, body)
            if not torn:
                return datagrams
            _pause(1 + attempt)
        raise Torn('the kernel reported a change during each of %d reads' % _TRIES)

    def ask(self, type_: int, body: bytes) -> bytes:
        """The body of the answer to a request for one object. Raises KernelError."""
        self.sequence += 1
        self.socket.send(pack_message(type_, 0, body, self.sequence))
        data = self.socket.recv(_RECEIVE)
        size, reply, flags, _sequence, _port = HEADER.unpack_from(data, 0)
        if reply == NLMSG_ERROR:
            raise _error(data, 0, flags, size) or KernelError(0)
        return data[HEADER_SIZE:size]

    def write(self, messages: t.Sequence[bytes]) -> dict[int, KernelError]:
        """Send up to BATCH encoded messages at once. Returns the errors by position in the batch.

        The kernel works on all of them, also on those behind one that failed. Sequence numbers and the
        request for an answer are set here: only the last message is acknowledged, errors are always reported.
        """
        if not messages:
            return {}
        if len(messages) > BATCH:
            raise ValueError('a batch has %d messages at most' % BATCH)
        first = self.sequence + 1
        last = self.sequence = self.sequence + len(messages)
        parts = []
        for position, data in enumerate(messages):
            size, type_, flags, _sequence, _port = HEADER.unpack_from(data, 0)
            flags = (flags & ~NLM_F_ACK) | NLM_F_REQUEST | (NLM_F_ACK if first + position == last else 0)
            header = HEADER.pack(size, type_, flags, first + position, 0)
            parts.append(header + data[HEADER_SIZE:] + b'\0' * (-size & 3))
        self.socket.send(b''.join(parts))
        errors: dict[int, KernelError] = {}
        while True:
            data = self.socket.recv(_RECEIVE)
            offset = 0
            while offset + HEADER_SIZE <= len(data):
                size, reply, flags, sequence, _port = HEADER.unpack_from(data, offset)
                if reply == NLMSG_ERROR and first <= sequence <= last:
                    error = _error(data, offset, flags, offset + size)
                    if error is not None:
                        errors[sequence - first] = error
                    if sequence == last:
                        return errors
                offset += (size + 3) & ~3


def messages_with_type(datagram: bytes) -> t.Iterator[tuple[int, int, int]]:
    """Each message in a datagram as (type, start of its body, end)."""
    offset, end = 0, len(datagram)
    while offset + HEADER_SIZE <= end:
        size, type_, _flags, _sequence, _port = HEADER.unpack_from(datagram, offset)
        yield type_, offset + HEADER_SIZE, offset + size
        offset += (size + 3) & ~3


def messages_of(datagrams: t.Iterable[bytes]) -> t.Iterator[tuple[bytes, int, int]]:
    """Each message of a dump as (data, start of its body, end)."""
    unpack = HEADER.unpack_from
    for data in datagrams:
        offset, end = 0, len(data)
        while offset + 16 <= end:
            size, type_, _flags, _sequence, _port = unpack(data, offset)
            if type_ not in (NLMSG_DONE, NLMSG_NOOP):
                yield data, offset + 16, offset + size
            offset += (size + 3) & ~3


def _in_pieces(datagrams: t.Sequence[bytes]) -> bool:
    """Whether the objects of one family came in more than one datagram. A single datagram is never torn."""
    seen: set[int] = set()
    for data in datagrams:
        families = {data[start] for _data, start, _end in messages_of((data,))}
        if families & seen:
            return True
        seen |= families
    return False


def stable_dump(sock: NetlinkSocket, type_: int, body: bytes, decode: t.Callable[[list[bytes]], T]) -> T:
    """What *decode* makes of a whole dump of addresses, routes or rules. Raises Torn, as NetlinkSocket.dump
    does.

    For routes and rules the kernel never sets NLM_F_DUMP_INTR, for IPv6 addresses it does so too late. Seen
    on 6.18: a rule that goes hides another one behind it; a rule, IPv6 route or IPv6 address that comes shows
    others twice. So a dump in pieces is read until two reads agree.
    """
    before: T | None = None
    for attempt in range(_TRIES):
        datagrams = sock.dump(type_, body)
        now = decode(datagrams)
        if now == before or not _in_pieces(datagrams):
            return now
        before = now
        _pause(attempt)
    raise Torn('the kernel gave another answer in each of %d reads' % _TRIES)


def _pause(times: int) -> None:
    """Wait for other programs to finish their changes. Two runs do not wait equally long."""
    import random  # takes time to load

    time.sleep(random.uniform(0.002, 0.01) * times)
