# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan does with links, and in which order."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.attached.value import FILTER, Attached
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
    CanonicalRules,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.operations import SetLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, derived_mac
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, planned, steps_of


def ups(document: dict[str, t.Any]) -> list[tuple[str, str]]:
    """The links that the document's plan brings up on a bare host, in their order."""
    bare = Snapshot(
        {'': Seen('cookie:1', {'lo': Link('', 'lo', 'physical', True, 65536, '00:00:00:00:00:00', '')})}
    )
    steps, _owned = plan(read_layout(document), bare, Owned(), Policy(), CanonicalRules())
    assert not steps.conflicts
    return [
        (op.namespace, op.name)
        for op in steps.ops
        if isinstance(op, SetLink) and op.after.get('up') and op.name != 'lo'
    ]


def vlan(name: str, link: str, where: str) -> dict[str, t.Any]:
    return {'name': name, 'kind': 'vlan', 'id': 7, 'link': link, 'link_namespace': where}


@pytest.mark.parametrize(
    ('links', 'namespaces', 'expected'),
    [
        # The host comes last where nothing asks for anything else.
        (
            [{'name': 'd', 'kind': 'dummy'}],
            [{'name': 'a', 'links': [{'name': 'd', 'kind': 'dummy'}]}],
            [('a', 'd'), ('', 'd')],
        ),
        # What stands on a link of the host comes after that.
        (
            [{'name': 'd', 'kind': 'dummy'}],
            [{'name': 'a', 'links': [vlan('v', 'd', 'host')]}],
            [('', 'd'), ('a', 'v')],
        ),
        # One on the other through three namespaces, whose names go the other way.
        (
            [{'name': 'd', 'kind': 'dummy'}],
            [
                {'name': 'a', 'links': [vlan('v', 'v', 'b')]},
                {'name': 'b', 'links': [vlan('v', 'd', 'host')]},
                {'name': 'c', 'links': []},
            ],
            [('', 'd'), ('b', 'v'), ('a', 'v')],
        ),
        # In one namespace, whatever the names.
        ([{'name': 'z', 'kind': 'dummy'}, vlan('a', 'z', 'host')], [], [('', 'z'), ('', 'a')]),
    ],
)
def test_links_go_up_from_below(links: t.Any, namespaces: t.Any, expected: t.Any) -> None:
    assert ups({'name': 'demo', 'links': links, 'namespaces': namespaces}) == expected


def test_the_hardware_address_of_a_port_is_the_bonds_affair() -> None:
    document = {
        'name': 'demo',
        'links': [{'name': 'b', 'kind': 'bond'}, {'name': 'p', 'kind': 'dummy', 'master': 'b'}],
    }
    layout = read_layout(document)
    links = {link.name: link for link in layout.links}
    there = {name: link._replace(mtu=1500, mac=links['b'].mac) for name, link in links.items()}
    host = Seen('cookie:1', {'lo': Link('', 'lo', 'physical', True, 65536, '00:00:00:00:00:00', ''), **there})
    steps, _owned = plan(layout, Snapshot({'': host}), Owned(), Policy(), CanonicalRules())
    assert not steps.conflicts and not steps.changes
    # Elsewhere it is held.
    host.links['b'] = there['b']._replace(mac='02:00:00:00:00:01')
    steps, _owned = plan(layout, Snapshot({'': host}), Owned(), Policy(), CanonicalRules())
    assert [change.title for change in steps.changes] == ['link host/b']


def test_namespaces_on_each_other_come_to_an_end() -> None:
    found = ups(
        {
            'name': 'demo',
            'namespaces': [
                {'name': 'a', 'links': [{'name': 'd', 'kind': 'dummy'}, vlan('v', 'd', 'b')]},
                {'name': 'b', 'links': [{'name': 'd', 'kind': 'dummy'}, vlan('v', 'd', 'a')]},
            ],
        }
    )
    assert sorted(found) == [('a', 'd'), ('a', 'v'), ('b', 'd'), ('b', 'v')]


def test_a_card_with_a_program_on_it_moves_only_by_force() -> None:
    card = Link('', 'eth0', 'physical', True, 1500, '02:00:00:00:00:01', '')
    lo = Link('', 'lo', 'physical', True, 65536, '00:00:00:00:00:00', '')
    host = Seen('cookie:1', {'lo': lo, 'eth0': card})
    host.attached = (Attached(FILTER, 'eth0', b'', b'', 'bpf'),)
    document = {'name': 'x', 'namespaces': [{'name': 'a', 'links': [{'name': 'eth0', 'kind': 'physical'}]}]}
    conflicts = []
    for force in (False, True):
        policy = Policy(force=force)
        steps, _owned = plan(read_layout(document), Snapshot({'': host}), Owned(), policy, CanonicalRules())
        conflicts.append([str(problem) for problem in steps.conflicts])
    assert conflicts == [
        [
            'link a/eth0: cannot be moved: what a program attached to host/eth0 is lost with it, and only'
            ' that program can put it back (found filter bpf); remove it first, or set force: true'
        ],
        [],
    ]


OURS = 'multinet:lab'
BORN = {
    'bridge': {
        'ageing_time': 300,
        'forward_delay': 0,
        'multicast_snooping': True,
        'priority': 32768,
        'stp': False,
        'vlan_filtering': False,
    },
    'gre': {
        'encap': 'none',
        'encap_csum': False,
        'encap_csum6': False,
        'encap_dport': 0,
        'encap_remcsum': False,
        'encap_sport': 0,
        'external': False,
        'fwmark': 0,
        'icsum': False,
        'ignore_df': False,
        'iseq': False,
        'ocsum': False,
        'oseq': False,
        'pmtudisc': True,
        'remote': '10.0.0.1',
        'tos': 0,
        'ttl': 0,
    },
    'vxlan': {'id': 7, 'remote': '192.0.2.1'},
    'bond': {'mode': '802.3ad'},
    'physical': {},
}


def found(kind: str, name: str = 'x', **fields: t.Any) -> Link:
    """A link of the scope, as the kernel has it after it was made."""
    mac = derived_mac('host', 'lab', HOST, name) if kind in ('bridge', 'vxlan', 'bond') else None
    usual = {
        'mac': mac,
        'mtu': 1500,
        'master': '',
        'link_local': False,
        'txqueuelen': 1000,
        'group': 0,
        'mark': OURS,
    }
    settings = tuple(sorted({**BORN[kind], **fields.pop('settings', {})}.items()))
    return Link(HOST, name, kind, True, settings=settings, **{**usual, **fields})


def want(kind: str, **keys: t.Any) -> dict[str, t.Any]:
    return {'links': [{'name': 'x', 'kind': kind, **keys}]}


MAKE = ['make link host/x', 'change link host/x (up)']
ANEW = ['remove link host/x', *MAKE]
CARD = found('physical', mac='02:00:00:00:00:01', txqueuelen=500, mark=None)
TABLE: dict[str, tuple[dict[str, t.Any], tuple[Link, ...], dict[str, t.Any], list[str]]] = {
    'a new one': (want('bridge'), (), {}, MAKE),
    'one that is down': (want('bridge', state='down'), (), {}, MAKE[:1]),
    'one that is there': (want('bridge'), (found('bridge'),), {}, []),
    'a property': (
        want('bridge', txqueuelen=5),
        (found('bridge'),),
        {},
        ['change link host/x (txqueuelen)'],
    ),
    'a property that is the default again': (
        want('bridge'),
        (found('bridge', txqueuelen=5),),
        {},
        ['change link host/x (txqueuelen)'],
    ),
    'settings, state and MTU': (
        want('bridge', stp=True, state='down', mtu=1400),
        (found('bridge'),),
        {},
        ['change link host/x (settings)', 'change link host/x (up)', 'change link host/x (mtu)'],
    ),
    'another kind': (want('dummy'), (found('bridge'),), {}, ANEW),
    'a setting that cannot change in place': (
        want('gre', remote='10.0.0.1', ttl=9),
        (found('gre'),),
        {},
        ANEW,
    ),
    'a VXLAN with what its document does not say': (
        want('vxlan', id=7, remote='192.0.2.1'),
        (found('vxlan', settings={'ageing': 600, 'tos': 1, 'proxy': True}),),
        {},
        [],
    ),
    'a VXLAN with what its document says otherwise': (
        want('vxlan', id=7, remote='192.0.2.1', ageing=300),
        (found('vxlan', settings={'ageing': 600}),),
        {},
        ANEW,
    ),
    'a VXLAN without a default that always held': (
        want('vxlan', id=7, remote='192.0.2.1'),
        (found('vxlan', settings={'learning': False}),),
        {},
        ANEW,
    ),
    'a tunnel with a mark that its document does not say': (
        want('gre', remote='10.0.0.1'),
        (found('gre', settings={'fwmark': 7}),),
        {},
        [],
    ),
    'a bond of a module with options': (
        want('bond', mode='802.3ad'),
        (found('bond', settings={'lacp_rate': 'fast'}),),
        {},
        [],
    ),
    'a tunnel that is there': (want('gre', remote='10.0.0.1'), (found('gre'),), {}, []),
    'one of others': (
        want('bridge'),
        (found('bridge', mark=None),),
        {},
        ['link host/x: already exists and belongs to no known scope'],
    ),
    'one of others, adopted': (
        want('bridge'),
        (found('bridge', mark=None),),
        {'policy': Policy(adopt=True)},
        ['change link host/x (mark)'],
    ),
    'one of another scope': (
        want('bridge'),
        (found('bridge', mark='multinet:other'),),
        {},
        ['link host/x: already exists and belongs to scope other'],
    ),
    'no longer declared': ({}, (found('bridge'),), {}, ['remove link host/x']),
    'one of others that nobody wants': ({}, (found('bridge', mark=None),), {}, []),
    'a fallback of the kernel': ({}, (found('gre', 'gre0'),), {}, []),
    'a card': (want('physical', mtu=1400), (CARD,), {}, ['change link host/x (mtu)']),
    'a card that the document leaves alone': (want('physical'), (CARD,), {}, []),
    'a card that is missing': (want('physical'), (), {}, ['link host/x: does not exist']),
    'a card that gets back what it had': (
        {},
        (CARD,),
        {'owned': Owned(fields={(HOST, 'x', 'mtu'): (9000, 1500)})},
        ['change link host/x (mtu)'],
    ),
    'a card that somebody else has changed since': (
        {},
        (CARD,),
        {'owned': Owned(fields={(HOST, 'x', 'mtu'): (9000, 1400)})},
        [],
    ),
}


@pytest.mark.parametrize('document, have, more, steps', TABLE.values(), ids=TABLE)
def test_links(
    document: dict[str, t.Any], have: tuple[Link, ...], more: dict[str, t.Any], steps: list[str]
) -> None:
    assert steps_of(planned(document, [bare(HOST, *have)], **more)) == steps
