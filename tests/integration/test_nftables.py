# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of nft: what is declared is there, atomically, and nothing else is ever touched."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nfnetlink import generation
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables import tool as nft
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError, InputError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

RULES: dict[str, tuple[str, ...]] = {
    'inet': (
        'tcp dport https accept',
        'tcp dport {ssh,http, 8000-8010} counter',
        'meta l4proto { tcp, 17 } drop',
        'ip saddr 10.1.2.3/8 drop',
        'ip daddr != 192.168.000.1 drop',
        'ip6 saddr FD00:0:0::/48 drop',
        'ct state related,established accept',
        'ct state != new drop',
        'ct mark set mark or 0x10',
        'limit rate 10/second burst 20 packets accept',
        'limit rate over 1 mbytes/second drop',
        'log prefix "in: " flags all',
        'meta mark & 0xff == 0x1 drop',
        'icmp type { echo-request, 0 } accept',
        'icmpv6 type nd-neighbor-solicit accept',
        'meta skuid root drop',
        'tcp flags & (fin | syn | rst | ack) == syn counter',
        'tcp option maxseg size set 1200',
        'th sport 53 drop',
        'fib daddr type local accept',
        'iif lo accept',
        'iifname "eth*" drop',
        'oifname { "a", "b" } drop',
        'ip dscp cs1 drop',
        'meta length 100-200 drop',
        'pkttype broadcast drop',
        'reject with icmpx admin-prohibited',
        'reject with tcp reset',
        'quota over 25 mbytes drop',
        'jump other',
        'goto other',
        'return',
        'ct count over 20 reject',
        'numgen random mod 10 < 5 drop',
        'ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.2-10.0.0.9 . 80-90 } accept',
        'tcp dport vmap { 22 : accept, 80-90 : drop, https : jump other }',
        'ip saddr @bad drop',
        'ip saddr . tcp dport @pairs accept',
        'update @seen { ip saddr limit rate over 3/minute } drop',
        'meta mark set tcp dport map @marks',
        'counter name hits',
        'quota name much drop',
        'comment "quotes, } { and # too"',
        'tcp dport $web accept',
        'meter m { ip saddr ct count over 5 } reject',
        'ip ttl lt 5 drop',
        'ether saddr 02:00:00:00:00:AA accept',
        'ct original ip daddr 10.0.0.1 accept',
        'rt type 0 drop',
        'exthdr frag exists drop',
        'meta time "2030-01-01 10:00:00" drop',
        'meta hour "08:00"-"17:00" drop',
        'socket transparent 1 accept',
        'ct zone 3 drop',
        'ip protocol esp drop',
    ),
    'ip': (
        'ip frag-off & 0x1fff != 0 drop',
        'icmp type echo-request reject',
        'udp length > 1000 drop',
        'ip version 4 drop',
    ),
    'ip6': (
        'ip6 nexthdr udp drop',
        'ip6 daddr ff02::1 accept',
        'ip6 hoplimit 1 drop',
        'ip6 flowlabel 5 drop',
        'icmpv6 type 133-137 accept',
    ),
    'arp': (
        'arp operation request counter',
        'arp saddr ip 10.0.0.1 drop',
        'arp daddr ether 02:00:00:00:00:01 accept',
    ),
    'bridge': (
        'ether type arp accept',
        'ether saddr { 02:00:00:00:00:01 } drop',
        'ip saddr 10.0.0.0/8 tcp dport 22 drop',
        'vlan id 5 drop',
    ),
    'netdev': ('ether type vlan drop', 'ip saddr 10.0.0.0/8 drop'),
}
OBJECTS = '''
  define web = { 80, 443 }
  comment "what is said of the table"
  counter hits { }
  quota much { over 25 mbytes }
  set bad { type ipv4_addr; flags interval; auto-merge; elements = { 10.9.0.0/24, 10.9.1.0/24, 10.1.1.1 comment "one } only" } }
  set seen { type ipv4_addr; size 1000; flags dynamic, timeout; timeout 1h; }
  set pairs { typeof ip saddr . tcp dport; elements = { 10.0.0.9 . 80, 10.0.0.1 . https } }
  map marks { type inet_service : mark; elements = { 80 : 0x10, 22 : 5 } }
  chain other { }
'''


def table(*rules: str, hook: str = 'filter hook input priority 0', objects: str = '') -> str:
    return objects + 'chain c {\n type %s; policy accept;\n %s\n}' % (hook, '\n '.join(rules))


HOOKS = {'netdev': 'filter hook ingress device lo priority 0'}
EVERYTHING: Document = {
    'name': 'all',
    'nftables': [
        *(
            {
                'family': family,
                'content': table(
                    *rules,
                    hook=HOOKS.get(family, 'filter hook input priority 0'),
                    objects=OBJECTS if family == 'inet' else '',
                ),
            }
            for family, rules in RULES.items()
        ),
        {
            'table': 'all-nat',
            'content': table(
                'ip daddr 10.0.0.1 tcp dport 80 dnat ip to 10.0.0.2:8080',
                'tcp dport 81 redirect to :99',
                hook='nat hook prerouting priority dstnat',
            )
            + '\nchain d {\n type nat hook postrouting priority srcnat;\n'
            ' ip saddr 10.0.0.0/8 masquerade\n oifname "x" snat ip6 to fd00::1\n}',
        },
    ],
}


def listed() -> str:
    """All that nft knows, with counters and handles."""
    return run('nft -a list ruleset')


def test_any_spelling_is_as_declared_at_once() -> None:
    def body() -> tuple[t.Any, ...]:
        assert len(converge(EVERYTHING).changes) == len(EVERYTHING['nftables'])
        before, number = listed(), generation()
        again = converge(EVERYTHING)
        told, left_out = describe(None, 'all')
        fed_back = converge(told)
        assert (listed(), generation()) == (before, number)
        removed = converge(EVERYTHING, absent=True)
        return again.ops, fed_back.ops, left_out, len(told['nftables']), len(removed.changes), listed()

    number = len(EVERYTHING['nftables'])
    assert sum(map(len, RULES.values())) > 70
    assert world.in_world(body) == (0, 0, [], number, number, '')


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
    """Packets over the loopback come in before sendto returns, or never: each is judged by the old table or by the new one."""

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


def _unread(document: Document, changes: t.Sequence[str]) -> None:
    """What is proven is not read, and reading it says the same; what others have changed is seen either way."""
    started: list[str] = []
    real = nft.Process

    def process(argv: t.Sequence[str], text: str, *more: t.Any) -> t.Any:
        started.append(text)
        return real(argv, text, *more)

    def outcome(proven: bool) -> tuple[list[str], bool]:
        if not proven:
            shutil.copy('/run/multinet/scopes/x.json', '/run/x.json')
            run('sed -i s/cookie:[0-9]*:[0-9]*/cookie:0:0/ /run/multinet/scopes/x.json')
        started.clear()
        found = [change.title for change in converge(document, check=True).changes], bool(started)
        if not proven:
            shutil.copy('/run/x.json', '/run/multinet/scopes/x.json')
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nft, 'Process', process)
        converge(document)
        assert outcome(proven=True) == ([], False)
        assert outcome(proven=False) == ([], True)
        for change in changes:
            started.clear()
            before = listed(), generation()
            assert converge(document).ops == 0 and not started and (listed(), generation()) == before, change
            if change.startswith('/etc/'):
                path, _blank, what = change.partition(' ')
                with open(path, encoding='utf-8') as file:
                    text = file.read()
                other = '/run/' + os.path.basename(path)
                with open(other, 'w', encoding='utf-8') as file:
                    file.write(re.sub(*what.split(' to '), text, flags=re.MULTILINE))
                run('mount --bind %s %s' % (other, path))
            elif change.startswith('TZ='):
                patch.setenv(*change.split('='))
                time.tzset()
            else:
                run(change)
            seen = outcome(proven=True)
            assert seen == outcome(proven=False) and seen[0] and seen[1], change
            assert len(converge(document).changes) == len(seen[0]), change


def test_a_change_by_others_is_seen_although_tables_are_not_read() -> None:
    document: Document = {
        'name': 'x',
        'nftables': [
            {
                'content': table(
                    'iif lo accept',
                    'tcp dport https accept',
                    'meta hour "08:00"-"17:00" accept',
                    'meta skuid daemon accept',
                    'ip saddr @bad drop',
                    objects='set bad { type ipv4_addr; elements = { 10.0.0.1 } }\n',
                )
            },
            {'table': 'second', 'family': 'ip', 'content': table('drop')},
        ],
        'namespaces': [{'name': 'n', 'nftables': [{'content': table('udp dport 53 accept')}]}],
    }
    world.in_world(
        _unread,
        document,
        [
            'nft add rule inet multinet-x c drop',
            'nft flush chain ip second c',
            'nft delete table ip second',
            'nft add element inet multinet-x bad { 10.0.0.2 }',
            'nft chain inet multinet-x c { policy drop; }',
            'ip netns exec n nft flush ruleset',
            r'/etc/services ^https\s+443/ to https 444/',
            r'/etc/passwd ^daemon:x:1: to daemon:x:7:',
            'TZ=XYZ-3',
        ],
    )


def test_a_table_that_names_links_is_read_each_time() -> None:
    def body() -> None:
        for content in ('iif x-0 drop', 'iif != x-0 drop', 'oif { "x-0", lo } drop'):
            converge(
                {
                    'name': 'x',
                    'links': [{'name': 'x-0', 'kind': 'bridge'}],
                    'nftables': [{'content': table(content)}],
                }
            )
            run('ip link set x-0 name y-0')  # no commit: the number of the link stays
            with pytest.raises(InputError, match='Interface does not exist'):
                converge({'name': 'x', 'nftables': [{'content': table(content)}]}, policy=Policy(prune=False))
            run('ip link set y-0 name x-0')

    world.in_world(body)


def test_what_is_in_a_table_stays_while_it_is_as_declared_and_comes_back_with_undo() -> None:
    content = table(
        'udp dport 9 counter accept',
        'ip saddr 127.0.0.0/8 add @seen { ip saddr }',
        'update @rates { ip saddr limit rate 5/second }',
        objects=(
            'set seen { type ipv4_addr; flags dynamic, timeout; timeout 1h; }\nset rates { type ipv4_addr; size 100; flags dynamic; }\ncounter named { }\n'
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


def test_what_nft_does_not_take_is_told_with_its_line_before_anything_changes() -> None:
    document: Document = {
        'name': 'bad',
        'links': [{'name': 'bad-br', 'kind': 'bridge'}],
        'iptables': [{'chain': 'INPUT', 'rules': ['-j NOWHERE']}],
        'nftables': [
            {'content': table('accept', 'foo bar', 'tcp dport 70000 drop')},
            {'table': 'fine', 'content': table('accept')},
            {'table': 'kernel', 'content': table('accept', 'masquerade')},
            {'table': 'names', 'content': table('ip saddr www.example.org drop')},
            {'table': 'link', 'content': table('iif nolink0 drop')},
        ],
        'namespaces': [
            {
                'name': 'bad-ns',
                'nftables': [
                    {'content': 'set s { type ipv4_addr; flags timeout; elements = { 10.0.0.1 }\n}'},
                    {'table': 'proc', 'content': 'flags owner\nchain c { }'},
                ],
            }
        ],
    }

    def body() -> tuple[t.Any, ...]:
        before, number = snapshot(), generation()
        with pytest.raises(InputError) as caught:
            converge(document)
        assert difference(before, snapshot()) == ''
        return caught.value.texts(), generation() == number

    problems, same = world.in_world(body)
    assert same
    for start, found in (
        ('nftables[0].content: line 4: ', "(found 'foo bar')"),
        ('nftables[0].content: line 5: ', "(found 'tcp dport 70000 drop')"),
        ('nftables[2].content: line 4: ', "(found 'masquerade')"),
        ('nftables[3].content: line 3: ', 'names are not looked up'),
        ('nftables[4].content: line 3: ', 'Interface does not exist; declare that link'),
        ('namespaces[0].nftables[0].content: ', 'elements of a set that fills'),
        ('namespaces[0].nftables[1].content: ', 'did not stay'),
        ('iptables[0].rules[0]: ', 'NOWHERE'),
    ):
        assert [problem for problem in problems if problem.startswith(start) and found in problem], (
            start,
            found,
            problems,
        )
    assert not [problem for problem in problems if problem.startswith('nftables[1]')]


ESCAPES = (
    'chain c { }\n}\nflush ruleset\ntable inet x {',
    '}; delete table inet canary; table inet y {',
    'chain c { } } delete table inet canary {',
    'include "/etc/passwd"',
    'chain c {\n include "/etc/passwd"\n}',
    'chain c { accept;include "/etc/passwd"\n}',
    'chain c { }\n\\\n}\nflush ruleset',
    'chain c { accept comment "\n" }\n}\nflush ruleset\n#"',
    'chain c { # {\n}\n}\nflush ruleset',
    'chain c { }\n}\ndestroy table inet canary\ntable inet z {',
    'chain c { }\n}\nadd rule inet canary c drop\ntable inet z {',
    'define x = "}"\nchain c { }\n}\nflush ruleset',
    '}',
    '{',
    '"',
    'chain c { jump canary',
    'chain c { }\r}\rflush ruleset',
    'chain c { }\0}\nflush ruleset',
)


def test_no_text_leads_out_of_its_table() -> None:
    def body() -> list[str]:
        run(
            'nft -f -',
            text='table inet canary {\n chain c { type filter hook input priority 5; counter packets 5 bytes 5 accept; }\n}\n',
        )
        before, number = listed(), generation()
        taken = []
        for text in ESCAPES:
            try:
                converge({'name': 'x', 'nftables': [{'content': text}]})
                taken.append(text)
            except InputError as exc:
                assert all(problem.startswith('nftables[0].content: ') for problem in exc.texts()), exc
        assert (listed(), generation()) == (before, number)
        return taken

    assert world.in_world(body) == []


def test_without_nft_it_is_said_before_anything_changes() -> None:
    def body() -> str:
        path = shutil.which('nft', path=os.environ['PATH'] + ':/usr/sbin:/sbin')
        assert path
        before = snapshot()
        run('mount --bind /dev/null ' + path)
        try:
            with pytest.raises(EngineError) as caught:
                converge(
                    {
                        'name': 'x',
                        'links': [{'name': 'x-br', 'kind': 'bridge'}],
                        'nftables': [{'content': 'chain c { }'}],
                    }
                )
        finally:
            run('umount ' + path)
        assert difference(before, snapshot()) == ''
        return str(caught.value)

    assert (
        world.in_world(body)
        == 'nft: not found in PATH, /usr/sbin or /sbin; install the package nftables; nothing was changed'
    )


def test_whose_a_table_is() -> None:
    """A table of others with the name is a conflict; ours goes when it is not declared, also when the record of it is lost."""

    def names() -> list[str]:
        return sorted(line[6:] for line in run('nft list tables').splitlines())

    def body() -> None:
        run('nft add table inet theirs')
        one: Document = {
            'name': 'x',
            'nftables': [
                {'content': 'chain c { }'},
                {'table': 'mine', 'family': 'ip', 'content': 'chain c { }'},
            ],
        }
        taking: Document = {'name': 'x', 'nftables': [{'table': 'theirs', 'content': 'chain c { }'}]}
        with pytest.raises(
            EngineError,
            match='nftables inet theirs in host: is a table of others; give yours another name, or set adopt',
        ):
            converge(taking)
        converge(one)
        assert names() == ['inet multinet-x', 'inet theirs', 'ip mine']
        converge({'name': 'x', 'nftables': [{'family': 'ip6', 'content': 'chain c { }'}]})
        assert names() == ['inet theirs', 'ip6 multinet-x']
        converge(taking, policy=Policy(adopt=True))
        assert names() == ['inet theirs']
        converge(one)
        assert names() == ['inet multinet-x', 'ip mine']
        shutil.rmtree('/run/multinet')
        converge(one, absent=True)
        assert names() == ['ip mine']  # it may be of others by now

    world.in_world(body)


def test_a_table_that_names_a_link_by_its_number_follows_the_link() -> None:
    def document(kind: dict[str, t.Any]) -> Document:
        return {
            'name': 'x',
            'links': [{'name': 'x-0', **kind}],
            'nftables': [
                {'content': table('iif x-0 drop')},
                {
                    'family': 'netdev',
                    'content': table('drop', hook='filter hook ingress device x-0 priority 0'),
                },
            ],
        }

    def body() -> None:
        for kind in ({'kind': 'bridge'}, {'kind': 'veth', 'peer': {'name': 'x-1'}}, {'kind': 'bridge'}):
            assert converge(document(kind)).rounds == 1
            assert 'iif "x-0" drop' in run('nft list table inet multinet-x')
            assert 'device "x-0"' in run('nft list table netdev multinet-x')
            assert converge(document(kind)).ops == 0
        converge({'name': 'x', 'links': [{'name': 'x-2', 'kind': 'bridge'}]})
        assert listed() == ''

    world.in_world(body)
