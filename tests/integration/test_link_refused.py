# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that the kernel refuses: the message says why, where that is known."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.world import run

VXLAN = {'name': 'vx1', 'kind': 'vxlan', 'id': 7, 'dstport': 4789}
REFUSED: dict[str, tuple[tuple[str, ...], dict[str, t.Any], str]] = {
    'MTU of a macvlan': (
        (),
        {'name': 'mv0', 'kind': 'macvlan', 'link': 'card', 'mtu': 9000},
        'its MTU of 9000 may be more than the link below takes',
    ),
    'MTU of a macvlan that is there': (
        ('ip link add mv0 link card type macvlan mode bridge', 'ip link set mv0 alias multinet:lab'),
        {'name': 'mv0', 'kind': 'macvlan', 'link': 'card', 'mtu': 9000},
        'its MTU of 9000 may be more than the link below takes',
    ),
    'macvlan on a port': (
        ('ip link add br0 type bridge', 'ip link set card master br0'),
        {'name': 'mv0', 'kind': 'macvlan', 'link': 'card'},
        'host/card is a port, or has links of another kind on it',
    ),
    'second VXLAN of an id': (
        ('ip link add vx0 type vxlan id 7 dstport 4789',),
        VXLAN,
        'another vxlan of this namespace has the same id and port',
    ),
}


def _refused(commands: tuple[str, ...], link: dict[str, t.Any]) -> str:
    for command in ('ip link add card type veth peer name other', *commands):
        run(command)
    with pytest.raises(EngineError) as caught:
        converge({'name': 'lab', 'links': [link]})
    return str(caught.value)


@pytest.mark.parametrize('case', REFUSED)
def test_the_reason_is_told(case: str) -> None:
    commands, link, reason = REFUSED[case]
    assert reason in world.in_world(_refused, commands, link)
