# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is that no document can declare, in words: what is attached to links, and what links have."""

from __future__ import annotations

import typing as t

from ..kernel import uapi
from ..kernel.nla import parse_attributes, unpack_ip
from ..objects.attached.value import (
    CLASS,
    FDB,
    FILTER,
    NEIGHBOUR,
    NEXTHOP,
    NEXTHOP_GROUP,
    PROXY,
    QDISC,
    Attached,
)
from ..objects.link.unnamed import undeclarable
from ..objects.state import Seen, Snapshot
from ..values.names import place

Leave = t.Callable[[str, str], None]
"""Notes what is left out, and why."""

_WORDS = {
    FDB: 'entries in a forwarding database',
    QDISC: 'queueing disciplines',
    CLASS: 'classes of queueing disciplines',
    FILTER: 'filters of queueing disciplines',
    NEXTHOP: 'nexthop objects',
    NEXTHOP_GROUP: 'groups of nexthop objects',
}
_MOST_SHOWN = 5
_ANY_MAC = '00:00:00:00:00:00'


def leave_undeclared(have: Snapshot, name: str, leave: Leave) -> None:
    """Note what a namespace has beside what documents declare, each sort of thing on a link in a sentence."""
    seen = have.seen[name]
    for link in sorted(seen.links.values(), key=lambda link: link.name):
        words = undeclarable(link)
        if words:
            leave(link.title, 'has what a layout cannot declare (%s)' % ', '.join(words))
    for (link_name, kind), number in sorted(seen.counts.items()):
        leave(_title(seen, name, link_name), 'has %s, which a layout cannot declare (%d)' % (kind, number))
    macs: set[str | None] = set()
    if seen.attached:
        for each in have.seen.values():
            macs.update([link.mac for link in each.links.values()])
    texts: dict[tuple[str, str], list[str]] = {}
    for attached in seen.attached:
        if attached.kind in (NEIGHBOUR, PROXY):
            continue  # those can be declared (describe.py)
        if attached.kind != FDB or not _comes_with_link(attached, seen, macs):
            texts.setdefault((attached.link, attached.kind), []).append(attached.text)
    for (link_name, kind), texts_there in texts.items():
        leave(
            _title(seen, name, link_name),
            'has %s, which a layout cannot declare (%s)' % (_WORDS[kind], _some(_sorted(kind, texts_there))),
        )


def _title(seen: Seen, name: str, link: str) -> str:
    return seen.links[link].title if link else 'namespace %s' % place(name)


def _sorted(kind: str, texts: list[str]) -> list[str]:
    """The kernel has neighbours and the like in no order, queueing disciplines in that of their making."""
    return texts if kind in (QDISC, CLASS, FILTER) else sorted(texts)


def _some(texts: t.Sequence[str]) -> str:
    shown = ', '.join(texts[:_MOST_SHOWN])
    return shown if len(texts) <= _MOST_SHOWN else '%s and %d more' % (shown, len(texts) - _MOST_SHOWN)


def _comes_with_link(entry: Attached, seen: Seen, macs: t.Container[str | None]) -> bool:
    """Whether an entry is there because of a link: a macvlan has the link below listen to its address, and
    the remote end of a VXLAN is where packets without another entry go."""
    if entry.text != _ANY_MAC:
        return entry.text in macs
    remote = dict(seen.links[entry.link].settings).get('remote')
    end = parse_attributes(entry.body, uapi.NDMSG.size).get(uapi.NDA_DST)
    return end is not None and unpack_ip(end) == remote
