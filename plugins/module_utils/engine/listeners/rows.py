# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what a set of listeners says to addresses of the host: tokens, wildcards, advertised addresses."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ...kernel import sockets
from ...objects.listener import SECURE, WILDCARDS, Listener, ListenerSet, Token, read_token
from ...objects.local_addresses import LocalAddress, holder_of_duplicate
from ...values.bound import ANY6, Bound, bound, host_port, overlap, where
from ...values.names import canonical_ip, family_of, place
from ...values.problems import Problem, Problems
from .scene import BINDV6ONLY, UNPRIVILEGED, Scene, Site

_LINK_SCOPE = 253


@dataclasses.dataclass(frozen=True)
class Row:
    """A listener for one protocol: where exactly it is bound."""

    listener: Listener
    place: Bound

    @property
    def key(self) -> str:
        return '%s/%s' % (self.listener.name, self.place.proto)


class _Fault(Exception):
    """An address cannot be used. ``problem`` says why, without a path."""

    def __init__(self, what: str, do: str = '', *, found: str = '', want: str = '') -> None:
        self.problem = Problem('', what, found, want, do)
        super().__init__(str(self.problem))


def destinations(wanted: ListenerSet) -> dict[str, set[str]]:
    """The namespaces of a set, each with the destinations that its routes are to be asked for."""
    found: dict[str, set[str]] = {
        listener.namespace: set(wanted.destinations) for listener in wanted.listeners
    }
    for listener in wanted.listeners:
        for address in (listener.address, *wanted.outbound.values()):
            token = _meant(address, wanted) if isinstance(address, Token) else address
            if isinstance(token, Token) and token.kind == 'route':
                found[listener.namespace].add(token.value)
    return found


def _meant(token: Token, wanted: ListenerSet) -> str | Token | None:
    """What a property stands for; any other token is itself."""
    if token.kind != 'prop':
        return token
    text = wanted.properties.get(token.value, '').strip()
    if text in WILDCARDS or not text:
        return text or None
    if text.startswith('{'):
        below = read_token(text)[0]
        return below if below is not None and below.kind != 'prop' else None
    return canonical_ip(text)


def _candidates(token: Token, site: Site) -> list[LocalAddress]:
    kind, value = token.kind, token.value
    if kind in ('iface', 'altname', 'mac', 'link_local'):
        links = (
            [value]
            if kind in ('iface', 'link_local')
            else [site.names.by_alternative.get(value, '')]
            if kind == 'altname'
            else [link for link, mac in site.names.macs.items() if mac == value]
        )
        found = [one for one in site.locals if one.link in links]
        if kind == 'link_local':
            return [one for one in found if one.family == 'ipv6' and one.scope == _LINK_SCOPE]
        if not any(link in site.names.macs for link in links):
            raise _Fault(
                'names a link that is not there',
                found=token.text(),
                do='the links are %s' % ', '.join(sorted(site.names.macs)),
            )
        found = [one for one in found if one.scope != _LINK_SCOPE or one.family == 'ipv4']
    elif kind == 'subnet':
        network = ipaddress.ip_network(value)
        found = [
            one
            for one in site.locals
            if one.family == family_of(value) and ipaddress.ip_address(one.address) in network
        ]
    else:
        found = [one for one in site.locals if one.label == value]
    return [one for one in found if token.family in ('', one.family)]


def _default(family: str, site: Site) -> str:
    """The address that the default route of a family sends from; '' where there is none."""
    route = next((route for route in site.defaults if route.family == family), None)
    if route is None:
        return ''
    if route.source or route.via and family == 'ipv4':
        return route.source or site.sources.get(route.via, '')
    fit = [
        one
        for one in site.locals
        if (one.link, one.family) == (route.link, family) and one.scope != _LINK_SCOPE and not one.flaw
    ]
    return fit[0].address if len(fit) == 1 or fit and family == 'ipv4' else ''


def _from_token(token: Token, site: Site, wanted: ListenerSet) -> tuple[str, str]:
    """Address and device."""
    if token.kind == 'prop':
        meant = _meant(token, wanted)
        if meant is None:
            raise _Fault(
                'is no property with an address',
                found='%s: %s' % (token.value, wanted.properties.get(token.value) or 'nothing'),
                do='give it in properties; there are %s' % (', '.join(sorted(wanted.properties)) or 'none'),
            )
        return _from_token(meant, site, wanted) if isinstance(meant, Token) else (meant, '')
    if token.kind == 'route':
        if not site.sources.get(token.value):
            raise _Fault('has no way to its destination', found=token.text(), do='add a route')
        return site.sources[token.value], ''
    if token.kind == 'default_route':
        found = [
            address
            for family in ('ipv4', 'ipv6')
            if token.family in ('', family)
            for address in [_default(family, site)]
            if address
        ]
        if len(found) != 1:
            raise _Fault(
                'is more than one address' if found else 'is no address',
                found='%s for %s' % (' and '.join(found) or 'none', token.text()),
                do='write {default_route:v4} or {default_route:v6}'
                if found
                else 'add a default route, or write the address',
            )
        return found[0], ''
    candidates = _candidates(token, site)
    fit = [one for one in candidates if not one.flaw]
    if token.index >= 0:
        fit = fit[token.index : token.index + 1]
    if len(fit) != 1:
        raise _Fault(
            'is more than one address' if fit else 'is no address',
            found='%s for %s' % (', '.join(one.text() for one in fit or candidates) or 'none', token.text()),
            do='narrow it down, with :v4, :v6 or a number, or write the address'
            if fit
            else 'check the addresses of the host, or write one',
        )
    return fit[0].address, fit[0].link if fit[0].scope == _LINK_SCOPE and fit[0].family == 'ipv6' else ''


def _check_flaw(address: str, device: str, site: Site) -> None:
    """Raises _Fault if an address of the host cannot be used yet, or at all."""
    for one in site.locals:
        if (
            one.address == address
            and one.flaw in ('tentative', 'duplicate')
            and (not device or one.link == device)
        ):
            if one.flaw == 'tentative':
                raise _Fault(
                    'is still being checked for duplicates on %s' % one.link,
                    do='raise wait_dad',
                    found=address,
                )
            mac = holder_of_duplicate(one.link, address)
            raise _Fault(
                'is a duplicate: another host on the network of %s has it' % one.link,
                do='give this host another address',
                found='%s at %s' % (address, mac) if mac else address,
            )


def _place(listener: Listener, site: Site, wanted: ListenerSet, present: bool) -> tuple[str, str, bool]:
    """Address, device and v6only of a listener. With *present* the address has to be one that can be bound
    now.
    """
    address, device = listener.address, listener.device
    if isinstance(address, Token):
        address, found = _from_token(address, site, wanted)
        if found and device and found != device:
            raise _Fault('is on another link than device', found='%s on %s' % (address, found), want=device)
        device = device or found
    only = address == 'any6' or bool(listener.v6only)
    if address == ANY6 and listener.v6only is None:
        only = site.sysctls.get(BINDV6ONLY) == '1'
    address = WILDCARDS.get(address, address)
    wildcard = address in WILDCARDS.values()
    if (
        listener.network
        and not wildcard
        and (
            family_of(address) != family_of(listener.network)
            or ipaddress.ip_address(address) not in ipaddress.ip_network(listener.network)
        )
    ):
        raise _Fault(
            'is outside of the declared network', found=address, want='an address in %s' % listener.network
        )
    if present:
        if device and device not in site.names.macs:
            raise _Fault(
                'is on a link that is not there',
                found=device,
                do='the links are %s' % ', '.join(sorted(site.names.macs)),
            )
        if not wildcard:
            _check_flaw(address, device, site)
        if not wildcard and not listener.freebind and not site.has(address, device):
            raise _Fault(
                'is no address of %s' % place(listener.namespace),
                found=address,
                do='add it to a link, or set freebind: true for one that comes later',
            )
    return address, device, only


def resolve(wanted: ListenerSet, scene: Scene, problems: Problems, present: bool = True) -> list[Row]:
    """The rows of a set on this host. Faults and conflicts go to *problems*, all of them."""
    rows: list[Row] = []
    for listener in wanted.listeners:
        site = scene.sites.get(listener.namespace)
        if site is None:
            problems.add(
                listener.path + '.namespace', 'is not there', found=listener.namespace, do='make it first'
            )
            continue
        try:
            address, device, only = _place(listener, site, wanted, present)
        except _Fault as fault:
            problems.note(fault.problem.at(listener.path + '.address'))
            continue
        if present and listener.proto == 'sctp' and not sockets.has_sctp():
            problems.add(
                listener.path + '.proto',
                'is not in this kernel',
                found='sctp',
                do='load its module (modprobe sctp), or install the package that has it',
            )
        rows += [
            Row(listener, bound(listener.namespace, proto, address, listener.port, only, device))
            for proto in listener.protocols
        ]
    kept = [
        row
        for row in rows
        if not row.listener.yields
        or not any(
            overlap(row.place, other.place)
            for other in rows
            if other.listener.name != row.listener.name and not other.listener.yields
        )
    ]
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in kept:
        groups.setdefault((row.place.namespace, row.place.proto, row.place.port), []).append(row)
    for group in groups.values():
        for number, row in enumerate(group):
            for other in group[:number]:
                if overlap(row.place, other.place) and row.listener.name != other.listener.name:
                    problems.add(
                        row.listener.path,
                        '%s is in the way of %s' % (row.listener.name, other.listener.name),
                        found='%s, and %s at %s'
                        % (where(row.place), other.place.text(), other.listener.path),
                        do='choose another port or address, or remove one',
                    )
    return kept


def outbound(wanted: ListenerSet, namespace: str, scene: Scene, problems: Problems) -> dict[str, str]:
    """The address that connections of a namespace come from, by family: as configured, or as the default
    route has it.
    """
    site, found = scene.sites[namespace], {}
    for family in ('ipv4', 'ipv6'):
        address: str | Token = wanted.outbound.get(family, '')
        if isinstance(address, Token):
            try:
                address = _from_token(address, site, wanted)[0]
            except _Fault as fault:
                what = '%s in %s' % (fault.problem.what, place(namespace))
                problems.note(
                    dataclasses.replace(fault.problem, path='default_outbound.%s' % family, what=what)
                )
                continue
        found[family] = address or _default(family, site)
    return found


def exported(
    row: Row, wanted: ListenerSet, sources: t.Mapping[str, str], site: Site, problems: Problems
) -> list[dict[str, t.Any]]:
    """What applications are told of a row, once for each family that reaches it."""
    listener, bind = row.listener, row.place
    lowest = site.sysctls.get(UNPRIVILEGED)
    found = []
    for family in bind.families:
        internal = listener.type == 'internal'
        own = '' if internal else listener.external_address or wanted.external_address
        if (
            own
            and bind.wildcard
            and len(bind.families) > 1
            and canonical_ip(own)
            and family_of(own) != family
        ):
            own = ''
        address = own or ('' if bind.wildcard else bind.address) or sources.get(family, '')
        for_all = wanted.external_tls_port if listener.scheme in SECURE else wanted.external_port
        port = (0 if internal else listener.external_port or for_all) or bind.port
        if (
            not address
            and listener.type == 'external'
            and family == bind.families[-1]
            and not found_address(found)
        ):
            problems.add(
                listener.path + '.external_address',
                'is missing: %s is bound to all addresses, and no default route tells one' % listener.name,
                do='give external_address, or default_outbound',
            )
        found.append(
            {
                'name': listener.name,
                'namespace': place(bind.namespace),
                'type': listener.type,
                'family': family,
                'proto': bind.proto,
                'scheme': listener.scheme,
                'address': bind.address,
                'port': bind.port,
                'device': bind.device,
                'v6only': bind.v6only,
                'enabled': listener.enabled,
                'state': listener.state,
                'privileged': lowest is not None and bind.port < int(lowest),
                'advertised_address': address,
                'advertised_port': port,
                'advertised': host_port(address, port) if address else '',
            }
        )
    return found


def found_address(rows: t.Iterable[t.Mapping[str, t.Any]]) -> bool:
    return any(row['advertised_address'] for row in rows)
