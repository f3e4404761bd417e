# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rtnetlink socket: dumps as raw messages, and batches of writes.

Only the standard library. A socket belongs to the namespace that its thread was in when it was opened.
"""

from __future__ import annotations

import errno
import os
import random
import socket
import struct
import time
import typing as t

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
NLM_F_DUMP_INTR = 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE = 1, 2, 3
NLMSGERR_ATTR_MSG = 1
SOL_NETLINK = 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 10, 11, 12

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE = 32, 33, 34
RTM_NEWNSID, RTM_GETNSID = 88, 90

HEADER = struct.Struct('=IHHII')
ATTRIBUTE = struct.Struct('=HH')
_INT = struct.Struct('=i')
_UINT = struct.Struct('=I')
_RECEIVE = 65536
_TRIES = 30

# The answers of one send wait in the receive buffer. At its default size 256 of them fit and the rest is lost without
# a trace (seen on 6.18), so a batch stays well below, even if each of its messages fails.
BATCH = 64

Attributes = dict[int, bytes]
T = t.TypeVar('T')


class KernelError(OSError):
    """The kernel refused a request. ``detail`` is its own explanation (extended acknowledgement), often empty."""

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
    """An error as text; one of the system by its name, what it means, and the file where there is one."""
    if isinstance(exc, KernelError) or not isinstance(exc, OSError):
        return str(exc)
    text = '%s: %s' % (errno.errorcode.get(exc.errno or 0, exc.errno), exc.strerror)
    return '%s (%s)' % (text, exc.filename) if exc.filename else text


class Torn(Exception):
    """A dump changed under the reader again and again, so what was read is not the truth of any moment."""


def attribute(kind: int, data: bytes) -> bytes:
    size = len(data) + 4
    return ATTRIBUTE.pack(size, kind) + data + b'\0' * (-size & 3)


def attributes(data: bytes, offset: int = 0, end: int | None = None) -> Attributes:
    """The attributes in a stretch of bytes; of those that occur twice the last."""
    found: Attributes = {}
    if end is None:
        end = len(data)
    unpack = ATTRIBUTE.unpack_from
    while offset + 4 <= end:
        size, kind = unpack(data, offset)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[
            offset + 4 : offset + size
        ]  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
        offset += (size + 3) & ~3
    return found


def message(kind: int, flags: int, body: bytes, sequence: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), kind, flags | NLM_F_REQUEST, sequence, 0) + body


def _explanation(found: Attributes) -> str:
    return found.get(NLMSGERR_ATTR_MSG, b'').rstrip(b'\0').decode('utf-8', 'replace')


def _fault(data: bytes, offset: int, flags: int, end: int) -> tuple[int, str]:
    """Errno and explanation of an NLMSG_ERROR message."""
    number = -_INT.unpack_from(data, offset + 16)[0]
    if not flags & NLM_F_ACK_TLVS:
        return number, ''
    # With NETLINK_CAP_ACK only the header of the request comes back before the attributes.
    original = 16 if flags & NLM_F_CAPPED else (_UINT.unpack_from(data, offset + 20)[0] + 3) & ~3
    return number, _explanation(attributes(data, offset + 20 + original, end))


class Socket:
    """A rtnetlink socket in the namespace of the calling thread. Use it in a with statement."""

    def __init__(self, protocol: int = 0) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        for option in (NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK):
            try:
                self.socket.setsockopt(SOL_NETLINK, option, 1)
            except (
                OSError
            ):  # strict checking came with 4.20, the others with 4.12 and 4.3; all are a help, none a need
                pass
        self.sequence = 0

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.socket.close()

    def _once(self, kind: int, body: bytes) -> tuple[list[bytes], bool]:
        """The datagrams of one dump and whether it was torn. All are read before any is looked into: that keeps
        the window small in which a change tears the dump."""
        self.sequence += 1
        self.socket.send(message(kind, NLM_F_DUMP, body, self.sequence))
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
                    number, detail = _fault(data, offset, flags, offset + size)
                    raise KernelError(number, detail)
                if reply == NLMSG_DONE:
                    # An error can end a dump half way: it stands where the count would be.
                    if size >= 20 and _INT.unpack_from(data, offset + 16)[0] < 0:
                        detail = (
                            attributes(data, offset + 20, offset + size) if flags & NLM_F_ACK_TLVS else {}
                        )
                        raise KernelError(-_INT.unpack_from(data, offset + 16)[0], _explanation(detail))
                    return datagrams, torn
                offset += (size + 3) & ~3

    def dump(self, kind: int, body: bytes) -> list[bytes]:
        """The datagrams of a whole dump that no change tore. Raises Torn after many tries."""
        for number in range(_TRIES):
            datagrams, torn = self._once(kind, body)
            if not torn:
                return datagrams
            time.sleep(random.uniform(0.002, 0.01) * (1 + number))
        raise Torn('the kernel reported a change during each of %d reads' % _TRIES)

    def ask(self, kind: int, body: bytes) -> bytes:
        """The body of the answer to a request for one object."""
        self.sequence += 1
        self.socket.send(message(kind, 0, body, self.sequence))
        data = self.socket.recv(_RECEIVE)
        size, reply, flags, _sequence, _port = HEADER.unpack_from(data, 0)
        if reply == NLMSG_ERROR:
            number, detail = _fault(data, 0, flags, size)
            raise KernelError(number, detail)
        return data[16:size]

    def write(self, messages: t.Sequence[bytes]) -> dict[int, KernelError]:
        """Send up to BATCH encoded messages at once; the errors by position in the batch.

        The kernel works on all of them, also on those behind one that failed. Sequence numbers and the wish for an
        answer are set here: only the last one is acknowledged, errors are always told.
        """
        if not messages:
            return {}
        if len(messages) > BATCH:
            raise ValueError('a batch has %d messages at most' % BATCH)
        first = self.sequence + 1
        last = self.sequence = self.sequence + len(messages)
        parts = []
        for position, data in enumerate(messages):
            size, kind, flags, _sequence, _port = HEADER.unpack_from(data, 0)
            flags = (flags & ~NLM_F_ACK) | NLM_F_REQUEST | (NLM_F_ACK if first + position == last else 0)
            parts.append(
                HEADER.pack(size, kind, flags, first + position, 0) + data[16:] + b'\0' * (-size & 3)
            )
        self.socket.send(b''.join(parts))
        errors: dict[int, KernelError] = {}
        while True:
            data = self.socket.recv(_RECEIVE)
            offset = 0
            while offset + 16 <= len(data):
                size, reply, flags, sequence, _port = HEADER.unpack_from(data, offset)
                if reply == NLMSG_ERROR and first <= sequence <= last:
                    number, detail = _fault(data, offset, flags, offset + size)
                    if number:
                        errors[sequence - first] = KernelError(number, detail)
                    if sequence == last:
                        return errors
                offset += (size + 3) & ~3


def messages_of(datagrams: t.Iterable[bytes]) -> t.Iterator[tuple[bytes, int, int]]:
    """Each message of a dump as (data, start of its body, end)."""
    unpack = HEADER.unpack_from
    for data in datagrams:
        offset, end = 0, len(data)
        while offset + 16 <= end:
            size, kind, _flags, _sequence, _port = unpack(data, offset)
            if kind not in (NLMSG_DONE, NLMSG_NOOP):
                yield data, offset + 16, offset + size
            offset += (size + 3) & ~3


def _split(datagrams: t.Sequence[bytes]) -> bool:
    """Whether the objects of one family came in more than one piece; each piece alone is never torn."""
    seen: set[int] = set()
    for data in datagrams:
        families = {data[start] for _data, start, _end in messages_of((data,))}
        if families & seen:
            return True
        seen |= families
    return False


def settled(sock: Socket, kind: int, body: bytes, decode: t.Callable[[list[bytes]], T]) -> T:
    """What *decode* makes of a whole dump of addresses, routes or rules. Raises Torn as Socket.dump does.

    For routes and rules the kernel never sets NLM_F_DUMP_INTR, for IPv6 addresses it does so too late. Seen on 6.18: a
    rule that goes hides another one behind it, a rule, IPv6 route or IPv6 address that comes shows others twice. So a
    dump in pieces is read until two reads say the same.
    """
    before: T | None = None
    for number in range(_TRIES):
        datagrams = sock.dump(kind, body)
        now = decode(datagrams)
        if now == before or not _split(datagrams):
            return now
        before = now
        time.sleep(random.uniform(0.002, 0.01) * number)
    raise Torn('the kernel told something else in each of %d reads' % _TRIES)
