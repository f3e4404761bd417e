# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: from entries of a document to tables."""

from __future__ import annotations

import re

from ...values.problems import Problem, Problems
from ...values.reading import Reader, shown
from .schema import TABLE
from .value import NftTable, is_of_iptables, is_own_table, own_table

_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]*\Z')
_NAME_BYTES = 255  # NFT_NAME_MAXLEN less the closing NUL, linux/include/uapi/linux/netfilter/nf_tables.h


def _name_problem(name: str, family: str, scope: str) -> Problem | None:
    if len(name) > _NAME_BYTES or not _NAME.match(name):
        want = 'at most %d letters, digits, "_", "." and "-", beginning with a letter' % _NAME_BYTES
        return Problem('', 'is not a valid table name', shown(name), want)
    if is_of_iptables(family, name):
        advice = 'choose another name, or declare its chains under iptables'
        return Problem('', 'is a table of iptables', '%s %s' % (family, name), do=advice)
    if is_own_table(name) and name != own_table(scope):
        return Problem('', 'is the table of another scope', name, do='choose another name')
    return None


def read_table(data: object, path: str, problems: Problems, namespace: str, scope: str) -> NftTable | None:
    """The table of one entry of ``nftables``; None if something is wrong with it."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    before = len(problems.found)
    values = dict(TABLE.read(reader, with_defaults=True))
    reader.done()
    name, family = values.get('name') or own_table(scope), values['family']
    problem = _name_problem(name, family, scope)
    if problem:
        reader.note('table', problem)
    if len(problems.found) > before:
        return None
    return NftTable(namespace, family, name, values.get('content', ''), path=path)
