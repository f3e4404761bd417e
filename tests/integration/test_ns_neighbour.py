# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours, forwarding entries and policy rules by the modules for single objects."""

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

MAC = '02:00:00:00:00:09'
NONE = '00:00:00:00:00:00'
NINE = {'to': '10.0.0.9', 'dev': 'eth0', 'lladdr': MAC}
PROXY = {'to': 'fd00::8', 'dev': 'eth0', 'proxy': True}
ENDS = {
    'namespace': 'host',
    'fdb': [{'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.%d' % end} for end in (1, 2)],
}
IN_BLUE = {'namespace': 'blue'}
CASES = (
    Case(
        'neighbours',
        'ns_neighbour',
        {**IN_BLUE, 'neighbours': [NINE, PROXY]},
        'ip -n blue neighbour; ip -n blue -6 neighbour show proxy',
        ('10.0.0.9 dev eth0 lladdr %s PERMANENT' % MAC, 'fd00::8 dev eth0 proxy'),
        {**IN_BLUE, 'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0'}, PROXY]},
        before=(BLUE, WIRE),
    ),
    Case(
        'one of two neighbours',
        'ns_neighbour',
        {**IN_BLUE, 'neighbours': [NINE]},
        'ip -n blue neighbour',
        ('10.0.0.9 ', '10.0.0.7 '),
        {**IN_BLUE, 'neighbours': [NINE]},
        before=(BLUE, WIRE, 'ip -n blue neighbour add 10.0.0.7 lladdr %s dev eth0' % MAC),
        absent=('10.0.0.9 ',),
    ),
    Case(
        'ends of a VXLAN',
        'ns_neighbour',
        ENDS,
        'bridge fdb show dev vx',
        ('dst 192.0.2.1 ', 'dst 192.0.2.2 '),
        ENDS,
        before=('ip link add vx type vxlan id 7 dstport 4789',),
    ),
    Case(
        'a rule',
        'ns_rule',
        {**IN_BLUE, 'rules': [{'priority': 100, 'from': '10.1.0.0/24', 'table': 100}]},
        'ip -n blue rule',
        ('from 10.1.0.0/24 lookup 100',),
        {**IN_BLUE, 'rules': [{'priority': 100}]},
        before=(BLUE,),
    ),
)
WRONGS = (
    Wrong('no namespace', 'ns_neighbour', {**IN_BLUE, 'neighbours': [NINE]}, (NO_BLUE,)),
    Wrong(
        'no hardware address',
        'ns_neighbour',
        {**IN_BLUE, 'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0'}]},
        ('neighbours[0].lladdr: is missing; add it, or set proxy or managed',),
        before=(BLUE, WIRE),
    ),
    Wrong(
        'no link',
        'ns_neighbour',
        {**IN_BLUE, 'neighbours': [{**NINE, 'dev': 'eth7'}]},
        ('neighbour 10.0.0.9 dev eth7 in blue: uses a link that does not exist (found eth7)',),
        before=(BLUE, WIRE),
    ),
)
RESULTS = Results(CASES, WRONGS)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONGS, ids=ids)
def test_refused_by_name(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)
