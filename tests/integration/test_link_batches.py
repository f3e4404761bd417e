# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More of a kind than one request takes."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import netlink
from ansible_collections.multinet.linux.tests.integration import world


def _many_links() -> None:
    count = 2 * netlink.BATCH + 3
    world.run('ip link add foreign type bridge')
    before = world.run('ip -o link')
    # The namespaces are of another scope and stay, so that what is removed are links alone.
    converge({'name': 'held', 'namespaces': [{'name': 'leaf{n}', 'replicas': count}]})
    converge(
        {
            'name': 'many',
            'namespaces': [
                {
                    'name': 'leaf{n}',
                    'replicas': count,
                    'create': False,
                    'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'leaf-{n}'}}],
                }
            ],
        }
    )
    assert len(world.run('ip -o link show type veth').splitlines()) == count
    assert len(converge({'name': 'many'}, absent=True).changes) >= count
    assert world.run('ip -o link') == before
    converge({'name': 'held'}, absent=True)
    assert world.run('ip netns list') == ''


def test_links_go_in_groups() -> None:
    world.in_world(_many_links)
