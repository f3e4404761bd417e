# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of iptables on nf_tables, read over netlink as iptables-save would show them, where that is known.

iptables-save makes the text of a rule of what the kernel reports of it. So the text that it has shown for a
rule is what it shows for every rule of which the kernel reports the same, byte for byte but for the numbers
of a counter. That holds as long as nothing else has a part in the text: neither the namespace, in which the
name of an ipset would be looked up, nor what has passed, as with a quota. So there are lists of what a rule
may be made of: for these, iptables-save 1.8.9 asks the kernel nothing more, and what the kernel reports has
no pointers and no state of its own. A rule with anything else is not known, and one that is not known leaves
all tables of its family to iptables-save.

Texts also have names from files of the host, such as /etc/protocols: what is recorded is for the run that
recorded it.
"""

from __future__ import annotations

import struct
import typing as t

from ...kernel import nfnetlink
from ...kernel.nla import parse_attributes
from .nft_form import (
    BASE_CHAIN,
    CHAIN_COUNTERS,
    CHAIN_FLAGS,
    CHAIN_HANDLE,
    CHAIN_HOOK,
    CHAIN_NAME,
    CHAIN_PAD,
    CHAIN_POLICY,
    CHAIN_TABLE,
    CHAIN_TYPE,
    CHAIN_USE,
    FAMILY_NAMES,
    HOOK_NUMBER,
    HOOK_PRIORITY,
    POLICIES,
    RULE_CHAIN,
    RULE_EXPRESSIONS,
    RULE_HANDLE,
    RULE_PAD,
    RULE_POSITION,
    RULE_TABLE,
    RULE_USERDATA,
    TABLE_FLAGS,
    TABLE_HANDLE,
    TABLE_NAME,
    TABLE_PAD,
    TABLE_USE,
    expressions_of,
    hooked,
    text_of,
)
from .save_text import SavedTable, TableChain
from .value import BASE_CHAINS

Form = tuple[str, bytes, bytes]
"""A rule as the kernel reports it: its table, its expressions with a counter of 0, the user data that
iptables keeps with it."""
_Attributes = dict[int, bytes]
_Counters = tuple[int, int]


class KnownRules(t.NamedTuple):
    """What iptables-save has shown for rules of one family.

    ``shows_all``: it shows built-in chains that the kernel does not have; since 1.8.8 it makes only those
    that it needs.
    """

    texts: dict[Form, str]
    shows_all: bool


NOTHING = KnownRules({}, False)


_TABLE_PARTS = frozenset((TABLE_NAME, TABLE_FLAGS, TABLE_USE, TABLE_HANDLE, TABLE_PAD))
_CHAIN_PARTS = frozenset((CHAIN_TABLE, CHAIN_HANDLE, CHAIN_NAME, CHAIN_USE, CHAIN_PAD))
_BASE_PARTS = _CHAIN_PARTS | {CHAIN_HOOK, CHAIN_POLICY, CHAIN_TYPE, CHAIN_COUNTERS, CHAIN_FLAGS}
_RULE_PARTS = frozenset(
    (RULE_TABLE, RULE_CHAIN, RULE_HANDLE, RULE_EXPRESSIONS, RULE_POSITION, RULE_USERDATA, RULE_PAD)
)
_EXTENSION_NAME, _EXTENSION_REVISION = 1, 2
_META_DREG, _META_KEY = 1, 2
_COUNTER_BYTES, _COUNTER_PACKETS = 1, 2
_COUNTED_BYTES, _COUNTED_PACKETS = (
    struct.pack('=HH', 12, _COUNTER_BYTES),
    struct.pack('=HH', 12, _COUNTER_PACKETS),
)

_EXPRESSIONS = frozenset(('bitwise', 'cmp', 'counter', 'immediate', 'limit', 'log', 'payload', 'range'))
# Mark, names of links, protocol. Not the numbers of links: iptables-save asks in the namespace for their
# names.
_META_KEYS = frozenset((3, 6, 7, 15, 16))
# Each with its revision, which says how its data are laid out. Those left out have a kernel pointer in them,
# state, or a name that means something in one namespace only: bpf, cgroup, connlimit, CT, hashlimit, nfacct,
# quota, recent, set, statistic, string, TEE and more.
_MATCHES = frozenset(
    (
        ('addrtype', 1),
        ('comment', 0),
        ('connmark', 1),
        ('conntrack', 3),
        ('dccp', 0),
        ('dscp', 0),
        ('ecn', 0),
        ('esp', 0),
        ('hl', 0),
        ('icmp', 0),
        ('icmp6', 0),
        ('iprange', 1),
        ('ipv6header', 0),
        ('length', 0),
        ('mac', 0),
        ('multiport', 1),
        ('owner', 1),
        ('physdev', 0),
        ('pkttype', 0),
        ('policy', 0),
        ('rpfilter', 0),
        ('sctp', 0),
        ('socket', 3),
        ('tcp', 0),
        ('tos', 1),
        ('ttl', 0),
    )
)
_TARGETS = frozenset(
    (
        ('CHECKSUM', 0),
        ('CLASSIFY', 0),
        ('CONNMARK', 2),
        ('DNAT', 2),
        ('DSCP', 0),
        ('HL', 0),
        ('LOG', 0),
        ('MARK', 2),
        ('MASQUERADE', 0),
        ('NETMAP', 0),
        ('NFQUEUE', 3),
        ('REDIRECT', 0),
        ('REJECT', 0),
        ('SNAT', 0),
        ('SNAT', 1),
        ('TCPMSS', 0),
        ('TOS', 1),
        ('TPROXY', 1),
        ('TTL', 0),
    )
)


class _Unknown(LookupError):
    """It is not known what iptables-save makes of something."""


def _number(data: bytes, signed: bool = False) -> int:
    return int.from_bytes(data, 'big', signed=signed)


def _is_known(blob: bytes) -> bool:
    """Whether the text of a rule depends on these bytes alone."""
    for name, _start, data in expressions_of(blob):
        if name in ('match', 'target'):
            parts = parse_attributes(data)
            extension = (text_of(parts[_EXTENSION_NAME]), _number(parts[_EXTENSION_REVISION]))
            if extension not in (_MATCHES if name == 'match' else _TARGETS):
                return False
        elif name == 'meta':
            parts = parse_attributes(data)
            if parts.keys() != {_META_DREG, _META_KEY} or _number(parts[_META_KEY]) not in _META_KEYS:
                return False
        elif name not in _EXPRESSIONS:
            return False
    return True


def _uncounted(blob: bytes) -> tuple[bytes, _Counters]:
    """The expressions of a rule with a counter of 0, and its (packets, bytes); the kernel sends bytes first
    (nft_counter_do_dump)."""
    for name, start, data in expressions_of(blob):
        if name != 'counter' or len(data) != 24:
            continue
        if (data[:4], data[12:16]) == (_COUNTED_BYTES, _COUNTED_PACKETS):
            zeros = b''.join((_COUNTED_BYTES, bytes(8), _COUNTED_PACKETS, bytes(8)))
            return blob[:start] + zeros + blob[start + 24 :], (_number(data[16:]), _number(data[4:12]))
    raise _Unknown


def _chain(parts: _Attributes) -> TableChain:
    """A chain without its rules."""
    table, name = text_of(parts[CHAIN_TABLE]), text_of(parts[CHAIN_NAME])
    if name in BASE_CHAINS[table]:
        return _base_chain(parts, table, name)
    if not parts.keys() <= _CHAIN_PARTS:
        raise _Unknown
    return TableChain(name, None)


def _base_chain(parts: _Attributes, table: str, name: str) -> TableChain:
    hook = parse_attributes(parts[CHAIN_HOOK])
    if not parts.keys() <= _BASE_PARTS or hook.keys() != {HOOK_NUMBER, HOOK_PRIORITY}:
        raise _Unknown
    present = (
        _number(hook[HOOK_NUMBER]),
        _number(hook[HOOK_PRIORITY], signed=True),
        text_of(parts[CHAIN_TYPE]),
    )
    if present != hooked(table, name) or _number(parts[CHAIN_FLAGS]) != BASE_CHAIN:
        raise _Unknown
    counters = parse_attributes(parts.get(CHAIN_COUNTERS, b''))
    counted = (_number(counters.get(_COUNTER_PACKETS, b'')), _number(counters.get(_COUNTER_BYTES, b'')))
    return TableChain(name, POLICIES[_number(parts[CHAIN_POLICY])], policy_counters=counted)


def _chains(dump: nfnetlink.FamilyRules) -> dict[str, dict[str, TableChain]]:
    """The chains of the tables of iptables, without rules. iptables-save does not look at tables of other
    names."""
    tables: dict[str, dict[str, TableChain]] = {}
    uses = {}
    for parts in dump.tables:
        name = text_of(parts[TABLE_NAME])
        if name in BASE_CHAINS:
            if not parts.keys() <= _TABLE_PARTS or _number(parts.get(TABLE_FLAGS, b'')):
                raise _Unknown
            tables[name], uses[name] = {}, _number(parts[TABLE_USE])
    for parts in dump.chains:
        table = text_of(parts[CHAIN_TABLE])
        if table in tables:
            chain = _chain(parts)
            tables[table][chain.name] = chain
    if uses != {name: len(chains) for name, chains in tables.items()}:  # sets and the like are of nft
        raise _Unknown
    return tables


def has_rules(family: str) -> bool:
    """Whether the tables of iptables on nf_tables have a rule or a policy other than ACCEPT.

    They are those of the calling thread's namespace, which has some.
    """
    dump = nfnetlink.nft_rules(FAMILY_NAMES[family])
    if dump is None:
        return True  # it is being changed
    if any(text_of(parts[RULE_TABLE]) in BASE_CHAINS for parts in dump.rules):
        return True
    policies = [
        parts.get(CHAIN_POLICY) for parts in dump.chains if text_of(parts[CHAIN_TABLE]) in BASE_CHAINS
    ]
    return any(POLICIES[_number(policy)] != 'ACCEPT' for policy in policies if policy is not None)


def drop_empty_table(family: str, table: str) -> bool:
    """Delete a table of iptables on nf_tables in the calling thread's namespace if nothing is in it but
    built-in chains that let all pass; whether that was done.
    """
    number = nfnetlink.generation()
    dump = nfnetlink.nft_rules(FAMILY_NAMES[family])
    if number is None or dump is None:
        return False
    try:
        chains = _chains(dump).get(table)
    except (LookupError, struct.error):
        return False
    if chains is None or any(text_of(parts[RULE_TABLE]) == table for parts in dump.rules):
        return False
    is_empty = all(chain.policy == 'ACCEPT' for chain in chains.values())
    return is_empty and nfnetlink.delete_table(FAMILY_NAMES[family], table, number)


def _forms(dump: nfnetlink.FamilyRules, tables: t.Container[str]) -> t.Iterator[tuple[str, str, Form]]:
    """Table and chain of each rule, and what the kernel reports of it."""
    for parts in dump.rules:
        table = text_of(parts[RULE_TABLE])
        if table in tables:
            if not parts.keys() <= _RULE_PARTS:
                raise _Unknown
            yield (
                table,
                text_of(parts[RULE_CHAIN]),
                (table, parts.get(RULE_EXPRESSIONS, b''), parts.get(RULE_USERDATA, b'')),
            )


def _recorded(dump: nfnetlink.FamilyRules, shown: t.Mapping[str, SavedTable]) -> KnownRules:
    present = _chains(dump)
    forms: dict[tuple[str, str], list[Form]] = {}
    for table, chain, form in _forms(dump, present):
        forms.setdefault((table, chain), []).append(form)
    shows_all = any(chain not in present[name] for name, table in shown.items() for chain in table.chains)
    want = {name: {*chains, *(BASE_CHAINS[name] if shows_all else ())} for name, chains in present.items()}
    if {name: set(table.chains) for name, table in shown.items()} != want:
        raise _Unknown
    texts: dict[Form, str] = {}
    for name, table in shown.items():
        for chain in table.chains.values():
            if chain.name not in present[name] and chain.policy != 'ACCEPT':
                raise _Unknown
            _record_chain(texts, forms.get((name, chain.name), []), chain.rules)
    return KnownRules(texts, shows_all)


def _record_chain(texts: dict[Form, str], forms: list[Form], rules: tuple[str, ...]) -> None:
    if len(forms) != len(rules):
        raise _Unknown
    for form, text in zip(forms, rules):
        if _is_known(form[1]) and texts.setdefault(form, text) != text:
            raise _Unknown


def record(family: str, shown: t.Mapping[str, SavedTable]) -> KnownRules:
    """What iptables-save has just *shown* in the calling thread's namespace, which nobody else is in, and no
    packet."""
    dump = nfnetlink.nft_rules(FAMILY_NAMES[family])
    try:
        return _recorded(dump, shown) if dump is not None else NOTHING
    except (LookupError, struct.error):
        return NOTHING


def merge(first: KnownRules, second: KnownRules) -> KnownRules:
    if any(first.texts.get(form, text) != text for form, text in second.texts.items()):
        return NOTHING
    return KnownRules({**first.texts, **second.texts}, first.shows_all or second.shows_all)


def read(family: str, known: KnownRules) -> dict[str, SavedTable] | None:
    """What iptables-save would show in the calling thread's namespace; None if that is not known."""
    dump = nfnetlink.nft_rules(FAMILY_NAMES[family]) if known.texts else None
    try:
        return _read(dump, known) if dump is not None else None
    except (LookupError, struct.error):
        return None


def _read(dump: nfnetlink.FamilyRules, known: KnownRules) -> dict[str, SavedTable]:
    present = _chains(dump)
    rules: dict[tuple[str, str], list[tuple[str, _Counters]]] = {}
    for table, chain, form in _forms(dump, present):
        counted = (0, 0)
        if form not in known.texts:
            expressions, counted = _uncounted(form[1])
            form = (table, expressions, form[2])
        rules.setdefault((table, chain), []).append((known.texts[form], counted))
    return {table: _table(table, chains, rules, known.shows_all) for table, chains in present.items()}


def _table(
    table: str,
    present: t.Mapping[str, TableChain],
    rules: t.Mapping[tuple[str, str], list[tuple[str, _Counters]]],
    shows_all: bool,
) -> SavedTable:
    """A table with its chains in the order of iptables-save."""
    chains = {}
    for name in (*BASE_CHAINS[table], *sorted(present.keys() - set(BASE_CHAINS[table]))):
        if name not in present and not shows_all:
            raise _Unknown
        texts, counters = tuple(zip(*rules.get((table, name), ()))) or ((), ())
        chain = present.get(name, TableChain(name, 'ACCEPT'))
        chains[name] = chain._replace(rules=texts, counters=counters)
    return SavedTable(table, chains)
