# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of links that others made: by the module ns_address, and in documents."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.generator import Document
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
from ansible_collections.multinet.linux.tests.integration.outcomes import (
    refused,
    silent,
    stopped_at_the_end,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

IN_BLUE = {'namespace': 'blue'}
FIVE = {'address': '10.5.0.5/24', 'dev': 'eth0'}
CASES = (
    Case(
        'addresses',
        'ns_address',
        {**IN_BLUE, 'addresses': [FIVE, {'address': 'fd05::5/64', 'dev': 'eth0', 'metric': 7}]},
        'ip -n blue address show dev eth0; ip -n blue -6 route',
        ('inet 10.5.0.5/24', 'inet6 fd05::5/64', 'metric 7', '10.0.0.2/24'),
        {**IN_BLUE, 'addresses': [FIVE, {'address': 'fd05::5/64', 'dev': 'eth0'}]},
        before=(BLUE, WIRE),
        absent=('10.5.0.5', 'fd05::5'),
    ),
    Case(
        'an address of the host',
        'ns_address',
        {'namespace': 'host', 'addresses': [{'address': '192.0.2.7', 'dev': 'lo'}]},
        'ip address show dev lo',
        ('192.0.2.7/32',),
        {'namespace': 'host', 'addresses': [{'address': '192.0.2.7', 'dev': 'lo'}]},
    ),
)
WRONGS = (
    Wrong('no namespace', 'ns_address', {**IN_BLUE, 'addresses': [FIVE]}, (NO_BLUE,)),
    Wrong(
        'no link',
        'ns_address',
        {**IN_BLUE, 'addresses': [{**FIVE, 'dev': 'eth7'}]},
        ('address 10.5.0.5/24 on blue/eth7: uses a link that does not exist (found eth7)',),
        before=(BLUE, WIRE),
    ),
    Wrong(
        'a link of another scope',
        'ns_address',
        {**IN_BLUE, 'addresses': [FIVE], 'scope': 'another'},
        ('is on a link of another scope, which would remove it (found scope adhoc)',),
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


def _life() -> None:
    run('ip netns add blue')
    run('ip -n blue link add name eth0 type veth peer name eth1')
    run('ip -n blue address add 10.0.0.1/24 dev eth0')
    run('ip -n blue link set eth0 up')
    document: Document = {
        'name': 'lab',
        'namespaces': [{'name': 'blue', 'create': False, 'addresses': [FIVE]}],
    }
    before = snapshot()
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    assert converge(document, check=True).changes == converge(document).changes
    silent(document)
    told = describe(scope='lab')[0]
    assert told['namespaces'][0]['addresses'] == [{'dev': 'eth0', 'address': '10.5.0.5/24'}]
    silent({'name': 'lab', **told})
    run('ip -n blue address del 10.5.0.5/24 dev eth0')
    converge(document)
    converge(document, absent=True)
    assert not difference(before, snapshot())
    missing = {**FIVE, 'dev': 'eth7'}
    assert 'eth7' in refused(
        {'name': 'lab', 'namespaces': [{'name': 'blue', 'create': False, 'addresses': [missing]}]}
    )


def test_an_address_beside_its_link() -> None:
    in_world(_life)
