# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netfilter over netlink. nf_tables without a tool: which tables there are, and the generation that every commit changes."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import typing as t

_NETLINK_NETFILTER = 12
_NFNL_SUBSYS_NFTABLES = 10 << 8
(
    _NFT_MSG_NEWTABLE,
    _NFT_MSG_GETTABLE,
    _NFT_MSG_GETCHAIN,
    _NFT_MSG_NEWRULE,
    _NFT_MSG_GETRULE,
    _NFT_MSG_NEWGEN,
    _NFT_MSG_GETGEN,
) = (_NFNL_SUBSYS_NFTABLES | number for number in (0, 1, 4, 6, 7, 15, 16))
_NFTA_TABLE_NAME = _NFTA_GEN_ID = 1
_NLM_F_REQUEST, _NLM_F_DUMP = 1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_ABSENT = (
    errno.EINVAL,
    errno.ENOENT,
    errno.EPROTONOSUPPORT,
    errno.EOPNOTSUPP,
)  # EINVAL: nfnetlink has no such subsystem
_NFT_FAMILIES = {1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6'}


def open_nfnetlink() -> socket.socket | None:
    """A socket for :func:`generation` and :func:`nft_tables` that stays in the calling thread's namespace; None without nfnetlink."""
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    except OSError as exc:
        if exc.errno in _ABSENT:
            return None
        raise


def ask(
    sock: socket.socket, kind: int, flags: int, family: int = 0, payload: bytes = b''
) -> t.Iterator[tuple[int, int, dict[int, bytes]]]:
    """(message type, family, attributes) of each answer. Ends early where the kernel does not know such messages, or what is meant."""
    try:
        yield from answers(sock, kind, flags, family, payload)
    except OSError as exc:
        if exc.errno not in _ABSENT:
            raise


def answers(
    sock: socket.socket, kind: int, flags: int, family: int = 0, payload: bytes = b''
) -> t.Iterator[tuple[int, int, dict[int, bytes]]]:
    """The same, all of it: whatever ends it early is raised."""
    sock.settimeout(10)
    sock.send(
        struct.pack('=IHHIIBBH', 20 + len(payload), kind, _NLM_F_REQUEST | flags, 1, 0, family, 0, 0)
        + payload
    )
    while True:
        data = sock.recv(1 << 16)
        position = 0
        while position < len(data):
            length, answer, _flags, _sequence, _port = struct.unpack_from('=IHHII', data, position)
            body = data[position + 16 : position + length]
            position += (length + 3) & ~3
            if answer in (_NLMSG_ERROR, _NLMSG_DONE):
                # The last message of a dump has the number of an error too (netlink_dump_done in linux/net/netlink/af_netlink.c).
                number = -struct.unpack_from('=i', body)[0]
                if number > 0:
                    raise OSError(number, os.strerror(number), 'nfnetlink')
                return
            yield answer, body[0], attributes(body[4:])
        if not flags & _NLM_F_DUMP:
            return


def attributes(data: bytes) -> dict[int, bytes]:
    found, position = {}, 0
    while position + 4 <= len(data):
        length, kind = struct.unpack_from('=HH', data, position)
        found[kind & 0x3FFF] = data[position + 4 : position + length]
        position += (max(length, 4) + 3) & ~3
    return found


@contextlib.contextmanager
def _socket(sock: socket.socket | None) -> t.Iterator[socket.socket | None]:
    mine = open_nfnetlink() if sock is None else None
    try:
        yield sock or mine
    finally:
        if mine is not None:
            mine.close()


def generation(sock: socket.socket | None = None) -> int | None:
    """The generation of the nf_tables rule set in the namespace of *sock*, or of the calling thread. None without nf_tables.

    Every commit changes it, reading and traffic do not. Rules of the legacy back end have no part in it.
    """
    with _socket(sock) as opened:
        for answer, _family, parts in ask(opened, _NFT_MSG_GETGEN, 0) if opened else ():
            if answer == _NFT_MSG_NEWGEN:
                return int.from_bytes(parts[_NFTA_GEN_ID], 'big')
    return None


def nft_tables(sock: socket.socket | None = None) -> list[tuple[str, str]]:
    """(family, name) of every nf_tables table, those of iptables-nft among them: families 'ip' and 'ip6', names of BASE_CHAINS."""
    with _socket(sock) as opened:
        return [
            (
                _NFT_FAMILIES.get(family, str(family)),
                parts[_NFTA_TABLE_NAME].rstrip(b'\0').decode(errors='replace'),
            )
            for answer, family, parts in (ask(opened, _NFT_MSG_GETTABLE, _NLM_F_DUMP) if opened else ())
            if answer == _NFT_MSG_NEWTABLE
        ]


def tables_with_rules(sock: socket.socket | None = None) -> set[tuple[str, str]]:
    """(family, name) of the tables that have a rule."""
    with _socket(sock) as opened:
        return {
            (
                _NFT_FAMILIES.get(family, str(family)),
                parts[_NFTA_TABLE_NAME].rstrip(b'\0').decode(errors='replace'),
            )
            for answer, family, parts in (ask(opened, _NFT_MSG_GETRULE, _NLM_F_DUMP) if opened else ())
            if answer == _NFT_MSG_NEWRULE
        }


class Rules(t.NamedTuple):
    """Attributes of all tables, chains and rules of nf_tables of one family, in the kernel's order."""

    tables: list[dict[int, bytes]]
    chains: list[dict[int, bytes]]
    rules: list[dict[int, bytes]]


def nft_rules(family: str) -> Rules | None:
    """The rule set of 'ip' or 'ip6' in the calling thread's namespace; None where it cannot be read, or was changed meanwhile."""
    number = next(number for number, name in _NFT_FAMILIES.items() if name == family)
    with _socket(None) as sock:
        if sock is None:
            return None
        try:
            before = generation(sock)
            found = Rules(
                *(
                    [parts for _answer, _family, parts in answers(sock, kind, _NLM_F_DUMP, number)]
                    for kind in (_NFT_MSG_GETTABLE, _NFT_MSG_GETCHAIN, _NFT_MSG_GETRULE)
                )
            )
            return found if before is not None and generation(sock) == before else None
        except OSError:
            return None
