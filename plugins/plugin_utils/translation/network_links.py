# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that files of networkd declare or mention."""

from __future__ import annotations

from .translation import Entry, Translation
from .veths import VethEnd


class NetworkLinks:
    """Links by their names.

    files    the file that each is declared in
    peers    the other end of each end of a veth, with the path that names it
    """

    def __init__(self, run: Translation) -> None:
        self.run = run
        self.entries: dict[str, Entry] = {}
        self.files: dict[str, str] = {}
        self.peers: dict[str, tuple[str, str]] = {}
        self._matched: dict[str, str] = {}
        self._stacked: list[tuple[str, str, str]] = []

    def add(self, name: str, kind: str, file: str, path: str) -> Entry:
        """A link of a .netdev file. It is down unless a .network file is about it."""
        if name in self.entries:
            self.run.refuse(path, 'the link is declared in %s too' % self.files[name])
        entry: Entry = {'name': name, 'kind': kind, 'state': 'down'}
        self.entries[name], self.files[name] = entry, file
        self.run.note_origin(entry, 'name', path)
        return entry

    def found(self, name: str, file: str, path: str) -> Entry:
        """A link that a .network file is about: one of a .netdev file, or a card."""
        entry = self.entries.get(name)
        if entry is None:
            entry = {'name': name, 'kind': 'physical'}
            self.entries[name], self.files[name] = entry, file
            self.run.note_origin(entry, 'name', path)
        if name in self._matched:
            self.run.refuse(path, '%s is for %s too' % (self._matched[name], name))
        self._matched[name] = file
        entry['state'] = 'up'
        return entry

    def stack_on(self, below: str, above: str, path: str) -> None:
        """Note that a link stands on another one; see :meth:`stack`."""
        self._stacked.append((below, above, path))

    def stack(self) -> None:
        """Put links on those that they stand on."""
        for below, above, path in self._stacked:
            if above in self.entries:
                self.run.put(self.entries[above], 'link', below, path)
            else:
                self.run.problems.add(path, 'is declared in no .netdev file', found=above, do='add the file')

    def veth_ends(self) -> list[VethEnd]:
        return [VethEnd('', self.entries[name], '', peer, path) for name, (peer, path) in self.peers.items()]


__all__ = ['NetworkLinks']
