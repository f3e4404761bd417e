# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to say of an attribute, in the markup of Ansible: for option docs, the JSON Schema and the
key reference."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import (
    Attribute,
    Integer,
    Table,
    Value,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader


def default_of(attribute: Attribute) -> Value | None:
    """The default as a document would write it; None if it has none, or one that no document can say."""
    if attribute.default in (None, ()):
        return None
    written = attribute.type.written(attribute.default)
    problems = Problems()
    read = attribute.type.read(Reader({attribute.key: written}, '', problems), attribute.key)
    return written if read == attribute.default and not problems.found else None


def sentences(attribute: Attribute) -> list[str]:
    """What there is to say of an attribute, the first sentence with unit, range and choices."""
    first, *others = attribute.text.rstrip('.').split('. ')
    if attribute.unit:
        first += ' in %s' % attribute.unit
    type_, words = attribute.type, attribute.type.words
    if words and not _named(words, attribute.text):
        first += ': ' + either(['V(%s)' % word for word in words])
    elif isinstance(type_, Integer):
        first += ', V(%d) to V(%d)' % (type_.low, type_.high)
    default = default_of(attribute)
    if default is not None:
        others.insert(0, 'Default V(%s)' % attribute.type.text(t.cast('Value', attribute.default)))
    return [sentence + '.' for sentence in (first, *others)]


def _named(words: t.Iterable[str], text: str) -> bool:
    """Whether a text names all words itself."""
    return all('V(%s)' % word in text for word in words)


def either(words: t.Sequence[str]) -> str:
    """One of several, in words."""
    return words[0] if len(words) == 1 else '%s or %s' % (', '.join(words[:-1]), words[-1])


def all_of(words: t.Sequence[str]) -> str:
    return words[0] if len(words) == 1 else '%s and %s' % (', '.join(words[:-1]), words[-1])


def keys_of(table: Table) -> str:
    """The keys of a table, for a sentence."""
    return all_of(['C(%s)' % attribute.key for attribute in table.values()])


def lower_first(sentence: str) -> str:
    """A sentence that goes on after a dash: without its capital, unless that begins an abbreviation."""
    return sentence if sentence[1].isupper() else sentence[0].lower() + sentence[1:]


def without_markup(text: str, quote: str = '') -> str:
    """*text* with what C(), V(), O(), M() and P() hold between *quote*."""
    return re.sub(r'\b[CVOMP]\(([^)]*)\)', lambda match: quote + match[1] + quote, text)
