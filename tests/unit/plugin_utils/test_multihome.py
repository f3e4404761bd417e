# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layout of a multihomed host, and what is said of wrong variables."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.multihome import multihome

FRONT = {
    'name': 'eth0',
    'found': True,
    'addresses': ['192.0.2.7/24', '192.0.2.8/24'],
    'gateways': ['192.0.2.1'],
}
BACK = {
    'name': 'eth1',
    'kind': 'physical',
    'addresses': ['10.2.0.2/24', 'fd02::2/64'],
    'gateways': ['fd02::1'],
}


def made(*links: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    document = multihome({'name': 'mh', 'links': list(links), **more})
    read_layout(document)
    return document


def test_each_address_has_a_table_and_a_rule() -> None:
    document = made(FRONT, BACK)
    assert [(rule['from'], rule['table'], rule['priority']) for rule in document['rules']] == [
        ('192.0.2.7/32', 1001, 1001),
        ('192.0.2.8/32', 1002, 1002),
        ('10.2.0.2/32', 1003, 1003),
        ('fd02::2/128', 1004, 1004),
    ]
    assert [(route['to'], route['table'], route.get('via')) for route in document['routes']] == [
        ('192.0.2.0/24', 1001, None),
        ('default', 1001, '192.0.2.1'),
        ('192.0.2.0/24', 1002, None),
        ('default', 1002, '192.0.2.1'),
        ('10.2.0.0/24', 1003, None),
        ('fd02::/64', 1004, None),
        ('default', 1004, 'fd02::1'),
    ]
    assert document['links'] == [
        {'name': 'eth1', 'kind': 'physical', 'state': 'up', 'addresses': ['10.2.0.2/24', 'fd02::2/64']}
    ]
    # Strict where each IPv4 address has a gateway, loose elsewhere.
    assert {key.split('/')[3]: value for key, value in document['sysctls'].items() if 'rp_filter' in key} == {
        'eth0': 1,
        'eth1': 2,
    }
    assert document['iptables'][0]['rules'] == [
        '-i lo -j RETURN',
        '-d 192.0.2.7/32 ! -i eth0 -j DROP',
        '-d 192.0.2.8/32 ! -i eth0 -j DROP',
        '-d 10.2.0.2/32 ! -i eth1 -j DROP',
    ]


def test_what_can_be_left_out() -> None:
    document = made(
        FRONT,
        BACK,
        strict_receive=False,
        strict_arp=False,
        rp_filter=False,
        namespace='blue',
        first_table=7,
        first_priority=9,
    )
    inside = document['namespaces'][0]
    assert (inside['name'], inside['create'], inside['iptables'], inside['sysctls'], document['routes']) == (
        'blue',
        False,
        [],
        {},
        [],
    )
    assert (inside['rules'][0]['table'], inside['rules'][0]['priority']) == (7, 9)


def test_default_route_and_multicast() -> None:
    document = made(
        FRONT,
        {**BACK, 'gateways': ['fd02::1', '10.2.0.1']},
        default='eth0',
        default_metric=50,
        default_outbound={'ipv4': '10.2.0.2'},
        multicast={'link': 'eth1', 'groups': ['239.0.0.0/8', 'ff05::/16']},
    )
    assert document['routes'][-3:] == [
        {'to': 'default', 'via': '192.0.2.1', 'dev': 'eth0', 'src': '10.2.0.2', 'metric': 50},
        {'to': '239.0.0.0/8', 'dev': 'eth1', 'scope': 'link'},
        {'to': 'ff05::/16', 'dev': 'eth1', 'table': 'local', 'type': 'multicast'},
    ]


@pytest.mark.parametrize(
    'more, found',
    [
        (
            {'links': [{**FRONT, 'gateways': ['10.0.0.1']}]},
            'links[0].gateways[0]: is on no network of eth0 (found 10.0.0.1, want an address in 192.0.2.0/24',
        ),
        (
            {'links': [{**FRONT, 'gateways': ['fd00::1', 'x']}]},
            'links[0].gateways[0]: needs an address of the same family on eth0 (found fd00::1)',
        ),
        ({'links': [{**FRONT, 'gateways': ['x']}]}, "links[0].gateways[0]: is not an address (found 'x')"),
        ({'links': [{**FRONT, 'addresses': ['192.0.2.300/24']}]}, 'links[0].addresses[0]: is not an address'),
        ({'links': ['eth0']}, 'links[0]: is not a mapping'),
        ({'default': 'eth9'}, 'default: is none of the links (found eth9)'),
        (
            {'default': 'eth1', 'default_outbound': {'ipv4': '10.2.0.2'}},
            'default: has no gateway of ipv4 (found eth1)',
        ),
        (
            {'default': 'eth0', 'default_outbound': {'ipv4': '10.9.9.9'}},
            'default_outbound.ipv4: is not an ipv4 address of the links (found 10.9.9.9)',
        ),
        (
            {'default_outbound': {'ipv4': '10.2.0.2'}},
            'default_outbound: needs a link that the default route leads over',
        ),
        (
            {
                'links': [{**BACK, 'addresses': [{'address': 'fd02::2/64', 'dad': True}]}],
                'default': 'eth1',
                'default_outbound': {'ipv6': 'fd02::2'},
            },
            'default_outbound.ipv6: is checked for duplicates first',
        ),
        ({'multicast': {'groups': ['239.0.0.0/8']}}, 'multicast.link: is missing'),
        ({'multicast': {'link': 'eth9'}}, 'multicast.link: is none of the links (found eth9)'),
        (
            {'multicast': {'link': 'eth1', 'groups': ['10.0.0.0/8']}},
            'multicast.groups[0]: is not a multicast network (found 10.0.0.0/8)',
        ),
        ({'nonsense': 1}, 'nonsense: is not a known key'),
    ],
)
def test_wrong(more: dict[str, t.Any], found: str) -> None:
    with pytest.raises(InputError) as caught:
        multihome({'name': 'mh', 'links': [FRONT, BACK], **more})
    assert any(problem.startswith(found) for problem in caught.value.texts()), caught.value.texts()
