# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others attached to links: it is read and restored as the kernel's bytes.

Tokens of IPv6, permanent and proxy neighbours, entries of forwarding databases, queueing disciplines with
their classes and filters, and nexthop objects.
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import parse_attributes
from ...kernel.uapi import NDA_PROTOCOL, NDMSG
from ...values.names import PROTOCOL

NEXTHOP, NEXTHOP_GROUP = 'nexthop', 'nexthop group'
NEIGHBOUR, PROXY, FDB = 'neighbour', 'proxy', 'fdb entry'
QDISC, CLASS, FILTER = 'qdisc', 'class', 'filter'
TOKEN = 'token'


class Attached(t.NamedTuple):
    """One such thing. ``link`` is '' for a group of nexthops.

    ``key`` is what the kernel tells it apart by on its link, ``body`` that of the request which makes it,
    with 0 in place of the number of the link. ``text`` is for people.
    ``entry`` is the key without the namespace of what can be declared (entries.py).
    """

    kind: str
    link: str
    key: bytes
    body: bytes
    text: str
    entry: tuple[t.Any, ...] = ()

    @property
    def identity(self) -> tuple[str, str, bytes]:
        return (self.kind, self.link, self.key)

    def entry_key(self, namespace: str) -> tuple[t.Any, ...]:
        """What an entry of a table has for a key where it can be declared (entries.py)."""
        return (namespace, *self.entry)

    @property
    def is_program(self) -> bool:
        """Whether it is code in the kernel, which nothing can read and load again."""
        return self.kind == FILTER and self.text == 'bpf'

    def title(self) -> str:
        return '%s %s' % (self.kind, self.text)


def of_others(
    attached: t.Iterable[Attached], namespace: str, ours: t.Container[tuple[t.Any, ...]]
) -> tuple[Attached, ...]:
    """What is attached without the entries of which *ours* has the keys."""
    return tuple([each for each in attached if not each.entry or each.entry_key(namespace) not in ours])


def is_restored(attached: Attached, namespace: str, owned: t.Callable[[], t.Container[t.Any]]) -> bool:
    """Whether something that was attached is restored: not what a scope made that has none of it any more.
    *owned* tells the keys of what scopes own."""
    if attached.kind not in (NEIGHBOUR, PROXY):
        return True
    protocol = parse_attributes(attached.body, NDMSG.size).get(NDA_PROTOCOL)
    if protocol != bytes((PROTOCOL,)):
        return True
    return (namespace, attached.link, attached.text, attached.kind == PROXY) in owned()


Record = t.Sequence[t.Any]


def to_record(attached: Attached) -> list[str]:
    """As the record of a scope keeps it on disk, in JSON."""
    return [attached.kind, attached.key.hex(), attached.body.hex(), attached.text]


def from_record(record: Record, link: str) -> Attached:
    kind, key, body, text = record
    return Attached(
        kind, '' if kind == NEXTHOP_GROUP else link, bytes.fromhex(key), bytes.fromhex(body), text
    )
