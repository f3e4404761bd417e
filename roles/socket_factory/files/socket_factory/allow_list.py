# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration: who may ask, and for which destinations.

It is JSON: ``{"allow": [{"host": NAME, ADDRESS or PREFIX, "port": N or "N-N", "addresses": [PREFIX]}],
"users": [NAME], "groups": [NAME], "clients": N, "clients_per_user": N, "request_timeout": SECONDS,
"connect_timeout": SECONDS}``. A name needs ``addresses``: it is looked up for each request, and connected to
where it has an address in them.
"""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_NAME = re.compile(r'(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\Z')


class FactoryError(Exception):
    """Something that is wrong with the configuration, or around this process: one problem a line."""


class AllowEntry(t.NamedTuple):
    """What may be asked for: a name, or addresses; and where that may be."""

    name: str
    ports: range
    addresses: tuple[Network, ...]

    def covers(self, host: str, address: Address | None, port: int) -> bool:
        if port not in self.ports:
            return False
        return self.name == host if address is None else not self.name and self.holds(address)

    def holds(self, address: Address) -> bool:
        return any(address in network for network in self.addresses)


class Config(t.NamedTuple):
    allow: tuple[AllowEntry, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    clients: int
    clients_per_user: int
    request_timeout: float
    connect_timeout: float


def numeric(host: str) -> Address | None:
    """An address, as itself where it is an IPv4 one in IPv6's clothes; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, 'ipv4_mapped', None) or address


def _ports(value: t.Any) -> range:
    low, _dash, high = str(value).partition('-')
    ports = range(int(low), int(high or low) + 1)
    if not (ports and 0 < ports[0] and ports[-1] < 65536):
        raise ValueError
    return ports


def _entry(value: t.Any, where: str, problems: list[str]) -> AllowEntry | None:
    if not isinstance(value, dict) or not isinstance(value.get('host'), str):
        problems.append('%s: names no host (found %r, want a host and a port)' % (where, value))
        return None
    before = len(problems)
    host = value['host'].lower().rstrip('.')
    ports, networks = range(0), []
    try:
        ports = _ports(value.get('port'))
    except ValueError:
        problems.append(
            '%s.port: is not a port (found %r, want 1 to 65535, or a range such as 8000-8010)'
            % (where, value.get('port'))
        )
    for text in value.get('addresses') or ():
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as exc:
            problems.append('%s.addresses: %s' % (where, exc))
    try:
        own = [ipaddress.ip_network(host)]
    except ValueError:
        own = []
    if own and networks:
        problems.append('%s.addresses: is for names, and %s is not a name; leave it out' % (where, host))
    if not own and not _NAME.match(host):
        problems.append('%s.host: is neither a name nor a prefix (found %r)' % (where, value['host']))
    elif not own and not networks:
        problems.append(
            '%s.addresses: is missing; say within which prefixes the addresses of %s are' % (where, host)
        )
    if len(problems) > before:
        return None
    return AllowEntry('' if own else host, ports, tuple(own or networks))


def read(path: str) -> Config:
    """The configuration. Raises FactoryError with all that is wrong."""
    try:
        with open(path, encoding='utf-8') as file:
            value = json.load(file)
    except (OSError, ValueError) as exc:
        raise FactoryError('%s: cannot be read (found: %s)' % (path, exc)) from None
    problems: list[str] = []
    entries = [
        _entry(one, 'allow[%d]' % number, problems) for number, one in enumerate(value.get('allow', ()))
    ]
    if problems:
        raise FactoryError('\n'.join('%s: %s' % (path, problem) for problem in problems))
    clients = int(value.get('clients', 256))
    return Config(
        tuple(entry for entry in entries if entry),
        tuple(map(str, value.get('users', ()))),
        tuple(map(str, value.get('groups', ()))),
        clients,
        int(value.get('clients_per_user', (clients + 1) // 2)),
        float(value.get('request_timeout', 1)),
        float(value.get('connect_timeout', 10)),
    )
