# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the processes of a namespace look up names: name servers, and daemons that answer from the host's
network.
"""

from __future__ import annotations

import os
import typing as t

from ...kernel import files
from ...kernel.processes import Process
from ...objects.nameservers.value import FOLDER
from ...values.names import HOST
from ...values.resolvers import NSCD, SOCKETS_BY_WORD
from ...values.struct import Struct

RESOLV, NSSWITCH = '/etc/resolv.conf', '/etc/nsswitch.conf'


class NameServer(t.NamedTuple):
    """The address of a name server, and where it is written.

    ``of_host`` says that this is the host's file, where the namespace should have one of its own.
    """

    address: str
    written_in: str
    of_host: bool


class Resolver(Struct):
    """Where a namespace looks up names.

    ``daemons`` answer from the host's network, each with who asks it first.
    """

    servers: list[NameServer] = []
    daemons: dict[str, str] = {}

    def add_daemons(self, daemons: t.Iterable[str], who: str) -> None:
        for daemon in daemons:
            self.daemons.setdefault(daemon, who)

    def add_servers(self, text: str | None, written_in: str, of_host: bool) -> None:
        """Adds the name servers of a resolv.conf."""
        for address in servers_in(text):
            self.servers.append(NameServer(address, written_in, of_host))


def servers_in(text: str | None) -> list[str]:
    """The name servers of a resolv.conf(5)."""
    servers = []
    for line in (text or '').splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == 'nameserver':
            servers.append(words[1].partition('%')[0].lower())
    return servers


def hosts_line(text: str | None) -> list[str]:
    """The words of the line ``hosts`` of an nsswitch.conf(5)."""
    for line in (text or '').splitlines():
        key, _colon, words = line.partition('#')[0].partition(':')
        if key.strip() == 'hosts':
            return words.split()
    return []


def resolver_of(namespace: str, processes: t.Sequence[Process]) -> Resolver:
    """Where *namespace* and the *processes* in it look up names."""
    resolver = Resolver()
    if namespace == HOST:
        resolver.add_servers(files.read(RESOLV), RESOLV, False)
        return resolver
    folder = '%s/%s/' % (FOLDER, namespace)
    _add_files(resolver, folder)
    seen = {_identity(folder + 'resolv.conf')}
    if files.read(folder + 'resolv.conf') is None:
        seen.add(_identity(RESOLV))
    for process in processes:
        _add_process(resolver, process, seen)
    return resolver


def _add_files(resolver: Resolver, folder: str) -> None:
    """What "ip netns exec" would let a process see: the files of the namespace, and the host's in their
    place.
    """
    own = files.read(folder + 'resolv.conf')
    if own is None:
        missing = '%s, for there is no %sresolv.conf' % (RESOLV, folder)
        resolver.add_servers(files.read(RESOLV), missing, True)
    else:
        resolver.add_servers(own, folder + 'resolv.conf', False)
    switch = folder + 'nsswitch.conf'
    if files.read(switch) is None:
        switch = NSSWITCH
    resolver.add_daemons(_daemons('', switch), switch)


def _add_process(resolver: Resolver, process: Process, seen: set[tuple[int, int] | None]) -> None:
    """What a process sees, which may have mounts of its own. *seen* are the files that are known already."""
    root = '/proc/%d/root' % process.pid
    path = files.within(root, RESOLV)
    identity = _identity(path)
    if identity not in seen:
        seen.add(identity)
        written_in = 'the %s of process %s' % (RESOLV, process.text())
        resolver.add_servers(_read(path), written_in, identity == _identity(RESOLV))
    daemons = _daemons(root, NSSWITCH)
    if _is_shared(root, NSCD):
        daemons.append('nscd')
    resolver.add_daemons(daemons, 'process ' + process.text())


def _daemons(root: str, switch: str) -> list[str]:
    """The daemons of the host that a process asks which sees the nsswitch.conf *switch* below *root*."""
    words = hosts_line(_read(files.within(root, switch)))
    sockets = SOCKETS_BY_WORD
    return ['nss-' + word for word in words if word in sockets and _is_shared(root, sockets[word])]


def _read(path: str) -> str | None:
    """A file of a process, which may have ended, or have a mount there that cannot be read."""
    try:
        return files.read(path)
    except OSError:
        return None


def _is_shared(root: str, path: str) -> bool:
    """Whether a process sees the host's own file at *path*, and not one that hides it."""
    identity = _identity(path)
    return identity is not None and _identity(files.within(root, path)) == identity


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
