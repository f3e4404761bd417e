# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a set of listeners. Reports all problems, each with its path."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ...values.fields import link_name, namespace_name
from ...values.names import (
    HOST,
    canonical_ip,
    canonical_prefix,
    family_of,
    problem_of_link_name,
    problem_of_scope,
)
from ...values.problems import Problems
from ...values.reading import Reader, plain, shown
from .token import Token, read_token
from .value import PROTOCOLS, SCHEMES, STATES, TYPES, UNIT_SUFFIXES, WILDCARDS, Listener, ListenerSet

_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]{0,62}\Z')
_HOST = re.compile(r'[A-Za-z0-9][A-Za-z0-9.-]*\Z')
_UNIT = re.compile(r'[A-Za-z0-9:_.@\\-]+\Z')
_USER = re.compile(r'[A-Za-z_][A-Za-z0-9_.-]*\$?\Z')


def _name(reader: Reader) -> str:
    name = reader.text('name', required=True) or ''
    if name and not _NAME.match(name):
        reader.problem(
            'name',
            'is not a valid listener name',
            found=shown(name),
            want='letters, digits, "_", "." and "-", not beginning with a digit',
        )
    return name


def _address(reader: Reader, key: str) -> tuple[str | Token, str]:
    """An address, a word for a wildcard, or a token; and the link after a % sign."""
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
    return _literal(reader, key, text)


def _literal(reader: Reader, key: str, text: str) -> tuple[str, str]:
    """An address that is written out, and the link after a % sign."""
    bare, _percent, zone = text.strip('[]').partition('%')
    address = canonical_ip(bare)
    if address is None:
        reader.problem(
            key,
            'is not an address',
            found=shown(text),
            want='one, any, any4, any6 or a token such as {iface:eth1}',
        )
        return '', ''
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, 'ipv4_mapped', None)
    if (mapped or parsed).is_multicast:
        reader.problem(key, 'cannot be the address of a host', found=address)
    problem = problem_of_link_name(zone) if zone else None
    if problem:
        reader.note(key, problem)
    if parsed.version == 6 and parsed.is_link_local and not zone and not reader.has('device'):
        reader.problem(key, 'is on every link', found=address, do='write %s%%LINK' % address)
    return str(mapped or parsed), zone


def _device(reader: Reader, zone: str) -> str:
    device = link_name(reader, 'device') or ''
    if zone and device and zone != device:
        reader.problem('device', 'is not the link of the address', found=device, want=zone)
    return zone or device


def _v6only(reader: Reader, address: str | Token) -> bool | None:
    v6only = reader.boolean('v6only')
    if v6only is None or isinstance(address, Token) or not address:
        return v6only
    if address in ('any', 'any6'):
        fits = v6only == (address == 'any6')
    else:
        fits = address != 'any4' and family_of(address) == 'ipv6'
    if not fits:
        reader.problem(
            'v6only',
            'does not fit the address %s' % address,
            do='any is both families, any6 IPv6 only, any4 IPv4 only',
        )
    return v6only


def _type(reader: Reader) -> tuple[str, str, int]:
    """The type, and the external address and port, which internal listeners do not have."""
    kind = reader.choice('type', TYPES, default='default') or 'default'
    address, port = _external(reader)
    for key, value in (('external_address', address), ('external_port', port)):
        if value and kind == 'internal':
            reader.problem(
                key,
                'is for external and default listeners',
                found='%s on an internal one' % value,
                do='remove it, or change the type',
            )
    return kind, address, port


def _external(reader: Reader) -> tuple[str, int]:
    text = reader.text('external_address') or ''
    if text:
        address = canonical_ip(text.strip('[]'))
        if not address and not (_HOST.match(text) and any(map(str.isalpha, text))):
            reader.problem('external_address', 'is neither an address nor a host name', found=shown(text))
        text = address or text
    return text, reader.integer('external_port', 1, 65535) or 0


def _network(reader: Reader) -> str:
    network = reader.text('network') or ''
    if not network:
        return ''
    prefix, problem = canonical_prefix(network)
    if problem:
        reader.note('network', problem)
    return prefix or ''


def _service(reader: Reader, namespace: str) -> tuple[str, bool, str]:
    """The service, whether systemd hands it the socket, and the namespace that the service runs in."""
    service = reader.text('service') or ''
    if service and not (service.endswith('.service') and _UNIT.match(service)):
        reader.problem(
            'service', 'is not a service unit', found=shown(service), want='one such as nginx.service'
        )
    activation = bool(reader.boolean('activation', False))
    if activation and not service:
        reader.problem(
            'activation', 'needs a service that systemd hands the socket to', do='give service: NAME.service'
        )
    if reader.has('service_namespace') and not service:
        reader.problem('service_namespace', 'needs a service', do='give service: NAME.service')
    service_namespace = namespace_name(reader, 'service_namespace', namespace)
    if service and service_namespace != namespace and not activation:
        reader.problem(
            'service_namespace',
            'is not that of the listener, and a service alone opens sockets where it lives',
            do='set activation: true: systemd then opens the socket and hands it over',
        )
    return service, activation, service_namespace


def _scheme(reader: Reader) -> tuple[str, int, str]:
    """Scheme, port and protocol. The scheme is enough for all three."""
    scheme = reader.choice('scheme', SCHEMES) or ''
    required = not reader.has('scheme')
    usual_port, protocols = SCHEMES.get(scheme, (0, ('tcp',)))
    proto = reader.choice('proto', PROTOCOLS, required=required)
    if proto and scheme and proto not in protocols:
        reader.problem(
            'proto',
            'does not fit the scheme %s' % scheme,
            found=proto,
            want=' or '.join(protocols),
            do='remove one of the two',
        )
    port = reader.integer('port', 1, 65535, default=usual_port, required=required) or 0
    return scheme, port, proto or protocols[0]


def _owner(reader: Reader) -> str:
    owner = reader.text('owner') or ''
    if owner and not _is_owner(owner):
        reader.problem(
            'owner',
            'is neither a unit, a user nor a file',
            found=shown(owner),
            want='nginx.service, www-data or /run/nginx.pid',
        )
    return owner


def _is_owner(text: str) -> bool:
    """Whether it is a file, a unit or a user. A user name with a dot could be a unit with a wrong suffix."""
    if text.startswith('/'):
        return True
    if text.endswith(UNIT_SUFFIXES) and _UNIT.match(text):
        return True
    return bool(_USER.match(text)) and '.' not in text


def read_listener(data: object, path: str, problems: Problems) -> Listener | None:
    """One entry of ``listeners``; None if it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return None
    before = len(problems)
    name = _name(reader)
    namespace = namespace_name(reader, 'namespace', HOST)
    address, zone = _address(reader, 'address')
    device = _device(reader, zone)
    v6only = _v6only(reader, address)
    kind, external_address, external_port = _type(reader)
    network = _network(reader)
    service, activation, service_namespace = _service(reader, namespace)
    scheme, port, proto = _scheme(reader)
    listener = Listener(
        name=name,
        namespace=namespace,
        address=address,
        port=port,
        proto=proto,
        v6only=v6only,
        device=device,
        type=kind,
        external_address=external_address,
        external_port=external_port,
        network=network,
        enabled=bool(reader.boolean('enabled', True)),
        state=reader.choice('state', STATES, default='present') or 'present',
        drain_timeout=reader.integer('drain_timeout', 0, 86400, default=30) or 0,
        yields=bool(reader.boolean('yields', False)),
        reuseport=bool(reader.boolean('reuseport', False)),
        freebind=bool(reader.boolean('freebind', False)),
        owner=_owner(reader),
        service=service,
        activation=activation,
        service_namespace=service_namespace,
        scheme=scheme,
        path=path,
    )
    reader.done()
    return listener if len(problems) == before else None


def _networks(reader: Reader, key: str) -> tuple[str, ...]:
    """The networks of a type: prefixes, and names of links."""
    networks = []
    for path, member in reader.items(key):
        text = (plain(member) or '').strip()
        prefix, problem = canonical_prefix(text)
        if prefix:
            networks.append(prefix)
        elif problem and '/' in text:
            reader.problems.note(problem.at(path))
        elif ':' in text or canonical_ip(text):
            reader.problems.add(path, 'is not a network', found=text, want='ADDRESS/LENGTH or a link')
        elif not text or problem_of_link_name(text):
            want = 'ADDRESS/LENGTH or the name of a link'
            reader.problems.add(path, 'is not a network', found=shown(member), want=want)
        else:
            networks.append(text)
    return tuple(networks)


def _outbound(reader: Reader, problems: Problems) -> dict[str, str | Token]:
    """The source address of outbound connections, by family."""
    outbound: dict[str, str | Token] = {}
    below = Reader(reader.mapping('default_outbound'), reader.at('default_outbound'), problems)
    for family in ('ipv4', 'ipv6'):
        if not below.has(family):
            below.take(family)
            continue
        address, _zone = _address(below, family)
        wrong = isinstance(address, str) and address and not _is_of(address, family)
        if wrong:
            below.problem(family, 'is not the %s address of a host' % family, found=str(address))
        outbound[family] = address
    below.done()
    return outbound


def _is_of(address: str, family: str) -> bool:
    return address not in WILDCARDS and family_of(address) == family


def _listeners(reader: Reader, problems: Problems) -> list[Listener]:
    listeners: list[Listener] = []
    paths: dict[str, str] = {}
    for path, member in reader.items('listeners'):
        listener = read_listener(member, path, problems)
        if listener is None:
            continue
        if listener.name in paths:
            first = paths[listener.name]
            problems.add(path + '.name', 'is declared twice, here and at %s' % first, found=listener.name)
        paths.setdefault(listener.name, path)
        listeners.append(listener)
    return listeners


def _properties(reader: Reader, problems: Problems) -> dict[str, str]:
    properties = {}
    for key, value in reader.mapping('properties').items():
        text = plain(value)
        if text is None:
            problems.add('properties.%s' % key, 'is not text', found=shown(value))
        properties[str(key)] = text or ''
    return properties


def _destinations(reader: Reader, problems: Problems) -> tuple[str, ...]:
    destinations = []
    for path, member in reader.items('destinations'):
        address = canonical_ip(plain(member) or '')
        if address is None:
            problems.add(path, 'is not an address', found=shown(member))
        destinations.append(address or '')
    return tuple(destinations)


def _check_internal(listeners: t.Iterable[Listener], problems: Problems) -> None:
    """Internal listeners are refused to all networks but the internal ones, so there must be some."""
    for listener in listeners:
        if listener.type == 'internal':
            problems.add(
                listener.path + '.type',
                'is internal, but it is not said which networks are',
                do='name them with internal: [10.2.0.0/24], or set firewall: false',
            )


def read_listeners(data: t.Mapping[str, t.Any]) -> ListenerSet:
    """The set that a document declares. Raises InputError with all problems."""
    problems = Problems()
    reader = Reader(data, '', problems)
    scope = reader.text('scope', required=True) or ''
    problem = problem_of_scope(scope) if scope else None
    if problem:
        reader.note('scope', problem)
    listeners = _listeners(reader, problems)
    networks = {kind: _networks(reader, kind) for kind in ('internal', 'external')}
    firewall = bool(reader.boolean('firewall', True))
    if firewall and not networks['internal']:
        _check_internal(listeners, problems)
    external_address, external_port = _external(reader)
    properties = _properties(reader, problems)
    declared = ListenerSet(
        scope=scope,
        listeners=tuple(listeners),
        networks=networks,
        firewall=firewall,
        external_address=external_address,
        external_port=external_port,
        properties=properties,
        destinations=_destinations(reader, problems),
        external_tls_port=reader.integer('external_tls_port', 1, 65535) or 0,
        outbound=_outbound(reader, problems),
        wait_dad=reader.integer('wait_dad', 0, 300, default=5) or 0,
    )
    reader.done()
    problems.raise_any()
    return declared
