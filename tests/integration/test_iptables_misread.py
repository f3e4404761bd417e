# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of nft that iptables-save shows as other ones."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.misread import misread_chains
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
