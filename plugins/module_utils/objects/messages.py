# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The netlink messages of operations on links, addresses, routes and rules."""

from __future__ import annotations

import random
import typing as t

from . import encode
from .link.plan import in_order, origin_of
from .link.value import End, Link
from .operation import Op


class Messages:
    """*index* tells the number of a link, *fd* the descriptor of a namespace."""

    def __init__(self, index: t.Callable[[End], int], fd: t.Callable[[str], int]) -> None:
        self._index, self._fd = index, fd

    def _placed(self, link: Link, origin: str) -> encode.Placed:
        return encode.Placed(
            link,
            self._index((link.namespace, link.master)) if link.master else None,
            self._index(link.parent) if link.parent else None,
            None if link.namespace == origin else self._fd(link.namespace),
        )

    def of(self, op: Op) -> tuple[str, list[bytes]]:
        """The namespace whose socket an operation goes through, and its messages."""
        namespace = op.namespace
        if op.kind == 'link':
            links = in_order(op.after)
            origin = origin_of(links)
            # The kernel ignores an alias in the request that makes a link (seen on 6.18), so the mark follows in the same send.
            marks = [
                encode.set_link(link.name, mark=link.mark)
                for link in links
                if link.namespace == origin and link.mark
            ]
            # A kernel before 6.15 (seen on 6.12) refuses a link for another namespace where the socket's own has one of that name,
            # unless a number is asked for: then it looks for that (rtnl_newlink). Far from where kernels count up it is free.
            number = 0 if links[0].namespace == origin else random.randrange(1 << 30, (1 << 31) - 1)
            placed = [self._placed(link, origin) for link in links]
            return origin, [
                encode.new_link(placed[0], placed[1] if len(placed) == 2 else None, number),
                *marks,
            ]
        if op.kind == 'set':
            return namespace, self._set(op)
        if op.kind == 'address':
            value = op.after or op.before
            return namespace, [
                encode.address(value, self._index((namespace, value.link)), op.after is not None)
            ]
        if op.kind == 'route':
            value = op.after or op.before
            indexes = {hop.dev: self._index((namespace, hop.dev)) for hop in value.hops if hop.dev}
            return namespace, [
                encode.route(
                    value, indexes, 'delete' if op.after is None else 'replace' if op.before else 'add'
                )
            ]
        if op.kind == 'rule':
            return namespace, [encode.rule(op.after or op.before, op.after is not None)]
        raise ValueError(op.kind)

    def _set(self, op: Op) -> list[bytes]:
        name, values = op.after
        if not values:
            return []
        index = self._index((op.namespace, name))
        simple = {
            key: value for key, value in values.items() if key not in ('settings', 'port', 'link_local')
        }
        if 'master' in simple:
            simple['master'] = self._index((op.namespace, simple['master'])) if simple['master'] else 0
        if 'mark' in simple:
            simple['mark'] = simple['mark'] or ''
        messages = []
        if values.get('link_local') is not None:
            messages.append(encode.set_link(index, link_local=values['link_local']))
        if simple:
            messages.append(encode.set_link(index, **simple))
        if 'settings' in values:
            kind, settings = values['settings']
            if (
                'stp',
                False,
            ) in settings:  # first, for as long as it is on the kernel takes no forward_delay below 2
                messages.append(encode.set_settings(index, kind, (('stp', False),)))
                settings = tuple(setting for setting in settings if setting[0] != 'stp')
            if settings:
                messages.append(encode.set_settings(index, kind, settings))
        if values.get('port'):
            messages.append(encode.set_port(index, values['port']))
        return messages


__all__ = ['Messages']
