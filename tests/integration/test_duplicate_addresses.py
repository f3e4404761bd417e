# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 addresses with ``dad: true``: one that another host has fails the run, whenever it came."""

from __future__ import annotations

import copy
import time

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.world import run

DOCUMENT: Document = {
    'name': 'x',
    'links': [
        {
            'name': 'nic',
            'kind': 'physical',
            'addresses': [{'address': 'fd00::9/64', 'dad': True}, '10.0.0.9/24'],
        }
    ],
}
DUPLICATE = 'address fd00::9/64 on host/nic: is in use: another host on the link answered the detection of'


def _wire() -> None:
    for command in (
        'ip netns add far',
        'ip link add nic type veth peer name far netns far',
        'ip link set nic addrgenmode none up',
        'ip -n far link set far up',
        'ip -n far address add fd00::9/64 dev far nodad',
    ):
        run(command)


def _fails() -> None:
    _wire()
    with pytest.raises(EngineError) as caught:
        converge(DOCUMENT)
    assert str(caught.value).startswith(DUPLICATE)
    assert '10.0.0.9' not in run('ip address show dev nic')
    run('ip -n far address del fd00::9/64 dev far')
    converge(DOCUMENT)
    assert 'tentative' not in run('ip address show dev nic')
    assert not converge(DOCUMENT).ops


def test_a_run_that_gives_a_duplicate_address_fails_and_is_undone() -> None:
    world.in_world(_fails)


def _later() -> None:
    _wire()
    run('ip address add fd00::9/64 dev nic')
    while 'dadfailed' not in run('ip address show dev nic'):
        time.sleep(0.1)
    with pytest.raises(EngineError) as caught:
        converge(DOCUMENT)
    assert 'dadfailed' in str(caught.value)
    adopt = Policy(adopt=True)
    changes = converge(DOCUMENT, check=True, policy=adopt).changes
    assert [change.title for change in changes if 'dadfailed' in change.before] == [
        'address host/nic fd00::9/64'
    ]
    with pytest.raises(EngineError) as caught:
        converge(DOCUMENT, policy=adopt)
    assert str(caught.value).startswith(DUPLICATE)
    run('ip -n far address del fd00::9/64 dev far')
    converge(DOCUMENT, policy=adopt)
    assert not converge(DOCUMENT).ops


def test_an_address_that_became_a_duplicate_is_not_as_declared() -> None:
    world.in_world(_later)


def _switched() -> None:
    plain: Document = {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['fd00::8/64', '10.0.0.9/24']}],
    }
    checked = copy.deepcopy(plain)
    checked['links'][0]['addresses'][0] = {'address': 'fd00::8/64', 'dad': True}
    _wire()
    for document, without in ((plain, True), (checked, False), (plain, True)):
        converge(document)
        assert ('nodad' in run('ip address show dev nic to fd00::8')) is without
        assert not converge(document).ops


def test_an_address_whose_dad_changes_is_added_again() -> None:
    world.in_world(_switched)
