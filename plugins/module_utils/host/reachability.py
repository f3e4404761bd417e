# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs probes, compares their verdicts with what is expected, and looks for leaks. Changes nothing."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import socket
import typing as t

from ..engine.leaks.host_state import read_host_state
from ..engine.leaks.leaks import Leak, find_leaks
from ..engine.reachability import probes
from ..engine.reachability.answers import answers
from ..engine.reachability.connection import Verdict
from ..engine.reading import reading_failed
from ..kernel import namespaces, netlink
from ..kernel.netlink import plainly
from ..objects.local_addresses import link_names
from ..objects.reachability import Probe, Reachability, read_reachability
from ..objects.route.schema import TYPES
from ..objects.route_lookup import RouteLookup, look_up_route
from ..values.names import HOST, place
from ..values.problems import EngineError, Problem
from ..values.struct import Struct

AT_ONCE = 128
MOST_LETTERS = 4096  # of an answer that are returned
_MOST_QUOTED = 80  # characters of an answer in a message
_PROTOCOLS = {
    'tcp': socket.IPPROTO_TCP,
    'http': socket.IPPROTO_TCP,
    'udp': socket.IPPROTO_UDP,
    'dns': socket.IPPROTO_UDP,
}
_TYPES = {number: name for name, number in TYPES.items()}
_COMMON_TABLES = (0, 254, 255)  # none, main and local, which are not worth a word
_UNSPECIFIED = ('', '0.0.0.0', '::')


class ProbeResult(t.NamedTuple):
    """A probe, the verdict on it, after how many seconds that came, and the route to the destination; None
    for UNIX sockets.
    """

    probe: Probe
    verdict: Verdict
    seconds: float
    route: RouteLookup | None

    @property
    def problem(self) -> str:
        """What differs from what is expected; '' where nothing does."""
        probe, verdict = self.probe, self.verdict
        if verdict.state != probe.expect:
            return 'found %s: %s, want %s' % (verdict.state, verdict.detail, probe.expect)
        if probe.status and verdict.status != probe.status:
            return 'found %s, want status %d' % (verdict.detail, probe.status)
        if probe.answer and not answers(probe.answer, verdict.text):
            return 'found %s, answered %s, want a match of %s' % (
                verdict.state,
                _quoted(verdict.text),
                _quoted(probe.answer),
            )
        if probe.source_seen and verdict.source != probe.source_seen:
            return 'found source %s, want %s' % (verdict.source or 'none', probe.source_seen)
        return ''

    @property
    def source(self) -> str:
        """The address that the probe was sent from, or would have been."""
        if self.verdict.source not in _UNSPECIFIED:
            return self.verdict.source
        if self.probe.source or self.route is None:
            return self.probe.source
        return self.route.source

    def line(self) -> str:
        """One sentence about a probe that failed."""
        probe = self.probe
        label = '%s (%s)' % (probe.path, probe.name) if probe.name else probe.path
        origin = place(probe.namespace) + (', source %s' % self.source if self.source else '')
        route = '; route: %s' % route_text(self.route) if self.route else ''
        return '%s: %s from %s: is not as wanted (%s)%s' % (label, probe.text(), origin, self.problem, route)

    def data(self) -> dict[str, t.Any]:
        """The result as the module returns it."""
        probe, verdict = self.probe, self.verdict
        return {
            'path': probe.path,
            'name': probe.name,
            'kind': probe.kind,
            'namespace': place(probe.namespace),
            'source': self.source,
            'destination': probe.to,
            'port': probe.port,
            'wanted': probe.expect,
            'found': verdict.state,
            'detail': verdict.detail,
            'answer': verdict.text[:MOST_LETTERS],
            'time_ms': round(self.seconds * 1000, 3),
            'met': not self.problem,
            'problem': self.problem,
            'route': _route_data(self.route) if self.route else {},
        }


class Report(Struct):
    """The results of all probes, and all leaks."""

    results: list[ProbeResult]
    leaks: list[Leak]

    @property
    def problems(self) -> list[str]:
        failed = [result.line() for result in self.results if result.problem]
        return failed + [leak.line() for leak in self.leaks]

    def summary(self) -> str:
        """How many probes failed, and how many leaks there are; '' where there are none."""
        failed = sum(1 for result in self.results if result.problem)
        parts = []
        if failed:
            verb = 'is' if failed == 1 else 'are'
            parts.append('%d of %d probes %s not as wanted' % (failed, len(self.results), verb))
        if self.leaks:
            parts.append('%d %s' % (len(self.leaks), 'leak' if len(self.leaks) == 1 else 'leaks'))
        return ', '.join(parts)


def _quoted(text: str) -> str:
    quoted = repr(text)
    return quoted if len(quoted) <= _MOST_QUOTED else quoted[: _MOST_QUOTED - 3] + '...'


def _type_name(route: RouteLookup) -> str:
    return _TYPES.get(route.type, str(route.type))


def _route_data(route: RouteLookup) -> dict[str, t.Any]:
    return {
        'text': route_text(route),
        'dev': route.link,
        'gateway': route.via,
        'source': route.source,
        'table': route.table,
        'type': '' if route.error else _type_name(route),
    }


def route_text(route: RouteLookup) -> str:
    """A route as ``ip route get`` prints it."""
    if route.error:
        return 'none (%s)' % route.error
    words = [] if route.type == TYPES['unicast'] else [_type_name(route)]
    table = '' if route.table in _COMMON_TABLES else str(route.table)
    for word, value in (('via', route.via), ('dev', route.link), ('src', route.source), ('table', table)):
        if value:
            words += [word, value]
    return ' '.join(words)


def _route(probe: Probe) -> RouteLookup | None:
    if probe.kind == 'unix':
        return None
    try:
        with netlink.NetlinkSocket() as sock:
            names = link_names(sock).by_index
            device = next((index for index, name in names.items() if name == probe.device), 0)
            protocol = _PROTOCOLS.get(probe.kind, 0)
            return look_up_route(sock, names, probe.to, probe.source, device, protocol, probe.port)
    except OSError as exc:
        return RouteLookup(error=plainly(exc))


def _run(probe: Probe, fd: int, home: int) -> ProbeResult:
    """Runs a probe in its namespace, of which *fd* is a descriptor. For a thread that is not the main one."""
    with namespaces.entered(fd, home):
        route = _route(probe)
        verdict, seconds = probes.run(probe)
    return ProbeResult(probe, verdict, seconds, route)


@contextlib.contextmanager
def _open_namespaces(want: Reachability) -> t.Iterator[dict[str, int]]:
    """A descriptor of each namespace that is named. Raises EngineError with all that do not exist."""
    fds: dict[str, int] = {}
    problems = []
    try:
        for name, path in sorted(want.namespaces().items()):
            try:
                fds[name] = _open_namespace(name)
            except (FileNotFoundError, namespaces.StaleName):
                problems.append(
                    Problem(
                        path,
                        'namespace %s does not exist' % name,
                        do='correct the name, or make it first',
                    )
                )
        if problems:
            raise EngineError(*problems)
        yield fds
    finally:
        for fd in fds.values():
            os.close(fd)


def _open_namespace(name: str) -> int:
    if name == HOST:
        return namespaces.in_thread(namespaces.open_current)
    return namespaces.open_named(name)


def _run_all(want: Reachability, fds: t.Mapping[str, int]) -> list[ProbeResult]:
    if not want.probes:
        return []
    home = namespaces.in_thread(namespaces.open_current)
    try:
        with concurrent.futures.ThreadPoolExecutor(min(len(want.probes), AT_ONCE)) as pool:
            futures = [pool.submit(_run, probe, fds[probe.namespace], home) for probe in want.probes]
            return [future.result() for future in futures]
    except OSError as exc:
        raise reading_failed(exc, 'entering a namespace') from exc
    finally:
        os.close(home)


def check(data: t.Mapping[str, t.Any]) -> Report:
    """Runs all probes at the same time, then looks for leaks, which the probes may have revealed.

    Raises InputError or EngineError.
    """
    want = read_reachability(data)
    with _open_namespaces(want) as fds:
        results = _run_all(want, fds)
        leaks = find_leaks(read_host_state(want.separate), want) if want.separate else []
        return Report(results, leaks)
