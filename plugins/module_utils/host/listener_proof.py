# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A set of listeners held against what is there: who has what, what counts now, and how it is to be guarded."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..engine.listeners import judge as judging
from ..engine.listeners import rows as resolving
from ..engine.listeners.firewall import Guarded, document
from ..engine.listeners.rows import Row
from ..engine.listeners.scene import Scene
from ..kernel.sockets import Socket
from ..objects.listener import ListenerSet
from ..values.bound import Bound, where
from ..values.names import place
from ..values.problems import Problems
from .listener_memory import Memory


@dataclasses.dataclass
class Findings:
    """What a set means on this host. ``restart`` says which application has to be started anew before a change counts."""

    exported: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    outbound: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    sources: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    restart: list[dict[str, str]] = dataclasses.field(default_factory=list)
    units: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


def _identities(socks: t.Sequence[Socket], scene: Scene) -> list[str]:
    """What tells sockets of one start of an application from those of the next. Sockets that systemd holds outlive it."""
    found = []
    for sock in socks:
        held = [holder.pid for holder in scene.holders.get(sock.inode, ())]
        found.append(
            '%d:%s'
            % (sock.inode, ','.join(str(pid) for pid in sorted(held) if pid != 1) if 1 in held else '')
        )
    return sorted(found)


def _still(was: t.Mapping[str, t.Any], scene: Scene) -> bool:
    """Whether a place that is remembered is still held by the sockets that were there."""
    spot = Bound(*was['place'])
    site = scene.sites.get(spot.namespace)
    return site is not None and bool(
        set(was['sockets']) & set(_identities([sock for sock in site.sockets if sock.place == spot], scene))
    )


class Settling:
    """What counts now, of what is declared and what was there before: type and advertised address change with a restart."""

    def __init__(self, scene: Scene, was: Memory) -> None:
        self.scene, self.was = scene, was
        self.now = Memory()
        self.guarded: list[Guarded] = []
        self.restart: list[dict[str, str]] = []

    def ask(self, name: str, why: str, service: str = '') -> None:
        entry = {'name': name, 'why': why, 'service': service}
        if entry not in self.restart:
            self.restart.append(entry)

    def row(self, row: Row, found: judging.Found, advertised: list[t.Any]) -> None:
        listener = row.listener
        entry: dict[str, t.Any] = {
            'place': list(row.place),
            'type': listener.type,
            'advertised': advertised,
            'sockets': _identities(found.own, self.scene),
        }
        old = self.was.rows.get(row.key) or next(
            ({**one, 'advertised': advertised} for one in self.was.leaving if one['place'] == entry['place']),
            None,
        )
        unit = listener.holder if listener.holder.endswith('.service') else ''
        if old and old['place'] == entry['place'] and set(old['sockets']) & set(entry['sockets']):
            for key, word in (('type', 'type'), ('advertised', 'advertised address')):
                if old[key] != entry[key]:
                    entry[key] = old[key]
                    self.ask(listener.name, '%s changes' % word, unit)
        elif old and old['place'] != entry['place'] and _still(old, self.scene):
            self.now.leaving.append(
                {
                    'name': listener.name,
                    'place': old['place'],
                    'type': old['type'],
                    'closed': False,
                    'sockets': old['sockets'],
                }
            )
            self.ask(listener.name, 'listens on %s still' % where(Bound(*old['place'])), unit)
        for sock in found.elsewhere:
            if old is None or list(sock.place) != old['place']:
                self.ask(
                    listener.name, 'listens on %s, not on %s' % (sock.place.text(), row.place.text()), unit
                )
        until = ''
        if listener.state == 'draining':
            since = (old or {}).get('since') or datetime.datetime.now(datetime.timezone.utc).strftime(
                '%Y-%m-%dT%H:%M:%S'
            )
            entry['since'] = since
            end = datetime.datetime.strptime(since, '%Y-%m-%dT%H:%M:%S') + datetime.timedelta(
                seconds=listener.drain_timeout
            )
            until = end.strftime('%Y-%m-%dT%H:%M:%S')
        self.now.rows[row.key] = entry
        self.guarded.append(
            Guarded(row.place, entry['type'], listener.state == 'draining' or not listener.enabled, until)
        )

    def left(self, rows: t.Sequence[Row]) -> None:
        """Places that are declared no more stay guarded for as long as they are held: nothing opens because it was forgotten."""
        keys, places = {row.key for row in rows}, {tuple(row.place) for row in rows}
        gone = [
            {
                'name': key.rpartition('/')[0],
                'place': old['place'],
                'type': old['type'],
                'closed': True,
                'sockets': old['sockets'],
            }
            for key, old in self.was.rows.items()
            if key not in keys
        ]
        known = [entry['place'] for entry in self.now.leaving]
        for entry in [*self.was.leaving, *gone]:
            if (
                tuple(entry['place']) not in places
                and entry['place'] not in known
                and _still(entry, self.scene)
            ):
                self.now.leaving.append(entry)
                known.append(entry['place'])
                self.ask(
                    entry['name'],
                    'is declared no more and listens on %s still' % where(Bound(*entry['place'])),
                )
        self.now.leaving.sort(key=lambda entry: entry['place'])
        self.guarded += [
            Guarded(Bound(*entry['place']), entry['type'], entry['closed']) for entry in self.now.leaving
        ]


def looked_at(wanted: ListenerSet, was: Memory) -> dict[str, set[str]]:
    """The namespaces that a set has to do with, each with the destinations to ask its routes for."""
    found = resolving.destinations(wanted)
    for entry in [*was.rows.values(), *was.leaving]:
        found.setdefault(entry['place'][0], set())
    return found


def prove(
    wanted: ListenerSet, scene: Scene, was: Memory, problems: Problems, found: Findings, present: bool = True
) -> tuple[list[Row], Settling]:
    """Hold a set against what is there. With *present* each address has to be one that can be bound now."""
    rows = resolving.resolve(wanted, scene, problems, present)
    for namespace in dict.fromkeys(listener.namespace for listener in wanted.listeners):
        if namespace in scene.sites:
            found.outbound[place(namespace)] = resolving.outbound(wanted, namespace, scene, problems)
            for destination in wanted.destinations:
                found.sources.setdefault(destination, {})[place(namespace)] = scene.sites[namespace].sources[
                    destination
                ]
    settling = Settling(scene, was)
    for row in rows:
        site = scene.sites[row.place.namespace]
        exported = resolving.exported(row, wanted, found.outbound[place(row.place.namespace)], site, problems)
        there = judging.judge(row, scene, rows)
        for entry in exported:
            entry['held'] = bool(there.own)
        found.exported += exported
        if there.foreign:
            problems.note(judging.in_the_way(row, there, scene))
        warning = judging.shared(row, there, scene)
        found.warnings += [warning] * bool(warning)
        settling.row(row, there, [entry['advertised'] for entry in exported])
    settling.left(rows)
    return rows, settling


def firewall(wanted: ListenerSet, settling: Settling) -> dict[str, t.Any]:
    return (
        document(wanted.scope, settling.guarded, wanted.networks)
        if wanted.firewall
        else {'name': wanted.scope}
    )
