# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft and iptables-nft-save print of a namespace stays the same while this stamp does: listing the rules
again takes half the time of a snapshot.

The kernel counts the commits to the nf_tables of a namespace (nft_gencommit and nf_tables_fill_gen_info in
net/netfilter/nf_tables_api.c). Rules name links by number, and some go with their link, without a commit.
"""

from __future__ import annotations

import socket
import struct
import sys
import typing as t

_SO_NETNS_COOKIE = 71
_NETLINK_NETFILTER = 12
_NFT_MSG_GETGEN = 10 << 8 | 16
_NFTA_GEN_ID = 1
_NFT_MSG_NEWGEN = 10 << 8 | 15
_REQUEST = struct.pack('=IHHII4x', 20, _NFT_MSG_GETGEN, 1, 1, 0)


class Stamp(t.NamedTuple):
    """*cookie* is the number of a namespace, which no other ever has; *links* are by number and name."""

    cookie: int
    generation: bytes
    links: tuple[tuple[int, str], ...]


def _generation(answer: bytes) -> bytes:
    """The attribute with the count, which is the first. Empty for an error, as from a kernel without
    nf_tables."""
    _size, kind, _flags, _seq, _port = struct.unpack_from('=IHHII', answer)
    if kind != _NFT_MSG_NEWGEN:
        return b''
    size, attribute = struct.unpack_from('=HH', answer, 20)
    assert attribute == _NFTA_GEN_ID, answer
    return answer[24 : 20 + size]


def firewall_stamp() -> Stamp | None:
    """That of the namespace of the calling thread. None where the kernel does not count."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as asked:
        try:
            cookie = asked.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8)
        except OSError:  # before Linux 5.14
            return None
        asked.send(_REQUEST)
        generation = _generation(asked.recv(1 << 16))
    if not generation:
        return None
    return Stamp(int.from_bytes(cookie, sys.byteorder), generation, tuple(socket.if_nameindex()))
