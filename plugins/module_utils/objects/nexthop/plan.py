# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects: which are removed, made and replaced."""

from __future__ import annotations

import typing as t

from ...values.names import PROTOCOL, place
from ..draft import Draft
from ..operation import STAGE_NEXTHOPS
from ..state import Seen
from .operation import ORDER_NEXTHOP, ORDER_REMOVAL, NexthopOperation
from .users import user_of
from .value import Nexthop


def plan_nexthops(draft: Draft) -> None:
    """Those that are declared, before the routes. What else is ours goes after these (plan_removal)."""
    if draft.policy.removes:
        return
    for want in sorted(draft.want.nexthops, key=_groups_last):
        if want.namespace in draft.now:
            _plan_nexthop(draft, want, draft.now[want.namespace])


def _groups_last(nexthop: Nexthop) -> tuple[object, ...]:
    return (bool(nexthop.group), nexthop.namespace, nexthop.number)


def _plan_nexthop(draft: Draft, want: Nexthop, seen: Seen) -> None:
    have = next((each for each in seen.nexthops if each.number == want.number), None)
    ours = have is None or _is_ours(draft, have)
    title = 'nexthop %s in %s' % (want.name, place(want.namespace))
    if have is not None and draft.is_of_scope(lambda: title, want.namespace, 'nexthops', want.key):
        return
    if have == want and have is not None:
        if ours:
            draft.owned_after.nexthops.add(want.key)
        return
    if have is not None and not ours:
        what = 'already exists and is not ours'
        do = 'give it another id, or set adopt: true to replace it'
        draft.conflict(title, what, found=have.text(), want=want.text(), do=do)
        return
    if have is not None and have.shape != want.shape:
        what = 'cannot change so in place'
        do = 'give the new one another id, and that to its routes'
        draft.conflict(title, what, found=have.text(), want=want.text(), do=do)
        return
    if not _parts_exist(draft, title, want, seen):
        return
    new = want._replace(protocol=PROTOCOL)
    draft.add(NexthopOperation(want.namespace, have, new, STAGE_NEXTHOPS, ORDER_NEXTHOP))
    if have is not None:
        seen.nexthops.remove(have)
    seen.nexthops.append(new)
    draft.owned_after.nexthops.add(want.key)
    known = draft.have.seen.get(want.namespace)
    before = [each for each in (known.nexthops if known else ()) if each.number == want.number]
    lines = [line for each in before for line in each.lines()]
    draft.change('nexthop', want.namespace, want.name, lines, new.lines())


def _is_ours(draft: Draft, have: Nexthop) -> bool:
    known = have.key in draft.owned.nexthops or have.protocol == PROTOCOL
    return known or draft.policy.adopt or draft.exclusive(have.namespace)


def _parts_exist(draft: Draft, title: str, want: Nexthop, seen: Seen) -> bool:
    if want.dev and want.dev not in seen.links:
        what = 'uses a link that does not exist'
        draft.conflict(title, what, found=want.dev, do='declare it or check its name')
        return False
    missing = want.members - {each.number for each in seen.nexthops if not each.group}
    if missing:
        found = ', '.join(map(str, sorted(missing)))
        draft.conflict(title, 'has members that do not exist', found=found, do='declare them')
        return False
    return True


def plan_removal(draft: Draft) -> None:
    """Remove those that the document names, or that are ours and not declared, groups first."""
    wanted = {nexthop.key for nexthop in draft.want.nexthops}
    for namespace, seen in draft.live():
        going = [each for each in seen.nexthops if _goes(draft, each, wanted)]
        for nexthop in sorted(going, key=_groups_last, reverse=True):
            staying = [each for each in seen.nexthops if each not in going]
            user = user_of(nexthop.number, staying, seen.routes)
            if user:
                title = 'nexthop %s in %s' % (nexthop.name, place(namespace))
                draft.conflict(title, 'is used by others', found=user, do='remove that first')
                continue
            draft.add(NexthopOperation(namespace, nexthop, None, STAGE_NEXTHOPS, ORDER_REMOVAL))
            draft.owned_after.nexthops.discard(nexthop.key)
            draft.change('nexthop', namespace, nexthop.name, nexthop.lines(), ())
        seen.nexthops = [each for each in seen.nexthops if each not in going]


def _goes(draft: Draft, nexthop: Nexthop, wanted: t.Container[tuple[str, int]]) -> bool:
    if draft.policy.removes:
        return nexthop.key in wanted
    if nexthop.key in wanted or nexthop.protocol != PROTOCOL or not draft.policy.prune:
        return False
    return nexthop.key in draft.owned.nexthops
