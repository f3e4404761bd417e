# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.values.struct import Struct, not_compared


class Box(Struct):
    word: t.ClassVar[str] = 'box'

    name: str
    members: list[int] = []
    order: int = 0


class Crate(Box):
    order: int = 7
    lid: bool = False


@not_compared('colour', 'path')
class Parcel(t.NamedTuple):
    name: str
    colour: str = ''
    path: str = ''


def test_fields_come_by_place_by_name_and_by_default() -> None:
    box = Box('a', order=2)
    assert (box.name, box.members, box.order) == ('a', [], 2)


def test_a_default_is_of_one_object_alone() -> None:
    first, second = Box('a'), Box('b')
    first.members.append(1)
    assert (second.members, Box.members) == ([], [])


def test_fields_are_inherited_in_their_order() -> None:
    assert Crate.field_names == ('name', 'members', 'order', 'lid')
    assert Crate('a').order == 7


@pytest.mark.parametrize(
    ('values', 'named'),
    [((), {}), (('a', [], 0, 'more'), {}), (('a',), {'colour': 'red'}), (('a',), {'word': ''})],
)
def test_other_fields_are_refused(values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Box(*values, **named)


def test_objects_of_one_class_are_compared_by_value() -> None:
    assert Box('a') == Box('a')
    assert Box('a') != Box('b')
    assert Box('a', order=7) != Crate('a')
    with pytest.raises(TypeError):
        hash(Box('a'))


def test_a_replacement_leaves_the_object_as_it_is() -> None:
    box = Box('a', [1])
    assert (box.replaced(name='b').name, box.name) == ('b', 'a')
    assert repr(box) == "Box(name='a', members=[1], order=0)"


def test_some_fields_of_a_tuple_are_not_compared() -> None:
    red, blue = Parcel('a', 'red', 'x'), Parcel('a', 'blue', 'y')
    assert red == blue and hash(red) == hash(blue)
    assert (red != blue) is False
    assert red != Parcel('b', 'red', 'x')
    assert red != tuple(red)


def test_what_is_not_compared_stands_last() -> None:
    with pytest.raises(TypeError, match='colour are not the last fields of Parcel'):
        not_compared('colour')(Parcel)
