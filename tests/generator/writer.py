# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of the author share: the dice, and names, subnets and places to choose from."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import typing as t

from .parts import KINDS, Document, LinkEnd, addresses_of, ends, places, replicas

INNER_NAMES = ('eth0', 'eth1', 'eth2', 'lan', 'wan.5', 'up-link', 'x', 'fifteen-bytes-0', '\u00fcber')


class Writer:
    """A document and the dice. The number ``net`` sets the networks of its scope apart from those of
    others."""

    def __init__(self, document: Document, dice: random.Random, kinds: t.Sequence[str]) -> None:
        self.document, self.dice = document, dice
        self.kinds = tuple(kind for kind in KINDS if kind in kinds)
        self.scope = document['name']
        self.net = 16 + hashlib.sha256(self.scope.encode()).digest()[0] % 200

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def place(self) -> tuple[str, dict[str, t.Any]]:
        return self.dice.choice(list(places(self.document).items()))

    def ends_in(self, namespace: str) -> list[LinkEnd]:
        return [end for end in ends(self.document) if end.namespace == namespace]

    def any_end(self) -> LinkEnd | None:
        members = [end for end in ends(self.document) if end.name != 'lo']
        return self.dice.choice(members) if members else None

    def flip(self, entry: dict[str, t.Any], key: str, value: t.Any) -> None:
        """Remove a key, if it exists, or set it."""
        if key in entry and self.chance(0.5):
            del entry[key]
        else:
            entry[key] = value

    def free_name(self, namespace: str, stem: str = '') -> str:
        """A name for a link; those in the host begin with the scope, so that two documents never want the
        same."""
        taken = {end.name for end in self.ends_in(namespace)}
        if not namespace:
            names = ['%s-%s%d' % (self.scope, stem or 'v', number) for number in range(8)]
        elif stem:
            names = ['%s%d' % (stem, number) for number in range(4)]
        else:
            names = list(INNER_NAMES)
        free = [name for name in names if name not in taken]
        if free:
            return self.dice.choice(free)
        start = '%s%s' % ('' if namespace else self.scope + '-', stem or 'v')
        return next(start + str(number) for number in itertools.count(8) if start + str(number) not in taken)

    def free_subnet(self) -> int:
        """The number of a subnet that no link has yet."""
        texts = addresses_of(ends(self.document)) + [str(entry['links']) for entry in replicas(self.document)]
        text = ' '.join(texts).lower()
        taken = {int(match) for match in re.findall(r'\b10\.%d\.(\d+)\.' % self.net, text)}
        taken |= {int(match, 16) for match in re.findall(r'\bfd%02x:(\w+):' % self.net, text)}
        return self.dice.choice([number for number in range(1, 250) if number not in taken] or [250])

    def prefix(self, family: str, number: int) -> str:
        return '10.%d.%d.' % (self.net, number) if family == 'ipv4' else 'fd%02x:%x::' % (self.net, number)

    def mac(self) -> str:
        octets = [self.dice.randrange(256) for _number in range(6)]
        text = ':'.join('%02x' % octet for octet in (octets[0] & 0xFC | 2, *octets[1:]))
        return self.dice.choice((text, text.upper(), text.replace(':', '-')))
