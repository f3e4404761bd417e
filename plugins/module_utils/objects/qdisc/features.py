# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of qdiscs that the running kernel does not make."""

from __future__ import annotations

import errno
import os
import typing as t

from ...kernel import namespaces, netlink
from ..attached.value import FILTER
from ..link import codec
from ..link.value import Link
from ..operation import Operation
from .codec import Tree, tree_at
from .operation import tree_messages
from .types import INGRESS, ROOT

_PROBE = 'probe'


def missing_qdiscs(ops: t.Iterable[Operation]) -> list[str]:
    """What this kernel refuses of the trees of operations, as problems; tried in a throw-away namespace."""
    asked = {op: tree for op in ops for tree in op.features.qdiscs}
    if not asked:
        return []
    refused = namespaces.in_thread(lambda: _refused(set(asked.values())))
    problems = ['%s: %s' % (op.subject, refused[tree]) for op, tree in asked.items() if tree in refused]
    return list(dict.fromkeys(problems))


def _refused(trees: set[Tree]) -> dict[Tree, str]:
    """Why the kernel does not make them."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    reasons = {}
    try:
        with namespaces.entered(fd, home), netlink.Socket() as sock:
            for tree in trees:
                reason = _try(sock, tree)
                if reason:
                    reasons[tree] = reason
    finally:
        os.close(fd)
        os.close(home)
    return reasons


def _try(sock: netlink.Socket, tree: Tree) -> str:
    sock.write(
        [codec.new_link(codec.Placed(Link('', _PROBE, 'veth')), codec.Placed(Link('', 'far', 'veth')))]
    )
    index = next(link.index for link in codec.dump_links(sock) if link.name == _PROBE)
    place = INGRESS if tree_at(tree[:1], INGRESS) else ROOT
    errors = sock.write(tree_messages(index, place, None, tree))
    sock.write([codec.delete_link(index)])
    if not errors:
        return ''
    number = min(errors)
    refused, error = tree[number], errors[number]
    if error.errno == errno.ENOENT:
        module = '%s_%s' % ('cls' if refused.kind == FILTER else 'sch', refused.text)
        return 'this kernel has no %s; install or load its module %s (modprobe %s)' % (
            refused.title(),
            module,
            module,
        )
    return 'the kernel does not take its %s (%s); look at its settings' % (refused.title(), error)
