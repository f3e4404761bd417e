# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of links."""

from __future__ import annotations

import dataclasses
import ipaddress

from ...values.cached import cached, make_room
from ...values.names import canonical_interface, family_of
from ...values.reading import Problems, Reader, plain, shown

SCOPES = {'global': 0, 'site': 200, 'link': 253, 'host': 254}


@dataclasses.dataclass(frozen=True)
class Address:
    """``address`` is ADDRESS/LENGTH. ``protocol`` is found, never declared: 0 where the kernel does not tell."""

    namespace: str
    link: str
    address: str
    label: str | None = None
    scope: str = 'global'
    prefix_route: bool = True
    dad: bool = False
    secondary: bool = False
    protocol: int = 0

    @cached
    def key(self) -> tuple[str, str, str]:
        return (self.namespace, self.link, self.address)

    @cached
    def family(self) -> str:
        return family_of(self.address)

    @property
    def ip(self) -> str:
        return self.address.split('/', 1)[0]

    @cached
    def network(self) -> str:
        return str(ipaddress.ip_interface(self.address).network)

    def lines(self) -> list[str]:
        found = ['address %s' % self.address, 'scope %s' % self.scope]
        if self.label:
            found.append('label %s' % self.label)
        if not self.prefix_route:
            found.append('prefix_route false')
        return sorted(found)


make_room(Address('', '', '0.0.0.0/0'))


def read_address(data: object, path: str, problems: Problems, namespace: str, link: str) -> Address | None:
    """One entry of ``addresses``: ``10.0.0.1/24`` or a mapping with ``address`` and more."""
    if not isinstance(data, dict):
        if plain(data) is None:
            problems.add(path, 'is no address (found %s, want ADDRESS/LENGTH)' % shown(data))
            return None
        reader = Reader({'address': data}, path, problems)
        where = path
    else:
        reader = Reader(data, path, problems)
        where = reader.at('address')
    text = reader.text('address', required=True)
    label = reader.text('label')
    scope = reader.choice('scope', SCOPES, default='global')
    prefix_route = reader.boolean('prefix_route', True)
    dad = reader.boolean('dad', False)
    reader.done()
    if text is None:
        return None
    address = canonical_interface(text)
    if address is None:
        problems.add(where, 'is no address (found %s, want ADDRESS/LENGTH)' % shown(text))
        return None
    parsed = ipaddress.ip_interface(address)
    if parsed.ip.is_multicast or parsed.ip.is_unspecified:
        problems.add(where, 'is no address that a link can have (found %s)' % text)
        return None
    network = parsed.network
    if network.num_addresses > 2 and parsed.ip == network.network_address and parsed.version == 4:
        problems.add(
            where,
            'is the address of the network itself (found %s)' % text,
            'choose one of its hosts, %s for example' % (network.network_address + 1),
        )
        return None
    if label is not None and parsed.version == 4:
        if (
            not (label == link or label.startswith(link + ':'))
            or len(label.encode()) > 15
            or not label.isprintable()
        ):
            problems.add(
                reader.at('label'),
                'does not fit (found %s, want %s:SOMETHING of at most 15 bytes)' % (shown(label), link),
            )
    elif label is not None:
        problems.add(reader.at('label'), 'does not exist for IPv6', 'leave it out')
    if dad and parsed.version == 4:
        problems.add(reader.at('dad'), 'does not exist for IPv4', 'leave it out')
    if parsed.version == 6 and scope != 'global':
        problems.add(reader.at('scope'), 'follows from the address in IPv6', 'leave it out')
    if parsed.version == 6 and parsed.ip.is_link_local:
        scope = 'link'
    elif parsed.version == 6 and parsed.ip.is_site_local:
        scope = 'site'  # fec0::/10: retired, but the kernel still tells it apart
    return Address(
        namespace,
        link,
        address,
        label=label,
        scope=scope or 'global',
        prefix_route=bool(prefix_route),
        dad=bool(dad),
    )
