# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of others that a failed run replaced are created anew, with all that the kernel had said of them."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

MAKE = (
    'ip link add one type bridge group_fwd_mask 8 mcast_querier 1 mcast_last_member_count 5',
    'ip link set one group 77 txqueuelen 123 up',
    'ip link add two type vxlan id 7 dstport 4789 local 10.0.0.1 ageing 55 tos 8 gbp udpcsum',
    'ip link add port type veth peer name far',
    'ip link set port master one txqueuelen 44',
    'ip link set port type bridge_slave fastleave on mcast_flood off',
)
# All of them have to be other links; the sysctl is refused in the end.
DOCUMENT = {
    'name': 'undone',
    'links': [
        {'name': 'one', 'kind': 'vxlan', 'id': 9},
        {'name': 'two', 'kind': 'bridge'},
        {'name': 'port', 'kind': 'bridge'},
    ],
    'sysctls': {'net.ipv4.ip_local_port_range': '9 1'},
}
# What is new each time a link is created, or comes about by itself.
NEW = re.compile(r'if_?index|link_index|flags|.*(state|timer|_id|_root|_learned)')


def links() -> dict[str, t.Any]:
    """All that ip-link(8) says of each link."""
    return {link['ifname']: flat(link) for link in json.loads(world.run('ip -d -j link show'))}


def flat(data: dict[str, t.Any], prefix: str = '') -> dict[str, t.Any]:
    facts: dict[str, t.Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            facts.update(flat(value, prefix + key + '.'))
        elif not NEW.fullmatch(key):
            facts[prefix + key] = value
    return facts


def _undone() -> None:
    for command in MAKE:
        world.run(command)
    before, links_before = snapshot(), links()
    assert links_before['one']['linkinfo.info_data.group_fwd_mask'] == '0x8'
    assert links_before['two']['linkinfo.info_data.ageing'] == 55
    with pytest.raises(EngineError) as caught:
        converge(DOCUMENT, policy=Policy(adopt=True))
    assert 'not undone' not in str(caught.value), caught.value
    found = difference(before, snapshot())
    assert not found, found
    assert links() == links_before


def test_links_of_others_come_back_whole() -> None:
    world.in_world(_undone)
