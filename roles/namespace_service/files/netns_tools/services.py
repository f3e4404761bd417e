# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services whose unit puts them into a namespace, and what is wrong with where they run.

A file that was put over another one by its name (mv, sed -i) is not seen where the old one was mounted; and
if the file below is replaced, the kernel takes the mount away. Both are found by comparing what the process
sees with what it should see.
"""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t

from . import identity

FILES = ('resolv.conf', 'hosts', 'nsswitch.conf')
"""Those that the units of services mount over the ones in /etc."""
SOCKETS = ('/run/nscd/socket', '/run/systemd/resolve/io.systemd.Resolve', '/run/avahi-daemon/socket')
"""By these the C library asks a daemon of the host's network for names: nscd(8), nss-resolve(8), nss-mdns."""

_READY = 'netns-ready@'
_PROPERTIES = ('Id', 'MainPID', 'ActiveState', 'SubState', 'Result', 'Job', 'Triggers')
# systemd opens no socket while its service runs.
_REOPEN = 'systemctl stop -- "$2"; systemctl restart -- "$1"; [ "$3" != active ] || systemctl start -- "$2"'


class Service(t.NamedTuple):
    unit: str
    namespace: str
    process: int
    active: str
    detail: str
    result: str
    has_job: bool


class SocketUnit(t.NamedTuple):
    """A unit by which systemd listens in a namespace for a service, which may be in another one."""

    unit: str
    namespace: str
    active: str
    service: str


class Finding(t.NamedTuple):
    """A service that sees what it should not. *seen* tells what, with the identity of what it should see
    instead.
    """

    unit: str
    namespace: str
    seen: str


def same(path: str, other: str) -> bool:
    """Whether these paths are one file. A path that does not exist is none."""
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def _identities(*paths: str) -> str:
    """These paths, each with the file that it is."""
    words = []
    for path in paths:
        try:
            status = os.stat(path)
            words.append('%s %d:%d:%d' % (path, status.st_dev, status.st_ino, status.st_ctime_ns))
        except OSError:
            words.append('%s -' % path)
    return ' '.join(words)


def _systemctl(*words: str) -> str:
    return subprocess.run(['systemctl', *words], check=False, stdout=subprocess.PIPE, text=True).stdout


def _shown(properties: t.Sequence[str], *units: str) -> list[dict[str, str]]:
    """Properties of each of these units."""
    if not units:
        return []
    answers = []
    for block in _systemctl('show', '--property=' + ','.join(properties), '--', *units).strip().split('\n\n'):
        pairs = [line.partition('=') for line in block.splitlines()]
        answers.append({name: value for name, _equals, value in pairs})
    return answers


def _places() -> dict[str, str]:
    """The namespace of each unit that is in one."""
    # A pattern for "systemctl show" matches active units only, and these are not.
    listed = _systemctl('list-units', '--all', '--plain', '--no-legend', '--', _READY + '*.service')
    names = [line.split()[0] for line in listed.splitlines() if line.startswith(_READY)]
    places: dict[str, str] = {}
    for ready_unit in _shown(('Id', 'RequiredBy'), *names):
        name = ready_unit.get('Id', '')[len(_READY) : -len('.service')]
        for unit in ready_unit.get('RequiredBy', '').split():
            places[unit] = name
    return places


def units() -> tuple[list[Service], list[SocketUnit]]:
    """The services that systemd starts in a namespace, and the sockets that it opens in one."""
    places = _places()
    services: list[Service] = []
    sockets: list[SocketUnit] = []
    for answer in _shown(_PROPERTIES, *sorted(places)):
        unit = answer.get('Id', '')
        if unit not in places:
            continue
        active = answer['ActiveState']
        if unit.endswith('.socket'):
            sockets.append(SocketUnit(unit, places[unit], active, answer.get('Triggers', '')))
        elif answer.get('MainPID'):
            process, job = int(answer['MainPID']), bool(answer.get('Job'))
            services.append(
                Service(unit, places[unit], process, active, answer['SubState'], answer['Result'], job)
            )
    return services, sockets


def ended(service: Service) -> bool:
    """Whether it is down, and systemd does nothing about it. A unit whose restart failed for what it requires
    stays "activating" in systemd 257.
    """
    stuck = service.detail == 'auto-restart-queued' and not service.has_job
    return stuck or service.active in ('inactive', 'failed')


def settling(service: Service) -> bool:
    """Whether the service is about to have another process, or one that systemd has not put into its
    namespaces yet.
    """
    if not service.process:
        return service.active in ('activating', 'deactivating') and not service.detail.startswith(
            'auto-restart'
        )
    try:
        program = os.readlink('/proc/%d/exe' % service.process)
    except OSError:
        return service.active == 'active'
    return os.path.basename(program) in ('systemd', 'systemd-executor')


def _seen(service: Service) -> str:
    """What the process of the service sees wrongly, or nothing."""
    root = '/proc/%d/root' % service.process
    place = identity.FOLDER + service.namespace
    network = '/proc/%d/ns/net' % service.process
    if os.path.exists(network) and not same(place, network) and not identity.problem_of(service.namespace):
        return _identities(place)
    for file in FILES:
        own = '%s%s/%s' % (identity.COVERED, service.namespace, file)
        # If /etc/resolv.conf is a link, the file that it leads to is covered. An absolute link would lead out
        # of the process's root.
        real = os.path.realpath('/etc/' + file)
        if os.path.exists(own):
            if not same(own, root + real):
                return _identities(own, real)
        elif os.path.exists(root + real) and os.path.exists(real) and not same(real, root + real):
            return _identities(real)
    for socket in SOCKETS:
        if same(socket, root + socket):
            return _identities(socket)
    return ''


def findings(candidates: t.Iterable[Service]) -> list[Finding]:
    """What is wrong with the services that run."""
    wrong = []
    for service in candidates:
        if service.process and not settling(service):
            seen = _seen(service)
            if seen and os.path.exists('/proc/%d' % service.process):
                wrong.append(Finding(service.unit, service.namespace, seen))
    return wrong


def ready(name: str) -> None:
    """Ends with a status of 1, and says why, unless the namespace can be entered with its files."""
    problem = identity.problem_of(name)
    if problem == 'does not exist':
        sys.exit('namespace %s: does not exist; make it, or correct the unit that wants it' % name)
    if problem:
        sys.exit('namespace %s: %s; nothing is started in it' % (name, problem))
    for file in FILES:
        if os.path.exists('%s%s/%s' % (identity.COVERED, name, file)) and not os.path.exists('/etc/' + file):
            sys.exit(
                'file %s%s/%s: has no /etc/%s to stand for; make that, an empty one will do'
                % (identity.COVERED, name, file, file)
            )


def restart(units: t.Sequence[str], command: str = 'try-restart') -> None:
    """Have systemd restart services, without waiting for those that take long."""
    if units:
        _systemctl('--no-block', command, '--', *units)


def reopen(unit: SocketUnit) -> None:
    """Have systemd open a socket again, in the namespace that has the name now, without waiting for the
    service behind it.
    """
    [service, *_none] = _shown(('Id', 'ActiveState'), unit.service) or [{}]
    words = ['/bin/sh', '-c', _REOPEN, 'sh', unit.unit, unit.service, service.get('ActiveState', '')]
    subprocess.Popen(words, stdin=subprocess.DEVNULL)
