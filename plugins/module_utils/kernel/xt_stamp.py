# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a rule has changed since somebody looked, without running a tool.

nf_tables counts its commits. The legacy back end does not, so its rules are read as they lie in the kernel and hashed, counters
left out (getsockopt IPT_SO_GET_ENTRIES, linux/include/uapi/linux/netfilter_ipv4/ip_tables.h).
"""
from __future__ import annotations

import ctypes
import hashlib
import os
import socket
import struct
import sys
import typing as t

from ..model.firewall import FAMILIES
from . import nfnetlink
from .xtables import legacy_tables

_libc = ctypes.CDLL(None, use_errno=True)
_GET_INFO, _GET_ENTRIES = 64, 65
_INFO_BYTES, _INFO_SIZE = 84, 80  # of struct ipt_getinfo, and where its member 'size' is
_NAME_BYTES, _HEAD_BYTES = 32, 40  # of struct ipt_get_entries: name, size, and a gap before the entries


class _Place(t.NamedTuple):
    """Where the tables of a family are read, and where the members of an entry are on machines of 64 bits."""

    family: int
    level: int
    next_offset: int
    counters: int


_PLACES = {'ipv4': _Place(socket.AF_INET, 0, 90, 96), 'ipv6': _Place(socket.AF_INET6, 41, 142, 152)}


def _read(sock: socket.socket, level: int, option: int, buffer: ctypes.Array[ctypes.c_char]) -> bytes:
    size = ctypes.c_uint(len(buffer))
    if _libc.getsockopt(sock.fileno(), level, option, buffer, ctypes.byref(size)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), 'getsockopt of iptables')
    return buffer.raw


def _legacy(family: str, table: str) -> bytes:
    """The entries of a legacy table of the calling thread's namespace, without counters."""
    place, name = _PLACES[family], table.encode()
    with socket.socket(place.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as sock:
        info = _read(sock, place.level, _GET_INFO, ctypes.create_string_buffer(name, _INFO_BYTES))
        size, = struct.unpack_from('=I', info, _INFO_SIZE)
        head = struct.pack('=%dsI' % _NAME_BYTES, name, size)
        data = bytearray(_read(sock, place.level, _GET_ENTRIES, ctypes.create_string_buffer(head, _HEAD_BYTES + size)))
    position, nothing = _HEAD_BYTES, bytes(16)
    while position < len(data):
        data[position + place.counters:position + place.counters + 16] = nothing
        position += struct.unpack_from('=H', data, position + place.next_offset)[0]
    return bytes(data)


def stamp(identity: str) -> str:
    """A text that is another one after each change of a rule in the calling thread's namespace, which *identity* tells apart.

    Empty where that cannot be said: of a namespace without a cookie, of legacy rules on a machine of 32 bits.
    """
    if not identity.startswith('cookie:'):
        return ''
    digest = hashlib.sha256()
    legacy = [(family, table) for family in FAMILIES for table in sorted(legacy_tables(family))]
    if legacy and sys.maxsize < 1 << 32:
        return ''
    for family, table in legacy:
        try:
            digest.update(('%s %s ' % (family, table)).encode() + _legacy(family, table))
        except OSError:  # another size in the meantime: somebody is at work
            return ''
    generation = nfnetlink.generation()
    return '%s:%s%s' % (identity, '' if generation is None else generation, ' ' + digest.hexdigest() if legacy else '')
