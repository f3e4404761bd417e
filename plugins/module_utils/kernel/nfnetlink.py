# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netfilter over netlink. What nf_tables has, without a tool: tables, rules, and the generation that every
commit changes.

Sources of the numbers: linux/include/uapi/linux/netfilter/{nfnetlink,nf_tables}.h.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import typing as t

from .netlink import HEADER_SIZE, messages_with_type, pack_message
from .nla import Attributes, pack_attribute, parse_attributes
from .uapi import NETLINK_NETFILTER, NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR

_NFGENMSG = struct.Struct('=BBH')  # family, version, resource id
_ERRNO = struct.Struct('=i')
_TYPE_AND_FLAGS = struct.Struct('=HH')  # in a message's header, behind its length
_NFNL_SUBSYS_NFTABLES = 10 << 8
NFT_MSG_NEWTABLE = _NFNL_SUBSYS_NFTABLES | 0
_NFT_MSG_GETTABLE = _NFNL_SUBSYS_NFTABLES | 1
NFT_MSG_DELTABLE = _NFNL_SUBSYS_NFTABLES | 2
NFT_MSG_NEWCHAIN = _NFNL_SUBSYS_NFTABLES | 3
_NFT_MSG_GETCHAIN = _NFNL_SUBSYS_NFTABLES | 4
NFT_MSG_NEWRULE = _NFNL_SUBSYS_NFTABLES | 6
_NFT_MSG_GETRULE = _NFNL_SUBSYS_NFTABLES | 7
_NFT_MSG_NEWGEN = _NFNL_SUBSYS_NFTABLES | 15
_NFT_MSG_GETGEN = _NFNL_SUBSYS_NFTABLES | 16
_NFTA_TABLE_NAME = 1
_NFTA_GEN_ID = 1
_BATCH_BEGIN, _BATCH_END, _BATCH_GENID = 0x10, 0x11, 1
_NFT_FAMILIES = {1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6'}  # NFPROTO_*, netfilter.h

# What a kernel without the subsystem answers; EINVAL is nfnetlink's own answer to an unknown one.
_ABSENT = (errno.EINVAL, errno.ENOENT, errno.EPROTONOSUPPORT, errno.EOPNOTSUPP)
_TIMEOUT = 10
_SO_SNDBUFFORCE = 32  # linux/include/uapi/asm-generic/socket.h
_ROOM = 4096  # for what the kernel counts beside the bytes

Answer = tuple[int, int, Attributes]
"""Message type, family, attributes."""


def open_nfnetlink() -> socket.socket | None:
    """A socket that stays in the calling thread's namespace; None without nfnetlink."""
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER)
    except OSError as exc:
        if exc.errno in _ABSENT:
            return None
        raise


def ask(
    sock: socket.socket, type_: int, flags: int, family: int = 0, payload: bytes = b''
) -> t.Iterator[Answer]:
    """As :func:`answers`, but without an error where the kernel knows no such message or no such object."""
    try:
        yield from answers(sock, type_, flags, family, payload)
    except OSError as exc:
        if exc.errno not in _ABSENT:
            raise


def answers(
    sock: socket.socket, type_: int, flags: int, family: int = 0, payload: bytes = b''
) -> t.Iterator[Answer]:
    """Each answer to a request. Raises OSError for whatever ends them early."""
    for answer_type, datagram, start, end in _messages(sock, type_, flags, family, payload):
        yield answer_type, datagram[start], parse_attributes(datagram, start + _NFGENMSG.size, end)


def _messages(
    sock: socket.socket, type_: int, flags: int, family: int, payload: bytes = b''
) -> t.Iterator[tuple[int, bytes, int, int]]:
    """Each answer to a request as (type, datagram, start of its body, end)."""
    sock.settimeout(_TIMEOUT)
    sock.send(pack_message(type_, flags, _NFGENMSG.pack(family, 0, 0) + payload, sequence=1))
    while True:
        datagram = sock.recv(1 << 16)
        for answer_type, start, end in messages_with_type(datagram):
            if answer_type in (NLMSG_ERROR, NLMSG_DONE):
                # The last message of a dump carries an error number too (netlink_dump_done in
                # net/netlink/af_netlink.c).
                number = -_ERRNO.unpack_from(datagram, start)[0]
                if number > 0:
                    raise OSError(number, os.strerror(number), 'nfnetlink')
                return
            yield answer_type, datagram, start, end
        if not flags & NLM_F_DUMP:
            return


@contextlib.contextmanager
def _opened(sock: socket.socket | None) -> t.Iterator[socket.socket | None]:
    """*sock*, or one of the calling thread's namespace that is closed afterwards."""
    if sock is not None:
        yield sock
        return
    own = open_nfnetlink()
    try:
        yield own
    finally:
        if own is not None:
            own.close()


def generation(sock: socket.socket | None = None) -> int | None:
    """The generation of the nf_tables rule set in the namespace of *sock*, or of the calling thread. None
    without nf_tables.

    Every commit changes it, reading and traffic do not. Rules of the legacy backend have no part in it.
    """
    with _opened(sock) as opened:
        for type_, _family, parts in ask(opened, _NFT_MSG_GETGEN, 0) if opened else ():
            if type_ == _NFT_MSG_NEWGEN:
                return int.from_bytes(parts[_NFTA_GEN_ID], 'big')
    return None


def nft_tables(sock: socket.socket | None = None) -> list[tuple[str, str]]:
    """(family, name) of every nf_tables table. Those of iptables-nft have the families ip and ip6 and names
    of BASE_CHAINS."""
    tables = []
    with _opened(sock) as opened:
        for type_, family, parts in ask(opened, _NFT_MSG_GETTABLE, NLM_F_DUMP) if opened else ():
            if type_ == NFT_MSG_NEWTABLE:
                name = parts[_NFTA_TABLE_NAME].rstrip(b'\0').decode(errors='replace')
                tables.append((_NFT_FAMILIES.get(family, str(family)), name))
    return tables


def pack_nft(type_: int, flags: int, family: str, attributes: bytes) -> bytes:
    """A message of nf_tables for :func:`commit`; *family* is a name such as 'ip' or 'ip6'."""
    body = _NFGENMSG.pack(_number_of(family), 0, 0) + attributes
    return pack_message(type_, flags, body)


def commit(messages: t.Sequence[bytes], generation_before: int | None = None) -> None:
    """Carry out messages of nf_tables in the calling thread's namespace as one transaction: all or none.

    With *generation_before* only if the rule set still has this generation. Raises OSError with the first
    error of the kernel: ERESTART if the generation is another one.
    """
    subsystem = _NFGENMSG.pack(0, 0, socket.htons(_NFNL_SUBSYS_NFTABLES >> 8))
    condition = b''
    if generation_before is not None:
        condition = pack_attribute(_BATCH_GENID, generation_before.to_bytes(4, 'big'))
    end = pack_message(_BATCH_END, 0, subsystem)
    batch = bytearray().join((pack_message(_BATCH_BEGIN, 0, subsystem + condition), *messages, end))
    last = len(batch) - len(end) - len(messages[-1])
    type_, flags = _TYPE_AND_FLAGS.unpack_from(batch, last + 4)
    _TYPE_AND_FLAGS.pack_into(batch, last + 4, type_, flags | NLM_F_ACK)
    with _opened(None) as sock:
        if sock is None:
            raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT), 'nfnetlink')
        sock.settimeout(_TIMEOUT)
        # A batch is one datagram: root may send one that is longer than net.core.wmem_max.
        sock.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, 2 * len(batch) + _ROOM)
        sock.send(batch)
        # The first answer tells: the kernel answers what it refuses in the order of the messages, before the
        # last one, and a commit that fails before all of them (nfnetlink_rcv_batch in
        # net/netfilter/nfnetlink.c).
        number = -_ERRNO.unpack_from(sock.recv(1 << 16), HEADER_SIZE)[0]
        if number:
            raise OSError(number, os.strerror(number), 'nf_tables')


def delete_table(family: str, name: str, number: int) -> bool:
    """Delete a table of the calling thread's namespace with all that is in it, if the generation of the rule
    set still is *number*; whether it is gone.
    """
    text = pack_attribute(_NFTA_TABLE_NAME, name.encode() + b'\0')
    try:
        commit([pack_nft(NFT_MSG_DELTABLE, 0, family, text)], number)
    except OSError:
        return False
    return True


def _number_of(family: str) -> int:
    return next(number for number, name in _NFT_FAMILIES.items() if name == family)


class FamilyRules(t.NamedTuple):
    """Attributes of all tables, chains and rules of nf_tables of one family, in the kernel's order."""

    tables: list[Attributes]
    chains: list[Attributes]
    rules: list[Attributes]


def nft_rules(family: str) -> FamilyRules | None:
    """The rule set of 'ip' or 'ip6' in the calling thread's namespace; None if it cannot be read or changed
    meanwhile."""
    number = _number_of(family)
    with _opened(None) as sock:
        if sock is None:
            return None
        try:
            before = generation(sock)
            rules = FamilyRules(
                _dumped(sock, _NFT_MSG_GETTABLE, number),
                _dumped(sock, _NFT_MSG_GETCHAIN, number),
                _dumped(sock, _NFT_MSG_GETRULE, number),
            )
            return rules if before is not None and generation(sock) == before else None
        except OSError:
            return None


def nft_rules_as_bytes(family: str) -> list[tuple[bytes, list[tuple[int, int]]]]:
    """The rules of 'ip' or 'ip6' in the calling thread's namespace, as the kernel sends them: datagrams, each
    with the (start, end) of the attributes of each rule. Nothing if they cannot be read or change meanwhile.
    """
    number = _number_of(family)
    places: dict[bytes, list[tuple[int, int]]] = {}
    with _opened(None) as sock:
        if sock is None:
            return []
        try:
            before = generation(sock)
            for _type, datagram, start, end in _messages(sock, _NFT_MSG_GETRULE, NLM_F_DUMP, number):
                places.setdefault(datagram, []).append((start + _NFGENMSG.size, end))
            return list(places.items()) if before is not None and generation(sock) == before else []
        except OSError:
            return []


def _dumped(sock: socket.socket, type_: int, family: int) -> list[Attributes]:
    return [parts for _type, _family, parts in answers(sock, type_, NLM_F_DUMP, family)]
