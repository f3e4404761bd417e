# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xtables on a real kernel, with both families and both back ends, in namespaces without a name."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tool_errors as xt_errors
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tools as xt_process
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import canonical as xt_canon
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import legacy as xt_legacy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import save_text as xt_text
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools as xtables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import value as firewall

from . import spellings

T = t.TypeVar('T')


def test_a_program_does_not_go_on_without_a_way_back() -> None:
    """It would change rules behind the back of a run that was taken back."""
    started: list[xt_process.Process] = []

    @contextlib.contextmanager
    def one_way() -> t.Iterator[None]:
        yield
        raise PermissionError

    def start() -> xt_process.Process:
        started.append(xt_process.Process(['sleep', '60'], '', dict(os.environ), 60))
        return started[0]

    with pytest.raises(PermissionError):
        xt_process.begin(one_way(), start)
    assert started[0].popen.returncode == -signal.SIGKILL


def in_world(function: t.Callable[..., T], *args: t.Any) -> T:
    """Call *function* in a thread that is in a namespace of its own."""

    def body() -> T:
        with contextlib.ExitStack() as stack:
            home = namespaces.open_current()
            stack.callback(os.close, home)
            world = namespaces.create_anonymous(home)
            stack.callback(os.close, world)
            stack.enter_context(namespaces.entered(world, home))
            return function(*args)

    return namespaces.in_thread(body)


def with_worlds(count: int, function: t.Callable[[list[int]], T]) -> T:
    """Call *function* with descriptors of *count* new namespaces."""

    def body() -> T:
        with contextlib.ExitStack() as stack:
            home = namespaces.open_current()
            stack.callback(os.close, home)
            worlds = []
            for _number in range(count):
                worlds.append(namespaces.create_anonymous(home))
                stack.callback(os.close, worlds[-1])
            return function(worlds)

    return namespaces.in_thread(body)


def run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def lock_of_the_host_stays_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XTABLES_LOCKFILE', str(tmp_path / 'xtables.lock'))


@pytest.fixture(params=['nf_tables', 'legacy'])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=firewall.FAMILIES)
def tool(request: pytest.FixtureRequest, backend: str) -> xtables.Tool:
    return xtables.find_tool(request.param, backend)


@pytest.fixture
def tool4(backend: str) -> xtables.Tool:
    return xtables.find_tool('ipv4', backend)


RICH = r'''*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
[0:0] -A PREROUTING -i lo -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[11:12] -A PREROUTING -m mark --mark 0x1/0xff -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
[0:0] -A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:publish - [0:0]
[0:0] -A PREROUTING -j publish
[0:0] -A POSTROUTING -o eth0 -m comment --comment "a \"b\" \\ c;d" -j MASQUERADE
[1:60] -A publish -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80
COMMIT
*filter
:INPUT DROP [123:4567]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:empty - [0:0]
:in - [0:0]
[3:4] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[0:0] -A INPUT -g in
[0:0] -A INPUT
[0:0] -A in -p tcp -m multiport --dports 22,80:90 -m limit --limit 5/sec -j LOG --log-prefix "in: " --log-level 6
[0:0] -A in -j REJECT
COMMIT
'''


def rendered(tables: dict[str, xt_text.Table]) -> str:
    return ''.join(xt_text.render(table, with_counters=True) for table in tables.values())


@pytest.mark.quick
def test_a_rich_table_comes_back_with_counters(tool: xtables.Tool) -> None:
    def body() -> tuple[dict[str, xt_text.Table], dict[str, xt_text.Table]]:
        xtables.restore(tool, RICH, noflush=False, counters=True)
        first = xtables.save(tool)
        xtables.restore(tool, rendered(first), noflush=False, counters=True)
        return first, xtables.save(tool)

    first, second = in_world(body)
    assert first == second
    assert set(first) == {'raw', 'mangle', 'nat', 'filter'}
    filtering = first['filter'].chains
    assert (filtering['INPUT'].policy, filtering['INPUT'].policy_counters) == ('DROP', (123, 4567))
    # ip6tables-nft-restore 1.8.9 loses the counters of rules.
    losing = (tool.family, tool.backend) == ('ipv6', 'nf_tables')
    assert filtering['INPUT'].counters in [((3, 4), (0, 0), (0, 0)), *[((0, 0), (0, 0), (0, 0))] * losing]
    assert filtering['empty'].rules == ()
    assert filtering['INPUT'].rules[1:] == ('-g in', '')
    assert r'--comment "a \"b\" \\ c;d"' in first['nat'].chains['POSTROUTING'].rules[0]


def test_the_tool_writes_what_render_does(tool: xtables.Tool) -> None:
    def body() -> str:
        xtables.restore(tool, RICH, noflush=False, counters=True)
        return run(tool.save, '-c')

    saved = in_world(body)
    assert rendered(xt_text.parse_save(saved)) == ''.join(
        line + '\n' for line in saved.split('\n') if line and line[0] != '#'
    )


def test_the_default_tool_is_one_of_the_two() -> None:
    tool = xtables.find_tool('ipv4')
    assert tool.backend in ('nf_tables', 'legacy')
    assert xtables.find_tool('ipv4') is tool


def test_the_file_tells_the_back_end_as_the_tool_itself_does(tool: xtables.Tool) -> None:
    assert xtables._told_backend(tool.restore) == tool.backend


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xtables, '_search_path', lambda: '/nowhere')
    with pytest.raises(xt_errors.MissingTool, match='ip6tables-save: not found.*Debian.*RHEL'):
        xtables.find_tool.__wrapped__('ipv6')


def test_noflush_adds(tool: xtables.Tool) -> None:
    def body() -> dict[str, xt_text.Table]:
        xtables.restore(tool, RICH, noflush=False)
        xtables.restore(tool, '*filter\n-A empty -j ACCEPT\nCOMMIT\n', noflush=True)
        return xtables.save(tool, ['filter'])

    tables = in_world(body)
    assert list(tables) == ['filter']
    assert tables['filter'].chains['empty'].rules == ('-j ACCEPT',)
    assert len(tables['filter'].chains['in'].rules) == 2


def test_reading_makes_nothing(tool: xtables.Tool) -> None:
    def body() -> tuple[object, ...]:
        before = (xt_legacy.tables(tool.family), nfnetlink.nft_tables(), nfnetlink.generation())
        saved = xtables.save(tool)
        return saved, before, (xt_legacy.tables(tool.family), nfnetlink.nft_tables(), nfnetlink.generation())

    saved, before, after = in_world(body)
    assert saved == {}
    assert before == after
    assert before[:2] == ([], [])


def test_a_table_of_nft_is_refused_by_name() -> None:
    tool = xtables.find_tool('ipv4', 'nf_tables')

    def body() -> dict[str, xt_text.Table]:
        xtables.restore(tool, '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', noflush=False)
        run('nft', 'add table ip nat; add chain ip nat c; add rule ip nat c meta mark set numgen inc mod 2')
        with pytest.raises(xt_errors.Incompatible, match='table nat: iptables cannot show it') as caught:
            xtables.save(tool)
        assert caught.value.table == 'nat'
        with pytest.raises(xt_errors.Incompatible):
            xtables.save(tool, ['nat'])
        return xtables.save(tool, ['filter'])

    assert in_world(body)['filter'].chains['INPUT'].rules == ('-j ACCEPT',)


@pytest.mark.parametrize(
    'text, line, blamed, said',
    [
        ('*filter\n-A INPUT -j ACCEPT\n-A INPUT --frob\nCOMMIT\n', 3, '-A INPUT --frob', 'unknown option'),
        (
            '*filter\n-A INPUT -p tcp --dport nothing\nCOMMIT\n',
            2,
            '-A INPUT -p tcp --dport nothing',
            'invalid port',
        ),
        ('*bogus\n-A INPUT -p tcp --dport nothing\nCOMMIT\n', 1, '*bogus', 'bogus'),
    ],
)
def test_a_bad_line_is_named(tool: xtables.Tool, text: str, line: int, blamed: str, said: str) -> None:
    def body() -> xt_errors.RestoreError:
        with pytest.raises(xt_errors.RestoreError, match=said) as caught:
            xtables.restore(tool, text, noflush=False)
        with pytest.raises(xt_errors.RestoreError, match=said):
            xtables.check_syntax(tool, text, noflush=False)
        return caught.value

    error = in_world(body)
    assert (error.line, error.text) == (line, blamed)
    assert not isinstance(error, xt_errors.LockBusy)


def test_a_rule_that_ends_the_tool_with_0_is_an_error(tool: xtables.Tool) -> None:
    with pytest.raises(xt_errors.RestoreError, match='printed something'):
        in_world(lambda: xtables.restore(tool, '*filter\n-A INPUT -h\nCOMMIT\n', noflush=False))


def test_syntax_is_checked_without_writing(tool: xtables.Tool) -> None:
    def body() -> dict[str, xt_text.Table]:
        xtables.check_syntax(tool, RICH, noflush=False)
        return xtables.save(tool)

    assert not any(chain.rules for table in in_world(body).values() for chain in table.chains.values())


def test_rehearsal_finds_what_syntax_does_not(tool: xtables.Tool) -> None:
    loop = '*filter\n:a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A a -j b\n-A b -j a\nCOMMIT\n'
    hook = '*nat\n:a - [0:0]\n-A POSTROUTING -j a\n-A a -p tcp -j REDIRECT\nCOMMIT\n'
    in_world(lambda: xtables.check_syntax(tool, loop, noflush=False))
    good, looped, hooked, unknown = xt_canon.rehearse(
        tool, [RICH, loop, hook, '*filter\n-A INPUT --frob\nCOMMIT\n']
    )
    assert good is None
    assert all(isinstance(result, xt_errors.RestoreError) for result in (looped, hooked, unknown))


def as_text(rules: t.Iterable[xt_canon.Key]) -> str:
    out = []
    everything = list(rules)
    for name in firewall.BASE_CHAINS:
        mine = [(chain, spec) for table, chain, spec in everything if table == name]
        own = {chain for chain, _rule in mine if chain not in firewall.BASE_CHAINS[name]} | set(
            spellings.CHAINS.get(name, ())
        )
        out += [
            '*' + name,
            *(':%s - [0:0]' % chain for chain in sorted(own)),
            *('-A %s %s' % rule for rule in mine),
            'COMMIT',
        ]
    return '\n'.join(out) + '\n'


def unsupported(tool: xtables.Tool, keys: list[xt_canon.Key]) -> dict[xt_canon.Key, str]:
    try:
        xt_canon.canonicalise(tool, keys, spellings.CHAINS)
    except xt_errors.RuleErrors as exc:
        return {(fault.table, fault.chain, fault.spec): fault.message for fault in exc.faults}
    return {}


def test_spellings_have_a_canonical_form_that_stays(tool: xtables.Tool) -> None:
    keys = spellings.spellings(tool.family)
    # A kernel or a release without some extension: everything else is still tested, and most of it must be there.
    missing = unsupported(tool, keys)
    assert len(missing) <= len(keys) // 16, missing
    keys = [key for key in keys if key not in missing]
    assert len(keys) >= 120

    first = xt_canon.canonicalise(tool, keys, spellings.CHAINS)
    assert list(first) == keys
    again = [(table, chain, rule) for (table, chain, _spec), rules in first.items() for rule in rules]
    second = xt_canon.canonicalise(tool, again, spellings.CHAINS)
    assert {key: rules for key, rules in second.items() if rules != (key[2],)} == {}

    def loaded(rules: list[xt_canon.Key]) -> dict[str, list[str]]:
        xtables.restore(tool, as_text(rules), noflush=False)
        return {name: xt_text.lines(table) for name, table in xtables.save(tool).items()}

    written = in_world(loaded, keys)
    assert written == in_world(loaded, again)
    for (table, chain, _spec), rules in first.items():
        assert all('-A %s %s' % (chain, rule) if rule else '-A ' + chain in written[table] for rule in rules)


def test_spellings_of_one_rule_agree(tool: xtables.Tool) -> None:
    same = [
        '-p tcp --dport https -j ACCEPT',
        '-p TCP -m tcp --destination-port 443 --jump ACCEPT',
        '  -j   ACCEPT -p 6 --dport 443',
    ]
    found = xt_canon.canonicalise(tool, [('filter', 'INPUT', spec) for spec in same])
    assert set(found.values()) == {('-p tcp -m tcp --dport 443 -j ACCEPT',)}


@pytest.mark.quick
def test_one_spec_may_be_several_rules(tool4: xtables.Tool) -> None:
    specs = [
        '-s 1.1.1.1,2.2.2.2',
        '-j ACCEPT',
        '-s 1.1.1.1,1.1.1.1',
        '-s 1.1.1.1 -d 3.3.3.3,4.4.4.4',
        '-m state --state NEW,ESTABLISHED',
    ]
    for chain in ('INPUT', 'own'):
        found = xt_canon.canonicalise(tool4, [('filter', chain, spec) for spec in specs])
        assert list(found.values()) == [
            ('-s 1.1.1.1/32', '-s 2.2.2.2/32'),
            ('-j ACCEPT',),
            ('-s 1.1.1.1/32', '-s 1.1.1.1/32'),
            ('-s 1.1.1.1/32 -d 3.3.3.3/32', '-s 1.1.1.1/32 -d 4.4.4.4/32'),
            ('-m state --state NEW,ESTABLISHED',),
        ]


def test_rules_that_look_like_our_fences(tool4: xtables.Tool) -> None:
    fence = '-m comment --comment multinet-between-1'
    keys = [
        ('filter', 'INPUT', spec) for spec in (fence, '-s 1.1.1.1,2.2.2.2', '-s 2.2.2.2,1.1.1.1 ' + fence)
    ]
    found = xt_canon.canonicalise(tool4, [*keys, ('filter', 'multinet-canonical', '-j ACCEPT')])
    assert found[keys[0]] == (fence,)
    assert found[keys[2]] == ('-s 2.2.2.2/32 ' + fence, '-s 1.1.1.1/32 ' + fence)


def test_chains_of_different_namespaces_make_no_loop_together(tool: xtables.Tool) -> None:
    keys = [
        ('filter', 'a', '-j b'),
        ('filter', 'b', '-j a'),
        ('filter', 'INPUT', '-j a'),
        ('nat', 'PREROUTING', '-j x'),
        ('nat', 'POSTROUTING', '-j x'),
        ('nat', 'x', '-p tcp -j REDIRECT'),
        ('nat', 'x', '-j MASQUERADE'),
    ]
    assert xt_canon.canonicalise(tool, keys)[keys[0]] == ('-j b',)


BAD = [
    ('nat', 'POSTROUTING', '-i eth0 -j MASQUERADE'),
    ('filter', 'INPUT', '-j REDIRECT'),
    ('filter', 'INPUT', '-p tcp -j REDIRECT --to-ports 80'),
    ('filter', 'INPUT', '--frob'),
    ('filter', 'own', '-p tcp --dport nothing'),
    ('filter', 'INPUT', '-j no-such-chain'),
    ('mangle', 'OUTPUT', '-p tcp -j TPROXY --on-port 80'),
    ('nat', 'PREROUTING', '-j MASQUERADE'),
    ('filter', 'FORWARD', '-m owner --uid-owner 0'),
    ('filter', 'OUTPUT', '-i eth0'),
    ('filter', 'own', '-g nowhere'),
]
GOOD = [
    ('filter', 'INPUT', '-j ACCEPT'),
    ('filter', 'own', '-j ACCEPT'),
    ('nat', 'POSTROUTING', '-j MASQUERADE'),
    ('filter', 'INPUT', '-i eth0'),
    *(('filter', 'INPUT', '-p tcp --dport %d' % port) for port in range(1, 200)),
]


def test_all_rules_that_are_wrong_are_found_at_once(tool: xtables.Tool) -> None:
    # '-m owner' in FORWARD: iptables asks only the kernel, which has known better since Linux 2.6.
    mixed = GOOD[:100] + [rule for pair in zip(BAD, GOOD[100:]) for rule in pair]
    with pytest.raises(xt_errors.RuleErrors) as caught:
        xt_canon.canonicalise(tool, mixed)
    assert [(fault.table, fault.chain, fault.spec) for fault in caught.value.faults] == BAD
    assert caught.value.complete
    messages = {fault.spec: fault.message for fault in caught.value.faults}
    assert messages['-i eth0 -j MASQUERADE'] == "Can't use -i with POSTROUTING"
    assert 'the kernel does not take this rule here' in messages['-p tcp -j REDIRECT --to-ports 80']
    assert "filter OUTPUT: Can't use -i with OUTPUT (found '-i eth0')" in str(caught.value)


def test_the_search_for_wrong_rules_ends(tool4: xtables.Tool) -> None:
    with pytest.raises(xt_errors.RuleErrors, match='more rules may be wrong') as caught:
        xt_canon.canonicalise(
            tool4, [('filter', 'INPUT', '--frob %d' % number) for number in range(50)], limit=5
        )
    assert len(caught.value.faults) == 5
    assert not caught.value.complete


def test_a_chain_that_cannot_be_made_is_the_fault_of_its_table(
    tool4: xtables.Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xt_canon, 'check_chain', lambda name: None)
    with pytest.raises(xt_errors.RuleErrors) as caught:
        xt_canon.canonicalise(tool4, [('filter', 'DROP', '-j ACCEPT'), ('nat', 'POSTROUTING', '-j ACCEPT')])
    assert [fault.table for fault in caught.value.faults] == ['filter']


def test_base_chains_of_another_table(tool4: xtables.Tool) -> None:
    with pytest.raises(
        xt_errors.RuleErrors,
        match='raw INPUT: this table has no such chain .found INPUT, want PREROUTING, OUTPUT',
    ):
        xt_canon.canonicalise(tool4, [('raw', 'INPUT', '-j ACCEPT')])


def test_nothing_is_run_for_text_that_is_no_rule(
    tool4: xtables.Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xtables, 'Process', None)
    keys = [
        ('filter', 'INPUT', '-j ACCEPT\n-A INPUT -j DROP'),
        ('filter', 'INPUT', '-s some.host.example'),
        ('filter', 'INPUT', '-j ACCEPT'),
        ('bogus', 'INPUT', '-j ACCEPT'),
        ('filter', 'a b', '-j ACCEPT'),
        ('filter', 'INPUT', '-j ACCEPT -t nat'),
    ]
    with pytest.raises(xt_errors.RuleErrors) as caught:
        xt_canon.canonicalise(tool4, keys)
    assert {(fault.table, fault.chain) for fault in caught.value.faults} == {
        ('filter', 'INPUT'),
        ('bogus', 'INPUT'),
        ('filter', 'a b'),
    }
    assert len(caught.value.faults) == 5


def test_canonical_form_of_nothing(tool4: xtables.Tool) -> None:
    assert xt_canon.canonicalise(tool4, []) == {}


def test_what_rules_refer_to_can_be_prepared(tool4: xtables.Tool) -> None:
    def prepare() -> None:
        made.append(os.stat('/proc/thread-self/ns/net').st_ino)

    made: list[int] = []
    xt_canon.canonicalise(tool4, [('filter', 'INPUT', '-j ACCEPT')], prepare=prepare)
    assert xt_canon.rehearse(tool4, [RICH], prepare) == [None]
    assert len(made) == 2
    assert os.stat('/proc/self/ns/net').st_ino not in made


def test_canonical_forms_touch_no_namespace_of_anybody(tool: xtables.Tool) -> None:
    def body() -> tuple[object, object]:
        before = (nfnetlink.generation(), xt_legacy.tables(tool.family))
        xt_canon.canonicalise(tool, GOOD)
        return before, (nfnetlink.generation(), xt_legacy.tables(tool.family))

    before, after = in_world(body)
    assert before == after


def test_a_lock_that_stays_taken(tmp_path: pathlib.Path) -> None:
    legacy, lock = xtables.find_tool('ipv4', 'legacy'), str(tmp_path / 'lock')
    options = xtables.Options(wait=1, lockfile=lock)
    holder = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(xt_errors.LockBusy, match='somebody else held the xtables lock'):
            in_world(lambda: xtables.restore(legacy, RICH, noflush=False, wait=1, lockfile=lock))
        # '-w 0' would wait for ever.
        with pytest.raises(xt_errors.LockBusy):
            in_world(lambda: xtables.restore(legacy, RICH, noflush=False, wait=0, lockfile=lock))
        with pytest.raises(xt_errors.ToolFailed, match='no end after 0.2 s, killed'):
            in_world(lambda: xtables.restore(legacy, RICH, noflush=False, lockfile=lock, timeout=0.2))
        modern = xtables.find_tool('ipv4', 'nf_tables')
        results = with_worlds(
            3,
            lambda worlds: xtables.spawn_many(
                [
                    xtables.Job(worlds[0], legacy, RICH, options),
                    xtables.Job(worlds[1], modern, RICH, options),
                    xtables.Job(worlds[2], legacy),
                ],
                3,
            ),
        )
        assert isinstance(results[0], xt_errors.LockBusy)
        assert results[1:] == [None, {}]
        fcntl.flock(holder, fcntl.LOCK_UN)
        in_world(lambda: xtables.restore(legacy, RICH, noflush=False, wait=1, lockfile=lock))
    finally:
        os.close(holder)


def test_a_private_lock_is_private() -> None:
    legacy = xtables.find_tool('ipv4', 'legacy')
    with xtables.private_lock() as mine, xtables.private_lock() as other:
        holder = os.open(mine, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX)
            with pytest.raises(xt_errors.LockBusy):
                in_world(lambda: xtables.restore(legacy, RICH, noflush=False, wait=1, lockfile=mine))
            in_world(lambda: xtables.restore(legacy, RICH, noflush=False, wait=1, lockfile=other))
        finally:
            os.close(holder)


def test_generation_is_of_commits_only() -> None:
    tool = xtables.find_tool('ipv4', 'nf_tables')

    def body() -> list[int | None]:
        sock = nfnetlink.open_nfnetlink()
        assert sock is not None
        with sock:
            seen = [nfnetlink.generation(sock)]
            xtables.restore(tool, RICH, noflush=False)
            seen.append(nfnetlink.generation(sock))
            xtables.save(tool)
            xtables.check_syntax(tool, RICH, noflush=False)
            seen += [nfnetlink.generation(sock), nfnetlink.generation()]
            run('nft', 'add table inet other')
            seen.append(nfnetlink.generation())
        return seen

    seen = in_world(body)
    assert None not in seen
    assert seen[0] != seen[1] == seen[2] == seen[3] != seen[4]


def test_backends_that_are_in_use() -> None:
    legacy, modern = xtables.find_tool('ipv6', 'legacy'), xtables.find_tool('ipv6', 'nf_tables')

    def body() -> list[object]:
        seen: list[object] = [xtables.active_backends()]
        xtables.restore(legacy, '*nat\nCOMMIT\n', noflush=False)
        seen += [
            xtables.active_backends(),
            xt_legacy.tables('ipv6'),
            xt_legacy.tables('ipv4'),
            nfnetlink.nft_tables(),
        ]
        xtables.restore(modern, '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', noflush=False)
        run('nft', 'add table inet other')
        return [*seen, xtables.active_backends(), nfnetlink.nft_tables()]

    assert in_world(body) == [
        set(),
        {'legacy'},
        ['nat'],
        [],
        [],
        {'legacy', 'nf_tables'},
        [('ip6', 'filter'), ('inet', 'other')],
    ]


def test_many_namespaces_at_once(tool: xtables.Tool) -> None:
    def marked(number: int) -> str:
        return RICH.replace('-A in -j REJECT', '-A in -m comment --comment ns%d -j REJECT' % number)

    def body(worlds: list[int]) -> tuple[list[xt_process.Result], list[xt_process.Result]]:
        texts = [marked(number) for number in range(len(worlds))]
        texts[5] = texts[5].replace('-g in', '--frob')
        written = xtables.spawn_many(
            [xtables.Job(world, tool, text) for world, text in zip(worlds, texts)], 8
        )
        return written, xtables.spawn_many([xtables.Job(world, tool) for world in worlds], 8)

    before = len(os.listdir('/proc/self/fd'))
    written, saved = with_worlds(32, body)
    assert len(os.listdir('/proc/self/fd')) == before
    assert isinstance(written[5], xt_errors.RestoreError)
    assert [result for number, result in enumerate(written) if number != 5] == [None] * 31
    for number, tables in enumerate(saved):
        assert isinstance(tables, dict)
        if number == 5:
            assert 'filter' not in tables or not tables['filter'].chains['INPUT'].rules
        else:
            assert '--comment ns%d ' % number in tables['filter'].chains['in'].rules[1]


def test_a_job_whose_tool_is_gone(tool4: xtables.Tool) -> None:
    gone = tool4._replace(save='/nowhere/iptables-save', restore='/nowhere/iptables-restore')
    results = with_worlds(
        2,
        lambda worlds: xtables.spawn_many(
            [xtables.Job(worlds[0], gone, RICH), xtables.Job(worlds[1], tool4, RICH)]
        ),
    )
    assert isinstance(results[0], FileNotFoundError)
    assert results[1] is None


def test_ends_are_seen_without_pidfd(tool4: xtables.Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Linux before 5.3, Python before 3.9.
    monkeypatch.delattr(os, 'pidfd_open')
    results = with_worlds(
        4, lambda worlds: xtables.spawn_many([xtables.Job(world, tool4, RICH) for world in worlds])
    )
    assert results == [None] * 4
