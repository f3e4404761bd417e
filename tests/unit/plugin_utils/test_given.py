# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers to surveys: text is data, empty text is nothing, and what is wrong is told by name."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils import fleet, given


@pytest.mark.parametrize(
    'value, data',
    [
        ('- a\n- b\n', ['a', 'b']),
        ('{"a": [1, true]}', {'a': [1, True]}),
        ('7', 7),
        ('word', 'word'),
        ('# nothing', None),
        ([1], [1]),
        (False, False),
    ],
)
def test_text_is_data(value: t.Any, data: t.Any) -> None:
    assert given.as_data(value, 'x') == data


@pytest.mark.parametrize('text', ['[a', 'a: b: c', '"', '!!python/object:os.system {}', '[' * 5000, '\x00'])
def test_what_is_no_yaml_is_told_with_its_place(text: str) -> None:
    with pytest.raises(InputError) as caught:
        given.as_data(text, 'my_variable')
    (problem,) = caught.value.texts()
    assert problem.startswith('my_variable: is not valid YAML (found ')


@pytest.mark.parametrize(
    'value, sizes',
    [
        ('1,10%,100%', [1, '10%', '100%']),
        (' 1, 10% ,100%\n', [1, '10%', '100%']),
        ('- 1\n- 100%\n', [1, '100%']),
        ('[1, "100%"]', [1, '100%']),
        (3, [3]),
        ('5', [5]),
        ([1, '50%'], [1, '50%']),
    ],
)
def test_batches(value: t.Any, sizes: list[t.Any]) -> None:
    assert given.batches(value, 'serial') == sizes


@pytest.mark.parametrize('value', ['many', '0', '0%', '101%', [None], {'a': 1}, True, '1,,2', -1, 1.5, '-'])
def test_what_is_no_batch(value: t.Any) -> None:
    with pytest.raises(InputError, match='serial: is no size of a batch'):
        given.batches(value, 'serial')


def test_an_artifact_is_small_however_large_the_fleet_is() -> None:
    told = {'changed': True, 'failed': False, 'state': 'done'}
    outcomes = {
        'host-%d.%s' % (number, 'x' * 200): {**told, 'lines': ['lab%d: %s' % (number, 'y' * 5000)]}
        for number in range(3000)
    }
    artifact = fleet.artifact(outcomes, [])
    assert artifact['changed']['count'] == 3000
    assert len(json.dumps(artifact)) < 4096
    assert artifact['page'][-1] == 'and 5980 lines more, in the output of the job'


def test_variables_of_a_role() -> None:
    data = {'links': '- {name: eth0}', 'name': '', 'mtu': '', 'subnet': '# nothing', 'publish': [1]}
    read = given.with_data(data, 'x_', ('links', 'mtu', 'subnet', 'publish', 'absent'))
    assert read == {'links': [{'name': 'eth0'}], 'name': '', 'publish': [1]}
    with pytest.raises(InputError) as caught:
        given.with_data({'a': '[', 'b': '{'}, 'x_', ('a', 'b'))
    assert sorted(text.split(':')[0] for text in caught.value.texts()) == ['x_a', 'x_b']
