# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: the tables that a document declares, each with its content in the words of nft."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ...values.problems import Problem, Problems
from ...values.reading import Reader, plain, shown
from ..iptables.value import BASE_CHAINS

FAMILIES = ('inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev')
_XTABLES_FAMILIES = ('ip', 'ip6', 'arp', 'bridge')
_XTABLES_NAMES = (*BASE_CHAINS, 'broute')
PREFIX = 'multinet-'
_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]*\Z')
_NAME_BYTES = 255  # NFT_NAME_MAXLEN less the closing NUL, linux/include/uapi/linux/netfilter/nf_tables.h

# nft/src/scanner.l: a comment goes to the end of its line, a quoted text to the next quote, over lines too.
_TOKEN = re.compile(r'#[^\n]*|"[^"]*"|[{}"\n]|[A-Za-z0-9_.][A-Za-z0-9_./-]*|.')
# A word of nft may have digits, "/", "-", "_" and "." behind its first letter; a number in front of a word ends at its first letter.
_INCLUDE = re.compile(r'(?<![A-Za-z_])include(?![A-Za-z0-9_./-])')
_BY_INDEX = frozenset(('iif', 'oif', 'sdif', 'device', 'devices', 'iface_index'))


@dataclasses.dataclass(frozen=True)
class NftTable:
    """A declared table. ``content`` is what stands between its braces, as somebody wrote it, or as nft lists it where ``canonical``."""

    namespace: str
    family: str
    name: str
    content: str = ''
    canonical: bool = dataclasses.field(default=False, compare=False)
    path: str = dataclasses.field(default='', compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.namespace, self.family, self.name)


def own_table(scope: str) -> str:
    """The name of a table that is given none."""
    return PREFIX + scope


def is_of_iptables(family: str, name: str) -> bool:
    """Whether iptables-nft or one of its kin keeps its rules there."""
    return family in _XTABLES_FAMILIES and name in _XTABLES_NAMES


def content_faults(content: str) -> list[tuple[int, str]]:
    """What would lead out of the table, or is no text of nft at all: line (from 1) and what is wrong."""
    faults = []
    for number, line in enumerate(content.split('\n'), 1):
        odd = next((letter for letter in line if letter < ' ' and letter != '\t' or letter == '\x7f'), None)
        if odd is not None:
            faults.append((number, 'has a control character (found %r); take it out' % odd))
    line, opened = 1, []
    for match in _TOKEN.finditer(content):
        token = match.group()
        if token == '{':
            opened.append(line)
        elif token == '}' and opened:
            opened.pop()
        elif token == '}':
            faults.append((line, 'has a "}" that closes nothing; the braces around the table are added here'))
        elif token == '"':
            faults.append((line, 'has a quote that is not closed'))
            return faults
        elif token[0] not in '"#' and _INCLUDE.search(token):
            faults.append(
                (
                    line,
                    'reads another file (found include); put its lines here, lookup(\'file\') of Ansible does',
                )
            )
        line += token.count('\n')
    return faults + [(number, 'has a "{" that is not closed') for number in opened]


def words(content: str) -> set[str]:
    """The words of a content, and the texts in quotes."""
    return {token.strip('"') for token in _TOKEN.findall(content) if token[0] != '#'}


def names_links(content: str) -> set[str]:
    """The words that may be names of links, where the content speaks of links that have to be there; otherwise none."""
    found = words(content)
    return found if found & _BY_INDEX else set()


_BY_INDEX_OTHER = re.compile(
    r'\b(?:%s)\b(?!\s+(?:[!=]=\s+)?"?lo"?(?![A-Za-z0-9_./-]))' % '|'.join(sorted(_BY_INDEX))
)


def names_only_lo(content: str) -> bool:
    """Whether no link has to be there but lo, as far as text tells: it is always there, with the same number."""
    return not names_links(content) or not _BY_INDEX_OTHER.search(content)


def _name_fault(name: str, family: str, scope: str) -> Problem | None:
    if len(name) > _NAME_BYTES or not _NAME.match(name):
        want = 'at most %d letters, digits, "_", "." and "-", beginning with a letter' % _NAME_BYTES
        return Problem('', 'is no name for a table', shown(name), want)
    if is_of_iptables(family, name):
        do = 'choose another name, or declare its chains under iptables'
        return Problem('', 'is a table of iptables', '%s %s' % (family, name), do=do)
    if name.startswith(PREFIX) and name != own_table(scope):
        return Problem('', 'is the table of another scope', name, do='choose another name')
    return None


def read_table(data: object, path: str, problems: Problems, namespace: str, scope: str) -> NftTable | None:
    """One entry of ``nftables``. None when it has a fault."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    before = len(problems.found)
    name = reader.text('table') or own_table(scope)
    family = reader.choice('family', FAMILIES, default='inet') or 'inet'
    content = _read_content(reader, problems)
    reader.done()
    problem = _name_fault(name, family, scope)
    if problem:
        reader.note('table', problem)
    if len(problems.found) > before:
        return None
    return NftTable(namespace, family, name, content, path=path)


def _read_content(reader: Reader, problems: Problems) -> str:
    value: t.Any = reader.take('content', required=not problems.naming)
    if value is None:
        return ''
    content = plain(value) if isinstance(value, str) else None
    if content is None:
        reader.fault(
            'content',
            'is not text',
            found=shown(value),
            do='write it as nft does, without "table FAMILY NAME" and its braces',
        )
        return ''
    if not content.strip():
        reader.fault('content', 'is empty', do='declare a chain, or leave the table out')
    for line, what in content_faults(content):
        reader.fault('content', 'line %d %s' % (line, what))
    return content


__all__ = [
    'FAMILIES',
    'NftTable',
    'content_faults',
    'is_of_iptables',
    'names_links',
    'names_only_lo',
    'own_table',
    'read_table',
    'words',
]
