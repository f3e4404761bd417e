# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is reached from where, held against what is wanted, and what leaks. Changes nothing."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import errno
import os
import socket
import typing as t

from ..engine.leaks.judge import Leak, leaks
from ..engine.leaks.scene import look
from ..engine.reachability import probes
from ..engine.reachability.probes import Seen
from ..kernel import namespaces, netlink
from ..kernel.netlink import plainly
from ..objects import local
from ..objects.local import Way
from ..objects.reachability import Probe, Reachability, read_reachability
from ..objects.route.value import TYPES
from ..objects.state import EngineError
from ..values.names import HOST, place

AT_ONCE = 128
MOST_LETTERS = 4096  # of an answer that are told
_PROTOCOLS = {
    'tcp': socket.IPPROTO_TCP,
    'http': socket.IPPROTO_TCP,
    'udp': socket.IPPROTO_UDP,
    'dns': socket.IPPROTO_UDP,
}
_TYPES = {number: name for name, number in TYPES.items()}
_TABLES = (0, 254, 255)  # none, main, local: of little news


@dataclasses.dataclass(frozen=True)
class Result:
    """A probe, what came of it and after how many milliseconds, and the route that it took; None for UNIX sockets."""

    probe: Probe
    seen: Seen
    time: float
    way: Way | None

    @property
    def fault(self) -> str:
        """What is not as wanted, in words; '' where all is."""
        probe, seen = self.probe, self.seen
        if seen.found != probe.expect:
            return 'found %s: %s, want %s' % (seen.found, seen.detail, probe.expect)
        if probe.status and seen.status != probe.status:
            return 'found %s, want status %d' % (seen.detail, probe.status)
        if probe.answer and not probes.answers(probe, seen.text):
            return 'found %s, answered %s, want a match of %s' % (
                seen.found,
                _short(seen.text),
                _short(probe.answer),
            )
        if probe.source_seen and seen.source != probe.source_seen:
            return 'found source %s, want %s' % (seen.source or 'none', probe.source_seen)
        return ''

    @property
    def source(self) -> str:
        return (
            self.seen.source
            if self.seen.source not in ('', '0.0.0.0', '::')
            else self.probe.source or (self.way.source if self.way else '')
        )

    def line(self) -> str:
        """One sentence for people, when it is not as wanted."""
        probe = self.probe
        label = '%s (%s)' % (probe.path, probe.name) if probe.name else probe.path
        origin = place(probe.namespace) + (', source %s' % self.source if self.source else '')
        way = '; route: %s' % route_text(self.way) if self.way else ''
        return '%s: %s from %s: is not as wanted (%s)%s' % (label, probe.text(), origin, self.fault, way)

    def data(self) -> dict[str, t.Any]:
        probe, seen = self.probe, self.seen
        return {
            'path': probe.path,
            'name': probe.name,
            'kind': probe.kind,
            'namespace': place(probe.namespace),
            'source': self.source,
            'destination': probe.to,
            'port': probe.port,
            'wanted': probe.expect,
            'found': seen.found,
            'detail': seen.detail,
            'answer': seen.text[:MOST_LETTERS],
            'time_ms': round(self.time * 1000, 3),
            'met': not self.fault,
            'fault': self.fault,
            'route': {
                'text': route_text(self.way),
                'dev': self.way.link,
                'gateway': self.way.via,
                'source': self.way.source,
                'table': self.way.table,
                'type': '' if self.way.fault else _TYPES.get(self.way.type, str(self.way.type)),
            }
            if self.way
            else {},
        }


@dataclasses.dataclass
class Report:
    results: list[Result]
    leaks: list[Leak]

    @property
    def problems(self) -> list[str]:
        return [result.line() for result in self.results if result.fault] + [
            leak.line() for leak in self.leaks
        ]

    def sentence(self) -> str:
        unmet = sum(1 for result in self.results if result.fault)
        parts = (
            ['%d of %d probes %s not as wanted' % (unmet, len(self.results), 'is' if unmet == 1 else 'are')]
            if unmet
            else []
        )
        if self.leaks:
            parts.append('%d %s' % (len(self.leaks), 'leak' if len(self.leaks) == 1 else 'leaks'))
        return ', '.join(parts)


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else shown[:77] + '...'


def route_text(way: Way) -> str:
    """A route as ``ip route get`` writes it."""
    if way.fault:
        return 'none (%s)' % way.fault
    words = [] if way.type == TYPES['unicast'] else [_TYPES.get(way.type, str(way.type))]
    for word, value in (
        ('via', way.via),
        ('dev', way.link),
        ('src', way.source),
        ('table', '' if way.table in _TABLES else str(way.table)),
    ):
        if value:
            words += [word, value]
    return ' '.join(words)


def _route(probe: Probe) -> Way:
    with netlink.Socket() as sock:
        names = local.links(sock).name
        device = next((index for index, name in names.items() if name == probe.device), 0)
        return local.way_to(
            sock, names, probe.to, probe.source, device, _PROTOCOLS.get(probe.kind, 0), probe.port
        )


def _asked(probe: Probe, fd: int, home: int) -> Result:
    """One probe, in its namespace. For a thread that is not the main one."""
    with namespaces.entered(fd, home):
        way = None
        if probe.kind != 'unix':
            try:
                way = _route(probe)
            except OSError as exc:
                way = Way(fault=plainly(exc))
        seen, took = probes.ask(probe)
    return Result(probe, seen, took, way)


@contextlib.contextmanager
def _opened(wanted: Reachability) -> t.Iterator[dict[str, int]]:
    """A descriptor of each namespace that is named. Raises EngineError with all that are not there."""
    fds: dict[str, int] = {}
    problems = []
    try:
        for name, path in sorted(wanted.namespaces().items()):
            try:
                fds[name] = (
                    namespaces.open_named(name)
                    if name != HOST
                    else namespaces.in_thread(namespaces.open_current)
                )
            except (FileNotFoundError, namespaces.StaleName):
                problems.append(
                    '%s: namespace %s is not there; correct the name, or make it first' % (path, name)
                )
        if problems:
            raise EngineError(*problems)
        yield fds
    finally:
        for fd in fds.values():
            os.close(fd)


def _all_asked(wanted: Reachability, fds: t.Mapping[str, int]) -> list[Result]:
    if not wanted.probes:
        return []
    home = namespaces.in_thread(namespaces.open_current)
    try:
        with concurrent.futures.ThreadPoolExecutor(min(len(wanted.probes), AT_ONCE)) as pool:
            return [
                future.result()
                for future in [
                    pool.submit(_asked, probe, fds[probe.namespace], home) for probe in wanted.probes
                ]
            ]
    except OSError as exc:
        advice = (
            'set become: true, root is needed' if exc.errno in (errno.EPERM, errno.EACCES) else 'run it again'
        )
        raise EngineError('entering a namespace: %s; %s' % (plainly(exc), advice)) from exc
    finally:
        os.close(home)


def check(data: t.Mapping[str, t.Any]) -> Report:
    """Run all probes at the same time, then look for leaks, which the probes may have brought to light. Raises InputError or EngineError."""
    wanted = read_reachability(data)
    with _opened(wanted) as fds:
        results = _all_asked(wanted, fds)
        return Report(results, leaks(look(wanted.separate), wanted) if wanted.separate else [])
