# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a table of nft."""

from __future__ import annotations

import typing as t

from ...values.reading import Reader, plain, shown
from ..attribute import Attribute, Table, Text, Type, Word
from .value import FAMILIES, content_problems


class Content(Type):
    """What stands between the braces of a table."""

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required and not reader.problems.naming)
        if value is None:
            return None
        content = plain(value) if isinstance(value, str) else None
        if content is None:
            advice = 'write it as nft does, without "table FAMILY NAME" and its braces'
            reader.problem(key, 'is not text', do=advice, found=shown(value))
            return None
        if not content.strip():
            reader.problem(key, 'is empty', do='declare a chain, or leave the table out')
        for line, what in content_problems(content):
            reader.problem(key, 'line %d %s' % (line, what))
        return content


TABLE = Table(
    Attribute(
        'table',
        Text(),
        'Name of the table. Without it C(multinet-SCOPE), with the name of the scope.',
        field='name',
    ),
    Attribute('family', Word(FAMILIES), 'Family of the table; V(inet) sees IPv4 and IPv6.', default='inet'),
    Attribute(
        'content',
        Content(),
        'What stands between the braces of the table, as C(nft) takes it: chains, sets, maps, counters, '
        'C(define). Names of hosts are not looked up, and C(include) is refused. Elements cannot be declared '
        'for sets with the flag dynamic or timeout.',
        required=True,
    ),
)
