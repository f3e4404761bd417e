# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines: which trees are made, changed and restored. A link has one for what it sends, and
one for the filters of what comes in."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ..attached.value import CLASS, FILTER, QDISC, Attached, from_record, to_record
from ..draft import Draft
from ..operation import STAGE_CONTENTS, STAGE_RESTORE
from ..state import Seen
from .codec import (
    Tree,
    decode_class,
    decode_qdisc,
    encode_class,
    encode_qdisc,
    encode_tree,
    ids,
    lines_of,
    place_of,
    tree_at,
)
from .filters import decode_filter
from .htb import HTB_CLASS
from .kind import QdiscKind
from .kinds import KINDS
from .operation import ORDER_QDISC, QdiscOperation
from .types import INGRESS, ROOT, handle_number
from .value import HtbClass, Qdisc

Place = tuple[str, str, str]
"""Namespace, link, and ``root`` or ``ingress``."""

Records = list[list[str]]
_ROOTS = (uapi.TC_H_ROOT, uapi.TC_H_INGRESS)


def plan_qdiscs(draft: Draft) -> None:
    """Plan which trees of qdiscs are made, changed and restored. Adds operations and changes to *draft*."""
    trees: dict[Place, list[Qdisc]] = {}
    for qdisc in draft.want.qdiscs:
        trees.setdefault((*qdisc.end, qdisc.place), []).append(qdisc)
    if draft.policy.removes:
        for place, named in trees.items():
            _remove_named(draft, place, named)
        return
    for place, wanted in trees.items():
        if place[0] in draft.now:
            _plan_tree(draft, place, wanted)
    for place, (before, written, _said) in sorted(draft.owned.qdiscs.items()):
        if place not in trees and draft.policy.prune:
            _restore(draft, place, before, written)


def _tree(draft: Draft, place: Place) -> Tree:
    """What the kernel has there. A new link has nothing."""
    namespace, link, where = place
    seen = draft.now.get(namespace)
    if seen is None or (namespace, link) in draft.new_links:
        return ()
    return tree_at(seen.qdiscs.get(link, ()), where)


def _plan_tree(draft: Draft, place: Place, wanted: list[Qdisc]) -> None:
    namespace, link, where = place
    seen = draft.now[namespace]
    if link not in seen.links:
        what = 'is for a link that does not exist'
        draft.missing_link(wanted[0].title, (namespace, link), what, 'declare it or check its name')
        return
    have = _tree(draft, place)
    before, written, said = draft.owned.qdiscs.get(place, (to_records(have), [], []))
    if (namespace, link) in draft.new_links:
        before, written, said = [], [], []
    after = _wanted_tree(wanted, have, written, said, namespace)
    saying = _said(wanted)
    if after == have:
        if place in draft.owned.qdiscs:
            draft.owned_after.qdiscs[place] = (before, to_records(_declared(have, wanted)), saying)
        return
    others = _lost_with(have, after, written) if place in draft.owned.qdiscs else []
    if others and not draft.policy.adopt:
        found = ', '.join(lines_of(others, namespace))
        do = 'remove it, or set adopt: true'
        draft.conflict(wanted[0].title, 'is replaced, which removes what others added to it', do, found=found)
        return
    _change(draft, place, have, after, lines=_lines(after, wanted, namespace))
    draft.owned_after.qdiscs[place] = (before, to_records(_declared(after, wanted)), saying)


def _said(wanted: t.Iterable[Qdisc]) -> list[str]:
    """The settings that are declared and that have no value by themselves, each with its place."""
    said = [
        '%s %s' % (qdisc.parent, name)
        for qdisc in wanted
        for name, _value in qdisc.settings
        if name not in KINDS[qdisc.kind].usual()
    ]
    for qdisc in wanted:
        for each in qdisc.classes:
            names = [name for name, _value in each.settings if name not in HTB_CLASS.usual()]
            said += ['%s %s' % (each.classid, name) for name in names]
    return sorted(said)


def _declared(tree: Tree, wanted: t.Sequence[Qdisc]) -> Tree:
    """What of a tree is declared; others may have put more into it."""
    places = {(ids(encode_qdisc(want))[1], want.kind) for want in wanted}
    majors = {handle_number(want.handle) >> 16 for want in wanted if want.classes or want.filters}
    return tuple(
        [
            each
            for each in tree
            if (each.kind == QDISC and (ids(each)[1], each.text) in places)
            or (each.kind != QDISC and _major_of(each) in majors)
        ]
    )


def _lost_with(have: Tree, after: Tree, written: Records) -> list[Attached]:
    """What others put into a tree of ours, and is lost when it is replaced."""
    ours = {(record[0], record[1]) for record in written}
    staying = {each.identity for each in after}
    others = [each for each in have if (each.kind, each.key.hex()) not in ours]
    return [each for each in others if each.identity not in staying and ids(each)[1] not in _ROOTS]


def _lines(tree: Tree, wanted: t.Sequence[Qdisc], namespace: str) -> list[str]:
    """A tree that is to be, as it is declared."""
    declared = {ids(encode_qdisc(want))[1]: want for want in wanted}
    lines = []
    for each in tree:
        want = declared.get(ids(each)[1]) if each.kind == QDISC else None
        if want is not None and each == encode_qdisc(want, ids(each)[0]):
            lines.append(want.text())
        else:
            lines += lines_of([each], namespace)
    return lines


def _wanted_tree(wanted: list[Qdisc], have: Tree, written: Records, said: list[str], namespace: str) -> Tree:
    """The tree as it is to be: what is there, with the settings that are declared, or a new one."""
    found = {each: decode_qdisc(each, namespace) for each in have if each.kind == QDISC}
    by_parent = {ids(each)[1]: each for each in found}
    ours = {(record[0], record[1]) for record in written}
    if set(said) - set(_said(wanted)):
        return encode_tree(wanted)  # nothing takes a setting back that has no value by itself
    changed: dict[Attached, Attached] = {}
    for want in wanted:
        new = encode_qdisc(want)
        old = by_parent.pop(ids(new)[1], None)
        qdisc = found[old] if old is not None else None
        if old is None or qdisc is None or not _can_become(qdisc, want):
            return encode_tree(wanted)
        if not _is_like(KINDS[want.kind], qdisc, want):
            changed[old] = encode_qdisc(want, ids(old)[0])
    others = [*by_parent.values(), *[each for each in have if each.kind != QDISC]]
    declared = [want for want in wanted if want.classes or want.filters]
    within = _within(declared, others, changed)
    if within is None or any((each.kind, each.key.hex()) in ours for each in others if each not in within):
        return encode_tree(wanted)  # it was declared, and is no more
    return tuple([changed.get(each, each) for each in have])


def _within(
    wanted: list[Qdisc], present: list[Attached], changed: dict[Attached, Attached]
) -> set[Attached] | None:
    """Those of *present* that are declared classes and filters, with changes noted in *changed*. None where
    others are declared than there are."""
    within: set[Attached] = set()
    for want in wanted:
        major = handle_number(want.handle) >> 16
        members = [each for each in present if each.kind != QDISC and _major_of(each) == major]
        classes = {each: decode_class(each) for each in members if each.kind == CLASS}
        filters = [decode_filter(each) for each in members if each.kind == FILTER]
        by_id = {found.classid: (each, found) for each, found in classes.items() if found is not None}
        if len(by_id) != len(classes) or by_id.keys() != {each.classid for each in want.classes}:
            return None
        if len(filters) != len(want.filters) or set(filters) != set(want.filters):
            return None
        for member in want.classes:
            old, found = by_id[member.classid]
            if found.parent != member.parent:
                return None
            if not _is_like(HTB_CLASS, found, member):
                changed[old] = encode_class(member, want.link)
        within.update(members)
    return within


def _major_of(attached: Attached) -> int:
    handle, parent = ids(attached)
    return (handle if attached.kind == CLASS else parent) >> 16


def _can_become(have: Qdisc, want: Qdisc) -> bool:
    """Whether the kernel makes the one of the other with a change."""
    if have.kind != want.kind or want.handle not in ('', have.handle):
        return False
    kind, found, declared = KINDS[want.kind], dict(have.settings), dict(want.settings)
    if not kind.in_place:
        return _is_like(kind, have, want)
    fixed = [name for name, attribute in kind.settings.items() if attribute.immutable and name in declared]
    if any(found.get(name) != declared[name] for name in fixed):
        return False
    return kind.sticky & found.keys() == kind.sticky & declared.keys()


def _is_like(kind: QdiscKind, have: Qdisc | HtbClass, want: Qdisc | HtbClass) -> bool:
    """Whether all that is declared is so. What a kernel does not show it does not have."""
    found, usual = dict(have.settings), kind.usual()
    return all(found.get(name, usual.get(name)) == value for name, value in want.settings)


def _change(
    draft: Draft,
    place: Place,
    have: Tree,
    after: Tree,
    stage: int = STAGE_CONTENTS,
    lines: list[str] | None = None,
) -> None:
    namespace, link, where = place
    seen = draft.now[namespace]
    anew = stage == STAGE_RESTORE
    draft.add(
        QdiscOperation(
            namespace, have or None, after or None, stage, ORDER_QDISC, link=link, tree=where, anew=anew
        )
    )
    others = [each for each in seen.qdiscs.get(link, ()) if each not in tree_at(seen.qdiscs[link], where)]
    seen.qdiscs[link] = (*after, *others)
    name = link if where == 'root' else '%s %s' % (link, where)
    lines = lines_of(after, namespace) if lines is None else lines
    draft.change('qdisc', namespace, name, lines_of(have, namespace), lines)


def _is_there(draft: Draft, place: Place) -> bool:
    """Whether a link is still the one that we made qdiscs on."""
    namespace, link, _where = place
    seen: Seen | None = draft.now.get(namespace)
    gone = seen is None or namespace in draft.removed_namespaces or link not in seen.links
    return not gone and (namespace, link) not in draft.new_links


def _restore(draft: Draft, place: Place, before: Records, written: Records) -> None:
    """Restore what was there before us, unless somebody else has changed it since."""
    if not _is_there(draft, place):
        return
    have, restored = _tree(draft, place), of_records(before, place[1])
    if have == restored or not have or not _is_ours(have, of_records(written, place[1])):
        return
    _change(draft, place, have, restored, STAGE_RESTORE if restored else STAGE_CONTENTS)


def _is_ours(have: Tree, written: Tree) -> bool:
    """Whether a tree is the one that we wrote. What others have added to it goes with it."""
    found = {ids(each)[1]: each for each in have if each.kind == QDISC}
    root = written[0] if written else None
    there = found.get(ids(root)[1]) if root is not None else None
    if root is None or there is None or root.text != there.text:
        return False
    old, new = decode_qdisc(root, ''), decode_qdisc(there, '')
    return old is None or new is None or _is_like(KINDS[old.kind], new, old)


def _remove_named(draft: Draft, place: Place, named: t.Sequence[Qdisc]) -> None:
    """The document says that this tree of ours shall not be."""
    record = draft.owned.qdiscs.get(place)
    inner = [qdisc for qdisc in named if qdisc.parent != place[2]]
    if record is None:
        return
    if inner and len(inner) == len(named):
        do = 'name the one at root, or set the qdiscs to keep'
        draft.conflict(inner[0].title, 'cannot be removed alone', found=inner[0].parent, do=do)
        return
    before, written, _said = record
    kinds = {qdisc.kind for qdisc in named if qdisc.kind and qdisc.parent == place[2]}
    have = _tree(draft, place)
    if have and kinds and have[0].text not in kinds:
        return
    draft.owned_after.qdiscs.pop(place, None)
    _restore(draft, place, before, written)


def to_records(tree: t.Iterable[Attached]) -> Records:
    return [to_record(each) for each in tree]


def of_records(records: Records, link: str) -> Tree:
    return tuple([from_record(record, link) for record in records])


def as_before_us(
    owned: t.Mapping[t.Any, tuple[t.Any, t.Any, t.Any]], end: tuple[str, str], attached: list[Attached]
) -> list[Attached]:
    """What is attached to a link, with the trees that were there before ours."""
    for where in (ROOT, INGRESS):
        record = owned.get((*end, where))
        if record is not None:
            ours = [
                each for each in attached if each.kind in (QDISC, CLASS, FILTER) and place_of(each) == where
            ]
            others = [each for each in attached if each not in ours]
            attached = [*others, *of_records(record[0], end[1])]
    return attached
