# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners as units of systemd: sockets that it opens, and drop-ins for the services that it hands them to."""

from __future__ import annotations

import typing as t

from ...values.bound import ANY6, host_port
from ...values.names import HOST
from .rows import Row

NAMESPACE = '/run/netns/'


def mark(scope: str) -> str:
    """The first line of each of our files."""
    return '# multinet:%s, written by multinet.linux.listener_bind' % scope


def socket_unit(scope: str, name: str) -> str:
    return 'multinet-%s-%s.socket' % (scope, name)


def _namespace(namespace: str) -> list[str]:
    return ['NetworkNamespacePath=%s%s' % (NAMESPACE, namespace)] if namespace != HOST else []


def _after(namespace: str) -> list[str]:
    return (
        ['After=netns@%s.service' % namespace, 'Wants=netns@%s.service' % namespace]
        if namespace != HOST
        else []
    )


def _socket(scope: str, rows: t.Sequence[Row]) -> list[str]:
    listener, place = rows[0].listener, rows[0].place
    lines = [
        mark(scope),
        '[Unit]',
        'Description=Listener %s of %s' % (listener.name, listener.service),
        *_after(place.namespace),
        '',
        '[Socket]',
    ]
    lines += [
        '%s=%s'
        % (
            'ListenDatagram' if row.place.proto == 'udp' else 'ListenStream',
            host_port(row.place.address, row.place.port),
        )
        for row in rows
    ]
    lines += ['SocketProtocol=sctp'] * (place.proto == 'sctp')
    if place.address == ANY6:
        lines.append('BindIPv6Only=%s' % ('ipv6-only' if place.v6only else 'both'))
    lines += (
        ['BindToDevice=%s' % place.device] * bool(place.device)
        + ['FreeBind=yes'] * listener.freebind
        + ['ReusePort=yes'] * listener.reuseport
    )
    lines += _namespace(place.namespace)
    return [
        *lines,
        'FileDescriptorName=%s' % listener.name,
        'Service=%s' % listener.service,
        '',
        '[Install]',
        'WantedBy=sockets.target',
    ]


def _drop_in(scope: str, rows: t.Sequence[Row]) -> list[str]:
    sockets = list(
        dict.fromkeys(socket_unit(scope, row.listener.name) for row in rows if row.listener.activation)
    )
    namespace = rows[0].listener.service_namespace
    unit, service = _after(namespace), _namespace(namespace)
    if sockets:
        service.insert(0, 'Sockets=' + ' '.join(sockets))
    return [mark(scope), *(['[Unit]', *unit, ''] if unit else []), '[Service]', *service] if service else []


def render(scope: str, rows: t.Sequence[Row]) -> dict[str, str]:
    """The files by their path below /etc/systemd/system."""
    sockets: dict[str, list[Row]] = {}
    services: dict[str, list[Row]] = {}
    for row in rows:
        if row.listener.service:
            services.setdefault(row.listener.service, []).append(row)
        if row.listener.activation and row.listener.enabled:
            sockets.setdefault(socket_unit(scope, row.listener.name), []).append(row)
    found = {name: _socket(scope, members) for name, members in sockets.items()}
    for name, members in services.items():
        members = [row for row in members if row.listener.enabled]
        if members:
            found['%s.d/50-multinet-%s.conf' % (name, scope)] = _drop_in(scope, members)
    return {name: '\n'.join(lines) + '\n' for name, lines in sorted(found.items()) if lines}
