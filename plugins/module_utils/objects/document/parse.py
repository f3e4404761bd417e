# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a document to a layout."""

from __future__ import annotations

import typing as t

from ...values.named_numbers import Names
from ...values.names import problem_of_scope
from ...values.problems import Problems
from ...values.reading import Reader
from ..layout import Layout
from .checks import check_document
from .reader import DocumentReader, WithPaths

T = t.TypeVar('T')


def read_layout(
    data: t.Mapping[str, t.Any],
    host_id: str = '',
    naming: bool = False,
    rules_later: bool = False,
    names: Names | None = None,
) -> Layout:
    """The layout that a document declares. Raises InputError with all problems.

    data         has ``name`` (the scope), the keys of CONTENT_KEYS for the host's own namespace, and
                 ``namespaces``
    host_id      is mixed into the hardware addresses that are derived from names
    naming       the document lists objects to remove; only the keys that identify them are required
    rules_later  look at the texts of iptables rules only when there is another problem: the caller has them
                 read by iptables anyway
    names        those that this host has for numbers; None where it is not the managed one, which takes any
    """
    problems = Problems(naming, names)
    reader = Reader(data, '', problems)
    name = reader.text('name', required=True)
    document = DocumentReader(name or '', host_id, problems)
    problem = problem_of_scope(name) if name is not None else None
    if problem:
        reader.note('name', problem)
    document.read_host(reader)
    document.read_namespaces(reader)
    reader.done()
    document.expand_shorts()
    document.join_words()
    check_document(document)
    if document.iptables and (problems.found or not rules_later):
        from ..iptables.parse import rule_problems

        chains = [chain for _path, chain in document.iptables]
        for problem in rule_problems(chains):
            problems.note(problem)
    problems.raise_any()
    return Layout(
        document.scope,
        tuple(document.namespaces.values()),
        _values(document.links),
        _values(document.addresses),
        _values(document.routes),
        _values(document.rules),
        _values(document.sysctls),
        _values(document.iptables),
        _values(document.nftables),
        tuple(document.nameservers),
        _values(document.neighbours),
        _values(document.fdb),
        _values(document.qdiscs),
        _values(document.nexthops),
    )


def _values(objects: WithPaths[T]) -> tuple[T, ...]:
    return tuple(value for _path, value in objects)


__all__ = ['read_layout']
