# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on tables of iptables."""

from __future__ import annotations

import typing as t

from ...kernel import namespaces
from ...kernel.netlink import plainly
from ...kernel.tool_errors import ToolError
from ..management_path import ManagementPath
from ..operation import Access, Operation, StepFailed
from . import tools
from .errors import LockBusy
from .own_chains import rules_with_line_breaks
from .restore_text import own_chains_text, whole_tables_text
from .save_text import SavedTable
from .value import BASE_CHAINS, own_chain

# Chains that no packet to or from this host goes through. (The table nat sees the first packet of a
# connection only, so its POSTROUTING does not concern those that come in.)
_NOT_OUR_PACKETS = {
    'filter': ('FORWARD',),
    'mangle': ('FORWARD',),
    'security': ('FORWARD',),
    'nat': ('POSTROUTING',),
    'raw': (),
}


class IptablesOperation(Operation):
    """``before`` and ``after`` are tables of one family by name; both have the same names.

    Its subclasses say what of a table is ours: all of it, or chains of our own.
    """

    family: str = ''

    contained = True
    needs_codec = False

    @property
    def subject(self) -> str:
        return 'iptables %s in %s' % (self.family, self.place)

    @property
    def commits(self) -> int:
        """Once for each table: restore_text has a COMMIT for each."""
        return len(self.after)

    def restore_text(self, is_new: bool, undo: bool) -> tuple[str, bool]:
        """Input of iptables-restore, and whether it is for --noflush. *is_new*: the namespace was made in
        this run."""
        raise NotImplementedError

    def makes_first_tables(self) -> bool:
        """Whether nothing of the tables exists before, and all of them is ours."""
        return False

    def changed_chains(self, table: str) -> list[str]:
        """The chains of a table that change; a chain of our own is named after its built-in chain."""
        raise NotImplementedError

    def changed_rules(self, table: str, scope: str, chain: str) -> set[str]:
        """The rules of a declared chain that come or go."""
        raise NotImplementedError

    def is_untouched(self, table: str, present: SavedTable | None) -> bool:
        """Whether a table is as it was before; False if it does not matter, as it is written as a whole."""
        raise NotImplementedError

    def line_breaks(self, table: str) -> list[tools.WholeRule]:
        """The rules of a table after the operation that iptables-restore cannot write as they are."""
        raise NotImplementedError

    def risk(self, path: ManagementPath) -> str:
        if (
            path.ends_in(self.namespace)
            and self.family == path.family
            and any(map(self._filters_own_packets, self.after))
        ):
            return 'filters the connection too'
        return ''

    def _filters_own_packets(self, table: str) -> bool:
        """Whether more changes than what is forwarded or leaves."""
        others = _NOT_OUR_PACKETS[table]
        return any(not (others and chain.endswith(others)) for chain in self.changed_chains(table))

    def joins(self, following: Operation) -> bool:
        return isinstance(following, IptablesOperation)

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        by_family: dict[str, list[IptablesOperation]] = {}
        for op in t.cast('t.Sequence[IptablesOperation]', group):
            by_family.setdefault(op.family, []).append(op)
        for family, ops in by_family.items():
            _write(access, family, ops)

    def applied_part(self, iptables: t.Mapping[str, t.Mapping[str, SavedTable]]) -> IptablesOperation | None:
        """The operation less the tables that are as they were before it.

        iptables commits table by table, and each of them as a whole.
        """
        present = iptables.get(self.family, {})
        names = [name for name in self.after if not self.is_untouched(name, present.get(name))]
        if not names:
            return None
        before = {name: self.before[name] for name in names}
        return self.replaced(before=before, after={name: self.after[name] for name in names})


class WholeTablesOperation(IptablesOperation):
    """On tables that are all ours: the values are SavedTable."""

    def restore_text(self, is_new: bool, undo: bool) -> tuple[str, bool]:
        return whole_tables_text(self.before, self.after, is_new, undo)

    def makes_first_tables(self) -> bool:
        return all(table.is_initial() for table in self.before.values())

    def changed_chains(self, table: str) -> list[str]:
        before, after = self.before[table].content(), self.after[table].content()
        return [chain for chain in {**before, **after} if before.get(chain) != after.get(chain)]

    def changed_rules(self, table: str, scope: str, chain: str) -> set[str]:
        rules: set[str] = set()
        for value in (self.before[table], self.after[table]):
            if chain in value.chains:
                rules ^= set(value.chains[chain].rules)
        return rules

    def is_untouched(self, table: str, present: SavedTable | None) -> bool:
        return False

    def line_breaks(self, table: str) -> list[tools.WholeRule]:
        rules = []
        for chain in self.after[table].chains.values():
            rules += rules_with_line_breaks(table, chain.name, chain.rules, chain.counters)
        return rules


class OwnChainsOperation(IptablesOperation):
    """On what a scope has in tables of others: the values are OwnChains."""

    def restore_text(self, is_new: bool, undo: bool) -> tuple[str, bool]:
        texts = [own_chains_text(name, self.before[name], self.after[name], undo) for name in self.after]
        return ''.join(texts), True

    def changed_chains(self, table: str) -> list[str]:
        before, after = self.before[table], self.after[table]
        chains = [name for name, rules in after.chains.items() if rules != before.chains[name]]
        return chains + [jump.chain for jump, old in zip(after.jumps, before.jumps) if jump != old]

    def changed_rules(self, table: str, scope: str, chain: str) -> set[str]:
        name = own_chain(scope, chain) if chain in BASE_CHAINS[table] else chain
        before, after = self.before[table], self.after[table]
        return set(before.chains.get(name) or ()) ^ set(after.chains.get(name) or ())

    def line_breaks(self, table: str) -> list[tools.WholeRule]:
        return t.cast('list[tools.WholeRule]', self.after[table].line_breaks(table))

    def is_untouched(self, table: str, present: SavedTable | None) -> bool:
        return bool(
            self.before[table].is_in(present)
            and not self.after[table].has_new_jump(self.before[table], present)
        )


def _write(access: Access, family: str, ops: list[IptablesOperation]) -> None:
    try:
        tool = tools.find_tool(family)
    except (OSError, ToolError) as error:
        raise StepFailed(ops[0], plainly(error)) from error
    if tool.backend == 'nf_tables' and not access.undoing:
        ops = _not_written_as_bytes(access, family, ops)
    if ops:
        _restore(access, tool, ops)


def _not_written_as_bytes(
    access: Access, family: str, ops: list[IptablesOperation]
) -> list[IptablesOperation]:
    """Make the tables of new namespaces without a program, where their rules are known. Returns the rest."""
    first = [op for op in ops if op.namespace in access.new_namespaces and op.makes_first_tables()]
    if not first or family not in access.known_rules:
        return ops
    from .rule_bytes import RuleWriter  # not loaded for a run without new namespaces

    writer = RuleWriter(family, access.known_rules[family])
    for op in first:
        with namespaces.entered(access.fd(op.namespace), access.home):
            is_written = writer.write_first(op.after.values())
        if is_written:
            access.done.append(op)
    written = set(access.done)
    return [op for op in ops if op not in written]


def _restore(access: Access, tool: tools.Tool, ops: list[IptablesOperation]) -> None:
    try:
        if access.undoing:
            ops = _left_to_undo(access, ops, tool)
        results = tools.run_many([_job(access, op, tool) for op in ops])
    except (OSError, ToolError) as error:
        raise StepFailed(ops[0], plainly(error)) from error
    # A tool that did not get the lock has done nothing, one that failed otherwise may have committed some of
    # its tables.
    access.done.extend(op for op, result in zip(ops, results) if not isinstance(result, LockBusy))
    _raise_first(ops, results)
    if access.undoing:
        for op in ops:
            rules = [rule for table in op.after for rule in op.line_breaks(table)]
            _raise_first([op] * len(rules), tools.replace_rules(access.fd(op.namespace), tool, rules))


def _raise_first(ops: t.Iterable[IptablesOperation], results: t.Iterable[tools.Result]) -> None:
    for op, result in zip(ops, results):
        if isinstance(result, Exception):
            raise StepFailed(op, plainly(result))


def _job(access: Access, op: IptablesOperation, tool: tools.Tool) -> tools.IptablesJob:
    is_new = op.namespace in access.new_namespaces and not access.undoing
    text, noflush = op.restore_text(is_new, access.undoing)
    options = tools.Options(noflush=noflush, counters=access.undoing)
    return tools.IptablesJob(access.fd(op.namespace), tool, text, options)


def _left_to_undo(
    access: Access, ops: t.Sequence[IptablesOperation], tool: tools.Tool
) -> list[IptablesOperation]:
    """What is left of inverse operations: iptables-restore may have committed some of its tables before it
    failed."""
    results = tools.run_many([tools.IptablesJob(access.fd(op.namespace), tool) for op in ops])
    remaining = []
    for op, tables in zip(ops, results):
        if isinstance(tables, Exception):
            remaining.append(op)
            continue
        forward = t.cast(IptablesOperation, op.inverse)
        applied = forward.applied_part({tool.family: tables or {}})
        if applied is not None:
            remaining.append(t.cast(IptablesOperation, applied.inverse))
    return remaining
