# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of iptables on nf_tables, written over netlink: all tables of a family in one transaction.

What the kernel reports of a rule is what makes the rule, and the scratch namespace in which iptables was
asked for the canonical form of each rule has shown it (known_rules.py). So a rule whose text was shown there
needs no program. All else is left to iptables-restore: it then says what is wrong, if something is.
"""

from __future__ import annotations

import struct
import typing as t

from ...kernel import nfnetlink
from ...kernel.nfnetlink import NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWTABLE, pack_nft
from ...kernel.nla import NLA_F_NESTED, pack_attribute, parse_attributes
from ...kernel.uapi import NLM_F_APPEND, NLM_F_CREATE
from . import nft_form
from .known_rules import Form, KnownRules
from .save_text import SavedTable
from .value import BASE_CHAINS

_META_DREG, _META_KEY, _META_L4PROTO = 1, 2, 16
_CMP_SREG, _CMP_OP, _CMP_DATA = 1, 2, 3
_CMP_NEQ = 1
_DATA_VALUE = 1
_COMPAT_PROTOCOL, _COMPAT_FLAGS, _COMPAT_INVERTED = 1, 2, 2
_VERDICTS = {policy: number for number, policy in nft_form.POLICIES.items()}


def _long(number: int) -> bytes:
    return struct.pack('>I', number & 0xFFFFFFFF)


def _name(type_: int, name: str) -> bytes:
    return pack_attribute(type_, name.encode() + b'\0')


def _nested(type_: int, *attributes: bytes) -> bytes:
    return pack_attribute(type_ | NLA_F_NESTED, b''.join(attributes))


def _protocol(expressions: bytes) -> tuple[int, int] | None:
    """(protocol, flags) of a rule with xtables extensions, whose checks ask for it (nft_parse_compat in
    net/netfilter/nft_compat.c); None for a rule without extensions.

    The kernel does not report it. iptables takes it from -p, which is also the first comparison of ``meta
    l4proto``.
    """
    has_extensions, protocol, register = False, (0, 0), b''
    for name, _start, data in nft_form.expressions_of(expressions):
        if name in ('match', 'target'):
            has_extensions = True
        elif name == 'meta':
            parts = parse_attributes(data)
            register = parts[_META_DREG] if parts[_META_KEY] == _long(_META_L4PROTO) else b''
        elif name in ('payload', 'bitwise'):
            register = b''
        elif name == 'cmp' and register and protocol == (0, 0):
            protocol = _compared(parse_attributes(data), register)
    return protocol if has_extensions else None


def _compared(comparison: t.Mapping[int, bytes], register: bytes) -> tuple[int, int]:
    if comparison[_CMP_SREG] != register:
        return 0, 0
    number = parse_attributes(comparison[_CMP_DATA])[_DATA_VALUE][0]
    return number, _COMPAT_INVERTED if comparison[_CMP_OP] == _long(_CMP_NEQ) else 0


class RuleWriter:
    """Writes tables of one family as far as their rules are known."""

    def __init__(self, family: str, known: KnownRules) -> None:
        self.family = family
        self._nft_family = nft_form.FAMILY_NAMES[family]
        # An iptables before 1.8.8 makes all built-in chains of a table, and shows no others.
        self._can_write = known.shows_all
        self._forms: dict[tuple[str, str], Form | None] = {}
        for form, text in known.texts.items():
            table = form[0]
            # Where two forms have one text, nobody knows which of them iptables would make.
            self._forms[(table, text)] = None if (table, text) in self._forms else form
        self._rules: dict[tuple[str, str, str], bytes] = {}
        self._chains: dict[tuple[str, str, str | None], bytes] = {}

    def write_first(self, tables: t.Iterable[SavedTable]) -> bool:
        """Make *tables* in the calling thread's namespace, which has none of them. False if nothing was done:
        a rule is not known, or the kernel has refused it.
        """
        if not self._can_write:
            return False
        try:
            nfnetlink.commit(self._first(tables))
        except (LookupError, OSError):
            return False
        return True

    def _first(self, tables: t.Iterable[SavedTable]) -> list[bytes]:
        """What iptables-restore makes of whole_tables_text for a new namespace. Raises LookupError."""
        heads: list[bytes] = []
        rules: list[bytes] = []
        for table in tables:
            name = _name(nft_form.TABLE_NAME, table.name) + pack_attribute(nft_form.TABLE_FLAGS, _long(0))
            heads.append(pack_nft(NFT_MSG_NEWTABLE, 0, self._nft_family, name))
            # iptables-restore makes the chains that have a line of their own first, then those that get a
            # rule.
            chains = table.chains.values()
            declared = [chain for chain in chains if chain.policy != 'ACCEPT']
            filled = [chain for chain in chains if chain.policy == 'ACCEPT' and chain.rules]
            heads += [self._chain(table.name, chain.name, chain.policy) for chain in declared + filled]
            for chain in chains:
                rules += [self._rule(table.name, chain.name, text) for text in chain.rules]
        return heads + rules

    def _chain(self, table: str, chain: str, policy: str | None) -> bytes:
        key = (table, chain, policy)
        if key not in self._chains:
            self._chains[key] = self._packed_chain(table, chain, policy)
        return self._chains[key]

    def _packed_chain(self, table: str, chain: str, policy: str | None) -> bytes:
        attributes = _name(nft_form.CHAIN_TABLE, table) + _name(nft_form.CHAIN_NAME, chain)
        if chain in BASE_CHAINS[table]:
            hook, priority, type_ = nft_form.hooked(table, chain)
            attributes += _nested(
                nft_form.CHAIN_HOOK,
                pack_attribute(nft_form.HOOK_NUMBER, _long(hook)),
                pack_attribute(nft_form.HOOK_PRIORITY, _long(priority)),
            )
            attributes += pack_attribute(nft_form.CHAIN_POLICY, _long(_VERDICTS[policy or 'ACCEPT']))
            attributes += _name(nft_form.CHAIN_TYPE, type_)
        return pack_nft(NFT_MSG_NEWCHAIN, NLM_F_CREATE, self._nft_family, attributes)

    def _rule(self, table: str, chain: str, text: str) -> bytes:
        key = (table, chain, text)
        if key not in self._rules:
            self._rules[key] = self._packed_rule(table, chain, text)
        return self._rules[key]

    def _packed_rule(self, table: str, chain: str, text: str) -> bytes:
        form = self._forms[(table, text)]
        if form is None:
            raise LookupError(text)
        _table, expressions, userdata = form
        attributes = [
            _name(nft_form.RULE_TABLE, table),
            _name(nft_form.RULE_CHAIN, chain),
            _nested(nft_form.RULE_EXPRESSIONS, expressions),
        ]
        protocol = _protocol(expressions)
        if protocol is not None:
            number, flags = map(_long, protocol)
            compat = pack_attribute(_COMPAT_PROTOCOL, number), pack_attribute(_COMPAT_FLAGS, flags)
            attributes.append(_nested(nft_form.RULE_COMPAT, *compat))
        if userdata:
            attributes.append(pack_attribute(nft_form.RULE_USERDATA, userdata))
        flags = NLM_F_CREATE | NLM_F_APPEND
        return pack_nft(NFT_MSG_NEWRULE, flags, self._nft_family, b''.join(attributes))
