# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart services that have lost their namespace or its files, within five seconds of the last change."""

from __future__ import annotations

import os
import socket
import time
import typing as t

from . import events, identity, services

QUIET, MOST = 0.3, 1.0
"""Changes that follow each other this fast, for so long at most, are one (seconds)."""
SPACING = 3.0
"""Seconds between two restarts of one service. systemd gives up a service that starts more than five times in
ten seconds: StartLimitBurst in systemd.unit(5).
"""
SOON, LATE = 0.25, 1.0
"""How long until the next look at services that are being started, growing (seconds)."""
CALM = 60.0
"""A look now and then, whatever is heard (seconds)."""
TRIES = 2
"""Restarts of one service for one and the same thing. After that it is left alone: it mounts something else
there.
"""
STARTS = 5
"""Starts of one service that is down. After that it is left alone: it has a problem of its own."""


def folders() -> set[str]:
    """Where files are that services see, and the names of namespaces."""
    watched = {'/etc', identity.FOLDER, identity.COVERED}
    if os.path.isdir(identity.COVERED):
        watched.update(identity.COVERED + name for name in os.listdir(identity.COVERED))
    watched.update(os.path.dirname(os.path.realpath('/etc/' + file)) for file in services.FILES)
    watched.update(os.path.dirname(path) for path in services.SOCKETS)
    return watched


def fingerprint() -> tuple[t.Any, ...]:
    """Another one whenever another file, socket or namespace has one of the names that services know."""
    paths = ['/etc/' + file for file in services.FILES]
    if os.path.isdir(identity.COVERED):
        for name in sorted(os.listdir(identity.COVERED)):
            paths += ['%s%s/%s' % (identity.COVERED, name, file) for file in services.FILES]
    paths += services.SOCKETS
    numbers: list[t.Any] = []
    for path in paths:
        try:
            status = os.stat(path)
            numbers.append((status.st_dev, status.st_ino))
        except OSError:
            numbers.append(None)
    names = sorted(identity.mounted())
    return (*numbers, *names, *map(identity.token, names))


class Watcher:
    """What is known of services between two looks at them."""

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._restarted: dict[str, float] = {}
        self._tries: dict[str, tuple[str, int]] = {}
        self._owed: dict[str, int] = {}
        self._inside: dict[str, str] = {}
        self._listening: dict[str, str] = {}

    def look(self) -> float:
        """Restart what has to be. Returns in how many seconds to look again."""
        current, sockets = services.units()
        wrong = services.findings(current)
        self._forget({finding.unit for finding in wrong}, current)
        due = self._due(wrong)
        for finding in due:
            print('%s: restarted, for it did not see %s' % (finding.unit, finding.seen), flush=True)
            self._owed[finding.unit] = 0
        services.restart([finding.unit for finding in due])
        lost = self._lost(current)
        starting = self._starting(lost)
        for service in starting:
            print(
                '%s: started, for its namespace %s is there again' % (service.unit, service.namespace),
                flush=True,
            )
        services.restart([service.unit for service in starting], 'start')
        pending = [finding for finding in wrong if not self._given_up(finding)]
        self._reopen(sockets)
        busy = bool(pending or lost) or any(map(services.settling, current))
        return SOON if busy else CALM

    def _reopen(self, sockets: t.Sequence[services.SocketUnit]) -> None:
        """Open sockets again that listen in a namespace that is gone. Nobody can look into those of systemd:
        the first look is believed.
        """
        for unit in sockets:
            now = identity.token(unit.namespace)
            if unit.active != 'active':
                self._listening.pop(unit.unit, None)
            elif now and not identity.problem_of(unit.namespace):
                if self._listening.setdefault(unit.unit, now) != now:
                    self._listening[unit.unit] = now
                    print(
                        '%s: opened again, for its namespace %s is another one' % (unit.unit, unit.namespace),
                        flush=True,
                    )
                    services.reopen(unit)

    def _forget(self, wrong: set[str], current: t.Sequence[services.Service]) -> None:
        """Of a service that is as it should be only its namespace is kept, and when it was restarted."""
        for service in current:
            if service.active == 'active' and service.unit not in wrong and not services.settling(service):
                self._tries.pop(service.unit, None)
                self._owed.pop(service.unit, None)
                self._inside[service.unit] = identity.token(service.namespace)

    def _given_up(self, finding: services.Finding) -> bool:
        seen, tries = self._tries.get(finding.unit, ('', 0))
        return seen == finding.seen and tries > TRIES

    def _due(self, wrong: t.Sequence[services.Finding]) -> list[services.Finding]:
        """Those that are restarted now: not again within a short time, nor ever again for what a restart does
        not help.
        """
        now, due = self._clock(), []
        for finding in wrong:
            seen, tries = self._tries.get(finding.unit, ('', 0))
            tries = tries if seen == finding.seen else 0
            if now - self._restarted.get(finding.unit, -SPACING) < SPACING or tries > TRIES:
                continue
            self._tries[finding.unit] = finding.seen, tries + 1
            if tries == TRIES:
                print(
                    '%s: was restarted, and does not see %s even so; it is left alone'
                    % (finding.unit, finding.seen),
                    flush=True,
                )
                continue
            self._restarted[finding.unit] = now
            due.append(finding)
        return due

    def _lost(self, current: t.Sequence[services.Service]) -> list[services.Service]:
        """Services that went down while their namespace did not exist, which now does: in a restart from
        here, or by themselves.
        """
        down = filter(self._is_down, current)
        return [service for service in down if not identity.problem_of(service.namespace)]

    def _starting(self, lost: t.Sequence[services.Service]) -> list[services.Service]:
        """Those that are started now: not right after a restart. They are looked at again soon."""
        now, starting = self._clock(), []
        for service in lost:
            if now - self._restarted.get(service.unit, -SPACING) >= SPACING:
                self._restarted[service.unit] = now
                self._owed[service.unit] = self._owed.get(service.unit, 0) + 1
                starting.append(service)
        return starting

    def _is_down(self, service: services.Service) -> bool:
        """Whether it ended for want of its namespace. A service that somebody stopped has ended well."""
        if not services.ended(service):
            return False
        starts = self._owed.get(service.unit)
        if starts is not None:
            return starts < STARTS
        before = self._inside.get(service.unit)
        return (
            service.result != 'success' and before is not None and before != identity.token(service.namespace)
        )


def _tell_systemd() -> None:
    """That changes are heard from now on, and what listens where is known: sd_notify(3)."""
    path = os.environ.get('NOTIFY_SOCKET', '')
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(b'READY=1', '\0' + path[1:] if path.startswith('@') else path)


def _pause_after(pause: float, wanted: float) -> float:
    """How long to wait before the next look, after a pause and a look that wants one."""
    return min(max(SOON, pause * 1.5), LATE) if wanted == SOON and pause < CALM else wanted


def watch() -> None:
    """Listen, look and restart, until this process is ended."""
    heard, watcher = events.Events(), Watcher()
    heard.listen(folders())
    known, last = fingerprint(), time.monotonic()
    pause = _pause_after(0.0, watcher.look())
    _tell_systemd()
    while True:
        happened = heard.wait(pause)
        if happened:
            heard.settle(QUIET, MOST)
        heard.listen(folders())
        now = fingerprint()
        if now != known or time.monotonic() - last >= pause:
            known, last = now, time.monotonic()
            pause = _pause_after(pause, watcher.look())
