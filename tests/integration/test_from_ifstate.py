# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter from_ifstate."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.filter.from_ifstate import from_ifstate
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.ifstate import translate
from ansible_collections.multinet.linux.plugins.plugin_utils.translation.translation import Translation
from ansible_collections.multinet.linux.tests.unit.plugin_utils.coming_over.ifstate_files import (
    EXAMPLES,
    KINDS,
    LINK,
    QDISCS,
    REFUSED,
    SCHEMA,
)

pytestmark = pytest.mark.one_python

ODD = 'odd-value'
MEAN_NOTHING = ('ignore',)


def problems_of(data: t.Any, **options: t.Any) -> dict[str, str]:
    """The problems, each by its path."""
    try:
        from_ifstate(data, 'lab', **options)
    except AnsibleFilterError as exc:
        lines = str(exc).splitlines()[1:]
        return {line.partition(': ')[0]: line for line in lines}
    return {}


@pytest.mark.parametrize('name', EXAMPLES)
def test_examples_are_translated_or_refused_by_name(name: str) -> None:
    problems = problems_of(EXAMPLES[name])
    assert list(problems) == REFUSED.get(name, []), problems


@pytest.mark.parametrize('name', EXAMPLES)
def test_the_rest_of_an_example_is_a_valid_document(name: str) -> None:
    document = from_ifstate(EXAMPLES[name], 'lab', REFUSED.get(name, []))
    assert read_layout(document).scope == 'lab'
    assert json.loads(json.dumps(document)) == document


def nested(path: str, value: t.Any) -> t.Any:
    """A configuration that has *value* at *path*."""
    if not path:
        return value
    first, _dot, rest = path.partition('.')
    below = nested(rest, value)
    return {first[:-2]: [below]} if first.endswith('[]') else {first: below}


def is_accounted_for(data: t.Any, path: str) -> bool:
    """Whether the odd value is in the document, or a problem names its key, which is at *path*."""
    run = Translation()
    if ODD in json.dumps(translate(data, 'lab', run)):
        return True
    wanted = re.compile(re.escape(path.replace('[]', '[0]')) + r'([\[.].*)?')
    problems = [problem for problem in run.problems if wanted.fullmatch(problem.path)]
    assert not any('is not a known key' in problem.what for problem in problems), problems
    return bool(problems)


@pytest.mark.parametrize('path, key', [(path, key) for path, keys in SCHEMA.items() for key in keys.split()])
def test_no_key_of_the_schema_is_passed_over(path: str, key: str) -> None:
    whole = '%s.%s' % (path, key) if path else key
    data = nested(whole, ODD)
    if path.startswith('interfaces.x') and whole != 'interfaces.x.link':
        data['interfaces']['x']['link'] = {'kind': 'dummy' if 'wireguard' not in path else 'wireguard'}
    if path.startswith('parameters.defaults[].link'):
        data['parameters']['defaults'][0]['match'] = [{'kind': 'vlan'}]
        data['interfaces'] = {'x': {'link': {'kind': 'vlan'}}}
        whole = 'interfaces.x.link.' + key
    if key not in MEAN_NOTHING:
        assert is_accounted_for(data, whole)
    else:
        assert problems_of(data) == {}


@pytest.mark.parametrize('kind', KINDS)
def test_no_key_of_a_link_is_passed_over(kind: str) -> None:
    whole = 'interfaces.x.link'
    is_refused = whole + '.kind' in problems_of({'interfaces': {'x': {'link': {'kind': kind}}}})
    for key in (LINK + ' ' + KINDS[kind]).split():
        data = {'interfaces': {'x': {'link': {'kind': kind, key: ODD}}}}
        assert is_accounted_for(data, whole + ('.kind' if is_refused else '.' + key)), key


@pytest.mark.parametrize('kind', QDISCS)
def test_no_key_of_a_qdisc_is_passed_over(kind: str) -> None:
    whole = 'interfaces.x.tc.qdisc'
    for key in QDISCS[kind].split():
        interface = {'link': {'kind': 'ifb'}, 'tc': {'qdisc': {'kind': kind, key: ODD}}}
        data = {'interfaces': {'x': interface}}
        is_refused = whole + '.kind' in problems_of(data)
        assert is_accounted_for(data, whole + ('.kind' if is_refused else '.' + key)), key


def test_numbers_of_the_kernel_are_words() -> None:
    document = from_ifstate(EXAMPLES['lacp'], 'lab', ['businfo'])
    assert document['links'][0] == {
        'name': 'bond0',
        'kind': 'bond',
        'state': 'up',
        'link_local': True,
        'mode': '802.3ad',
        'lacp_rate': 'fast',
        'xmit_hash_policy': 'layer3+4',
        'miimon': 100,
        'updelay': 300,
        'addresses': ['192.0.2.1/24'],
    }


def test_both_versions_say_the_same() -> None:
    peer = {'endpoint': '198.51.100.2:4711', 'allowedips': ['192.0.2.128/25']}
    key = 'oef+ZSlMWWCF1bEHPaw04TmjPyHKcz2b81njwIQI0xA='
    interface = {'link': {'kind': 'wireguard', 'state': 'up'}}
    bridge = {'link': {'kind': 'bridge'}, 'addresses': ['192.0.2.1/24']}
    first = {
        'options': {'sysctl': {'all': {'ipv4': {'forwarding': 1}}}},
        'interfaces': [
            {**interface, 'name': 'wg0', 'wireguard': {'peers': [{'public_key': key, **peer}]}},
            {**bridge, 'name': 'br0', 'neighbours': {'192.0.2.9': '42:00:00:00:de:fa'}},
        ],
    }
    neighbours = [{'dst': '192.0.2.9', 'lladdr': '42:00:00:00:de:fa'}]
    second = {
        'sysctl': {'all': {'ipv4': {'forwarding': 1}}},
        'interfaces': {
            'wg0': {**interface, 'wireguard': {'peers': {key: peer}}},
            'br0': {**bridge, 'neighbours': neighbours},
        },
    }
    assert from_ifstate(first, 'lab') == from_ifstate(second, 'lab')


def test_the_first_defaults_that_match_are_taken() -> None:
    data = {
        'parameters': {
            'defaults': [
                {'match': [{'ifname': '^eth'}, {'kind': 'vlan'}], 'link': {'state': 'up', 'mtu': 1400}},
                {'match': [{'ifname': ''}], 'link': {'state': 'up', 'mtu': 9000}},
            ]
        },
        'interfaces': {
            'br0': {'link': {'kind': 'bridge', 'state': 'down'}},
            'eth0': {'link': {'kind': 'physical', 'mtu': 1500}},
            'v0': {'link': {'kind': 'vlan', 'link': 'eth0', 'vlan_id': 7}},
        },
    }
    links = from_ifstate(data, 'lab')['links']
    assert [(link['state'], link['mtu']) for link in links] == [('down', 9000), ('up', 1500), ('up', 1400)]


def test_ends_of_a_pair_become_one_link() -> None:
    data = {
        'interfaces': {
            'left': {'link': {'kind': 'veth', 'peer': 'right', 'peer_netns': 'blue', 'state': 'up'}},
            'br0': {'link': {'kind': 'bridge', 'state': 'up'}},
        },
        'namespaces': {
            'blue': {
                'interfaces': {
                    'right': {
                        'addresses': ['192.0.2.1/24'],
                        'link': {'kind': 'veth', 'peer': 'left', 'peer_netns': None, 'mtu': 1400},
                    }
                }
            }
        },
    }
    document = from_ifstate(data, 'lab')
    assert document['namespaces'] == [{'name': 'blue'}]
    assert document['links'][1]['name'] == 'left'
    assert document['links'][1]['peer'] == {
        'name': 'right',
        'namespace': 'blue',
        'state': 'down',
        'link_local': True,
        'mtu': 1400,
        'addresses': ['192.0.2.1/24'],
    }
    data['namespaces']['blue']['interfaces']['right']['link']['mtu'] = 1  # type: ignore[index]
    where = 'namespaces.blue.interfaces.right.link.mtu'
    assert list(problems_of(data)) == [where]
    data['namespaces']['blue']['interfaces']['right']['link']['peer'] = 'middle'  # type: ignore[index]
    assert 'has another peer' in problems_of(data)['interfaces.left.link.peer']


def test_all_problems_have_the_path_of_the_file() -> None:
    data = {
        'interfaces': {
            'v0': {'link': {'kind': 'vlan', 'link': 'eth0', 'vlan_id': 4096}, 'ethtool': {}, 'addreses': []},
            'v1': {'link': {'kind': 'vlan', 'vlan_id': 7}},
            't0': {'link': {'kind': 'team'}},
            'br0': {'link': {'kind': 'bridge', 'br_ageing_time': 150}},
            'wg0': {'link': {'kind': 'wireguard'}, 'wireguard': {'private_key': 'cGFzc3dvcmQ='}},
        },
        'routing': {'routes': [{'to': '192.0.2.0/33'}, {'to': 'default', 'dev': 'br0', 'proto': 'static'}]},
        'sysctl': {'all': {'ipv4': {'forwarding': []}}},
    }
    problems = problems_of(data)
    assert set(problems) == {
        'interfaces.v0.link.vlan_id',
        'interfaces.v0.ethtool',
        'interfaces.v0.addreses',
        'interfaces.v1',
        'interfaces.t0.link.kind',
        'interfaces.br0.link.br_ageing_time',
        'interfaces.wg0.wireguard.private_key',
        'routing.routes[0].to',
        'routing.routes[1].proto',
        'sysctl.all.ipv4.forwarding',
    }
    assert problems['interfaces.v1'] == 'interfaces.v1: link is missing; add it'
    assert problems['interfaces.v0.addreses'].endswith('did you mean addresses?')
    assert 'cGFz' not in str(problems)
    assert 'is not YAML' in problems_of('a: b: c')['document']


def test_keys_are_left_out_by_path_or_by_name() -> None:
    link = {'kind': 'bridge', 'ifalias': 'x'}
    data = {'interfaces': {'br0': {'link': link, 'ethtool': {}}, 'br1': {'link': link}}}
    assert len(problems_of(data)) == 3
    assert list(problems_of(data, leave_out=['interfaces.br0.link.ifalias'])) == [
        'interfaces.br0.ethtool',
        'interfaces.br1.link.ifalias',
    ]
    assert problems_of(data, leave_out=['ifalias', 'ethtool']) == {}


def test_cards_are_found_by_their_address_in_a_namespace() -> None:
    card = {'link': {'kind': 'physical', 'state': 'up'}, 'identify': {'perm_address': '8c:16:45:dc:b1:ad'}}
    document = from_ifstate({'namespaces': {'blue': {'interfaces': {'outside': card}}}}, 'lab')
    assert document['namespaces'][0]['links'][0]['match'] == {'mac': '8c:16:45:dc:b1:ad'}
    assert list(problems_of({'interfaces': {'outside': card}})) == [
        'interfaces.outside.identify.perm_address'
    ]


def test_a_vxlan_has_the_port_of_the_kernel() -> None:
    ranges = {'low': 4000, 'high': 5000}
    link = {'kind': 'vxlan', 'vxlan_id': 7, 'vxlan_port_range': ranges}
    made = from_ifstate({'interfaces': {'vx0': {'link': link}}}, 'lab')['links'][0]
    assert (made['dstport'], made['srcport']) == (8472, '4000-5000')


def test_what_stands_beside_the_link() -> None:
    interface = {
        'link': {'kind': 'bridge', 'state': 'up', 'br_vlan_filtering': True},
        'addresses': [{'address': '192.0.2.2/32', 'local': '192.0.2.1', 'label': 'br0:x'}],
        'flags': {'noarp': True, 'allmulti': True},
        'brvlan': [{'vid': 10, 'self': True, 'untagged': True}],
        'fdb': [
            {'lladdr': '02:00:00:00:00:01', 'state': ['noarp'], 'flags': ['self'], 'vlan': 10},
        ],
        'sysctl': {'ipv4': {'rp_filter': 2}},
        'cshaper': {'egress': '30mbit'},
    }
    document = from_ifstate(
        {'interfaces': {'br0': interface}, 'sysctl_conf': '# x\nnet.ipv4.ip_forward = 1'}, 'lab'
    )
    assert document['links'] == [
        {
            'name': 'br0',
            'kind': 'bridge',
            'state': 'up',
            'link_local': True,
            'vlan_filtering': True,
            'addresses': [{'address': '192.0.2.1', 'label': 'br0:x', 'peer': '192.0.2.2/32'}],
            'arp': False,
            'allmulticast': True,
            'vlans': [{'vid': 10, 'untagged': True}],
        }
    ]
    assert document['fdb'] == [{'dev': 'br0', 'lladdr': '02:00:00:00:00:01', 'vlan': 10, 'state': 'static'}]
    assert document['sysctls'] == {'net/ipv4/conf/br0/rp_filter': 2, 'net.ipv4.ip_forward': '1'}
    assert document['qdiscs'] == [{'link': 'br0', 'kind': 'cake', 'bandwidth': '30mbit'}]
