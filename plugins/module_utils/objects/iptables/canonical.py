# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule really is: it is loaded into a namespace that nobody uses, and read back."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ...kernel import namespaces
from ...kernel.tool_errors import LockBusy, RestoreError, RuleErrors, RuleFault, ToolFailed
from ...kernel.tools import drive
from . import nf_rules as xt_netlink
from .rule_text import check_chain, check_spec
from .save_text import Table, rule_line
from .tools import Job, Options, Tool, job_run, private_lock
from .value import BASE_CHAINS

Key = tuple[str, str, str]
"""(table, chain, spec): one rule as somebody wrote it."""


class Canonical(dict[Key, tuple[str, ...]]):
    """The canonical form of rules. ``spellings`` is what there is to know of them for those who read rules without iptables-save."""

    spellings = xt_netlink.NOTHING


Prepare = t.Callable[[], None]
_BATCH = 64  # descriptors that rehearse holds at once


@contextlib.contextmanager
def _scratch(home: int, prepare: Prepare | None) -> t.Iterator[int]:
    fd = namespaces.create_anonymous(home)
    try:
        if prepare is not None:
            with namespaces.entered(fd, home):
                prepare()
        yield fd
    finally:
        os.close(fd)


def rehearse(
    tool: Tool, texts: t.Sequence[str], prepare: Prepare | None = None, in_flight: int = 8
) -> list[Exception | None]:
    """Load each of *texts* into an empty namespace of its own, and say for each what went wrong, if anything did.

    This is the test that --test is not: the kernel checks hooks, jumps and loops. *prepare* is called in each namespace
    before, for what rules refer to (ipsets).
    """

    def body() -> list[Exception | None]:
        results: list[Exception | None] = []
        with contextlib.ExitStack() as outer:
            home = namespaces.open_current()
            outer.callback(os.close, home)
            options = Options(lockfile=outer.enter_context(private_lock()))
            for first in range(0, len(texts), _BATCH):
                with contextlib.ExitStack() as stack:
                    jobs = [
                        Job(stack.enter_context(_scratch(home, prepare)), tool, text, options)
                        for text in texts[first : first + _BATCH]
                    ]
                    results.extend(
                        t.cast(
                            'list[Exception | None]', drive([job_run(job, home) for job in jobs], in_flight)
                        )
                    )
        return results

    return namespaces.in_thread(body) if texts else []


class _Sheet:
    """Input of iptables-restore with every item once, and which line is whose.

    Items are (table, chain, spec) with chain '' for all chains of the user's own: their rules are loaded into one chain that
    nothing jumps to, and what rules jump to stays empty. So rules of unrelated chains never make a loop together, nor is
    the content of one chain checked against the hooks that another chain is reached from. *spare*: with a table that has no built-in
    chain in use, to see what is shown of those.
    """

    def __init__(
        self,
        items: t.Sequence[Key],
        chains: t.Mapping[str, t.AbstractSet[str]],
        separate_all: bool,
        spare: bool = False,
    ) -> None:
        self.owner: dict[int, list[Key]] = {}
        self.homes: dict[tuple[str, str], list[Key]] = {}
        self.names: dict[str, str] = {}
        self.mark = 'multinet-between-'
        while any(self.mark in spec for _table, _chain, spec in items):
            self.mark += '-'
        # One spec may give several rules: '-s 10.0.0.0/8,192.168.0.0/16'. Those come last in a chain, with a fence before each.
        self.fenced = {item for item in items if separate_all or ',' in item[2]}
        self.out: list[str] = []
        for table in BASE_CHAINS:
            mine = [item for item in items if item[0] == table]
            if mine or spare:
                self._add_table(table, mine, chains.get(table, frozenset()))
                spare = spare and bool(mine)
        self.text = '\n'.join(self.out) + '\n'

    def _add_line(self, line: str, owners: list[Key]) -> None:
        self.out.append(line)
        self.owner[len(self.out)] = owners

    def _add_table(self, table: str, items: list[Key], chains: t.AbstractSet[str]) -> None:
        own = 'multinet-canonical'
        while own in chains:
            own += '-'
        self.names[table] = own
        # Who is to blame when the table itself, or a chain, cannot be made: every item of the table.
        self._add_line('*' + table, items)
        for chain in sorted(chains) + [own]:
            self._add_line(':%s - [0:0]' % chain, items)
        for item in items:
            self.homes.setdefault(item[:2], []).append(item)
        for (where, chain), members in self.homes.items():
            if where == table:
                self._add_chain(chain or own, members)
        self.out.append('COMMIT')

    def _add_chain(self, chain: str, members: list[Key]) -> None:
        members.sort(key=self.fenced.__contains__)
        for number, item in enumerate(members):
            if item in self.fenced:
                self.out.append(rule_line(chain, '-m comment --comment %s%d' % (self.mark, number)))
            self._add_line(rule_line(chain, item[2]), [item])

    def read(self, tables: t.Mapping[str, Table]) -> dict[Key, tuple[str, ...]] | None:
        """The canonical form of each item; None when the rules that came back cannot be told apart."""
        found: dict[Key, tuple[str, ...]] = {}
        for (table, chain), members in self.homes.items():
            parts = self._parts(tables[table].chains[chain or self.names[table]].rules, members)
            if parts is None:
                return None
            found.update(zip(members, parts))
        return found

    def _parts(self, rules: t.Sequence[str], members: t.Sequence[Key]) -> list[tuple[str, ...]] | None:
        # The blank at the end is of iptables 1.8.7 on nf_tables.
        fence = re.compile(r'-m comment --comment "?%s(\d+)"? ?$' % re.escape(self.mark))
        plain = [number for number, item in enumerate(members) if item not in self.fenced]
        segments: list[list[str]] = [[]]
        seen = []
        for rule in rules:
            match = fence.match(rule)
            if match is None:
                segments[-1].append(rule)
            else:
                seen.append(int(match.group(1)))
                segments.append([])
        if (
            seen != list(range(len(plain), len(members)))
            or len(segments[0]) != len(plain)
            or not all(segments[1:])
        ):
            return None
        return [(rule,) for rule in segments[0]] + [tuple(segment) for segment in segments[1:]]


class _Canon:
    """The search for the canonical form of items, and for those that have none."""

    def __init__(
        self,
        tool: Tool,
        chains: t.Mapping[str, t.AbstractSet[str]],
        home: int,
        lockfile: str,
        prepare: Prepare | None,
        limit: int,
        learn: bool,
    ) -> None:
        self.tool, self.chains, self.home, self.prepare, self.limit = tool, chains, home, prepare, limit
        self.learns = learn and tool.backend == 'nf_tables'
        self.options = Options(lockfile=lockfile)
        self.found: dict[Key, tuple[str, ...]] = {}
        self.faults: dict[Key, str] = {}
        self.complete = True
        self.spellings = xt_netlink.NOTHING

    def load(self, items: t.Sequence[Key]) -> None:
        left = list(items)
        while left:
            if len(self.faults) >= self.limit:
                self.complete = False
                return
            try:
                self.found.update(self._read(left))
                return
            except _Refused as refused:
                blamed = refused.blamed or ({left[0]: refused.reason} if len(left) == 1 else {})
            if not blamed:
                # 'line N failed' of a COMMIT names no rule. Halves that are fine alone, but not together, come out right as well.
                middle = len(left) // 2
                self.load(left[:middle])
                self.load(left[middle:])
                return
            self.faults.update((item, _explained(reason)) for item, reason in blamed.items())
            left = [item for item in left if item not in self.faults]

    def _read(self, items: list[Key]) -> dict[Key, tuple[str, ...]]:
        for separate_all in (False, True):
            sheet = _Sheet(items, self.chains, separate_all, self.learns)
            result = sheet.read(self._through_kernel(sheet))
            if result is not None:
                return result
        raise ToolFailed(
            '%s: rules that were loaded did not come back from %s one for one; report this with the rules (found %r)'
            % (os.path.basename(self.tool.restore), os.path.basename(self.tool.save), items[:5])
        )

    def _through_kernel(self, sheet: _Sheet) -> dict[str, Table]:
        with _scratch(self.home, self.prepare) as fd:
            (loaded,) = drive([job_run(Job(fd, self.tool, sheet.text, self.options), self.home)], 1)
            if isinstance(loaded, RestoreError) and not isinstance(loaded, LockBusy):
                blamed = {}
                for blame in loaded.blames:
                    owners = sheet.owner.get(blame.line, [])
                    blamed.update(dict.fromkeys(owners, blame.message))
                raise _Refused(blamed, loaded.reason)
            saved = (
                loaded
                if loaded is not None
                else drive([job_run(Job(fd, self.tool, None, Options(bare=True)), self.home)], 1)[0]
            )
            if isinstance(saved, Exception):
                raise saved  # pylint: disable=raising-bad-type
            tables = t.cast(dict[str, Table], saved)
            if self.learns:
                with namespaces.entered(fd, self.home):
                    self.spellings = xt_netlink.joined(
                        self.spellings, xt_netlink.learn(self.tool.family, tables)
                    )
            return tables


class _Refused(Exception):
    def __init__(self, blamed: dict[Key, str], reason: str) -> None:
        super().__init__(reason)
        self.blamed, self.reason = blamed, reason


def _explained(reason: str) -> str:
    """The legacy tool says of a refusing kernel no more than 'line N failed', the nft variant 'RULE_APPEND failed (WHY)'."""
    if not re.search(r'(?:line \d+|RULE_\w+) failed', reason):
        return reason
    return (
        'the kernel does not take this rule here: its target or a match is not meant for this table or chain, needs -p, or has no module; '
        'the tool said %r' % reason
    )


def _item(key: Key) -> Key:
    table, chain, spec = key
    return table, chain if chain in BASE_CHAINS[table] else '', spec


def _chain_fault(table: str, name: str) -> str | None:
    # Both back ends make a chain of the user's own of ':INPUT -' in raw. No packet ever comes there.
    if table in BASE_CHAINS and any(name in chains for chains in BASE_CHAINS.values()):
        return 'this table has no such chain (found %s, want %s, or a chain of your own)' % (
            name,
            ', '.join(BASE_CHAINS[table]),
        )
    problem = check_chain(name)
    return str(problem) if problem else None


def _faults_of_text(
    keys: t.Sequence[Key], chains: t.Mapping[str, t.AbstractSet[str]], family: str
) -> list[RuleFault]:
    faults = []
    for table, names in chains.items():
        for name in sorted(names):
            fault = _chain_fault(table, name)
            if fault is not None:
                faults.append(RuleFault(table, name, '', fault))
    for table, chain, spec in keys:
        fault = check_spec(spec, family)
        if table not in BASE_CHAINS:
            fault = 'no such table (found %r, want one of %s)' % (table, ', '.join(BASE_CHAINS))
        if fault is not None:
            faults.append(RuleFault(table, chain, spec, fault))
    return faults


def canonicalise(
    tool: Tool,
    wanted: t.Iterable[Key],
    chains: t.Mapping[str, t.Iterable[str]] | None = None,
    prepare: Prepare | None = None,
    limit: int = 100,
    checked: bool = False,
    learn: bool = True,
) -> Canonical:
    """What iptables-save will show for each of *wanted*, which is usually one rule, and several for ``-s A,B``.

    *chains* are the user's own chains by table that rules may jump to; chains that *wanted* has rules in are known anyway. Base
    chains are the real ones, so the kernel checks each rule against its hook; rules of other chains are checked without the hooks
    that they will be reached from (see :func:`rehearse`). Acts in throw-away namespaces only, from any thread.

    Raises RuleErrors with all rules that are wrong (up to about *limit*); nothing is run as long as text alone shows a fault. *checked*: the
    caller has had all texts and names looked at by check_spec and check_chain, with this family. *learn*: fill ``spellings`` in.
    """
    keys = list(dict.fromkeys(wanted))
    known: dict[str, set[str]] = {table: set(names) for table, names in (chains or {}).items()}
    for table, chain, _spec in keys:
        known.setdefault(table, set()).add(chain)
    known = {table: names.difference(BASE_CHAINS.get(table, ())) for table, names in known.items()}
    faults = [] if checked else _faults_of_text(keys, known, tool.family)
    if faults:
        raise RuleErrors(faults)
    if not keys:
        return Canonical()

    def body() -> _Canon:
        home = namespaces.open_current()
        try:
            with private_lock() as lockfile:
                search = _Canon(tool, known, home, lockfile, prepare, limit, learn)
                search.load(list(dict.fromkeys(_item(key) for key in keys)))
                return search
        finally:
            os.close(home)

    search = namespaces.in_thread(body)
    if search.faults:
        raise RuleErrors(
            [RuleFault(*key, search.faults[_item(key)]) for key in keys if _item(key) in search.faults],
            search.complete,
        )
    found = Canonical((key, search.found[_item(key)]) for key in keys)
    found.spellings = search.spellings
    return found
