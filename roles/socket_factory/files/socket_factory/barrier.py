# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A socket that is of use for one peer only, whoever holds it and whatever becomes of the rules of nft.

It has a filter of classic BPF that lets in what its peer sends, and that nobody can take off, not even root
(SO_ATTACH_FILTER and SO_LOCK_FILTER, socket(7)). A socket that is connected elsewhere never hears an answer,
so that no connection comes about; one that listens never hears of a client, and what it accepted would have
the same filter.

It was bound to a port by number, so that connect(2) with AF_UNSPEC leaves it bound (SOCK_BINDPORT_LOCK in
tcp_set_state(), net/ipv4/tcp.c): it can be bound to no other port, and IPV6_V6ONLY cannot be changed.
"""

from __future__ import annotations

import array
import socket
import struct

from .allow_list import Address

_SO_ATTACH_FILTER, _SO_LOCK_FILTER = 26, 44  # include/uapi/asm-generic/socket.h

# include/uapi/linux/filter.h and bpf_common.h. Offsets count from the header of TCP, those from _NETWORK on
# from the header of IP.
_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE = 0x20, 0x28, 0x30
_AND, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x54, 0x15, 0x45, 0x06
_NETWORK, _LINK_NUMBER = 2**32 - 0x100000, 2**32 - 0x1000 + 8
_SOURCE_PORT, _FLAGS = 0, 13
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_LOOPBACK = 1  # its number in each namespace: LOOPBACK_IFINDEX, include/net/flow.h
_ALL, _NOTHING = 2**31 - 1, 0  # bytes of the packet that are kept


def _program(address: Address, port: int) -> bytes:
    """Let in what comes from *port* of *address*, unless it opens a connection; and resets that this host
    sends to itself, since by one of those the rules of nft refuse a connection at once.
    """
    start = _NETWORK + (12 if address.version == 4 else 8)
    source = struct.unpack('!%dI' % (len(address.packed) // 4), address.packed)
    wanted = [(_LOAD_WORD, start + 4 * number, word) for number, word in enumerate(source)]
    wanted.append((_LOAD_HALF, _SOURCE_PORT, port))
    lines: list[tuple[int, int, int, int]] = []
    for number, (load, offset, value) in enumerate(wanted):
        to_others = 2 * (len(wanted) - number) + 1
        lines += [(load, 0, 0, offset), (_JUMP_EQUAL, 0, to_others, value)]
    lines += [
        (_LOAD_BYTE, 0, 0, _FLAGS),
        (_AND, 0, 0, _SYN | _ACK),
        (_JUMP_EQUAL, 4, 5, _SYN),
        # From others:
        (_LOAD_WORD, 0, 0, _LINK_NUMBER),
        (_JUMP_EQUAL, 0, 2, _LOOPBACK),
        (_LOAD_BYTE, 0, 0, _FLAGS),
        (_JUMP_SET, 1, 0, _RST),
        (_RETURN, 0, 0, _NOTHING),
        (_RETURN, 0, 0, _ALL),
    ]
    return b''.join(struct.pack('HBBI', *line) for line in lines)


def _attach(link: socket.socket, program: bytes) -> None:
    kept = array.array('B', program)
    address, length = kept.buffer_info()
    link.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack('HP', length // 8, address))
    link.setsockopt(socket.SOL_SOCKET, _SO_LOCK_FILTER, 1)


def _unbound(family: int) -> socket.socket:
    link = socket.socket(family, socket.SOCK_STREAM)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return link


def socket_for(address: Address, port: int) -> socket.socket:
    """A socket of TCP, not yet connected, that can be connected to *port* of *address* only. Raises
    OSError."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with _unbound(family) as finder:
        finder.bind(('', 0))  # the kernel finds a port that is free, which does not count as bound by number
        link = _unbound(family)
        try:
            _attach(link, _program(address, port))
            link.bind(('', finder.getsockname()[1]))
        except BaseException:
            link.close()
            raise
    return link
