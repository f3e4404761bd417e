# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of veth pairs: other tools declare each end for itself, a document both in one entry."""

from __future__ import annotations

import typing as t

from .translation import Entry, Translation


class VethEnd(t.NamedTuple):
    """One end as it was declared. ``entry`` is that of a link, without its peer; ``path`` where the peer is
    named. The namespace of the host is ''.
    """

    namespace: str
    entry: Entry
    peer_namespace: str
    peer: t.Any
    path: str

    @property
    def end(self) -> tuple[str, t.Any]:
        return self.namespace, self.entry['name']

    @property
    def other_end(self) -> tuple[str, t.Any]:
        return self.peer_namespace, self.peer


def join_pairs(ends: t.Sequence[VethEnd], run: Translation) -> list[VethEnd]:
    """Put the second end of each pair into the entry of the first. Gives the first ones."""
    by_end = {end.end: end for end in ends}
    firsts: list[VethEnd] = []
    joined: set[tuple[str, t.Any]] = set()
    for end in ends:
        if end.end in joined:
            continue
        other = by_end.get(end.other_end)
        if other is not None and other.other_end != end.end:
            run.refuse(end.path, '%s has another peer' % end.peer)
            continue
        peer: Entry = {'name': end.peer, 'namespace': end.peer_namespace or 'host'}
        if other is not None:
            run.note_origin(other.entry, 'name', other.path)
            peer = other.entry
            peer.pop('kind')
            run.put(peer, 'namespace', end.peer_namespace or 'host', end.path)
        run.put(end.entry, 'peer', peer, end.path)
        joined.update((end.end, end.other_end))
        firsts.append(end)
    return firsts


__all__ = ['VethEnd', 'join_pairs']
