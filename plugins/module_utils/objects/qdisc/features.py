# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of qdiscs that the running kernel does not make."""

from __future__ import annotations

import errno
import os
import typing as t

from ...kernel import namespaces, netlink, uapi
from ..attached.value import FILTER, QDISC, Attached
from ..link import codec
from ..link.value import Link
from ..operation import Operation
from .codec import Tree, ids, tree_at
from .operation import is_in_place, tree_messages
from .types import INGRESS, ROOT

_PROBE = 'probe'
_UNKNOWN = ('kind is unknown', 'classifier not found')
"""What the kernel says of a kind that it lacks (qdisc_create, tcf_proto_lookup_ops)."""


Pair = tuple[Tree, Tree]
"""What is there, and what is to be."""


def missing_qdiscs(ops: t.Iterable[Operation]) -> list[str]:
    """What this kernel refuses of the trees of operations, as problems; tried in a throw-away namespace."""
    asked = {op: pair for op in ops for pair in op.features.qdiscs}
    if not asked:
        return []
    refused = namespaces.in_thread(lambda: _refused(set(asked.values())))
    problems = ['%s: %s' % (op.subject, refused[pair]) for op, pair in asked.items() if pair in refused]
    return list(dict.fromkeys(problems))


def _refused(pairs: set[Pair]) -> dict[Pair, str]:
    """Why the kernel does not make them."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    reasons = {}
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            for before, after in pairs:
                reason = ''
                if before and is_in_place(before, after):
                    for old, new in zip(before, after):
                        reason = reason or (_try_change(sock, old, new) if old != new else '')
                else:
                    reason = _try(sock, after)
                if reason:
                    reasons[before, after] = reason
    finally:
        os.close(fd)
        os.close(home)
    return reasons


def _try_change(sock: netlink.NetlinkSocket, before: Attached, after: Attached) -> str:
    """Change a qdisc at the root; what is in it, or it is in, may be of others."""
    if after.kind != QDISC:
        return ''
    return _try(sock, (_at_root(before),), (_at_root(after),))


def _at_root(qdisc: Attached) -> Attached:
    handle, _parent = ids(qdisc)
    head = uapi.TCMSG.pack(0, 0, handle, uapi.TC_H_ROOT, 0)
    return qdisc._replace(body=head + qdisc.body[uapi.TCMSG.size :])


def _try(sock: netlink.NetlinkSocket, tree: Tree, changed: Tree = ()) -> str:
    """Make a tree, and then another one of it."""
    sock.write(
        [
            codec.new_link(
                codec.ResolvedLink(Link('', _PROBE, 'veth')), codec.ResolvedLink(Link('', 'far', 'veth'))
            )
        ]
    )
    indexes = {link.name: link.index for link in codec.dump_links(sock)}
    index = indexes.get(_PROBE, indexes['lo'])
    place = INGRESS if tree_at(tree[:1], INGRESS) else ROOT
    errors = sock.write(tree_messages(index, place, None, tree))
    if changed and not errors:
        errors = sock.write(tree_messages(index, place, tree, changed))
    if _PROBE in indexes:
        sock.write([codec.delete_link(index)])
    else:
        sock.write(tree_messages(index, place, tree, None))
    if not errors:
        return ''
    number = min(errors)
    refused, error = tree[number], errors[number]
    if error.errno == errno.ENOENT and any(text in str(error) for text in _UNKNOWN):
        module = '%s_%s' % ('cls' if refused.kind == FILTER else 'sch', refused.text)
        return 'this kernel has no %s; install or load its module %s (modprobe %s)' % (
            refused.title(),
            module,
            module,
        )
    return 'the kernel does not take its %s (%s); look at its settings' % (refused.title(), error)
