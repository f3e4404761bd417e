# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nft: reading and writing whole tables, and what nft makes of a table that somebody wrote.

Its language is never parsed here. A text is loaded into a namespace that nobody uses (:func:`canonicalise`), and what nft lists
then is what is compared and what is loaded for real: no word of the text itself ever reaches a table that counts.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import socket
import typing as t

from ...kernel import namespaces, netlink
from ...kernel.tool_errors import Blame, MissingTool, ToolFailed
from ...kernel.tools import Process, Run, begin, drive
from .. import encode
from ..link.value import Link

Place = tuple[str, str]
"""(family, name) of a table."""
Body = tuple[str, ...]
"""The lines between the braces of a table, as nft lists them."""

TIMEOUT = 120
IN_FLIGHT = 16
_BATCH = 64  # tables that are tried together

_HEAD = re.compile(r'table (\S+) (\S+) \{')
_ERROR = re.compile(r'[^\s:]*:(\d+):\d+-\d+(?::\d+)?: Error: (.*)')
_SET = re.compile(r'\t(?:set|map) \S+ \{')
_FLAGS = re.compile(r'\t\tflags (\S+)')
# What names are looked up in. nft asks the resolver for every word where an address may stand.
_RESOLVERS = ('/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf')


def label_of(table: Place) -> str:
    """A table as nft spells it: FAMILY NAME."""
    return '%s %s' % table


class Refused(ToolFailed):
    """nft did not take its input. ``blames`` has each line that it named, and line 0 for what it said of none."""

    def __init__(self, blames: t.Sequence[Blame]) -> None:
        self.blames = tuple(blames)
        super().__init__(
            '; '.join(
                'nft: %s' % blame.message + (' (found %r)' % blame.text if blame.line else '')
                for blame in blames
            )
        )


def _search_path() -> str:
    return os.pathsep.join((os.environ.get('PATH', os.defpath), '/usr/sbin', '/sbin'))


@functools.cache
def program() -> str:
    """The path of nft. Raises MissingTool."""
    found = shutil.which('nft', path=_search_path())
    if found is None:
        raise MissingTool('nft: not found in PATH, /usr/sbin or /sbin; install the package nftables')
    return found


def file_of_program() -> tuple[str, int, int, int]:
    """What tells nft from another one, without running it. Raises MissingTool."""
    status = os.stat(program())
    return program(), status.st_ino, status.st_size, status.st_mtime_ns


# -- text ----------------------------------------------------------------------------------------------------------------


def parse_list(text: str) -> dict[Place, Body]:
    """What nft listed, by table. Lines are kept verbatim."""
    tables: dict[Place, Body] = {}
    place: Place | None = None
    body: list[str] = []
    for line in text.split('\n'):
        match = _HEAD.match(line) if place is None else None
        if match is not None:
            place, body = (match.group(1), match.group(2)), []
        elif line == '}' and place is not None:
            tables[place], place = tuple(body), None
        elif place is not None:
            body.append(line)
    return tables


def without_elements(body: Body) -> Body:
    """*body* without the elements of sets and maps that fill while they are used: those with the flag dynamic or timeout."""
    found: list[str] = []
    fills = skipping = False
    for line in body:
        if _SET.match(line):
            fills = False
        flags = _FLAGS.match(line)
        if flags is not None:
            fills = bool({'dynamic', 'timeout'} & set(flags.group(1).split(',')))
        if fills and line.startswith('\t\telements = {'):
            skipping = True  # they are the last of a set
        if line == '\t}':
            fills = skipping = False
        if not skipping:
            found.append(line)
    return tuple(found)


def _table(place: Place, content: str) -> str:
    return 'table %s %s {\n%s\n}\n' % (*place, content)


def replacement(place: Place, body: Body | None) -> str:
    """Input of nft that puts *body* in the place of the whole table, or removes it, in one transaction."""
    text = 'add table %s %s\ndelete table %s %s\n' % (*place, *place)
    return text if body is None else text + _table(place, '\n'.join(body))


# -- running it ----------------------------------------------------------------------------------------------------------


class Job(t.NamedTuple):
    """One run of nft with ``text`` as its input, in the namespace behind ``fd``. Listings are without counters if ``stateless``."""

    fd: int
    text: str
    stateless: bool = True


def _environment() -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if name != 'LANGUAGE' and not name.startswith('LC_')
    }
    return {**environment, 'PATH': _search_path(), 'LC_ALL': 'C'}


def _blames(text: str, code: int, errors: str) -> list[Blame]:
    """What nft said of each line. Where the kernel refuses a rule, those behind it in the chain are refused along with it."""
    source = text.split('\n')
    found: dict[str, Blame] = {}
    for line in errors.split('\n'):
        match = _ERROR.match(line)
        if match is not None:
            number, message = int(match.group(1)), match.group(2)
            key = message if message.startswith('Could not process rule') else line
            found.setdefault(
                key, Blame(number, source[number - 1].strip() if number <= len(source) else '', message)
            )
    return list(found.values()) or [
        Blame(0, '', ' '.join(errors.split()) or 'ended with %d, said nothing' % code)
    ]


def _run(job: Job, home: int) -> Run:
    def start() -> Process | None:
        return begin(
            namespaces.entered(job.fd, home),
            lambda: Process(
                [program(), *(['-s'] if job.stateless else []), '-f', '-'], job.text, _environment(), TIMEOUT
            ),
        )

    def finish(code: int, output: str, errors: str) -> str:
        if code != 0:
            raise Refused(_blames(job.text, code, errors))
        return output

    return Run(start, finish)


def run_many(jobs: t.Sequence[Job]) -> list[t.Any]:
    """What nft printed for each of *jobs*, or what went wrong; in order, several in flight."""

    def body() -> list[t.Any]:
        home = namespaces.open_current()
        try:
            return drive([_run(job, home) for job in jobs], IN_FLIGHT)
        finally:
            os.close(home)

    return namespaces.in_thread(body) if jobs else []


EVERYTHING = 'list ruleset\n'


def listing(place: Place) -> str:
    """Input of nft that lists one table. (With two in one input nft 1.0.6 does not find the first.)"""
    return 'list table %s %s\n' % place


# -- the canonical form --------------------------------------------------------------------------------------------------


class Source(t.NamedTuple):
    """The content of a table as somebody wrote it, and the links that it names and that are there where it shall be."""

    family: str
    content: str
    links: frozenset[str] = frozenset()


Canonical = t.Union[Body, 'list[Blame]']


def canonicalise(sources: t.Iterable[Source]) -> dict[Source, Canonical]:
    """What nft lists for each of *sources* once it is loaded, or what is wrong with it, by lines of its content.

    Acts in throw-away namespaces only, and looks no names up.
    """
    distinct = list(dict.fromkeys(sources))
    return namespaces.in_thread(_canonicalise, distinct) if distinct else {}


def _canonicalise(sources: list[Source]) -> dict[Source, Canonical]:
    namespaces.hide_files(_RESOLVERS)
    home = namespaces.open_current()
    found: dict[Source, Canonical] = {}
    try:
        for links in sorted({source.links for source in sources}, key=sorted):
            alike = [source for source in sources if source.links == links]
            for first in range(0, len(alike), _BATCH):
                batch = alike[first : first + _BATCH]
                try:
                    found.update(zip(batch, _through_kernel(batch, home)))
                except ToolFailed:
                    for source in batch:  # each alone, so that nobody has to bear the faults of others
                        found[source] = _alone(source, home)
    finally:
        os.close(home)
    return found


def _alone(source: Source, home: int) -> Canonical:
    try:
        return _through_kernel([source], home)[0]
    except Refused as exc:
        lines = source.content.split('\n')
        # The head of the table is the line before the first.
        return [
            Blame(
                min(max(blame.line - 1, 0), len(lines)),
                lines[blame.line - 2].strip() if 1 < blame.line <= len(lines) + 1 else '',
                blame.message,
            )
            for blame in exc.blames
        ]
    except ToolFailed as exc:
        return [Blame(0, '', str(exc))]


def _through_kernel(sources: t.Sequence[Source], home: int) -> list[Body]:
    """What becomes of tables that are loaded, listed, and loaded and listed again from that."""
    places = [(source.family, 'multinet%d' % number) for number, source in enumerate(sources)]
    text = ''.join(_table(place, source.content) for place, source in zip(places, sources))
    first = _loaded(text, sources[0].links, home)
    if set(first) != set(places):
        raise Refused(
            [
                Blame(
                    0,
                    '',
                    'the table did not stay, or others came with it (found %s)'
                    % (', '.join('%s %s' % place for place in sorted(first)) or 'none'),
                )
            ]
        )
    again = _loaded(
        ''.join(_table(place, '\n'.join(first[place])) for place in places), sources[0].links, home
    )
    for place in places:
        if first[place] != again.get(place):
            raise Refused(
                [
                    Blame(
                        0,
                        '',
                        'nft does not read back what it lists, so it cannot be compared; write it in another way',
                    )
                ]
            )
    return [first[place] for place in places]


def _loaded(text: str, links: frozenset[str], home: int) -> dict[Place, Body]:
    """What is listed after *text* was loaded into an empty namespace with *links*."""
    fd = namespaces.create_anonymous(home)
    try:
        if links:
            with namespaces.entered(fd, home), netlink.Socket() as sock:
                sock.write(
                    [encode.new_link(encode.Placed(Link('', name, 'bridge'))) for name in sorted(links)]
                )
        for step in (text, EVERYTHING):
            (result,) = drive([_run(Job(fd, step), home)], 1)
            if isinstance(result, Exception):
                raise result  # pylint: disable=raising-bad-type
        return parse_list(result)
    finally:
        os.close(fd)


def link_names(namespace: str) -> set[str]:
    """The links in a named namespace, '' being the calling thread's; none where there is no such namespace."""

    def body() -> set[str]:
        with contextlib.ExitStack() as stack:
            if namespace:
                home = namespaces.open_current()
                stack.callback(os.close, home)
                try:
                    fd = namespaces.open_named(namespace)
                except (FileNotFoundError, namespaces.StaleName):
                    return set()
                stack.callback(os.close, fd)
                stack.enter_context(namespaces.entered(fd, home))
            return {name for _index, name in socket.if_nameindex()}

    return namespaces.in_thread(body)
