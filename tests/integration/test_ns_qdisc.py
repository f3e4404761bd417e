# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines by the module ns_qdisc."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    WIRE,
    Case,
    Results,
    check_case,
    ids,
)

LIMIT = {'link': 'eth0', 'limit': '5mbit'}
CASES = (
    Case(
        'short form',
        'ns_qdisc',
        {'namespace': 'blue', 'qdiscs': [LIMIT]},
        'ip netns exec blue tc qdisc show dev eth0',
        ('qdisc tbf', 'rate 5Mbit'),
        {'namespace': 'blue', 'qdiscs': [{'link': 'eth0'}]},
        before=(BLUE, WIRE),
    ),
    Case(
        'of the host, in place of that of another',
        'ns_qdisc',
        {'namespace': 'host', 'qdiscs': [{'link': 'blue0', 'kind': 'bfifo', 'limit': 7000}]},
        'tc qdisc show dev blue0',
        ('limit 7000b',),
        {'namespace': 'host', 'qdiscs': [{'link': 'blue0', 'kind': 'bfifo'}]},
        before=(BLUE, WIRE, 'tc qdisc add dev blue0 root handle 5: pfifo limit 55'),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)
