# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of the legacy backend, as they lie in the kernel
(linux/include/uapi/linux/netfilter_ipv4/ip_tables.h)."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import typing as t

from .value import BASE_CHAINS

_PROC_NAMES = {
    'ipv4': '/proc/thread-self/net/ip_tables_names',
    'ipv6': '/proc/thread-self/net/ip6_tables_names',
}
_libc = ctypes.CDLL(None, use_errno=True)
_GET_INFO, _GET_ENTRIES = 64, 65
# struct ipt_getinfo: its size, and where 'valid_hooks', 'underflow', 'num_entries' and 'size' are.
_INFO_BYTES, _INFO_HOOKS, _INFO_UNDERFLOW, _INFO_COUNT, _INFO_SIZE = 84, 32, 56, 76, 80
_NAME_BYTES, _HEAD_BYTES = 32, 40  # of struct ipt_get_entries: name, size, and a gap before the entries
_TARGET_BYTES = 32  # struct xt_entry_target: a standard target has its verdict behind it
_ACCEPT = -2  # a verdict of NF_ACCEPT is -NF_ACCEPT - 1


def tables(family: str) -> list[str]:
    """The tables that the legacy backend has in the calling thread's namespace. Reading any other would make
    it."""
    try:
        with open(_PROC_NAMES[family], encoding='utf-8') as names:
            return names.read().split()
    except FileNotFoundError:
        return []


class _Layout(t.NamedTuple):
    """How the tables of a family are read, and where the members of an entry are on machines of 64 bits."""

    family: int
    level: int
    target_offset: int
    next_offset: int
    counters: int


_LAYOUTS = {
    'ipv4': _Layout(socket.AF_INET, 0, 88, 90, 96),
    'ipv6': _Layout(socket.AF_INET6, 41, 140, 142, 152),
}


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


def _entries(sock: socket.socket, level: int, table: str, info: bytes) -> bytearray:
    (size,) = struct.unpack_from('=I', info, _INFO_SIZE)
    data = bytearray(_HEAD_BYTES + size)
    struct.pack_into('=%dsI' % _NAME_BYTES, data, 0, table.encode(), size)
    _read(sock, level, _GET_ENTRIES, data)
    return data


def _socket(layout: _Layout) -> socket.socket:
    return socket.socket(layout.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW)


def entries(family: str, table: str) -> bytearray:
    """The entries of a legacy table of the calling thread's namespace, without counters."""
    layout = _LAYOUTS[family]
    with _socket(layout) as sock:
        data = _entries(sock, layout.level, table, _info(sock, layout.level, table))
    with memoryview(data) as view, view.cast('H') as halves, view.cast('Q') as quads:
        position, end = _HEAD_BYTES, len(data)  # each entry begins at a multiple of 8
        while position < end:
            counters = (position + layout.counters) >> 3
            quads[counters] = quads[counters + 1] = 0
            position += halves[(position + layout.next_offset) >> 1]
    return data


def has_rules(family: str, table: str) -> bool:
    """Whether a table has more than a policy of ACCEPT for each built-in chain, and the entry that ends
    it."""
    layout = _LAYOUTS[family]
    with _socket(layout) as sock:
        info = _info(sock, layout.level, table)
        if struct.unpack_from('=I', info, _INFO_COUNT)[0] > len(BASE_CHAINS.get(table, ())) + 1:
            return True
        if sys.maxsize < 1 << 32:  # the members of an entry are elsewhere
            return False
        data = _entries(sock, layout.level, table, info)
    return any(verdict != _ACCEPT for verdict in _policies(layout, info, data))


def _policies(layout: _Layout, info: bytes, data: bytes) -> t.Iterator[int]:
    """The verdict that ends each built-in chain."""
    (hooks,) = struct.unpack_from('=I', info, _INFO_HOOKS)
    underflows = struct.unpack_from('=5I', info, _INFO_UNDERFLOW)
    for hook, offset in enumerate(underflows):
        if hooks & 1 << hook:
            entry = _HEAD_BYTES + offset
            (target,) = struct.unpack_from('=H', data, entry + layout.target_offset)
            yield struct.unpack_from('=i', data, entry + target + _TARGET_BYTES)[0]
