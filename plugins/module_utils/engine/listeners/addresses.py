# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of the host that tokens and wildcards stand for."""

from __future__ import annotations

import ipaddress
import typing as t

from ...objects.listener.token import Token, read_token
from ...objects.listener.value import WILDCARDS, ListenerSet
from ...objects.local_addresses import LocalAddress
from ...values.names import canonical_ip, family_of, place
from ...values.problems import Problem, Problems
from .host_sockets import NamespaceSockets

_OF_A_LINK = ('iface', 'altname', 'mac', 'link_local')
_FAMILIES = ('ipv4', 'ipv6')


class AddressError(Exception):
    """An address cannot be used. ``problem`` says why, without a path."""

    def __init__(self, what: str, do: str = '', *, found: str = '', want: str = '') -> None:
        self.problem = Problem('', what, found, want, do)
        super().__init__(str(self.problem))


def names_of_links(site: NamespaceSockets) -> str:
    return 'the links are %s' % ', '.join(sorted(site.names.macs))


def meaning(token: Token, want: ListenerSet) -> str | Token | None:
    """What a property stands for, None if nothing that can be used; any other token is itself."""
    if token.kind != 'prop':
        return token
    text = want.properties.get(token.value, '').strip()
    if not text:
        return None
    if text in WILDCARDS:
        return text
    if text.startswith('{'):
        inner = read_token(text)[0]
        return inner if inner is not None and inner.kind != 'prop' else None
    return canonical_ip(text)


def destinations(want: ListenerSet) -> dict[str, set[str]]:
    """The namespaces of a set, each with the destinations to look up source addresses for."""
    by_namespace: dict[str, set[str]] = {}
    for listener in want.listeners:
        asked = by_namespace.setdefault(listener.namespace, set(want.destinations))
        for address in (listener.address, *want.outbound.values()):
            token = meaning(address, want) if isinstance(address, Token) else None
            if isinstance(token, Token) and token.kind == 'route':
                asked.add(token.value)
    return by_namespace


def address_of(token: Token, site: NamespaceSockets, want: ListenerSet) -> tuple[str, str]:
    """The address that a token stands for, and its link if it is valid on that only. Raises AddressError."""
    if token.kind == 'prop':
        inner = meaning(token, want)
        if inner is None:
            raise AddressError(
                'is not a property with an address',
                found='%s: %s' % (token.value, want.properties.get(token.value) or 'nothing'),
                do='give it in properties; there are %s' % (', '.join(sorted(want.properties)) or 'none'),
            )
        return address_of(inner, site, want) if isinstance(inner, Token) else (inner, '')
    if token.kind == 'route':
        if not site.sources.get(token.value):
            raise AddressError('has no way to its destination', found=token.text(), do='add a route')
        return site.sources[token.value], ''
    if token.kind == 'default_route':
        return _of_default_route(token, site), ''
    chosen = _only(token, _candidates(token, site))
    return chosen.address, chosen.link if chosen.link_local else ''


def _of_default_route(token: Token, site: NamespaceSockets) -> str:
    families = [family for family in _FAMILIES if token.family in ('', family)]
    addresses = list(filter(None, [default_address(family, site) for family in families]))
    if len(addresses) == 1:
        return addresses[0]
    found = '%s for %s' % (' and '.join(addresses) or 'none', token.text())
    if addresses:
        do = 'write {default_route:v4} or {default_route:v6}'
        raise AddressError('is more than one address', found=found, do=do)
    raise AddressError('is not an address', found=found, do='add a default route, or write the address')


def _only(token: Token, candidates: t.Sequence[LocalAddress]) -> LocalAddress:
    """The one address without a flaw, of those that a token could mean."""
    usable = [address for address in candidates if not address.flaw]
    if token.index >= 0:
        usable = usable[token.index : token.index + 1]
    if len(usable) == 1:
        return usable[0]
    texts = [address.text() for address in usable or candidates]
    found = '%s for %s' % (', '.join(texts) or 'none', token.text())
    if usable:
        do = 'narrow it down, with :v4, :v6 or a number, or write the address'
        raise AddressError('is more than one address', found=found, do=do)
    raise AddressError('is not an address', found=found, do='check the addresses of the host, or write one')


def _candidates(token: Token, site: NamespaceSockets) -> list[LocalAddress]:
    """The addresses that a token could mean, in the kernel's order."""
    if token.kind in _OF_A_LINK:
        addresses = _of_links(token, site)
    elif token.kind == 'subnet':
        addresses = [address for address in site.addresses if _is_in(address.address, token.value)]
    else:
        addresses = [address for address in site.addresses if address.label == token.value]
    return [address for address in addresses if token.family in ('', address.family)]


def _of_links(token: Token, site: NamespaceSockets) -> list[LocalAddress]:
    links = _links(token, site)
    addresses = [address for address in site.addresses if address.link in links]
    if token.kind == 'link_local':
        return [address for address in addresses if address.link_local]
    if not any(link in site.names.macs for link in links):
        raise AddressError('names a link that does not exist', found=token.text(), do=names_of_links(site))
    return [address for address in addresses if not address.link_local]


def _links(token: Token, site: NamespaceSockets) -> list[str]:
    """The links that a token names."""
    if token.kind == 'altname':
        return [site.names.by_alternative.get(token.value, '')]
    if token.kind == 'mac':
        return [link for link, mac in site.names.macs.items() if mac == token.value]
    return [token.value]


def _is_in(address: str, prefix: str) -> bool:
    if family_of(address) != family_of(prefix):
        return False
    return ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def default_address(family: str, site: NamespaceSockets) -> str:
    """The address that the default route of a family sends from; '' if there is none, or it is not known."""
    route = next((route for route in site.defaults if route.family == family), None)
    if route is None:
        return ''
    if route.source:
        return route.source
    if route.via and family == 'ipv4':
        return site.sources.get(route.via, '')
    usable = []
    for address in site.addresses:
        on_route = (address.link, address.family) == (route.link, family)
        if on_route and not address.on_link_only and not address.flaw:
            usable.append(address.address)
    # Of several IPv6 addresses the kernel chooses by the destination (RFC 6724).
    return usable[0] if len(usable) == 1 or usable and family == 'ipv4' else ''


def outbound(want: ListenerSet, namespace: str, site: NamespaceSockets, problems: Problems) -> dict[str, str]:
    """The source addresses of connections of a namespace, by family: as declared, or that of the default
    route.
    """
    addresses: dict[str, str] = {}
    for family in _FAMILIES:
        address = want.outbound.get(family, '')
        if isinstance(address, Token):
            try:
                address = address_of(address, site, want)[0]
            except AddressError as error:
                what = '%s in %s' % (error.problem.what, place(namespace))
                path = 'default_outbound.%s' % family
                problems.note(error.problem.replaced(path=path, what=what))
                continue
        addresses[family] = address or default_address(family, site)
    return addresses
