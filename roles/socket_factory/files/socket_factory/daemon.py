# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemon: takes clients, serves each in a thread of its own, and watches over its rules."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
import traceback

from .allow_list import Config
from .clients import Client, Places, admitted, peer_of
from .maker import SocketMaker
from .request import Refused, addresses_of, connected, request_of, target_of
from .rules import UNCONFINED, Canary

_LOOKS = 1.0  # seconds between two looks whether the rules are in force


class Log:
    """Lines for the journal, and not more than *most* in *seconds*: what came in between is counted."""

    def __init__(self, most: int = 20, seconds: float = 10) -> None:
        self._lock = threading.Lock()
        self._most, self._seconds = most, seconds
        self._began, self._count = time.monotonic(), 0

    def __call__(self, text: str) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._began > self._seconds:
                if self._count > self._most:
                    print(
                        '%d lines more were left out' % (self._count - self._most),
                        file=sys.stderr,
                        flush=True,
                    )
                self._began, self._count = now, 0
            self._count += 1
            if self._count <= self._most:
                print(text, file=sys.stderr, flush=True)


class Factory:
    def __init__(self, config: Config, maker: SocketMaker) -> None:
        self._maker = maker
        self.config, self.log, self.canary = config, Log(), Canary(config.allow)
        self._places = Places(config.clients, config.clients_per_user)

    def make(self, request: str) -> socket.socket:
        host, address, port = target_of(request)
        entries = [entry for entry in self.config.allow if entry.covers(host, address, port)]
        if not entries:
            raise Refused('is not on the list')
        addresses = addresses_of(entries, host, address, port)
        problem = self.canary.problem()
        if problem:
            raise Refused(problem)
        return connected(self._maker, addresses, port, self.config.connect_timeout)

    def _refuse(self, link: socket.socket, peer: Client, request: str, reason: str) -> None:
        self.log('%s: %r: refused: %s' % (peer, request[:200], reason))
        with contextlib.suppress(OSError):
            link.sendall(('-' + reason).encode('utf-8', 'replace'))

    def _answer(self, link: socket.socket, peer: Client) -> None:
        """Serve one client, whatever it does."""
        request = ''
        try:
            try:
                if not admitted(peer, self.config):
                    raise Refused('user %d may ask for nothing here' % peer.user)
                request = request_of(link, self.config.request_timeout)
                made = self.make(request)
            finally:  # once it has an answer, the client may ask again
                self._places.release(peer.user)
            with made:
                link.settimeout(self.config.request_timeout)
                socket.send_fds(link, [b'+'], [made.fileno()])
        except Refused as exc:
            link.settimeout(self.config.request_timeout)
            self._refuse(link, peer, request, str(exc))
        except OSError as exc:
            self.log('%s: %r: went away (found: %s)' % (peer, request[:200], exc))
        except Exception:  # the others are to be served all the same
            self.log('%s: %r: %s' % (peer, request[:200], traceback.format_exc()))
        finally:
            link.close()

    def _take(self, link: socket.socket) -> None:
        """Nothing here waits for what a client does: who has a full share is told so, and gone."""
        peer = peer_of(link)
        if not self._places.take(peer.user):
            link.setblocking(False)
            each = self._places.each
            self._refuse(
                link,
                peer,
                '',
                'user %d is being served %d times already; wait for one of them' % (peer.user, each),
            )
            link.close()
            return
        try:
            threading.Thread(target=self._answer, args=(link, peer), daemon=True).start()
        except BaseException:
            self._places.release(peer.user)
            raise

    def _problem(self) -> str:
        """Why this process has to start anew; nothing if it has not."""
        if self._maker.ended():
            return 'the process that makes sockets has ended'
        problem = self.canary.problem()
        return problem if problem == UNCONFINED else ''

    def _watch(self) -> None:
        """End this process once the rules are gone, whoever removed them: its next start puts them back."""
        while True:
            time.sleep(_LOOKS)
            problem = self._problem()
            if problem:
                print(problem, file=sys.stderr, flush=True)
                os._exit(1)

    def serve(self, listener: socket.socket) -> None:
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            try:
                link, _path = listener.accept()
                self._take(link)
            except (OSError, RuntimeError) as exc:  # no descriptor, or no thread, is left
                self.log('cannot take a client (found: %s)' % exc)
                time.sleep(0.1)
