# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a link is called beside its name, and how many queues it has."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import (
    refused,
    silent,
    stopped_after,
    stopped_at_the_end,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

KINDS: dict[str, dict[str, t.Any]] = {
    'br0': {'kind': 'bridge'},
    'in0': {'kind': 'ifb'},
    'v0': {'kind': 'veth', 'peer': {'name': 'v1', 'namespace': 'red', 'alias': 'far', 'altnames': ['far']}},
    'mv0': {'kind': 'macvlan', 'link': 'v0'},
}


def _of(name: str, ns: str = '') -> dict[str, t.Any]:
    [link] = json.loads(world.run('ip %s -d -j link show dev %s' % ('-n ' + ns if ns else '', name)))
    return t.cast('dict[str, t.Any]', link)


def _document(**said: t.Any) -> Document:
    """Links of several kinds, whose further names have that of the link before them."""
    links = []
    for name, kind in KINDS.items():
        entry = {'name': name, **kind, **said}
        if 'altnames' in said:
            entry['altnames'] = ['%s-%s' % (name, altname) for altname in said['altnames']]
        links.append(entry)
    return {'name': 'named', 'links': links, 'namespaces': [{'name': 'red'}]}


def _told(document: Document) -> None:
    """layout_info says what a run has nothing to do for."""
    written, left_out = describe(None, 'named')
    assert not left_out
    again = converge(written, check=True)
    assert not again.changes, [change.title for change in again.changes]


def _named() -> None:
    empty = snapshot()
    bare = _document()
    converge(bare)
    before = snapshot()
    for said in (
        {'altnames': ['b', 'a'], 'alias': 'up link, 2nd floor'},
        {'altnames': ['a', 'c'], 'alias': 'x' * 180},
        {'altnames': ['n' * 120]},
        {'alias': '7'},
    ):
        document = _document(**said)
        planned = converge(document, check=True)
        stopped_at_the_end(document)
        assert not difference(before, snapshot())
        assert converge(document).changes == planned.changes
        silent(document)
        for name in KINDS:
            altnames = sorted('%s-%s' % (name, altname) for altname in said.get('altnames', ()))
            assert sorted(_of(name).get('altnames', ())) == altnames
            assert _of(name)['ifalias'] == ' '.join(['multinet:named', *filter(None, [said.get('alias')])])
        far = _of('v1', 'red')
        assert (far['ifalias'], far['altnames']) == ('multinet:named far', ['far'])
        _told(document)
        before = snapshot()
    converge(bare)
    silent(bare)
    assert 'altnames' not in _of('br0')
    assert _of('br0')['ifalias'] == 'multinet:named'
    converge(bare, absent=True)
    assert not difference(empty, snapshot())


def test_names_and_texts_of_links() -> None:
    world.in_world(_named)


def _made_again() -> None:
    """A link that is removed and made anew by an undo has its names and queues."""
    document = _document(altnames=['a'], alias='text', num_tx_queues=3)
    converge(document)
    before = snapshot()
    gone = {'name': 'named', 'links': [{'name': 'br0', 'kind': 'bridge', 'num_tx_queues': 3}]}
    for number in range(1, converge(gone, check=True).ops + 1):
        stopped_after(number, gone)
        left = difference(before, snapshot())
        assert not left, (number, left)


def test_an_undo_gives_names_and_queues_back() -> None:
    world.in_world(_made_again)


def _card() -> None:
    world.run('ip link add card type veth peer name far')
    world.run('ip link property add card altname enp7')
    world.run('ip link set card alias the_first')
    before = snapshot()
    document: Document = {
        'name': 'named',
        'links': [{'name': 'card', 'kind': 'physical', 'altnames': ['wan']}],
    }
    card = document['links'][0]
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    converge(document)
    silent(document)
    assert _of('card')['altnames'] == ['enp7', 'wan']
    card.update(altnames=['lan'], alias='the second')
    converge(document)
    silent(document)
    assert (_of('card')['altnames'], _of('card')['ifalias']) == (['enp7', 'lan'], 'the second')
    world.run('ip link property add card altname other')  # as udev does when a rule of it changes
    silent(document)
    converge(document, absent=True)
    assert (sorted(_of('card')['altnames']), _of('card')['ifalias']) == (['enp7', 'other'], 'the_first')
    world.run('ip link property del card altname other')
    assert not difference(before, snapshot())


def test_a_link_that_was_there_keeps_the_names_of_others() -> None:
    world.in_world(_card)


def _moved() -> None:
    world.run('ip link add card type veth peer name far')
    world.run('ip link property add card altname enp7')
    world.run('ip link set card alias the_first')
    before = snapshot()
    card = {
        'name': 'eth0',
        'kind': 'physical',
        'match': {'altname': 'enp7'},
        'altnames': ['wan'],
        'alias': 'in',
    }
    document = {'name': 'named', 'namespaces': [{'name': 'red', 'links': [card]}]}
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    converge(document)
    silent(document)
    assert (sorted(_of('eth0', 'red')['altnames']), _of('eth0', 'red')['ifalias']) == (['enp7', 'wan'], 'in')
    card['altnames'] = ['lan']
    converge(document)
    silent(document)
    assert sorted(_of('eth0', 'red')['altnames']) == ['enp7', 'lan']
    there = snapshot()
    stopped_at_the_end(document, absent=True)
    assert not difference(there, snapshot())
    converge(document, absent=True)
    assert not difference(before, snapshot())


def test_a_card_that_moves_has_its_names_there_and_back() -> None:
    world.in_world(_moved)


def _card_without() -> None:
    """A text that a card gets where it had none, and has no more when it is back."""
    world.run('ip link add card type veth peer name far')
    before = snapshot()
    card = {'name': 'card', 'kind': 'physical', 'alias': 'in'}
    for document in (
        {'name': 'named', 'namespaces': [{'name': 'red', 'links': [card]}]},
        {'name': 'named', 'links': [card]},
    ):
        converge(document)
        silent(document)
        converge(document, absent=True)
        assert not difference(before, snapshot())


def test_a_text_leaves_with_the_document() -> None:
    world.in_world(_card_without)


def _taken() -> None:
    world.run('ip link add theirs type bridge')
    world.run('ip link property add theirs altname second')
    for name in ('theirs', 'second'):
        said = refused(
            _document(altnames=['a']) | {'links': [{'name': 'br0', 'kind': 'bridge', 'altnames': [name]}]}
        )
        assert 'cannot be called %s, as link host/theirs is' % name in said


def test_a_name_that_another_link_has() -> None:
    world.in_world(_taken)


def _queues() -> None:
    empty = snapshot()
    document = _document(num_tx_queues=3, num_rx_queues=2)
    converge(document)
    silent(document)
    silent(_document())  # a document that does not say it leaves it alone
    before = snapshot()
    for name in KINDS:
        assert (_of(name)['num_tx_queues'], _of(name)['num_rx_queues']) == (3, 2)
    _told(document)
    other = _document(num_tx_queues=5)
    stopped_at_the_end(other)
    assert not difference(before, snapshot())
    lines = {change.name: change for change in converge(other).changes}
    assert 'num_tx_queues 3' in lines['br0'].before
    assert 'num_tx_queues 5' in lines['br0'].after
    silent(other)
    for name in KINDS:
        assert _of(name)['num_tx_queues'] == 5
    converge(other, absent=True)
    assert not difference(empty, snapshot())


def test_queues_are_those_of_a_new_link() -> None:
    world.in_world(_queues)
