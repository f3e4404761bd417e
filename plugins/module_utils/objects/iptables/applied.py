# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: which part of an operation has taken effect, for whoever takes it back after another process was killed."""

from __future__ import annotations

import dataclasses
import typing as t

from ..operation import Op
from .save_text import Table


def effective(op: Op, tables: t.Mapping[str, t.Mapping[str, Table]]) -> Op | None:
    """A firewall operation less the tables that are as they were before it; None where that is all of them.

    iptables commits table by table, and each of them as a whole.
    """
    family, before = op.before
    after = op.after[1]
    names = [
        name for name in after if not _untouched(before[name], after[name], tables.get(family, {}).get(name))
    ]
    if not names:
        return None
    return dataclasses.replace(
        op,
        before=(family, {name: before[name] for name in names}),
        after=(family, {name: after[name] for name in names}),
    )


def _untouched(before: t.Any, after: t.Any, present: Table | None) -> bool:
    chains = present.chains if present is not None else {}
    if not hasattr(before, 'jumps'):
        return False  # written as a whole, as often as one likes
    if any((chains[name].rules if name in chains else None) != rules for name, rules in before.chains):
        return False
    for old, new in zip(before.jumps, after.jumps):
        there = set(chains[old[0]].rules if old[0] in chains else ())
        if not _lines(old) <= there or (_lines(new) - _lines(old)) & there:
            return False
    return True


def _lines(jump: t.Sequence[t.Any]) -> set[str]:
    return set(jump[1].split('\n')) - {''}
