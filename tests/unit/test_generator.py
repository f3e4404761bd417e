# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The random documents of other tests are right ones, and all that can be declared occurs in them."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.tests import generator
from ansible_collections.multinet.linux.tests.generator import covering

# They are made by the developer's Python only.
pytestmark = pytest.mark.one_python

SEEDS = 500


class Read(t.NamedTuple):
    document: generator.Document
    layout: Layout


@pytest.fixture(scope='module', params=['small', 'medium'])
def documents(request: pytest.FixtureRequest) -> list[Read]:
    made = [generator.random_document(seed, request.param) for seed in range(SEEDS)]
    return [Read(document, read_layout(document)) for document in made]


def test_documents_are_accepted(documents: list[Read]) -> None:
    for document, layout in documents:
        assert json.loads(json.dumps(document)) == document
        names = [namespace.name for namespace in layout.namespaces]
        names += [link.name for link in layout.links if not link.namespace]
        for name in names:
            assert name.startswith(layout.scope + '-')


def test_changes_are_accepted(documents: list[Read]) -> None:
    different = 0
    for seed, (document, layout) in enumerate(documents):
        for number in range(2):
            before = json.dumps(document)
            changed = generator.random_change(document, 2 * seed + number)
            assert json.dumps(document) == before
            assert changed['name'] == document['name']
            changed_layout = read_layout(changed)
            different += changed_layout != layout
            document, layout = changed, changed_layout
    assert different > SEEDS


def test_few_documents_say_all_that_many_say() -> None:
    documents = {seed: [generator.random_document(seed, 'medium')] for seed in range(SEEDS)}
    chosen = covering.covering(documents)
    assert len(chosen) < SEEDS / 2
    said = [covering.statements(documents[seed][0]) for seed in chosen]
    everything = [covering.statements(versions[0]) for versions in documents.values()]
    assert set().union(*said) == set().union(*everything)


def test_the_seed_decides() -> None:
    for seed in range(20):
        document = generator.random_document(seed, 'medium')
        assert generator.random_document(seed, 'medium') == document
        again = generator.random_change(copy.deepcopy(document), seed)
        assert generator.random_change(document, seed) == again


def test_kinds_can_be_chosen() -> None:
    for seed in range(50):
        document = generator.random_document(seed, 'medium', kinds=('veth', 'bridge'))
        changed = generator.random_change(document, seed, kinds=('veth', 'bridge'))
        assert {link.kind for link in read_layout(changed).links} <= {'veth', 'bridge', 'physical'}


# What occurs in a layout, in words.


def true_of(facts: dict[str, t.Any]) -> set[str]:
    return {word for word, is_true in facts.items() if is_true}


def words_of_link(link: t.Any) -> set[str]:
    peer_namespace = link.peer[0] if link.peer else None
    return {'kind ' + link.kind} | true_of(
        {
            'port': link.port,
            'mtu': link.mtu,
            'down': link.up is False,
            'link-local': link.link_local,
            'between namespaces': peer_namespace and link.namespace and peer_namespace != link.namespace,
            'both in the host': peer_namespace == '' and not link.namespace,
            'bridge in a namespace': link.kind == 'bridge' and link.namespace,
            'parent elsewhere': link.parent and link.parent[0] != link.namespace,
        }
    )


def words_of_address(address: t.Any) -> set[str]:
    facts = {'label': address.label, 'dad': address.dad, 'no prefix route': not address.prefix_route}
    return {address.family} | true_of(facts)


def words_of_route(route: t.Any) -> set[str]:
    gateways = [hop.via for hop in route.hops]
    onlink = any(hop.onlink for hop in route.hops)
    behind_a_route = any(gateway.startswith(('172.20.', 'fdff:')) for gateway in gateways)
    facts = {
        'route ' + route.type: True,
        'multipath': len(route.hops) > 1,
        'default': route.to in ('0.0.0.0/0', '::/0'),
        'src': route.src,
        'table': route.table != 254,
        'onlink': onlink,
        'metrics': route.metrics,
        'dev only': not all(gateways),
        'gateway behind a route': behind_a_route,
    }
    return {'%s %s' % (word, route.family) for word in true_of(facts)}


def words_of_rule(rule: t.Any) -> set[str]:
    return {'rule %s %s' % (rule.action, rule.family)} | true_of(
        {
            'mark': rule.mask,
            'invert': rule.invert,
            'users': rule.users,
            'ports': rule.ports != (0, 0),
            'iif': rule.iif,
            'suppress': rule.suppress >= 0,
        }
    )


def words_of_neighbour(neighbour: t.Any) -> set[str]:
    return {'%s %s' % ('proxy' if neighbour.proxy else 'neighbour', neighbour.family)}


def words_of_chain(chain: t.Any) -> set[str]:
    facts = {
        '%s %s %s' % (chain.family, chain.table, 'base' if chain.base else 'own'): True,
        'policy': chain.policy,
        'host chain': not chain.namespace,
        'jump': any('-j to-' in rule for rule in chain.rules),
    }
    return true_of(facts)


def words_of_table(table: t.Any) -> set[str]:
    return {'nft ' + table.family} | true_of({'nft by number': 'iif "' in table.content})


def words_of_sysctl(sysctl: t.Any) -> set[str]:
    if sysctl.link:
        return {'sysctl of a link'}
    return {'optional sysctl' if sysctl.optional else 'sysctl'}


def words_of_namespace(namespace: t.Any) -> set[str]:
    return true_of({'exclusive': namespace.exclusive})


WORDS_OF: dict[str, t.Callable[[t.Any], set[str]]] = {
    'links': words_of_link,
    'addresses': words_of_address,
    'routes': words_of_route,
    'rules': words_of_rule,
    'neighbours': words_of_neighbour,
    'iptables': words_of_chain,
    'nftables': words_of_table,
    'sysctls': words_of_sysctl,
    'namespaces': words_of_namespace,
}


def occurring(layout: Layout) -> set[str]:
    words: set[str] = set()
    for members, words_of in WORDS_OF.items():
        for member in getattr(layout, members):
            words |= words_of(member)
    networks = [(address.namespace, address.link, address.network) for address in layout.addresses]
    if len(set(networks)) < len(networks):
        words.add('secondary')
    return words


def expected() -> set[str]:
    words = {'kind ' + kind for kind in (*generator.KINDS, 'physical')}
    words |= set('port mtu down link-local ipv4 ipv6 label dad secondary mark invert users ports iif'.split())
    words |= set('suppress policy jump sysctl exclusive'.split())
    words |= {'between namespaces', 'both in the host', 'bridge in a namespace', 'parent elsewhere'}
    words |= {'no prefix route', 'host chain', 'optional sysctl', 'sysctl of a link', 'nft by number'}
    words |= {'nft ' + family for family in ('inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev')}
    of_a_family = ['multipath', 'default', 'src', 'table', 'onlink', 'metrics', 'dev only']
    of_a_family += ['gateway behind a route', 'route unicast']
    of_a_family += ['neighbour', 'proxy']
    of_a_family += ['route ' + kind for kind in generator.WITHOUT_LINK]
    actions = ('lookup', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit')
    of_a_family += ['rule ' + action for action in actions]
    for family in ('ipv4', 'ipv6'):
        words |= {'%s %s' % (word, family) for word in of_a_family}
        for table in ('filter', 'nat', 'mangle'):
            words |= {'%s %s base' % (family, table), '%s %s own' % (family, table)}
    return words


def test_everything_occurs(documents: list[Read]) -> None:
    words: set[str] = set()
    for _document, layout in documents:
        words |= occurring(layout)
    assert words >= expected(), expected() - words
