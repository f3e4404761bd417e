# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft does not take, and texts that would lead out of their table."""

from __future__ import annotations

import os
import shutil
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nfnetlink import generation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError, InputError
from ansible_collections.multinet.linux.tests.generator import Document

from . import world
from .nftables_world import listed, table
from .snapshot import difference, snapshot
from .world import run


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
            text='table inet canary {\n chain c {\n'
            '  type filter hook input priority 5; counter packets 5 bytes 5 accept; }\n}\n',
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


@pytest.mark.parametrize('content', ['# nothing left', 'define web = { 80, 443 }', ' # {\n'])
def test_a_content_that_declares_nothing_is_refused(content: str) -> None:
    def body() -> None:
        converge({'name': 'x', 'nftables': [{'content': table('tcp dport 80 accept')}]})
        before = listed()
        with pytest.raises(InputError) as caught:
            converge({'name': 'x', 'nftables': [{'content': content}]})
        (problem,) = caught.value.texts()
        assert problem.startswith('nftables[0].content: declares nothing')
        assert listed() == before

    world.in_world(body)
