# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on the kernel, and the changes that people read.

An operation is a pair: what was, and what shall be. Its inverse is the same pair the other way round, which is all
that undo needs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..values.problems import Problem

# Orders within STAGE_DETACH: what comes later here is undone earlier.
(
    ORDER_DETACH_RULE,
    ORDER_DETACH_ROUTE,
    ORDER_DETACH_ADDRESS,
    ORDER_DETACH_SYSCTL,
    ORDER_DETACH_MTU,
    ORDER_DETACH_FIELDS,
) = range(1, 7)

# Stages of a run, in their order. Within STAGE_CONTENTS one namespace comes after the other, so that each is visited once.
# A veth across namespaces makes the kernel give them numbers, so those that are wanted come before (peernet2id_alloc).
(
    STAGE_DETACH,
    STAGE_UNLINK,
    STAGE_NAMESPACE,
    STAGE_NSID,
    STAGE_EARLY_SYSCTL,
    STAGE_LINK,
    STAGE_FIREWALL,
    STAGE_CONTENTS,
    STAGE_FORWARDING,
    STAGE_NAME,
    STAGE_LATE_FIREWALL,
    STAGE_RESTORE,
    STAGE_UNNAME,
) = range(13)


@dataclasses.dataclass(frozen=True, eq=False)
class Op:
    """One operation.

    kind       before / after
    namespace  None or the Namespace to make (without a name: it gets that last)
    name       None or the name in /run/netns
    nsid       the number of the namespace in the host
    link       None or a tuple of one Link, or of both ends of a veth
    set        (link name, {field: value}) with fields of Link
    move       (namespace, link name)
    address, route, rule  None or the value
    sysctl     (key, value)
    file       (path, text)
    firewall   (family, tables), see firewall.py
    nftables   None or (label, lines), see nftables.py

    An ``implied`` one is done by the kernel in the wake of an earlier operation: only its inverse is ever carried out.
    """

    kind: str
    namespace: str
    before: t.Any
    after: t.Any
    stage: int
    order: int = 0
    implied: bool = False

    @property
    def inverse(self) -> Op:
        return dataclasses.replace(self, before=self.after, after=self.before, implied=False)

    @property
    def subject(self) -> str:
        """The object, as it is named in errors."""
        value = self.after if self.after is not None else self.before
        where = self.namespace or 'host'
        if self.kind in ('namespace', 'name', 'nsid'):
            return 'namespace %s' % self.namespace
        if self.kind == 'link':
            return 'link ' + ' and '.join('%s/%s' % (link.namespace or 'host', link.name) for link in value)
        if self.kind == 'set':
            return 'link %s/%s (%s)' % (where, value[0], ', '.join(sorted(value[1])))
        if self.kind == 'move':
            return 'link %s/%s' % (self.before[0] or 'host', self.before[1])
        if self.kind == 'file':
            return 'file %s' % value[0]
        if self.kind == 'address':
            return 'address %s of link %s/%s' % (value.address, where, value.link)
        if self.kind in ('route', 'rule'):
            return '%s %s in %s' % (self.kind, value.text(), where)
        if self.kind == 'sysctl':
            return 'sysctl %s in %s' % (value[0].replace('/', '.'), where)
        return '%s %s in %s' % (self.kind, value[0], where)

    @property
    def verb(self) -> str:
        return 'make' if self.before is None else 'remove' if self.after is None else 'change'


@dataclasses.dataclass(frozen=True)
class Change:
    """An object that is made, changed or removed, as text before and after."""

    kind: str
    namespace: str
    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        return 'create' if not self.before else 'delete' if not self.after else 'change'

    @property
    def title(self) -> str:
        if self.kind in ('namespace', 'document', 'unit', 'file'):
            return '%s %s' % (self.kind, self.name)
        separator = '/' if self.kind in ('link', 'address') else ' '
        return '%s %s%s%s' % (self.kind, self.namespace or 'host', separator, self.name)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a run would do. ``conflicts`` are the reasons why it must not."""

    changes: tuple[Change, ...] = ()
    ops: tuple[Op, ...] = ()
    conflicts: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ops)
