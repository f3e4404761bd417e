# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of kind vxlan by the module ns_link."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    Case,
    Results,
    check_case,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.outcomes import silent

CASES = (
    Case(
        'vxlan',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'vx0',
            'kind': 'vxlan',
            'id': 42,
            'remote': '192.0.2.1',
            'dstport': 4790,
            'mtu': 1400,
        },
        'ip -n blue -d -o link show vx0',
        ('vxlan id 42 remote 192.0.2.1', 'dstport 4790', 'mtu 1400'),
        {'namespace': 'blue', 'name': 'vx0', 'kind': 'vxlan'},
        before=(BLUE,),
    ),
    Case(
        'link of another number',
        'ns_link',
        {'namespace': 'host', 'name': 'vx0', 'kind': 'vxlan', 'id': 43},
        'ip -d -o link show vx0',
        ('vxlan id 43',),
        {'namespace': 'host', 'name': 'vx0'},
        before=(('ns_link', {'namespace': 'host', 'name': 'vx0', 'kind': 'vxlan', 'id': 42}),),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


def _over_a_link_of_the_host() -> None:
    vxlan = {'name': 'x', 'kind': 'vxlan', 'id': 7, 'link': 'up0', 'link_namespace': 'host'}
    document = {
        'name': 'over',
        'links': [{'name': 'up0', 'kind': 'bridge'}],
        'namespaces': [{'name': 'n1', 'links': [vxlan]}],
    }
    converge(document)
    assert 'vxlan id 7' in world.run('ip -n n1 -d -o link show x')
    silent(document)
    vxlan.pop('link')
    vxlan.pop('link_namespace')
    converge(document)
    silent(document)


def test_over_a_link_of_another_namespace() -> None:
    """There IFLA_LINK is the VXLAN itself."""
    world.in_world(_over_a_link_of_the_host)
