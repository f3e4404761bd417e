# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a set of listeners means on this host, and what of it counts before applications are restarted."""

from __future__ import annotations

import datetime
import typing as t

from ..engine.listeners import export
from ..engine.listeners.addresses import destinations, outbound
from ..engine.listeners.bindings import Binding, bindings_of
from ..engine.listeners.firewall import ProtectedEndpoint, document
from ..engine.listeners.holders import Held, held_by, in_the_way, shared
from ..engine.listeners.host_sockets import HostSockets
from ..kernel.sockets import Socket
from ..objects.listener.value import Listener, ListenerSet
from ..values.endpoint import Endpoint
from ..values.names import place
from ..values.problems import Problems
from ..values.struct import Struct
from .listener_memory import Memory

_TIME = '%Y-%m-%dT%H:%M:%S'  # in UTC

Record = dict[str, t.Any]
"""What is remembered of a binding; see Memory."""


class ListenerReport(Struct):
    """What a set means on this host.

    ``restart`` says which applications have to be restarted before a change counts.
    """

    exported: list[export.Row] = []
    outbound: dict[str, dict[str, str]] = {}
    sources: dict[str, dict[str, str]] = {}
    restart: list[dict[str, str]] = []
    units: list[str] = []
    warnings: list[str] = []


def _identities(socks: t.Iterable[Socket], host: HostSockets) -> list[str]:
    """What tells sockets of one start of an application from those of the next.

    Sockets that systemd holds outlive the application, so the processes that have them too are part of it.
    """
    identities = []
    for sock in socks:
        pids = sorted(holder.pid for holder in host.holders_of(sock))
        others = [str(pid) for pid in pids if pid != 1] if 1 in pids else []
        identities.append('%d:%s' % (sock.inode, ','.join(others)))
    return sorted(identities)


def _share(sockets: t.Iterable[str], others: t.Iterable[str]) -> bool:
    return bool(set(sockets) & set(others))


def _is_still_held(record: Record, host: HostSockets) -> bool:
    """Whether the endpoint of a record is still held by the sockets that were there."""
    bound_to = Endpoint(*record['place'])
    site = host.namespaces.get(bound_to.namespace)
    if site is None:
        return False
    socks = [sock for sock in site.sockets if sock.endpoint == bound_to]
    return _share(record['sockets'], _identities(socks, host))


class EffectiveState:
    """What counts now, of what is declared and what was there before.

    The type and the advertised address of a listener change when its application is restarted. ``after`` is
    what the next run has to know, ``protected`` what the firewall protects.
    """

    def __init__(self, host: HostSockets, before: Memory) -> None:
        self.host, self.before = host, before
        self.after = Memory()
        self.protected: list[ProtectedEndpoint] = []
        self.restart: list[dict[str, str]] = []

    def ask_for_restart(self, name: str, why: str, service: str = '') -> None:
        entry = {'name': name, 'why': why, 'service': service}
        if entry not in self.restart:
            self.restart.append(entry)

    def add(self, binding: Binding, held: Held, advertised: list[t.Any]) -> None:
        """Takes in a binding that is declared."""
        listener = binding.listener
        record: Record = {
            'place': list(binding.endpoint),
            'type': listener.type,
            'advertised': advertised,
            'sockets': _identities(held.own, self.host),
        }
        old = self._record_of(binding, record)
        if old is not None:
            self._keep_until_restart(listener, record, old)
        self._report_elsewhere(binding, held, old)
        until = ''
        if listener.state == 'draining':
            record['since'] = (old or {}).get('since') or _now()
            until = _later(record['since'], listener.drain_timeout)
        self.after.rows[binding.key] = record
        self.protected.append(ProtectedEndpoint(binding.endpoint, record['type'], not listener.open, until))

    def _record_of(self, binding: Binding, record: Record) -> Record | None:
        """What was remembered of the binding, or of one that was no longer declared at its endpoint."""
        if binding.key in self.before.rows:
            return self.before.rows[binding.key]
        for leaving in self.before.leaving:
            if leaving['place'] == record['place']:
                return {**leaving, 'advertised': record['advertised']}
        return None

    def _keep_until_restart(self, listener: Listener, record: Record, old: Record) -> None:
        """Keeps what counts as long as the application was not restarted."""
        unit = _unit(listener)
        if old['place'] == record['place']:
            if _share(old['sockets'], record['sockets']):
                for key, word in (('type', 'type'), ('advertised', 'advertised address')):
                    if old[key] != record[key]:
                        record[key] = old[key]
                        self.ask_for_restart(listener.name, '%s changes' % word, unit)
        elif _is_still_held(old, self.host):
            self.after.leaving.append(_leaving(listener.name, old, closed=False))
            text = Endpoint(*old['place']).full_text()
            self.ask_for_restart(listener.name, 'still listens on %s' % text, unit)

    def _report_elsewhere(self, binding: Binding, held: Held, old: Record | None) -> None:
        """The holder listens on endpoints that are not declared, and not known from before."""
        for sock in held.elsewhere:
            if old is None or list(sock.endpoint) != old['place']:
                why = 'listens on %s, not on %s' % (sock.endpoint.text(), binding.endpoint.text())
                self.ask_for_restart(binding.listener.name, why, _unit(binding.listener))

    def add_leaving(self, bindings: t.Iterable[Binding]) -> None:
        """Endpoints that are no longer declared stay protected as long as they are held.

        Nothing opens because it was forgotten.
        """
        keys = {binding.key for binding in bindings}
        declared = [list(binding.endpoint) for binding in bindings]
        gone = []
        for key, old in self.before.rows.items():
            if key not in keys:
                gone.append(_leaving(key.rpartition('/')[0], old, closed=True))
        known = [record['place'] for record in self.after.leaving]
        for record in [*self.before.leaving, *gone]:
            if record['place'] in declared or record['place'] in known:
                continue
            if _is_still_held(record, self.host):
                self.after.leaving.append(record)
                known.append(record['place'])
                why = 'is no longer declared and still listens on %s' % Endpoint(*record['place']).full_text()
                self.ask_for_restart(record['name'], why)
        self.after.leaving.sort(key=lambda record: record['place'])
        for record in self.after.leaving:
            self.protected.append(
                ProtectedEndpoint(Endpoint(*record['place']), record['type'], record['closed'])
            )


def _leaving(name: str, old: Record, closed: bool) -> Record:
    return {
        'name': name,
        'place': old['place'],
        'type': old['type'],
        'closed': closed,
        'sockets': old['sockets'],
    }


def _unit(listener: Listener) -> str:
    """The service that holds a listener; '' if that is not known."""
    return listener.holder if listener.holder.endswith('.service') else ''


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime(_TIME)


def _later(since: str, seconds: int) -> str:
    later = datetime.datetime.strptime(since, _TIME) + datetime.timedelta(seconds=seconds)
    return later.strftime(_TIME)


def queries(want: ListenerSet, before: Memory) -> dict[str, set[str]]:
    """The namespaces that a set concerns, each with the destinations to look up source addresses for."""
    by_namespace = destinations(want)
    for record in [*before.rows.values(), *before.leaving]:
        by_namespace.setdefault(record['place'][0], set())
    return by_namespace


def examine(
    want: ListenerSet,
    host: HostSockets,
    before: Memory,
    problems: Problems,
    report: ListenerReport,
    present: bool = True,
) -> tuple[list[Binding], EffectiveState]:
    """Compares a set with what is there, and completes *report*.

    With *present*, each address has to be one that can be bound now.
    """
    bindings = bindings_of(want, host, problems, present)
    _look_up_addresses(want, host, problems, report)
    state = EffectiveState(host, before)
    for binding in bindings:
        namespace = binding.endpoint.namespace
        sources, site = report.outbound[place(namespace)], host.namespaces[namespace]
        rows = export.rows_of(binding, want, sources, site, problems)
        held = held_by(binding, host, bindings)
        for row in rows:
            row['held'] = bool(held.own)
        report.exported += rows
        if held.foreign:
            problems.note(in_the_way(binding, held, host))
        warning = shared(binding, held, host)
        if warning:
            report.warnings.append(warning)
        state.add(binding, held, [row['advertised'] for row in rows])
    state.add_leaving(bindings)
    return bindings, state


def _look_up_addresses(
    want: ListenerSet, host: HostSockets, problems: Problems, report: ListenerReport
) -> None:
    """The source addresses of each namespace, by family and by destination."""
    for namespace in dict.fromkeys(listener.namespace for listener in want.listeners):
        site = host.namespaces.get(namespace)
        if site is None:
            continue
        report.outbound[place(namespace)] = outbound(want, namespace, site, problems)
        for destination in want.destinations:
            by_namespace = report.sources.setdefault(destination, {})
            by_namespace[place(namespace)] = site.sources[destination]


def firewall(want: ListenerSet, state: EffectiveState) -> dict[str, t.Any]:
    """The layout that protects the listeners; it has only a name if there is nothing to protect."""
    if not want.firewall:
        return {'name': want.scope}
    return document(want.scope, state.protected, want.networks)
