# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that other tests are made of are right ones, and all that can be declared occurs in them."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout, read_layout
from ansible_collections.multinet.linux.tests import generator

SEEDS = 500


@pytest.fixture(scope='module', params=['small', 'medium'])
def documents(request: pytest.FixtureRequest) -> list[generator.Document]:
    return [generator.random_document(seed, request.param) for seed in range(SEEDS)]


def test_documents_are_accepted(documents: list[generator.Document]) -> None:
    for document in documents:
        layout = read_layout(document)
        assert json.loads(json.dumps(document)) == document
        for name in [namespace.name for namespace in layout.namespaces] + [
            link.name for link in layout.links if not link.namespace
        ]:
            assert name.startswith(layout.scope + '-')


def test_changes_are_accepted(documents: list[generator.Document]) -> None:
    different = 0
    for seed, document in enumerate(documents):
        before = copy.deepcopy(document)
        for number in range(2):
            changed = generator.random_change(document, 2 * seed + number)
            assert document == before
            assert changed['name'] == document['name']
            different += read_layout(changed) != read_layout(document)
            document = before = changed
            before = copy.deepcopy(document)
    assert different > SEEDS


def test_the_seed_decides() -> None:
    for seed in range(20):
        document = generator.random_document(seed, 'medium')
        assert generator.random_document(seed, 'medium') == document
        assert generator.random_change(document, seed) == generator.random_change(
            copy.deepcopy(document), seed
        )


def test_kinds_can_be_chosen() -> None:
    for seed in range(50):
        document = generator.random_document(seed, 'medium', kinds=('veth', 'bridge'))
        assert {
            link.kind
            for link in read_layout(generator.random_change(document, seed, kinds=('veth', 'bridge'))).links
        } <= {'veth', 'bridge', 'physical'}


def occurring(layout: Layout) -> set[str]:
    found = {'kind ' + link.kind for link in layout.links}
    for link in layout.links:
        found |= {
            word
            for word, there in (
                ('port', link.port),
                ('mtu', link.mtu),
                ('down', link.up is False),
                ('link-local', link.link_local),
                (
                    'between namespaces',
                    link.peer and link.peer[0] and link.namespace and link.peer[0] != link.namespace,
                ),
                ('both in the host', link.peer and not link.peer[0] and not link.namespace),
                ('bridge in a namespace', link.kind == 'bridge' and link.namespace),
                ('parent elsewhere', link.parent and link.parent[0] != link.namespace),
            )
            if there
        }
    ends: dict[tuple[str, str, str], int] = {}
    for address in layout.addresses:
        found |= {address.family} | {
            word
            for word, there in (
                ('label', address.label),
                ('dad', address.dad),
                ('no prefix route', not address.prefix_route),
            )
            if there
        }
        ends[address.namespace, address.link, address.network] = (
            ends.get((address.namespace, address.link, address.network), 0) + 1
        )
    if any(count > 1 for count in ends.values()):
        found.add('secondary')
    for route in layout.routes:
        found |= {'route %s %s' % (route.type, route.family)} | {
            '%s %s' % (word, route.family)
            for word, there in (
                ('multipath', len(route.hops) > 1),
                ('default', route.to in ('0.0.0.0/0', '::/0')),
                ('src', route.src),
                ('table', route.table != 254),
                ('onlink', any(hop.onlink for hop in route.hops)),
                ('metrics', route.metrics),
                ('dev only', any(not hop.via for hop in route.hops)),
                (
                    'gateway behind a route',
                    any(hop.via.startswith(('172.20.', 'fdff:')) for hop in route.hops),
                ),
            )
            if there
        }
    for rule in layout.rules:
        found |= {'rule %s %s' % (rule.action, rule.family)} | {
            word
            for word, there in (
                ('mark', rule.mask),
                ('invert', rule.invert),
                ('users', rule.users),
                ('ports', rule.ports != (0, 0)),
                ('iif', rule.iif),
                ('suppress', rule.suppress >= 0),
            )
            if there
        }
    for chain in layout.iptables:
        found |= {'%s %s %s' % (chain.family, chain.table, 'base' if chain.base else 'own')} | {
            word
            for word, there in (
                ('policy', chain.policy),
                ('host chain', not chain.namespace),
                ('jump', any('-j to-' in rule for rule in chain.rules)),
            )
            if there
        }
    found |= {'nft ' + table.family for table in layout.nftables} | {
        'nft by number' for table in layout.nftables if 'iif "' in table.content
    }
    found |= {
        'sysctl of a link' if sysctl.link else 'optional sysctl' if sysctl.optional else 'sysctl'
        for sysctl in layout.sysctls
    }
    found |= {'exclusive' for namespace in layout.namespaces if namespace.exclusive}
    return found


def test_everything_occurs(documents: list[generator.Document]) -> None:
    found: set[str] = set()
    for document in documents:
        found |= occurring(read_layout(document))
    both = ('ipv4', 'ipv6')
    wanted = {'kind ' + kind for kind in (*generator.KINDS, 'physical')}
    wanted |= {
        'port',
        'mtu',
        'down',
        'link-local',
        'between namespaces',
        'both in the host',
        'bridge in a namespace',
        'parent elsewhere',
        'ipv4',
        'ipv6',
        'label',
        'dad',
        'no prefix route',
        'secondary',
        'mark',
        'invert',
        'users',
        'ports',
        'iif',
        'suppress',
        'policy',
        'host chain',
        'jump',
        'sysctl',
        'optional sysctl',
        'sysctl of a link',
        'exclusive',
        'nft by number',
        *('nft ' + family for family in ('inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev')),
    }
    wanted |= {
        '%s %s' % (word, family)
        for family in both
        for word in (
            'multipath',
            'default',
            'src',
            'table',
            'onlink',
            'metrics',
            'dev only',
            'gateway behind a route',
            *['route ' + kind for kind in ('unicast', *generator.WITHOUT_LINK)],
            *[
                'rule ' + action
                for action in ('lookup', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit')
            ],
        )
    }
    wanted |= {
        '%s %s %s' % (family, table, owner)
        for family in both
        for table in ('filter', 'nat', 'mangle')
        for owner in ('base', 'own')
    }
    assert found >= wanted, wanted - found
