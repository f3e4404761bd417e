# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of many namespaces, read and written by names that are the same in all of them."""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, sysctl
from ansible_collections.multinet.linux.tests.integration.world import in_world

TTL = 'net/ipv4/ip_default_ttl'
COUNT = 100


def _each_has_its_own(refused: bool) -> None:
    def refuse() -> int:
        raise PermissionError

    def visit(function: t.Callable[[int], t.Any]) -> list[t.Any]:
        found = []
        for number, fd in enumerate(made):
            with namespaces.entered(fd, home):
                found.append(function(number))
        return found

    def body() -> None:
        names = sysctl._Names()
        sysctl._names = names
        before = len(os.listdir('/proc/self/fd'))
        for _again in range(2):
            visit(lambda number: sysctl.write(TTL, str(number + 1)))
            assert visit(lambda number: sysctl.read(TTL)) == [str(number + 1) for number in range(COUNT)]
            with_plain_paths = visit(lambda number: open('/proc/sys/' + TTL, encoding='ascii').read().strip())
            assert with_plain_paths == [str(number + 1) for number in range(COUNT)]
        assert sysctl.read(TTL) == '64'
        assert sysctl.read('net/ipv4/no_such_setting') is None
        with pytest.raises(FileNotFoundError):
            sysctl.write('net/ipv4/no_such_setting', '1')
        assert (names._proc is None) == refused
        assert len(os.listdir('/proc/self/fd')) - before == (0 if refused else 1)

    if refused:
        sysctl._detached_proc = refuse
    home = namespaces.open_current()
    made = [namespaces.in_thread(namespaces.create_anonymous, home) for _number in range(COUNT)]
    namespaces.in_thread(body)


@pytest.mark.parametrize('refused', [False, True])
def test_each_has_its_own(refused: bool) -> None:
    in_world(_each_has_its_own, refused)
