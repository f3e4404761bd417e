# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who holds what is declared, and what else waits on the host."""

from __future__ import annotations

import contextlib
import pwd
import typing as t

from ...kernel import files
from ...kernel.sockets import Holder, Socket
from ...objects.listener import UNIT_SUFFIXES, Listener
from ...values.bound import overlap, where
from ...values.problems import Problem
from .rows import Row
from .scene import Scene


def _expected(listener: Listener, sock: Socket, held: t.Sequence[Holder]) -> bool:
    """Whether a socket is held by whom the listener names."""
    wanted = listener.holder
    if wanted.endswith(UNIT_SUFFIXES):
        return (
            any(holder.unit == wanted for holder in held)
            or listener.activation
            and any(holder.pid == 1 for holder in held)
        )
    if wanted.startswith('/'):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((files.read(wanted) or '').split()[0]) in [holder.pid for holder in held]
        return False
    try:
        return pwd.getpwnam(wanted).pw_uid == sock.uid
    except KeyError:
        return False


class Found(t.NamedTuple):
    """What is there for a row: its own sockets, those of its owner elsewhere that are in the way, and those
    of others.
    """

    own: list[Socket]
    elsewhere: list[Socket]
    foreign: list[Socket]


def judge(row: Row, scene: Scene, rows: t.Sequence[Row] = ()) -> Found:
    """Whose sockets are in the place of *row*. What stands exactly where another of *rows* is declared
    belongs to that one.
    """
    found = Found([], [], [])
    for sock in scene.sites[row.place.namespace].sockets:
        if not overlap(sock.place, row.place):
            continue
        exact = sock.place == row.place
        if not exact and any(sock.place == other.place for other in rows):
            continue
        if not row.listener.holder:
            (found.own if exact else found.foreign).append(sock)
        elif _expected(row.listener, sock, scene.holders.get(sock.inode, [])):
            (found.own if exact else found.elsewhere).append(sock)
        else:
            found.foreign.append(sock)
    return found


def in_the_way(row: Row, found: Found, scene: Scene) -> Problem:
    """The problem that sockets of others are."""
    listener = row.listener
    told = '; '.join('%s, held by %s' % (sock.place.text(), scene.text(sock)) for sock in found.foreign[:3])
    if listener.holder:
        return Problem(
            listener.path,
            'somebody else has its place',
            told,
            '%s for %s' % (listener.holder, where(row.place)),
            'end that, or choose another address or port',
        )
    return Problem(
        listener.path,
        'a socket is in the way',
        told,
        where(row.place),
        'if that is the application, set owner, else end it or choose another address or port',
    )


def shared(row: Row, found: Found, scene: Scene) -> str:
    """A warning where several sockets have one place, and it was not said that they may."""
    if len(found.own) < 2 or row.listener.reuseport:
        return ''
    return (
        '%s: %d sockets share %s by SO_REUSEPORT and part what arrives (held by %s); set reuseport: true if that is meant'
        % (
            row.listener.path,
            len(found.own),
            where(row.place),
            '; '.join(scene.text(sock) for sock in found.own[:3]),
        )
    )
