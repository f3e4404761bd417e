# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each attribute of each kind of link that this kernel has, as the tables say: declared, read back, changed,
undone, told by layout_info, removed. Each that the kernel lacks is refused by name.

A new row of a table is tested here by itself. What it needs beside it is in BESIDE, values that do not follow
from its type in VALUES.
"""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects import attribute as types
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import types as link_types
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vlans import Vlans
from ansible_collections.multinet.linux.plugins.module_utils.objects.named_number import NamedNumber
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import (
    refused,
    silent,
    stopped_at_the_end,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

PORT_WORD = 'bridge port'
TABLES = {**{name: kind.settings for name, kind in KINDS.items()}, PORT_WORD: PORT}
Settings = dict[str, t.Any]

OVER_IPV4, OVER_IPV6 = ('gre', 'gretap', 'ipip', 'sit'), ('ip6gre', 'ip6gretap', 'ip6tnl')

BESIDE: dict[tuple[str, str], Settings] = {
    ('bond', 'updelay'): {'miimon': 1},
    ('bond', 'downdelay'): {'miimon': 1},
    ('bond', 'peer_notify_delay'): {'miimon': 1},
    ('bond', 'arp_validate'): {'arp_interval': 100, 'arp_ip_target': ['192.0.2.1']},
    ('bond', 'packets_per_slave'): {'mode': 'balance-rr'},
    ('bond', 'primary'): {'mode': 'active-backup'},
    ('bond', 'tlb_dynamic_lb'): {'mode': 'balance-tlb'},
    **{
        ('bond', key): {'mode': '802.3ad'}
        for key in (
            'lacp_active',
            'lacp_rate',
            'ad_actor_sys_prio',
            'ad_actor_system',
            'ad_user_port_key',
            'coupled_control',
        )
    },
    ('bridge', 'multicast_vlan_snooping'): {'vlan_filtering': True},
    ('bridge', 'vlans'): {'vlan_filtering': True},
    (PORT_WORD, 'mab'): {'locked': True},
    ('vxlan', 'flowlabel'): {'local': '2001:db8::1'},
    ('vxlan', 'flowlabel_inherit'): {'local': '2001:db8::1'},
    ('vxlan', 'external'): {'id': 0},
    ('vxlan', 'vnifilter'): {'id': 0, 'external': True},
    ('macvlan', 'source_addresses'): {'mode': 'source'},
    ('macvtap', 'source_addresses'): {'mode': 'source'},
    ('gre', 'ignore_df'): {'pmtudisc': False},
    ('gretap', 'ignore_df'): {'pmtudisc': False},
    ('sit', 'sixrd_prefix'): {'sixrd_prefixlen': 32},
    ('sit', 'sixrd_prefixlen'): {'sixrd_prefix': '2001:db8::'},
}
VALUES: dict[tuple[str, str], list[t.Any]] = {
    ('bond', 'mode'): ['active-backup', '802.3ad'],
    ('bridge', 'forward_delay'): [7, 9],
    ('sit', 'sixrd_prefix'): ['2001:db8::', '2001:db9::'],
    ('bridge', 'group_fwd_mask'): [8, 0xFFF8],
    (PORT_WORD, 'group_fwd_mask'): [8, 0xFFFD],
}
REQUIRED: dict[str, Settings] = {
    'vlan': {'id': 7},
    'vxlan': {'id': 7},
    'vrf': {'table': 77},
    'gretap': {'remote': '192.0.2.1'},
    'ip6gretap': {'remote': '2001:db8::1'},
    'geneve': {'id': 7, 'remote': '192.0.2.1'},
    'xfrm': {'if_id': 7},
}
for _kind in (*OVER_IPV4, *OVER_IPV6):
    for _key in ('sport', 'dport', 'csum', 'csum6', 'remcsum'):
        BESIDE[_kind, 'encap_' + _key] = {'encap': 'gue'}
for _key in ('flowlabel', 'udp6zerocsumtx', 'udp6zerocsumrx'):
    BESIDE['geneve', _key] = {'remote': '2001:db8::7'}
for _kind in (*OVER_IPV6, 'vti6'):
    for _key in ('local', 'remote'):
        VALUES[_kind, _key] = ['2001:db8::7', '2001:db8::9']
EXAMPLES: dict[type[types.Type], list[t.Any]] = {
    types.IpAddress: ['192.0.2.7', '192.0.2.9'],
    NamedNumber: [7, 9],
    types.MacAddress: ['02:00:00:00:00:21', '02:00:00:00:00:22'],
    link_types.LinkOfSame: ['p1', 'p2'],
    link_types.Hundredths: [222, 444],
    link_types.GroupMacAddress: ['01:80:c2:00:00:0d', '01:80:c2:00:00:0e'],
    link_types.SourcePorts: ['40000-50000', '40000-50001'],
    link_types.Ipv4Addresses: [['192.0.2.7', '192.0.2.1'], ['192.0.2.9']],
    link_types.Ipv6Addresses: [['2001:db8::7', '2001:db8::1'], ['2001:db8::9']],
    link_types.MacAddresses: [['02:00:00:00:00:21', '02:00:00:00:00:11'], ['02:00:00:00:00:31']],
    Vlans: [['7-9 untagged', '2 pvid'], ['8', '1 pvid untagged']],
    link_types.QosMap: [['1-2', '3-4'], ['1-3', '5-6']],
}


def _values(kind: str, attribute: Attribute) -> list[t.Any]:
    """One or two values that are not the usual one."""
    values = VALUES.get((kind, attribute.key))
    type_ = attribute.type
    for ancestor in type(type_).__mro__:
        values = values or EXAMPLES.get(ancestor)
    if values is None and isinstance(type_, types.Boolean):
        values = [True, False]
    if values is None and isinstance(type_, types.Integer):
        values = [
            number for number in (type_.low + 7, type_.low + 8, type_.low, type_.high) if number <= type_.high
        ]
    values = list(type_.words) if values is None else values
    taken = (attribute.usual, REQUIRED.get(kind, {}).get(attribute.key))
    return [value for value in values if value not in taken][:2]


def _document(kind: str, settings: Settings) -> Document:
    """A link of the kind with these settings, on a link that can carry it, with ports that it can have."""
    if kind == PORT_WORD:
        links = [
            {'name': 'x0', 'kind': 'bridge', 'vlan_filtering': 'vlans' in settings},
            *_ports('x0', {'port': settings} if settings else {}),
        ]
        return {'name': 'lab', 'links': links}
    links = [{'name': 'below', 'kind': 'veth', 'peer': {'name': 'far'}}]
    link = {'name': 'x0', 'kind': kind, **REQUIRED.get(kind, {}), **settings}
    if KINDS[kind].parent:
        link['link'] = 'below'
    if any(isinstance(row.type, types.IpAddress) and row.required for row in TABLES[kind].values()):
        link = {'remote': '192.0.2.1', 'local': '192.0.2.2', **link}
    if kind == 'veth':
        link['peer'] = {'name': 'x1'}
    return {'name': 'lab', 'links': [*links, link, *(_ports('x0', {}) if kind == 'bond' else [])]}


def _ports(master: str, more: Settings) -> list[Settings]:
    ports = [
        {'name': 'p%d' % number, 'kind': 'veth', 'peer': {'name': 'q%d' % number}, 'master': master}
        for number in range(3)
    ]
    ports[0].update(more)
    return ports


def _is_known(kind: str) -> bool:
    try:
        converge(_document(kind, {}), check=True)
    except EngineError as exc:
        if 'this kernel has no links of kind' in str(exc):
            return False
        raise
    return True


CASES = [
    (kind, name)
    for kind, table in TABLES.items()
    if kind == PORT_WORD or (kind != 'physical' and world.in_world(_is_known, kind))
    for name in table
]


def _lacking(document: Document, kind: str, attribute: Attribute) -> str:
    """What the kernel has against the attribute; '' if it has it."""
    try:
        converge(document, check=True)
    except EngineError as exc:
        told = str(exc)
        keys = (attribute.key, *BESIDE.get((kind, attribute.key), ()))
        lacks = ['this kernel does not support %s (found %s' % (key, os.uname().release) for key in keys]
        assert any(text in told for text in lacks), told
        return told
    return ''


def _through_its_life(kind: str, name: str) -> None:
    attribute = TABLES[kind][name]
    beside = BESIDE.get((kind, attribute.key), {})
    values = _values(kind, attribute)
    base = _document(kind, beside)
    documents = [_document(kind, {**beside, attribute.key: value}) for value in values]
    told = _lacking(documents[0], kind, attribute)
    if told:
        assert refused(documents[0]) == told
        return
    converge(base)
    silent(base)
    before = snapshot()
    for document in documents:
        stopped_at_the_end(document)
        left = difference(before, snapshot())
        assert not left, left
        changes = [
            change for change in converge(document).changes if change.name == 'x0' or kind == PORT_WORD
        ]
        assert changes, 'nothing has changed'
        silent(document)
        written, left_out = describe(None, 'lab')
        assert not left_out
        again = converge(written, check=True)
        assert not again.changes, [change.title for change in again.changes]
        before = snapshot()
    if attribute.default is None and (not attribute.immutable or attribute.kernel_default is not None):
        silent(base)  # a document that does not say it leaves it alone
        return
    stopped_at_the_end(base)
    left = difference(before, snapshot())
    assert not left, left
    converge(base)
    silent(base)
    fresh = snapshot()
    converge(base, absent=True)
    converge(base)
    left = difference(fresh, snapshot())
    assert not left, left


@pytest.mark.parametrize('kind, name', CASES, ids=['%s %s' % case for case in CASES])
def test_an_attribute_through_its_life(kind: str, name: str) -> None:
    world.in_world(_through_its_life, kind, name)
