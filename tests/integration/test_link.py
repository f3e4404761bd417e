# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any link by the module ns_link."""

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
        'link that is there',
        'ns_link',
        {
            'namespace': 'host',
            'name': 'card',
            'kind': 'physical',
            'mtu': 1400,
            'txqueuelen': 7,
            'link_state': 'up',
            'addresses': ['192.0.2.7/32'],
        },
        'ip addr show card',
        ('192.0.2.7/32', '192.0.2.8/32', 'qlen 7'),
        {'namespace': 'host', 'name': 'card', 'kind': 'physical'},
        before=('ip link add card type veth peer name other', 'ip addr add 192.0.2.8/32 dev card'),
        absent=('192.0.2.7/32', 'qlen 7'),
    ),
    Case(
        'loopback',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'lo',
            'kind': 'physical',
            'addresses': ['10.255.0.1/32', 'fd00:ffff::1/128'],
        },
        'ip -n blue -o addr show lo',
        ('127.0.0.1/8', '10.255.0.1/32', 'fd00:ffff::1/128'),
        {'namespace': 'blue', 'name': 'lo'},
        before=(BLUE,),
        absent=('10.255.0.1', 'fd00:ffff::1'),
    ),
)
WRONG = (
    Wrong(
        'link without kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0'},
        ('state is present but all of the following are missing: kind',),
    ),
    Wrong(
        'link of a strange kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'team'},
        ('value of kind must be one of',),
    ),
    Wrong(
        'option of another kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'bridge', 'id': 7},
        ('id: is not a known key',),
    ),
    Wrong(
        'link state',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'vxlan', 'remote': 'x', 'dstport': 0},
        ('id: is missing', 'remote: is not an address', 'dstport: is out of range'),
    ),
    Wrong(
        'link that does not exist',
        'ns_link',
        {'namespace': 'host', 'name': 'eth7', 'kind': 'physical'},
        ('link host/eth7: does not exist; check its name',),
    ),
    Wrong(
        'link without namespace',
        'ns_link',
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge'},
        (NO_BLUE,),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)
