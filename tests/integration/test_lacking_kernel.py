# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this kernel cannot do is named before anything is done."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import refused
from ansible_collections.multinet.linux.tests.integration.world import run


def _unknown_kind(kind: str) -> str | None:
    if not os.system(
        'ip link add probe type %s%s 2>/dev/null' % (kind, {'vlan': ' id 5 link lo'}.get(kind, ''))
    ):
        return None
    entry: dict[str, t.Any] = {
        'name': 'l0',
        'kind': kind,
        **({'id': 5, 'link': 'l1'} if kind == 'vlan' else {}),
    }
    document = {
        'name': 'x',
        'links': [entry, {'name': 'l1', 'kind': 'bridge'}],
        'namespaces': [{'name': 'n1'}],
    }
    read_layout(document)
    return refused(document)


_REMOTE: dict[str, t.Any] = {'remote': '10.0.0.9'}
_REMOTE6: dict[str, t.Any] = {'remote': 'fd00::9'}
_OTHERS: dict[str, dict[str, t.Any]] = {
    'ipvlan': {'link': 'l1'},
    'vrf': {'table': 9},
    'gre': _REMOTE,
    'gretap': _REMOTE,
    'ipip': _REMOTE,
    'sit': _REMOTE,
    'macvtap': {'link': 'l1'},
    'vti': _REMOTE,
    'ip6gre': _REMOTE6,
    'ip6gretap': _REMOTE6,
    'ip6tnl': _REMOTE6,
    'vti6': _REMOTE6,
    'geneve': {'id': 5, **_REMOTE},
    'xfrm': {'if_id': 5},
}


@pytest.mark.parametrize(
    ('kind', 'module'),
    [
        ('dummy', 'dummy'),
        ('vlan', '8021q'),
        ('bond', 'bonding'),
        ('ipvlan', 'ipvlan'),
        ('vrf', 'vrf'),
        ('gre', 'ip_gre'),
        ('ipip', 'ipip'),
        ('sit', 'sit'),
        ('gretap', 'ip_gre'),
        ('ifb', 'ifb'),
        ('macvtap', 'macvtap'),
        ('vti', 'ip_vti'),
        ('ip6gre', 'ip6_gre'),
        ('ip6gretap', 'ip6_gre'),
        ('ip6tnl', 'ip6_tunnel'),
        ('vti6', 'ip6_vti'),
        ('geneve', 'geneve'),
        ('xfrm', 'xfrm_interface'),
        ('wireguard', 'wireguard'),
    ],
)
def test_kind_that_the_kernel_lacks(kind: str, module: str) -> None:
    if kind in _OTHERS:
        told = world.in_world(_unknown_other, kind)
    else:
        told = world.in_world(_unknown_kind, kind)
    if told is not None:
        assert (
            'this kernel has no links of kind %s: install or load its module %s (modprobe %s)'
            % (kind, module, module)
            in told
        ), told


def _unknown_other(kind: str) -> str | None:
    keys = _OTHERS[kind]
    has_parent = 'link' in keys
    words = [] if has_parent else [str(word) for pair in keys.items() for word in pair]
    run('ip link add l1 type bridge')
    if not os.system(
        'ip link add probe %s type %s %s 2>/dev/null'
        % ('link l1' if has_parent else '', kind, ' '.join(words))
    ):
        return None
    run('ip link del l1')
    entry = {'name': 'l0', 'kind': kind, **keys}
    return refused({'name': 'x', 'links': [entry, {'name': 'l1', 'kind': 'bridge'}]})


def _vlan_filtering() -> list[str]:
    if not os.system('ip link add probe type bridge vlan_filtering 1 2>/dev/null'):
        return []
    names = ['br0', 'br1']
    wanted = {
        'name': 'x',
        'links': [{'name': name, 'kind': 'bridge', 'vlan_filtering': True} for name in names],
        'namespaces': [{'name': 'n1'}],
    }
    told = [refused(wanted)]
    for link in wanted['links']:
        link['vlan_filtering'] = False
    converge(wanted)
    for link in wanted['links']:
        link['vlan_filtering'] = True
    return [*told, refused(wanted)]


def test_vlan_filtering_that_the_kernel_lacks() -> None:
    """Both for bridges to be made and for those that are there, and each is named."""
    for told in world.in_world(_vlan_filtering):
        for name in ('br0', 'br1'):
            assert 'link host/%s' % name in told
        assert (
            told.count(
                'without CONFIG_BRIDGE_VLAN_FILTERING, want one that has it); boot one that does,'
                ' or leave vlan_filtering out'
            )
            == 2
        ), told
        assert 'no links of kind' not in told
