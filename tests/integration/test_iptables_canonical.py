# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables makes of a rule, and which rules it does not take."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import legacy, tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical import canonicalise
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.errors import RuleErrors
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import RuleKey
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES

from . import iptables_spellings
from .iptables_world import as_text, in_namespace, lines, restore, save, tool_of, unsupported


@pytest.fixture(autouse=True)
def lock_of_the_host_stays_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XTABLES_LOCKFILE', str(tmp_path / 'xtables.lock'))


@pytest.fixture(params=['nf_tables', 'legacy'])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=FAMILIES)
def tool(request: pytest.FixtureRequest, backend: str) -> tools.Tool:
    return tool_of(request.param, backend)


@pytest.fixture
def tool4(backend: str) -> tools.Tool:
    return tool_of('ipv4', backend)


def test_spellings_have_a_canonical_form_that_stays(tool: tools.Tool) -> None:
    keys = iptables_spellings.spellings(tool.family)
    # A kernel or a release without some extension: everything else is still tested, and most of it must be
    # there.
    missing = unsupported(tool, keys)
    assert len(missing) <= len(keys) // 16, missing
    keys = [key for key in keys if key not in missing]
    assert len(keys) >= 120

    first = canonicalise(tool, keys, iptables_spellings.CHAINS)
    assert list(first) == keys
    again = [(table, chain, rule) for (table, chain, _spec), rules in first.items() for rule in rules]
    second = canonicalise(tool, again, iptables_spellings.CHAINS)
    assert {key: rules for key, rules in second.items() if rules != (key[2],)} == {}

    def loaded(rules: list[RuleKey]) -> dict[str, list[str]]:
        restore(tool, as_text(rules), noflush=False)
        return {name: lines(table) for name, table in save(tool).items()}

    written = in_namespace(loaded, keys)
    assert written == in_namespace(loaded, again)
    for (table, chain, _spec), rules in first.items():
        assert all('-A %s %s' % (chain, rule) if rule else '-A ' + chain in written[table] for rule in rules)


def test_spellings_of_one_rule_agree(tool: tools.Tool) -> None:
    same = [
        '-p tcp --dport https -j ACCEPT',
        '-p TCP -m tcp --destination-port 443 --jump ACCEPT',
        '  -j   ACCEPT -p 6 --dport 443',
    ]
    found = canonicalise(tool, [('filter', 'INPUT', spec) for spec in same])
    assert set(found.values()) == {('-p tcp -m tcp --dport 443 -j ACCEPT',)}


@pytest.mark.quick
def test_one_spec_may_be_several_rules(tool4: tools.Tool) -> None:
    specs = [
        '-s 1.1.1.1,2.2.2.2',
        '-j ACCEPT',
        '-s 1.1.1.1,1.1.1.1',
        '-s 1.1.1.1 -d 3.3.3.3,4.4.4.4',
        '-m state --state NEW,ESTABLISHED',
    ]
    for chain in ('INPUT', 'own'):
        found = canonicalise(tool4, [('filter', chain, spec) for spec in specs])
        assert list(found.values()) == [
            ('-s 1.1.1.1/32', '-s 2.2.2.2/32'),
            ('-j ACCEPT',),
            ('-s 1.1.1.1/32', '-s 1.1.1.1/32'),
            ('-s 1.1.1.1/32 -d 3.3.3.3/32', '-s 1.1.1.1/32 -d 4.4.4.4/32'),
            ('-m state --state NEW,ESTABLISHED',),
        ]


def test_rules_that_look_like_our_fences(tool4: tools.Tool) -> None:
    fence = '-m comment --comment multinet-between-1'
    keys = [
        ('filter', 'INPUT', spec) for spec in (fence, '-s 1.1.1.1,2.2.2.2', '-s 2.2.2.2,1.1.1.1 ' + fence)
    ]
    found = canonicalise(tool4, [*keys, ('filter', 'multinet-canonical', '-j ACCEPT')])
    assert found[keys[0]] == (fence,)
    assert found[keys[2]] == ('-s 2.2.2.2/32 ' + fence, '-s 1.1.1.1/32 ' + fence)


def test_chains_of_different_namespaces_make_no_loop_together(tool: tools.Tool) -> None:
    keys = [
        ('filter', 'a', '-j b'),
        ('filter', 'b', '-j a'),
        ('filter', 'INPUT', '-j a'),
        ('nat', 'PREROUTING', '-j x'),
        ('nat', 'POSTROUTING', '-j x'),
        ('nat', 'x', '-p tcp -j REDIRECT'),
        ('nat', 'x', '-j MASQUERADE'),
    ]
    assert canonicalise(tool, keys)[keys[0]] == ('-j b',)


BAD = [
    ('nat', 'POSTROUTING', '-i eth0 -j MASQUERADE'),
    ('filter', 'INPUT', '-j REDIRECT'),
    ('filter', 'INPUT', '-p tcp -j REDIRECT --to-ports 80'),
    ('filter', 'INPUT', '--frob'),
    ('filter', 'own', '-p tcp --dport nothing'),
    ('filter', 'INPUT', '-j no-such-chain'),
    ('mangle', 'OUTPUT', '-p tcp -j TPROXY --on-port 80'),
    ('nat', 'PREROUTING', '-j MASQUERADE'),
    ('filter', 'FORWARD', '-m owner --uid-owner 0'),
    ('filter', 'OUTPUT', '-i eth0'),
    ('filter', 'own', '-g nowhere'),
]


GOOD = [
    ('filter', 'INPUT', '-j ACCEPT'),
    ('filter', 'own', '-j ACCEPT'),
    ('nat', 'POSTROUTING', '-j MASQUERADE'),
    ('filter', 'INPUT', '-i eth0'),
    *(('filter', 'INPUT', '-p tcp --dport %d' % port) for port in range(1, 200)),
]


def test_all_rules_that_are_wrong_are_found_at_once(tool: tools.Tool) -> None:
    # '-m owner' in FORWARD: iptables asks only the kernel, which has known better since Linux 2.6.
    mixed = GOOD[:100] + [rule for pair in zip(BAD, GOOD[100:]) for rule in pair]
    with pytest.raises(RuleErrors) as caught:
        canonicalise(tool, mixed)
    assert [(rule.table, rule.chain, rule.spec) for rule in caught.value.rejected] == BAD
    assert caught.value.complete
    messages = {rule.spec: rule.message for rule in caught.value.rejected}
    assert messages['-i eth0 -j MASQUERADE'] == "Can't use -i with POSTROUTING"
    assert 'the kernel does not take this rule here' in messages['-p tcp -j REDIRECT --to-ports 80']
    assert "filter OUTPUT: Can't use -i with OUTPUT (found '-i eth0')" in str(caught.value)


def test_the_search_for_wrong_rules_ends(tool4: tools.Tool) -> None:
    with pytest.raises(RuleErrors, match='more rules may be wrong') as caught:
        canonicalise(tool4, [('filter', 'INPUT', '--frob %d' % number) for number in range(50)], limit=5)
    assert len(caught.value.rejected) == 5
    assert not caught.value.complete


def test_a_chain_that_cannot_be_made_is_reported_with_its_table(tool4: tools.Tool) -> None:
    with pytest.raises(RuleErrors) as caught:
        canonicalise(tool4, [('filter', 'DROP', '-j ACCEPT'), ('nat', 'POSTROUTING', '-j ACCEPT')])
    assert [rule.table for rule in caught.value.rejected] == ['filter']


def test_canonical_form_of_nothing(tool4: tools.Tool) -> None:
    assert canonicalise(tool4, []) == {}


def test_canonical_forms_touch_no_namespace_of_anybody(tool: tools.Tool) -> None:
    def body() -> tuple[object, object]:
        before = (nfnetlink.generation(), legacy.tables(tool.family))
        canonicalise(tool, GOOD)
        return before, (nfnetlink.generation(), legacy.tables(tool.family))

    before, after = in_namespace(body)
    assert before == after
