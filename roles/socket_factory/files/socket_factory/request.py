# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request: the line that a client sends, and the connection that it asks for."""

from __future__ import annotations

import socket
import time
import typing as t

from .allow_list import Address, AllowEntry, numeric
from .maker import SocketMaker

LONGEST = 1023
"""Bytes of a request."""


class Refused(Exception):
    """Why a client gets no socket; it is told so."""


def request_of(link: socket.socket, timeout: float) -> str:
    """The line that the client sends; all of it has *timeout* seconds."""
    until, data = time.monotonic() + timeout, b''
    while b'\n' not in data:
        left = until - time.monotonic()
        if left <= 0:
            raise Refused('no request within %g s; send HOST:PORT and a newline' % timeout)
        link.settimeout(left)
        try:
            more = link.recv(LONGEST + 1 - len(data))
        except socket.timeout:
            continue
        if not more:
            raise Refused('the request ends without a newline')
        data += more
        if len(data) > LONGEST:
            raise Refused('the request is too long (want at most %d bytes)' % LONGEST)
    return data.partition(b'\n')[0].decode('ascii', 'replace').strip()


def target_of(request: str) -> tuple[str, Address | None, int]:
    host, _colon, port = request.rpartition(':')
    if host.startswith('[') and host.endswith(']'):
        host = host[1:-1]
    elif ':' in host:
        host = ''
    if not host or not (port.isascii() and port.isdigit() and 0 < len(port) < 6):
        raise Refused('is not a destination; want HOST:PORT, or [ADDRESS]:PORT')
    return host.lower().rstrip('.'), numeric(host), int(port)


def _any_holds(entries: t.Sequence[AllowEntry], address: Address) -> bool:
    return any(entry.holds(address) for entry in entries)


def addresses_of(
    entries: t.Sequence[AllowEntry], host: str, address: Address | None, port: int
) -> list[Address]:
    """Where to connect to: of a name only what it may have."""
    if address is not None:
        return [address]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise Refused('%s: has no address (found: %s)' % (host, exc)) from None
    named = dict.fromkeys(numeric(str(info[4][0]).partition('%')[0]) for info in found)
    allowed = [candidate for candidate in named if candidate is not None and _any_holds(entries, candidate)]
    if not allowed:
        raise Refused('%s: has none of the addresses that it may have' % host)
    return allowed


def connected(maker: SocketMaker, addresses: t.Sequence[Address], port: int, timeout: float) -> socket.socket:
    """A socket of the first address that answers; all of them together have *timeout* seconds."""
    until, said = time.monotonic() + timeout, 'no time was left'
    for number, address in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - number)
        if share <= 0:
            break
        try:
            link = maker.socket_for(address, port)
        except OSError as exc:
            said = str(exc)
            continue
        try:
            link.settimeout(share)
            link.connect((str(address), port))
            link.settimeout(None)  # the client gets the same open file, and is to find it as it expects one
            return link
        except OSError as exc:
            said = str(exc)
            link.close()
    raise Refused('cannot be reached (found: %s)' % said)
