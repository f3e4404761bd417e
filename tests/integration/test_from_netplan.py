# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter from_netplan."""

from __future__ import annotations

import copy
import json
import re
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.filter.from_netplan import from_netplan
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.netplan import translate
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.translation import Translation
from ansible_collections.multinet.linux.tests.unit.plugin_utils.coming_over.netplan_files import (
    EXAMPLES,
    MEAN_NOTHING,
    REFUSED,
    SCHEMA,
    file_of,
)

pytestmark = pytest.mark.one_python

ODD = 'odd-value'


def problems_of(data: t.Any, **options: t.Any) -> dict[str, str]:
    """The problems, each by its path."""
    try:
        from_netplan(data, 'lab', **options)
    except AnsibleFilterError as exc:
        lines = str(exc).splitlines()[1:]
        return {line.partition(': ')[0]: line for line in lines}
    return {}


@pytest.mark.parametrize('name', EXAMPLES)
def test_examples_are_translated_or_refused_by_name(name: str) -> None:
    problems = problems_of(EXAMPLES[name])
    assert sorted(problems) == sorted(REFUSED.get(name, [])), problems
    assert all('cannot be taken over: ' in problem for problem in problems.values())
    assert 'a secret' not in str(problems)


@pytest.mark.parametrize('name', [name for name in EXAMPLES if name != 'sriov'])
def test_the_rest_of_an_example_is_a_valid_document(name: str) -> None:
    before = copy.deepcopy(EXAMPLES[name])
    document = from_netplan(EXAMPLES[name], 'lab', REFUSED.get(name, []))
    assert read_layout(document).scope == 'lab'
    assert json.loads(json.dumps(document)) == document
    assert EXAMPLES[name] == before
    assert (
        from_netplan(yaml.safe_dump(EXAMPLES[name], sort_keys=False), 'lab', REFUSED.get(name, []))
        == document
    )


def nested(path: str, value: t.Any) -> t.Any:
    """A file that has *value* at *path*."""
    if not path:
        return value
    first, _dot, rest = path.partition('.')
    below = nested(rest, value)
    return {first[:-2]: [below]} if first.endswith('[]') else {first: below}


@pytest.mark.parametrize('path, key', [(path, key) for path, keys in SCHEMA.items() for key in keys.split()])
def test_no_key_is_passed_over(path: str, key: str) -> None:
    whole = '%s.%s' % (path, key)
    data = nested(whole, ODD)
    for mode, tunnel in data['network'].get('tunnels', {}).items() if 'tunnels.' in path else ():
        tunnel.setdefault('mode', mode)
    if key in MEAN_NOTHING:
        assert not any('.' + key in problem for problem in problems_of(data))
        return
    run = Translation()
    if ODD in json.dumps(translate(data, 'lab', run)):
        return
    wanted = re.compile(re.escape(whole.replace('[]', '[0]')) + r'([\[.].*)?')
    problems = [problem for problem in run.problems if wanted.fullmatch(problem.path)]
    assert problems
    assert not any('is not a known key' in problem.what for problem in problems), problems


def test_files_are_merged_in_order() -> None:
    first = file_of(ethernets={'eth0': {'mtu': 1400, 'addresses': ['192.0.2.1/24']}, 'eth1': {}})
    second = 'network: {ethernets: {eth0: {mtu: 1500, addresses: [192.0.2.2/24]}}}'
    document = from_netplan([first, second], 'lab')
    assert document['links'] == [
        {
            'name': 'eth0',
            'kind': 'physical',
            'state': 'up',
            'mtu': 1500,
            'addresses': ['192.0.2.1/24', '192.0.2.2/24'],
        },
        {'name': 'eth1', 'kind': 'physical', 'state': 'up'},
    ]
    assert 'is not YAML' in problems_of([first, 'a: b: c'])['file 2']


def test_ids_stand_for_names() -> None:
    data = file_of(
        ethernets={
            'lan': {'match': {'name': 'enp1s0'}},
            'wan': {'match': {'macaddress': '02:00:00:00:00:01'}, 'set-name': 'up0', 'wakeonlan': True},
        },
        vlans={'v7': {'id': 7, 'link': 'wan'}},
        bridges={
            'br0': {
                'interfaces': ['lan'],
                'parameters': {'stp': False, 'forward-delay': '4s', 'path-cost': {'lan': 100}},
            }
        },
    )
    links = {link['name']: link for link in from_netplan(data, 'lab', ['wakeonlan'])['links']}
    assert links['enp1s0']['master'] == 'br0'
    assert links['enp1s0']['port'] == {'cost': 100}
    assert links['v7'] == {
        'name': 'v7',
        'kind': 'vlan',
        'state': 'up',
        'id': 7,
        'link': 'up0',
        'link_local': True,
    }
    assert links['br0'] == {
        'name': 'br0',
        'kind': 'bridge',
        'state': 'up',
        'stp': False,
        'forward_delay': 4,
        'link_local': True,
    }


def test_ends_of_a_pair_become_one_link() -> None:
    links = from_netplan(EXAMPLES['virtual-ethernet'], 'lab')['links']
    assert [link['name'] for link in links] == ['br0', 'br1', 'veth0-peer1']
    assert links[2]['peer'] == {'name': 'veth0-peer2', 'namespace': 'host', 'state': 'up', 'master': 'br1'}
    alone = file_of(virtual_ethernets={'a': {'peer': 'b'}, 'b': {'peer': 'c'}, 'c': {'peer': 'b'}})
    assert 'has another peer' in problems_of(alone)['network.virtual-ethernets.a.peer']


def test_all_problems_have_the_path_of_the_file() -> None:
    data = file_of(
        ethernets={
            'eth0': {
                'mtu': 1,
                'dhcp4': 'yes',
                'addreses': [],
                'routes': [{'to': '192.0.2.0/33', 'via': '192.0.2.1'}],
                'addresses': [{'192.0.2.1/24': {'lifetime': 60}}],
            }
        },
        bonds={'bond0': {'interfaces': ['eth9'], 'parameters': {'mii-monitor-interval': '1500us'}}},
        vlans={'v0': {'id': 4096, 'link': 'eth0'}},
        tunnels={'t0': {'mode': 'isatap', 'local': '192.0.2.1'}},
        wifis={},
    )
    assert set(problems_of(data)) == {
        'network.wifis',
        'network.ethernets.eth0.mtu',
        'network.ethernets.eth0.dhcp4',
        'network.ethernets.eth0.addreses',
        'network.ethernets.eth0.routes[0].to',
        'network.ethernets.eth0.addresses[0].192.0.2.1/24.lifetime',
        'network.bonds.bond0.interfaces[0]',
        'network.bonds.bond0.parameters.mii-monitor-interval',
        'network.vlans.v0.id',
        'network.tunnels.t0.mode',
    }


def test_a_vxlan_has_the_port_of_the_kernel() -> None:
    tunnels = {'vx0': {'mode': 'vxlan', 'id': 7, 'checksums': ['udp'], 'port-range': [4000, 5000]}}
    link = from_netplan(file_of(tunnels=tunnels), 'lab')['links'][0]
    assert (link['dstport'], link['udpcsum'], link['srcport']) == (8472, True, '4000-5000')
