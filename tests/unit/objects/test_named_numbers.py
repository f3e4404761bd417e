# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in the place of numbers in a document: on the managed host, and elsewhere."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.numbers import with_numbers
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError

FILES = {
    'rt_tables': {'isp': 100, 'isp1': 101, 'none': 0},
    'rt_realms': {'cosmos': 5},
    'rt_protos': {'mine': 97},
    'group': {'office': 7},
}
DOCUMENT: dict[str, t.Any] = {
    'name': 'lab',
    'links': [
        {'name': 'red', 'kind': 'vrf', 'table': 'isp', 'group': 'office'},
        {'name': 'a', 'kind': 'veth', 'peer': {'name': 'b', 'group': 'office'}},
    ],
    'routes': [{'to': '10.9.0.0/16', 'type': 'blackhole', 'table': 'isp'}],
    'rules': [
        {
            'priority': 1,
            'table': 'isp',
            'realms': 'cosmos/3',
            'protocol': 'mine',
            'suppress_ifgroup': 'office',
        }
    ],
    'namespaces': [
        {'name': 'n', 'rules': [{'priority': 1, 'table': 'isp1', 'protocol': 'bgp'}]},
        {'name': 'm{n}', 'replicas': 1, 'rules': [{'priority': 1, 'table': 'isp{n}'}]},
    ],
}


def read(document: t.Any) -> Layout:
    return read_layout(document, names=FILES.__getitem__)


def test_the_host_knows_the_numbers() -> None:
    layout = read(DOCUMENT)
    assert dict(layout.links[0].settings)['table'] == layout.routes[0].table == 100
    assert [link.group for link in layout.links] == [7, 0, 7]
    rule, *others = layout.rules
    assert (rule.table, rule.realms, rule.protocol, rule.suppress_ifgroup) == (100, 5 << 16 | 3, 97, 7)
    assert [(other.table, other.protocol) for other in others] == [(101, 186), (101, 0)]


def test_elsewhere_the_names_stand_for_them() -> None:
    layout = read_layout(DOCUMENT)
    assert 'table isp' in layout.routes[0].text()
    assert 'lookup isp suppress_ifgroup office realms cosmos/3' in layout.rules[0].text()
    assert layout.routes[0].table == layout.rules[0].table != layout.rules[1].table


@pytest.mark.parametrize(
    'key, name, file',
    [('table', 'vpn', 'rt_tables or rt_tables.d/*.conf'), ('realms', '3/vpn', 'rt_realms')],
)
def test_unknown_names(key: str, name: str, file: str) -> None:
    with pytest.raises(InputError) as caught:
        read({'name': 'lab', 'rules': [{'priority': 1, 'table': 7, key: name}]})
    text = str(caught.value)
    assert text.startswith('rules[0].%s: is the name of no ' % key)
    assert '%s in /etc/iproute2, /usr/share/iproute2, /usr/lib/iproute2' % file in text


def test_a_name_of_a_number_that_does_not_fit() -> None:
    with pytest.raises(InputError, match='is not a routing table'):
        read({'name': 'lab', 'rules': [{'priority': 1, 'table': 'none'}]})


def test_what_is_kept_says_numbers() -> None:
    kept = with_numbers(DOCUMENT, FILES.__getitem__)
    assert kept['links'] == [
        {'name': 'red', 'kind': 'vrf', 'table': 100, 'group': 7},
        {'name': 'a', 'kind': 'veth', 'peer': {'name': 'b', 'group': 7}},
    ]
    assert kept['rules'][0]['table'] == kept['routes'][0]['table'] == 100
    assert kept['namespaces'][0]['rules'] == [{'priority': 1, 'table': 101, 'protocol': 186}]
    assert kept['namespaces'][1] == {'name': 'm1', 'rules': [{'priority': 1, 'table': 101}]}
    assert kept['rules'][0] == {
        'priority': 1,
        'table': 100,
        'realms': '5/3',
        'protocol': 97,
        'suppress_ifgroup': 7,
    }
    broken: t.Any = {'name': 'lab', 'rules': [7], 'routes': {}, 'namespaces': ['a']}
    assert with_numbers(broken, FILES.__getitem__) == broken


def test_what_is_kept_says_numbers_at_any_depth() -> None:
    encap = {'type': 'seg6local', 'action': 'End.DT6', 'table': 'isp'}
    document = {
        'name': 'lab',
        'routes': [
            {'to': '10.9.0.0/16', 'nexthops': [{'dev': 'a', 'realms': 'cosmos'}, {'dev': 'b'}]},
            {'to': 'fd09::1/128', 'dev': 'a', 'encap': encap},
            {'to': '10.8.0.0/16', 'dev': 'a', 'realms': 7, 'table': 'main'},
        ],
        'namespaces': [{'name': 'n{n}', 'replicas': 3, 'rules': [{'priority': '{n}', 'table': 'isp'}]}],
    }
    kept = with_numbers(document, FILES.__getitem__)
    assert kept['routes'] == [
        {'to': '10.9.0.0/16', 'nexthops': [{'dev': 'a', 'realms': '5'}, {'dev': 'b'}]},
        {'to': 'fd09::1/128', 'dev': 'a', 'encap': {**encap, 'table': 100}},
        {'to': '10.8.0.0/16', 'dev': 'a', 'realms': 7, 'table': 254},
    ]
    assert kept['namespaces'] == [
        {'name': 'n{n}', 'replicas': 3, 'rules': [{'priority': '{n}', 'table': 100}]}
    ]
    assert read(kept) == read(document)


def test_an_encapsulation_by_name_is_read_elsewhere() -> None:
    encap = {'type': 'seg6local', 'action': 'End.DT6', 'table': 'isp'}
    [route] = read_layout(
        {'name': 'lab', 'routes': [{'to': 'fd09::1/128', 'dev': 'a', 'encap': encap}]}
    ).routes
    assert route.undeclarable == []
