# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of programs, here iptables: many at once, in their namespaces, and none that goes on by itself."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tools as kernel_tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.errors import RestoreError
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES

from .iptables_world import tool_of, with_namespaces
from .test_iptables_programs import RICH


@pytest.fixture(autouse=True)
def lock_of_the_host_stays_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XTABLES_LOCKFILE', str(tmp_path / 'xtables.lock'))


@pytest.fixture(params=['nf_tables', 'legacy'])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=FAMILIES)
def tool(request: pytest.FixtureRequest, backend: str) -> tools.Tool:
    return tool_of(request.param, backend)


@pytest.fixture
def tool4(backend: str) -> tools.Tool:
    return tool_of('ipv4', backend)


def test_a_program_does_not_go_on_without_a_way_back() -> None:
    """It would change rules behind the back of a run that was taken back."""
    started: list[kernel_tools.RunningProgram] = []

    @contextlib.contextmanager
    def one_way() -> t.Iterator[None]:
        yield
        raise PermissionError

    def start() -> kernel_tools.RunningProgram:
        started.append(kernel_tools.RunningProgram(['sleep', '60'], '', dict(os.environ), 60))
        return started[0]

    with pytest.raises(PermissionError):
        kernel_tools.start_inside(one_way(), start)
    assert started[0].popen.returncode == -signal.SIGKILL


def test_many_namespaces_at_once(tool: tools.Tool) -> None:
    def marked(number: int) -> str:
        return RICH.replace('-A in -j REJECT', '-A in -m comment --comment ns%d -j REJECT' % number)

    def body(worlds: list[int]) -> tuple[list[kernel_tools.Result], list[kernel_tools.Result]]:
        texts = [marked(number) for number in range(len(worlds))]
        texts[5] = texts[5].replace('-g in', '--frob')
        written = tools.run_many([tools.IptablesJob(world, tool, text) for world, text in zip(worlds, texts)])
        return written, tools.run_many([tools.IptablesJob(world, tool) for world in worlds])

    before = len(os.listdir('/proc/self/fd'))
    written, saved = with_namespaces(32, body)
    assert len(os.listdir('/proc/self/fd')) == before
    assert isinstance(written[5], RestoreError)
    assert [result for number, result in enumerate(written) if number != 5] == [None] * 31
    for number, tables in enumerate(saved):
        assert isinstance(tables, dict)
        if number == 5:
            assert 'filter' not in tables or not tables['filter'].chains['INPUT'].rules
        else:
            assert '--comment ns%d ' % number in tables['filter'].chains['in'].rules[1]


def test_a_job_whose_tool_is_gone(tool4: tools.Tool) -> None:
    gone = tool4._replace(save='/nowhere/iptables-save', restore='/nowhere/iptables-restore')
    results = with_namespaces(
        2,
        lambda worlds: tools.run_many(
            [tools.IptablesJob(worlds[0], gone, RICH), tools.IptablesJob(worlds[1], tool4, RICH)]
        ),
    )
    assert isinstance(results[0], FileNotFoundError)
    assert results[1] is None


def test_ends_are_seen_without_pidfd(tool4: tools.Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Linux before 5.3, Python before 3.9.
    monkeypatch.delattr(os, 'pidfd_open')
    results = with_namespaces(
        4, lambda worlds: tools.run_many([tools.IptablesJob(world, tool4, RICH) for world in worlds])
    )
    assert results == [None] * 4
