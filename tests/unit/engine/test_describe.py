# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From values of a kernel to a document that says the same."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.describe import View, describe
from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address, Lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import Countdown
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, mark_of
from ansible_collections.multinet.linux.tests import generator

LO_MAC = '00:00:00:00:00:00'


def keys_of(values: t.Iterable[t.Any]) -> set[t.Any]:
    return {value.key for value in values}


def namespace_names(layout: Layout) -> set[str]:
    return {namespace.name for namespace in layout.namespaces}


def made(layout: Layout) -> tuple[Snapshot, Owned]:
    """What a kernel has, and what is kept, when all of a layout has been made."""
    names = {HOST} | namespace_names(layout)
    mark = mark_of(layout.scope)
    seen = {}
    for name in names:
        lo = Link(name, 'lo', 'physical', True, 65536, LO_MAC, '', mark=mark if name else None)
        seen[name] = Seen('cookie:1', {'lo': lo})
    for link in layout.links:
        if link.kind != 'physical':
            usual = 1500 if link.mtu is None else link.mtu
            seen[link.namespace].links[link.name] = link._replace(mtu=usual)
    for kind in ('addresses', 'nexthops', 'routes', 'rules', 'neighbours'):
        for member in getattr(layout, kind):
            getattr(seen[member.namespace], kind).append(member._replace(protocol=member.protocol or 117))
    owned = Owned(
        addresses=keys_of(layout.addresses),
        nexthops=keys_of(layout.nexthops),
        routes=keys_of(layout.routes),
        rules=keys_of(layout.rules),
        neighbours=keys_of(layout.neighbours),
    )
    return Snapshot(seen), owned


def sorted_parts(layout: Layout) -> list[list[str]]:
    veths = [link for link in layout.links if link.kind == 'veth']
    with_mtu = [link._replace(mtu=link.mtu or 1500) for link in veths]
    parts: list[t.Iterable[t.Any]] = [
        layout.addresses,
        layout.nexthops,
        layout.routes,
        layout.rules,
        layout.neighbours,
        with_mtu,
    ]
    return [sorted(map(repr, part)) for part in parts]


@pytest.mark.parametrize('seed', range(60))
def test_a_layout_that_was_made_is_told_as_it_was(seed: int) -> None:
    document = generator.random_document(seed, 'medium')
    for holder in (document, *document.get('namespaces', ())):
        for key in ('sysctls', 'nsid', 'iptables', 'iptables_mode', 'nftables', 'exclusive'):
            holder.pop(key, None)
    want = read_layout(document, 'host')
    have, owned = made(want)
    told, left_out = describe(have, View(frozenset(have.seen), want.scope, owned, 'host'))
    assert left_out == []
    again = read_layout(told, 'host')
    assert sorted_parts(again) == sorted_parts(want)
    assert namespace_names(again) == namespace_names(want)


def world(**contents: t.Any) -> Snapshot:
    lo = {'lo': Link('blue', 'lo', 'physical', True, 65536, LO_MAC, '')}
    links = {link.name: link for link in contents.pop('links', ())}
    return Snapshot(
        {
            HOST: Seen('cookie:1', {'lo': lo['lo']._replace(namespace=HOST)}),
            'blue': Seen('cookie:2', {**lo, **links}, **contents),
        }
    )


def told_of(have: Snapshot) -> tuple[t.Any, list[str]]:
    document, left_out = describe(have, View(frozenset(have.seen)))
    return document.get('namespaces', [{}])[0], left_out


def test_an_empty_host_has_an_empty_document() -> None:
    have = world()
    del have.seen['blue']
    assert describe(have, View(frozenset({HOST}))) == ({}, [])


def test_links_of_other_kinds_and_what_needs_them_are_left_out() -> None:
    tunnel = Link('blue', 'tun0', 'ppp', True, 1500, None, '')
    route = Route('blue', '10.0.0.0/8', (Hop('', 'tun0'),), scope='link', protocol=3)
    document, left_out = told_of(world(links=[tunnel], routes=[route]))
    assert document == {'name': 'blue'}
    assert left_out == [
        'link blue/tun0: is of kind ppp, which a layout cannot make',
        'route 10.0.0.0/8 in blue: is not a link of namespace blue (found tun0); declare it there',
    ]


FALLBACKS = {'gre0': 'gre', 'ip6tnl0': 'ip6tnl', 'sit0': 'sit'}


def test_a_fallback_link_that_is_down_is_not_worth_a_word() -> None:
    links = [Link('blue', name, kind, False, 1480, None, '') for name, kind in FALLBACKS.items()]
    assert told_of(world(links=links)) == ({'name': 'blue'}, [])
    links = [Link('blue', name, kind, True, 1480, None, '') for name, kind in FALLBACKS.items()]
    assert told_of(world(links=links)) == (
        {'name': 'blue'},
        ['link blue/%s: is made by the kernel, in every namespace' % name for name in FALLBACKS],
    )


def test_a_card_in_a_namespace() -> None:
    document, left_out = told_of(
        world(links=[Link('blue', 'eth0', 'physical', True, 1500, '02:00:00:00:00:01', '')])
    )
    assert (document, left_out) == ({'name': 'blue', 'links': [{'name': 'eth0', 'kind': 'physical'}]}, [])


def test_routes_and_rules_of_daemons_and_of_the_kernel() -> None:
    routes = [Route('blue', '10.0.0.0/8', type='blackhole', protocol=number) for number in (3, 11)]
    rules = [Rule('blue', 'ipv4', 100 + number, table=7, protocol=number) for number in (0, 2, 3, 11)]
    document, left_out = told_of(world(routes=routes, rules=rules))
    assert document == {
        'name': 'blue',
        'routes': [{'to': '10.0.0.0/8', 'type': 'blackhole'}],
        'rules': [{'priority': 100, 'table': 7}, {'priority': 103, 'table': 7}],
    }
    assert left_out == [
        'route blackhole 10.0.0.0/8 table main in blue: was not added by an administrator (protocol 11)',
        'rule ipv4 111: from all lookup 7 in blue: was not added by an administrator (protocol 11)',
    ]


def test_what_a_layout_cannot_say_is_left_out() -> None:
    link = Link('blue', 'eth0', 'dummy', True, 1500, '02:00:00:00:00:01', '')
    lease = Lifetimes(Countdown(60), Countdown(60))
    hop = Hop('10.0.0.9', 'eth0')
    document, left_out = told_of(
        world(
            links=[link],
            addresses=[
                Address('blue', 'eth0', '10.0.0.1/24'),
                Address('blue', 'eth0', '10.0.1.1/24', lifetimes=lease),
                Address('blue', 'eth0', '10.0.2.1/32', extra=((77, b'\x0a'),)),
                Address('blue', 'eth0', '10.0.3.1/24', broadcast='10.0.3.255'),
            ],
            routes=[
                Route('blue', '10.1.0.0/16', (hop,), protocol=3),
                Route('blue', '10.2.0.0/16', (hop,), protocol=3, extra=((uapi.RTA_ENCAP, b''), (99, b''))),
                Route(
                    'blue', '::/0', (Hop('fd00::9', 'eth0'),), metric=1024, protocol=3, expires=lease.valid
                ),
            ],
            rules=[
                Rule('blue', 'ipv4', 7, table=7, protocol=3),
                Rule('blue', 'ipv4', 8, table=7, protocol=3, extra=((77, b''),)),
            ],
        )
    )
    assert document['links'][0]['addresses'] == [
        '10.0.0.1/24',
        {'address': '10.0.3.1/24', 'broadcast': '10.0.3.255'},
    ]
    assert [entry['to'] for entry in document['routes']] == ['10.1.0.0/16']
    assert [entry['priority'] for entry in document['rules']] == [7]
    reasons = [text.partition(': has what a layout cannot declare ') for text in left_out]
    assert sorted((what.split()[0], why) for what, _text, why in reasons) == [
        ('address', '(attribute 77)'),
        ('address', '(dynamic)'),
        ('route', '(encap, attribute 99)'),
        ('route', '(expires)'),
        ('rule', '(attribute 77)'),
    ]


def test_a_scope_tells_what_it_changed_on_a_link_of_others() -> None:
    have = world(links=[Link('blue', 'eth0', 'veth', True, 1400, '02:00:00:00:00:01', '')])
    owned = Owned(fields={('blue', 'eth0', 'mtu'): (1500, 1400), ('blue', 'eth0', 'up'): (False, True)})
    document, left_out = describe(have, View(frozenset(have.seen), 'lab', owned))
    assert document == {
        'name': 'lab',
        'namespaces': [
            {
                'name': 'blue',
                'create': False,
                'links': [{'name': 'eth0', 'kind': 'physical', 'mtu': 1400, 'state': 'up'}],
            }
        ],
    }
    assert left_out == []


def test_settings_that_let_packets_through_are_told() -> None:
    document, _left_out = told_of(
        world(sysctls={'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '0'})
    )
    assert document == {'name': 'blue', 'sysctls': {'net.ipv4.ip_forward': '1'}}
