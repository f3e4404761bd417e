# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What shall be reached from where, and what shall not: probes, and namespaces that know nothing of each other."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ..values.names import (
    HOST,
    HOST_WORD,
    canonical_ip,
    canonical_prefix,
    family_of,
    fault_of_link_name,
    fault_of_namespace_name,
    is_of_host,
    place,
)
from ..values.reading import Problems, Reader, plain, shown
from .link.value import link_name, namespace_word

OPEN, REFUSED, SILENT = 'open', 'refused', 'silent'
EXPECT = (OPEN, REFUSED, SILENT)
KINDS = ('icmp', 'tcp', 'udp', 'http', 'dns', 'unix')
RECORDS = ('A', 'AAAA')
MOST_SECONDS = 60
_PORTS = {'http': 80, 'dns': 53}
_PATH_BYTES = 107  # of sun_path less the closing NUL, unix(7)
_LABEL = re.compile(r'[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z')
_HOST_HEADER = re.compile(r'[A-Za-z0-9._-]+(:[0-9]+)?\Z|\[[0-9A-Fa-f:.]+\](:[0-9]+)?\Z')


@dataclasses.dataclass(frozen=True)
class Probe:
    """One question, and the answer that is wanted. ``to`` is an address, or the path of a UNIX socket ('@' begins an abstract one)."""

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
        """What is asked, for people."""
        where = '%s port %d' % (self.to, self.port) if self.port else self.to
        return '%s %s%s%s' % (
            self.kind,
            where,
            ' ' + self.url if self.kind == 'http' else '',
            ' for %s %s' % (self.record, self.query) if self.kind == 'dns' else '',
        )


@dataclasses.dataclass(frozen=True)
class Crossings:
    """What leads from one to the other on purpose: links by (namespace or None, name), networks, name servers, namespaces that forward."""

    links: frozenset[tuple[str | None, str]] = frozenset()
    networks: tuple[str, ...] = ()
    nameservers: frozenset[str] = frozenset()
    forwarding: frozenset[str] = frozenset()

    def has_link(self, namespace: str, name: str) -> bool:
        return (namespace, name) in self.links or (None, name) in self.links

    def covers(self, network: str) -> bool:
        """Whether a network or address is within a declared one."""
        one = ipaddress.ip_network(network, strict=False)
        return any(
            one.subnet_of(other)
            for other in map(ipaddress.ip_network, self.networks)
            if other.version == one.version
        )  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Reachability:
    """What one task asks for. Of the namespaces in ``separate`` each shall know nothing of the others."""

    probes: tuple[Probe, ...]
    separate: tuple[str, ...]
    overlap: bool
    crossings: Crossings

    def namespaces(self) -> dict[str, str]:
        """The namespaces that have to be there, each with the place in the document that names it first."""
        found = {probe.namespace: probe.path + '.namespace' for probe in reversed(self.probes)}
        found.update({name: 'separate' for name in self.separate if name not in found})
        return found


def _seconds(reader: Reader, key: str, default: float) -> float:
    value = reader.take(key)
    if value is None:
        return default
    try:
        if isinstance(value, bool):
            raise ValueError
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        reader.fault(key, 'is no number of seconds (found %s)' % shown(value))
        return default
    if not 0.05 <= seconds <= MOST_SECONDS:
        reader.fault(
            key, 'is out of range (found %s, want 0.05 to %d seconds)' % (shown(value), MOST_SECONDS)
        )
        return default
    return seconds


def _address(reader: Reader, key: str, required: bool = False) -> str:
    text = reader.text(key, required)
    if text is None:
        return ''
    address = canonical_ip(text.strip('[]'))
    if address is None:
        reader.fault(
            key,
            'is no address (found %s)' % shown(text),
            'names are looked up by probes of kind dns alone' if key == 'to' else '',
        )
        return ''
    if not is_of_host(address):
        reader.fault(key, 'is no address that a host can have (found %s)' % address)
    return address


def _raw_text(reader: Reader, key: str) -> str:
    """A text whose blanks and line ends count."""
    value = reader.take(key)
    text = plain(value) if value is not None else ''
    if text is None:
        reader.fault(key, 'is not text (found %s)' % shown(value))
    return text or ''


def _pattern(reader: Reader, key: str) -> str:
    text = _raw_text(reader, key)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        reader.fault(key, 'is no regular expression (found %s: %s)' % (shown(text), exc))
        return ''
    return text


def _query(reader: Reader) -> str:
    text = reader.text('query', required=True) or ''
    name = text[:-1] if text.endswith('.') else text
    if text and (len(name) > 253 or not all(_LABEL.match(label) for label in name.split('.'))):
        reader.fault('query', 'is no name of DNS (found %s)' % shown(text))
    return name


def _socket_path(reader: Reader) -> str:
    text = reader.text('path', required=True) or ''
    if text and text[0] not in '/@' or text == '@':
        reader.fault(
            'path',
            'is no path of a socket (found %s, want it to begin with "/", or with "@" for an abstract one)'
            % shown(text),
        )
    elif len(text.encode()) > _PATH_BYTES or '\0' in text:
        reader.fault(
            'path', 'is no path of a socket (found %s, want at most %d bytes)' % (shown(text), _PATH_BYTES)
        )
    return text


def _url(reader: Reader) -> tuple[str, str, int]:
    url = reader.text('path') or '/'
    if not url.startswith('/') or not url.isascii() or not url.isprintable() or ' ' in url:
        reader.fault(
            'path', 'is no path of a URL (found %s, want it to begin with "/", without blanks)' % shown(url)
        )
    host = reader.text('host') or ''
    if host and not _HOST_HEADER.match(host):
        reader.fault('host', 'is no host (found %s)' % shown(host))
    return url, host, reader.integer('status', 100, 599) or 0


def _far(reader: Reader, kind: str) -> dict[str, t.Any]:
    """The keys about addresses, that all kinds but unix have."""
    to = _address(reader, 'to', required=True)
    found: dict[str, t.Any] = {
        'to': to,
        'source': _address(reader, 'source'),
        'source_seen': _address(reader, 'source_seen'),
    }
    found['device'] = link_name(reader, 'device') or ''
    if kind != 'icmp':
        found['port'] = (
            reader.integer('port', 1, 65535, _PORTS.get(kind), required=kind in ('tcp', 'udp')) or 0
        )
    for key in ('source', 'source_seen'):
        if to and found[key] and family_of(found[key]) != family_of(to):
            reader.fault(
                key, 'is not of the family of the destination (found %s, want one as %s)' % (found[key], to)
            )
    if to and ipaddress.ip_address(to).is_link_local and ':' in to and not found['device']:
        reader.fault('to', 'is on every link (found %s)' % to, 'add device: LINK')
    return found


def read_probe(data: object, path: str, problems: Problems, timeout: float, tries: int) -> Probe | None:
    """One entry of ``probes``; None where it has a fault."""
    before = len(problems.found)
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    kind = reader.choice('kind', KINDS, required=True)
    if kind is None:
        return None
    keys: dict[str, t.Any] = {'to': _socket_path(reader)} if kind == 'unix' else _far(reader, kind)
    if kind in ('tcp', 'udp', 'unix'):
        keys['send'] = _raw_text(reader, 'send')
    if kind == 'http':
        keys['url'], keys['host'], keys['status'] = _url(reader)
    if kind == 'dns':
        keys['query'], keys['record'] = _query(reader), reader.choice('type', RECORDS, 'A') or 'A'
    if kind != 'icmp':
        keys['answer'] = _pattern(reader, 'answer')
    expect = reader.choice('expect', EXPECT, OPEN) or OPEN
    for key in ('answer', 'status') if expect != OPEN else ():
        if keys.get(key):
            reader.fault(
                key, 'needs an answer (found expect: %s)' % expect, 'leave it out, or set expect: open'
            )
    if keys.get('source_seen') and expect == SILENT:
        reader.fault(
            'source_seen', 'needs the other side to see something (found expect: silent)', 'leave it out'
        )
    probe = Probe(
        path,
        kind,
        namespace_word(reader, 'namespace', HOST),
        expect=expect,
        name=reader.text('name') or '',
        timeout=_seconds(reader, 'timeout', timeout),
        tries=reader.integer('tries', 1, 100, tries) or tries,
        **keys,
    )
    reader.done()
    return probe if len(problems.found) == before else None


def _namespaces(reader: Reader, key: str) -> list[str]:
    found: list[str] = []
    for path, member in reader.items(key):
        text = (plain(member) or '').strip()
        fault = (
            ''
            if text == HOST_WORD
            else fault_of_namespace_name(text)
            if text
            else 'is no name for a namespace (found %s)' % shown(member)
        )
        name = HOST if text == HOST_WORD else text
        if fault:
            reader.problems.add(path, fault)
        elif name in found:
            reader.problems.add(path, 'is there twice (found %s)' % place(name), 'remove one')
        found.append(name)
    return found


def _link_end(text: str) -> tuple[tuple[str | None, str], str]:
    """``NAME`` or ``NAMESPACE/NAME``, and its fault."""
    namespace, slash, name = text.rpartition('/')
    if slash and namespace != HOST_WORD and fault_of_namespace_name(namespace):
        return (None, ''), fault_of_namespace_name(namespace)
    return ((HOST if namespace == HOST_WORD else namespace) if slash else None, name), fault_of_link_name(
        name
    )


def _crossings(data: object, problems: Problems) -> Crossings:
    reader = Reader(data, 'crossings', problems)
    links, networks, servers = set(), [], set()
    for path, member in reader.items('links'):
        end, fault = _link_end((plain(member) or '').strip())
        if fault:
            problems.add(path, fault)
        links.add(end)
    for path, member in reader.items('networks'):
        network, fault = canonical_prefix((plain(member) or '').strip())
        if fault:
            problems.add(path, fault.replace(' or default', ''))
        networks.append(network or '')
    for path, member in reader.items('nameservers'):
        address = canonical_ip((plain(member) or '').strip())
        if address is None:
            problems.add(path, 'is no address (found %s)' % shown(member))
        servers.add(address or '')
    found = Crossings(
        frozenset(links), tuple(networks), frozenset(servers), frozenset(_namespaces(reader, 'forwarding'))
    )
    reader.done()
    return found


def read_reachability(data: t.Mapping[str, t.Any]) -> Reachability:
    """The options of the module: ``probes``, ``timeout``, ``tries``, ``separate``, ``overlap``, ``crossings``. Raises InputError with all faults."""
    problems = Problems()
    reader = Reader(dict(data), '', problems)
    timeout = _seconds(reader, 'timeout', Probe.timeout)
    tries = reader.integer('tries', 1, 100, Probe.tries) or Probe.tries
    probes = [read_probe(member, path, problems, timeout, tries) for path, member in reader.items('probes')]
    separate = _namespaces(reader, 'separate')
    if len(separate) == 1:
        reader.fault('separate', 'needs two namespaces or more (found %s)' % place(separate[0]))
    overlap = reader.boolean('overlap', True)
    crossings = reader.take('crossings')
    allowed = _crossings(crossings, problems) if crossings is not None else Crossings()
    if crossings is not None and not separate:
        reader.fault(
            'crossings', 'are for namespaces that shall be separate', 'add separate, or leave it out'
        )
    if not probes and not separate and not problems.found:
        problems.add('probes', 'is missing', 'give probes, separate or both')
    reader.done()
    problems.raise_any()
    return Reachability(
        tuple(probe for probe in probes if probe is not None), tuple(separate), bool(overlap), allowed
    )
