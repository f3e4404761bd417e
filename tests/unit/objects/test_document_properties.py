# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every document, right or wrong."""

from __future__ import annotations

import copy
import random
import re
import typing as t
from unittest import mock

from ansible_collections.multinet.linux.plugins.module_utils.objects.document import reader
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests import generator
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES
from ansible_collections.multinet.linux.tests.unit.objects.wrong_values import (
    EXAMPLES,
    KEYS,
    an_object,
    values,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def outcome(document: t.Any) -> Layout | tuple[str, ...]:
    """The layout, or the problems; anything else that is raised is a problem of the reader."""
    try:
        return read_layout(document)
    except InputError as exc:
        assert exc.texts()
        for problem in exc.texts():
            assert re.match('^[^:]+: .+', problem), problem
            assert problem.isprintable(), problem
        assert len(set(exc.texts())) == len(exc.texts())
        return exc.texts()


def spots(value: t.Any) -> list[tuple[t.Any, t.Any]]:
    """Every place of a document that can hold another value: ``(container, key or number)``."""
    found: list[tuple[t.Any, t.Any]] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return found


@EXAMPLES
@given(values)
def test_any_value(document: t.Any) -> None:
    before = copy.deepcopy(document)
    assert repr(outcome(document)) == repr(outcome(document))
    assert repr(document) == repr(before)


@settings(EXAMPLES, max_examples=200)
@given(st.integers(0, 1 << 30))
def test_objects_with_the_right_keys(seed: int) -> None:
    dice = random.Random(seed)
    contents = {}
    for key in ('links', 'routes', 'rules', 'iptables', 'nftables'):
        contents[key] = [an_object(dice) for _number in range(dice.randint(0, 3))]
    outcome({'name': 'lab', **contents})
    namespaces = [{'name': 'red', **contents}, {'name': 'blue{n}', 'replicas': 2, **contents}]
    outcome({**an_object(dice), 'name': 'lab', 'namespaces': namespaces})


@EXAMPLES
@given(st.integers(0, 1 << 30), st.data())
def test_right_documents_made_wrong(seed: int, data: st.DataObject) -> None:
    document = generator.random_document(seed, data.draw(st.sampled_from(('small', 'medium'))))
    assert isinstance(outcome(document), Layout)
    for _number in range(data.draw(st.integers(1, 3))):
        places = spots(document)
        container, key = places[data.draw(st.integers(0, len(places) - 1))]
        way = data.draw(st.sampled_from(('replace', 'remove', 'rename', 'double')))
        if way == 'replace':
            container[key] = data.draw(values)
        elif way == 'remove':
            del container[key]
        elif way == 'rename' and isinstance(container, dict):
            container[data.draw(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)))] = container.pop(key)
        elif way == 'double' and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        if not document:
            break
    outcome(document)


def permuted(value: t.Any, dice: random.Random) -> t.Any:
    """*value* in another order, but for firewall rules, whose order has a meaning."""
    if isinstance(value, dict):
        members = list(value.items())
        dice.shuffle(members)
        return {
            key: member if key == 'rules' and 'chain' in value else permuted(member, dice)
            for key, member in members
        }
    if isinstance(value, list):
        return dice.sample([permuted(member, dice) for member in value], len(value))
    return value


ROOMS = ('namespaces', 'links', 'addresses', 'routes', 'rules', 'sysctls', 'iptables', 'nftables')


@EXAMPLES
@given(st.integers(0, 1 << 30), st.integers(0, 1 << 30))
def test_order_makes_no_difference(seed: int, order: int) -> None:
    document = generator.random_document(seed, 'medium')
    wanted, found = read_layout(document), read_layout(permuted(document, random.Random(order)))
    assert wanted.scope == found.scope
    for room in ROOMS:
        plain = [len(getattr(layout, room)) for layout in (wanted, found)]
        assert plain[0] == plain[1]
        # The hops of a route stand in the order of the document.
        same = sorted_hops if room == 'routes' else (lambda member: member)
        assert set(map(same, getattr(wanted, room))) == set(map(same, getattr(found, room))), room


def sorted_hops(route: t.Any) -> tuple[t.Any, ...]:
    return (route.key, route.type, route.src, route.metrics, tuple(sorted(route.hops)))


@EXAMPLES
@given(st.sampled_from([case for case in CASES if case.plain]), st.integers(0, 1 << 30))
def test_order_hides_no_problem(case: t.Any, order: int) -> None:
    found = outcome(permuted(case.document, random.Random(order)))
    assert not isinstance(found, Layout)
    assert len(found) == len(case.problems), found


ONE = st.sampled_from([1, True, '1', None, [], 1.0])
ROUTES = st.fixed_dictionaries(
    {'to': st.just('10.9.0.0/16'), 'via': st.just('10.0.0.1')}, optional={'metric': ONE, 'onlink': ONE}
)
RULES = st.fixed_dictionaries(
    {'priority': ONE, 'table': st.just(7)}, optional={'invert': ONE, 'family': st.just('both')}
)


@EXAMPLES
@given(st.lists(st.tuples(st.lists(ROUTES, max_size=1), st.lists(RULES, max_size=1)), min_size=4, max_size=8))
def test_what_was_read_once_is_as_if_read_each_time(members: list[tuple[t.Any, t.Any]]) -> None:
    document = {
        'name': 'lab',
        'namespaces': [
            {'name': 'ns%d' % number, 'create': False, 'routes': routes, 'rules': rules}
            for number, (routes, rules) in enumerate(members)
        ],
    }
    found = outcome(document)
    with mock.patch.object(reader, 'as_said', lambda _member: None):
        assert found == outcome(document)
