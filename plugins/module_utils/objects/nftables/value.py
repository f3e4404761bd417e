# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: the tables that a document declares, each with its content in the words of nft."""

from __future__ import annotations

import re
import typing as t

from ...values.struct import not_compared
from ..iptables.value import BASE_CHAINS

FAMILIES = ('inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev')
XTABLES_FAMILIES = ('ip', 'ip6', 'arp', 'bridge')
XTABLES_NAMES = (*BASE_CHAINS, 'broute')
PREFIX = 'multinet-'

# nft/src/scanner.l: a comment goes to the end of its line, a quoted text to the next quote, over lines too.
_TOKEN = re.compile(r'#[^\n]*|"[^"]*"|[{}"\n]|[A-Za-z0-9_.][A-Za-z0-9_./-]*|.')
# A word of nft may have digits, "/", "-", "_" and "." behind its first letter; a number ends at the first
# letter of a word.
_INCLUDE = re.compile(r'(?<![A-Za-z_])include(?![A-Za-z0-9_./-])')
_BY_INDEX = frozenset(('iif', 'oif', 'sdif', 'device', 'devices', 'iface_index'))

TableId = tuple[str, str]
"""(family, name) of a table."""
Body = tuple[str, ...]
"""The lines between the braces of a table, as nft lists them."""


@not_compared('canonical', 'path')
class NftTable(t.NamedTuple):
    """A declared table. ``content`` is what stands between its braces: as nft lists it if ``canonical``, else
    as somebody wrote it."""

    namespace: str
    family: str
    name: str
    content: str = ''
    canonical: bool = False
    path: str = ''

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.namespace, self.family, self.name)


def own_table(scope: str) -> str:
    """The name of a table that a document gives no name."""
    return PREFIX + scope


def is_of_iptables(family: str, name: str) -> bool:
    """Whether iptables-nft or one of its kin keeps its rules there."""
    return family in XTABLES_FAMILIES and name in XTABLES_NAMES


def is_own_table(name: str) -> bool:
    """Whether a table is the one of some scope that was given no name."""
    return name.startswith(PREFIX)


def content_problems(content: str) -> list[tuple[int, str]]:
    """What would lead out of the table, or is not text of nft at all: line (from 1) and what is wrong."""
    return _control_characters(content) + _braces_and_includes(content)


def _control_characters(content: str) -> list[tuple[int, str]]:
    problems = []
    for number, line in enumerate(content.split('\n'), 1):
        control = next(
            (letter for letter in line if letter < ' ' and letter != '\t' or letter == '\x7f'), None
        )
        if control is not None:
            problems.append((number, 'has a control character (found %r); take it out' % control))
    return problems


_INCLUDES = 'reads another file (found include); put its lines here, lookup(\'file\') of Ansible does'


def _braces_and_includes(content: str) -> list[tuple[int, str]]:
    problems = []
    line, opened = 1, []
    for match in _TOKEN.finditer(content):
        token = match.group()
        if token == '{':
            opened.append(line)
        elif token == '}' and opened:
            opened.pop()
        elif token == '}':
            problems.append(
                (line, 'has a "}" that closes nothing; the braces around the table are added here')
            )
        elif token == '"':
            problems.append((line, 'has a quote that is not closed'))
            return problems
        elif token[0] not in '"#' and _INCLUDE.search(token):
            problems.append((line, _INCLUDES))
        line += token.count('\n')
    return problems + [(number, 'has a "{" that is not closed') for number in opened]


def words(content: str) -> set[str]:
    """The words of a content, and the texts in quotes."""
    return {token.strip('"') for token in _TOKEN.findall(content) if token[0] != '#'}


def names_links(content: str) -> set[str]:
    """The words that may be names of links, if the content speaks of links that have to exist; otherwise
    none."""
    content_words = words(content)
    return content_words if content_words & _BY_INDEX else set()


_BY_INDEX_OTHER = re.compile(
    r'\b(?:%s)\b(?!\s+(?:[!=]=\s+)?"?lo"?(?![A-Za-z0-9_./-]))' % '|'.join(sorted(_BY_INDEX))
)


def names_only_lo(content: str) -> bool:
    """Whether no link has to exist but lo, as far as text tells: lo always exists, with the same number."""
    return not names_links(content) or not _BY_INDEX_OTHER.search(content)
