# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fast path of nft: what is proven is not read, and changes by others are seen."""

from __future__ import annotations

import os
import re
import shutil
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tools as kernel_tools
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nfnetlink import generation
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.tests.generator import Document

from . import world
from .nftables_world import listed, table
from .world import run


def _unread(document: Document, changes: t.Sequence[str]) -> None:
    """What is proven is not read, and reading it says the same; what others have changed is seen either
    way."""
    started: list[str] = []
    real = kernel_tools.RunningProgram

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
        patch.setattr(kernel_tools, 'RunningProgram', process)
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
                converge(
                    {'name': 'x', 'nftables': [{'content': table(content)}]}, policy=Policy(mode=Mode.ADD)
                )
            run('ip link set y-0 name x-0')

    world.in_world(body)
