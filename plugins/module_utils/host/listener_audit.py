# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits where on a host, by class, and what of it is not as it was declared."""

from __future__ import annotations

import dataclasses
import typing as t

from ..engine.listeners.judge import Found, judge
from ..engine.listeners.rows import Row
from ..engine.listeners.scene import Scene, look
from ..kernel import namespaces
from ..kernel.sockets import Socket, user_name
from ..objects.listener import ListenerSet, read_listeners
from ..objects.operation import Change
from ..values.bound import Bound, where
from ..values.names import HOST, HOST_WORD, place
from ..values.problems import EngineError, Problems, missing_namespace
from .listener_memory import recall, scopes
from .listener_proof import Findings, firewall, looked_at, prove
from .store import ROOT

CLASSES = ('internal', 'external', 'default', 'undeclared')


@dataclasses.dataclass
class Inventory:
    """All sockets that wait, and declared ones that do not. ``findings`` are what is not as declared."""

    listeners: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    findings: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def summary(self) -> dict[str, dict[str, int]]:
        """How many there are of each class, by verdict."""
        found: dict[str, dict[str, int]] = {kind: {} for kind in CLASSES}
        for row in self.listeners:
            found[row['type']][row['verdict']] = found[row['type']].get(row['verdict'], 0) + 1
        return found

    def add(self, verdict: str, spot: Bound, name: str, text: str) -> None:
        self.findings.append(
            {'verdict': verdict, 'namespace': place(spot.namespace), 'name': name, 'text': text}
        )


def _reach(spot: Bound) -> str:
    local = spot.address.startswith('127.') or spot.address == '::1'
    return 'local' if local else 'all' if spot.wildcard else 'address'


def _entry(spot: Bound, sock: Socket | None, scene: Scene) -> dict[str, t.Any]:
    held = scene.holders.get(sock.inode, []) if sock else []
    return {
        'namespace': place(spot.namespace),
        'proto': spot.proto,
        'family': spot.family,
        'address': spot.address,
        'port': spot.port,
        'device': spot.device,
        'v6only': spot.v6only,
        'reach': _reach(spot),
        'user': user_name(sock.uid) if sock else '',
        'holders': [holder._asdict() for holder in held],
        'name': '',
        'type': 'undeclared',
        'scope': '',
        'verdict': 'undeclared',
    }


class _Audit:
    """Sets of listeners held against all sockets."""

    def __init__(self, scene: Scene, declared: bool) -> None:
        self.scene, self.declared = scene, declared
        self.found = Inventory()
        self.claims: dict[tuple[int, Bound], tuple[str, Row, str]] = {}  # of a socket: scope, row and verdict

    def judged(self, wanted: ListenerSet, root: str) -> None:
        problems, told = Problems(), Findings()
        was = recall(wanted.scope, root)
        rows, settling = prove(wanted, self.scene, was, Problems(), Findings(), present=False)
        prove(wanted, self.scene, was, problems, told)
        for row in rows:
            self._row(wanted.scope, row, judge(row, self.scene, rows))
        known = {row.listener.path for row in rows}
        for problem in problems.found:
            listener = next(
                (
                    one
                    for one in wanted.listeners
                    if problem.path in (one.path + '.address', one.path + '.namespace')
                ),
                None,
            )
            if listener is not None:
                verdict = 'orphaned' if listener.path in known else 'unknown'
                self.found.findings.append(
                    {
                        'verdict': verdict,
                        'namespace': place(listener.namespace),
                        'name': listener.name,
                        'text': str(problem.at('')),
                    }
                )
        for entry in settling.now.leaving:
            spot = Bound(*entry['place'])
            self.found.add(
                'undeclared', spot, entry['name'], '%s is declared no more, and held still' % where(spot)
            )
        self._firewall(wanted, firewall(wanted, settling), root)

    def _row(self, scope: str, row: Row, there: Found) -> None:
        name, spot = row.listener.name, row.place
        if not row.listener.enabled or row.listener.state != 'present':
            return
        for sock in there.own:
            self.claims[sock.inode, sock.place] = (scope, row, 'declared')
        for word, socks in (('wrong address', there.elsewhere), ('wrong owner', there.foreign)):
            for sock in socks:
                self.claims.setdefault((sock.inode, sock.place), (scope, row, word))
                self.found.add(
                    word,
                    spot,
                    name,
                    '%s is declared, %s is held by %s'
                    % (where(spot), sock.place.text(), self.scene.text(sock)),
                )
        if not there.own:
            self.found.listeners.append(
                {
                    **_entry(spot, None, self.scene),
                    'name': name,
                    'type': row.listener.type,
                    'scope': scope,
                    'verdict': 'missing',
                }
            )
            self.found.add('missing', spot, name, 'nothing waits on %s' % where(spot))

    def _firewall(self, wanted: ListenerSet, layout: dict[str, t.Any], root: str) -> None:
        changes: tuple[Change, ...] = ()
        if len(layout) > 1:
            from .pipeline import converge  # half of the time that it takes to start

            changes = converge(layout, check=True, root=root).changes
        for change in changes:
            self.found.findings.append(
                {
                    'verdict': 'open',
                    'namespace': place(change.namespace),
                    'name': '',
                    'text': 'the firewall of scope %s is not as declared (%s would be %s): listeners can be reached from the wrong class'
                    % (
                        wanted.scope,
                        change.title,
                        {'create': 'made', 'change': 'changed', 'delete': 'removed'}[change.action],
                    ),
                }
            )

    def sockets(self) -> None:
        for name in sorted(self.scene.sites):
            for sock in self.scene.sites[name].sockets:
                entry = _entry(sock.place, sock, self.scene)
                scope, row, verdict = self.claims.get((sock.inode, sock.place), ('', None, ''))
                if row is not None:
                    entry.update(name=row.listener.name, type=row.listener.type, scope=scope, verdict=verdict)
                elif entry['reach'] == 'local':
                    entry['verdict'] = 'local'
                elif self.declared:
                    self.found.add(
                        'undeclared',
                        sock.place,
                        '',
                        '%s is held by %s' % (sock.place.text(), self.scene.text(sock)),
                    )
                self.found.listeners.append(entry)


def audit(names: t.Collection[str] | None, data: t.Mapping[str, t.Any] | None, root: str = ROOT) -> Inventory:
    """All that waits in namespaces (all that have a name, and the host's own), held against a set of listeners, or against
    all sets that are remembered. Changes nothing. Raises InputError or EngineError."""
    declared = (
        [read_listeners(data)]
        if data is not None
        else [
            read_listeners(recall(scope, root).document)
            for scope in scopes(root)
            if recall(scope, root).document
        ]
    )
    wanted: dict[str, t.Collection[str] | None] = dict.fromkeys(
        [HOST, *namespaces.named()]
        if names is None
        else [HOST if name == HOST_WORD else name for name in names]
    )
    given = set(wanted)
    for one in declared:
        wanted.update(looked_at(one, recall(one.scope, root)))
    scene, missing = look(wanted)
    unknown = sorted(given.intersection(missing)) if names is not None else []
    if unknown:
        raise EngineError(*map(missing_namespace, unknown))
    run = _Audit(scene, bool(declared))
    for one in declared:
        run.judged(one, root)
    run.sockets()
    return run.found
