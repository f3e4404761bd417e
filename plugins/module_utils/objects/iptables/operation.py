# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on tables of iptables."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel.netlink import plainly
from ...kernel.tool_errors import LockBusy, XtablesError
from ...values.names import HOST
from ..management_path import ManagementPath
from ..operation import Access, Operation, StepFailed
from . import tools
from .restore_text import restore_text
from .save_text import Table
from .share import Share

Content = t.Union[Share, Table]
Tables = t.Mapping[str, Content]
"""Tables by name, each whole or as the share of a scope."""

_IN_FLIGHT = {'nf_tables': 16, 'legacy': 2}
# Chains that no packet to or from this host goes through. (The table nat sees the first packet of a connection only, so its
# POSTROUTING does not concern those that come in.)
_NOT_OUR_PACKETS = {
    'filter': ('FORWARD',),
    'mangle': ('FORWARD',),
    'security': ('FORWARD',),
    'nat': ('POSTROUTING',),
    'raw': (),
}


@dataclasses.dataclass(frozen=True, eq=False)
class IptablesOperation(Operation):
    """``before`` and ``after`` are tables of one family by name; both have the same names."""

    family: str = ''

    contained = True
    needs_codec = False

    @property
    def subject(self) -> str:
        return 'iptables %s in %s' % (self.family, self.place)

    def risk(self, path: ManagementPath) -> str:
        if self.namespace != HOST or self.family != path.family:
            return ''
        if any(_filters_own_packets(name, self.before[name], self.after[name]) for name in self.after):
            return 'filters the connection too'
        return ''

    def joins(self, following: Operation) -> bool:
        return isinstance(following, IptablesOperation)

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        by_family: dict[str, list[IptablesOperation]] = {}
        for op in t.cast('t.Sequence[IptablesOperation]', group):
            by_family.setdefault(op.family, []).append(op)
        for family, members in by_family.items():
            _restore(access, family, members)

    def applied_part(self, iptables: t.Mapping[str, t.Mapping[str, Table]]) -> IptablesOperation | None:
        """The operation less the tables that are as they were before it.

        iptables commits table by table, and each of them as a whole.
        """
        present = iptables.get(self.family, {})
        names = [
            name
            for name in self.after
            if not _untouched(self.before[name], self.after[name], present.get(name))
        ]
        return self._of(names) if names else None

    def _of(self, names: t.Sequence[str]) -> IptablesOperation:
        before = {name: self.before[name] for name in names}
        after = {name: self.after[name] for name in names}
        return dataclasses.replace(self, before=before, after=after)


def _restore(access: Access, family: str, members: list[IptablesOperation]) -> None:
    try:
        tool = tools.find_tool(family)
        if access.undoing:
            members = _left_to_undo(access, members, tool)
        jobs = [_job(access, op, tool) for op in members]
        results = tools.spawn_many(jobs, _IN_FLIGHT[tool.backend])
    except (OSError, XtablesError) as error:
        raise StepFailed(members[0], plainly(error)) from error
    # A tool that did not get the lock has done nothing, one that failed otherwise may have committed some of its tables.
    access.done.extend(op for op, result in zip(members, results) if not isinstance(result, LockBusy))
    for op, result in zip(members, results):
        if isinstance(result, Exception):
            raise StepFailed(op, plainly(result))


def _job(access: Access, op: IptablesOperation, tool: tools.Tool) -> tools.Job:
    is_new = op.namespace in access.new_namespaces and not access.undoing
    text, noflush = restore_text(op.before, op.after, is_new, access.undoing)
    return tools.Job(
        access.fd(op.namespace), tool, text, tools.Options(noflush=noflush, counters=access.undoing)
    )


def _left_to_undo(
    access: Access, ops: t.Sequence[IptablesOperation], tool: tools.Tool
) -> list[IptablesOperation]:
    """What is left of inverse operations: iptables-restore may have committed some of its tables before it failed."""
    present = tools.spawn_many([tools.Job(access.fd(op.namespace), tool) for op in ops])
    remaining = []
    for op, tables in zip(ops, present):
        if isinstance(tables, Exception):
            remaining.append(op)
            continue
        forward = t.cast(IptablesOperation, op.inverse)
        applied = forward.applied_part({tool.family: tables or {}})
        if applied is not None:
            remaining.append(t.cast(IptablesOperation, applied.inverse))
    return remaining


def _untouched(before: Content, after: Content, present: Table | None) -> bool:
    """Whether a table is as it was."""
    if not (isinstance(before, Share) and isinstance(after, Share)):
        return False  # written as a whole, as often as one likes
    chains = present.chains if present is not None else {}
    for name, rules in before.chains:
        if (chains[name].rules if name in chains else None) != rules:
            return False
    for old, new in zip(before.jumps, after.jumps):
        rules_now = set(chains[old[0]].rules if old[0] in chains else ())
        if not _lines(old) <= rules_now or (_lines(new) - _lines(old)) & rules_now:
            return False
    return True


def _lines(jump: t.Sequence[t.Any]) -> set[str]:
    return set(jump[1].split('\n')) - {''}


def _filters_own_packets(table: str, before: Content, after: Content) -> bool:
    """Whether more changes than what is forwarded or leaves. Chains of ours are named after their base chain."""
    others = _NOT_OUR_PACKETS[table]
    return any(not chain.endswith(others) if others else True for chain in _changed_chains(before, after))


def _changed_chains(before: Content, after: Content) -> list[str]:
    if isinstance(before, Share) and isinstance(after, Share):
        pairs = zip(after.chains, before.chains)
        chains = [name for (name, rules), (_name, old_rules) in pairs if rules != old_rules]
        return chains + [jump[0] for jump, old_jump in zip(after.jumps, before.jumps) if jump != old_jump]
    old, new = t.cast(Table, before).chains, t.cast(Table, after).chains
    return [chain for chain in {**old, **new} if _content(old.get(chain)) != _content(new.get(chain))]


def _content(chain: t.Any) -> tuple[t.Any, ...] | None:
    return None if chain is None else (chain.policy, chain.rules)
