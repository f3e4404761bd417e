# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of iptables written over netlink: the kernel has what iptables-restore would have made of them."""

from __future__ import annotations

import errno
import struct
import subprocess
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import Attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import nft_form, tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical import canonicalise
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.known_rules import KnownRules
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.restore_text import (
    whole_tables_text,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_bytes import RuleWriter
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import RuleKey
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import (
    SavedTable,
    empty_table,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES

from . import iptables_spellings, world
from .iptables_world import (
    PROGRAM,
    Watch,
    as_text,
    command,
    converge,
    in_namespace,
    restore,
    save,
    tool_of,
    unsupported,
    use,
)
from .world import inside, run

FAMILY = {'ipv4': 'ip', 'ipv6': 'ip6'}
PROGRAMS = {'iptables-nft-restore', 'ip6tables-nft-restore', 'iptables-restore', 'ip6tables-restore'}
# What the kernel numbers itself, or counts.
VOLATILE = (
    {nft_form.TABLE_HANDLE, nft_form.TABLE_PAD},
    {nft_form.CHAIN_HANDLE, nft_form.CHAIN_PAD},
    {nft_form.RULE_HANDLE, nft_form.RULE_POSITION, nft_form.RULE_PAD},
)
# What people do next. Each of them may fail, with the same words.
COMMANDS = [
    '-C INPUT -p tcp --dport 443 -j ACCEPT',
    '-C INPUT -p tcp --dport 444 -j ACCEPT',
    '-A INPUT -p tcp --dport 443 -j ACCEPT',
    '-I INPUT 2 -m comment --comment new',
    '-R INPUT 1 -m mark --mark 7',
    '-D INPUT -p udp -j DROP',
    '-D INPUT 3',
    '-P INPUT DROP',
    '-Z INPUT',
    '-N later',
    '-A later -j own',
    '-E later renamed',
    '-X own',
    '-F own',
    '-t nat -S',
    '-t mangle -F',
    '-S',
]


@pytest.fixture(params=FAMILIES)
def tool(request: pytest.FixtureRequest) -> tools.Tool:
    return tool_of(request.param, 'nf_tables')


def written_rules(tool: tools.Tool) -> tuple[KnownRules, list[RuleKey]]:
    """The rules that people write of which something is known, as iptables shows them."""
    keys = iptables_spellings.spellings(tool.family)
    missing = unsupported(tool, keys)
    keys = [key for key in keys if key not in missing]
    canonical = canonicalise(tool, keys, iptables_spellings.CHAINS)
    known = {(form[0], text) for form, text in canonical.known_rules.texts.items()}
    rules: list[RuleKey] = []
    for key in keys:
        rules += [(*key[:2], text) for text in canonical[key]]
    return canonical.known_rules, [rule for rule in rules if (rule[0], rule[2]) in known]


def tables_of(tool: tools.Tool, rules: list[RuleKey]) -> dict[str, SavedTable]:
    def body() -> dict[str, SavedTable]:
        restore(tool, as_text(rules), noflush=False)
        return save(tool)

    return in_namespace(body)


def dump(family: str) -> list[list[Attributes]]:
    """What the kernel reports, without what it numbers itself."""
    rules = nfnetlink.nft_rules(FAMILY[family])
    assert rules is not None
    lasting = []
    for objects, volatile in zip(rules, VOLATILE):
        lasting.append([without_keys(parts, volatile) for parts in objects])
    return lasting


def without_keys(parts: Attributes, keys: set[int]) -> Attributes:
    return {key: value for key, value in parts.items() if key not in keys}


def by_restore(tool: tools.Tool, tables: dict[str, SavedTable]) -> None:
    text, noflush = whole_tables_text({name: empty_table(name) for name in tables}, tables, True, False)
    restore(tool, text, noflush=noflush)


def as_bytes(tool: tools.Tool, known: KnownRules, tables: dict[str, SavedTable]) -> None:
    assert RuleWriter(tool.family, known).write_first(tables.values())


def test_what_people_write_comes_out_as_iptables_makes_it(tool: tools.Tool) -> None:
    known, rules = written_rules(tool)
    assert len(rules) >= 90
    tables = tables_of(tool, rules)
    restored = in_namespace(lambda: (by_restore(tool, tables), dump(tool.family), save(tool))[1:])
    written = in_namespace(lambda: (as_bytes(tool, known, tables), dump(tool.family), save(tool))[1:])
    assert written == restored


def test_iptables_goes_on_from_there_as_if_it_had_made_it(tool: tools.Tool) -> None:
    known, rules = written_rules(tool)
    tables = tables_of(tool, rules)

    def after_commands() -> list[object]:
        seen: list[object] = []
        for words in COMMANDS:
            argv = ['%s-nft' % PROGRAM[tool.family], *words.split()]
            ended = subprocess.run(argv, capture_output=True, check=False)
            seen.append((words, ended.returncode, ended.stdout, ended.stderr, dump(tool.family)))
        return seen

    restored = in_namespace(lambda: (by_restore(tool, tables), after_commands())[1])
    written = in_namespace(lambda: (as_bytes(tool, known, tables), after_commands())[1])
    assert written == restored


def test_all_tables_come_in_one_transaction(tool: tools.Tool) -> None:
    known, rules = written_rules(tool)
    tables = tables_of(tool, rules)
    assert len(tables) > 1

    def body() -> tuple[int | None, int | None]:
        before = nfnetlink.generation()
        as_bytes(tool, known, tables)
        return before, nfnetlink.generation()

    before, after = in_namespace(body)
    assert before is not None and after == before + 1


def small(tool: tools.Tool) -> tuple[KnownRules, dict[str, SavedTable]]:
    rules: list[RuleKey] = [('filter', 'INPUT', '-p tcp -j REJECT --reject-with tcp-reset')]
    rules += [('filter', 'own', '-i lo -j ACCEPT'), ('nat', 'POSTROUTING', '-o eth0 -j MASQUERADE')]
    canonical = canonicalise(tool, rules, iptables_spellings.CHAINS)
    return canonical.known_rules, tables_of(tool, rules)


def without(known: KnownRules, word: str) -> KnownRules:
    texts = {form: text for form, text in known.texts.items() if word not in text}
    assert len(texts) < len(known.texts)
    return known._replace(texts=texts)


def with_two_forms(known: KnownRules) -> KnownRules:
    """As if iptables made two things that look the same of one text."""
    (table, expressions, userdata), text = next(iter(known.texts.items()))
    return known._replace(texts={**known.texts, (table, expressions, userdata + b'\1\0'): text})


def with_wrong_bytes(known: KnownRules) -> KnownRules:
    """As if the kernel did not take back what it has shown."""
    texts = {
        (table, blob.replace(b'reject', b'rejekt').replace(b'REJECT', b'REJEKT'), data): text
        for (table, blob, data), text in known.texts.items()
    }
    assert texts.keys() != known.texts.keys()
    return known._replace(texts=texts)


def of_an_old_iptables(known: KnownRules) -> KnownRules:
    """iptables before 1.8.8 makes all built-in chains of a table."""
    return known._replace(shows_all=False)


NOT_WRITTEN: dict[str, t.Callable[[KnownRules], KnownRules]] = {
    'a rule that is not known': lambda known: without(known, 'MASQUERADE'),
    'a text of two forms': with_two_forms,
    'a rule that the kernel refuses': with_wrong_bytes,
    'an iptables that makes more chains': of_an_old_iptables,
}


@pytest.mark.parametrize('case', NOT_WRITTEN)
def test_what_is_not_sure_is_left_to_iptables(case: str, tool: tools.Tool) -> None:
    known, tables = small(tool)

    def body() -> tuple[bool, object]:
        is_written = RuleWriter(tool.family, NOT_WRITTEN[case](known)).write_first(tables.values())
        return is_written, nfnetlink.nft_rules(FAMILY[tool.family])

    is_written, rules = in_namespace(body)
    assert not is_written
    assert rules == nfnetlink.FamilyRules([], [], [])  # nothing of it was done


def test_a_transaction_of_many_rules(tool: tools.Tool) -> None:
    """It is one datagram, longer than net.core.wmem_default."""
    known, tables = small(tool)
    chains = tables['filter'].chains
    chains['own'] = chains['own']._replace(rules=chains['own'].rules * 5000)

    def body() -> int:
        as_bytes(tool, known, tables)
        return len(save(tool)['filter'].chains['own'].rules)

    assert in_namespace(body) == 5000


def test_a_commit_that_was_overtaken_does_nothing() -> None:
    def body() -> tuple[int, str]:
        before = nfnetlink.generation()
        assert before is not None
        command('nft', 'add table ip others')
        body = struct.pack('=HH', 11, 1) + b'ours\0\0\0\0'
        with pytest.raises(OSError) as caught:
            nfnetlink.commit([nfnetlink.pack_nft(nfnetlink.NFT_MSG_NEWTABLE, 0, 'ip', body)], before)
        return caught.value.errno or 0, command('nft', 'list tables')

    number, tables = in_namespace(body)
    assert number == errno.ERESTART
    assert tables == 'table ip others\n'


# -- documents -----------------------------------------------------------------------------------------------

CHAIN = {'chain': 'INPUT', 'rules': ['-i lo -j ACCEPT', '-p tcp --dport 22 -j ACCEPT']}


def document(*more: dict[str, t.Any]) -> dict[str, t.Any]:
    return {'namespaces': [{'name': 'a', 'iptables': [CHAIN, *more]}]}


def restores(declared: dict[str, t.Any]) -> tuple[int, str]:
    """How often iptables-restore ran for a new namespace, and what is there."""

    def body() -> tuple[int, str]:
        use('nf_tables')
        with pytest.MonkeyPatch.context() as patch:
            run('ip netns add other')
            watch = Watch(patch, 'other')
            converge(declared)
            count = len([name for name in watch.started if name in PROGRAMS])
        assert not converge(declared).changes
        return count, inside('a', run, 'iptables-save')

    return world.in_world(body)


def test_a_new_namespace_gets_its_rules_without_a_program_of_its_own() -> None:
    count, saved = restores(document())
    assert count == 1  # in the scratch namespace
    assert '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT' in saved


def test_a_rule_that_is_not_known_costs_a_program() -> None:
    quota = {'chain': 'FORWARD', 'rules': ['-m quota --quota 1000000 -j ACCEPT']}
    count, saved = restores(document(quota))
    assert count == 2
    assert '-m quota --quota 1000000' in saved
