# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds between the nexthop objects of a document, and their links and routes."""

from __future__ import annotations

import typing as t

from ...values.names import HOST, End, place
from ..link.value import Link
from ..nexthop.value import Nexthop
from .reader import DocumentReader


def check_nexthops(document: DocumentReader, links: t.Mapping[End, Link]) -> None:
    """Check the nexthops of a document and what goes over them. Notes problems in *document*."""
    known: dict[tuple[str, int], Nexthop] = {}
    for path, nexthop in document.nexthops:
        if nexthop.key in known:
            document.problems.add(path, 'declares nexthop %s twice' % nexthop.name, do='give it another id')
        known[nexthop.key] = nexthop
        end = (nexthop.namespace, nexthop.dev)
        if nexthop.dev and document.whole(nexthop.namespace) and end not in links and nexthop.dev != 'lo':
            what = 'names a link that is not in %s' % place(nexthop.namespace)
            document.problems.add(path + '.dev', what, found=nexthop.dev, do='declare it')
    for path, nexthop in document.nexthops:
        _check_members(document, path, nexthop, known)
    for path, user in (*document.routes, *document.fdb):
        key = (user.namespace, user.nhid)
        if user.nhid and key not in known and document.whole(user.namespace):
            found = str(user.nhid)
            document.problems.add(
                path + '.nhid', 'is not a nexthop of the namespace', found=found, do='declare it'
            )


def _check_members(
    document: DocumentReader, path: str, group: Nexthop, known: t.Mapping[tuple[str, int], Nexthop]
) -> None:
    for number in sorted(group.members):
        member = known.get((group.namespace, number))
        if member is None and (document.whole(group.namespace) and group.namespace != HOST):
            do = 'declare it'
            document.problems.add(
                path + '.group', 'has a nexthop that does not exist', found=str(number), do=do
            )
        elif member is not None and member.group:
            do = 'name the nexthops of that'
            document.problems.add(path + '.group', 'has a group in it', found=str(number), do=do)
        elif member is not None and member.fdb != group.fdb:
            do = 'set fdb for all of them, or for none'
            document.problems.add(
                path + '.group', 'mixes nexthops for fdb and others', found=str(number), do=do
            )
