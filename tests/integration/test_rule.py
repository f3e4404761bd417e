# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules by the module ns_route."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    Case,
    Results,
    check_case,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

CASES = (
    Case(
        'rules',
        'ns_route',
        {
            'namespace': 'host',
            'rules': [
                {'priority': 100, 'from': '10.1.0.0/24', 'table': 100},
                {'priority': 100, 'table': 101, 'mark': '7/7'},
                {'priority': 101, 'action': 'prohibit', 'family': 'both'},
            ],
        },
        'ip rule; ip -6 rule',
        ('100:\tfrom 10.1.0.0/24 lookup 100', 'fwmark 0x7/0x7 lookup 101', '101:\tfrom all prohibit'),
        {'namespace': 'host', 'rules': [{'priority': 100}, {'priority': 101, 'family': 'both'}]},
    ),
    Case(
        'one of two rules',
        'ns_route',
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24', 'table': 100}]},
        'ip rule',
        ('from 10.1.0.0/24 lookup 100', 'from 10.2.0.0/24 lookup 100'),
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24'}]},
        before=('ip rule add priority 100 from 10.2.0.0/24 lookup 100',),
        absent=('10.1.0.0',),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


def _equal_rules() -> None:
    document = {
        'name': 'x',
        'namespaces': [{'name': 'ns', 'exclusive': True, 'rules': [{'priority': 100, 'table': 7}]}],
    }
    converge(document)
    for protocol in ('static', 'bgp'):
        run('ip -n ns rule add pref 100 table 7 protocol ' + protocol)
    converge(document)
    assert run('ip -n ns rule show pref 100').count('lookup 7') == 1
    assert not converge(document).ops


def test_of_several_equal_rules_an_exclusive_namespace_keeps_one() -> None:
    in_world(_equal_rules)
