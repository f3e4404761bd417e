# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of addresses, routes, rules and sysctls: from what is wanted and what is there to steps, without a
kernel."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan
from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address, Lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
    CanonicalRules,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import Countdown
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, PROTOCOL

Document = dict[str, t.Any]
LEASE = Lifetimes(Countdown(600), Countdown(3600))
VIA = (Hop('10.0.0.9', 'eth0'),)


def address(text: str, link: str = 'eth0', **fields: t.Any) -> Address:
    return Address(HOST, link, text, **fields)


def route(to: str, hops: tuple[Hop, ...] = VIA, **fields: t.Any) -> Route:
    return Route(HOST, to, hops, **fields)


def rule(priority: int, **fields: t.Any) -> Rule:
    return Rule(HOST, 'ipv4', priority, **{'table': 7, **fields})


def planned(
    document: Document,
    *,
    addresses: t.Iterable[Address] = (),
    routes: t.Iterable[Route] = (),
    rules: t.Iterable[Rule] = (),
    sysctls: t.Mapping[str, str] | None = None,
    owned: Owned | None = None,
    policy: Policy | None = None,
) -> Plan:
    """The plan for a host with the links lo, eth0 and eth1. Both know net 10.0.0.0/24."""
    names = ('lo', 'eth0', 'eth1')
    links = {name: Link(HOST, name, 'physical', True, 1500, '02:00:00:00:00:01', '') for name in names}
    have = Seen('cookie:1', links, list(addresses), list(routes), list(rules), dict(sysctls or {}))
    want = read_layout({'name': 'x', **document}, 'host')
    steps, _owned = plan(want, Snapshot({HOST: have}), owned or Owned(), policy or Policy(), CanonicalRules())
    return steps


def steps_of(steps: Plan) -> list[str]:
    """Each step as a verb and an object; conflicts where there are some."""
    if steps.conflicts:
        return ['%s: %s' % (problem.path, problem.what) for problem in steps.conflicts]
    return [
        '%s %s' % (op.verb, op.subject.replace(' in host', '').replace(' of link host/', ' on '))
        for op in steps.ops
    ]


def link(*addresses: t.Any) -> Document:
    return {'links': [{'name': 'eth0', 'kind': 'physical', 'addresses': list(addresses)}]}


ADDRESSES: dict[str, tuple[Document, dict[str, t.Any], list[str]]] = {
    'a new one': (link('10.0.0.1/24'), {}, ['make address 10.0.0.1/24 on eth0']),
    'one that is there': (link('10.0.0.1/24'), {'addresses': [address('10.0.0.1/24')]}, []),
    'another scope': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', scope='link')]},
        ['address 10.0.0.1/24 on host/eth0: already exists with other properties'],
    ),
    'another scope, ours': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', scope='link', protocol=PROTOCOL)]},
        ['remove address 10.0.0.1/24 on eth0', 'make address 10.0.0.1/24 on eth0'],
    ),
    'without dad, ours': (
        link({'address': 'fd00::1/64', 'dad': True}),
        {'addresses': [address('fd00::1/64', protocol=PROTOCOL)]},
        ['remove address fd00::1/64 on eth0', 'make address fd00::1/64 on eth0'],
    ),
    'with dad, ours': (
        link('fd00::1/64'),
        {'addresses': [address('fd00::1/64', dad=True, protocol=PROTOCOL)]},
        ['remove address fd00::1/64 on eth0', 'make address fd00::1/64 on eth0'],
    ),
    'with dad, adopted': (
        link('fd00::1/64'),
        {'addresses': [address('fd00::1/64', dad=True)], 'policy': Policy(adopt=True)},
        [],
    ),
    'dynamic': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', lifetimes=LEASE)]},
        ['address 10.0.0.1/24 on host/eth0: already exists with other properties'],
    ),
    'dynamic, adopted': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', lifetimes=LEASE)], 'policy': Policy(adopt=True)},
        ['change address 10.0.0.1/24 on eth0'],
    ),
    'with a peer': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', peer='10.1.0.2')]},
        ['address 10.0.0.1/24 on host/eth0: already exists with other properties'],
    ),
    'with a broadcast address': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', broadcast='10.0.0.255')]},
        [],
    ),
    'on another link': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.1/24', 'eth1')]},
        ['address 10.0.0.1/24 on host/eth0: is in host already'],
    ),
    'a network of another link': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.2/16', 'eth1')]},
        ['address 10.0.0.1/24 on host/eth0: overlaps the network of eth1'],
    ),
    'a network of another link, on purpose': (
        link('10.0.0.1/24'),
        {'addresses': [address('10.0.0.2/16', 'eth1')], 'policy': Policy(overlap=True)},
        ['make address 10.0.0.1/24 on eth0'],
    ),
    'a network that a route leads to': (
        link('10.0.0.1/24'),
        {'routes': [route('10.0.0.0/8', (Hop('10.9.0.1', 'eth1'),))]},
        ['address 10.0.0.1/24 on host/eth0: overlaps a route'],
    ),
    'one that is ours goes with its secondary and its routes': (
        {'routes': [{'to': '10.7.0.0/16', 'type': 'blackhole'}]},
        {
            'addresses': [
                address('10.0.0.1/24', protocol=PROTOCOL),
                address('10.0.0.2/24', secondary=True),
            ],
            'routes': [
                route('10.8.0.0/16'),
                route('10.7.0.0/16', (), type='blackhole', scope='global', protocol=PROTOCOL),
            ],
            'owned': Owned(addresses={(HOST, 'eth0', '10.0.0.1/24')}),
        },
        [
            'remove route 10.8.0.0/16 via 10.0.0.9 dev eth0 table main',
            'remove address 10.0.0.2/24 on eth0',
            'remove address 10.0.0.1/24 on eth0',
            'make address 10.0.0.2/24 on eth0',
            'make route 10.8.0.0/16 via 10.0.0.9 dev eth0 table main',
        ],
    ),
}

GATEWAY = {'to': '10.8.0.0/16', 'via': '10.0.0.9'}
ROUTES: dict[str, tuple[Document, dict[str, t.Any], list[str]]] = {
    'a new one': (GATEWAY, {}, ['make route 10.8.0.0/16 via 10.0.0.9 table main']),
    'one that is there': (GATEWAY, {'routes': [route('10.8.0.0/16')]}, []),
    'another gateway': (
        GATEWAY,
        {'routes': [route('10.8.0.0/16', (Hop('10.0.0.8', 'eth0'),))]},
        ['route 10.8.0.0/16 in host: already exists and is not ours'],
    ),
    'another gateway, ours': (
        GATEWAY,
        {'routes': [route('10.8.0.0/16', (Hop('10.0.0.8', 'eth0'),), protocol=PROTOCOL)]},
        ['change route 10.8.0.0/16 via 10.0.0.9 table main'],
    ),
    'encap': (
        GATEWAY,
        {'routes': [route('10.8.0.0/16', extra=((uapi.RTA_ENCAP, b''),))]},
        ['route 10.8.0.0/16 in host: already exists and is not ours'],
    ),
    'encap, ours': (
        GATEWAY,
        {'routes': [route('10.8.0.0/16', extra=((uapi.RTA_ENCAP, b''),), protocol=PROTOCOL)]},
        ['change route 10.8.0.0/16 via 10.0.0.9 table main'],
    ),
    'another source of IPv6': (
        {'to': '2001:db8::/48', 'via': 'fd00::9'},
        {'routes': [route('2001:db8::/48', (Hop('fd00::9', 'eth0'),), metric=1024, source='fd00::/64')]},
        ['make route 2001:db8::/48 via fd00::9 table main metric 1024'],
    ),
    'a type instead of a gateway': (
        {'to': '10.8.0.0/16', 'type': 'blackhole'},
        {'routes': [route('10.8.0.0/16', protocol=PROTOCOL)]},
        [
            'remove route 10.8.0.0/16 via 10.0.0.9 dev eth0 table main',
            'make route blackhole 10.8.0.0/16 table main',
        ],
    ),
    'a link that is missing': (
        {'to': '10.8.0.0/16', 'dev': 'eth7'},
        {},
        ['route 10.8.0.0/16 in host: uses a link that does not exist'],
    ),
}
RULES: dict[str, tuple[list[Document], dict[str, t.Any], list[str]]] = {
    'a new one': ([{'priority': 5, 'table': 7}], {}, ['make rule 5: from all lookup 7']),
    'one that is there': ([{'priority': 5, 'table': 7}], {'rules': [rule(5)]}, []),
    'one with more to it': (
        [{'priority': 5, 'table': 7}],
        {'rules': [rule(5, extra=((uapi.FRA_TUN_ID, bytes(8)),))]},
        ['make rule 5: from all lookup 7'],
    ),
    'one of ours and one of others': (
        [{'priority': 5, 'table': 7}],
        {'rules': [rule(5), rule(6, protocol=PROTOCOL), rule(7)], 'owned': Owned(rules={rule(6).key})},
        ['remove rule 6: from all lookup 7'],
    ),
}
FORWARD = 'net.ipv4.ip_forward'
KEY = 'net/ipv4/ip_forward'
SYSCTLS: dict[str, tuple[Document, dict[str, t.Any], list[str]]] = {
    'another value': ({FORWARD: 1}, {'sysctls': {KEY: '0'}}, ['change sysctl net.ipv4.ip_forward']),
    'the same value': ({FORWARD: 1}, {'sysctls': {KEY: '1'}}, []),
    'one that does not exist': (
        {FORWARD: 1},
        {},
        ['sysctl net.ipv4.ip_forward in host: does not exist in this kernel'],
    ),
    'one that need not exist': ({'-' + FORWARD: 1}, {}, []),
    'one that is given up': (
        {'net.ipv4.tcp_ecn': 1},
        {
            'sysctls': {KEY: '1', 'net/ipv4/tcp_ecn': '1'},
            'owned': Owned(sysctls={(HOST, KEY): ('0', '1')}),
        },
        ['change sysctl net.ipv4.ip_forward'],
    ),
    'one that somebody else changed': (
        {'net.ipv4.tcp_ecn': 1},
        {
            'sysctls': {KEY: '2', 'net/ipv4/tcp_ecn': '1'},
            'owned': Owned(sysctls={(HOST, KEY): ('0', '1')}),
        },
        [],
    ),
}


@pytest.mark.parametrize('document, have, steps', ADDRESSES.values(), ids=ADDRESSES)
def test_addresses(document: Document, have: dict[str, t.Any], steps: list[str]) -> None:
    assert steps_of(planned(document, **have)) == steps


@pytest.mark.parametrize('entry, have, steps', ROUTES.values(), ids=ROUTES)
def test_routes(entry: Document, have: dict[str, t.Any], steps: list[str]) -> None:
    present = {'addresses': [address('10.0.0.1/24'), address('fd00::1/64')]}
    assert steps_of(planned({'routes': [entry]}, **{**present, **have})) == steps


@pytest.mark.parametrize('entries, have, steps', RULES.values(), ids=RULES)
def test_rules(entries: list[Document], have: dict[str, t.Any], steps: list[str]) -> None:
    assert steps_of(planned({'rules': entries}, **have)) == steps


@pytest.mark.parametrize('sysctls, have, steps', SYSCTLS.values(), ids=SYSCTLS)
def test_sysctls(sysctls: Document, have: dict[str, t.Any], steps: list[str]) -> None:
    assert steps_of(planned({'sysctls': sysctls}, **have)) == steps


def test_the_first_address_of_a_document_is_the_primary_one() -> None:
    present = [
        address('10.0.0.2/24', protocol=PROTOCOL),
        address('10.0.0.1/24', secondary=True, protocol=PROTOCOL),
    ]
    assert steps_of(planned(link('10.0.0.1/24', '10.0.0.2/24'), addresses=present)) == [
        'remove address 10.0.0.1/24 on eth0',
        'remove address 10.0.0.2/24 on eth0',
        'make address 10.0.0.1/24 on eth0',
        'make address 10.0.0.2/24 on eth0',
    ]


def test_a_time_that_passes_is_no_difference() -> None:
    later = Lifetimes(Countdown(1), Countdown(2))
    assert address('10.0.0.1/24', lifetimes=LEASE) == address('10.0.0.1/24', lifetimes=later)
    deprecated = Lifetimes(Countdown(0), Countdown(2))
    assert address('10.0.0.1/24', lifetimes=LEASE) != address('10.0.0.1/24', lifetimes=deprecated)
    assert address('10.0.0.1/24', lifetimes=LEASE) != address('10.0.0.1/24')
    assert route('10.0.0.0/8', expires=Countdown(5)) == route('10.0.0.0/8', expires=Countdown(4))
    assert route('10.0.0.0/8', expires=Countdown(5)) != route('10.0.0.0/8')
