# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the neighbours and entries of forwarding databases of a document beside its links."""

from __future__ import annotations

import typing as t

from ..link.value import End, Link

if t.TYPE_CHECKING:
    from .reader import DocumentReader, Placed

Links = t.Mapping[End, Link]

_POINT_TO_POINT = ('gre', 'ipip', 'sit', 'vti', 'ip6gre', 'ip6tnl', 'vti6')
"""Kinds of links that have one other end, if they have a remote: all of IPv4 that is behind them is one
neighbour to the kernel (arp_constructor)."""


def check_neighbours(document: DocumentReader, links: Links) -> None:
    _check_entries(document, document.neighbours, links)
    for path, neighbour in document.neighbours:
        link = links.get((neighbour.namespace, neighbour.dev))
        if link is not None and not neighbour.proxy and neighbour.family == 'ipv4' and _has_one_end(link):
            what = 'has one other end and no neighbours of IPv4'
            document.problems.add(path + '.dev', what, found='%s of kind %s' % (link.name, link.kind))


def check_fdb(document: DocumentReader, links: Links) -> None:
    _check_entries(document, document.fdb, links)
    for path, entry in document.fdb:
        link = links.get((entry.namespace, entry.dev))
        if link is None or link.kind == 'physical':
            continue
        found = '%s of kind %s' % (link.name, link.kind)
        if entry.dst and link.kind != 'vxlan':
            document.problems.add(path + '.dst', 'is for a VXLAN', found=found)
        if entry.master and not link.master:
            document.problems.add(path + '.master', 'is for the port of a bridge', found=found)


def _check_entries(document: DocumentReader, entries: Placed[t.Any], links: Links) -> None:
    """What holds for entries of all tables: none is there twice, and the link of each exists."""
    paths: dict[t.Any, str] = {}
    for path, entry in entries:
        if entry.key in paths:
            what = 'is declared twice, here and at %s' % paths[entry.key]
            document.problems.add(path, what, found=entry.name)
        paths.setdefault(entry.key, path)
        end = (entry.namespace, entry.dev)
        if end not in links and entry.dev != 'lo' and document.whole(entry.namespace):
            what = 'is not a link of namespace %s' % entry.namespace
            document.problems.add(path + '.dev', what, found=entry.dev, do='declare it there')


def _has_one_end(link: Link) -> bool:
    return link.kind in _POINT_TO_POINT and 'remote' in dict(link.settings)
