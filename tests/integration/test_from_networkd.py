# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter from_networkd."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.filter.from_networkd import from_networkd
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.networkd import translate
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.translation import Translation
from ansible_collections.multinet.linux.tests.unit.plugin_utils.coming_over.networkd_files import (
    EXAMPLES,
    NETDEV,
    NETWORK,
    REFUSED,
    SECTIONS,
    unit,
)

pytestmark = pytest.mark.one_python

ODD = 'odd-value'
LAN = unit('Match Name=eth0', 'Network Address=192.0.2.1/24')


def problems_of(data: t.Any, **options: t.Any) -> dict[str, str]:
    """The problems, each by its path."""
    try:
        from_networkd(data, 'lab', **options)
    except AnsibleFilterError as exc:
        lines = str(exc).splitlines()[1:]
        return {line.partition(': ')[0]: line for line in lines}
    return {}


@pytest.mark.parametrize('name', EXAMPLES)
def test_examples_are_translated_or_refused_by_name(name: str) -> None:
    problems = problems_of(EXAMPLES[name])
    assert sorted(problems) == sorted(REFUSED.get(name, [])), problems
    assert all('cannot be taken over: ' in problem for problem in problems.values())
    assert 'c2VjcmV0' not in str(problems)


@pytest.mark.parametrize('name', EXAMPLES)
def test_the_rest_of_an_example_is_a_valid_document(name: str) -> None:
    document = from_networkd(EXAMPLES[name], 'lab', REFUSED.get(name, []))
    assert read_layout(document).scope == 'lab'
    assert json.loads(json.dumps(document)) == document


def is_accounted_for(data: t.Mapping[str, str], path: str) -> bool:
    """Whether the odd value is in the document, or a problem names its key, which is at *path*."""
    run = Translation()
    if ODD in json.dumps(translate(data, 'lab', run)):
        return True
    wanted = re.compile(re.escape(path) + r'([\[.].*)?')
    problems = [problem for problem in run.problems if wanted.fullmatch(problem.path)]
    assert not any('does not know' in problem.what for problem in problems), problems
    return bool(problems)


@pytest.mark.parametrize('kind', NETDEV)
def test_no_key_of_a_netdev_is_passed_over(kind: str) -> None:
    section, keys = NETDEV[kind]
    for key in keys.split():
        data = {'a.netdev': unit('NetDev Name=x Kind=' + kind, '%s %s=%s' % (section, key, ODD))}
        assert is_accounted_for(data, 'a.netdev [%s].%s' % (section, key)), key


@pytest.mark.parametrize('section', NETWORK)
def test_no_key_of_a_network_is_passed_over(section: str) -> None:
    for key in NETWORK[section].split():
        data = {'a.network': unit('Match Name=eth0', '%s %s=%s' % (section, key, ODD))}
        numbered = section if section != 'Match' else 'Match 2'
        assert is_accounted_for(data, 'a.network [%s].%s' % (numbered, key)), key


@pytest.mark.parametrize('section', SECTIONS.split())
def test_sections_are_refused_as_a_whole(section: str) -> None:
    data = {'a.network': unit('Match Name=eth0', section + ' Some=thing')}
    assert 'cannot be taken over: ' in problems_of(data)['a.network [%s]' % section]


def test_all_problems_have_file_section_and_key() -> None:
    data = {
        '10-a.netdev': unit('NetDev Name=v0 Kind=vlan', 'VLAN Id=4096 Ids=3'),
        '11-b.netdev': unit('NetDev Name=t0 Kind=tun'),
        '12-c.netdev': unit('NetDev Name=x0'),
        '20-a.network': unit(
            'Match Name=eth0',
            'Network VLAN=v0 VLAN=v1',
            'Route Destination=192.0.2.0/33',
            'Route Destination=192.0.2.0/24 MTUBytes=many',
            'Mystery A=b',
        ),
        '21-b.network': unit('Match Name=en*', 'Network Address=192.0.2.1/24'),
        '22-c.network': unit('Network Address=192.0.2.1/24'),
        '23-d.network': LAN,
        'e.conf': '',
        'f.network': 'no section',
    }
    assert set(problems_of(data)) == {
        '10-a.netdev [VLAN].Id',
        '10-a.netdev [VLAN].Ids',
        '11-b.netdev [NetDev].Kind',
        '12-c.netdev',
        '20-a.network [Network].VLAN',
        '20-a.network [Route].Destination',
        '20-a.network [Route 2].MTUBytes',
        '20-a.network [Mystery]',
        '21-b.network [Match].Name',
        '22-c.network',
        '23-d.network [Match].Name',
        'e.conf',
        'f.network',
    }
    assert 'is not a mapping of file names to texts' in problems_of(['x'])['document']


def test_lines_are_read_as_systemd_does() -> None:
    text = (
        '# a comment\n[Match]\nName=eth0 \\\n  eth1\n\n[Network]\nAddress=192.0.2.1/24\n; another\nAddress=\n'
        'Address = 192.0.2.7/24\n[Link]\nMTUBytes=2K\nMTUBytes=1K\n'
    )
    document = from_networkd({'a.network': text, 'b.link': '[Link]\nName=x\n'}, 'lab', ['Address'])
    assert document['links'] == [
        {'name': 'eth0', 'kind': 'physical', 'state': 'up', 'mtu': 1024},
        {'name': 'eth1', 'kind': 'physical', 'state': 'up', 'mtu': 1024},
    ]
    links = from_networkd({'a.network': text.replace(' \\\n  eth1', '')}, 'lab')['links']
    assert links[0]['addresses'] == ['192.0.2.7/24']


def test_drop_ins_belong_to_their_file() -> None:
    data = {'a.network': LAN, 'a.network.d/more.conf': unit('Network Address=192.0.2.2/24', 'Link ARP=no')}
    assert from_networkd(data, 'lab')['links'] == [
        {
            'name': 'eth0',
            'kind': 'physical',
            'state': 'up',
            'addresses': ['192.0.2.1/24', '192.0.2.2/24'],
            'arp': 'no',
        }
    ]


def test_vlans_of_a_port_are_one_list() -> None:
    links = from_networkd(EXAMPLES['bridge-vlans'], 'lab')['links']
    vlans = ['1-32', '42 pvid untagged', '100-200', '300-400 untagged']
    assert links[1]['port'] == {'vlans': vlans}
    assert links[0]['state'] == 'down'  # no .network file is about it


def test_links_stand_on_the_one_that_names_them() -> None:
    links = {link['name']: link for link in from_networkd(EXAMPLES['vlan-vxlan'], 'lab')['links']}
    assert links['vlan1']['link'] == links['vx0']['link'] == 'eth0'
    assert links['vx0']['remote'] == '239.0.0.7'
    assert links['eth0']['link_local'] is False


def test_ends_of_a_pair_become_one_link() -> None:
    links = from_networkd(EXAMPLES['veth'], 'lab')['links']
    assert [(link['name'], link['state'], link['peer']['name']) for link in links] == [
        ('veth-test', 'up', 'veth-peer')
    ]
    assert links[0]['peer']['state'] == 'up'


def test_nexthop_objects() -> None:
    document = from_networkd(EXAMPLES['nexthop'], 'lab')
    assert document['nexthops'] == [
        {'id': '7', 'via': '192.0.2.7', 'dev': 'eth0'},
        {'id': '8', 'via': '192.0.2.8', 'dev': 'eth0'},
        {'id': '9', 'group': [{'id': '7', 'weight': '2'}, '8']},
    ]
    assert document['routes'] == [{'to': '198.51.100.0/24', 'nhid': '9'}]


def test_policy() -> None:
    document = from_networkd(EXAMPLES['policy'], 'lab')
    assert document['routes'] == [
        {'via': '192.0.2.254', 'to': '198.51.100.0/24', 'metric': '50', 'table': '100', 'dev': 'eth0'},
        {'to': '203.0.113.0/24', 'type': 'blackhole'},
    ]
    assert document['rules'] == [{'from': '192.0.2.2/32', 'table': '100', 'priority': '1000'}]
    assert document['sysctls'] == {
        'net/ipv4/conf/eth0/rp_filter': 2,
        'net/ipv4/conf/eth0/proxy_arp': 1,
        'net/ipv4/ip_forward': 1,
    }
    assert document['qdiscs'] == [
        {'link': 'eth0', 'kind': 'tbf', 'latency': '70000us', 'burst': 32768, 'rate': '10mbit'}
    ]
    assert document['neighbours'] == [{'dev': 'eth0', 'to': '192.0.2.9', 'lladdr': '02:00:00:00:00:09'}]
