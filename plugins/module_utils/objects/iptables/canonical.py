# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables makes of a rule: it is loaded into a namespace that nobody uses, and read back."""

from __future__ import annotations

import os
import re
import typing as t

from ...kernel import namespaces, tools
from ...kernel.ipset import IpSet, create_empty
from ...kernel.tool_errors import ToolFailed
from . import known_rules
from .errors import LockBusy, RejectedRule, RestoreError, RuleErrors
from .known_rules import NOTHING
from .rule_sheet import RuleKey, RuleSheet
from .save_text import SavedTable
from .tools import IptablesJob, Options, Tool, private_lock, run_of
from .value import BASE_CHAINS

_MOST_REJECTED = 100


class Canonical(dict[RuleKey, tuple[str, ...]]):
    """The canonical form of rules. ``known_rules`` is what lets others read these rules without
    iptables-save."""

    known_rules = NOTHING


class _Refused(Exception):
    """iptables-restore did not load a sheet. ``blamed`` are the rules that it named."""

    def __init__(self, blamed: dict[RuleKey, str], reason: str) -> None:
        super().__init__(reason)
        self.blamed, self.reason = blamed, reason


class _Search:
    """The search for the canonical form of rules, and for those that iptables does not take.

    For a thread of namespaces.in_thread that is in *home*.
    """

    def __init__(
        self,
        tool: Tool,
        chains: t.Mapping[str, t.AbstractSet[str]],
        home: int,
        lockfile: str,
        limit: int,
        record: bool,
        sets: t.Collection[IpSet],
    ) -> None:
        self.tool, self.chains, self.home, self.limit, self.sets = tool, chains, home, limit, sets
        self.records = record and tool.backend == 'nf_tables'
        self.options = Options(lockfile=lockfile)
        self.canonical: dict[RuleKey, tuple[str, ...]] = {}
        self.rejected: dict[RuleKey, str] = {}
        self.complete = True
        self.known_rules = NOTHING

    def load(self, rules: t.Sequence[RuleKey]) -> None:
        remaining = list(rules)
        while remaining:
            if len(self.rejected) >= self.limit:
                self.complete = False
                return
            try:
                self.canonical.update(self._read(remaining))
                return
            except _Refused as refused:
                blamed = refused.blamed
                if not blamed and len(remaining) == 1:
                    blamed = {remaining[0]: refused.reason}
            if not blamed:
                # 'line N failed' of a COMMIT names no rule. Halves that are fine alone but not together come
                # out right too.
                middle = len(remaining) // 2
                self.load(remaining[:middle])
                self.load(remaining[middle:])
                return
            self.rejected.update((rule, _explained(reason)) for rule, reason in blamed.items())
            remaining = [rule for rule in remaining if rule not in self.rejected]

    def _read(self, rules: list[RuleKey]) -> dict[RuleKey, tuple[str, ...]]:
        for separate_all in (False, True):
            sheet = RuleSheet(rules, self.chains, separate_all, self.records)
            canonical = sheet.read(self._through_kernel(sheet))
            if canonical is not None:
                return canonical
        raise ToolFailed(
            '%s: rules that were loaded did not come back from %s one for one; report this with the rules '
            '(found %r)' % (os.path.basename(self.tool.restore), os.path.basename(self.tool.save), rules[:5])
        )

    def _create_sets(self, fd: int) -> None:
        if self.sets:
            with namespaces.entered(fd, self.home):
                for ipset in self.sets:
                    create_empty(ipset)

    def _through_kernel(self, sheet: RuleSheet) -> dict[str, SavedTable]:
        """What iptables-save shows once *sheet* is loaded into a scratch namespace."""
        with tools.scratch_namespace(self.home) as fd:
            self._create_sets(fd)
            try:
                tools.run_one(self.home, run_of(IptablesJob(fd, self.tool, sheet.text, self.options)))
            except LockBusy:
                raise
            except RestoreError as exc:
                raise _Refused(_blamed_rules(sheet, exc), exc.reason) from exc  # pylint: disable=bad-exception-cause
            tables = tools.run_one(self.home, run_of(IptablesJob(fd, self.tool, None, Options(bare=True))))
            if self.records:
                with namespaces.entered(fd, self.home):
                    shown = known_rules.record(self.tool.family, tables)
                self.known_rules = known_rules.merge(self.known_rules, shown)
        return t.cast('dict[str, SavedTable]', tables)


def _blamed_rules(sheet: RuleSheet, error: RestoreError) -> dict[RuleKey, str]:
    blamed: dict[RuleKey, str] = {}
    for blame in error.blames:
        blamed.update(dict.fromkeys(sheet.owners.get(blame.line, []), blame.message))
    return blamed


def _explained(reason: str) -> str:
    """When the kernel refuses, the legacy tool says no more than 'line N failed', the nft variant
    'RULE_APPEND failed (WHY)'."""
    if not re.search(r'(?:line \d+|RULE_\w+) failed', reason):
        return reason
    return (
        'the kernel does not take this rule here: its target or a match is not meant for this table or '
        'chain, needs -p, or has no module; the tool said %r' % reason
    )


def _sheet_key(key: RuleKey) -> RuleKey:
    table, chain, spec = key
    return table, chain if chain in BASE_CHAINS[table] else '', spec


def canonicalise(
    tool: Tool,
    wanted: t.Iterable[RuleKey],
    chains: t.Mapping[str, t.Iterable[str]] | None = None,
    limit: int = _MOST_REJECTED,
    record: bool = True,
    sets: t.Collection[IpSet] = (),
) -> Canonical:
    """What iptables-save will show for each of *wanted*: usually one rule, several for ``-s A,B``.

    *chains* are the user-defined chains by table that rules may jump to; chains that *wanted* has rules in
    are known anyway. Built-in chains are the real ones, so the kernel checks each rule against its hook;
    rules of other chains are checked without the hooks that they will be reached from. Works in scratch
    namespaces only, from any thread.

    The text of each rule has to be right (rule_text.check_spec). Raises RuleErrors with all rules that
    iptables does not take, up to about *limit*. *record*: fill in ``known_rules``. *sets*: the ipsets that
    rules name.
    """
    keys = list(dict.fromkeys(wanted))
    known_chains: dict[str, set[str]] = {table: set(names) for table, names in (chains or {}).items()}
    for table, chain, _spec in keys:
        known_chains.setdefault(table, set()).add(chain)
    known_chains = {table: names.difference(BASE_CHAINS[table]) for table, names in known_chains.items()}
    if not keys:
        return Canonical()

    def body() -> _Search:
        home = namespaces.open_current()
        try:
            with private_lock() as lockfile:
                search = _Search(tool, known_chains, home, lockfile, limit, record, sets)
                search.load(list(dict.fromkeys(map(_sheet_key, keys))))
                return search
        finally:
            os.close(home)

    search = namespaces.in_thread(body)
    if search.rejected:
        wrong = [key for key in keys if _sheet_key(key) in search.rejected]
        raise RuleErrors(
            [RejectedRule(*key, search.rejected[_sheet_key(key)]) for key in wrong], search.complete
        )
    canonical = Canonical((key, search.canonical[_sheet_key(key)]) for key in keys)
    canonical.known_rules = search.known_rules
    return canonical
