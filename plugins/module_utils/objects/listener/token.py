# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens: addresses that only the host knows, such as ``{iface:eth1}``."""

from __future__ import annotations

import re
import typing as t

from ...values.names import canonical_ip, canonical_mac, canonical_prefix
from ...values.problems import Problem
from ...values.reading import shown

TOKENS = ('iface', 'mac', 'altname', 'subnet', 'label', 'route', 'default_route', 'prop', 'link_local')
FAMILY_WORDS = {'v4': 'ipv4', 'v6': 'ipv6'}
_TOKEN = re.compile(r'\{([a-z_0-9]+)(?::(.*))?\}\Z')
_WITH_FAMILY = ('iface', 'altname', 'default_route')
"""Tokens after which a family may stand."""


class Token(t.NamedTuple):
    """``{kind:value}``. ``family`` and ``index`` narrow down the addresses that it can mean."""

    kind: str
    value: str = ''
    family: str = ''
    index: int = -1

    def text(self) -> str:
        words = [self.kind]
        if self.value:
            words.append(self.value)
        words += [word for word, family in FAMILY_WORDS.items() if family == self.family]
        if self.index >= 0:
            words.append(str(self.index))
        return '{%s}' % ':'.join(words)


def read_token(text: str) -> tuple[Token | None, Problem | None]:
    """The token that a text in braces means, or what is wrong with it."""
    match = _TOKEN.match(text)
    if not match or match.group(1) not in TOKENS:
        return None, _problem(text, '{KIND:VALUE} with one of %s' % ', '.join(TOKENS))
    kind, value = match.group(1), (match.group(2) or '').strip()
    token = _with_family(kind, value) if kind in _WITH_FAMILY else Token(kind, _canonical(kind, value))
    if token is None:
        if kind == 'default_route':
            return None, _problem(text, '{default_route[:v4|v6]}')
        return None, _problem(text, '{%s:NAME[:v4|v6][:NUMBER, the first is 0]}' % kind)
    if not token.value and kind != 'default_route':
        return None, _problem(text, 'a value that fits %s' % kind)
    return token, None


def _problem(text: str, want: str) -> Problem:
    return Problem('', 'is not a token', shown(text), want)


def _with_family(kind: str, value: str) -> Token | None:
    """A token of NAME[:FAMILY][:NUMBER]; ``default_route`` has the family alone. None if there is more."""
    words = value.split(':') if value else []
    named = kind != 'default_route'
    name, family, index = '', '', -1
    if words and named:
        name = words.pop(0)
    if words and words[0] in FAMILY_WORDS:
        family = FAMILY_WORDS[words.pop(0)]
    if words and named and words[0].isdigit():
        index = int(words.pop(0))
    return None if words else Token(kind, name, family, index)


def _canonical(kind: str, value: str) -> str:
    """The value in one spelling; '' if it does not fit the kind."""
    if kind == 'mac':
        return canonical_mac(value) or ''
    if kind == 'subnet':
        return canonical_prefix(value)[0] or ''
    if kind == 'route':
        return canonical_ip(value) or ''
    return value
