# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How iptables keeps its tables in nf_tables: the attributes, and where each built-in chain is hooked in.

Numbers are those of linux/include/uapi/linux/netfilter/nf_tables.h.
"""

from __future__ import annotations

import struct
import typing as t

from .value import BASE_CHAINS

TABLE_NAME, TABLE_FLAGS, TABLE_USE, TABLE_HANDLE, TABLE_PAD = 1, 2, 3, 4, 5
(
    CHAIN_TABLE,
    CHAIN_HANDLE,
    CHAIN_NAME,
    CHAIN_HOOK,
    CHAIN_POLICY,
    CHAIN_USE,
    CHAIN_TYPE,
    CHAIN_COUNTERS,
    CHAIN_PAD,
    CHAIN_FLAGS,
) = range(1, 11)
RULE_TABLE, RULE_CHAIN, RULE_HANDLE, RULE_EXPRESSIONS, RULE_COMPAT, RULE_POSITION = 1, 2, 3, 4, 5, 6
RULE_USERDATA, RULE_PAD = 7, 8
HOOK_NUMBER, HOOK_PRIORITY = 1, 2
BASE_CHAIN = 1  # a flag of chains

FAMILY_NAMES = {'ipv4': 'ip', 'ipv6': 'ip6'}
POLICIES = {0: 'DROP', 1: 'ACCEPT'}
_HOOKS = {'PREROUTING': 0, 'INPUT': 1, 'FORWARD': 2, 'OUTPUT': 3, 'POSTROUTING': 4}
# Chains with another type or priority are of nft: iptables-save does not show them (iptables/nft.c,
# xtables_ipv4 and _ipv6).
_PRIORITIES = {'raw': -300, 'mangle': -150, 'nat': -100, 'filter': 0, 'security': 150}
_PRIORITIES_ELSE = {('nat', 'INPUT'): 100, ('nat', 'POSTROUTING'): 100}
_TYPES = {('mangle', 'OUTPUT'): 'route', **{('nat', name): 'nat' for name in BASE_CHAINS['nat']}}


def hooked(table: str, chain: str) -> tuple[int, int, str]:
    """Hook, priority and type of a built-in chain."""
    priority = _PRIORITIES_ELSE.get((table, chain), _PRIORITIES[table])
    return _HOOKS[chain], priority, _TYPES.get((table, chain), 'filter')


def text_of(data: bytes) -> str:
    return data.rstrip(b'\0').decode('utf-8', 'surrogateescape')


def expressions_of(blob: bytes) -> t.Iterator[tuple[str, int, bytes]]:
    """Name, offset of the data, and data of each expression. The kernel puts the name first
    (nf_tables_fill_expr_info)."""
    position = 0
    while position < len(blob):
        (length,) = struct.unpack_from('=H', blob, position)
        (name_length,) = struct.unpack_from('=H', blob, position + 4)
        start = position + 4 + ((name_length + 3) & ~3) + 4
        yield text_of(blob[position + 8 : position + 4 + name_length]), start, blob[start : position + length]
        position += (length + 3) & ~3
