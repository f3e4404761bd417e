# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on the tree of qdiscs of a link."""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.netlink import pack_message
from ...kernel.nla import pack_attribute, parse_attributes
from ..attached.codec import encode_attached
from ..attached.value import QDISC, Attached
from ..management_path import ManagementPath
from ..operation import STAGE_RESTORE, Access, BatchedOperation, Features, Operation
from ..state import Seen
from .codec import Tree, ids, tree_at
from .kinds import KINDS
from .types import INGRESS, ROOT

ORDER_QDISC = 8
"""Within STAGE_CONTENTS: what is sent to set a namespace up is not slowed down."""
_FIFOS = ('pfifo', 'bfifo', 'pfifo_head_drop')
_PLACES = {ROOT: uapi.TC_H_ROOT, INGRESS: uapi.TC_H_INGRESS}


class QdiscOperation(BatchedOperation):
    """``before`` and ``after`` are None or a Tree. ``anew``: it is made anew even if it could be changed."""

    link: str = ''
    tree: str = ROOT
    anew: bool = False

    contained = True
    needs_codec = False
    compared_after_undo = True

    @property
    def subject(self) -> str:
        what = 'qdisc' if self.tree == ROOT else 'ingress qdisc'
        return '%s of link %s/%s' % (what, self.place, self.link)

    @property
    def features(self) -> Features:
        if self.after is None or self.stage == STAGE_RESTORE:
            return Features()  # what was there has been made by this kernel
        return Features(qdiscs=frozenset(((self.before or (), self.after),)))

    @property
    def qdiscs_of(self) -> tuple[str, str] | None:
        return (self.namespace, self.link)

    def risk(self, path: ManagementPath) -> str:
        if path.carries((self.namespace, self.link)):
            return 'delays or drops packets of a link that carries the connection'
        return ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        index = access.index((self.namespace, self.link))
        return self.namespace, tree_messages(index, self.tree, self.before, self.after, self.anew)


def tree_messages(
    index: int, place: str, before: Tree | None, after: Tree | None, anew: bool = False
) -> list[bytes]:
    """The requests that make one tree of another on link *index*."""
    if before and after and not anew and is_in_place(before, after):
        return [encode_attached(_for_change(new), index) for new in _changed(before, after)]
    messages = []
    if not after or before and (anew or place == INGRESS or _would_change(before, after)):
        body = uapi.TCMSG.pack(0, index, 0, _PLACES[place], 0)
        messages.append(pack_message(uapi.RTM_DELQDISC, 0, body))
    return messages + [encode_attached(each, index) for each in after or ()]


def is_in_place(before: Tree, after: Tree) -> bool:
    return _keys(before) == _keys(after)


def _changed(before: Tree, after: Tree) -> list[Attached]:
    """What differs. With a tbf, the queue in it too, to which the kernel gives its limit (tbf_change)."""
    changed = [new for old, new in zip(before, after) if old != new]
    shapers = {ids(each)[0] >> 16 for each in changed if each.kind == QDISC and each.text == 'tbf'}
    queues = [each for each in after if each.kind == QDISC and each.text in _FIFOS]
    return changed + [each for each in queues if ids(each)[1] >> 16 in shapers and each not in changed]


def _for_change(attached: Attached) -> Attached:
    kind = KINDS.get(attached.text)
    if attached.kind != QDISC or kind is None:
        return attached
    attributes = parse_attributes(attached.body, uapi.TCMSG.size)
    if uapi.TCA_OPTIONS in attributes:
        attributes[uapi.TCA_OPTIONS] = kind.for_change(attributes[uapi.TCA_OPTIONS])
    packed = [pack_attribute(number, payload) for number, payload in attributes.items()]
    return attached._replace(body=attached.body[: uapi.TCMSG.size] + b''.join(packed))


def _would_change(before: Tree, after: Tree) -> bool:
    """Whether the kernel would take a request for a new one for a change of an old one (tc_modify_qdisc)."""
    handles = {ids(each)[0] for each in before if each.kind == QDISC}
    new = {ids(each)[0] for each in after if each.kind == QDISC} - {0}
    return bool(handles & new) or not ids(after[0])[0] and before[0].text == after[0].text


def _keys(tree: Tree) -> list[tuple[t.Any, ...]]:
    return [(*each.identity, each.text) for each in tree]


def undo_qdiscs(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """Trees that are not as they were."""
    ops: list[Operation] = []
    for link in sorted(before.qdiscs.keys() | now.qdiscs.keys()):
        if link not in before.links or link not in now.links:
            continue
        for place in (ROOT, INGRESS):
            tree = tree_at(before.qdiscs.get(link, ()), place) or None
            present = tree_at(now.qdiscs.get(link, ()), place) or None
            if tree != present:
                ops.append(
                    QdiscOperation(namespace, present, tree, STAGE_RESTORE, link=link, tree=place, anew=True)
                )
    return ops
