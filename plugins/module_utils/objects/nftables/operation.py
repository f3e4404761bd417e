# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on tables of nft."""

from __future__ import annotations

import re
import typing as t

from ...kernel.netlink import plainly
from ..management_path import ManagementPath
from ..operation import Access, Operation, StepFailed
from . import tool as nft
from .edit_text import change_text
from .value import names_links

_HOOK = re.compile(r'\ttype (\S+) hook (\S+)|\thook (\S+)')  # of a chain, and of a flowtable
_OTHER_FAMILY = {'ipv4': 'ip6', 'ipv6': 'ip'}


class NftablesOperation(Operation):
    """``before`` and ``after`` are the lines of a table, None where there is none.

    ``replaces``: the table is made again even if only rules differ, or nothing: it names links that are new.
    """

    table: nft.TableId = ('', '')
    replaces: bool = False

    contained = True
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'nftables %s %s in %s' % (*self.table, self.place)

    @property
    def commits(self) -> int:
        return 1

    def risk(self, path: ManagementPath) -> str:
        if self.table[0] == _OTHER_FAMILY[path.family] or not path.touches(self.namespace):
            return ''
        lines = [*(self.before or ()), *(self.after or ())]
        if not path.ends_in(self.namespace):
            return 'filters links that carry the connection' if any(map(_filters_links, lines)) else ''
        return 'filters the connection too' if any(map(_filters_own_packets, lines)) else ''

    def joins(self, following: Operation) -> bool:
        return isinstance(following, NftablesOperation)

    def prepare(self, access: Access) -> None:
        """Read a table that names links by their numbers (iif, oif) before one of them is gone: after that
        nft lists the number of a link that does not exist, which no later link has."""
        if self.before is not None and names_links('\n'.join(self.before)):
            _filled_tables(access, [self])

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        """Change, make or remove tables, each in one transaction of its own."""
        ops = t.cast('t.Sequence[NftablesOperation]', group)
        filled = {} if access.undoing else _filled_tables(access, ops)
        jobs = [op._job(access, op._text(access, filled.get(op))) for op in ops]
        failures = []
        for op, result in zip(ops, nft.run_many(jobs)):
            access.done.append(op)
            if isinstance(result, Exception):
                failures.append(StepFailed(op, plainly(result)))
        if failures:
            raise failures[0]

    def _text(self, access: Access, filled: nft.Body | None) -> str:
        """Input of nft. *filled* is the table as it is, with what came into it."""
        if access.undoing and self.after is not None:
            before_run = access.counted_tables.get((self.namespace, *self.table), self.after)
            return nft.replacement(self.table, before_run)
        if self.replaces or self.before is None or self.after is None or filled is None:
            return nft.replacement(self.table, self.after)
        return change_text(self.table, self.before, self.after, filled)

    def _job(self, access: Access, text: str, stateless: bool = True) -> nft.NftJob:
        try:
            return nft.NftJob(access.fd(self.namespace), text, stateless)
        except OSError as error:
            raise StepFailed(self, str(error)) from error


def _filled_tables(access: Access, ops: t.Sequence[NftablesOperation]) -> dict[NftablesOperation, nft.Body]:
    """Tables as they are before they change, with counters and the elements that came into them.

    The run keeps each as it was before its first change, for undo.
    """
    changed = [op for op in ops if op.before is not None]
    jobs = [op._job(access, nft.listing(op.table), False) for op in changed]
    filled = {}
    for op, result in zip(changed, nft.run_many(jobs)):
        if not isinstance(result, Exception):
            filled[op] = nft.parse_list(result)[op.table]
            access.counted_tables.setdefault((op.namespace, *op.table), filled[op])
    return filled


def _filters_links(line: str) -> bool:
    """Whether a line of a table hooks a chain or a flowtable into links, where packets of others pass too."""
    match = _HOOK.search(line)
    return match is not None and (match[2] or match[3]) in ('ingress', 'egress')


def _filters_own_packets(line: str) -> bool:
    """Whether a line of a table hooks a chain into the path of packets to or from this host."""
    match = _HOOK.search(line)
    if match is None:
        return False
    kind, hook, _device = match.groups()
    return hook != 'forward' and (kind, hook) != ('nat', 'postrouting')
