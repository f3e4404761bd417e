# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MTU of links of others that stand on one that a document gives a smaller MTU."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import silent, stopped_after
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

HOST = (
    'ip link add nic type veth peer name far',
    'ip link set nic addrgenmode none up',
    'ip link set far up',
)
UPPERS = {
    'beside it': (
        'ip link add link nic name up0 mtu 1450 type macvlan mode bridge',
        'ip link set up0 up',
        'ip address add 10.5.0.1/24 dev up0',
        'ip address add fd05::1/64 dev up0 nodad',
    ),
    'two of them': (
        'ip link add link nic name a0 mtu 1450 type macvlan mode bridge',
        'ip link add link nic name z0 type macvlan mode bridge',
        'ip link add link nic name small mtu 1000 type macvlan mode bridge',
    ),
    'in another namespace': (
        'ip netns add con',
        'ip link add link nic name up0 netns con type macvlan mode bridge',
        'ip -n con link set up0 up',
        'ip -n con address add 10.5.0.1/24 dev up0',
        'ip -n con address add fd05::1/64 dev up0 nodad',
    ),
}
ADOPT = Policy(adopt=True)


def _document(mtu: int) -> Document:
    return {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'mtu': mtu}]}


def _same(before: Snapshot) -> None:
    left = difference(before, snapshot())
    assert not left, left


def _lowered(uppers: str, mtu: int) -> None:
    for command in (*HOST, *UPPERS[uppers]):
        run(command)
    before = snapshot()
    for number in range(1, converge(_document(mtu), policy=ADOPT, check=True).ops + 1):
        stopped_after(number, _document(mtu), policy=ADOPT)
        _same(before)
    foretold = converge(_document(mtu), policy=ADOPT, check=True).changes
    assert len([change for change in foretold if change.kind == 'link']) > 1
    assert converge(_document(mtu), policy=ADOPT).changes == foretold
    silent(_document(mtu))
    converge(_document(mtu - 10), policy=ADOPT)
    silent(_document(mtu - 10))
    converge(_document(1500))
    silent(_document(1500))
    converge(_document(mtu), policy=ADOPT)
    converge({'name': 'x'}, absent=True)
    _same(before)


@pytest.mark.parametrize('mtu', [1400, 1200])
@pytest.mark.parametrize('uppers', UPPERS)
def test_what_stands_on_a_link_gets_its_mtu_back(uppers: str, mtu: int) -> None:
    world.in_world(_lowered, uppers, mtu)


def _changed_meanwhile() -> None:
    for command in (*HOST, *UPPERS['beside it']):
        run(command)
    converge(_document(1400))
    run('ip link set up0 mtu 1350')
    converge(_document(1400), absent=True)
    assert 'mtu 1350' in run('ip link show up0') and 'mtu 1500' in run('ip link show nic')


def test_what_others_set_meanwhile_stays() -> None:
    world.in_world(_changed_meanwhile)


def _removed_alone() -> None:
    for command in (*HOST, *UPPERS['beside it']):
        run(command)
    before = snapshot()
    converge(_document(1400), policy=Policy(mode=Mode.ADD))
    converge(_document(1400), policy=Policy(mode=Mode.REMOVE))
    converge({'name': 'x'}, absent=True)
    _same(before)


def test_a_module_that_removes_the_declaration_gives_it_back() -> None:
    world.in_world(_removed_alone)
