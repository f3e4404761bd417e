# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of kind macvlan by the module ns_link."""

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
        'macvlan',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'mv0',
            'kind': 'macvlan',
            'mode': 'private',
            'link': 'br0',
            'link_namespace': 'host',
        },
        'ip -n blue -d -o link show mv0',
        ('macvlan mode private',),
        {'namespace': 'blue', 'name': 'mv0'},
        before=(BLUE, 'ip link add br0 up type bridge'),
    ),
)
WRONG = (
    Wrong(
        'link on a link in no namespace',
        'ns_link',
        {'namespace': 'host', 'name': 'mv0', 'kind': 'macvlan', 'link': 'eth0', 'link_namespace': 'blue'},
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
