# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pattern of a probe is searched line by line, and a hostile peer cannot make the search long."""

from __future__ import annotations

import pathlib
import socket
import threading
import time

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.reachability import probes
from ansible_collections.multinet.linux.plugins.module_utils.engine.reachability.answers import (
    MOST_OF_LINE,
    MOST_SEARCHED,
    Matcher,
    answers,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.reachability import Probe


@pytest.mark.parametrize(
    'pattern, text, wanted',
    [
        ('', '', True),
        ('', 'a', True),
        ('^$', '', True),
        ('^b$', 'a\nb\nc', True),
        ('a.*c', 'a\nc', False),
        (r'a\nb', 'a\nb', False),
        ('b', 'a' * (MOST_OF_LINE - 1) + 'b', True),
        ('b', 'a' * MOST_OF_LINE + 'b', False),
        ('b', 'a\n' * (MOST_SEARCHED // 2 - 1) + 'b', True),
        ('b', 'a\n' * (MOST_SEARCHED // 2) + 'b', False),
    ],
)
def test_each_line_is_searched(pattern: str, text: str, wanted: bool) -> None:
    assert answers(pattern, text) == wanted
    if text:
        assert Matcher(pattern).matches(text.encode()) == wanted


@pytest.mark.parametrize('size', [1, 2, 3, 7])
def test_what_arrives_in_pieces_is_searched_as_a_whole(size: int) -> None:
    data = 'one\ntwö three\n\nfour'.encode()
    for pattern in ('^one$', '^twö three$', 'three', '^$', 'four', '^fo$', 'five', 'three\n'):
        matcher = Matcher(pattern)
        arrived = [data[: end + size] for end in range(0, len(data), size)]
        early = next((piece for piece in arrived if matcher.matches(piece)), None)
        expected = next(
            (piece for piece in arrived if answers(pattern, piece.decode('utf-8', 'replace'))), None
        )
        assert early == expected, pattern


def test_a_hostile_answer_takes_no_time(tmp_path: pathlib.Path) -> None:
    """Three ``.*`` take a time that grows with the cube of the length: 30 kB took 47 s."""
    path = str(tmp_path / 'socket')
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def flood() -> None:
            link, _address = server.accept()
            with link:
                link.sendall(b'220 ESMTP ' * 1200)

        thread = threading.Thread(target=flood)
        thread.start()
        began = time.process_time()
        probe = Probe('probes[0]', 'unix', '', path, answer='220 .*ESMTP.*ready', timeout=2.0, tries=1)
        verdict, _seconds = probes.run(probe)
        thread.join()
    assert (verdict.state, verdict.detail) == ('open', 'connected')
    assert time.process_time() - began < 1
