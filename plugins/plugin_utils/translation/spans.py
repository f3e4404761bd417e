# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spans of time as systemd.time(7) has them, in the units of a document."""

from __future__ import annotations

import fractions
import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.reading import shown

from .keys import Untranslatable

_PART = re.compile(r'\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]*)')
_UNITS = {
    'us': 1,
    'µs': 1,
    'usec': 1,
    'ms': 1000,
    'msec': 1000,
    's': 1000000,
    'sec': 1000000,
    'second': 1000000,
    'seconds': 1000000,
    'm': 60000000,
    'min': 60000000,
    'minute': 60000000,
    'minutes': 60000000,
    'h': 3600000000,
    'hr': 3600000000,
    'hour': 3600000000,
    'hours': 3600000000,
    'd': 86400000000,
    'day': 86400000000,
    'days': 86400000000,
}
MILLISECOND, SECOND = 1000, 1000000


def microseconds(value: t.Any, unit: int) -> fractions.Fraction:
    """A span as a number of microseconds. *unit* is that of a number without one."""
    text = '' if isinstance(value, (bool, list, dict)) else str(value).strip()
    total, end = fractions.Fraction(0), 0
    while end < len(text) or not text:
        part = _PART.match(text, end)
        if part is None or (part.group(2) or 'us') not in _UNITS:
            raise Untranslatable('it is no span of time (found %s)' % shown(value))
        total += fractions.Fraction(part.group(1)) * (_UNITS[part.group(2)] if part.group(2) else unit)
        end = part.end()
    return total


def span(in_file: int, in_document: int) -> t.Callable[[t.Any], int]:
    """A change of spans: the unit of a number in the file, and that of the document's."""

    def change(value: t.Any) -> int:
        count = microseconds(value, in_file) / in_document
        if count.denominator != 1:
            word = 'seconds' if in_document == SECOND else 'milliseconds'
            raise Untranslatable('it is no whole number of %s (found %s)' % (word, shown(value)))
        return int(count)

    return change


def with_unit(value: t.Any) -> str:
    """A span as tc(8) has it."""
    count = microseconds(value, SECOND)
    if count.denominator != 1:
        raise Untranslatable('it is no whole number of microseconds (found %s)' % shown(value))
    return '%dus' % count


__all__ = ['MILLISECOND', 'SECOND', 'span', 'with_unit']
