# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of nft that iptables-save shows as other ones."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import read_tables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.misread import misread_chains
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.operation import (
    IptablesOperation,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

from . import iptables_spellings, world
from .iptables_world import Document, as_text, converge, in_namespace, restore, tool_of, unsupported, use
from .world import run

RULES = {
    'ip saddr @s counter drop': 'a set',
    'ip saddr { 10.0.0.1, 10.0.0.2 } counter drop': 'a set',
    'ip saddr vmap { 10.0.0.1 : drop }': 'a set',
    'ip saddr < 10.0.0.5 counter drop': 'a comparison by size',
    'udp checksum 5 counter drop': 'a field of a header',
    '@ih,0,8 3 counter drop': 'a field of a header',
    'counter continue': 'continue',
    'log prefix "x" group 3 counter drop': 'log and immediate',
}
CHAIN = 'mn-lab-INPUT'


def _shared() -> None:
    document: Document = {'iptables': [{'chain': 'INPUT', 'rules': ['-j DROP']}]}
    converge(document)
    run('nft add set ip filter s { type ipv4_addr ; }')
    for rule, word in RULES.items():
        run('nft flush chain ip filter ' + CHAIN)
        run('nft add rule ip filter %s %s' % (CHAIN, rule))
        with pytest.raises(
            EngineError, match='has a rule of nft that iptables shows as another, without ' + word
        ):
            converge(document)
    converge(document, absent=True)
    assert CHAIN not in run('nft list table ip filter')


def test_a_rule_of_nft_in_a_chain_of_ours_is_not_taken_for_one_of_iptables() -> None:
    world.in_world(lambda: (use('nf_tables'), _shared()))


def _exclusive() -> None:
    document: Document = {
        'iptables_mode': 'exclusive',
        'iptables': [{'chain': 'INPUT', 'rules': ['-j DROP']}],
    }
    converge(document)
    run('nft add set ip filter s { type ipv4_addr ; }')
    run('nft flush chain ip filter INPUT')
    run('nft add rule ip filter INPUT ip saddr @s counter drop')
    with pytest.raises(EngineError, match='has a rule of nft that iptables shows as another, without a set'):
        converge(document)


def test_a_rule_of_nft_in_a_table_that_is_ours_is_not_taken_for_one_of_iptables() -> None:
    world.in_world(lambda: (use('nf_tables'), _exclusive()))


def _foreign() -> None:
    run('nft add table ip filter ; add chain ip filter theirs ; add set ip filter s { type ipv4_addr ; }')
    run('nft add rule ip filter theirs ip saddr @s counter drop')
    document: Document = {'iptables': [{'chain': 'INPUT', 'rules': ['-j DROP']}]}
    assert converge(document).changes
    assert not converge(document).changes
    assert 'ip saddr @s' in run('nft list chain ip filter theirs')


def test_rules_of_nft_in_chains_of_others_stay() -> None:
    world.in_world(lambda: (use('nf_tables'), _foreign()))


def _exclusive_document(*rules: str) -> Document:
    return {
        'iptables_mode': 'exclusive',
        'iptables': [{'chain': 'INPUT', 'rules': list(rules)}],
    }


def _watched(patch: pytest.MonkeyPatch) -> list[str]:
    """The families of which the rules are searched."""
    searched: list[str] = []

    def search(family: str) -> dict[tuple[str, str], str]:
        searched.append(family)
        return misread_chains(family)

    patch.setattr(read_tables, 'misread_chains', search)
    return searched


def _searched_once() -> None:
    with pytest.MonkeyPatch.context() as patch:
        searched = _watched(patch)
        for number in range(3):
            assert converge(
                _exclusive_document('-p tcp -j DROP', '-m mark --mark %d -j DROP' % number)
            ).changes
        assert searched == []  # nobody else has changed a rule since the table was made
        run('iptables -I INPUT -p udp -j DROP')
        assert converge(_exclusive_document('-p tcp -j DROP')).changes
        assert searched == ['ipv4']


def test_rules_are_searched_again_only_when_others_have_changed_some() -> None:
    world.in_world(lambda: (use('nf_tables'), _searched_once()))


def _of_another_family() -> None:
    """A family that no run has read is not proven along with another one."""
    chain = {'table': 'filter', 'chain': 'theirs', 'family': 'ipv6', 'rules': ['-j DROP']}
    run('nft add table ip6 filter ; add chain ip6 filter theirs ; add set ip6 filter s { type ipv6_addr ; }')
    run('nft add rule ip6 filter theirs ip6 saddr @s counter drop')
    document = _exclusive_document('-j DROP')
    converge(document)
    document['iptables'].append(chain)
    with pytest.raises(EngineError, match='has a rule of nft that iptables shows as another, without a set'):
        converge(document, policy=Policy(adopt=True))


def test_a_rule_of_nft_in_a_family_that_was_not_read_is_refused() -> None:
    world.in_world(lambda: (use('nf_tables'), _of_another_family()))


def _after_a_proof(document: Document, changed: Document) -> None:
    converge(document)
    run('nft add set ip filter s { type ipv4_addr ; }')
    run('nft insert rule ip filter INPUT ip saddr @s counter drop')
    with pytest.raises(EngineError, match='has a rule of nft that iptables shows as another, without a set'):
        converge(changed)


def test_a_rule_of_nft_that_came_after_the_proof_is_refused() -> None:
    documents = _exclusive_document('-j DROP'), _exclusive_document('-j DROP', '-p tcp -j ACCEPT')
    world.in_world(lambda: (use('nf_tables'), _after_a_proof(*documents)))


def _during_the_run(deed: str) -> None:
    converge(_exclusive_document('-p tcp -j DROP'))
    run('nft add set ip filter s { type ipv4_addr ; }')
    real, deeds = IptablesOperation.perform, [deed]

    def perform(op: IptablesOperation, *words: t.Any) -> None:
        real(op, *words)
        if deeds:
            run(deeds.pop())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IptablesOperation, 'perform', perform)
        with pytest.raises(
            EngineError, match='has a rule of nft that iptables shows as another, without a set'
        ):
            converge(_exclusive_document('-p tcp -j DROP', '-p udp -j DROP'))


@pytest.mark.parametrize(
    'deed',
    [
        'nft insert rule ip filter INPUT ip saddr @s drop',
        'nft add rule ip filter INPUT ip saddr @s counter drop',
    ],
)
def test_a_rule_of_nft_that_comes_during_the_run_is_refused(deed: str) -> None:
    world.in_world(lambda: (use('nf_tables'), _during_the_run(deed)))


@pytest.mark.parametrize('family', FAMILIES)
def test_no_rule_of_iptables_is_taken_for_one_of_nft(family: str) -> None:
    tool = tool_of(family, 'nf_tables')
    keys = iptables_spellings.spellings(family)
    missing = unsupported(tool, keys)
    text = as_text([key for key in keys if key not in missing])

    def body() -> dict[tuple[str, str], str]:
        restore(tool, text, noflush=False)
        return misread_chains(family)

    assert in_namespace(body) == {}
