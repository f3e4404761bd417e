# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of iptables share: namespaces without a name, the programs of both backends, and
documents."""

from __future__ import annotations

import contextlib
import os
import subprocess
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge as _converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, nfnetlink
from ansible_collections.multinet.linux.plugins.module_utils.kernel import tools as kernel_tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import tools
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import value as iptables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical import canonicalise
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.errors import RuleErrors
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.rule_sheet import RuleKey
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.save_text import (
    SavedTable,
    display_line,
)

from . import iptables_spellings, world
from .world import inside, run

T = t.TypeVar('T')
Document = dict[str, t.Any]
BACKENDS = ('nf_tables', 'legacy')
PROGRAM = {'ipv4': 'iptables', 'ipv6': 'ip6tables'}
_SUFFIX = {'nf_tables': 'nft', 'legacy': 'legacy'}


# -- namespaces without a name -------------------------------------------------------------------------------


def in_namespace(function: t.Callable[..., T], *args: t.Any) -> T:
    """Call *function* in a thread that is in a namespace of its own."""

    def body() -> T:
        with namespaces.Visitor() as visitor, visitor.scratch():
            return function(*args)

    return namespaces.in_thread(body)


def with_namespaces(count: int, function: t.Callable[[list[int]], T]) -> T:
    """Call *function* with descriptors of *count* new namespaces."""

    def body() -> T:
        with contextlib.ExitStack() as stack:
            home = namespaces.open_current()
            stack.callback(os.close, home)
            return function(
                [stack.enter_context(kernel_tools.scratch_namespace(home)) for _number in range(count)]
            )

    return namespaces.in_thread(body)


def command(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


# -- programs ------------------------------------------------------------------------------------------------


def tool_of(family: str, backend: str) -> tools.Tool:
    """The programs of a certain backend, whatever the host calls iptables."""
    stem = '/usr/sbin/%s-%s' % (PROGRAM[family], _SUFFIX[backend])
    return tools.Tool(family, stem + '-save', stem + '-restore', backend)


def _here(tool: tools.Tool, text: str | None, options: tools.Options) -> t.Any:
    """The result of a run in the calling thread's namespace."""
    fd = namespaces.open_current()
    try:
        (result,) = tools.run_many([tools.IptablesJob(fd, tool, text, options)])
    finally:
        os.close(fd)
    if isinstance(result, Exception):
        raise result
    return result


def restore(tool: tools.Tool, text: str, **options: t.Any) -> None:
    _here(tool, text, tools.Options(**options))


def save(tool: tools.Tool) -> dict[str, SavedTable]:
    return t.cast('dict[str, SavedTable]', _here(tool, None, tools.Options()))


def lines(table: SavedTable) -> list[str]:
    """Chains with their policies, each followed by its rules, no counters."""
    found = []
    for chain in table.chains.values():
        found.append(':%s %s' % (chain.name, chain.policy or '-'))
        found.extend(display_line(chain.name, rule) for rule in chain.rules)
    return found


def as_text(rules: t.Iterable[RuleKey]) -> str:
    """Input of iptables-restore with these rules."""
    out = []
    everything = list(rules)
    for name in iptables.BASE_CHAINS:
        mine = [(chain, spec) for table, chain, spec in everything if table == name]
        own = {chain for chain, _rule in mine if chain not in iptables.BASE_CHAINS[name]}
        own |= set(iptables_spellings.CHAINS.get(name, ()))
        heads = [':%s - [0:0]' % chain for chain in sorted(own)]
        out += ['*' + name, *heads, *map('-A %s %s'.__mod__, mine), 'COMMIT']
    return '\n'.join(out) + '\n'


def unsupported(tool: tools.Tool, keys: list[RuleKey]) -> dict[RuleKey, str]:
    """The rules that this kernel or this release of iptables does not have, with what was said of each."""
    try:
        canonicalise(tool, keys, iptables_spellings.CHAINS)
    except RuleErrors as exc:
        return {(rule.table, rule.chain, rule.spec): rule.message for rule in exc.rejected}
    return {}


# -- worlds with one backend --------------------------------------------------------------------------------


def use(backend: str) -> None:
    """Have this world find the programs of one backend under the usual names, and a lock of its own."""
    os.makedirs('/run/bin', exist_ok=True)
    for name in PROGRAM.values():
        for tail in ('', '-save', '-restore'):
            path = '/run/bin/%s%s' % (name, tail)
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink('/usr/sbin/%s-%s%s' % (name, _SUFFIX[backend], tail), path)
    os.environ['PATH'] = '/run/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    os.environ['XTABLES_LOCKFILE'] = '/run/xtables.lock'
    tools.find_tool.cache_clear()


def with_backend(backend: str, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    """The result of *function* in a world of its own that uses one backend."""

    def body() -> t.Any:
        use(backend)
        return function(*args)

    return world.in_world(body)


def state(program: str = 'iptables-save') -> str:
    """What iptables-save shows, with counters and without comments."""
    return ''.join(line + '\n' for line in run(program + ' -c').split('\n') if line and line[0] != '#')


def converge(document: Document, **options: t.Any) -> t.Any:
    return _converge({'name': 'lab', **document}, **options)


class Watch:
    """Which programs are started, and commits of nf_tables in a namespace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, namespace: str) -> None:
        self.namespace, self.started = namespace, t.cast('list[str]', [])
        real = kernel_tools.RunningProgram

        def process(argv: t.Sequence[str], *more: t.Any) -> t.Any:
            self.started.append(os.path.basename(argv[0]))
            return real(argv, *more)

        monkeypatch.setattr(kernel_tools, 'RunningProgram', process)
        self.generation = self._generation()

    def _generation(self) -> int | None:
        return inside(self.namespace, nfnetlink.generation)

    def commits(self) -> bool:
        return self._generation() != self.generation
