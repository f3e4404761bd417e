# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the queueing disciplines of a document, each of which is right for itself."""

from __future__ import annotations

import typing as t

from ...values.names import End, place
from ..link.value import Link
from ..qdisc.types import INGRESS, ROOT
from ..qdisc.value import Qdisc
from .reader import DocumentReader


def check_qdiscs(document: DocumentReader, links: t.Mapping[End, Link]) -> None:
    """Check the qdiscs of a document against its links and each other. Notes problems in *document*."""
    paths: dict[tuple[str, str, str], str] = {}
    handles: dict[End, dict[str, str]] = {}
    for path, qdisc in document.qdiscs:
        _check_link(document, links, path, qdisc)
        where = (*qdisc.end, qdisc.parent)
        if where in paths:
            what = 'is in the same place as %s' % _another(path, paths[where])
            document.problems.add(path, what, found=_shown(qdisc), do='remove one of the two')
        paths.setdefault(where, path)
        of_link = handles.setdefault(qdisc.end, {})
        if qdisc.handle and qdisc.handle in of_link:
            what = 'has the handle of %s' % _another(path, of_link[qdisc.handle])
            document.problems.add(path, what, found=qdisc.handle, do='give another')
        if qdisc.handle:
            of_link.setdefault(qdisc.handle, path)
    if document.problems.naming:
        return
    known: dict[End, set[str]] = {}
    for path, qdisc in document.qdiscs:
        outer = qdisc.parent.partition(':')[0] + ':'
        if qdisc.parent not in (ROOT, INGRESS) and outer not in known.get(qdisc.end, ()):
            what = 'is in a qdisc that is not declared before it'
            do = 'declare the one that has this handle first'
            document.problems.add(path + '.parent', what, found=outer, do=do)
        if qdisc.handle:
            known.setdefault(qdisc.end, set()).add(qdisc.handle)


def _check_link(document: DocumentReader, links: t.Mapping[End, Link], path: str, qdisc: Qdisc) -> None:
    if qdisc.link and qdisc.link != 'lo' and qdisc.end not in links and document.whole(qdisc.namespace):
        what = 'is not a link of namespace %s' % place(qdisc.namespace)
        document.problems.add(path + '.link', what, found=qdisc.link, do='declare it there')


def _another(path: str, first: str) -> str:
    return 'another one of this entry' if path == first else 'the one of %s' % first


def _shown(qdisc: Qdisc) -> str:
    return '%s of %s' % (qdisc.parent, qdisc.link)
