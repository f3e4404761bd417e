# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of iptables: the keys of a chain, and those of a rule that is given as keys."""

from __future__ import annotations

import re
import typing as t

from ...values.reading import Reader, plain, shown
from ..attribute import Attribute, Boolean, Table, Text, Type, Word
from .value import BASE_CHAINS, FAMILIES, LAST, POSITIONS

_LONGEST_COMMENT = 255  # XT_MAX_COMMENT_LEN - 1


class TextList(Type):
    """A list of texts, or one text. The value is a tuple."""

    argument = 'raw'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        texts = [plain(member) for member in (value if isinstance(value, (list, tuple)) else [value])]
        if not texts or not all(texts):
            reader.problem(key, 'is neither a string nor a list of strings', found=shown(value))
            return None
        return tuple(text.strip() for text in texts if text)


class RawList(Type):
    """A list of anything."""

    argument = 'list'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        return reader.members(key)


class Position(Type):
    """Where a jump stands: first, last or a number between. The value is a number."""

    argument = 'raw'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        text = plain(value) or ''
        if text in POSITIONS:
            return POSITIONS[text]
        if re.match(r'[0-9]{1,3}\Z', text) and int(text):
            return int(text)
        want = 'first, last or a number from 1 to %d' % (LAST - 1)
        reader.problem(key, 'is unknown', found=shown(value), want=want)
        return None


class Comment(Type):
    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        text = plain(value)
        if text is None or re.search('[\n\r\x00]', text):
            reader.problem(key, 'is not one line of text', found=shown(value))
            return None
        if len(text.encode()) > _LONGEST_COMMENT:
            length, most = '%d bytes' % len(text.encode()), 'at most %d' % _LONGEST_COMMENT
            reader.problem(key, 'is too long', found=length, want=most)
            return None
        return text


class SegmentSize(Type):
    """True, or a size in bytes. The value is True or text."""

    argument = 'raw'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        text = plain(value) or ''
        is_number = text.isascii() and text.isdigit() and len(text) <= len('65535')
        is_size = is_number and 64 <= int(text) <= 65535
        if value is None or value is True or is_size:
            return text or value
        reader.problem(key, 'is neither true nor a size in bytes', found=shown(value))
        return None


CHAIN = Table(
    Attribute(
        'chain', Text(), 'Name of a built-in chain of the table, or of a chain of your own.', required=True
    ),
    Attribute('table', Word(tuple(BASE_CHAINS)), 'Table that the chain is in.', default='filter'),
    Attribute(
        'family',
        Word((*FAMILIES, 'both')),
        'Family of the packets; V(both) makes two chains.',
        default='ipv4',
    ),
    Attribute(
        'rules',
        RawList(),
        'Rules in their order: texts as C(iptables-save) prints them, without C(-A CHAIN), or dictionaries '
        'of keys.',
    ),
    Attribute(
        'policy',
        Word(('ACCEPT', 'DROP')),
        'Policy of a built-in chain, if all rules of the namespace are ours. It is set in one commit with '
        'the rules.',
    ),
    Attribute(
        'position',
        Position(),
        'Where the jump from a built-in chain stands if others have rules in it too: V(first) is before '
        'their rules, V(last) behind them. Numbers from 1 to 999 are before them as well, and order the '
        'jumps of several scopes.',
    ),
    Attribute(
        'flush_conntrack',
        Boolean(),
        'When a rule comes or goes, make the kernel forget the connections that its addresses, protocol and '
        'ports match.',
        default=False,
    ),
)

RULE = Table(
    Attribute(
        'source', TextList(), 'Source addresses or networks; C(!) in front of a single one negates it.'
    ),
    Attribute(
        'destination',
        TextList(),
        'Destination addresses or networks; C(!) in front of a single one negates it.',
    ),
    Attribute(
        'in', Text(), 'Link that the packet came in by; C(!) negates, a C(+) at the end stands for any rest.'
    ),
    Attribute(
        'out', Text(), 'Link that the packet leaves by; C(!) negates, a C(+) at the end stands for any rest.'
    ),
    Attribute('protocol', Text(), 'Protocol by name or number; C(!) negates.'),
    Attribute(
        'ports', TextList(), 'Destination ports, or ranges such as C(8000-8010); needs a protocol with ports.'
    ),
    Attribute('source_ports', TextList(), 'Source ports, or ranges; needs a protocol with ports.'),
    Attribute('state', TextList(), 'States of the connection, such as V(established).'),
    Attribute('comment', Comment(), 'Comment of one line.'),
    Attribute('jump', Text(), 'Target: V(ACCEPT), V(DROP), V(REJECT), V(RETURN) or a chain.'),
    Attribute('masquerade', Boolean(), 'Replace the source address by that of the outgoing link.'),
    Attribute('snat', Text(), 'New source: C(ADDRESS), C(FIRST-LAST) or C(ADDRESS:PORT).'),
    Attribute('dnat', Text(), 'New destination: C(ADDRESS), C(FIRST-LAST) or C(ADDRESS:PORT).'),
    Attribute('redirect', Text(), 'Port of this host that packets are redirected to.'),
    Attribute(
        'clamp_mss',
        SegmentSize(),
        'Limit the segment size of TCP connections to that of the path (V(true)) or to a number of bytes.',
    ),
)
