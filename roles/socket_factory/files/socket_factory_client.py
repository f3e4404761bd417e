# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connected socket of another network namespace, from the socket factory that is there. Needs nothing but
this file.

    link = socket_factory_client.connect('/run/socket-factory/management', '10.0.0.1', 6761)

As a program it is a ProxyCommand of ssh with ProxyUseFdpass=yes (ssh_config(5)); no process stays between ssh
and the peer:

ssh -o ProxyUseFdpass=yes -o ProxyCommand='socket-factory-connect /run/socket-factory/management %h %p'
host.example
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import typing as t

_SO_NETNS_COOKIE = 71  # include/uapi/asm-generic/socket.h, Linux 5.14
_USAGE = 'usage: socket-factory-connect FACTORY HOST PORT, as the ProxyCommand of ssh with ProxyUseFdpass=yes'


class Refused(OSError):
    """The factory handed out no socket; the text says why."""


def connect(
    factory: str, host: str, port: int, timeout: float = 30, user: int = 0, cookie: int | None = None
) -> socket.socket:
    """A blocking socket, connected to *host* and *port* by the factory whose UNIX socket is at *factory*. It
    is of use for this peer only.

    Raises Refused, or another OSError where there is no factory. *timeout* is in seconds, for each of two
    things: until it is this client's turn, and until the factory has an answer. *user* is who opened the
    factory's socket: systemd, as root. With *cookie* the socket has to be of the namespace of that
    SO_NETNS_COOKIE.
    """
    with socket.socket(socket.AF_UNIX) as link:
        _wait_for_turn(link, factory, timeout)
        link.settimeout(timeout)
        owner = struct.unpack('iII', link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
        if owner != user:
            raise Refused('%s: belongs to somebody else (found user %d, want %d)' % (factory, owner, user))
        with contextlib.suppress(
            BrokenPipeError, ConnectionResetError
        ):  # refused already; the answer says why
            link.sendall(('%s:%d\n' % ('[%s]' % host if ':' in host else host, port)).encode('ascii'))
        data, descriptors, _flags, _address = socket.recv_fds(link, 1, 1)
        if data != b'+' or not descriptors:
            for descriptor in descriptors:
                os.close(descriptor)
            raise Refused(
                '%s: %s port %d: %s' % (factory, host, port, _rest(link) or 'went away without a word')
            )
    os.set_inheritable(descriptors[0], False)
    made = socket.socket(fileno=descriptors[0])
    found = made.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8) if cookie is not None else b''
    if (
        made.type != socket.SOCK_STREAM
        or made.getpeername()[1] != port
        or cookie is not None
        and struct.unpack('Q', found)[0] != cookie
    ):
        made.close()
        raise Refused('%s: handed out another socket than the one to %s port %d' % (factory, host, port))
    return made


def _wait_for_turn(link: socket.socket, factory: str, timeout: float) -> None:
    """Connect, in the order of all who wait while the queue of the factory is full.

    The kernel keeps that order for blocking sockets; others get EAGAIN at once (unix(7)).
    """
    seconds, part = divmod(timeout, 1)
    wait = struct.pack('ll', int(seconds), int(part * 1_000_000))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
    try:
        link.connect(factory)
    except BlockingIOError:
        raise Refused(
            '%s: is busy: it was not the turn of this client in %g s' % (factory, timeout)
        ) from None


def _rest(link: socket.socket) -> str:
    data = b''
    with contextlib.suppress(ConnectionResetError):  # it did not read all that was asked
        while len(data) < 4096:
            more = link.recv(4096)
            if not more:
                break
            data += more
    return data.decode('utf-8', 'replace')


def main(words: t.Sequence[str]) -> None:
    if len(words) != 3 or not words[2].isdigit():
        sys.exit(_USAGE)
    if not stat.S_ISSOCK(os.fstat(1).st_mode):
        sys.exit('standard output is not a socket: nobody is there to take the connection\n' + _USAGE)
    try:
        with connect(words[0], words[1], int(words[2])) as made, socket.socket(fileno=os.dup(1)) as ssh:
            socket.send_fds(ssh, [b'\0'], [made.fileno()])
    except OSError as exc:
        sys.exit('socket-factory-connect: %s' % exc)


if __name__ == '__main__':
    main(sys.argv[1:])
