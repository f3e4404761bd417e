# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A qdisc as a document says it."""

from __future__ import annotations

import typing as t

from ..attached.value import CLASS, FILTER, QDISC, Attached
from ..attribute import Entry, Settings
from .codec import Tree, decode, decode_class, decode_qdisc, ids, tree_at
from .filters import decode_filter
from .htb import HTB_CLASS
from .kind import QdiscKind
from .kinds import KINDS
from .types import INGRESS, ROOT
from .value import HtbClass, Qdisc


def qdisc_entry(qdisc: Qdisc, with_handle: bool = False) -> Entry:
    """The entry of ``qdiscs`` that declares a qdisc, with nothing said that is usual."""
    kind = KINDS[qdisc.kind]
    entry: Entry = {'link': qdisc.link, 'kind': qdisc.kind}
    if qdisc.place != INGRESS:
        if qdisc.parent != ROOT:
            entry['parent'] = qdisc.parent
        if qdisc.handle and (with_handle or qdisc.has_own_handle):
            entry['handle'] = qdisc.handle
    entry.update(_settings_entry(kind, qdisc.settings))
    if qdisc.classes:
        entry['classes'] = list(map(_class_entry, qdisc.classes))
    if qdisc.filters:
        entry['filters'] = [each.entry() for each in qdisc.filters]
    return entry


def _settings_entry(kind: QdiscKind, settings: Settings) -> Entry:
    usual, values = kind.usual(), dict(settings)
    entry: Entry = {}
    for name, attribute in kind.settings.items():
        value = values.get(name)
        if value is not None and value != usual.get(name):
            entry[attribute.key] = attribute.type.written(value)
    return entry


def _class_entry(each: HtbClass) -> Entry:
    place = {'classid': each.classid, **({'parent': each.parent} if each.parent else {})}
    return {**place, **_settings_entry(HTB_CLASS, each.settings)}


def is_declarable(tree: Tree) -> bool:
    """Whether a document can say all of a tree."""
    roots = {ids(each)[0] for each in tree if each.kind == QDISC and each.text == 'htb'}
    return all(decode(each, '') is not None and _is_within(each, roots) for each in tree)


def _is_within(attached: Attached, handles: t.Container[int]) -> bool:
    """Whether it is a qdisc, or a class or filter of a qdisc that takes classes and filters in a document."""
    handle, parent = ids(attached)
    if attached.kind == QDISC:
        return True
    return handle & 0xFFFF0000 in handles if attached.kind == CLASS else parent in handles


def entries_of_qdiscs(
    namespace: str, links: t.Mapping[str, tuple[Attached, ...]], owned: t.Container[t.Any] | None
) -> list[Entry]:
    """The entries for the qdiscs of *links* of which a document can say all. With *owned* those for the trees
    that a scope made, as far as it can."""
    entries: list[Entry] = []
    for link, attached in sorted(links.items()):
        for place in (ROOT, INGRESS):
            tree = tree_at(attached, place)
            if is_declarable(tree) if owned is None else (namespace, link, place) in owned:
                qdiscs = [_whole(each, tree, namespace) for each in tree if each.kind == QDISC]
                entries += _entries([qdisc for qdisc in qdiscs if qdisc is not None])
    return entries


def _whole(attached: Attached, tree: Tree, namespace: str) -> Qdisc | None:
    """A qdisc with its classes and filters."""
    qdisc = decode_qdisc(attached, namespace)
    if qdisc is None or qdisc.kind != 'htb':
        return qdisc
    handle = ids(attached)[0]
    classes = [
        decode_class(each) for each in tree if each.kind == CLASS and ids(each)[0] >> 16 == handle >> 16
    ]
    filters = [decode_filter(each) for each in tree if each.kind == FILTER and ids(each)[1] == handle]
    known = tuple([each for each in classes if each is not None])
    qdisc = qdisc._replace(classes=known)
    return qdisc._replace(filters=tuple([each for each in filters if each is not None]))


def _entries(qdiscs: t.Sequence[Qdisc]) -> list[Entry]:
    """With the handles that others need, and the outer ones first."""
    outer = {qdisc.parent.partition(':')[0] + ':' for qdisc in qdiscs}
    ordered = sorted(qdiscs, key=lambda qdisc: qdisc.parent != qdisc.place)
    return [qdisc_entry(qdisc, qdisc.handle in outer or bool(qdisc.classes)) for qdisc in ordered]
