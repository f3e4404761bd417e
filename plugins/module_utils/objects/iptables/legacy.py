# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of the legacy back end, as they lie in the kernel (linux/include/uapi/linux/netfilter_ipv4/ip_tables.h)."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import typing as t

from .value import BASE_CHAINS

_PROC_NAMES = {
    'ipv4': '/proc/thread-self/net/ip_tables_names',
    'ipv6': '/proc/thread-self/net/ip6_tables_names',
}
_libc = ctypes.CDLL(None, use_errno=True)
_GET_INFO, _GET_ENTRIES = 64, 65
_INFO_BYTES, _INFO_COUNT, _INFO_SIZE = (
    84,
    76,
    80,
)  # of struct ipt_getinfo, and where 'num_entries' and 'size' are
_NAME_BYTES, _HEAD_BYTES = 32, 40  # of struct ipt_get_entries: name, size, and a gap before the entries


def tables(family: str) -> list[str]:
    """The tables that the legacy back end has in the calling thread's namespace. Reading any other would make it."""
    try:
        with open(_PROC_NAMES[family], encoding='utf-8') as names:
            return names.read().split()
    except FileNotFoundError:
        return []


class _Place(t.NamedTuple):
    """Where the tables of a family are read, and where the members of an entry are on machines of 64 bits."""

    family: int
    level: int
    next_offset: int
    counters: int


_PLACES = {'ipv4': _Place(socket.AF_INET, 0, 90, 96), 'ipv6': _Place(socket.AF_INET6, 41, 142, 152)}


def _read(sock: socket.socket, level: int, option: int, buffer: bytearray) -> None:
    size = ctypes.c_uint(len(buffer))
    if (
        _libc.getsockopt(
            sock.fileno(),
            level,
            option,
            (ctypes.c_char * len(buffer)).from_buffer(buffer),
            ctypes.byref(size),
        )
        != 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), 'getsockopt of iptables')


def _info(sock: socket.socket, level: int, table: str) -> bytearray:
    buffer = bytearray(struct.pack('=%ds' % _INFO_BYTES, table.encode()))
    _read(sock, level, _GET_INFO, buffer)
    return buffer


def entries(family: str, table: str) -> bytearray:
    """The entries of a legacy table of the calling thread's namespace, without counters."""
    place = _PLACES[family]
    with socket.socket(place.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as sock:
        (size,) = struct.unpack_from('=I', _info(sock, place.level, table), _INFO_SIZE)
        data = bytearray(_HEAD_BYTES + size)
        struct.pack_into('=%dsI' % _NAME_BYTES, data, 0, table.encode(), size)
        _read(sock, place.level, _GET_ENTRIES, data)
    with memoryview(data) as view, view.cast('H') as halves, view.cast('Q') as quads:
        position, end = _HEAD_BYTES, len(data)  # each entry begins at a multiple of 8
        while position < end:
            counters = (position + place.counters) >> 3
            quads[counters] = quads[counters + 1] = 0
            position += halves[(position + place.next_offset) >> 1]
    return data


def has_rules(family: str, table: str) -> bool:
    """Whether a table has more than a policy for each built-in chain, and the entry that ends it."""
    place = _PLACES[family]
    with socket.socket(place.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as sock:
        info = _info(sock, place.level, table)
    return bool(struct.unpack_from('=I', info, _INFO_COUNT)[0] > len(BASE_CHAINS.get(table, ())) + 1)
