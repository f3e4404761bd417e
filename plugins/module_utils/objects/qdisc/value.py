# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines of links."""

from __future__ import annotations

import typing as t

from ...values.names import HOST_WORD, End
from ..attribute import Attribute, LinkName, Settings, Table, Word
from .filters import Filter
from .htb import HTB_CLASS
from .kind import QdiscKind
from .kinds import KINDS
from .types import INGRESS, ROOT, Handle, Parent

PLACE = Table(
    Attribute('link', LinkName(), 'The link, in the same namespace.', required=True),
    Attribute(
        'kind',
        Word(tuple(KINDS)),
        'Kind of the qdisc. Without it, C(limit), C(delay), C(jitter) and C(loss) make what is needed.',
    ),
    Attribute(
        'parent',
        Parent(),
        'The class of another qdisc of the link that it is in, such as V("1:1"). By default V(root), or the '
        'place of its own that V(ingress) and V(clsact) have.',
    ),
    Attribute(
        'handle',
        Handle(),
        'Its number, hexadecimal, such as V("1:"). By default, one that the kernel chooses.',
    ),
)
"""What tells where a qdisc is."""

_MOST_CHOSEN = 0x8000


class HtbClass(t.NamedTuple):
    """A class of an htb. ``parent`` is '' for one that is in no other."""

    classid: str
    parent: str = ''
    settings: Settings = ()

    def text(self) -> str:
        """As tc(8) shows it, without what is usual."""
        words = ['class', self.classid, *(['parent ' + self.parent] if self.parent else [])]
        return ' '.join([*words, *_words(HTB_CLASS, self.settings)])


def _words(kind: QdiscKind, settings: Settings) -> list[str]:
    values, usual = dict(settings), kind.usual()
    differing = [
        attribute
        for name, attribute in kind.settings.items()
        if values.get(name) not in (None, usual.get(name))
    ]
    return ['%s %s' % (each.key, each.type.text(values[each.name])) for each in differing]


class Qdisc(t.NamedTuple):
    """A qdisc as it is declared, or as the kernel has it. ``handle`` is '' where the document leaves it to
    the kernel; ``kind`` is '' where any is meant."""

    namespace: str
    link: str
    kind: str
    parent: str = ROOT
    handle: str = ''
    settings: Settings = ()
    classes: tuple[HtbClass, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def end(self) -> End:
        return (self.namespace, self.link)

    @property
    def place(self) -> str:
        """``root`` or ``ingress``: a link has a tree of qdiscs for what it sends, and one of those that only
        hold filters."""
        return INGRESS if self.parent == INGRESS else ROOT

    @property
    def title(self) -> str:
        return 'qdisc %s of link %s/%s' % (self.kind, self.namespace or HOST_WORD, self.link)

    @property
    def has_own_handle(self) -> bool:
        """Whether somebody chose its handle: the kernel gives from 8001: on."""
        return bool(self.handle) and int(self.handle.partition(':')[0], 16) <= _MOST_CHOSEN

    def text(self) -> str:
        """As tc(8) shows it, without what is usual."""
        words = [self.kind]
        if self.parent != self.place:
            words.append('parent ' + self.parent)
        if self.has_own_handle and self.place == ROOT:
            words.append('handle ' + self.handle)
        return ' '.join([*words, *_words(KINDS[self.kind], self.settings)])
