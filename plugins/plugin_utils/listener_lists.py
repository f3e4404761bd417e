# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other programs need of listeners: the servers of a load balancer, the listener for a destination."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import ANY4, ANY6, host_port
from ansible_collections.multinet.linux.plugins.module_utils.values.names import canonical_ip

Row = t.Mapping[str, t.Any]


class NoFitListener(Exception):
    """There is nothing to tell, and why."""


def upstreams(
    rows: t.Sequence[Row], family: str = '', fallback: bool = True, proto: str = 'tcp'
) -> list[Row]:
    """The rows that a balancer can send to, in their order.

    With a *family* those of it, else, with *fallback*, those of the other one: a request that came by IPv6
    may well be passed on by IPv4. Rows that are bound to all addresses are reached by what they advertise.
    Raises NoFitListener.
    """
    fit = [row for row in rows if row['proto'] == proto and target(row)]
    chosen = [row for row in fit if family in ('', row['family'])]
    if not chosen and fallback:
        chosen = fit
    if not chosen:
        raise NoFitListener(
            'no listener is fit (found %s, want %s%s)'
            % (
                ', '.join('%s %s %s' % (row['name'], row['proto'], row['family']) for row in rows) or 'none',
                proto,
                ' ' + family if family else '',
            )
        )
    return chosen


def target(row: Row) -> str:
    """Where a balancer reaches a row, host:port; '' where it is bound to all addresses and tells none."""
    if row['address'] in (ANY4, ANY6):
        return host_port(row['advertised_address'], row['port']) if row['advertised_address'] else ''
    return host_port(row['address'], row['port'])


def server_lines(rows: t.Sequence[Row], software: str, options: str = '') -> list[str]:
    """Lines for the servers of nginx or haproxy.

    Listeners of several hosts may have one name, servers of haproxy may not.
    """
    behind = ' ' + options.strip() if options.strip() else ''
    if software == 'nginx':
        return ['server %s%s;' % (target(row), behind) for row in rows]
    found: list[str] = []
    seen: dict[str, int] = {}
    for row in rows:
        name = '%s_%s' % (row['name'], row['family'])
        seen[name] = seen.get(name, 0) + 1
        found.append(
            'server %s%s %s%s' % (name, '_%d' % seen[name] if seen[name] > 1 else '', target(row), behind)
        )
    return found


def listeners_for(found: t.Mapping[str, t.Any], destination: str, namespace: str = 'host') -> list[Row]:
    """The rows that speak to *destination*: those that are bound to the address that the kernel sends from,
    else those bound to all.

    *found* is the result of listener_bind, with the destination among those that it was asked for.
    Raises NoFitListener.
    """
    address = canonical_ip(destination)
    sources = found.get('sources', {}).get(address or '', {})
    if namespace not in sources:
        raise NoFitListener(
            'the source for %s in %s was not asked for (found %s); give it to listener_bind in destinations'
            % (destination, namespace, ', '.join(sorted(found.get('sources', {}))) or 'none')
        )
    source = sources[namespace]
    if not source:
        raise NoFitListener('there is no way from %s to %s' % (namespace, destination))
    family = 'ipv6' if ':' in source else 'ipv4'
    rows = [
        row
        for members in found.get('by_name', {}).values()
        for row in members
        if row['namespace'] == namespace
        and row['family'] == family
        and row['enabled']
        and row['state'] == 'present'
    ]
    exact = [row for row in rows if row['address'] == source]
    return exact or [row for row in rows if row['address'] in (ANY4, ANY6)]
