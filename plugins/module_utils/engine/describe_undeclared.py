# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is that no document can declare, in words: what is attached to links, and what links have."""

from __future__ import annotations

import typing as t

from ..kernel.counts import VLANS
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
from ..objects.link.value import Link
from ..objects.state import Seen, Snapshot
from ..values.names import place

Leave = t.Callable[[str, str], None]
"""Notes what is left out, and why."""

_WORDS = {
    QDISC: 'queueing disciplines',
    CLASS: 'classes of queueing disciplines',
    FILTER: 'filters of queueing disciplines',
}
_WITH_ENTRIES = (NEIGHBOUR, PROXY, FDB, NEXTHOP, NEXTHOP_GROUP)
"""Those that can be declared (describe.py)."""

_MOST_SHOWN = 5


def leave_undeclared(have: Snapshot, name: str, leave: Leave) -> None:
    """Note what a namespace has beside what documents declare, each sort of thing on a link in a sentence."""
    seen = have.seen[name]
    for link in sorted(seen.links.values(), key=lambda link: link.name):
        words = undeclarable(link)
        if words:
            leave(link.title, 'has what a layout cannot declare (%s)' % ', '.join(words))
    for (link_name, kind), number in sorted(seen.counts.items()):
        if kind == VLANS and _says_vlans(seen, seen.links[link_name]):
            continue
        leave(_title(seen, name, link_name), 'has %s, which a layout cannot declare (%d)' % (kind, number))
    texts: dict[tuple[str, str], list[str]] = {}
    for attached in seen.attached:
        if attached.kind in (QDISC, CLASS, FILTER) and _is_described(attached, seen):
            continue
        if attached.kind not in _WITH_ENTRIES:
            texts.setdefault((attached.link, attached.kind), []).append(attached.text)
    for (link_name, kind), texts_there in texts.items():
        leave(
            _title(seen, name, link_name),
            'has %s, which a layout cannot declare (%s)' % (_WORDS[kind], _some(_sorted(kind, texts_there))),
        )


def _says_vlans(seen: Seen, link: Link) -> bool:
    """Whether a document says the VLANs of a bridge or a port: where they have an effect."""
    bridge = seen.links.get(link.master or '', link)
    return bool(dict(bridge.settings).get('vlan_filtering'))


def _title(seen: Seen, name: str, link: str) -> str:
    return seen.links[link].title if link else 'namespace %s' % place(name)


def _sorted(kind: str, texts: list[str]) -> list[str]:
    """The kernel has neighbours and the like in no order, queueing disciplines in that of their making."""
    return texts if kind in (QDISC, CLASS, FILTER) else sorted(texts)


def _some(texts: t.Sequence[str]) -> str:
    shown = ', '.join(texts[:_MOST_SHOWN])
    return shown if len(texts) <= _MOST_SHOWN else '%s and %d more' % (shown, len(texts) - _MOST_SHOWN)


def _is_described(attached: Attached, seen: Seen) -> bool:
    """Whether a document says the tree of qdiscs that this is a part of."""
    from ..objects.qdisc.codec import place_of, tree_at
    from ..objects.qdisc.entry import is_declarable

    return is_declarable(tree_at(seen.qdiscs[attached.link], place_of(attached)))
