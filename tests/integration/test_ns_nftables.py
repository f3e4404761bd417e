# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables by the module ns_nftables."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    NO_BLUE,
    Case,
    Results,
    Wrong,
    check_case,
    check_wrong,
    ids,
)

CASES = (
    Case(
        'nftables',
        'ns_nftables',
        {
            'namespace': 'blue',
            'content': 'chain c {\n type filter hook input priority 0; policy drop; iif lo accept\n}',
        },
        'ip netns exec blue nft list ruleset',
        ('table inet multinet-adhoc', 'iif "lo" accept', 'policy drop'),
        {'namespace': 'blue'},
        before=(BLUE,),
    ),
    Case(
        'nftables beside others',
        'ns_nftables',
        {
            'namespace': 'host',
            'table': 'mine',
            'family': 'ip',
            'content': 'chain c { tcp dport https counter\n}',
        },
        'nft list ruleset',
        ('table ip mine', 'tcp dport 443 counter', 'table ip theirs', 'table inet mine'),
        {'namespace': 'host', 'table': 'mine', 'family': 'ip'},
        before=('nft add table ip theirs', 'nft add table inet mine'),
        absent=('table ip mine',),
    ),
    Case(
        'nftables of others',
        'ns_nftables',
        {'namespace': 'host', 'table': 'theirs', 'content': 'chain d { }', 'adopt': True},
        'nft list ruleset',
        ('table inet theirs', 'chain d'),
        {'namespace': 'host', 'table': 'theirs', 'scope': 'another'},
        before=('nft add table inet theirs; nft add chain inet theirs c',),
    ),
)
WRONG = (
    Wrong(
        'nft text',
        'ns_nftables',
        {'namespace': 'host', 'content': 'chain c {\n foo\n}', 'scope': 'x y'},
        ('scope: is not a valid scope name',),
    ),
    Wrong(
        'nft lines',
        'ns_nftables',
        {
            'namespace': 'host',
            'content': 'chain c {\n tcp dport 22 accept\n foo\n ip saddr localhost drop\n}',
        },
        (
            "content: line 3: nft does not take this (found 'foo'): ",
            'content: line 4: nft does not take this',
        ),
    ),
    Wrong(
        'nft escape',
        'ns_nftables',
        {'namespace': 'host', 'content': 'chain c { }\n}\nflush ruleset'},
        ('content: line 2 has a "}" that closes nothing',),
    ),
    Wrong(
        'nft name',
        'ns_nftables',
        {'namespace': 'host', 'table': 'filter', 'family': 'ip', 'content': 'chain c { }'},
        ('table: is a table of iptables',),
    ),
    Wrong(
        'nft of others',
        'ns_nftables',
        {'namespace': 'host', 'table': 'theirs', 'content': 'chain c { }'},
        ('nftables inet theirs in host: is a table of someone else; ',),
        before=('nft add table inet theirs',),
    ),
    Wrong('nft nowhere', 'ns_nftables', {'namespace': 'blue', 'content': 'chain c { }'}, (NO_BLUE,)),
    Wrong(
        'nft without text',
        'ns_nftables',
        {'namespace': 'host'},
        ('state is present but all of the following are missing: content',),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)
