# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the neighbours of a document beside its links."""

from __future__ import annotations

import typing as t

from ..link.value import End, Link

if t.TYPE_CHECKING:
    from .reader import DocumentReader

_POINT_TO_POINT = ('gre', 'ipip', 'sit', 'vti', 'ip6gre', 'ip6tnl', 'vti6')
"""Kinds of links that have one other end, if they have a remote: all of IPv4 that is behind them is one
neighbour to the kernel (arp_constructor)."""


def check_neighbours(document: DocumentReader, links: t.Mapping[End, Link]) -> None:
    paths: dict[t.Any, str] = {}
    for path, neighbour in document.neighbours:
        if neighbour.key in paths:
            what = 'is declared twice, here and at %s' % paths[neighbour.key]
            document.problems.add(path, what, found=neighbour.name)
        paths.setdefault(neighbour.key, path)
        end = (neighbour.namespace, neighbour.dev)
        link = links.get(end)
        if link is None and neighbour.dev != 'lo' and document.whole(neighbour.namespace):
            what = 'is not a link of namespace %s' % neighbour.namespace
            document.problems.add(path + '.dev', what, found=neighbour.dev, do='declare it there')
        if link is not None and not neighbour.proxy and neighbour.family == 'ipv4' and _has_one_end(link):
            what = 'has one other end and no neighbours of IPv4'
            document.problems.add(path + '.dev', what, found='%s of kind %s' % (link.name, link.kind))


def _has_one_end(link: Link) -> bool:
    return link.kind in _POINT_TO_POINT and 'remote' in dict(link.settings)
