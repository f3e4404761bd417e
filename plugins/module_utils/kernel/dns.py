# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One question to a name server and its answer, as RFC 1035 has them on the wire."""

from __future__ import annotations

import socket
import struct
import typing as t

TYPES = {'A': 1, 'AAAA': 28}
CODES = ('NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED')
_HEADER = struct.Struct('>HHHHHH')
_QUESTION = struct.Struct('>HH')
_RECORD = struct.Struct('>HHIH')
_RD, _QR, _TC = 0x0100, 0x8000, 0x0200


class Reply(t.NamedTuple):
    """``code`` is the word for the response code, ``addresses`` are those of all records of the type that was
    asked for.
    """

    code: str
    addresses: tuple[str, ...]
    truncated: bool

    def text(self) -> str:
        """The code, then an address a line."""
        return '\n'.join((self.code, *self.addresses))


def question(number: int, name: str, record: str) -> bytes:
    """A question for *name*, a host name of labels of 63 letters at most, that asks for recursion."""
    labels = b''.join(bytes((len(label),)) + label.encode('ascii') for label in name.split('.'))
    return _HEADER.pack(number, _RD, 1, 0, 0, 0) + labels + b'\0' + _QUESTION.pack(TYPES[record], 1)


def _after_name(data: bytes, offset: int) -> int:
    """Where the name at *offset* ends. Raises IndexError at the end of the data."""
    while True:
        size = data[offset]
        if size & 0xC0 == 0xC0:
            return offset + 2
        offset += 1 + size
        if not size:
            return offset


def reply(data: bytes, asked: bytes, record: str) -> Reply | None:
    """What *data* says; None if it is not an answer to *asked*, or broken."""
    try:
        number, flags, questions, answers, _authority, _more = _HEADER.unpack_from(data)
        if number != _HEADER.unpack_from(asked)[0] or not flags & _QR:
            return None
        # Servers that refuse may leave the question out.
        if questions and data[12 : len(asked)].lower() != asked[12:].lower():
            return None
        offset = len(asked) if questions else 12
        found = []
        for _number in range(answers):
            offset = _after_name(data, offset)
            kind, network, _ttl, size = _RECORD.unpack_from(data, offset)
            offset += _RECORD.size
            if (kind, network) == (TYPES[record], 1):
                found.append(
                    socket.inet_ntop(
                        socket.AF_INET if record == 'A' else socket.AF_INET6, data[offset : offset + size]
                    )
                )
            offset += size
            if offset > len(data):
                return None
    except (IndexError, ValueError, struct.error):
        return None
    code = flags & 15
    return Reply(CODES[code] if code < len(CODES) else 'RCODE%d' % code, tuple(found), bool(flags & _TC))
