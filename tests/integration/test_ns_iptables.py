# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains by the module ns_iptables."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    NO_BLUE,
    WIRE,
    Case,
    Results,
    Wrong,
    check_case,
    check_wrong,
    ids,
)

CASES = (
    Case(
        'iptables beside others',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [
                {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.0.0.0/8 -j MASQUERADE']},
                {'chain': 'mine', 'rules': ['-j RETURN']},
                {'chain': 'INPUT', 'rules': ['-j mine']},
            ],
        },
        'iptables-save',
        (
            '-A INPUT -p tcp -j ACCEPT',
            '-j mn-iptables-host-POSTROUTING',
            '-A mn-iptables-host-INPUT -j mine',
            '-A mine -j RETURN',
        ),
        {'namespace': 'host'},
        before=('iptables -A INPUT -p tcp -j ACCEPT',),
        absent=('mn-', 'mine'),
    ),
    Case(
        'iptables all ours',
        'ns_iptables',
        {
            'namespace': 'blue',
            'mode': 'exclusive',
            'chains': [
                {
                    'chain': 'INPUT',
                    'family': 'both',
                    'policy': 'DROP',
                    'rules': ['-p tcp --dport https -j ACCEPT'],
                }
            ],
        },
        'ip netns exec blue iptables-save; ip netns exec blue ip6tables-save',
        (':INPUT DROP', '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT'),
        {'namespace': 'blue'},
        before=(BLUE, 'ip netns exec blue iptables -A INPUT -p udp -j ACCEPT'),
        absent=('-A', 'DROP'),
    ),
    Case(
        'iptables with fewer chains',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'OUTPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save',
        (
            '-A mn-iptables-blue-OUTPUT -j ACCEPT',
            '-A OUTPUT -m comment --comment "multinet:iptables-blue" -j mn-iptables-blue-OUTPUT',
        ),
        {'namespace': 'blue'},
        before=(
            BLUE,
            ('ns_iptables', {'namespace': 'blue', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}),
        ),
        absent=('-A', 'mn-'),
    ),
    Case(
        'iptables no longer all ours',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save',
        (':INPUT ACCEPT', '-A mn-iptables-blue-INPUT -j ACCEPT'),
        {'namespace': 'blue'},
        before=(
            BLUE,
            (
                'ns_iptables',
                {
                    'namespace': 'blue',
                    'mode': 'exclusive',
                    'chains': [{'chain': 'INPUT', 'policy': 'DROP'}, {'chain': 'mine'}],
                },
            ),
        ),
        absent=('-A', 'mn-', 'mine'),
    ),
    Case(
        'iptables in a scope with other things',
        'ns_iptables',
        {'namespace': 'blue', 'scope': 'adhoc', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save; ip -n blue addr',
        ('-A mn-adhoc-INPUT -j ACCEPT', '10.0.0.2/24'),
        {'namespace': 'blue', 'scope': 'adhoc'},
        before=(BLUE, WIRE),
        absent=('mn-',),
    ),
    Case(
        'iptables of a long name',
        'ns_iptables',
        {'namespace': 'b' * 80, 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec %s iptables-save' % ('b' * 80),
        ('-j mn-',),
        {'namespace': 'b' * 80},
        before=(('netns', {'name': 'b' * 80}),),
    ),
)
WRONG = (
    Wrong(
        'an empty list of chains',
        'ns_iptables',
        {'namespace': 'host', 'chains': []},
        (
            'chains: is empty, which would remove all chains of scope iptables-host; '
            'set state: absent if that is meant',
        ),
    ),
    Wrong(
        'chains',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [{'chain': 'PREROUTING'}, {'chain': 'INPUT', 'policy': 'DROP'}, {'rules': []}],
        },
        (
            'chains[0].chain: does not exist in table filter',
            'chains[1].policy: cannot be set where others have rules too',
            'chains[2].chain: is missing',
        ),
    ),
    Wrong(
        'rules',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [
                {'chain': 'INPUT', 'rules': ['-j ACCEPT', '-j NOWHERE']},
                {'table': 'nat', 'chain': 'OUTPUT', 'rules': ['--nonsense']},
            ],
        },
        (
            'chains[0].rules[1]: iptables does not take this rule for ',
            'chains[1].rules[0]: iptables does not take this rule for ',
        ),
    ),
    Wrong(
        'chains of others',
        'ns_iptables',
        {'namespace': 'host', 'chains': [{'chain': 'theirs', 'rules': ['-j ACCEPT']}]},
        ('theirs in host: is a chain of someone else',),
        before=('iptables -N theirs',),
    ),
    Wrong(
        'no namespace for chains',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'INPUT'}]},
        (NO_BLUE,),
    ),
    Wrong(
        'no chains',
        'ns_iptables',
        {'namespace': 'blue'},
        ('state is present but all of the following are missing: chains',),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)
