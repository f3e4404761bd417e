# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode changes nothing: watched from outside, by the system calls of the whole process tree.

One thing looks like a change and is none: iptables is asked for the canonical form of rules in a namespace
that has no name, that nobody else can reach and that ends with its descriptor. A thread is in such a
namespace after unshare(CLONE_NEWNET), and after setns to a descriptor that shows neither a name nor the
host's namespace; the processes that it starts there stay there. What is said in there is not counted. Nor are
mounts of a thread that has mounts of its own, after unshare(CLONE_NEWNS): nft is shown no names of hosts
there.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.door.changes import fitting_changes
from ansible_collections.multinet.linux.plugins.module_utils.host.earlier import Earlier
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.codec import MissingLibrary
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import foreign, world
from ansible_collections.multinet.linux.tests.integration.documents import (
    changed_nodes,
    nodes,
    representative,
)

_CALLS = (
    'clone,clone3,fork,vfork,unshare,setns,mount,umount2,fsopen,move_mount,open_tree,pivot_root,unlink,unlinkat,rename,renameat,renameat2,'
    'mkdir,mkdirat,rmdir,symlink,symlinkat,link,linkat,mknod,mknodat,truncate,chmod,fchmod,fchmodat,chown,fchown,fchownat,utimensat,'
    'open,openat,openat2,creat,sendto,sendmsg,sendmmsg,setsockopt,getsockopt,init_module,finit_module,delete_module,socket'
)
_LINE = re.compile(r'(\d+) +(\w+)\((.*)')
_FORBIDDEN = frozenset(
    (
        'mount',
        'umount2',
        'fsopen',
        'move_mount',
        'open_tree',
        'pivot_root',
        'unlink',
        'unlinkat',
        'rename',
        'renameat',
        'renameat2',
        'mkdir',
        'mkdirat',
        'rmdir',
        'symlink',
        'symlinkat',
        'link',
        'linkat',
        'mknod',
        'mknodat',
        'truncate',
        'chmod',
        'fchmod',
        'fchmodat',
        'chown',
        'fchown',
        'fchownat',
        'utimensat',
        'creat',
        'init_module',
        'finit_module',
        'delete_module',
    )
)
_WRITING = re.compile(r'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND')
_HARMLESS_FILE = re.compile(
    r'"/dev/(null|tty)"|memfd|"/proc/\d+/fd/\d+"'
)  # the last is the lock that iptables takes: a memory file
_TABLE_READS = re.compile(
    r'IPT_SO_SET|IP6T_SO_SET|IPT_SO_GET_INFO|IPT_SO_GET_ENTRIES|IP6T_SO_GET_INFO|IP6T_SO_GET_ENTRIES'
)
_NFT_GET = (
    1,
    4,
    7,
    10,
    13,
    16,
    19,
    21,
    23,
    24,
)  # enum nf_tables_msg_types, linux/include/uapi/linux/netfilter/nf_tables.h
_BORN = re.compile(r'(\d+) +(?:<\.\.\. )?(?:clone3?|v?fork)\b.* = (\d+)$')
_NETLINK_WRITE = re.compile(r'(RTM_(NEW|DEL|SET)\w+|NFT_MSG_(NEW|DEL)\w+|NFNL_MSG_BATCH_BEGIN)')


class Judge:
    """Reads what strace wrote. Knows of each thread whether it is in a nameless namespace, and of each socket
    what it speaks.

    *parents*: who made which thread. strace may tell of the call that made one after what that one did, while
    the other is in the call.
    """

    def __init__(self, parents: t.Mapping[str, str]) -> None:
        self.parents = parents
        self.home = 'net:[%d]' % os.stat('/proc/self/ns/net').st_ino
        self.nameless: dict[str, bool] = {}
        self.hidden: set[str] = set()
        self.protocols: dict[str, str] = {}
        self.failures: list[str] = []
        self.asked_nameless = 0
        self.messages = 0

    def line(self, text: str) -> None:
        match = _LINE.match(text)
        if match is None:
            return
        thread, call, rest = match.groups()
        inside = self.nameless.setdefault(thread, self.nameless.get(self.parents.get(thread, ''), False))
        result = rest.rsplit(' = ', 1)[-1] if ' = ' in rest else ''
        if result.startswith('-1'):
            return
        if not self.moves(thread, call, rest, result):
            self.judge(text, call, rest, hidden=thread in self.hidden, inside=inside)

    def moves(self, thread: str, call: str, rest: str, result: str) -> bool:
        """Follow a call after which threads are elsewhere, or sockets are there; whether it was one."""
        if call in ('clone', 'clone3', 'fork', 'vfork'):
            child = re.match(r'\d+', result)
            if child:
                self.nameless.setdefault(child.group(), self.nameless[thread])
        elif call == 'unshare' and 'CLONE_NEWNET' in rest:
            self.nameless[thread] = True
        elif call == 'unshare' and 'CLONE_NEWNS' in rest:
            self.hidden.add(thread)
        elif call == 'setns':
            # The host's namespace is known, one with a name shows its path, and what is left has none.
            self.nameless[thread] = 'net:[' in rest and self.home not in rest
        elif call == 'socket' and 'AF_NETLINK' in rest:
            self.protocols[_inode(result)] = 'netfilter' if 'NETLINK_NETFILTER' in rest else 'route'
        else:
            return False
        return True

    def judge(self, text: str, call: str, rest: str, hidden: bool, inside: bool) -> None:
        """*hidden*: in mounts of its own. *inside*: in a nameless namespace."""
        if call in _FORBIDDEN:
            bad = not (call == 'mount' and hidden)
        elif call in ('open', 'openat'):
            bad = bool(_WRITING.search(rest)) and not _HARMLESS_FILE.search(rest)
        elif call in ('setsockopt', 'getsockopt'):
            bad = bool(_TABLE_READS.search(rest)) and not inside
        elif call in ('sendto', 'sendmsg', 'sendmmsg'):
            change = self.sends_change(rest)
            self.asked_nameless += change and inside
            bad = change and not inside
        else:
            bad = call == 'openat2'
        if bad:
            self.failures.append(text)

    def sends_change(self, rest: str) -> bool:
        self.messages += 1
        protocol = self.protocols.get(_inode(rest), '')
        return any(_changes(kind, protocol) for kind in re.findall(r'nlmsg_type=(\w+)', rest))


def _inode(descriptor: str) -> str:
    match = re.match(r'\d+<[^>]*?(\d+)\]>', descriptor)
    return match.group(1) if match else ''


def _changes(kind: str, protocol: str) -> bool:
    """Whether a netlink message of this kind changes something. strace gives a number for the sockets of
    other namespaces."""
    if not kind.startswith('0x'):
        return bool(_NETLINK_WRITE.match(kind))
    number = int(kind, 16)
    if protocol == 'route':
        return number >= 16 and (number - 16) % 4 != 2  # RTM_GET...
    if protocol == 'netfilter' and number >> 8 == 10:  # NFNL_SUBSYS_NFTABLES
        return number & 0xFF not in _NFT_GET
    return (
        number >> 8 != 11 and number != 16
    )  # NFNL_SUBSYS_NFT_COMPAT only asks; 16 begins a batch, whose members are judged


_PROGRAM = '''
import json, sys
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
converge(json.load(open(sys.argv[1])), check=json.loads(sys.argv[2]), absent=json.loads(sys.argv[3]))
'''


def _watched(
    before: Document | None, document: Document, absent: bool, folder: str, check: bool = True
) -> tuple[list[str], int, int]:
    foreign.sprinkle(7)
    if before is not None:
        converge(before)
    source, trace = os.path.join(folder, 'document.json'), os.path.join(folder, 'trace')
    with open(source, 'w', encoding='utf-8') as file:
        json.dump(document, file)
    roots = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [
            'strace',
            '-f',
            '-qq',
            '-y',
            '-s',
            '4096',
            '-e',
            'trace=' + _CALLS,
            '-e',
            'signal=none',
            '-o',
            trace,
            sys.executable,
            '-c',
            _PROGRAM,
            source,
            json.dumps(check),
            json.dumps(absent),
        ],
        env={**os.environ, 'PYTHONPATH': roots, 'PYTHONDONTWRITEBYTECODE': '1'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with open(trace, encoding='utf-8', errors='replace') as file:
        lines = file.read().splitlines()
    judge = Judge({born[2]: born[1] for born in map(_BORN.match, lines) if born})
    unfinished: dict[str, str] = {}
    for text in lines:
        thread = text.split(' ', 1)[0]
        if '<unfinished ...>' in text:
            unfinished[thread] = text.split('<unfinished', 1)[0]
            continue
        if ' resumed>' in text and thread in unfinished:
            text = unfinished.pop(thread) + text.split(' resumed>', 1)[1]
        judge.line(text)
    return judge.failures, judge.messages, judge.asked_nameless


CASES: dict[str, tuple[Document | None, Document, bool]] = {
    'build': (None, nodes(3), False),
    'change': (nodes(4), changed_nodes(4), False),
    'remove': (nodes(3), nodes(3), True),
    **{
        'random %d' % number: (None, document, False)
        for number, (_name, document) in enumerate(representative()[6:10])
    },
}


@pytest.mark.parametrize('case', list(CASES))
def test_check_mode_only_reads(case: str, tmp_path: pathlib.Path) -> None:
    before, document, absent = CASES[case]
    failures, messages, asked_nameless = world.in_world(_watched, before, document, absent, str(tmp_path))
    assert messages > 4
    assert failures == []
    if case in ('build', 'change'):
        assert asked_nameless > 0


def test_the_judge_sees_a_real_run(tmp_path: pathlib.Path) -> None:
    before, document, absent = CASES['build']
    failures, _messages, _asked = world.in_world(_watched, before, document, absent, str(tmp_path), False)
    seen = ' '.join(failures)
    for word in (
        'RTM_NEWLINK',
        'RTM_NEWADDR',
        'RTM_NEWROUTE',
        'RTM_NEWRULE',
        'mount(',
        'mkdir',
        'ip_forward',
        'O_CREAT',
        '/run/netns/nodes1',
    ):
        assert word in seen, word


def _both(before: Document | None, document: Document, absent: bool) -> tuple[t.Any, t.Any]:
    if before is not None:
        converge(before)

    def both(outcome: Outcome) -> t.Any:
        names = [(change.action, change.kind, change.title) for change in outcome.changes]
        return names, fitting_changes(outcome.changes, '', 'lab', True).differences

    return both(converge(document, check=True, absent=absent)), both(converge(document, absent=absent))


@pytest.mark.parametrize('case', list(CASES))
def test_check_mode_predicts(case: str) -> None:
    predicted, real = world.in_world(_both, *CASES[case])
    assert predicted == real


def _predicted(document: Document, lacking: dict[str, t.Any]) -> tuple[str, str]:
    """What check mode raises, and the library that it misses, on a host that lacks something."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in lacking.items():
            patch.setattr(name, function)
        try:
            outcome = converge(document, check=True)
        except EngineError as error:
            return str(error), ''
    return '', str(outcome.lacking or '')


FEATURES = 'ansible_collections.multinet.linux.plugins.module_utils.objects.link.features._refused'
LIBRARY = 'ansible_collections.multinet.linux.plugins.module_utils.kernel.codec.require'


def _no_library() -> None:
    raise MissingLibrary('no pyroute2')


def test_check_mode_refuses_kinds_of_links_that_the_kernel_lacks() -> None:
    document = {'name': 'lab', 'links': [{'name': 'd0', 'kind': 'dummy'}]}
    error, _library = world.in_world(
        _predicted, document, {FEATURES: lambda _kinds, _settings: ({'dummy'}, set())}
    )
    assert 'this kernel has no links of kind dummy' in error


def test_check_mode_tells_that_the_library_is_missing() -> None:
    document = {'name': 'lab', 'links': [{'name': 'br0', 'kind': 'bridge'}]}
    assert world.in_world(_predicted, document, {LIBRARY: _no_library}) == ('', 'pyroute2 cannot be imported')


def test_check_mode_says_what_it_does_not_see() -> None:
    document = {
        'name': 'lab',
        'namespaces': [
            {'name': 'later', 'create': False, 'routes': [{'to': '10.9.0.0/24', 'type': 'blackhole'}]}
        ],
    }
    error, _library = world.in_world(_predicted, document, {})
    assert error.split('\n')[0].startswith('namespace later: does not exist')
    assert (
        'check mode sees what earlier tasks of the play would create if they are of this collection' in error
    )


# What earlier tasks of the play would do


def _told(outcome: Outcome) -> list[tuple[str, str]]:
    """What would be done, by title. Nobody knows what a sysctl of a link is before the link is there."""
    return [
        (change.action, change.title)
        for change in outcome.changes
        if change.kind != 'sysctl' or '.conf.' not in change.title
    ]


def _after(first: Document, second: Document, absent: bool) -> t.Any:
    """What check mode tells of a document after itself, and of another one after it while it is only
    predicted, and when it is done."""
    earlier = (Earlier(first),)
    again = converge(first, check=True, earlier=earlier)
    predicted = converge(second, check=True, absent=absent, earlier=earlier)
    converge(first)
    return _told(again), _told(predicted), _told(converge(second, check=True, absent=absent))


_FOLLOWING: dict[str, tuple[Document, Document, bool]] = {
    'change': (nodes(4), changed_nodes(4), False),
    'back': (changed_nodes(4), nodes(4), False),
    'remove': (nodes(3), nodes(3), True),
    **{
        'random %d' % number: (document, document, True)
        for number, (_name, document) in enumerate(representative()[::2])
    },
}


@pytest.mark.parametrize('case', list(_FOLLOWING))
def test_check_mode_predicts_what_follows(case: str) -> None:
    again, predicted, real = world.in_world(_after, *_FOLLOWING[case])
    assert (again, predicted) == ([], real)
