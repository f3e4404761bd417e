# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes that a failed run replaced are as they were, though their gateways come back after them."""

from __future__ import annotations

import errno
from unittest import mock

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.netlink import KernelError
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Access
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.operation import RouteOperation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

# The kernel refuses it, and takes the other routes.
REFUSED = {'to': '192.88.99.0/24', 'via': '172.16.0.1'}


def _document(net: int, *more: dict[str, str]) -> Document:
    """Routes whose gateways are in the networks of this number."""
    four, six = '10.%d.0' % net, 'fd00:%d:' % net
    hops = [{'via': six + ':2'}, {'via': six + ':3', 'weight': 2}]
    return {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': [four + '.1/24', six + ':1/64']}],
        'routes': [
            {'to': '192.0.2.0/24', 'via': four + '.2'},
            {'to': '198.51.100.0/24', 'nexthops': [{'via': four + '.2'}, {'via': four + '.3', 'weight': 2}]},
            {'to': '203.0.113.0/24', 'via': four + '.2', 'metric': 7},
            {'to': 'fd07::/64', 'via': six + ':2'},
            {'to': 'fd08::/64', 'nexthops': hops},
            {'to': 'fd09::/64', **(hops[0] if net == 1 else {'nexthops': hops})},
            *more,
        ],
    }


def _card() -> None:
    run('ip link add nic type veth peer name far')
    for name in ('nic', 'far'):
        run('ip link set %s addrgenmode none up' % name)


def _fails(document: Document, told: str) -> None:
    before = snapshot()
    with pytest.raises(EngineError, match=told):
        converge(document, policy=Policy(adopt=True))
    left = difference(before, snapshot())
    assert not left, left


def _other_network() -> None:
    _card()
    converge(_document(1))
    _fails(_document(2, REFUSED), 'everything done before was undone')


def test_other_gateways_in_another_network() -> None:
    in_world(_other_network)


def _one_for_two() -> None:
    _card()
    run('ip address add 10.1.0.1/24 dev nic')
    for number in (2, 3, 4):
        run('ip route append 192.0.2.0/24 via 10.1.0.%d' % number)
    before = run('ip route')
    routes = [{'to': '192.0.2.0/24', 'via': '10.1.0.9'}, REFUSED]
    _fails({'name': 'x', 'routes': routes}, 'everything done before was undone')
    assert run('ip route') == before


def test_several_with_one_key_that_others_made() -> None:
    in_world(_one_for_two)


def _stays() -> None:
    _card()
    run('ip address add 10.1.0.1/24 dev nic')
    messages = RouteOperation.messages

    def no_removal(operation: RouteOperation, access: Access) -> tuple[str, list[bytes]]:
        if operation.after is None:
            raise KernelError(errno.EPERM)
        return messages(operation, access)

    routes = [{'to': '192.0.2.0/24', 'via': '10.1.0.9'}, REFUSED]
    told = 'not undone: route 192.0.2.0/24 .*EPERM'
    with mock.patch.object(RouteOperation, 'messages', no_removal), pytest.raises(EngineError, match=told):
        converge({'name': 'x', 'routes': routes})
    converge({'name': 'x'}, absent=True)
    assert '192.0.2.0' not in run('ip route')


def test_a_new_one_that_cannot_be_removed_is_told() -> None:
    in_world(_stays)
