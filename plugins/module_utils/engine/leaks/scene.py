# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What namespaces that shall be separate have in themselves, and the links and settings of all others that packets could pass."""

from __future__ import annotations

import dataclasses
import errno
import os
import typing as t

from ...kernel import files, namespaces, neighbours, netlink, sockets, sysctl
from ...kernel import processes as holders
from ...kernel.neighbours import Neighbour
from ...kernel.netlink import plainly
from ...kernel.processes import Process
from ...kernel.sockets import Socket
from ...objects import local
from ...objects.link.value import End, Link
from ...objects.local import Local
from ...objects.nameservers.value import FOLDER
from ...objects.route.value import Route
from ...objects.state import Snapshot
from ...values.names import HOST
from ...values.problems import NEEDS_ROOT, EngineError, Problem
from ..observe import Query, observe

RESOLV, NSSWITCH, NSCD = '/etc/resolv.conf', '/etc/nsswitch.conf', '/run/nscd/socket'
_TRIES = 20
# Words of nsswitch.conf for programs that answer from the host's network whoever asks, and the sockets that they are asked by.
HELPERS = {
    'resolve': '/run/systemd/resolve/io.systemd.Resolve',
    **dict.fromkeys(
        ('mdns', 'mdns4', 'mdns6', 'mdns_minimal', 'mdns4_minimal', 'mdns6_minimal'),
        '/run/avahi-daemon/socket',
    ),
}


@dataclasses.dataclass
class Resolver:
    """Where names are asked for: the addresses of servers, each with where that is written, and whether it is the host's file where one of
    its own should be. ``helpers`` are programs that answer from the host's network, each with who asks it first."""

    servers: list[tuple[str, str, bool]] = dataclasses.field(default_factory=list)
    helpers: dict[str, str] = dataclasses.field(default_factory=dict)

    def ask(self, helpers: t.Iterable[str], who: str) -> None:
        for helper in helpers:
            self.helpers.setdefault(helper, who)


@dataclasses.dataclass
class Side:
    """One of the namespaces that shall be separate."""

    identity: str
    locals: list[Local]
    routes: list[Route]
    neighbours: list[Neighbour]
    sockets: list[Socket]
    macs: dict[str, str]  # of each link
    resolver: Resolver


@dataclasses.dataclass
class Ground:
    """``links`` are those of all namespaces that have a name, and of the host. ``forwarding`` are links whose packets are forwarded, by family."""

    sides: dict[str, Side]
    links: dict[End, Link]
    forwarding: dict[str, set[End]]
    holders: dict[int, list[sockets.Holder]] = dataclasses.field(default_factory=dict)


def _forwards(namespace: str, links: t.Iterable[str]) -> dict[str, set[End]]:
    """The links of the calling thread's namespace whose packets are forwarded.

    IPv4 asks the link that a packet came in by. IPv6 asks the switch for all links (ip6_forward), and since 6.17 force_forwarding of the link.
    """
    all6 = sysctl.read('net/ipv6/conf/all/forwarding') == '1'
    found: dict[str, set[End]] = {'ipv4': set(), 'ipv6': set()}
    for name in links:
        if sysctl.read('net/ipv4/conf/%s/forwarding' % name) == '1':
            found['ipv4'].add((namespace, name))
        if all6 or sysctl.read('net/ipv6/conf/%s/force_forwarding' % name) == '1':
            found['ipv6'].add((namespace, name))
    return found


def _visit(namespace: str, whole: bool) -> tuple[dict[str, set[End]], Side | None]:
    with netlink.Socket() as sock:
        names = local.links(sock)
        forwarding = _forwards(namespace, names.name.values())
        if not whole:
            return forwarding, None
        return forwarding, Side(
            '',
            local.addresses(sock, names.name),
            [],
            neighbours.neighbours(sock, names.name),
            sockets.held(namespace),
            names.mac,
            Resolver(),
        )


def _all(places: t.Iterable[str], group: t.Container[str]) -> tuple[dict[str, set[End]], dict[str, Side]]:
    home = namespaces.open_current()
    forwarding: dict[str, set[End]] = {'ipv4': set(), 'ipv6': set()}
    sides: dict[str, Side] = {}
    try:
        for name in places:
            try:
                fd = namespaces.open_named(name) if name != HOST else os.dup(home)
            except (FileNotFoundError, namespaces.StaleName):
                continue
            try:
                with namespaces.entered(fd, home):
                    found, side = _visit(name, name in group)
            finally:
                os.close(fd)
            for family, ends in found.items():
                forwarding[family] |= ends
            if side is not None:
                sides[name] = side
    finally:
        os.close(home)
    return forwarding, sides


def servers_in(text: str | None) -> list[str]:
    """The name servers of a resolv.conf, as resolv.conf(5) has them."""
    found = []
    for line in (text or '').splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == 'nameserver':
            found.append(words[1].partition('%')[0].lower())
    return found


def hosts_line(text: str | None) -> list[str]:
    """The words of the line of hosts in a nsswitch.conf."""
    for line in (text or '').splitlines():
        key, _colon, words = line.partition('#')[0].partition(':')
        if key.strip() == 'hosts':
            return words.split()
    return []


def _resolver(namespace: str, lives: t.Sequence[Process]) -> Resolver:
    host = files.read(RESOLV)
    if namespace == HOST:
        return Resolver([(server, RESOLV, False) for server in servers_in(host)])
    folder = '%s/%s/' % (FOLDER, namespace)
    own, switch = files.read(folder + 'resolv.conf'), files.read(folder + 'nsswitch.conf')
    found = Resolver()
    if own is None:
        found.servers = [
            (server, '%s, for there is no %sresolv.conf' % (RESOLV, folder), True)
            for server in servers_in(host)
        ]
    else:
        found.servers = [(server, folder + 'resolv.conf', False) for server in servers_in(own)]
    source = NSSWITCH if switch is None else folder + 'nsswitch.conf'
    found.ask(_helpers('', source), source)
    seen = {_status(RESOLV) if own is None else None, _status(folder + 'resolv.conf')}
    for holder in lives:
        root = '/proc/%d/root' % holder.pid
        path = files.within(root, RESOLV)
        status = _status(path)
        if status not in seen:
            found.servers += [
                (server, 'the %s of process %s' % (RESOLV, holder.text()), status == _status(RESOLV))
                for server in servers_in(files.read(path))
            ]
        seen.add(status)
        found.ask(
            _helpers(root, NSSWITCH) + (['nscd'] if _is_shared(root, NSCD) else []),
            'process ' + holder.text(),
        )
    return found


def _helpers(root: str, switch: str) -> list[str]:
    """The programs of the host that are asked by who sees the nsswitch.conf *switch*, below the root of a process."""
    words = hosts_line(files.read(files.within(root, switch)))
    return ['nss-' + word for word in words if word in HELPERS and _is_shared(root, HELPERS[word])]


def _is_shared(root: str, path: str) -> bool:
    """Whether a process sees the host's own file at *path*, and not one that hides it."""
    status = _status(path)
    return status is not None and _status(files.within(root, path)) == status


def _status(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _observed() -> Snapshot:
    """All namespaces that have a name. Others may make and remove some meanwhile."""
    for _number in range(_TRIES):
        try:
            return observe(Query(set(namespaces.named())))
        except EngineError as exc:
            if not isinstance(exc.__cause__, (FileNotFoundError, namespaces.StaleName)):
                raise
    return observe(Query(set(namespaces.named())))


def look(group: t.Collection[str]) -> Ground:
    """What there is to be judged about the namespaces of *group*, which are all there. Raises EngineError."""
    snapshot = _observed()
    try:
        forwarding, sides = namespaces.in_thread(_all, sorted(snapshot.seen), group)
    except netlink.Torn as exc:
        raise EngineError(
            Problem('reading the kernel', str(exc), do='run it again when the host is quieter')
        ) from exc
    except OSError as exc:
        do = NEEDS_ROOT if exc.errno in (errno.EPERM, errno.EACCES) else 'run it again'
        raise EngineError(Problem('reading the kernel', plainly(exc), do=do)) from exc
    missing = [name for name in group if name not in sides]
    if missing:
        raise EngineError(
            *(
                Problem('separate', 'namespace %s is not there any more' % name, do='run it again')
                for name in missing
            )
        )
    lives = holders.processes(name for name in group if name != HOST)
    for name, side in sides.items():
        side.identity, side.routes = snapshot.seen[name].identity, snapshot.seen[name].routes
        side.resolver = _resolver(name, lives.get(name, []))
    links = {(name, link.name): link for name, seen in snapshot.seen.items() for link in seen.links.values()}
    return Ground(
        sides,
        links,
        forwarding,
        sockets.holders({sock.inode for side in sides.values() for sock in side.sockets}),
    )
