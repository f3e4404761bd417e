# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nft makes of a table: it is loaded into a namespace that nobody uses, and listed.

What nft lists then is what is compared and what is loaded for real: no word of the text itself ever reaches a
table that counts.
"""

from __future__ import annotations

import os
import typing as t

from ...kernel import namespaces, netlink, tools
from ...kernel.tool_errors import Blame, ToolFailed
from ..link.codec import ResolvedLink, new_link
from ..link.value import Link
from .tool import LIST_ALL, Body, NftJob, RejectedInput, TableId, label_of, parse_list, run_of, table_text

_BATCH = 64  # tables that are tried together
# What names are looked up in. nft asks the resolver for every word where an address may stand.
_RESOLVER_FILES = ('/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf')


class Source(t.NamedTuple):
    """The content of a table as somebody wrote it, and the links that it names and that are in the namespace
    of the table."""

    family: str
    content: str
    links: frozenset[str] = frozenset()


Canonical = t.Union[Body, 'list[Blame]']


def canonicalise(sources: t.Iterable[Source]) -> dict[Source, Canonical]:
    """What nft lists for each of *sources* once it is loaded, or what is wrong with it, by lines of its
    content.

    Works in scratch namespaces only, and looks up no names. Raises MissingTool.
    """
    distinct = list(dict.fromkeys(sources))
    return namespaces.in_thread(_canonicalise, distinct) if distinct else {}


def _canonicalise(sources: list[Source]) -> dict[Source, Canonical]:
    namespaces.hide_files(_RESOLVER_FILES)
    home = namespaces.open_current()
    canonical: dict[Source, Canonical] = {}
    try:
        for links in sorted({source.links for source in sources}, key=sorted):
            alike = [source for source in sources if source.links == links]
            for first in range(0, len(alike), _BATCH):
                canonical.update(_of_batch(alike[first : first + _BATCH], home))
    finally:
        os.close(home)
    return canonical


def _of_batch(batch: list[Source], home: int) -> dict[Source, Canonical]:
    try:
        return dict(zip(batch, _through_kernel(batch, home)))
    except ToolFailed:
        # Each alone, so that none is blamed for the errors of others.
        return {source: _alone(source, home) for source in batch}


def _alone(source: Source, home: int) -> Canonical:
    try:
        return _through_kernel([source], home)[0]
    except RejectedInput as exc:
        return [_in_content(source, blame) for blame in exc.blames]
    except ToolFailed as exc:
        return [Blame(0, '', str(exc))]


def _in_content(source: Source, blame: Blame) -> Blame:
    """A blame by the lines of the content; the line before its first is the head of the table."""
    lines = source.content.split('\n')
    number = min(max(blame.line - 1, 0), len(lines))
    text = lines[number - 1].strip() if 1 < blame.line <= len(lines) + 1 else ''
    return Blame(number, text, blame.message)


def _through_kernel(sources: t.Sequence[Source], home: int) -> list[Body]:
    """What becomes of tables that are loaded, listed, and loaded and listed again from that."""
    names = [(source.family, 'multinet%d' % number) for number, source in enumerate(sources)]
    text = ''.join(table_text(name, source.content) for name, source in zip(names, sources))
    links = sources[0].links
    listed = _loaded(text, links, home)
    if set(listed) != set(names):
        tables = ', '.join(map(label_of, sorted(listed))) or 'none'
        raise _refused('the table did not stay, or others came with it (found %s)' % tables)
    again = _loaded(''.join(table_text(name, '\n'.join(listed[name])) for name in names), links, home)
    if any(listed[name] != again.get(name) for name in names):
        raise _refused(
            'nft does not read back what it lists, so it cannot be compared; write it in another way'
        )
    return [listed[name] for name in names]


def _refused(message: str) -> RejectedInput:
    return RejectedInput([Blame(0, '', message)])


def _loaded(text: str, links: frozenset[str], home: int) -> dict[TableId, Body]:
    """What is listed after *text* was loaded into an empty namespace with *links*."""
    with tools.scratch_namespace(home) as fd:
        if links:
            _add_links(fd, links, home)
        tools.run_one(home, run_of(NftJob(fd, text)))
        return parse_list(tools.run_one(home, run_of(NftJob(fd, LIST_ALL))))


def _add_links(fd: int, names: frozenset[str], home: int) -> None:
    messages = [new_link(ResolvedLink(Link('', name, 'bridge'))) for name in sorted(names)]
    with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
        sock.write(messages)
