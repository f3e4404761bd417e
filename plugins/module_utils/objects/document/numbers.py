# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document with numbers in the place of names that this host has for them. What is kept for the next boot
says numbers: they mean the same when the files with the names have changed, or cannot be read yet."""

from __future__ import annotations

import typing as t

from ...values.named_numbers import Names, is_name
from ..attribute import Table
from ..link.kinds import KINDS
from ..link.value import COMMON
from ..named_number import NamedNumber
from ..route.schema import ROUTE
from ..rule.schema import RULE

Entry = t.Mapping[str, t.Any]


def _files(*tables: Table) -> dict[str, str]:
    """The files of iproute2 that have names for the values of keys."""
    attributes = [attribute for table in tables for attribute in table.values()]
    named = [attribute for attribute in attributes if isinstance(attribute.type, NamedNumber)]
    return {attribute.key: t.cast(NamedNumber, attribute.type).file for attribute in named}


_FILES = {
    'links': _files(COMMON, *[kind.settings for kind in KINDS.values()]),
    'routes': _files(ROUTE),
    'rules': _files(RULE),
}


def with_numbers(document: Entry, names: Names) -> dict[str, t.Any]:
    """The same document. What is of another shape than a document, or unknown, stays as it is."""
    numbered = {**document}
    for key, files in _FILES.items():
        if isinstance(document.get(key), list):
            numbered[key] = [_numbered(member, files, names) for member in document[key]]
    if isinstance(document.get('namespaces'), list):
        numbered['namespaces'] = [
            with_numbers(member, names) if isinstance(member, dict) else member
            for member in document['namespaces']
        ]
    return numbered


def _numbered(member: t.Any, files: t.Mapping[str, str], names: Names) -> t.Any:
    if not isinstance(member, dict):
        return member
    said = [(key, file) for key, file in files.items() if is_name(member.get(key))]
    numbers = {key: names(file)[member[key]] for key, file in said if member[key] in names(file)}
    if isinstance(member.get('peer'), dict):
        numbers['peer'] = _numbered(member['peer'], files, names)
    return {**member, **numbers} if numbers else member


__all__ = ['with_numbers']
