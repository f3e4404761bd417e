# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of iptables read over netlink: it is what iptables-save shows, or nothing."""

from __future__ import annotations

import errno
import os
import shlex
import struct
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import pipeline
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import canonical as xt_canon
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import nf_rules as xt_netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import save_text as xt_text
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools as xtables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import value as firewall

from . import spellings, world
from .test_firewall import Document, Watch, converge, state, use
from .test_xtables import as_text, in_world, run, unsupported
from .world import inside

PROGRAM = {'ipv4': 'iptables', 'ipv6': 'ip6tables'}
FAMILY = {'ipv4': 'ip', 'ipv6': 'ip6'}


@pytest.fixture(params=firewall.FAMILIES)
def tool(request: pytest.FixtureRequest) -> xtables.Tool:
    return xtables.find_tool(request.param, 'nf_tables')


def known_of(tool: xtables.Tool, keys: t.Iterable[xt_canon.Key]) -> xt_netlink.Spellings:
    return xt_canon.canonicalise(tool, keys, spellings.CHAINS).spellings


def readable(tool: xtables.Tool) -> tuple[xt_netlink.Spellings, list[xt_canon.Key]]:
    """What there is to know of the rules that people write, and those of which something is known."""
    keys = spellings.spellings(tool.family)
    missing = unsupported(tool, keys)
    keys = [key for key in keys if key not in missing]
    canonical = xt_canon.canonicalise(tool, keys, spellings.CHAINS)
    known = {(table, text) for (table, _expressions, _data), text in canonical.spellings.texts.items()}
    return canonical.spellings, [
        key for key in keys if all((key[0], text) in known for text in canonical[key])
    ]


def extensions(known: xt_netlink.Spellings) -> set[tuple[str, str, int]]:
    return {
        (name, parts[1].rstrip(b'\0').decode(), int.from_bytes(parts[2], 'big'))
        for _table, blob, _user in known.texts
        for name, _start, data in xt_netlink._expressions(blob)
        if name in ('match', 'target')
        for parts in [parse_attributes(data)]
    }


def test_what_people_write_is_read_as_it_is_shown(tool: xtables.Tool) -> None:
    known, keys = readable(tool)
    assert len(keys) >= 90
    assert known.shows_all

    def body() -> tuple[object, object]:
        xtables.restore(tool, as_text(keys), noflush=False)
        return xt_netlink.read(tool.family, known), xtables.save(tool)

    read, saved = in_world(body)
    assert read == saved


def test_rules_that_differ_never_look_the_same_to_the_kernel(tool: xtables.Tool) -> None:
    known, _keys = readable(tool)
    assert len({(table, text) for (table, _blob, _data), text in known.texts.items()}) == len(known.texts)


def test_all_that_is_believed_was_tried() -> None:
    tried: set[tuple[str, str, int]] = set()
    for family in firewall.FAMILIES:
        tried |= extensions(readable(xtables.find_tool(family, 'nf_tables'))[0])
    believed = {
        *(('match', *one) for one in xt_netlink._MATCHES),
        *(('target', *one) for one in xt_netlink._TARGETS),
    }
    assert tried <= believed
    # Another release has other revisions of some; these are not believed, and cost a program.
    assert tried == believed or ' v1.8.9 ' not in run('iptables-nft', '--version')


def test_what_means_something_else_in_another_namespace_is_not_believed() -> None:
    rules = {
        'iifname lo': True,
        'iif lo': False,
        'oif lo': False,
        'meta skuid 5': False,
        'meta mark set 5': False,
        'ip saddr @others': False,
        'ct state new': False,
        'tcp dport 5 drop': True,
        'limit rate 5/second': True,
        'quota over 5 bytes': False,
        'fib saddr type local': False,
    }

    def body() -> dict[str, bool]:
        run('nft', 'add table ip filter; add chain ip filter c; add set ip filter others { type ipv4_addr; }')
        for rule in rules:
            run('nft', 'add rule ip filter c ' + rule)
        found = nfnetlink.nft_rules('ip')
        assert found is not None
        return {rule: xt_netlink._is_known(parts[4]) for rule, parts in zip(rules, found.rules)}

    assert in_world(body) == rules


RULES = [
    ('filter', 'INPUT', '-i lo -j ACCEPT'),
    ('filter', 'INPUT', '-p tcp --dport 22 -j ACCEPT'),
    ('filter', 'INPUT', '-m comment --comment "a b"'),
    ('filter', 'INPUT', '-m limit --limit 5/sec -j own'),
    ('filter', 'own', '-p udp -j DROP'),
    ('filter', 'own', '-m mark --mark 1 -j RETURN'),
    ('nat', 'POSTROUTING', '-o eth0 -j MASQUERADE'),
    ('mangle', 'OUTPUT', '-j MARK --set-mark 5'),
]
# What others may do, and whether it is seen without iptables-save.
DEEDS = [
    ('PROGRAM -D INPUT 1', True),
    ('PROGRAM -D INPUT 2', True),
    ('PROGRAM -F own', True),
    ('PROGRAM -P INPUT DROP', True),
    ('PROGRAM -P OUTPUT DROP', True),
    ('PROGRAM -N other', True),
    ('PROGRAM -A INPUT -i lo -j ACCEPT', True),
    ('PROGRAM -I INPUT 2 -p udp -j DROP', True),
    ('PROGRAM -R INPUT 1 -p tcp --dport 22 -j ACCEPT', True),
    ('PROGRAM -t raw -N other', True),
    ('PROGRAM -t nat -F', True),
    ('PROGRAM -F', True),
    ('nft add table FAMILY other', True),
    ('nft add table inet filter', True),
    ('PROGRAM -A INPUT -i l0 -j ACCEPT', False),
    ('PROGRAM -A INPUT -m comment --comment "a"', False),
    ('PROGRAM -A INPUT -p tcp --dport 23 -j ACCEPT', False),
    ('PROGRAM -R INPUT 4 -m limit --limit 6/sec -j own', False),
    ('PROGRAM -A INPUT -m recent --name x --set', False),
    ('PROGRAM -A INPUT -m quota --quota 5', False),
    ('PROGRAM -A INPUT -m statistic --mode nth --every 3 --packet 0', False),
    ('nft add rule FAMILY filter own meta l4proto 6 counter', False),
    ('nft add rule FAMILY filter INPUT iif lo counter accept', False),
    ('nft add rule FAMILY filter INPUT counter counter', False),
    ('nft add rule FAMILY filter own ct state new counter', False),
    ('nft add set FAMILY filter others { type mark ; }', False),
    ('nft add chain FAMILY filter odd { type filter hook input priority 5 ; }', False),
    ('nft add chain FAMILY filter FORWARD', False),
    ('nft add chain FAMILY mangle INPUT { type filter hook input priority 7 ; }', False),
    ('nft add table FAMILY filter { flags dormant ; }', False),
]


def after_deed(tool: xtables.Tool, known: xt_netlink.Spellings, deed: str) -> tuple[object, object, object]:
    def body() -> tuple[object, object, object]:
        xtables.restore(tool, as_text(RULES), noflush=True)
        before = xt_netlink.read(tool.family, known)
        run(
            *shlex.split(
                deed.replace('PROGRAM', PROGRAM[tool.family] + '-nft').replace('FAMILY', FAMILY[tool.family])
            )
        )
        after = xt_netlink.read(tool.family, known)
        try:
            return before, after, xtables.save(tool)
        except xtables.XtablesError as exc:
            return before, after, exc

    return in_world(body)


@pytest.mark.parametrize('deed, seen', DEEDS)
def test_a_change_of_others_is_read_or_left_to_iptables_save(
    tool: xtables.Tool, deed: str, seen: bool
) -> None:
    known = known_of(tool, [*RULES, ('filter', 'own', '-i eth7')])
    before, after, saved = after_deed(tool, known, deed)
    assert before is not None
    assert after == (saved if seen else None)
    assert saved != before or deed.startswith('nft')


def test_nothing_is_known_of_another_family_or_table(tool: xtables.Tool) -> None:
    known = known_of(tool, RULES)
    other = xtables.find_tool('ipv4' if tool.family == 'ipv6' else 'ipv6', 'nf_tables')

    def body() -> tuple[object, ...]:
        xtables.restore(other, as_text(RULES), noflush=False)
        alone = xt_netlink.read(tool.family, known), xtables.save(tool)
        xtables.restore(tool, '*mangle\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n', noflush=True)
        return (*alone, xt_netlink.read(tool.family, known))

    assert in_world(body) == ({}, {}, None)


def test_counters_are_read_too(tool: xtables.Tool) -> None:
    keys = [
        ('filter', 'INPUT', '-i lo -j own'),
        ('filter', 'own', '-p tcp'),
        ('filter', 'own', '-j ACCEPT'),
        ('filter', 'OUTPUT', '-j ACCEPT'),
    ]
    known = known_of(tool, keys)

    def body() -> tuple[t.Any, object]:
        run('ip', 'link', 'set', 'lo', 'up')
        xtables.restore(
            tool,
            as_text(keys).replace('*filter\n', '*filter\n:FORWARD DROP [7:890]\n'),
            noflush=False,
            counters=True,
        )
        run('ping', '-c', '3', '-i', '0.01', '127.0.0.1' if tool.family == 'ipv4' else '::1')
        return xt_netlink.read(tool.family, known), xtables.save(tool)

    read, saved = in_world(body)
    assert read == saved
    chains = read['filter'].chains
    assert chains['own'].counters[0] == (0, 0)
    assert chains['INPUT'].counters == chains['own'].counters[1:] == chains['OUTPUT'].counters
    assert chains['INPUT'].counters[0][0] >= 6
    assert chains['FORWARD'].policy_counters == (7, 890)


def test_what_changes_while_it_is_read_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = xtables.find_tool('ipv4', 'nf_tables')
    known, real = known_of(tool, RULES), nfnetlink.answers

    def answers(sock: t.Any, kind: int, *more: t.Any) -> t.Iterator[t.Any]:
        yield from real(sock, kind, *more)
        if kind & 0xFF == 4:  # the chains were read, the rules are to come
            run('iptables-nft', '-D', 'INPUT', '1')

    def body() -> tuple[object, ...]:
        xtables.restore(tool, as_text(RULES), noflush=True)
        calm = xt_netlink.read('ipv4', known)
        monkeypatch.setattr(nfnetlink, 'answers', answers)
        return calm is not None, xt_netlink.read('ipv4', known)

    assert in_world(body) == (True, None)


@pytest.mark.parametrize('last', [3, 2])
def test_a_dump_that_ends_with_an_error_is_not_believed(last: int) -> None:
    class Short:
        """A socket to a kernel that gives up."""

        def settimeout(self, _seconds: float) -> None:
            pass

        def send(self, _data: bytes) -> None:
            pass

        def recv(self, _size: int) -> bytes:
            return struct.pack('=IHHIIi', 20, last, 2, 1, 0, -errno.ENOMEM)

    with pytest.raises(OSError, match='Cannot allocate memory'):
        list(nfnetlink.answers(t.cast(t.Any, Short()), 0xA07, 0x300))


def test_built_in_chains_that_are_missing_are_shown_only_as_the_tool_does(tool: xtables.Tool) -> None:
    known = known_of(tool, RULES)

    def body() -> tuple[object, object]:
        xtables.restore(tool, as_text(RULES), noflush=True)
        found = nfnetlink.nft_rules(FAMILY[tool.family])
        assert found is not None
        there = {(parts[1].rstrip(b'\0').decode(), parts[3].rstrip(b'\0').decode()) for parts in found.chains}
        missing = any(
            (table, chain) not in there
            for table in xtables.save(tool)
            for chain in firewall.BASE_CHAINS[table]
        )
        return missing, xt_netlink.read(tool.family, known._replace(shows_all=False))

    missing, read = in_world(body)
    assert known.shows_all is missing
    assert (read is None) is missing


# Through the engine

CHAINS = [
    {
        'chain': 'INPUT',
        'family': 'both',
        'policy': 'DROP',
        'rules': [
            '-i lo -j ACCEPT',
            '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
            '-p tcp --dport 22 -m comment --comment "in" -j own',
            '-j REJECT',
        ],
    },
    {'chain': 'own', 'family': 'both', 'rules': ['-p tcp --dport 80 -j ACCEPT']},
    {'table': 'nat', 'chain': 'POSTROUTING', 'family': 'both', 'rules': ['-o eth0 -j MASQUERADE']},
]
RESTORES, SAVES = ['iptables-restore', 'ip6tables-restore'], ['iptables-save', 'ip6tables-save']


def namespaces(count: int, chains: list[dict[str, t.Any]], **more: t.Any) -> Document:
    return {'namespaces': [{'name': 'n%d' % number, 'iptables': chains, **more} for number in range(count)]}


def programs(document: Document) -> dict[str, int]:
    with pytest.MonkeyPatch.context() as patch:
        watch = Watch(patch, '')
        converge(document)
        return {name: watch.started.count(name) for name in RESTORES + SAVES}


def _programs() -> list[dict[str, int]]:
    use('nf_tables')
    other = [*CHAINS, {'chain': 'OUTPUT', 'rules': ['-m statistic --mode nth --every 3 --packet 0']}]
    told = [programs(namespaces(5, CHAINS))]
    converge({}, absent=True)
    told.append(programs(namespaces(5, other)))
    converge({}, absent=True)
    told.append(
        programs(
            {
                'namespaces': [
                    {'name': 'n%d' % number, 'iptables': CHAINS if number else other} for number in range(5)
                ]
            }
        )
    )
    converge({}, absent=True)
    told.append(programs(namespaces(5, CHAINS[1:2], iptables_mode='shared')))
    converge({}, absent=True)
    use('legacy')
    told.append(programs(namespaces(5, CHAINS)))
    return told


def test_one_program_for_each_namespace_where_all_is_known_and_else_two() -> None:
    both, other, mixed, shared, legacy = world.in_world(_programs)
    # Besides those of the namespaces there is one of each for the spelling of all rules.
    assert both == dict.fromkeys(RESTORES, 6) | dict.fromkeys(SAVES, 1)
    assert other == dict.fromkeys(RESTORES, 6) | {'iptables-save': 6, 'ip6tables-save': 1}
    assert mixed == dict.fromkeys(RESTORES, 6) | {'iptables-save': 2, 'ip6tables-save': 1}
    assert shared == legacy == dict.fromkeys(RESTORES + SAVES, 6)


def _behind_the_back(family: str, deed: str, made_before: bool = True) -> tuple[object, ...]:
    use('nf_tables')
    real, once = xtables.spawn_many, [deed]

    def spawn(jobs: t.Sequence[xtables.Job], *more: t.Any) -> t.Any:
        found = real(jobs, *more)
        if jobs and jobs[0].tool.family == family and jobs[0].text is not None and once:
            world.run('nsenter --net=/proc/%d/fd/%d %s' % (os.getpid(), jobs[1].fd, once.pop()))
        return found

    document = namespaces(3, CHAINS)
    if made_before:
        for number in range(3):
            world.run('ip netns add n%d' % number)
        document = namespaces(3, CHAINS, create=False, iptables_mode='exclusive')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xtables, 'spawn_many', spawn)
        outcome = converge(document)
    after = [
        [
            line
            for line in inside('n%d' % number, state, PROGRAM[family] + '-save').split('\n')
            if not line.startswith('*')
        ]
        for number in (0, 1)
    ]
    found = converge(document, check=True).changes
    return outcome.rounds, [sorted(lines) for lines in after], found, once


@pytest.mark.parametrize('family', firewall.FAMILIES)
@pytest.mark.parametrize(
    'deed',
    [
        '-D INPUT 2',
        '-A INPUT -i lo -j ACCEPT',
        '-I INPUT -p udp -j ACCEPT',
        '-P INPUT ACCEPT',
        '-P OUTPUT DROP',
        '-N theirs',
        '-F own',
        '-t mangle -A INPUT -j DROP',
        '-R own 1 -p tcp --dport 81 -j ACCEPT',
        '-A INPUT -m recent --name x --set',
    ],
)
def test_what_others_change_before_the_proof_is_noticed(family: str, deed: str) -> None:
    rounds, (first, second), found, once = t.cast(
        t.Any, world.in_world(_behind_the_back, family, '%s %s' % (PROGRAM[family], deed))
    )
    assert rounds == 2
    assert not once
    if 'mangle' not in deed:
        assert first == second
    assert found == ()


@pytest.mark.parametrize('family', firewall.FAMILIES)
@pytest.mark.parametrize('deed', ['-D INPUT 2', '-P OUTPUT DROP', '-N theirs', '-F own'])
def test_what_others_change_in_a_new_namespace_is_mended(family: str, deed: str) -> None:
    rounds, (first, second), found, _once = t.cast(
        t.Any, world.in_world(_behind_the_back, family, '%s %s' % (PROGRAM[family], deed), False)
    )
    assert rounds == 2 and first == second and found == ()


def _thorough() -> tuple[object, ...]:
    use('nf_tables')
    converge(namespaces(2, CHAINS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, '_digests', lambda want, policy: {})
        watch, reads = Watch(patch, ''), []
        patch.setattr(xt_netlink, 'read', lambda *words: reads.append(words))
        changes = converge(namespaces(2, CHAINS), check=True).changes
    return changes, watch.started[:4], reads


def test_who_believes_no_proof_reads_by_iptables_save() -> None:
    changes, started, reads = world.in_world(_thorough)
    assert changes == ()
    assert all(known == xt_netlink.NOTHING for _family, known in t.cast('list[t.Any]', reads))
    assert sorted(t.cast('list[str]', started)) == sorted(SAVES * 2)


def test_texts_of_a_chain_are_those_of_iptables_save(tool: xtables.Tool) -> None:
    known = known_of(tool, RULES)

    def body() -> list[t.Any]:
        xtables.restore(tool, as_text(RULES), noflush=True)
        read = xt_netlink.read(tool.family, known)
        assert read is not None
        return [
            sorted((name, xt_text.lines(table)) for name, table in tables.items())
            for tables in (read, xtables.save(tool))
        ]

    read, saved = in_world(body)
    assert read == saved  # the order of chains too
