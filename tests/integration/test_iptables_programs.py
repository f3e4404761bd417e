# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables-save and iptables-restore on a real kernel, with both families and both backends."""

from __future__ import annotations

import fcntl
import os
import pathlib

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import nfnetlink, programs
from ansible_collections.multinet.linux.plugins.module_utils.kernel.tool_errors import MissingTool, ToolFailed
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import legacy as iptables_legacy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.backends import active_backends
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.errors import (
    Incompatible,
    LockBusy,
    RestoreError,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import (
    SavedTable,
    parse_save,
    render,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES

from .iptables_world import command, in_namespace, restore, save, tool_of, with_namespaces


@pytest.fixture(autouse=True)
def lock_of_the_host_stays_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XTABLES_LOCKFILE', str(tmp_path / 'xtables.lock'))


@pytest.fixture(params=['nf_tables', 'legacy'])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=FAMILIES)
def tool(request: pytest.FixtureRequest, backend: str) -> tools.Tool:
    return tool_of(request.param, backend)


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
[0:0] -A in -p tcp -m multiport --dports 22,80:90 -m limit --limit 5/sec -j LOG --log-prefix "in: "
[0:0] -A in -j REJECT
COMMIT
'''


def rendered(tables: dict[str, SavedTable]) -> str:
    return ''.join(render(table, with_counters=True) for table in tables.values())


@pytest.mark.quick
def test_a_rich_table_comes_back_with_counters(tool: tools.Tool) -> None:
    def body() -> tuple[dict[str, SavedTable], dict[str, SavedTable]]:
        restore(tool, RICH, noflush=False, counters=True)
        first = save(tool)
        restore(tool, rendered(first), noflush=False, counters=True)
        return first, save(tool)

    first, second = in_namespace(body)
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


def test_the_tool_writes_what_render_does(tool: tools.Tool) -> None:
    def body() -> str:
        restore(tool, RICH, noflush=False, counters=True)
        return command(tool.save, '-c')

    saved = in_namespace(body)
    assert rendered(parse_save(saved)) == ''.join(
        line + '\n' for line in saved.split('\n') if line and line[0] != '#'
    )


def test_the_default_tool_is_one_of_the_two() -> None:
    tool = tools.find_tool('ipv4')
    assert tool.backend in ('nf_tables', 'legacy')
    assert tools.find_tool('ipv4') is tool


def test_the_file_tells_the_back_end_as_the_tool_itself_does(tool: tools.Tool) -> None:
    assert tools.reported_backend(tool.restore) == tool.backend


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, 'search_path', lambda: '/nowhere')
    with pytest.raises(MissingTool, match='ip6tables-save: not found.*Debian.*RHEL'):
        tools.find_tool.__wrapped__('ipv6')


def test_noflush_adds(tool: tools.Tool) -> None:
    def body() -> dict[str, SavedTable]:
        restore(tool, RICH, noflush=False)
        restore(tool, '*filter\n-A empty -j ACCEPT\nCOMMIT\n', noflush=True)
        return save(tool)

    tables = in_namespace(body)
    assert tables['filter'].chains['empty'].rules == ('-j ACCEPT',)
    assert len(tables['filter'].chains['in'].rules) == 2


def test_reading_makes_nothing(tool: tools.Tool) -> None:
    def body() -> tuple[object, ...]:
        before = (iptables_legacy.tables(tool.family), nfnetlink.nft_tables(), nfnetlink.generation())
        saved = save(tool)
        return (
            saved,
            before,
            (iptables_legacy.tables(tool.family), nfnetlink.nft_tables(), nfnetlink.generation()),
        )

    saved, before, after = in_namespace(body)
    assert saved == {}
    assert before == after
    assert before[:2] == ([], [])


def test_a_table_of_nft_is_refused_by_name() -> None:
    def body() -> None:
        command(
            'nft', 'add table ip nat; add chain ip nat c; add rule ip nat c meta mark set numgen inc mod 2'
        )
        with pytest.raises(Incompatible, match='table nat: iptables cannot show it'):
            save(tool_of('ipv4', 'nf_tables'))

    in_namespace(body)


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
def test_a_bad_line_is_named(tool: tools.Tool, text: str, line: int, blamed: str, said: str) -> None:
    def body() -> RestoreError:
        with pytest.raises(RestoreError, match=said) as caught:
            restore(tool, text, noflush=False)
        return caught.value

    error = in_namespace(body)
    assert (error.line, error.text) == (line, blamed)
    assert not isinstance(error, LockBusy)


def test_a_rule_that_ends_the_tool_with_0_is_an_error(tool: tools.Tool) -> None:
    with pytest.raises(RestoreError, match='printed something'):
        in_namespace(lambda: restore(tool, '*filter\n-A INPUT -h\nCOMMIT\n', noflush=False))


def test_a_lock_that_stays_taken(tmp_path: pathlib.Path) -> None:
    legacy, lock = tool_of('ipv4', 'legacy'), str(tmp_path / 'lock')
    options = tools.Options(wait=1, lockfile=lock)
    holder = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(LockBusy, match='another process held the xtables lock'):
            in_namespace(lambda: restore(legacy, RICH, noflush=False, wait=1, lockfile=lock))
        # '-w 0' would wait for ever.
        with pytest.raises(LockBusy):
            in_namespace(lambda: restore(legacy, RICH, noflush=False, wait=0, lockfile=lock))
        with pytest.raises(ToolFailed, match='did not finish within 0.2 s and was killed'):
            in_namespace(lambda: restore(legacy, RICH, noflush=False, lockfile=lock, timeout=0.2))
        modern = tool_of('ipv4', 'nf_tables')
        results = with_namespaces(
            3,
            lambda worlds: tools.run_many(
                [
                    tools.IptablesJob(worlds[0], legacy, RICH, options),
                    tools.IptablesJob(worlds[1], modern, RICH, options),
                    tools.IptablesJob(worlds[2], legacy),
                ]
            ),
        )
        assert isinstance(results[0], LockBusy)
        assert results[1:] == [None, {}]
        fcntl.flock(holder, fcntl.LOCK_UN)
        in_namespace(lambda: restore(legacy, RICH, noflush=False, wait=1, lockfile=lock))
    finally:
        os.close(holder)


def test_a_private_lock_is_private() -> None:
    legacy = tool_of('ipv4', 'legacy')
    with tools.private_lock() as mine, tools.private_lock() as other:
        holder = os.open(mine, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX)
            with pytest.raises(LockBusy):
                in_namespace(lambda: restore(legacy, RICH, noflush=False, wait=1, lockfile=mine))
            in_namespace(lambda: restore(legacy, RICH, noflush=False, wait=1, lockfile=other))
        finally:
            os.close(holder)


def test_generation_is_of_commits_only() -> None:
    tool = tool_of('ipv4', 'nf_tables')

    def body() -> list[int | None]:
        sock = nfnetlink.open_nfnetlink()
        assert sock is not None
        with sock:
            seen = [nfnetlink.generation(sock)]
            restore(tool, RICH, noflush=False)
            seen.append(nfnetlink.generation(sock))
            save(tool)
            seen += [nfnetlink.generation(sock), nfnetlink.generation()]
            command('nft', 'add table inet other')
            seen.append(nfnetlink.generation())
        return seen

    seen = in_namespace(body)
    assert None not in seen
    assert seen[0] != seen[1] == seen[2] == seen[3] != seen[4]


def test_backends_that_are_in_use() -> None:
    legacy, modern = tool_of('ipv6', 'legacy'), tool_of('ipv6', 'nf_tables')

    def body() -> list[object]:
        seen: list[object] = [active_backends()]
        restore(legacy, '*nat\nCOMMIT\n', noflush=False)
        seen += [
            active_backends(),
            iptables_legacy.tables('ipv6'),
            iptables_legacy.tables('ipv4'),
            nfnetlink.nft_tables(),
        ]
        restore(modern, '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', noflush=False)
        command('nft', 'add table inet other')
        return [*seen, active_backends(), nfnetlink.nft_tables()]

    assert in_namespace(body) == [
        set(),
        {'legacy'},
        ['nat'],
        [],
        [],
        {'legacy', 'nf_tables'},
        [('ip6', 'filter'), ('inet', 'other')],
    ]
