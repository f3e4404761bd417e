# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of a document, as they stand in errors, and numbers in text."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import shown, whole_number

SMALL = [
    None,
    True,
    1,
    2.5,
    'a',
    "it's",
    b'a',
    [],
    (),
    {},
    [1],
    (1,),
    (1, 2),
    {'a': [1, {}]},
    {1: 'b', None: 2},
]
LARGE = [
    'a' * 10**6,
    ['a'] * 10**6,
    {'a': 'b' * 10**6},
    [[['a' * 100]]],
    dict.fromkeys(range(10**5)),
    (1,) * 99,
]


@pytest.mark.parametrize('value', SMALL, ids=repr)
def test_a_small_value_is_shown_as_python_does(value: t.Any) -> None:
    assert shown(value) == repr(value)


@pytest.mark.parametrize('value', LARGE, ids=lambda value: repr(value)[:20])
def test_of_a_large_value_the_beginning_is_shown(value: t.Any) -> None:
    assert shown(value) == repr(value)[:57] + '...'


def test_what_has_no_end_is_shown() -> None:
    endless: list[t.Any] = []
    endless.append(endless)
    assert shown(endless) == '[' * 57 + '...'
    assert shown(10**10**4) == 'a number with too many digits'
    assert shown([10**10**4]) == '[a number with too many digits]'


def test_a_number_has_an_end() -> None:
    assert whole_number('0x' + 'f' * 1000) == (1 << 4000) - 1
    assert whole_number('9' * 10**6) is None
