# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that somebody spoiled, by mistake or on purpose.

``mutated(seed)`` takes a document that is right, or one with a problem, and changes a few places: values of
another type, keys that are missing or misspelt, texts that take long to read, numbers without end, line
breaks, expressions of replicas, lists of thousands. None has more than some ten thousand values. The same
seed gives the same document on every Python.
"""

from __future__ import annotations

import copy
import functools
import pickle
import random
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.reader import MOST_REPLICAS

from . import random_document
from .spoilt_values import REPLICAS, near, new_value, spoilt_text

Spot = tuple[t.Any, t.Any]
"""A place that can hold another value: ``(container, key or number)``."""

_BASES = 200
_RULES = (
    {
        'protocol': 'tcp',
        'ports': [22, '8000-8010'],
        'source': '10.0.0.0/8',
        'state': ['new'],
        'jump': 'ACCEPT',
    },
    {'protocol': 'udp', 'source_ports': 53, 'in': 'eth0', 'comment': 'two words', 'jump': 'DROP'},
    {'protocol': 'tcp', 'clamp_mss': True},
    {'protocol': 'tcp', 'clamp_mss': '1400'},
)
_TRANSLATIONS = (
    {'source': '10.0.0.0/8', 'out': '!eth0', 'masquerade': True},
    {'destination': '10.0.0.1', 'snat': '192.0.2.1-192.0.2.9'},
    {'protocol': 'tcp', 'ports': 80, 'dnat': '10.0.0.2:8080'},
    {'protocol': 'tcp', 'ports': '80', 'redirect': 8080},
)
_WITH_RULE_KEYS = {
    'name': 'keys',
    'iptables': [{'chain': 'FORWARD', 'position': 'last', 'rules': list(_RULES[:2])}],
    'namespaces': [
        {
            'name': 'keys-a',
            'nameservers': {'addresses': ['192.0.2.53'], 'search': ['example.com'], 'options': ['ndots:2']},
            'iptables': [
                {'chain': 'FORWARD', 'table': 'mangle', 'rules': list(_RULES[2:])},
                {'chain': 'PREROUTING', 'table': 'nat', 'rules': list(_TRANSLATIONS[2:])},
                {
                    'chain': 'POSTROUTING',
                    'table': 'nat',
                    'policy': 'ACCEPT',
                    'rules': list(_TRANSLATIONS[:2]),
                },
            ],
        }
    ],
}
"""What no random document has."""
_MOST_VALUES, _MOST_BYTES = 10000, 1 << 20  # that a change may add to a document


def spots(document: t.Any) -> list[Spot]:
    places: list[Spot] = []
    waiting = [document]
    while waiting:
        container = waiting.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            places.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return places


@functools.lru_cache(maxsize=_BASES)
def _base(number: int) -> bytes:
    """Pickled, which copies faster than copy.deepcopy."""
    return pickle.dumps(random_document(number, 'medium' if number % 4 == 0 else 'small'))


def mutated(seed: int, wrong: t.Sequence[t.Any] = ()) -> t.Any:
    """A document with one to four changes, of one that is right or of one of *wrong*."""
    dice = random.Random('mutation %d' % seed)
    if wrong and dice.random() < 0.2:
        document = copy.deepcopy(dice.choice(wrong))
    elif dice.random() < 0.1:
        document = copy.deepcopy(_WITH_RULE_KEYS)
    else:
        document = pickle.loads(_base(dice.randrange(_BASES)))
    left = list(_MUTATIONS)
    for _number in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
        places = spots(document)
        if not places:
            return new_value(dice)
        name = dice.choice([way for way in _WAYS if way in left])
        _MUTATIONS[name](document, *dice.choice(places), dice)
        if name == 'deep':  # nothing copies it any more
            return document
        if name == 'many':
            left.remove(name)
    return new_value(dice) if dice.random() < 0.005 else document


def replicas_of(document: t.Any) -> int:
    """How many namespaces the entries with replicas stand for, those left out that are refused at once."""
    counts = [entry.get('replicas') for entry in _namespaces_of(document)]
    return sum(count for count in counts if _is_number(count) and 0 < count <= MOST_REPLICAS)


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _namespaces_of(document: t.Any) -> list[dict[t.Any, t.Any]]:
    entries = document.get('namespaces') if isinstance(document, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


# Each takes the document, a place in it and the dice, and changes the document.


def _near(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    container[key] = near(container[key], dice)


def _replace(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    container[key] = new_value(dice)


def _remove(_document: t.Any, container: t.Any, key: t.Any, _dice: random.Random) -> None:
    del container[key]


def _wrap(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    """A list in the place of what is in it, a mapping in the place of a list, and the other way round."""
    value = container[key]
    if isinstance(value, list) and dice.random() < 0.5:
        container[key] = dict(enumerate(value)) if dice.random() < 0.5 else (value or [None])[0]
    elif isinstance(value, dict) and dice.random() < 0.5:
        container[key] = list(value.values() if dice.random() < 0.5 else value)
    else:
        container[key] = dice.choice(([value], {'name': value}, [[value]], {'value': [value]}))


def _deep(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    value = container[key]
    for _level in range(dice.choice((3, 50, 400, 2000))):
        value = [value] if dice.random() < 0.5 else {'links': value}
    container[key] = value


def _rename(document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    if isinstance(container, dict):
        container[_other_key(document, key, dice)] = container.pop(key)


def _second_key(document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    """The same once more, under a key that reads nearly as the first."""
    if isinstance(container, dict):
        container[_other_key(document, key, dice)] = copy.deepcopy(container[key])


def _other_key(document: t.Any, key: t.Any, dice: random.Random) -> t.Any:
    if dice.random() < 0.3:
        names = [name for place, name in spots(document) if isinstance(place, dict)]
        return dice.choice(names or [key])
    if dice.random() < 0.1:
        return dice.choice((None, True, 0, 1, 1.5, -(10**30), ('a', 1), b'name'))
    text = str(key)
    spellings = (' ' + text, text.upper(), text.replace('.', '/'), '-' + text, text + '{n}', '{n}')
    return dice.choice((*spellings, spoilt_text(dice, text)))


def _double(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    if isinstance(container, list):
        container.insert(dice.randrange(len(container) + 1), copy.deepcopy(container[key]))


def _many(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    """Thousands of members or keys, alike or each with a number of its own."""
    value = container[key]
    most = min(_MOST_VALUES // len(spots([value])), _MOST_BYTES // len(pickle.dumps(value)))
    count = min(dice.choice((17, 300, 2000)), most)
    if isinstance(container, list):
        is_numbered = dice.random() < 0.7
        container += [_numbered(value, number) if is_numbered else value for number in range(count)]
    else:
        container.update({'%s%d' % (key, number): value for number in range(count)})


def _numbered(value: t.Any, number: int) -> t.Any:
    """A copy that differs from the others, in its name if it has one."""
    if isinstance(value, dict):
        return {key: _numbered(member, number) if key in _NAMES else member for key, member in value.items()}
    if isinstance(value, str):
        return _with_number(value, number)
    return value + number if _is_number(value) else value


_NAMES = ('name', 'peer', 'address', 'to', 'priority', 'chain', 'table', 'metric')


def _with_number(text: str, number: int) -> str:
    """Another address for an address, another name for a name."""
    start, dot, last = text.partition('/')[0].rpartition('.')
    if dot and last.isdigit():
        return '%d.%d.%s' % (number % 200 + 1, number // 200 + 1, text.split('.', 2)[-1])
    return '%s%d' % (text[:10], number) if ':' not in text else text.replace('::', ':%x::' % number)


def _swap(document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    other, name = dice.choice(spots(document))
    first, second = pickle.dumps(container[key]), pickle.dumps(other[name])
    container[key], other[name] = pickle.loads(second), pickle.loads(first)


def _graft(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    """A part of another document, most often from a place of the same name."""
    places = spots(pickle.loads(_base(dice.randrange(_BASES))))
    alike = [place for place in places if place[1] == key]
    other, name = dice.choice(alike or places)
    container[key] = other[name]


def _spoil(_document: t.Any, container: t.Any, key: t.Any, dice: random.Random) -> None:
    value = container[key]
    if isinstance(value, str):
        container[key] = spoilt_text(dice, value)
    elif not isinstance(value, (dict, list)):
        container[key] = near(value, dice)


def _replicate(document: t.Any, _container: t.Any, _key: t.Any, dice: random.Random) -> None:
    """A namespace that stands for many, and names in it that go with that."""
    namespaces = _namespaces_of(document)
    if not namespaces:
        return
    entry = dice.choice(namespaces)
    entry['replicas'] = dice.choice(REPLICAS)
    entry['name'] = '%s{n}' % str(entry.get('name', 'x'))[:8]
    entry.pop('nsid', None)
    for link in entry['links'] if isinstance(entry.get('links'), list) else ():
        peer = link.get('peer') if isinstance(link, dict) else None
        if isinstance(peer, dict) and dice.random() < 0.9:
            peer['name'] = '%s{n}' % str(peer.get('name', 'p'))[:8]


_MUTATIONS: dict[str, t.Callable[[t.Any, t.Any, t.Any, random.Random], None]] = {
    'near': _near,
    'spoil': _spoil,
    'replace': _replace,
    'remove': _remove,
    'wrap': _wrap,
    'deep': _deep,
    'rename': _rename,
    'second key': _second_key,
    'double': _double,
    'many': _many,
    'swap': _swap,
    'graft': _graft,
    'replicate': _replicate,
}
_WAYS = sorted((*_MUTATIONS, 'near', 'near', 'spoil', 'spoil', 'replace', 'graft', 'graft', 'remove'))

__all__ = ['mutated', 'replicas_of', 'spots']
