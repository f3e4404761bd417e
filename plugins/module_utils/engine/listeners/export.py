# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What applications are told of listeners: addresses to bind to, and addresses to advertise."""

from __future__ import annotations

import typing as t

from ...objects.listener.value import SECURE, ListenerSet
from ...values.endpoint import host_port
from ...values.names import canonical_ip, family_of, place
from ...values.problems import Problems
from .bindings import Binding
from .host_sockets import UNPRIVILEGED, NamespaceSockets

Row = dict[str, t.Any]
"""A listener as applications read it, for one protocol and family."""


def rows_of(
    binding: Binding,
    want: ListenerSet,
    sources: t.Mapping[str, str],
    site: NamespaceSockets,
    problems: Problems,
) -> list[Row]:
    """The rows of a binding, one for each family that reaches it. *sources* are addresses by family."""
    rows = [_row(binding, family, want, sources, site) for family in binding.endpoint.families]
    advertised = any(row['advertised_address'] for row in rows)
    if binding.listener.type == 'external' and not advertised:
        problems.add(
            binding.listener.path + '.external_address',
            'is missing: %s is bound to all addresses, and no default route tells one'
            % binding.listener.name,
            do='give external_address, or default_outbound',
        )
    return rows


def _row(
    binding: Binding, family: str, want: ListenerSet, sources: t.Mapping[str, str], site: NamespaceSockets
) -> Row:
    listener, bound_to = binding.listener, binding.endpoint
    address = _advertised_address(binding, family, want) or sources.get(family, '')
    port = _advertised_port(binding, want)
    lowest = site.sysctls.get(UNPRIVILEGED)
    return {
        'name': listener.name,
        'namespace': place(bound_to.namespace),
        'type': listener.type,
        'family': family,
        'proto': bound_to.proto,
        'scheme': listener.scheme,
        'address': bound_to.address,
        'port': bound_to.port,
        'device': bound_to.device,
        'v6only': bound_to.v6only,
        'enabled': listener.enabled,
        'state': listener.state,
        'privileged': lowest is not None and bound_to.port < int(lowest),
        'advertised_address': address,
        'advertised_port': port,
        'advertised': host_port(address, port) if address else '',
    }


def _advertised_address(binding: Binding, family: str, want: ListenerSet) -> str:
    """The external address, else the one that it is bound to; '' if that is a wildcard."""
    listener, bound_to = binding.listener, binding.endpoint
    external = listener.external_address or want.external_address
    if listener.type == 'internal' or not external:
        return '' if bound_to.wildcard else bound_to.address
    # One external address cannot be that of both families.
    if len(bound_to.families) > 1 and canonical_ip(external) and family_of(external) != family:
        return ''
    return external


def _advertised_port(binding: Binding, want: ListenerSet) -> int:
    listener = binding.listener
    if listener.type == 'internal':
        return binding.endpoint.port
    for_all = want.external_tls_port if listener.scheme in SECURE else want.external_port
    return listener.external_port or for_all or binding.endpoint.port
