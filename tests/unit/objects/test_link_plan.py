# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan does with links, and in which order."""

from __future__ import annotations

import dataclasses
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
    there = {name: dataclasses.replace(link, mtu=1500, mac=links['b'].mac) for name, link in links.items()}
    host = Seen('cookie:1', {'lo': Link('', 'lo', 'physical', True, 65536, '00:00:00:00:00:00', ''), **there})
    steps, _owned = plan(layout, Snapshot({'': host}), Owned(), Policy(), CanonicalRules())
    assert not steps.conflicts and not steps.changes
    # Elsewhere it is held.
    host.links['b'] = dataclasses.replace(there['b'], mac='02:00:00:00:00:01')
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
