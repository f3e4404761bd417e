# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be reached from where, and what cannot: probes, and namespaces separate from each other."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ..values.fields import link_name, namespace_name
from ..values.names import (
    HOST,
    HOST_WORD,
    canonical_ip,
    canonical_prefix,
    family_of,
    is_of_host,
    place,
    problem_of_link_name,
    problem_of_namespace_name,
)
from ..values.problems import Problem, Problems
from ..values.reading import Reader, plain, shown

OPEN, REFUSED, SILENT = 'open', 'refused', 'silent'
EXPECT = (OPEN, REFUSED, SILENT)
KINDS = ('icmp', 'tcp', 'udp', 'http', 'dns', 'unix')
RECORDS = ('A', 'AAAA')
MOST_SECONDS = 60
_PORTS = {'http': 80, 'dns': 53}
_PATH_BYTES = 107  # of sun_path less the closing NUL, unix(7)
_LABEL = re.compile(r'[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z')
_HOST_HEADER = re.compile(r'[A-Za-z0-9._-]+(:[0-9]+)?\Z|\[[0-9A-Fa-f:.]+\](:[0-9]+)?\Z')


class Probe(t.NamedTuple):
    """A probe and the result that is expected. ``to`` is an address, or the path of a UNIX socket; an
    abstract one starts with "@".
    """

    path: str
    kind: str
    namespace: str
    to: str
    expect: str = OPEN
    name: str = ''
    port: int = 0
    source: str = ''
    device: str = ''
    source_seen: str = ''
    send: str = ''
    answer: str = ''
    url: str = '/'
    host: str = ''
    status: int = 0
    query: str = ''
    record: str = 'A'
    timeout: float = 2.0
    tries: int = 2

    def text(self) -> str:
        """The probe in one line, for people."""
        words = [self.kind, self.to]
        if self.port:
            words += ['port', str(self.port)]
        if self.kind == 'http':
            words.append(self.url)
        if self.kind == 'dns':
            words += ['for', self.record, self.query]
        return ' '.join(words)


class Crossings(t.NamedTuple):
    """What connects separate namespaces on purpose: links as (namespace or None, name), networks, name
    servers, namespaces that forward.
    """

    links: frozenset[tuple[str | None, str]] = frozenset()
    networks: tuple[str, ...] = ()
    nameservers: frozenset[str] = frozenset()
    forwarding: frozenset[str] = frozenset()

    def has_link(self, namespace: str, name: str) -> bool:
        return (namespace, name) in self.links or (None, name) in self.links

    def covers(self, network: str) -> bool:
        """Whether a network or address is within a declared one."""
        inner = ipaddress.ip_network(network, strict=False)
        for outer in map(ipaddress.ip_network, self.networks):
            if outer.version == inner.version and inner.subnet_of(outer):  # type: ignore[arg-type]
                return True
        return False


class Reachability(t.NamedTuple):
    """What a task checks. The namespaces in ``separate`` must not leak into each other."""

    probes: tuple[Probe, ...]
    separate: tuple[str, ...]
    overlap: bool
    crossings: Crossings

    def namespaces(self) -> dict[str, str]:
        """The namespaces that are named, each with the path in the document of its first mention."""
        paths = {probe.namespace: probe.path + '.namespace' for probe in reversed(self.probes)}
        for name in self.separate:
            paths.setdefault(name, 'separate')
        return paths


def _seconds(reader: Reader, key: str, default: float) -> float:
    value = reader.take(key)
    if value is None:
        return default
    try:
        if isinstance(value, bool):
            raise ValueError
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        reader.problem(key, 'is not a number of seconds', found=shown(value))
        return default
    if not 0.05 <= seconds <= MOST_SECONDS:
        reader.problem(key, 'is out of range', found=shown(value), want='0.05 to %d seconds' % MOST_SECONDS)
        return default
    return seconds


def _address(reader: Reader, key: str, required: bool = False) -> str:
    text = reader.text(key, required)
    if text is None:
        return ''
    address = canonical_ip(text.strip('[]'))
    if address is None:
        reader.problem(
            key,
            'is not an address',
            found=shown(text),
            do='names are looked up by probes of kind dns alone' if key == 'to' else '',
        )
        return ''
    if not is_of_host(address):
        reader.problem(key, 'cannot be the address of a host', found=address)
    return address


def _raw_text(reader: Reader, key: str) -> str:
    """Text, with its blanks and newlines."""
    value = reader.take(key)
    text = plain(value) if value is not None else ''
    if text is None:
        reader.problem(key, 'is not text', found=shown(value))
    return text or ''


def _pattern(reader: Reader, key: str) -> str:
    text = _raw_text(reader, key)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        reader.problem(key, 'is not a regular expression', found='%s: %s' % (shown(text), exc))
        return ''
    return text


def _query(reader: Reader) -> str:
    text = reader.text('query', required=True) or ''
    name = text[:-1] if text.endswith('.') else text
    if text and (len(name) > 253 or not all(_LABEL.match(label) for label in name.split('.'))):
        reader.problem('query', 'is not a DNS name', found=shown(text))
    return name


def _socket_path(reader: Reader) -> str:
    text = reader.text('path', required=True) or ''
    if text and text[0] not in '/@' or text == '@':
        reader.problem(
            'path',
            'is not a socket path',
            found=shown(text),
            want='it to begin with "/", or with "@" for an abstract one',
        )
    elif len(text.encode()) > _PATH_BYTES or '\0' in text:
        reader.problem(
            'path', 'is not a socket path', found=shown(text), want='at most %d bytes' % _PATH_BYTES
        )
    return text


def _url(reader: Reader) -> tuple[str, str, int]:
    url = reader.text('path') or '/'
    if not url.startswith('/') or not url.isascii() or not url.isprintable() or ' ' in url:
        reader.problem(
            'path', 'is not a URL path', found=shown(url), want='it to begin with "/", without blanks'
        )
    host = reader.text('host') or ''
    if host and not _HOST_HEADER.match(host):
        reader.problem('host', 'is not a host', found=shown(host))
    return url, host, reader.integer('status', 100, 599) or 0


def _network_keys(reader: Reader, kind: str) -> dict[str, t.Any]:
    """The keys of all kinds but unix."""
    to = _address(reader, 'to', required=True)
    keys: dict[str, t.Any] = {
        'to': to,
        'source': _address(reader, 'source'),
        'source_seen': _address(reader, 'source_seen'),
        'device': link_name(reader, 'device') or '',
    }
    if kind != 'icmp':
        required = kind in ('tcp', 'udp')
        keys['port'] = reader.integer('port', 1, 65535, _PORTS.get(kind), required=required) or 0
    for key in ('source', 'source_seen'):
        if to and keys[key] and family_of(keys[key]) != family_of(to):
            reader.problem(
                key, 'is not of the family of the destination', found=keys[key], want='one as %s' % to
            )
    if to and ipaddress.ip_address(to).is_link_local and ':' in to and not keys['device']:
        reader.problem('to', 'is on every link', found=to, do='add device: LINK')
    return keys


def _keys_of_kind(reader: Reader, kind: str) -> dict[str, t.Any]:
    """The keys that depend on the kind of a probe."""
    keys = {'to': _socket_path(reader)} if kind == 'unix' else _network_keys(reader, kind)
    if kind in ('tcp', 'udp', 'unix'):
        keys['send'] = _raw_text(reader, 'send')
    if kind == 'http':
        keys['url'], keys['host'], keys['status'] = _url(reader)
    if kind == 'dns':
        keys['query'], keys['record'] = _query(reader), reader.choice('type', RECORDS, 'A') or 'A'
    if kind != 'icmp':
        keys['answer'] = _pattern(reader, 'answer')
    return keys


def _expect(reader: Reader, keys: t.Mapping[str, t.Any]) -> str:
    expect = reader.choice('expect', EXPECT, OPEN) or OPEN
    if expect != OPEN:
        for key in ('answer', 'status'):
            if keys.get(key):
                reader.problem(
                    key,
                    'needs an answer',
                    found='expect: %s' % expect,
                    do='leave it out, or set expect: open',
                )
    if keys.get('source_seen') and expect == SILENT:
        reader.problem(
            'source_seen', 'needs the other side to see something', found='expect: silent', do='leave it out'
        )
    return expect


def read_probe(data: object, path: str, problems: Problems, timeout: float, tries: int) -> Probe | None:
    """An entry of ``probes``; None if it is wrong."""
    before = len(problems.found)
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    kind = reader.choice('kind', KINDS, required=True)
    if kind is None:
        return None
    keys = _keys_of_kind(reader, kind)
    expect = _expect(reader, keys)
    probe = Probe(
        path,
        kind,
        namespace_name(reader, 'namespace', HOST),
        expect=expect,
        name=reader.text('name') or '',
        timeout=_seconds(reader, 'timeout', timeout),
        tries=reader.integer('tries', 1, 100, tries) or tries,
        **keys,
    )
    reader.done()
    return probe if len(problems.found) == before else None


def _namespace(value: object) -> tuple[str, Problem | None]:
    """The name of a namespace, and what is wrong with it."""
    text = (plain(value) or '').strip()
    if text == HOST_WORD:
        return HOST, None
    if not text:
        return text, Problem('', 'is not a valid namespace name', shown(value))
    return text, problem_of_namespace_name(text)


def _namespaces(reader: Reader, key: str) -> list[str]:
    names: list[str] = []
    for path, member in reader.items(key):
        name, problem = _namespace(member)
        if problem:
            reader.problems.note(problem.at(path))
        elif name in names:
            reader.problems.add(path, 'is listed twice', found=place(name), do='remove one')
        names.append(name)
    return names


def _link_end(text: str) -> tuple[tuple[str | None, str], Problem | None]:
    """``NAME`` or ``NAMESPACE/NAME``, and what is wrong with it."""
    namespace, slash, name = text.rpartition('/')
    if not slash:
        return (None, name), problem_of_link_name(name)
    if namespace == HOST_WORD:
        return (HOST, name), problem_of_link_name(name)
    return (namespace, name), problem_of_namespace_name(namespace) or problem_of_link_name(name)


def _crossings(data: object, problems: Problems) -> Crossings:
    reader = Reader(data, 'crossings', problems)
    links, networks, servers = set(), [], set()
    for path, member in reader.items('links'):
        end, problem = _link_end((plain(member) or '').strip())
        if problem:
            problems.note(problem.at(path))
        links.add(end)
    for path, member in reader.items('networks'):
        network, problem = canonical_prefix((plain(member) or '').strip())
        if problem:
            problems.note(problem.at(path))
        networks.append(network or '')
    for path, member in reader.items('nameservers'):
        address = canonical_ip((plain(member) or '').strip())
        if address is None:
            problems.add(path, 'is not an address', found=shown(member))
        servers.add(address or '')
    forwarding = frozenset(_namespaces(reader, 'forwarding'))
    reader.done()
    return Crossings(frozenset(links), tuple(networks), frozenset(servers), forwarding)


def read_reachability(data: t.Mapping[str, t.Any]) -> Reachability:
    """The options of the module: ``probes``, ``timeout``, ``tries``, ``separate``, ``overlap`` and
    ``crossings``. Raises InputError with all problems.
    """
    problems = Problems()
    reader = Reader(dict(data), '', problems)
    timeout = _seconds(reader, 'timeout', Probe._field_defaults['timeout'])
    usual = Probe._field_defaults['tries']
    tries = reader.integer('tries', 1, 100, usual) or usual
    probes = [read_probe(member, path, problems, timeout, tries) for path, member in reader.items('probes')]
    separate = _namespaces(reader, 'separate')
    if len(separate) == 1:
        reader.problem('separate', 'needs two namespaces or more', found=place(separate[0]))
    overlap = reader.boolean('overlap', True)
    crossings = reader.take('crossings')
    allowed = _crossings(crossings, problems) if crossings is not None else Crossings()
    if crossings is not None and not separate:
        reader.problem(
            'crossings', 'are for namespaces that have to be separate', do='add separate, or leave it out'
        )
    if not probes and not separate and not problems.found:
        problems.add('probes', 'is missing', do='give probes, separate or both')
    reader.done()
    problems.raise_any()
    complete = tuple(probe for probe in probes if probe is not None)
    return Reachability(complete, tuple(separate), bool(overlap), allowed)
