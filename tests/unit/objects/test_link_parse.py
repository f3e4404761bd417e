# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of a document: one spelling for each, and what is filled in, hardware addresses too."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import (
    KINDS,
    sent_at_birth,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


def only_link(**keys: t.Any) -> Link:
    return layout(links=[{'name': 'br0', 'kind': 'bridge', **keys}]).links[0]


@pytest.mark.parametrize('written', ['02:AB:cd:00:00:01', '02-ab-CD-00-00-01', ' 02:ab:cd:00:00:01 '])
def test_mac(written: str) -> None:
    assert only_link(mac=written).mac == '02:ab:cd:00:00:01'


def test_link_defaults() -> None:
    link = only_link()
    assert (link.up, link.mtu, link.master, link.link_local, link.mark) == (
        True,
        None,
        '',
        False,
        'multinet:lab',
    )
    rows = KINDS['bridge'].settings.items()
    assert dict(link.settings) == {name: row.default for name, row in rows if row.default is not None}
    assert not [name for name, row in rows if row.immutable and row.default is not None]
    told = {'stp': False, 'forward_delay': 0, 'ageing_time': 300, 'priority': 32768, 'vlan_filtering': False}
    assert told.items() <= dict(link.settings).items()
    assert dict(only_link(vlan_filtering=True, vlan_protocol='802.1ad').settings)['group_address'][-1] == '8'
    assert dict(only_link(stp='yes').settings)['forward_delay'] == 15
    assert dict(only_link(stp=True, forward_delay=4).settings)['forward_delay'] == 4
    assert only_link(mtu='1400').mtu == only_link(mtu='0x578').mtu == 1400
    physical = only_link(name='eth0', kind='physical')
    assert (physical.up, physical.mac, physical.master, physical.link_local, physical.mark) == (None,) * 5


def test_none_is_the_same_as_nothing_said() -> None:
    assert layout(links=None, namespaces=None, sysctls=None).empty()
    assert only_link(mtu=None, mac=None, addresses=None, master=None, port=None) == only_link()


def test_a_vxlan_has_a_port_of_udp_and_may_be_one_of_a_bridge() -> None:
    found = only_link(name='x', kind='vxlan', id=5, dstport=8472, master='br1', port={'cost': 7})
    assert {'id': 5, 'port': 8472, 'learning': True, 'ttl': 0}.items() <= dict(found.settings).items()
    assert found.port == (('cost', 7),)


def test_both_ends_of_a_veth() -> None:
    found = layout(
        namespaces=[
            {
                'name': 'red',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'peer': {'name': 'red0', 'master': 'br0', 'port': {'isolated': 'yes'}},
                        'addresses': ['10.0.0.2/24'],
                    }
                ],
            }
        ]
    )
    inner, outer = found.links
    assert (inner.end, outer.end) == (('red', 'eth0'), ('', 'red0'))
    assert (inner.peer, outer.peer) == (outer.end, inner.end)
    assert (inner.master, outer.master, outer.port) == ('', 'br0', (('isolated', True),))
    assert [address.key for address in found.addresses] == [('red', 'eth0', '10.0.0.2/24')]
    turned = layout(
        namespaces=[{'name': 'red'}],
        links=[
            {
                'name': 'red0',
                'kind': 'veth',
                'master': 'br0',
                'port': {'isolated': True},
                'peer': {'name': 'eth0', 'namespace': 'red', 'addresses': ['10.0.0.2/24']},
            }
        ],
    )
    assert set(turned.links) == set(found.links)
    assert turned.addresses == found.addresses


def test_links_get_a_mac_of_their_own_unless_one_is_declared() -> None:
    document = {
        'name': 'lab',
        'namespaces': [
            {
                'name': 'red{n}',
                'replicas': 50,
                'links': [
                    {'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'red-{n}'}},
                    {'name': 'm', 'kind': 'macvlan', 'link': 'eth0'},
                    {'name': 'x', 'kind': 'vxlan', 'id': 5},
                    {'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'eth0'},
                ],
            }
        ],
    }
    here, there = read_layout(document, host_id='here'), read_layout(document, host_id='there')
    assert read_layout(document, host_id='here') == here
    of = {link.end: link.mac for link in here.links}
    assert all(of[link.end] is None for link in here.links if link.kind == 'vlan')
    macs = [link.mac for found in (here, there) for link in found.links if link.kind != 'vlan']
    assert len(set(macs)) == len(macs) == 400
    assert only_link(mac='02:00:00:00:00:01').mac == '02:00:00:00:00:01'


def test_a_new_bond_is_told_what_its_module_may_have_been_loaded_with() -> None:
    """As far as the kernel takes it: the delays with miimon, what is of a mode in that mode."""
    sent = dict(sent_at_birth('bond', only_link(kind='bond', mode='802.3ad', lacp_rate='slow').settings))
    assert (sent['lacp_rate'], sent['updelay'], sent['resend_igmp']) == ('slow', 0, 1)
    assert not {'ad_select', 'arp_interval', 'arp_validate', 'packets_per_slave'} & sent.keys()
    sent = dict(sent_at_birth('bond', only_link(kind='bond', arp_interval=100).settings))
    assert (sent['arp_validate'], sent['packets_per_slave']) == ('none', 1)
    assert not {'updelay', 'lacp_rate'} & sent.keys()


@pytest.mark.parametrize(
    'links',
    [
        [
            {'name': 'x', 'id': 5, 'remote': 'fe80::1', 'link': 'up0'},
            {'name': 'y', 'id': 5, 'remote': 'fe80::1', 'link': 'up1'},
        ],
        [{'name': 'x', 'id': 5, 'gbp': True}, {'name': 'y', 'id': 5, 'state': 'down'}],
        [{'name': 'x', 'id': 5}, {'name': 'y', 'id': 5, 'remote': 'fd00::1'}],
    ],
    ids=['on two links', 'with two headers', 'of two families'],
)
def test_two_vxlans_of_one_id(links: list[dict[str, t.Any]]) -> None:
    """What vxlan_vni_in_use takes for two."""
    assert len(layout(links=[{'kind': 'vxlan', **link} for link in links]).links) == 2


@pytest.mark.parametrize(
    'link, arp, multicast',
    [
        ({'kind': 'bridge'}, True, True),
        ({'kind': 'vlan', 'id': 5, 'link': 'up0'}, None, None),  # as the link below (vlan_dev_init)
        ({'kind': 'ipvlan', 'link': 'up0'}, None, True),  # the mode decides on ARP
        ({'kind': 'gre'}, None, False),
        ({'kind': 'gretap', 'remote': '10.0.0.1'}, True, True),
        ({'kind': 'dummy'}, None, False),
        ({'kind': 'physical'}, None, None),
    ],
)
def test_arp_and_multicast_are_as_the_kind_says(
    link: dict[str, t.Any], arp: bool | None, multicast: bool | None
) -> None:
    found = only_link(**link)
    assert (found.arp, found.multicast) == (arp, multicast)
