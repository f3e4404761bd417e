# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of nft in tables of iptables that iptables-save shows as others, without a word.

It leaves out what it does not know: ``ip saddr @s counter drop`` is ``-j DROP``, and ``ip saddr < 10.0.0.5``
is ``-s 10.0.0.5/32`` (seen with 1.8.9). Of most rules of nft it says that they are not its own; these are the
rest.
"""

from __future__ import annotations

import re
import struct
import typing as t

from ...kernel import nfnetlink
from ...kernel.nla import parse_attributes
from .nft_form import FAMILY_NAMES, RULE_CHAIN, RULE_EXPRESSIONS, RULE_TABLE, expressions_of, text_of
from .value import BASE_CHAINS

# linux/include/uapi/linux/netfilter/nf_tables.h
_CMP_OP, _CMP_EQUALITY = 2, (0, 1)  # NFT_CMP_EQ, NFT_CMP_NEQ
_PAYLOAD_BASE, _PAYLOAD_OFFSET = 2, 3
_TRANSPORT, _INNER = 2, 3
_TRANSPORT_OFFSETS = (0, 2, 13)  # the ports, type and code of ICMP, the flags of TCP
_IMMEDIATE_DATA, _DATA_VERDICT, _VERDICT_CODE = 2, 2, 1
_CONTINUE = -1  # NFT_CONTINUE
_SET_EXPRESSIONS = ('dynset', 'lookup', 'objref')


def _nla(type_: int) -> bytes:
    """The header of an attribute of 32 bits, for a regular expression."""
    return re.escape(struct.pack('=HH', 8, type_))


# Behind its name an expression has the header of its data, in these the first attribute (nft_cmp_dump,
# nft_payload_dump), and then what is looked at.
_STATEMENTS = (b'immediate\0', b'target\0', b'log\0')
_NO_VERDICT = struct.pack('!i', _CONTINUE)
_UNUSUAL_CMP = re.compile(b'cmp\0.{12}' + _nla(_CMP_OP) + b'\0\0\0[^\0\1]', re.DOTALL)
_UNUSUAL_PAYLOAD = re.compile(
    b'payload\0.{12}%b\0\0\0(?:\3|\2%b(?!\0\0\0[\0\2\r]))' % (_nla(_PAYLOAD_BASE), _nla(_PAYLOAD_OFFSET)),
    re.DOTALL,
)


def misread_chains(family: str) -> dict[tuple[str, str], str]:
    """The chains of the calling thread's namespace with such rules, by table and name: what is in them."""
    chains: dict[tuple[str, str], str] = {}
    for datagram, places in nfnetlink.nft_rules_as_bytes(FAMILY_NAMES[family]):
        for start, end in _suspicious(datagram, places):
            parts = parse_attributes(datagram, start, end)
            table = text_of(parts[RULE_TABLE])
            if table in BASE_CHAINS:
                word = _misread_part(parts.get(RULE_EXPRESSIONS, b''))
                if word:
                    chains.setdefault((table, text_of(parts[RULE_CHAIN])), word)
    return chains


def _suspicious(datagram: bytes, places: t.Iterable[tuple[int, int]]) -> t.Iterator[tuple[int, int]]:
    """Where hardly any rules of iptables are, by the bytes alone: to take all of them apart takes five times
    as long as to read them.
    """
    is_unusual = _is_unusual(datagram)
    statements = [name for name in _STATEMENTS if name in datagram]
    for start, end in places:
        count = sum(datagram.count(name, start, end) for name in statements)
        if count > 1 or is_unusual and _is_unusual(datagram[start:end]):
            yield start, end


def _is_unusual(data: bytes) -> bool:
    return (
        b'lookup\0' in data
        or b'dynset\0' in data
        or b'objref\0' in data
        or _NO_VERDICT in data
        or _UNUSUAL_CMP.search(data) is not None
        or _UNUSUAL_PAYLOAD.search(data) is not None
    )


def _misread_part(blob: bytes) -> str:
    """What of a rule iptables-save leaves out; ''."""
    try:
        expressions = [(name, parse_attributes(data)) for name, _start, data in expressions_of(blob)]
        loaded = 0  # the header of the last field; ports are compared by size in iptables too
        for name, parts in expressions:
            if name == 'payload':
                loaded = _number(parts[_PAYLOAD_BASE])
            word = _word_for(name, parts)
            if word and (name != 'cmp' or loaded != _TRANSPORT):
                return word
    except (LookupError, struct.error):
        return ''
    statements = [name for name, parts in expressions if _is_statement(name, parts)]
    return ' and '.join(statements) if len(statements) > 1 else ''


def _word_for(name: str, parts: t.Mapping[int, bytes]) -> str:
    if name in _SET_EXPRESSIONS:
        return 'a set'
    if name == 'cmp' and _number(parts[_CMP_OP]) not in _CMP_EQUALITY:
        return 'a comparison by size'
    if name == 'payload' and _PAYLOAD_BASE in parts:
        base = _number(parts[_PAYLOAD_BASE])
        unusual = base == _TRANSPORT and _number(parts[_PAYLOAD_OFFSET]) not in _TRANSPORT_OFFSETS
        return 'a field of a header' if unusual or base == _INNER else ''
    if name == 'immediate' and _verdict(parts) == _CONTINUE:
        return 'continue'
    return ''


def _is_statement(name: str, parts: t.Mapping[int, bytes]) -> bool:
    """Whether it decides or does something with the packet. A rule of iptables does one thing."""
    return name in ('log', 'target') or name == 'immediate' and _verdict(parts) is not None


def _verdict(parts: t.Mapping[int, bytes]) -> int | None:
    verdict = parse_attributes(parts[_IMMEDIATE_DATA]).get(_DATA_VERDICT)
    if verdict is None:
        return None
    return int.from_bytes(parse_attributes(verdict)[_VERDICT_CODE], 'big', signed=True)


def _number(data: bytes) -> int:
    return int.from_bytes(data, 'big')
