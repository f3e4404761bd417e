# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits where on a host, by type of listener, and what of it differs from what is declared."""

from __future__ import annotations

import typing as t

from ..engine.listeners.bindings import Binding
from ..engine.listeners.holders import Held, held_by
from ..engine.listeners.host_sockets import HostSockets, read_host_sockets
from ..kernel import namespaces
from ..kernel.sockets import Socket, user_name
from ..objects.listener.parse import read_listeners
from ..objects.listener.value import Listener, ListenerSet
from ..objects.operation import Change
from ..values.endpoint import Endpoint
from ..values.names import HOST, HOST_WORD, place
from ..values.problems import EngineError, Problem, Problems, missing_namespace
from ..values.struct import Struct
from .listener_effect import ListenerReport, examine, firewall, queries
from .listener_memory import recall, scopes
from .store import ROOT

CLASSES = ('internal', 'external', 'default', 'undeclared')
_CHANGED = {'create': 'made', 'change': 'changed', 'delete': 'removed'}

Entry = dict[str, t.Any]
"""A socket that waits, or a declared one that does not, as the module returns it."""


class Inventory(Struct):
    """All sockets that wait, and declared ones that do not.

    ``findings`` are what differs from what is declared.
    """

    listeners: list[Entry] = []
    findings: list[dict[str, str]] = []

    def summary(self) -> dict[str, dict[str, int]]:
        """How many there are of each class, by verdict."""
        counts: dict[str, dict[str, int]] = {kind: {} for kind in CLASSES}
        for entry in self.listeners:
            of_class = counts[entry['type']]
            of_class[entry['verdict']] = of_class.get(entry['verdict'], 0) + 1
        return counts

    def add(self, verdict: str, namespace: str, name: str, text: str) -> None:
        """Adds a finding."""
        self.findings.append({'verdict': verdict, 'namespace': place(namespace), 'name': name, 'text': text})


class _Claim(t.NamedTuple):
    """The binding that a socket is counted for, and whether it is as declared."""

    scope: str
    binding: Binding
    verdict: str


def _reach(bound_to: Endpoint) -> str:
    if bound_to.address.startswith('127.') or bound_to.address == '::1':
        return 'local'
    return 'all' if bound_to.wildcard else 'address'


def _entry(bound_to: Endpoint, sock: Socket | None, host: HostSockets) -> Entry:
    holders = host.holders_of(sock) if sock else []
    return {
        'namespace': place(bound_to.namespace),
        'proto': bound_to.proto,
        'family': bound_to.family,
        'address': bound_to.address,
        'port': bound_to.port,
        'device': bound_to.device,
        'v6only': bound_to.v6only,
        'reach': _reach(bound_to),
        'user': user_name(sock.uid) if sock else '',
        'holders': [holder._asdict() for holder in holders],
        'name': '',
        'type': 'undeclared',
        'scope': '',
        'verdict': 'undeclared',
    }


class _Audit:
    """Compares sets of listeners with all sockets."""

    def __init__(self, host: HostSockets, root: str) -> None:
        self.host, self.root = host, root
        self.inventory = Inventory()
        self.claims: dict[tuple[int, Endpoint], _Claim] = {}  # by the inode and the endpoint of a socket

    def add_set(self, want: ListenerSet) -> None:
        before = recall(want.scope, self.root)
        # All bindings that are known, and what keeps some of them from being bound now.
        bindings, state = examine(want, self.host, before, Problems(), ListenerReport(), present=False)
        problems = Problems()
        examine(want, self.host, before, problems, ListenerReport())
        for binding in bindings:
            if binding.listener.open:
                self._add_binding(want.scope, binding, held_by(binding, self.host, bindings))
        known = {binding.listener.path for binding in bindings}
        for problem in problems:
            self._add_problem(problem, want.listeners, known)
        for record in state.after.leaving:
            bound_to = Endpoint(*record['place'])
            text = '%s is no longer declared, but still held' % bound_to.full_text()
            self.inventory.add('undeclared', bound_to.namespace, record['name'], text)
        self._add_firewall(want.scope, firewall(want, state))

    def _add_problem(
        self, problem: Problem, listeners: t.Iterable[Listener], known: t.Container[str]
    ) -> None:
        """A listener whose address is not on the host: any more, if it is *known*, or at all."""
        for listener in listeners:
            if problem.path in (listener.path + '.address', listener.path + '.namespace'):
                verdict = 'orphaned' if listener.path in known else 'unknown'
                self.inventory.add(verdict, listener.namespace, listener.name, str(problem.at('')))
                return

    def _add_binding(self, scope: str, binding: Binding, held: Held) -> None:
        bound_to, name = binding.endpoint, binding.listener.name
        for sock in held.own:
            self.claims[sock.inode, sock.endpoint] = _Claim(scope, binding, 'declared')
        for verdict, socks in (('wrong address', held.elsewhere), ('wrong owner', held.foreign)):
            for sock in socks:
                self.claims.setdefault((sock.inode, sock.endpoint), _Claim(scope, binding, verdict))
                text = '%s is declared, %s is held by %s' % (
                    bound_to.full_text(),
                    sock.endpoint.text(),
                    self.host.holders_text(sock),
                )
                self.inventory.add(verdict, bound_to.namespace, name, text)
        if not held.own:
            entry = _entry(bound_to, None, self.host)
            entry.update(name=name, type=binding.listener.type, scope=scope, verdict='missing')
            self.inventory.listeners.append(entry)
            self.inventory.add(
                'missing', bound_to.namespace, name, 'nothing listens on %s' % bound_to.full_text()
            )

    def _add_firewall(self, scope: str, layout: dict[str, t.Any]) -> None:
        """What a run would change of the firewall."""
        changes: tuple[Change, ...] = ()
        if len(layout) > 1:
            from .pipeline import converge  # half of the time that the module takes to start

            changes = converge(layout, check=True, root=self.root).changes
        for change in changes:
            text = (
                'the firewall of scope %s is not as declared (%s would be %s): '
                'listeners can be reached from the wrong class'
                % (scope, change.title, _CHANGED[change.action])
            )
            self.inventory.add('open', change.namespace, '', text)

    def add_sockets(self, declared: bool) -> None:
        """All sockets. Those that no set claims are findings if anything is *declared*."""
        for _name, namespace in sorted(self.host.namespaces.items()):
            for sock in namespace.sockets:
                self.inventory.listeners.append(self._entry_of(sock, declared))

    def _entry_of(self, sock: Socket, declared: bool) -> Entry:
        entry = _entry(sock.endpoint, sock, self.host)
        claim = self.claims.get((sock.inode, sock.endpoint))
        if claim is not None:
            listener = claim.binding.listener
            entry.update(name=listener.name, type=listener.type, scope=claim.scope, verdict=claim.verdict)
        elif entry['reach'] == 'local':
            entry['verdict'] = 'local'
        elif declared:
            text = '%s is held by %s' % (sock.endpoint.text(), self.host.holders_text(sock))
            self.inventory.add('undeclared', sock.endpoint.namespace, '', text)
        return entry


def _remembered(root: str) -> list[ListenerSet]:
    """The sets of all scopes that have been applied."""
    documents = [recall(scope, root).document for scope in scopes(root)]
    return [read_listeners(document) for document in documents if document]


def _names(names: t.Collection[str] | None) -> list[str]:
    """The namespaces to read: those that are named, or all."""
    if names is None:
        return [HOST, *namespaces.named()]
    return [HOST if name == HOST_WORD else name for name in names]


def audit(names: t.Collection[str] | None, data: t.Mapping[str, t.Any] | None, root: str = ROOT) -> Inventory:
    """All that waits in the namespaces *names*, or in all that have a name and the host's own.

    Compares it with the set of listeners *data*, or with all sets that are remembered. Changes nothing.
    Raises InputError or EngineError.
    """
    declared = _remembered(root) if data is None else [read_listeners(data)]
    wanted: dict[str, t.Collection[str] | None] = dict.fromkeys(_names(names))
    given = set(wanted)
    for want in declared:
        wanted.update(queries(want, recall(want.scope, root)))
    host, missing = read_host_sockets(wanted)
    unknown = sorted(given.intersection(missing)) if names is not None else []
    if unknown:
        raise EngineError(*map(missing_namespace, unknown))
    run = _Audit(host, root)
    for want in declared:
        run.add_set(want)
    run.add_sockets(bool(declared))
    return run.inventory
