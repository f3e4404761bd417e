# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridges and their ports: how they are said, and what a plan does with them."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan, predict
from ansible_collections.multinet.linux.plugins.module_utils.engine.query import query_for
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
    CanonicalRules,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.operations import SetLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vlans import of_new_ports
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation, Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Snapshot
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, layout, planned

Document = dict[str, t.Any]
USUAL = ('1 pvid untagged',)
FIELD = ('', 'eth1', 'port.vlans')


def card(**port: t.Any) -> Document:
    """A port that others made, of a bridge of others."""
    return {'links': [{'name': 'eth1', 'kind': 'physical', 'master': 'br9', 'port': port}]}


def found(vlans: tuple[str, ...] = USUAL, filtering: bool = True) -> list[Link]:
    settings = (('vlan_filtering', filtering), ('vlans', USUAL))
    return [
        Link('', 'br9', 'bridge', True, 1500, '02:00:00:00:00:09', '', settings=settings),
        Link('', 'eth1', 'physical', True, 1500, '02:00:00:00:00:01', 'br9', port=(('vlans', vlans),)),
    ]


def changes_of(plan: Plan) -> list[tuple[t.Any, t.Any]]:
    return [(op.before, op.after) for op in plan.ops]


@pytest.mark.parametrize(
    'said, vlans',
    [
        (7, ('7',)),
        ('7', ('7',)),
        ([], ()),
        (['9', 7, '8'], ('7-9',)),
        (['7 - 9', ' 10-12 '], ('7-12',)),
        (['1 untagged pvid', '2-3 untagged', '4 untagged'], ('1 pvid untagged', '2-4 untagged')),
        (['2 pvid', 1, 3], ('1', '2 pvid', '3')),
        ([{'vid': 7, 'pvid': True, 'untagged': 'yes'}, {'vid': '8-9'}], ('7 pvid untagged', '8-9')),
        ([{'vid': '8-9', 'pvid': False, 'untagged': True}, 4094], ('8-9 untagged', '4094')),
        ('1-4094', ('1-4094',)),
        (['7-7 pvid'], ('7 pvid',)),
    ],
)
def test_vlans_are_said_in_the_words_of_bridge(said: t.Any, vlans: tuple[str, ...]) -> None:
    want = layout(**card(vlans=said)).links[0]
    assert dict(want.port)['vlans'] == vlans


def test_replicas_count_vlans() -> None:
    port = {'vlans': ['{n+10} pvid untagged', {'vid': '{n+20}'}]}
    peer = {'name': 'to-{n}', 'master': 'br9', 'port': port}
    inside = {'name': 'n{n}', 'replicas': 2, 'links': [{'name': 'e', 'kind': 'veth', 'peer': peer}]}
    bridge = {'name': 'br9', 'kind': 'bridge', 'vlan_filtering': True}
    want = layout(links=[bridge], namespaces=[inside])
    assert [dict(link.port)['vlans'] for link in want.links if link.port] == [
        ('11 pvid untagged', '21'),
        ('12 pvid untagged', '22'),
    ]


def test_what_new_ports_have() -> None:
    assert of_new_ports({}) == USUAL
    assert of_new_ports({'vlan_default_pvid': 9}) == ('9 pvid untagged',)
    assert of_new_ports({'vlan_default_pvid': 0}) == ()


def _declared_in(document: Document, owned: Owned) -> frozenset[str]:
    return query_for(layout(**document), owned, Policy()).vlans


def test_they_are_read_only_where_they_are_declared_or_owned() -> None:
    owned = Owned(fields={('red', 'eth1', 'port.vlans'): (('1',), ('7',))})
    bridge = {'name': 'br0', 'kind': 'bridge', 'vlan_filtering': True}
    assert _declared_in(card(vlans=[]), Owned()) == {''}
    assert _declared_in({'links': [bridge]}, Owned()) == frozenset()
    assert _declared_in({'links': [{**bridge, 'vlans': []}]}, Owned()) == {''}
    assert _declared_in({}, owned) == {'red'}
    # A card may lose them.
    for_yet_another = {'links': [{'name': 'eth1', 'kind': 'physical', 'master': 'br8'}]}
    assert _declared_in(for_yet_another, Owned()) == {''}
    assert (
        _declared_in({'links': [{'name': 'eth1', 'kind': 'physical', 'mtu': 1400}]}, Owned()) == frozenset()
    )
    moving = {'namespaces': [{'name': 'red', 'links': [{'name': 'eth1', 'kind': 'physical'}]}]}
    assert _declared_in(moving, Owned()) == {''}


def test_a_port_of_others_gets_back_what_it_had() -> None:
    document = card(vlans=['7', '9 pvid'])
    there = bare('', *found())
    plan = planned(document, [there])
    pair = ({'port': (('vlans', USUAL),)}, {'port': (('vlans', ('7', '9 pvid')),)})
    assert changes_of(plan) == [pair]
    assert not planned(document, [bare('', *found(('7', '9 pvid')))]).ops

    owned = Owned.from_data(Owned(fields={FIELD: (USUAL, ('7', '9 pvid'))}).as_data())
    back = planned({}, [bare('', *found(('7', '9 pvid')))], owned=owned)
    assert changes_of(back) == [(pair[1], pair[0])]
    # Somebody else has changed it since.
    assert not planned({}, [bare('', *found(('7',)))], owned=owned).ops


def test_a_port_gets_back_what_it_had_with_its_former_master() -> None:
    port = (('isolated', True), ('vlans', ('7-9',)))
    links = found()
    links[1] = links[1]._replace(port=port)
    links.append(links[0]._replace(name='br8', mac='02:00:00:00:00:08'))
    document = {'links': [{'name': 'eth1', 'kind': 'physical', 'master': 'br8'}]}
    have = Snapshot({'': bare('', *links)})
    _plan, owned = plan(layout(**document), have, Owned(), Policy(), CanonicalRules())
    kept = Owned.from_data(json.loads(json.dumps(owned.as_data())))
    assert kept.fields['', 'eth1', 'port'] == (port, None)

    links[1] = links[1]._replace(master='br8', port=(('isolated', False), ('vlans', USUAL)))
    back = planned({}, [bare('', *links)], owned=kept)
    assert [op.after for op in back.ops] == [{'master': 'br9'}, {'port': port}]
    # Again on the first day: nothing has been declared since.
    again, owned_after = plan(
        layout(**document), Snapshot({'': bare('', *links)}), kept, Policy(), CanonicalRules()
    )
    assert not again.ops
    assert owned_after.fields == kept.fields


def test_tunnels_are_not_lost() -> None:
    links = found(('7-9',))
    links[1] = links[1]._replace(tunnel_vlans=(8, 9))
    (conflict,) = planned(card(vlans=[7, 8]), [bare('', *links)]).conflicts
    assert (conflict.what, conflict.found) == ('has VLANs that map to tunnels and are not declared', '9')
    assert not planned(card(vlans=['8-9']), [bare('', *links)]).conflicts


@pytest.mark.parametrize(
    'vlans, before, after, moved',
    [
        (USUAL, 1, 9, ('9 pvid untagged',)),
        (USUAL, 1, 0, ()),
        ((), 0, 9, ('9 pvid untagged',)),
        (('7 pvid',), 0, 9, ('7', '9 pvid untagged')),
        (('1 pvid', '7'), 1, 9, ('1 pvid', '7')),
        (('1 pvid untagged', '9'), 1, 9, ('1 pvid untagged', '9')),
    ],
)
def test_another_default_is_predicted(
    vlans: tuple[str, ...], before: int, after: int, moved: tuple[str, ...]
) -> None:
    bridge = {'name': 'br0', 'kind': 'bridge', 'vlan_filtering': True, 'vlan_default_pvid': after}
    document = {'links': [{**bridge, 'vlans': list(vlans)}]}
    link = layout(**document).links[0]._replace(mark='multinet:lab', mtu=1500)
    settings = {**dict(link.settings), 'vlan_default_pvid': before, 'vlans': vlans}
    link = link._replace(settings=tuple(sorted(settings.items())))
    plan = planned(document, [bare('', link)])
    sets = [op for op in plan.ops if isinstance(op, SetLink) and 'vlans' in dict(op.after['settings'][1])]
    assert [dict(op.before['settings'][1])['vlans'] for op in sets] == ([moved] if moved != vlans else [])


def test_new_ports_are_predicted_with_their_vlans() -> None:
    bridge = {'name': 'br0', 'kind': 'bridge', 'vlan_filtering': True, 'vlan_default_pvid': 5}
    port: Document = {'name': 'one', 'kind': 'veth', 'master': 'br0', 'peer': {'name': 'far'}}
    have = Snapshot({'': bare()})
    ahead = predict(layout(links=[bridge, port]), have, Owned(), Policy(), CanonicalRules())
    assert ahead is not None
    after, owned = ahead
    assert dict(after.seen[''].links['one'].port)['vlans'] == ('5 pvid untagged',)
    assert dict(after.seen[''].links['br0'].settings)['vlans'] == ('5 pvid untagged',)
    next_task = layout(links=[bridge, {**port, 'port': {'vlans': [7]}}])
    changes = plan(next_task, after, owned, Policy(), CanonicalRules())[0].changes
    assert [change.name for change in changes] == ['one']


def test_a_bridge_of_others_may_be_declared_beside_its_ports() -> None:
    bridge = {'name': 'br9', 'kind': 'physical', 'mtu': 1500}
    want = layout(links=[bridge, *card(vlans=[7], isolated=True)['links']])
    assert dict(want.links[1].port)['vlans'] == ('7',)


def test_a_card_without_them_is_left_alone() -> None:
    assert not planned(card(), [bare('', *found(('7',)))]).ops


def test_a_bridge_of_others_that_does_not_filter_is_told() -> None:
    plan = planned(card(vlans=7), [bare('', *found(filtering=False))])
    assert plan.warnings == (
        'link host/eth1: port.vlans has no effect yet: bridge br9 has no vlan_filtering',
    )
    assert not planned(card(vlans=7), [bare('', *found())]).warnings


def _sets(ops: t.Iterable[Operation], key: str) -> list[int]:
    """The places of the operations that set a setting of a bridge or a port."""
    return [
        number
        for number, op in enumerate(ops)
        if isinstance(op, SetLink)
        and key in dict((*op.after.get('settings', ('', ()))[1], *op.after.get('port', ())))
    ]


def test_a_bridge_filters_when_its_ports_have_their_vlans() -> None:
    bridge = {'name': 'br0', 'kind': 'bridge', 'vlan_filtering': True, 'vlan_default_pvid': 5, 'vlans': [5]}
    peer = {'name': 'far'}
    port = {'name': 'one', 'kind': 'veth', 'master': 'br0', 'port': {'vlans': [7]}, 'peer': peer}
    document = {'links': [bridge, port]}
    links = [link._replace(mark='multinet:lab', mtu=1500) for link in layout(links=document['links']).links]
    old = (('vlan_default_pvid', 1), ('vlan_filtering', False), ('vlans', USUAL))
    links[0] = links[0]._replace(settings=old)
    links[1] = links[1]._replace(port=(('vlans', USUAL),))
    plan = planned(document, [bare('', *links)])
    assert not plan.conflicts
    (pvid,), vlans, (filtering,) = (
        _sets(plan.ops, key) for key in ('vlan_default_pvid', 'vlans', 'vlan_filtering')
    )
    assert len(vlans) == 2
    assert pvid < min(vlans) <= max(vlans) < filtering
