# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bindings: where exactly each listener of a set is bound on this host, and which of them conflict."""

from __future__ import annotations

import ipaddress
import typing as t

from ...kernel import sockets
from ...objects.listener.token import Token
from ...objects.listener.value import WILDCARDS, Listener, ListenerSet
from ...objects.local_addresses import holder_of_duplicate
from ...values.endpoint import ANY6, Endpoint, conflict, endpoint
from ...values.names import family_of, place
from ...values.problems import Problems
from .addresses import AddressError, address_of, names_of_links
from .host_sockets import BINDV6ONLY, NOT_USABLE, HostSockets, NamespaceSockets


class Binding(t.NamedTuple):
    """A listener for one protocol, and the endpoint that it is bound to."""

    listener: Listener
    endpoint: Endpoint

    @property
    def key(self) -> str:
        """What tells it from the other bindings of its set."""
        return '%s/%s' % (self.listener.name, self.endpoint.proto)


def bindings_of(
    want: ListenerSet, host: HostSockets, problems: Problems, present: bool = True
) -> list[Binding]:
    """The bindings of a set, without those that yield to others.

    What is wrong goes to *problems*, all of it. With *present*, each address has to be one that can be bound
    now.
    """
    bindings: list[Binding] = []
    for listener in want.listeners:
        bindings += _bindings_of_one(listener, want, host, problems, present)
    bindings = [binding for binding in bindings if not _yields(binding, bindings)]
    _report_conflicts(bindings, problems)
    return bindings


def _bindings_of_one(
    listener: Listener, want: ListenerSet, host: HostSockets, problems: Problems, present: bool
) -> list[Binding]:
    """The bindings of a listener, one for each of its protocols."""
    site = host.namespaces.get(listener.namespace)
    if site is None:
        problems.add(
            listener.path + '.namespace', 'does not exist', found=listener.namespace, do='make it first'
        )
        return []
    try:
        address, device, v6only = _bound_to(listener, site, want)
        if present:
            _check_present(listener, address, device, site)
    except AddressError as error:
        problems.note(error.problem.at(listener.path + '.address'))
        return []
    if present and listener.proto == 'sctp' and not sockets.has_sctp():
        problems.add(
            listener.path + '.proto',
            'is not in this kernel',
            found='sctp',
            do='load its module (modprobe sctp), or install the package that has it',
        )
    bindings = []
    for proto in listener.protocols:
        bound_to = endpoint(listener.namespace, proto, address, listener.port, v6only, device)
        bindings.append(Binding(listener, bound_to))
    return bindings


def _bound_to(listener: Listener, site: NamespaceSockets, want: ListenerSet) -> tuple[str, str, bool]:
    """Address, device and v6only. Raises AddressError."""
    address, device = listener.address, listener.device
    if isinstance(address, Token):
        address, link = address_of(address, site, want)
        if link and device and link != device:
            raise AddressError(
                'is on another link than device', found='%s on %s' % (address, link), want=device
            )
        device = device or link
    v6only = address == 'any6' or bool(listener.v6only)
    if address == ANY6 and listener.v6only is None:
        v6only = site.sysctls.get(BINDV6ONLY) == '1'
    address = WILDCARDS.get(address, address)
    if listener.network and not _is_wildcard(address) and not _is_in(address, listener.network):
        raise AddressError(
            'is outside of the declared network', found=address, want='an address in %s' % listener.network
        )
    return address, device, v6only


def _is_wildcard(address: str) -> bool:
    return address in WILDCARDS.values()


def _is_in(address: str, network: str) -> bool:
    if family_of(address) != family_of(network):
        return False
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def _check_present(listener: Listener, address: str, device: str, site: NamespaceSockets) -> None:
    """Raises AddressError if a socket cannot be bound now."""
    if device and device not in site.names.macs:
        raise AddressError('is on a link that does not exist', found=device, do=names_of_links(site))
    if _is_wildcard(address):
        return
    _check_flaw(address, device, site)
    if not listener.freebind and not site.can_bind(address, device):
        raise AddressError(
            'is not an address of %s' % place(listener.namespace),
            found=address,
            do='add it to a link, or set freebind: true for one that comes later',
        )


def _check_flaw(address: str, device: str, site: NamespaceSockets) -> None:
    """Raises AddressError if an address of the host cannot be used yet, or at all."""
    for own in site.addresses:
        if own.address != address or own.flaw not in NOT_USABLE or device not in ('', own.link):
            continue
        if own.flaw == 'tentative':
            raise AddressError(
                'is still being checked for duplicates on %s' % own.link, found=address, do='raise wait_dad'
            )
        mac = holder_of_duplicate(own.link, address)
        raise AddressError(
            'is a duplicate: another host on the network of %s has it' % own.link,
            found='%s at %s' % (address, mac) if mac else address,
            do='give this host another address',
        )


def _yields(binding: Binding, bindings: t.Iterable[Binding]) -> bool:
    """Whether a binding makes room for one of another listener."""
    if not binding.listener.yields:
        return False
    for other in bindings:
        if other.listener.yields or other.listener.name == binding.listener.name:
            continue
        if conflict(binding.endpoint, other.endpoint):
            return True
    return False


def _report_conflicts(bindings: t.Iterable[Binding], problems: Problems) -> None:
    """Notes each pair of bindings of which the kernel refuses the second."""
    groups: dict[tuple[str, str, int], list[Binding]] = {}
    for binding in bindings:
        bound_to = binding.endpoint
        group = groups.setdefault((bound_to.namespace, bound_to.proto, bound_to.port), [])
        for other in group:
            if binding.listener.name != other.listener.name and conflict(bound_to, other.endpoint):
                _report_conflict(binding, other, problems)
        group.append(binding)


def _report_conflict(binding: Binding, other: Binding, problems: Problems) -> None:
    endpoints = (binding.endpoint.full_text(), other.endpoint.text(), other.listener.path)
    problems.add(
        binding.listener.path,
        '%s conflicts with %s' % (binding.listener.name, other.listener.name),
        found='%s, and %s at %s' % endpoints,
        do='choose another port or address, or remove one',
    )
