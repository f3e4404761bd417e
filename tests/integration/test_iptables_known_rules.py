# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of iptables read over netlink: it is what iptables-save shows, or nothing."""

from __future__ import annotations

import errno
import shlex
import struct
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.kernel.tool_errors import ToolError
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import (
    known_rules,
    nft_form,
    tools,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical import canonicalise
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.known_rules import KnownRules
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import RuleKey
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import SavedTable
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import (
    BASE_CHAINS,
    FAMILIES,
)

from . import iptables_spellings
from .iptables_world import (
    PROGRAM,
    as_text,
    command,
    in_namespace,
    lines,
    restore,
    save,
    tool_of,
    unsupported,
)

FAMILY = {'ipv4': 'ip', 'ipv6': 'ip6'}


@pytest.fixture(params=FAMILIES)
def tool(request: pytest.FixtureRequest) -> tools.Tool:
    return tool_of(request.param, 'nf_tables')


def known_of(tool: tools.Tool, keys: t.Iterable[RuleKey]) -> KnownRules:
    return canonicalise(tool, keys, iptables_spellings.CHAINS).known_rules


def readable(tool: tools.Tool) -> tuple[KnownRules, list[RuleKey]]:
    """What there is to know of the rules that people write, and those of which something is known."""
    keys = iptables_spellings.spellings(tool.family)
    missing = unsupported(tool, keys)
    keys = [key for key in keys if key not in missing]
    canonical = canonicalise(tool, keys, iptables_spellings.CHAINS)
    known = {(table, text) for (table, _expressions, _data), text in canonical.known_rules.texts.items()}
    readable_keys = []
    for key in keys:
        if {(key[0], text) for text in canonical[key]} <= known:
            readable_keys.append(key)
    return canonical.known_rules, readable_keys


def extensions(known: KnownRules) -> set[tuple[str, str, int]]:
    found = set()
    for _table, blob, _user in known.texts:
        for name, _start, data in nft_form.expressions_of(blob):
            if name in ('match', 'target'):
                parts = parse_attributes(data)
                found.add((name, parts[1].rstrip(b'\0').decode(), int.from_bytes(parts[2], 'big')))
    return found


def test_what_people_write_is_read_as_it_is_shown(tool: tools.Tool) -> None:
    known, keys = readable(tool)
    assert len(keys) >= 90
    assert known.shows_all

    def body() -> tuple[object, object]:
        restore(tool, as_text(keys), noflush=False)
        return known_rules.read(tool.family, known), save(tool)

    read, saved = in_namespace(body)
    assert read == saved


def test_rules_that_differ_never_look_the_same_to_the_kernel(tool: tools.Tool) -> None:
    known, _keys = readable(tool)
    assert len({(table, text) for (table, _blob, _data), text in known.texts.items()}) == len(known.texts)


def test_all_that_is_believed_was_tried() -> None:
    tried: set[tuple[str, str, int]] = set()
    for family in FAMILIES:
        tried |= extensions(readable(tool_of(family, 'nf_tables'))[0])
    believed = {('match', *extension) for extension in known_rules._MATCHES}
    believed |= {('target', *extension) for extension in known_rules._TARGETS}
    assert tried <= believed
    # Another release has other revisions of some; these are not believed, and cost a program.
    assert tried == believed or ' v1.8.9 ' not in command('iptables-nft', '--version')


def test_what_means_something_else_in_another_namespace_is_not_believed() -> None:
    rules = {
        'iifname lo': True,
        'iif lo': False,
        'oif lo': False,
        'meta skuid 5': False,
        'meta mark set 5': False,
        'ip saddr @others': False,
        'ct state new': False,
        'tcp dport 5 drop': True,
        'limit rate 5/second': True,
        'quota over 5 bytes': False,
        'fib saddr type local': False,
    }

    def body() -> dict[str, bool]:
        command(
            'nft', 'add table ip filter; add chain ip filter c; add set ip filter others { type ipv4_addr; }'
        )
        for rule in rules:
            command('nft', 'add rule ip filter c ' + rule)
        found = nfnetlink.nft_rules('ip')
        assert found is not None
        return {rule: known_rules._is_known(parts[4]) for rule, parts in zip(rules, found.rules)}

    assert in_namespace(body) == rules


RULES = [
    ('filter', 'INPUT', '-i lo -j ACCEPT'),
    ('filter', 'INPUT', '-p tcp --dport 22 -j ACCEPT'),
    ('filter', 'INPUT', '-m comment --comment "a b"'),
    ('filter', 'INPUT', '-m limit --limit 5/sec -j own'),
    ('filter', 'own', '-p udp -j DROP'),
    ('filter', 'own', '-m mark --mark 1 -j RETURN'),
    ('nat', 'POSTROUTING', '-o eth0 -j MASQUERADE'),
    ('mangle', 'OUTPUT', '-j MARK --set-mark 5'),
]


# What others may do, and whether it is seen without iptables-save.
DEEDS = [
    ('PROGRAM -D INPUT 1', True),
    ('PROGRAM -D INPUT 2', True),
    ('PROGRAM -F own', True),
    ('PROGRAM -P INPUT DROP', True),
    ('PROGRAM -P OUTPUT DROP', True),
    ('PROGRAM -N other', True),
    ('PROGRAM -A INPUT -i lo -j ACCEPT', True),
    ('PROGRAM -I INPUT 2 -p udp -j DROP', True),
    ('PROGRAM -R INPUT 1 -p tcp --dport 22 -j ACCEPT', True),
    ('PROGRAM -t raw -N other', True),
    ('PROGRAM -t nat -F', True),
    ('PROGRAM -F', True),
    ('nft add table FAMILY other', True),
    ('nft add table inet filter', True),
    ('PROGRAM -A INPUT -i l0 -j ACCEPT', False),
    ('PROGRAM -A INPUT -m comment --comment "a"', False),
    ('PROGRAM -A INPUT -p tcp --dport 23 -j ACCEPT', False),
    ('PROGRAM -R INPUT 4 -m limit --limit 6/sec -j own', False),
    ('PROGRAM -A INPUT -m recent --name x --set', False),
    ('PROGRAM -A INPUT -m quota --quota 5', False),
    ('PROGRAM -A INPUT -m statistic --mode nth --every 3 --packet 0', False),
    ('nft add rule FAMILY filter own meta l4proto 6 counter', False),
    ('nft add rule FAMILY filter INPUT iif lo counter accept', False),
    ('nft add rule FAMILY filter INPUT counter counter', False),
    ('nft add rule FAMILY filter own ct state new counter', False),
    ('nft add set FAMILY filter others { type mark ; }', False),
    ('nft add chain FAMILY filter odd { type filter hook input priority 5 ; }', False),
    ('nft add chain FAMILY filter FORWARD', False),
    ('nft add chain FAMILY mangle INPUT { type filter hook input priority 7 ; }', False),
    ('nft add table FAMILY filter { flags dormant ; }', False),
]


def after_deed(tool: tools.Tool, known: KnownRules, deed: str) -> tuple[object, object, object]:
    def body() -> tuple[object, object, object]:
        restore(tool, as_text(RULES), noflush=True)
        before = known_rules.read(tool.family, known)
        command(
            *shlex.split(
                deed.replace('PROGRAM', PROGRAM[tool.family] + '-nft').replace('FAMILY', FAMILY[tool.family])
            )
        )
        after = known_rules.read(tool.family, known)
        try:
            return before, after, save(tool)
        except ToolError as exc:
            return before, after, exc

    return in_namespace(body)


@pytest.mark.parametrize('deed, seen', DEEDS)
def test_a_change_of_others_is_read_or_left_to_iptables_save(tool: tools.Tool, deed: str, seen: bool) -> None:
    known = known_of(tool, [*RULES, ('filter', 'own', '-i eth7')])
    before, after, saved = after_deed(tool, known, deed)
    assert before is not None
    assert after == (saved if seen else None)
    assert saved != before or deed.startswith('nft')


def test_nothing_is_known_of_another_family_or_table(tool: tools.Tool) -> None:
    known = known_of(tool, RULES)
    other = tool_of('ipv4' if tool.family == 'ipv6' else 'ipv6', 'nf_tables')

    def body() -> tuple[object, ...]:
        restore(other, as_text(RULES), noflush=False)
        alone = known_rules.read(tool.family, known), save(tool)
        restore(tool, '*mangle\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n', noflush=True)
        return (*alone, known_rules.read(tool.family, known))

    assert in_namespace(body) == ({}, {}, None)


def test_counters_are_read_too(tool: tools.Tool) -> None:
    keys = [
        ('filter', 'INPUT', '-i lo -j own'),
        ('filter', 'own', '-p tcp'),
        ('filter', 'own', '-j ACCEPT'),
        ('filter', 'OUTPUT', '-j ACCEPT'),
    ]
    known = known_of(tool, keys)

    def body() -> tuple[t.Any, object]:
        command('ip', 'link', 'set', 'lo', 'up')
        restore(
            tool,
            as_text(keys).replace('*filter\n', '*filter\n:FORWARD DROP [7:890]\n'),
            noflush=False,
            counters=True,
        )
        command('ping', '-c', '3', '-i', '0.01', '127.0.0.1' if tool.family == 'ipv4' else '::1')
        return known_rules.read(tool.family, known), save(tool)

    read, saved = in_namespace(body)
    assert read == saved
    chains = read['filter'].chains
    assert chains['own'].counters[0] == (0, 0)
    assert chains['INPUT'].counters == chains['own'].counters[1:] == chains['OUTPUT'].counters
    assert chains['INPUT'].counters[0][0] >= 6
    assert chains['FORWARD'].policy_counters == (7, 890)


def test_what_changes_while_it_is_read_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tool_of('ipv4', 'nf_tables')
    known, real = known_of(tool, RULES), nfnetlink.answers

    def answers(sock: t.Any, kind: int, *more: t.Any) -> t.Iterator[t.Any]:
        yield from real(sock, kind, *more)
        if kind & 0xFF == 4:  # the chains were read, the rules are to come
            command('iptables-nft', '-D', 'INPUT', '1')

    def body() -> tuple[object, ...]:
        restore(tool, as_text(RULES), noflush=True)
        calm = known_rules.read('ipv4', known)
        monkeypatch.setattr(nfnetlink, 'answers', answers)
        return calm is not None, known_rules.read('ipv4', known)

    assert in_namespace(body) == (True, None)


@pytest.mark.parametrize('last', [3, 2])
def test_a_dump_that_ends_with_an_error_is_not_believed(last: int) -> None:
    class Short:
        """A socket to a kernel that gives up."""

        def settimeout(self, _seconds: float) -> None:
            pass

        def send(self, _data: bytes) -> None:
            pass

        def recv(self, _size: int) -> bytes:
            return struct.pack('=IHHIIi', 20, last, 2, 1, 0, -errno.ENOMEM)

    with pytest.raises(OSError, match='Cannot allocate memory'):
        list(nfnetlink.answers(t.cast(t.Any, Short()), 0xA07, 0x300))


def test_built_in_chains_that_are_missing_are_shown_only_as_the_tool_does(tool: tools.Tool) -> None:
    known = known_of(tool, RULES)

    def body() -> tuple[object, object]:
        restore(tool, as_text(RULES), noflush=True)
        found = nfnetlink.nft_rules(FAMILY[tool.family])
        assert found is not None
        there = {(parts[1].rstrip(b'\0').decode(), parts[3].rstrip(b'\0').decode()) for parts in found.chains}
        missing = any((table, chain) not in there for table in save(tool) for chain in BASE_CHAINS[table])
        return missing, known_rules.read(tool.family, known._replace(shows_all=False))

    missing, read = in_namespace(body)
    assert known.shows_all is missing
    assert (read is None) is missing


def _lines(tables: dict[str, SavedTable]) -> dict[str, list[str]]:
    return {name: lines(table) for name, table in tables.items()}


def test_texts_of_a_chain_are_those_of_iptables_save(tool: tools.Tool) -> None:
    known = known_of(tool, RULES)

    def body() -> list[t.Any]:
        restore(tool, as_text(RULES), noflush=True)
        read = known_rules.read(tool.family, known)
        assert read is not None
        return [_lines(read), _lines(save(tool))]

    read, saved = in_namespace(body)
    assert read == saved  # the order of chains too
