# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners: where applications wait for connections and packets, as a set that is declared as a whole."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ..values.fields import link_name, namespace_name
from ..values.names import (
    HOST,
    canonical_ip,
    canonical_mac,
    canonical_prefix,
    family_of,
    fault_of_link_name,
    fault_of_scope,
)
from ..values.problems import Problem, Problems
from ..values.reading import Reader, plain, shown

TYPES = ('internal', 'external', 'default')
WILDCARDS = {'any': '::', 'any4': '0.0.0.0', 'any6': '::'}
PROTOCOLS = {'tcp': ('tcp',), 'udp': ('udp',), 'tcp_udp': ('tcp', 'udp'), 'sctp': ('sctp',)}
STATES = ('present', 'draining')
# The port that IANA has assigned to each, and what it is spoken over; the first is taken where nothing is
# said.
SCHEMES: dict[str, tuple[int, tuple[str, ...]]] = {
    'http': (80, ('tcp',)),
    'https': (443, ('tcp', 'tcp_udp', 'udp')),
    'ws': (80, ('tcp',)),
    'wss': (443, ('tcp',)),
    'sip': (5060, ('tcp_udp', 'tcp', 'udp', 'sctp')),
    'sips': (5061, ('tcp', 'sctp')),
    'diameter': (3868, ('tcp', 'sctp')),
    'ldap': (389, ('tcp', 'tcp_udp', 'udp')),
    'ldaps': (636, ('tcp',)),
    'dns': (53, ('tcp_udp', 'tcp', 'udp')),
}
SECURE = ('https', 'wss', 'sips', 'ldaps')
TOKENS = ('iface', 'mac', 'altname', 'subnet', 'label', 'route', 'default_route', 'prop', 'link_local')
FAMILY_WORDS = {'v4': 'ipv4', 'v6': 'ipv6'}
UNIT_SUFFIXES = ('.service', '.socket', '.scope', '.slice')

_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]{0,62}\Z')
_TOKEN = re.compile(r'\{([a-z_0-9]+)(?::(.*))?\}\Z')
_HOST = re.compile(r'[A-Za-z0-9][A-Za-z0-9.-]*\Z')
_UNIT = re.compile(r'[A-Za-z0-9:_.@\\-]+\Z')
_USER = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]*\$?\Z')


class Token(t.NamedTuple):
    """An address that only the host knows: ``{kind:value}``. ``family`` and ``index`` narrow the candidates
    down.
    """

    kind: str
    value: str = ''
    family: str = ''
    index: int = -1

    def text(self) -> str:
        words = [self.kind] + [self.value] * bool(self.value)
        words += [word for word, family in FAMILY_WORDS.items() if family == self.family]
        return '{%s}' % ':'.join(words + [str(self.index)] * (self.index >= 0))


@dataclasses.dataclass(frozen=True)
class Listener:
    """One declared listener. ``address`` is an address, a word of WILDCARDS or a Token; ``path`` is where it
    stands in the document.
    """

    name: str
    namespace: str
    address: str | Token
    port: int
    proto: str = 'tcp_udp'
    v6only: bool | None = None
    device: str = ''
    type: str = 'default'
    external_address: str = ''
    external_port: int = 0
    network: str = ''
    enabled: bool = True
    state: str = 'present'
    drain_timeout: int = 30
    yields: bool = False
    reuseport: bool = False
    freebind: bool = False
    owner: str = ''
    service: str = ''
    activation: bool = False
    service_namespace: str = ''
    scheme: str = ''
    path: str = dataclasses.field(default='', compare=False)

    @property
    def protocols(self) -> tuple[str, ...]:
        return PROTOCOLS[self.proto]

    @property
    def holder(self) -> str:
        """Who is expected to hold it: a unit, a user, or the path of a file with a process number."""
        return self.owner or self.service


@dataclasses.dataclass(frozen=True)
class ListenerSet:
    """All listeners of one scope on a host. ``networks`` are prefixes and links by class, ``outbound``
    addresses by family.
    """

    scope: str
    listeners: tuple[Listener, ...] = ()
    networks: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    firewall: bool = True
    external_address: str = ''
    external_port: int = 0
    external_tls_port: int = 0
    outbound: dict[str, str | Token] = dataclasses.field(default_factory=dict)
    properties: dict[str, str] = dataclasses.field(default_factory=dict)
    destinations: tuple[str, ...] = ()
    wait_dad: int = 5


def read_token(text: str) -> tuple[Token | None, Problem | None]:
    """The token that a text in braces means, and what is wrong with it."""
    found = _TOKEN.match(text)
    if not found or found.group(1) not in TOKENS:
        want = '{KIND:VALUE} with one of %s' % ', '.join(TOKENS)
        return None, Problem('', 'is no token', shown(text), want)
    kind, value = found.group(1), (found.group(2) or '').strip()
    family, index = '', -1
    if kind in ('iface', 'altname', 'default_route'):
        words = value.split(':') if value else []
        value = words.pop(0) if kind != 'default_route' and words else ''
        if words and words[0] in FAMILY_WORDS:
            family = FAMILY_WORDS[words.pop(0)]
        if words and kind != 'default_route' and words[0].isdigit():
            index = int(words.pop(0))
        if words:
            want = '{%s:NAME[:v4|v6][:NUMBER, the first is 0]}' % kind
            if kind == 'default_route':
                want = '{default_route[:v4|v6]}'
            return None, Problem('', 'is no token', shown(text), want)
    elif kind == 'mac':
        value = canonical_mac(value) or ''
    elif kind == 'subnet':
        value = canonical_prefix(value)[0] or ''
    elif kind == 'route':
        value = canonical_ip(value) or ''
    if not value and kind != 'default_route':
        return None, Problem('', 'is no token', shown(text), 'a value that fits %s' % kind)
    return Token(kind, value, family, index), None


def _prefixes(reader: Reader, key: str) -> tuple[str, ...]:
    """Networks of a class: prefixes, and names of links."""
    found = []
    for path, member in reader.items(key):
        text = (plain(member) or '').strip()
        prefix, problem = canonical_prefix(text)
        if prefix:
            found.append(prefix)
        elif problem and '/' in text:
            reader.problems.note(problem.at(path))
        elif ':' in text or canonical_ip(text):
            reader.problems.add(path, 'is no network', found=text, want='ADDRESS/LENGTH or a link')
        elif not text or fault_of_link_name(text):
            reader.problems.add(
                path, 'is no network', found=shown(member), want='ADDRESS/LENGTH or the name of a link'
            )
        else:
            found.append(text)
    return tuple(found)


def _external(reader: Reader) -> tuple[str, int]:
    text = reader.text('external_address') or ''
    if text:
        address = canonical_ip(text.strip('[]'))
        if not address and not (_HOST.match(text) and any(letter.isalpha() for letter in text)):
            reader.fault('external_address', 'is neither an address nor a host name', found=shown(text))
        text = address or text
    return text, reader.integer('external_port', 1, 65535) or 0


def _address(reader: Reader, key: str) -> tuple[str | Token, str]:
    """An address, a word for a wildcard, or a token; and the link that stands behind a % sign."""
    text = reader.text(key, required=True)
    if text is None:
        return '', ''
    if text in WILDCARDS:
        return text, ''
    if text.startswith('{'):
        token, problem = read_token(text)
        if problem:
            reader.note(key, problem)
        return token or '', ''
    bare, _percent, zone = text.strip('[]').partition('%')
    address = canonical_ip(bare)
    if address is None:
        reader.fault(
            key,
            'is no address',
            found=shown(text),
            want='one, any, any4, any6 or a token such as {iface:eth1}',
        )
        return '', ''
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, 'ipv4_mapped', None)
    if (mapped or parsed).is_multicast:
        reader.fault(key, 'is no address that a host can have', found=address)
    problem = fault_of_link_name(zone) if zone else None
    if problem:
        reader.note(key, problem)
    if parsed.version == 6 and parsed.is_link_local and not zone and not reader.has('device'):
        reader.fault(key, 'is on every link', found=address, do='write %s%%LINK' % address)
    return str(mapped or parsed), zone


def _scheme(reader: Reader) -> tuple[str, int, str]:
    """Scheme, port and protocol; the scheme stands in for the other two."""
    scheme, given = reader.choice('scheme', SCHEMES) or '', reader.has('scheme')
    port, protocols = SCHEMES.get(scheme, (0, ()))
    proto = reader.choice('proto', PROTOCOLS, required=not given)
    if proto and scheme and proto not in protocols:
        reader.fault(
            'proto',
            'does not fit the scheme %s' % scheme,
            found=proto,
            want=' or '.join(protocols),
            do='leave one of the two out',
        )
    return (
        scheme,
        reader.integer('port', 1, 65535, default=port, required=not given) or 0,
        proto or (protocols or ('tcp',))[0],
    )


def _owner(reader: Reader, key: str) -> str:
    text = reader.text(key) or ''
    if text and not (
        text.startswith('/')
        or text.endswith(UNIT_SUFFIXES)
        and _UNIT.match(text)
        or _USER.match(text)
        and '.' not in text
    ):
        reader.fault(
            key,
            'is no unit, no user and no file',
            found=shown(text),
            want='nginx.service, www-data or /run/nginx.pid',
        )
    return text


def read_listener(data: object, path: str, problems: Problems) -> Listener | None:
    """One entry of ``listeners``; None where it has a fault."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    before = len(problems.found)
    name = reader.text('name', required=True) or ''
    if name and not _NAME.match(name):
        reader.fault(
            'name',
            'is no name for a listener',
            found=shown(name),
            want='letters, digits, "_", "." and "-", not beginning with a digit',
        )
    namespace = namespace_name(reader, 'namespace', HOST)
    address, zone = _address(reader, 'address')
    device = link_name(reader, 'device') or ''
    if zone and device and zone != device:
        reader.fault('device', 'is not the link of the address', found=device, want=zone)
    v6only = reader.boolean('v6only')
    if v6only is not None and (
        address in ('any4', 'any6', 'any')
        or isinstance(address, str)
        and address
        and family_of(address) == 'ipv4'
    ):
        if address not in ('any', 'any6') or v6only != (address == 'any6'):
            reader.fault(
                'v6only',
                'does not fit the address %s' % address,
                do='any is both families, any6 IPv6 only, any4 IPv4 only',
            )
    kind = reader.choice('type', TYPES, default='default') or 'default'
    external_address, external_port = _external(reader)
    for key, value in (('external_address', external_address), ('external_port', external_port)):
        if value and kind == 'internal':
            reader.fault(
                key,
                'is for external and default listeners',
                found='%s on an internal one' % value,
                do='remove it, or change the type',
            )
    network = reader.text('network') or ''
    if network:
        prefix, problem = canonical_prefix(network)
        if problem:
            reader.note('network', problem)
        network = prefix or ''
    service = reader.text('service') or ''
    if service and not (service.endswith('.service') and _UNIT.match(service)):
        reader.fault('service', 'is no service unit', found=shown(service), want='one such as nginx.service')
    activation = bool(reader.boolean('activation', False))
    if activation and not service:
        reader.fault(
            'activation', 'needs a service that systemd hands the socket to', do='give service: NAME.service'
        )
    if reader.has('service_namespace') and not service:
        reader.fault('service_namespace', 'needs a service', do='give service: NAME.service')
    service_namespace = namespace_name(reader, 'service_namespace', namespace)
    if service and service_namespace != namespace and not activation:
        reader.fault(
            'service_namespace',
            'is not that of the listener, and a service alone opens sockets where it lives',
            do='set activation: true: systemd then opens the socket and hands it over',
        )
    scheme, port, proto = _scheme(reader)
    listener = Listener(
        name,
        namespace,
        address,
        port,
        proto,
        v6only,
        zone or device,
        kind,
        external_address,
        external_port,
        network,
        bool(reader.boolean('enabled', True)),
        reader.choice('state', STATES, default='present') or 'present',
        reader.integer('drain_timeout', 0, 86400, default=30) or 0,
        bool(reader.boolean('yields', False)),
        bool(reader.boolean('reuseport', False)),
        bool(reader.boolean('freebind', False)),
        _owner(reader, 'owner'),
        service,
        activation,
        service_namespace,
        scheme,
        path,
    )
    reader.done()
    return listener if len(problems.found) == before else None


def _outbound(reader: Reader, problems: Problems) -> dict[str, str | Token]:
    found: dict[str, str | Token] = {}
    below = Reader(reader.mapping('default_outbound'), reader.at('default_outbound'), problems)
    for family in ('ipv4', 'ipv6'):
        if not below.has(family):
            below.take(family)
            continue
        address, _zone = _address(below, family)
        if isinstance(address, str) and (address in WILDCARDS or address and family_of(address) != family):
            below.fault(family, 'is no %s address of a host' % family, found=address)
        found[family] = address
    below.done()
    return found


def read_listeners(data: t.Mapping[str, t.Any]) -> ListenerSet:
    """The set that a document declares. Raises InputError with all faults."""
    problems = Problems()
    reader = Reader(data, '', problems)
    scope = reader.text('scope', required=True) or ''
    problem = fault_of_scope(scope) if scope else None
    if problem:
        reader.note('scope', problem)
    listeners: list[Listener] = []
    names: dict[str, str] = {}
    for path, member in reader.items('listeners'):
        listener = read_listener(member, path, problems)
        if listener is None:
            continue
        if listener.name in names:
            problems.add(
                path + '.name',
                'is declared twice, here and at %s' % names[listener.name],
                found=listener.name,
            )
        names.setdefault(listener.name, path)
        listeners.append(listener)
    networks = {kind: _prefixes(reader, kind) for kind in ('internal', 'external')}
    firewall = bool(reader.boolean('firewall', True))
    if firewall and not networks['internal']:
        for listener in listeners:
            if listener.type == 'internal':
                problems.add(
                    listener.path + '.type',
                    'is internal, but it is not said which networks are',
                    do='name them with internal: [10.2.0.0/24], or set firewall: false',
                )
    external_address, external_port = _external(reader)
    properties = {}
    for key, value in reader.mapping('properties').items():
        text = plain(value)
        if text is None:
            problems.add('properties.%s' % key, 'is not text', found=shown(value))
        properties[str(key)] = text or ''
    destinations = []
    for path, member in reader.items('destinations'):
        address = canonical_ip(plain(member) or '')
        if address is None:
            problems.add(path, 'is no address', found=shown(member))
        destinations.append(address or '')
    found = ListenerSet(
        scope,
        tuple(listeners),
        networks,
        firewall,
        external_address,
        external_port,
        reader.integer('external_tls_port', 1, 65535) or 0,
        _outbound(reader, problems),
        properties,
        tuple(destinations),
        reader.integer('wait_dad', 0, 300, default=5) or 0,
    )
    reader.done()
    problems.raise_any()
    return found
