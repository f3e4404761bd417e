# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines as the kernel has them: what attached/ reads and writes as bytes, as values."""

from __future__ import annotations

import struct
import typing as t

from ...kernel import uapi
from ...kernel.nla import Attributes, pack_attribute, pack_text, parse_attributes
from ..attached.value import CLASS, FILTER, QDISC, Attached
from .filters import Filter, decode_filter, encode_filter
from .htb import HTB_CLASS
from .kinds import KINDS
from .types import INGRESS, ROOT, handle_number, handle_text
from .value import HtbClass, Qdisc

Tree = tuple[Attached, ...]
"""A tree of qdiscs with its classes and filters, each after what it is in."""

_PLACES = {ROOT: uapi.TC_H_ROOT, INGRESS: uapi.TC_H_INGRESS}
_PLACE_WORDS = {number: word for word, number in _PLACES.items()}
_HANDLE_OF_INGRESS = 0xFFFF0000
_KEY = struct.Struct('=II')


def encode_qdisc(qdisc: Qdisc, handle: int | None = None) -> Attached:
    """The request that makes it, or with its *handle* changes it."""
    if handle is None:
        handle = _HANDLE_OF_INGRESS if qdisc.place == INGRESS else handle_number(qdisc.handle)
    parent = _PLACES.get(qdisc.parent) or handle_number(qdisc.parent)
    body = uapi.TCMSG.pack(0, 0, handle, parent, 0) + pack_attribute(uapi.TCA_KIND, pack_text(qdisc.kind))
    payload = KINDS[qdisc.kind].encode(qdisc.settings)
    if payload:
        body += pack_attribute(uapi.TCA_OPTIONS, payload)
    return Attached(QDISC, qdisc.link, _KEY.pack(handle, parent), body, qdisc.kind)


def encode_tree(qdiscs: t.Sequence[Qdisc]) -> Tree:
    """All of a tree, each after what it is in: the roots with their classes first, as they are read."""
    roots = [qdisc for qdisc in qdiscs if qdisc.parent == qdisc.place]
    children = [qdisc for qdisc in qdiscs if qdisc.parent != qdisc.place]
    tree = list(map(encode_qdisc, roots))
    for qdisc in qdiscs:
        tree += [encode_class(each, qdisc.link) for each in qdisc.classes]
    tree += map(encode_qdisc, children)
    for qdisc in qdiscs:
        tree += [encode_filter(each, qdisc.link, handle_number(qdisc.handle)) for each in qdisc.filters]
    return tuple(tree)


def encode_class(each: HtbClass, link: str) -> Attached:
    handle = handle_number(each.classid)
    parent = handle_number(each.parent) if each.parent else uapi.TC_H_ROOT
    body = uapi.TCMSG.pack(0, 0, handle, parent, 0) + pack_attribute(uapi.TCA_KIND, pack_text('htb'))
    body += pack_attribute(uapi.TCA_OPTIONS, HTB_CLASS.encode(each.settings))
    return Attached(CLASS, link, _KEY.pack(handle, parent), body, 'htb')


def decode_class(attached: Attached) -> HtbClass | None:
    """None for one that no document can say."""
    attributes = parse_attributes(attached.body, uapi.TCMSG.size)
    settings = HTB_CLASS.decode(attributes.get(uapi.TCA_OPTIONS, b'')) if attached.text == 'htb' else None
    if settings is None:
        return None
    handle, parent = ids(attached)
    above = '' if parent == uapi.TC_H_ROOT else handle_text(parent)
    return HtbClass(handle_text(handle), above, settings)


def decode_qdisc(attached: Attached, namespace: str) -> Qdisc | None:
    """None for one that no document can say."""
    kind = KINDS.get(attached.text)
    attributes = parse_attributes(attached.body, uapi.TCMSG.size)
    settings = kind.decode(attributes.get(uapi.TCA_OPTIONS, b'')) if kind and _is_plain(attributes) else None
    if settings is None:
        return None
    handle, parent = ids(attached)
    place = _PLACE_WORDS.get(parent) or handle_text(parent)
    return Qdisc(
        namespace, attached.link, attached.text, place, handle_text(handle) if handle else '', settings
    )


def _is_plain(attributes: Attributes) -> bool:
    """Whether its filters are its own: blocks of several links are not declared."""
    return not any(map(attributes.get, (uapi.TCA_INGRESS_BLOCK, uapi.TCA_EGRESS_BLOCK)))


def ids(attached: Attached) -> tuple[int, int]:
    """The numbers of a qdisc, class or filter and of what it is in."""
    _family, _index, handle, parent, _info = uapi.TCMSG.unpack_from(attached.body)
    return handle, parent


def tree_at(attached: t.Iterable[Attached], place: str) -> Tree:
    """Those of what a link has that are at one of its two places."""
    return tuple([each for each in attached if place_of(each) == place])


def place_of(attached: Attached) -> str:
    """At which of the two places of its link it is."""
    parent = ids(attached)[1]
    return INGRESS if parent >> 16 == 0xFFFF and parent != uapi.TC_H_ROOT else ROOT


def lines_of(tree: t.Iterable[Attached], namespace: str) -> list[str]:
    """A tree as people read it."""
    decoded = [(decode(each, namespace), each) for each in tree]
    return [value.text() if value else _bare_text(each) for value, each in decoded]


def decode(attached: Attached, namespace: str) -> Qdisc | HtbClass | Filter | None:
    """None for what no document can say."""
    if attached.kind == QDISC:
        return decode_qdisc(attached, namespace)
    return decode_class(attached) if attached.kind == CLASS else decode_filter(attached)


def _bare_text(attached: Attached) -> str:
    handle, parent = ids(attached)
    where = _PLACE_WORDS.get(parent) or 'parent ' + handle_text(parent)
    number = '' if attached.kind == FILTER else ' handle ' + handle_text(handle)
    return '%s %s%s' % (attached.title(), where, number)
