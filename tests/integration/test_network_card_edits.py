# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A card is the one that ``match`` says, and goes from one place to another by an edit."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.test_network_card import HOST, MAC
from ansible_collections.multinet.linux.tests.integration.world import run

SECOND = '02:00:00:00:00:c2'


def document(*places: tuple[str, str, str]) -> Document:
    """Namespaces red and blue with cards, each as (namespace, name there, MAC)."""
    namespaces: dict[str, list[t.Any]] = {'red': [], 'blue': []}
    for number, (namespace, name, mac) in enumerate(places):
        addresses = ['10.%d.0.5/24' % number]
        link = {'kind': 'physical', 'name': name, 'match': {'mac': mac}, 'addresses': addresses}
        namespaces[namespace].append(link)
    return {'name': 'x', 'namespaces': [{'name': name, 'links': links} for name, links in namespaces.items()]}


def host() -> None:
    for command in HOST:
        run(command)
    run('ip link add two address %s type veth peer name two2' % SECOND)
    run('ip link set two2 up')
    run('ip address add 10.77.0.1/24 dev two')
    run('ip link set two up')


EDITS = {
    'to another namespace': (document(('red', 'nic', MAC)), document(('blue', 'nic', MAC))),
    'to another name': (document(('red', 'nic', MAC)), document(('red', 'sig0', MAC))),
    'to another name elsewhere': (document(('red', 'nic', MAC)), document(('blue', 'sig0', MAC))),
    'another card': (document(('red', 'sig0', MAC)), document(('red', 'sig0', SECOND))),
    'two change places': (
        document(('red', 'sig0', MAC), ('blue', 'sig0', SECOND)),
        document(('red', 'sig0', SECOND), ('blue', 'sig0', MAC)),
    ),
}


def _edited(first: Document, second: Document) -> None:
    host()
    before = snapshot()
    converge(first)
    between = snapshot()
    stopped_at_the_end(second)
    found = difference(between, snapshot())
    assert not found, found
    predicted = converge(second, check=True).changes
    assert converge(second).changes == predicted
    assert not converge(second).ops
    for namespace in second['namespaces']:
        for link in namespace['links']:
            shown = run('ip -n %s address show dev %s' % (namespace['name'], link['name']))
            assert link['match']['mac'] in shown and link['addresses'][0] in shown
    converge(second, absent=True)
    found = difference(before, snapshot())
    assert not found, found


@pytest.mark.parametrize('edit', EDITS.values(), ids=EDITS)
def test_a_card_follows_an_edit_and_comes_back_whole(edit: tuple[Document, Document]) -> None:
    world.in_world(_edited, *edit)


def _namesake() -> list[str]:
    host()
    run('ip netns add green')
    run('ip link add name other type veth peer name other2')
    run('ip link set other netns green name nic')
    link = {'kind': 'physical', 'name': 'nic', 'match': {'name': 'nic'}, 'addresses': ['10.4.0.5/24']}
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge({'name': 'x', 'namespaces': [{'name': 'green', 'create': False, 'links': [link]}]})
    assert not difference(before, snapshot())
    return list(caught.value.texts())


def test_a_link_of_others_with_the_name_of_a_card_is_not_taken_for_it() -> None:
    assert world.in_world(_namesake) == [
        'link green/nic: already exists and is not the declared card (found link host/nic); give'
        ' the card another name in the namespace, or remove the link that has this one'
    ]
