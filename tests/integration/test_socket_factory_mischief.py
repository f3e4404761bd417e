# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients of the socket factory that are many, silent, slow or hostile, and others who are served all the
same.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import threading
import time
import typing as t

from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.factory_world import (
    CLIENT,
    GROUP,
    PATH,
    SILENT,
    as_client,
    factory,
    greeting,
)

HONEST = 64120  # a user of the group who has nothing to do with CLIENT


def _links(number: int, request: bytes = b'') -> list[socket.socket]:
    """As many connections as there is room for right now, each with a request."""
    links = []
    for _number in range(number):
        link = socket.socket(socket.AF_UNIX)
        link.setblocking(False)
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            link.connect(PATH)
            link.send(request)
        links.append(link)
    return links


@contextlib.contextmanager
def _beside(function: t.Callable[[], t.Any], *args: t.Any) -> t.Iterator[None]:
    """*function* for CLIENT in a process of its own, for as long as the context lasts."""
    source, sink = os.pipe()

    def body() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
        os.setgroups([])
        os.setresgid(GROUP, GROUP, GROUP)
        os.setresuid(CLIENT, CLIENT, CLIENT)
        function(*args, lambda: os.write(sink, b'x'))

    number, answer = world.child(body)
    try:
        assert os.read(source, 1) == b'x'
        yield
    finally:
        os.kill(number, signal.SIGKILL)
        world.result(number, answer)
        os.close(source)
        os.close(sink)


def _many() -> None:
    # The silent ones have a minute; that the others are answered before is what is shown.
    with factory(request_timeout=60, clients_per_user=256) as (daemon, _peer):

        def ask() -> list[str]:
            silent = _links(5, b'10.0')
            found: list[str] = []
            threads = [
                threading.Thread(target=lambda: found.append(greeting('10.0.0.1', 80)))
                for _number in range(200)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for link in silent:
                with contextlib.suppress(BlockingIOError):
                    found.append(repr(link.recv(1)))
            return found

        assert as_client(ask) == ['10.0.0.9 80'] * 200
        assert daemon.poll() is None


def test_two_hundred_clients_and_silent_ones() -> None:
    world.in_world(_many)


def _answers(links: t.Iterable[socket.socket]) -> list[bytes]:
    answers = []
    for link in links:
        link.settimeout(30)
        answers.append(link.recv(200))
    return answers


def _silent() -> None:
    with factory(request_timeout=0.2, clients=3, clients_per_user=20):
        # More than there is room for: the others wait.
        answers = as_client(lambda: _answers(_links(10)))
        assert set(answers) == {b'-no request within 0.2 s; send HOST:PORT and a newline'}


def test_silent_ones_are_told_to_go() -> None:
    world.in_world(_silent)


def _share() -> None:
    with factory(request_timeout=60, clients=4):  # so 2 for each user

        def ask() -> tuple[list[bytes], str]:
            links = _links(5, b'10.0')
            refused = _answers(links[2:])
            links[0].close()
            while 'already' in (answer := greeting('10.0.0.1', 80)):  # until that has been noticed
                pass
            return refused, answer

        refused, answer = as_client(ask)
        assert set(refused) == {b'-user %d is being served 2 times already; wait for one of them' % CLIENT}
        assert answer == '10.0.0.9 80'


def test_a_user_has_a_share_of_the_places() -> None:
    world.in_world(_share)


def _one_by_one() -> None:
    with factory(clients=1):
        greetings = as_client(lambda: [greeting('10.0.0.1', 80) for _time in range(2000)])
        assert set(greetings) == {'10.0.0.9 80'}


def test_a_place_is_free_before_the_answer() -> None:
    world.in_world(_one_by_one)


def _shut_out() -> None:
    with factory(connect_timeout=60) as (daemon, _peer):

        def attack(ready: t.Callable[[], t.Any]) -> None:
            links = _links(1500, b'10.0.0.1:%d\n' % SILENT)
            ready()
            while True:
                for number, link in enumerate(links):
                    link.close()
                    links[number : number + 1] = _links(1, b'10.0.0.1:%d\n' % SILENT)

        with _beside(attack):
            for _time in range(20):
                assert as_client(greeting, '10.0.0.1', 80, user=HONEST) == '10.0.0.9 80'
        assert daemon.poll() is None


def test_one_user_shuts_out_nobody() -> None:
    world.in_world(_shut_out)


def _full() -> None:
    with factory() as (daemon, _peer):
        daemon.send_signal(signal.SIGSTOP)
        links = _links(400)
        greeted: list[str] = []
        waiting = threading.Thread(target=lambda: greeted.append(as_client(greeting, '10.0.0.1', 80)))
        waiting.start()
        time.sleep(0.5)  # where it does not wait, it has gone by then
        daemon.send_signal(signal.SIGCONT)
        waiting.join()
        assert greeted == ['10.0.0.9 80'] and len(links) == 400


def test_the_library_waits_for_its_turn() -> None:
    world.in_world(_full)


def _slowly(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for byte in b'10.0.0.1:80 and more, a byte at a time':
            link.send(bytes([byte]))
            time.sleep(0.05)


def _descriptors(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for _time in range(10):
            socket.send_fds(link, [b'1'], [link.fileno()] * 200)
        link.send(b':80\n')


def _huge(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.settimeout(5)
        link.sendall(b'x' * 10_000_000)


def _early(link: socket.socket) -> None:
    link.send(b'10.0.0.1:80\n')
    link.close()


def _half_closed(link: socket.socket) -> None:
    link.send(b'10.0.0.1')
    link.shutdown(socket.SHUT_WR)


def _open(process: int) -> tuple[int, int]:
    """How many descriptors and threads a process has."""
    return len(os.listdir('/proc/%d/fd' % process)), len(os.listdir('/proc/%d/task' % process))


def _mischief() -> None:
    with factory(request_timeout=0.5, clients_per_user=20) as (daemon, _peer):
        assert as_client(greeting, '10.0.0.1', 80) == '10.0.0.9 80'
        before = _open(daemon.pid)

        def play() -> list[str]:
            greetings = []
            for trick in (_slowly, _descriptors, _huge, _early, _half_closed):
                for _time in range(10):
                    link = socket.socket(socket.AF_UNIX)
                    link.connect(PATH)
                    trick(link)
                    greetings.append(greeting('10.0.0.1', 80))
            return greetings

        assert set(as_client(play)) == {'10.0.0.9 80'}
        until = time.monotonic() + 60
        while _open(daemon.pid) != before:
            assert time.monotonic() < until, (before, _open(daemon.pid))
        daemon.kill()
        assert daemon.stderr and 'Traceback' not in daemon.stderr.read()


def test_mischief_leaves_nothing_behind() -> None:
    world.in_world(_mischief)
