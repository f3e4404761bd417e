# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What links of all kinds have: made, changed in place, undone and restored; and kinds that have nothing
beside that."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import dump_links
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import silent, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

SAID: dict[str, t.Any] = {
    'group': 7,
    'arp': False,
    'multicast': False,
    'allmulticast': True,
    'promisc': True,
    'gso_max_size': 30000,
    'gso_max_segs': 77,
    'gro_max_size': 40000,
    'gso_ipv4_max_size': 20000,
    'gro_ipv4_max_size': 50000,
}
OTHER = {**SAID, 'group': 0, 'arp': True, 'multicast': True, 'allmulticast': False, 'promisc': False}


def of(name: str) -> dict[str, t.Any]:
    """What ip-link(8) says of a link."""
    [link] = json.loads(world.run('ip -d -j link show dev %s' % name))
    return t.cast('dict[str, t.Any]', link)


def has(name: str, said: t.Mapping[str, t.Any]) -> None:
    link = of(name)
    flags = set(link['flags'])
    found = {
        'group': 0 if link['group'] == 'default' else int(link['group']),
        'arp': 'NOARP' not in flags,
        'multicast': 'MULTICAST' in flags,
        'allmulticast': 'ALLMULTI' in flags,
        'promisc': 'PROMISC' in flags,
        **{key: link[key] for key in said if key in link and key != 'group'},
    }
    assert found == {key: said[key] for key in found}


def document(said: t.Mapping[str, t.Any]) -> Document:
    return {
        'name': 'all',
        'links': [
            {'name': 'br0', 'kind': 'bridge', **said},
            {'name': 'in0', 'kind': 'ifb', 'multicast': True},
            {'name': 'v0', 'kind': 'veth', **said, 'peer': {'name': 'v1', **said}},
            {'name': 'tap0', 'kind': 'macvtap', 'link': 'v0', 'mode': 'vepa', **said},
        ],
    }


NAMES = ('br0', 'v0', 'v1', 'tap0')


def _made_changed_and_undone() -> None:
    empty = snapshot()
    planned = converge(document(SAID), check=True)
    assert converge(document(SAID)).changes == planned.changes
    silent(document(SAID))
    for name in NAMES:
        has(name, SAID)
    before = snapshot()
    stopped_at_the_end(document(OTHER))
    assert not difference(before, snapshot())
    for name in NAMES:
        has(name, SAID)
    converge(document(OTHER))
    silent(document(OTHER))
    for name in NAMES:
        has(name, OTHER)
    converge(document(SAID))
    converge(document({}))  # without a word they are as usual; sizes stay
    silent(document({}))
    for name in NAMES:
        has(name, OTHER)
    converge(document({}), absent=True)
    assert not difference(empty, snapshot())


def test_made_changed_and_undone() -> None:
    world.in_world(_made_changed_and_undone)


def _restored() -> None:
    world.run('ip link add card type veth peer name far')
    world.run('ip link set dev card group 3 promisc on arp off')
    before = of('card')
    wanted = {'name': 'all', 'links': [{'name': 'card', 'kind': 'physical', **OTHER, 'group': 9}]}
    converge(wanted)
    silent(wanted)
    has('card', {**OTHER, 'group': 9})
    converge(wanted, absent=True)
    assert of('card') == before


def test_a_link_that_was_there_gets_back_what_it_had() -> None:
    world.in_world(_restored)


def _multicast() -> None:
    """The loopback of a new namespace, and links that are no Ethernet links, are born without."""
    lo, ifb = {'name': 'lo', 'kind': 'physical', 'multicast': True}, {'name': 'in0', 'kind': 'ifb'}
    document = {'name': 'cast', 'links': [ifb], 'namespaces': [{'name': 'red', 'links': [lo]}]}
    ifb['multicast'] = True
    planned = converge(document, check=True)
    done = converge(document)
    assert planned.changes == done.changes
    assert 'MULTICAST' in world.run('ip -n red link show lo')
    assert 'MULTICAST' in of('in0')['flags']
    silent(document)
    ifb.pop('multicast')
    converge(document)
    assert 'MULTICAST' not in of('in0')['flags']
    silent(document)


def test_who_takes_multicast() -> None:
    world.in_world(_multicast)


def _size(name: str) -> int:
    with netlink.NetlinkSocket() as sock:
        return next(link.fields['gso_ipv4_max_size'] for link in dump_links(sock) if link.name == name)


def _sizes() -> None:
    world.run('ip link add card type veth peer name far')
    had = {'name': 'card', 'kind': 'physical', 'gso_ipv4_max_size': 20000, 'gro_ipv4_max_size': 21000}
    converge({'name': 'before', 'links': [had]})
    before = snapshot()
    card = {'name': 'card', 'kind': 'physical', 'gso_max_size': 30000, 'gro_max_size': 31000}
    made = {'name': 'made', 'kind': 'bridge', 'gso_max_size': 30000, 'gso_ipv4_max_size': 65536}
    wanted = {'name': 'sizes', 'links': [card, made]}
    stopped_at_the_end(wanted)
    assert not difference(before, snapshot())
    assert _size('card') == 20000
    converge(wanted)
    silent(wanted)
    assert (_size('card'), _size('made')) == (30000, 65536)
    card['gso_ipv4_max_size'] = 20000
    converge(wanted)
    silent(wanted)
    without = {'name': 'sizes', 'links': [{'name': 'card', 'kind': 'physical'}, made]}
    stopped_at_the_end(without)
    silent(wanted)
    converge(without)
    silent(without)
    assert _size('card') == 20000
    converge(without, absent=True)
    assert _size('card') == 20000
    assert not difference(before, snapshot())


def test_sizes_that_change_along_with_others_come_back() -> None:
    world.in_world(_sizes)
