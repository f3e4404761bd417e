# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents with one thing changed, most often into something wrong."""

from __future__ import annotations

import copy
import random
import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.wrong_values import KEYS, scalar, value

MORE_KEYS = [*KEYS, *'policy protocol ttl stp port nexthops masquerade jump snat dnat peer sysctls'.split()]


def spots(document: t.Any) -> list[tuple[t.Any, t.Any]]:
    """Every place that can hold another value: ``(container, key or number)``."""
    places: list[tuple[t.Any, t.Any]] = []
    waiting = [document]
    while waiting:
        container = waiting.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            places.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return places


def near(value_: t.Any, dice: random.Random) -> t.Any:
    """Another spelling of a value, or one close to it."""
    if isinstance(value_, bool):
        return dice.choice((not value_, str(value_), int(value_), ' yes ', 'On', 2))
    if isinstance(value_, int):
        return dice.choice((str(value_), hex(value_), -value_, value_ * 1000, value_ + 1, 0, ' %d ' % value_))
    if isinstance(value_, str):
        cut = dice.randrange(len(value_) + 1)
        letter = dice.choice(':./- 0f{%!a')
        spellings = (' %s ' % value_, value_.upper(), value_[:cut], value_ + '0', '')
        return dice.choice((*spellings, value_[:cut] + letter + value_[cut:], 7))
    return scalar(dice)


def broken(document: t.Any, dice: random.Random) -> t.Any:
    """*document*, changed in one place."""
    container, key = dice.choice(spots(document))
    way = dice.choice(('near', 'near', 'near', 'replace', 'null', 'remove', 'rename', 'add', 'add', 'double'))
    if way == 'near':
        container[key] = near(container[key], dice)
    elif way == 'replace':
        container[key] = value(dice)
    elif way == 'null':
        container[key] = None
    elif way == 'remove':
        del container[key]
    elif isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    elif way == 'rename':
        container[dice.choice(MORE_KEYS)] = container.pop(key)
    else:
        same = [member for other, name in spots(document) for member in [other[name]] if name == key]
        container[dice.choice(MORE_KEYS)] = copy.deepcopy(dice.choice((*same, scalar(dice), True, 1)))
    return document
