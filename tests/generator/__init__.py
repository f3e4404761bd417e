# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random documents that a real kernel accepts, and random changes of them.

``random_document(seed)`` makes one, ``random_change(document, seed)`` makes another one of the same scope
from it, for tests that apply one after the other. The same arguments give the same document on every Python.
All it takes to apply one is a throw-away namespace in the place of the host's own; only the kinds of links
that are asked for occur.

What a document must not do is in one place, :mod:`repair`: it removes what the kernel would refuse. Facts
there without another source were tried with ip(8) on Linux 6.18.
"""

from __future__ import annotations

import copy
import random
import typing as t

from .author import Author
from .parts import KINDS, WITHOUT_LINK, Document

__all__ = ['KINDS', 'WITHOUT_LINK', 'Document', 'default_scope', 'random_change', 'random_document']


def default_scope(seed: int) -> str:
    return 'g%x' % (seed % (1 << 20))


def random_document(
    seed: int, size: str = 'small', kinds: t.Sequence[str] = KINDS, scope: str = ''
) -> Document:
    """A document of 0 to 3 namespaces (small) or 1 to 6 (medium) whose names in the host begin with its
    scope."""
    dice = random.Random('document %d %s' % (seed, size))
    author = Author({'name': scope or default_scope(seed)}, dice, kinds)
    low, high = {'small': (0, 3), 'medium': (1, 6)}[size]
    for _number in range(dice.randint(low, high)):
        author.add_namespace()
    for _number in range(dice.randint(1, 4 if size == 'small' else 9)):
        author.add_link()
    for action, most in (
        (author.add_address, 3),
        (author.add_route, 4),
        (author.add_rule, 2),
        (author.add_sysctl, 2),
        (author.change_word, 1),
        (author.add_chain, 2),
        (author.add_table, 1),
    ):
        for _number in range(dice.randint(0, most * (1 + len(author.document.get('namespaces', ()))))):
            action()
    return author.finished()


def random_change(document: Document, seed: int, kinds: t.Sequence[str] = KINDS) -> Document:
    """Another document of the same scope: mostly a few changes, sometimes all new. *document* stays as it
    is."""
    dice = random.Random('change %d' % seed)
    if dice.random() < 0.15:
        return random_document(
            dice.randrange(1 << 30), dice.choice(('small', 'medium')), kinds, document['name']
        )
    author = Author(copy.deepcopy(document), dice, kinds)
    author.take_nexthops_back()
    for _number in range(dice.choice((1, 1, 2, 3, 5, 8))):
        dice.choice(author.changes())()
    return author.finished()
