# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges by the module ns_link."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    Case,
    Results,
    check_case,
    ids,
)

CASES = (
    Case(
        'bridge',
        'ns_link',
        {
            'namespace': 'host',
            'name': 'br0',
            'kind': 'bridge',
            'stp': True,
            'priority': 4096,
            'addresses': ['10.1.0.1/24'],
            'ageing_time': 30,
        },
        'ip -d -o addr show br0',
        ('10.1.0.1/24',),
        {'namespace': 'host', 'name': 'br0'},
    ),
    Case(
        'bridge in a namespace',
        'ns_link',
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge', 'link_state': 'down', 'forward_delay': 4},
        'ip -n blue -d -o link show br0',
        ('state DOWN', 'forward_delay 400', 'multinet:adhoc'),
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge'},
        before=(BLUE,),
    ),
    Case(
        'link of others',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'bridge', 'adopt': True},
        'ip -d -o link show br0',
        ('forward_delay 0', 'multinet:adhoc'),
        {'namespace': 'host', 'name': 'br0', 'scope': 'another'},
        before=('ip link add br0 type bridge',),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)
