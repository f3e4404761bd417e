# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who holds the sockets of listeners, and who else is in their place."""

from __future__ import annotations

import contextlib
import pwd
import typing as t

from ...kernel import files
from ...kernel.sockets import Socket
from ...objects.listener.value import UNIT_SUFFIXES, Listener
from ...values.endpoint import conflict
from ...values.problems import Problem
from .bindings import Binding
from .host_sockets import HostSockets

_MOST_SOCKETS = 3  # that a message names


class Held(t.NamedTuple):
    """The sockets at the endpoint of a binding: its own, those of its holder that are bound elsewhere, and
    those of others.
    """

    own: list[Socket]
    elsewhere: list[Socket]
    foreign: list[Socket]


def held_by(binding: Binding, host: HostSockets, bindings: t.Sequence[Binding] = ()) -> Held:
    """The sockets at the endpoint of *binding*.

    One that is exactly at that of another of *bindings* belongs to it.
    """
    held = Held([], [], [])
    for sock in host.namespaces[binding.endpoint.namespace].sockets:
        exact = sock.endpoint == binding.endpoint
        if not conflict(sock.endpoint, binding.endpoint):
            continue
        if not exact and any(sock.endpoint == other.endpoint for other in bindings):
            continue
        if binding.listener.holder and _is_expected(binding.listener, sock, host):
            (held.own if exact else held.elsewhere).append(sock)
        elif exact and not binding.listener.holder:
            held.own.append(sock)
        else:
            held.foreign.append(sock)
    return held


def _is_expected(listener: Listener, sock: Socket, host: HostSockets) -> bool:
    """Whether the holder of a socket is the one that the listener names."""
    holder = listener.holder
    pids = [process.pid for process in host.holders_of(sock)]
    if holder.endswith(UNIT_SUFFIXES):
        by_systemd = listener.activation and 1 in pids
        return by_systemd or any(process.unit == holder for process in host.holders_of(sock))
    if holder.startswith('/'):
        return _process_number(holder) in pids
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(holder).pw_uid == sock.uid
    return False


def _process_number(path: str) -> int | None:
    """The number in a file that an application keeps, in a folder that may be its own."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((files.read(path) or '').split()[0])
    return None


def in_the_way(binding: Binding, held: Held, host: HostSockets) -> Problem:
    """The problem that sockets of others are."""
    listener = binding.listener
    texts = []
    for sock in held.foreign[:_MOST_SOCKETS]:
        texts.append('%s, held by %s' % (sock.endpoint.text(), host.holders_text(sock)))
    found, want = '; '.join(texts), binding.endpoint.full_text()
    if listener.holder:
        return Problem(
            listener.path,
            'another process holds its address and port',
            found,
            '%s for %s' % (listener.holder, want),
            'end that, or choose another address or port',
        )
    return Problem(
        listener.path,
        'a socket conflicts with it',
        found,
        want,
        'if that is the application, set owner, else end it or choose another address or port',
    )


def shared(binding: Binding, held: Held, host: HostSockets) -> str:
    """A warning if several sockets have one endpoint, and the listener does not allow that; else ''."""
    if len(held.own) < 2 or binding.listener.reuseport:
        return ''
    text = (
        '%s: %d sockets share %s by SO_REUSEPORT and divide incoming traffic (held by %s); '
        'set reuseport: true if that is meant'
    )
    holders = [host.holders_text(sock) for sock in held.own[:_MOST_SOCKETS]]
    return text % (
        binding.listener.path,
        len(held.own),
        binding.endpoint.full_text(),
        '; '.join(holders),
    )
