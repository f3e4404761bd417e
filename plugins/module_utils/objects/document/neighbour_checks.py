# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the neighbours and entries of forwarding databases of a document beside its links."""

from __future__ import annotations

import typing as t

from ...kernel.uapi import IPV6_MIN_MTU
from ...values.names import End
from ..link.value import Link
from ..link.vlans import VLANS

if t.TYPE_CHECKING:
    from .reader import DocumentReader, WithPaths

Links = t.Mapping[End, Link]

_POINT_TO_POINT = ('gre', 'ipip', 'sit', 'vti', 'ip6gre', 'ip6tnl', 'vti6')
"""Kinds of links that have one other end, if they have a remote: all of IPv4 that is behind them is one
neighbour to the kernel (arp_constructor)."""


def check_neighbours(document: DocumentReader, links: Links) -> None:
    _check_entries(document, document.neighbours, links)
    for path, neighbour in document.neighbours:
        link = links.get((neighbour.namespace, neighbour.dev))
        if link is not None and neighbour.family == 'ipv6' and (link.mtu or IPV6_MIN_MTU) < IPV6_MIN_MTU:
            what = 'needs an MTU of %d at least on %s' % (IPV6_MIN_MTU, link.name)
            document.problems.add(path + '.to', what, found=str(link.mtu))
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
        vlans = dict(link.port).get(VLANS) if entry.master else None
        if entry.vlan and vlans and not _has_vlan(t.cast('tuple[str, ...]', vlans), entry.vlan):
            what = 'is not a VLAN of %s' % link.name
            document.problems.add(
                path + '.vlan', what, found=str(entry.vlan), want=', '.join(map(str, vlans))
            )
        if entry.master and not link.master:
            document.problems.add(path + '.master', 'is for the port of a bridge', found=found)


def _has_vlan(vlans: tuple[str, ...], vlan: int) -> bool:
    ranges = [text.split()[0].split('-') for text in vlans]
    return any(int(ids[0]) <= vlan <= int(ids[-1]) for ids in ranges)


def _check_entries(document: DocumentReader, entries: WithPaths[t.Any], links: Links) -> None:
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
    return link.kind == 'wireguard' or link.kind in _POINT_TO_POINT and 'remote' in dict(link.settings)
