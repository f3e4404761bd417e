# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commits of nft: what packets see of them, what of others and of a table itself stays, and the way back."""

from __future__ import annotations

import re
import socket
import threading
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document

from . import world
from .nftables_world import listed, table
from .world import run


def _lines(*, extra: str) -> Document:
    return {
        'name': 'flow',
        'nftables': [
            {
                'content': table(
                    'udp dport 5000 accept', 'udp dport 5001 drop', *(extra,), 'udp dport 5002 drop'
                )
            }
        ],
    }


def test_no_packet_passes_that_neither_allows_and_none_is_lost() -> None:
    """Packets over the loopback come in before sendto returns, or never: each is judged by the old table or
    by the new one."""

    def body() -> tuple[int, int, int, int]:
        receivers = []
        for port in (5000, 5001, 5002):
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            receiver.bind(('127.0.0.1', port))
            receivers.append(receiver)
        converge(_lines(extra='counter'))
        counts, stop = [0, 0, 0], threading.Event()
        sent = [0]

        def stream() -> None:
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            while not stop.is_set():
                for number, receiver in enumerate(receivers):
                    sender.sendto(b'x', ('127.0.0.1', 5000 + number))
                    try:
                        while receiver.recv(10):
                            counts[number] += 1
                    except BlockingIOError:
                        pass
                sent[0] += 1

        thread = threading.Thread(target=stream)
        thread.start()
        try:
            for number in range(100):
                outcome = converge(_lines(extra='udp dport %d drop' % (6000 + number)))
                assert [change.action for change in outcome.changes] == ['change']
        finally:
            stop.set()
            thread.join()
        return sent[0] - counts[0], counts[1], counts[2], sent[0]

    lost, second, third, sent = world.in_world(body)
    print('%d packets to each port' % sent)
    assert (lost, second, third) == (0, 0, 0)
    assert sent > 1000


OTHERS = '''table inet firewalld {
 chain filter_INPUT {
  type filter hook input priority 10;
  counter packets 7 bytes 700 accept
 }
}
table ip docker { set s { type ipv4_addr; flags dynamic,timeout; timeout 1d; elements = { 10.0.0.1 } }
}
table inet multinet-other { }
'''


def test_tables_of_others_stay_byte_for_byte() -> None:
    def body() -> None:
        run('nft -f -', text=OTHERS)
        run('iptables-restore -c', text='*filter\n:DOCKER - [0:0]\n[5:500] -A INPUT -j DOCKER\nCOMMIT\n')

        def theirs() -> list[str]:
            text = re.sub(r' expires \S+', '', listed())
            parts = re.split(r'^table ', text, flags=re.MULTILINE)[1:]
            return sorted(
                part
                for part in parts
                if not part.startswith(('inet mine ', 'inet multinet-x ', 'ip filter '))
            )

        before = theirs()
        assert len(before) == 3
        for number in range(10):
            outcome = converge(
                {
                    'name': 'x',
                    'nftables': [
                        {'content': table('tcp dport %d drop' % (number + 1))},
                        {'table': 'mine', 'content': table('accept')},
                    ],
                    'iptables': [
                        {'chain': 'INPUT', 'rules': ['-p tcp -m tcp --dport %d -j DROP' % (number + 1)]}
                    ],
                }
            )
            assert outcome.changes
            assert theirs() == before
            assert '[5:500] -A INPUT -j DOCKER' in run('iptables-save -c')
        converge({'name': 'x'}, absent=True)
        assert theirs() == before

    world.in_world(body)


def _stopping(last: int) -> t.Callable[[Operation], None]:
    """Ends a run after so many operations."""
    done: list[Operation] = []

    def step(op: Operation) -> None:
        done.append(op)
        if len(done) == last:
            raise EngineError('stop')

    return step


def test_what_is_in_a_table_stays_while_it_is_as_declared_and_comes_back_with_undo() -> None:
    content = table(
        'udp dport 9 counter accept',
        'ip saddr 127.0.0.0/8 add @seen { ip saddr }',
        'update @rates { ip saddr limit rate 5/second }',
        objects=(
            'set seen { type ipv4_addr; flags dynamic, timeout; timeout 1h; }\n'
            'set rates { type ipv4_addr; size 100; flags dynamic; }\n'
            'counter named { }\n'
        ),
    )
    first: Document = {'name': 'x', 'nftables': [{'content': content}]}
    second: Document = {
        'name': 'x',
        'nftables': [
            {'content': content + '\nchain more { }'},
            {'table': 'another', 'content': 'chain c { }'},
        ],
    }

    def state() -> str:
        return re.sub(r'( expires \S+| # handle \d+)', '', listed())

    def body() -> None:
        converge(first)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b'x', ('127.0.0.1', 9))
        before = state()
        for expected in ('counter packets 1 bytes 29', '127.0.0.1 limit rate', 'elements = { 127.0.0.1'):
            assert expected in before, before
        assert converge(first).ops == 0
        assert state() == before
        for last in (1, 2):
            with pytest.raises(EngineError) as caught:
                converge(second, step=_stopping(last))
            assert caught.value.texts() == ('stop', 'everything done before was undone')
            assert state() == before
        run('nft flush chain inet multinet-x c')
        assert [change.action for change in converge(first).changes] == ['change']

    world.in_world(body)


FILLING = """set banned { type ipv4_addr; flags dynamic, timeout; timeout 1h; }
set seen { type ipv4_addr; size 100; flags dynamic; }
counter named { }
"""


def _with(port: int, more: str = '') -> Document:
    rules = (
        'udp dport 9 counter name named',
        'ip saddr 127.0.0.0/8 add @seen { ip saddr limit rate 5/second }',
        'tcp dport %d ip saddr @banned drop' % port,
    )
    other = '\nchain other {\n counter\n}\n'
    content = table(*rules, 'jump other', objects=FILLING + 'chain other { }\n').replace(
        'chain other { }\n', other
    )
    return {'name': 'x', 'nftables': [{'content': content + more}]}


def _fill() -> None:
    run('nft add element inet multinet-x banned { 192.0.2.1, 192.0.2.2 timeout 1d }')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b'x', ('127.0.0.1', 9))


@pytest.mark.parametrize(
    'more, counted',
    [
        ('', True),
        ('\nchain more { accept; }', False),
        ('\nset more { type mark; }', False),
        ('\nset more { type mark; flags timeout; }\nchain more { }', False),
    ],
)
def test_sets_that_fill_keep_their_elements_when_other_parts_change(more: str, counted: bool) -> None:
    def body() -> None:
        converge(_with(80))
        _fill()
        assert [change.action for change in converge(_with(81, more)).changes] == ['change']
        after = listed()
        assert 'tcp dport 81' in after and 'tcp dport 80' not in after
        assert '192.0.2.1' in after and '192.0.2.2 timeout 1d' in after
        assert '127.0.0.1 limit rate' in after
        # What only rules have counted in other chains goes on too, unless the table has to be made again.
        assert ('counter packets 0' not in after and 'packets 1 bytes 29' in after) == counted
        assert converge(_with(81, more)).ops == 0

    world.in_world(body)


def test_a_set_that_is_declared_otherwise_begins_anew() -> None:
    other = FILLING.replace('timeout 1h', 'timeout 2h')

    def body() -> None:
        converge(_with(80))
        _fill()
        document = _with(80)
        document['nftables'][0]['content'] = document['nftables'][0]['content'].replace(FILLING, other)
        converge(document)
        assert '192.0.2.1' not in listed() and '127.0.0.1 limit rate' in listed()

    world.in_world(body)


def test_undo_brings_back_what_was_there_before_the_first_of_several_rounds() -> None:
    def behind_the_back(_op: Operation) -> None:
        run('nft add rule inet multinet-x other drop')

    def state() -> str:
        return re.sub(r'( expires \S+| # handle \d+)', '', listed())

    def body() -> None:
        converge(_with(80))
        _fill()
        before = state()
        with pytest.raises(EngineError, match='after 3 rounds'):
            converge(_with(81), step=behind_the_back)
        assert state() == before

    world.in_world(body)
