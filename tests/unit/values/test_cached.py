# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

from ansible_collections.multinet.linux.plugins.module_utils.values.cached import cached, make_room

asked: list[str] = []


@dataclasses.dataclass(frozen=True)
class Thing:
    name: str

    @cached
    def upper(self) -> str:
        """In capitals."""
        asked.append(self.name)
        return self.name.upper()


def test_found_once_for_each_object() -> None:
    asked.clear()
    one, other = Thing('one'), Thing('other')
    assert [one.upper, one.upper, other.upper, dataclasses.replace(one, name='two').upper] == [
        'ONE',
        'ONE',
        'OTHER',
        'TWO',
    ]
    assert asked == ['one', 'other', 'two']


def test_equal_whether_asked_or_not() -> None:
    one = Thing('one')
    assert one.upper and one == Thing('one') and hash(one) == hash(Thing('one'))


def test_room_is_made_by_asking_for_all() -> None:
    asked.clear()
    make_room(Thing('first'))
    assert asked == ['first']
