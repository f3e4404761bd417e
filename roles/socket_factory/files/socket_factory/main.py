# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand out connected TCP sockets of this network namespace over a UNIX socket.

socket-factory serve CONFIG                on the socket that systemd passes (sd_listen_fds(3))
socket-factory confine CONFIG TABLE USER   put the egress rules of the same list in force, with nft
socket-factory rules CONFIG TABLE USER     show them

``serve`` needs CAP_NET_ADMIN, for one process that makes sockets (maker.py); the one that answers clients has
no capability.

A client connects, and sends ``HOST:PORT`` and a newline; an IPv6 address is in brackets. The answer is ``+``
with one descriptor (SCM_RIGHTS, unix(7)), or ``-`` and why not, until the end. Each client is served for
itself, and none can end this process.

Whoever has a socket can point it elsewhere (connect(2) with AF_UNSPEC, then again). Two barriers bind it to
its peer for as long as it lives. Its filter (barrier.py) is a part of it. It also keeps the owner that opened
it, which the rules of nft (rules.py) bind to the list; where they are not in force nothing is handed out,
since before each answer this process connects to a socket of its own, which they refuse.
"""

from __future__ import annotations

import os
import socket
import sys
import typing as t

from . import rules
from .allow_list import FactoryError, read
from .daemon import Factory
from .maker import SocketMaker, make_sockets

_LISTENER = 3  # SD_LISTEN_FDS_START, sd_listen_fds(3)
_START = (
    'import sys; sys.path.insert(0, sys.argv.pop(1));'
    ' from socket_factory import main; main.main(sys.argv[1:])'
)


def _tell_systemd() -> None:
    """That clients are served from now on: sd_notify(3)."""
    path = os.environ.get('NOTIFY_SOCKET', '')
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(b'READY=1', path)


def _serve(config: str) -> None:
    """Fork the process that makes sockets, and go on as the one that answers, without its capability.

    Who is not root keeps none over execve(2) that is not ambient (capabilities(7)).
    """
    if os.environ.get('LISTEN_FDS') != '1' or os.environ.get('LISTEN_PID') != str(os.getpid()):
        raise FactoryError(
            'one socket is wanted of systemd (found LISTEN_FDS=%s); start the unit'
            % os.environ.get('LISTEN_FDS')
        )
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if not os.fork():
        ours.close()
        os.close(_LISTENER)
        make_sockets(theirs)
        os._exit(0)
    theirs.close()
    os.set_inheritable(ours.fileno(), True)
    program = [sys.executable, '-I', '-c', _START, os.path.dirname(os.path.dirname(__file__))]
    program += ['answer', config, str(ours.fileno())]
    os.execvp('setpriv', ['setpriv', '--ambient-caps=-all', *program])


def _answer(config: str, maker: int) -> None:
    factory = Factory(read(config), SocketMaker(socket.socket(fileno=maker)))
    problem = factory.canary.problem()
    if problem:
        raise FactoryError(problem)
    listener = socket.socket(fileno=_LISTENER)
    listener.setblocking(True)
    _tell_systemd()
    factory.serve(listener)


def _run(words: t.Sequence[str]) -> None:
    if len(words) == 4 and words[0] in ('confine', 'rules'):
        text = rules.rules(read(words[1]), *words[2:])
        if words[0] == 'rules':
            print(text, end='')
        else:
            rules.load(text)
    elif len(words) == 2 and words[0] == 'serve':
        _serve(words[1])
    elif len(words) == 3 and words[0] == 'answer':
        _answer(words[1], int(words[2]))
    else:
        raise FactoryError(str(__doc__))


def main(words: t.Sequence[str]) -> None:
    try:
        _run(words)
    except FactoryError as error:
        sys.exit(str(error))
