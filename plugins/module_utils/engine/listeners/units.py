# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners as units of systemd: sockets that it opens, and drop-ins for the services that get them."""

from __future__ import annotations

import typing as t

from ...values.endpoint import ANY6, host_port
from ...values.names import HOST
from .bindings import Binding

_NAMESPACES = '/run/netns/'


def mark(scope: str) -> str:
    """The first line of each of our files."""
    return '# multinet:%s, written by multinet.linux.listener_bind' % scope


def socket_unit(scope: str, name: str) -> str:
    return 'multinet-%s-%s.socket' % (scope, name)


def drop_in(scope: str, service: str) -> str:
    return '%s.d/50-multinet-%s.conf' % (service, scope)


def socket_units(scope: str, bindings: t.Iterable[Binding]) -> dict[str, list[Binding]]:
    """The socket units of a scope, each with the bindings that it opens."""
    units: dict[str, list[Binding]] = {}
    for binding in bindings:
        if binding.listener.activation and binding.listener.enabled:
            units.setdefault(socket_unit(scope, binding.listener.name), []).append(binding)
    return units


def _namespace_path(namespace: str) -> list[str]:
    return [] if namespace == HOST else ['NetworkNamespacePath=%s%s' % (_NAMESPACES, namespace)]


def _after_namespace(namespace: str) -> list[str]:
    if namespace == HOST:
        return []
    unit = 'netns@%s.service' % namespace
    return ['After=' + unit, 'Wants=' + unit]


def _listen(binding: Binding) -> str:
    bound_to = binding.endpoint
    key = 'ListenDatagram' if bound_to.proto == 'udp' else 'ListenStream'
    return '%s=%s' % (key, host_port(bound_to.address, bound_to.port))


def _socket_options(binding: Binding) -> list[str]:
    listener, bound_to = binding.listener, binding.endpoint
    options = []
    if bound_to.proto == 'sctp':
        options.append('SocketProtocol=sctp')
    if bound_to.address == ANY6:
        options.append('BindIPv6Only=%s' % ('ipv6-only' if bound_to.v6only else 'both'))
    if bound_to.device:
        options.append('BindToDevice=%s' % bound_to.device)
    if listener.freebind:
        options.append('FreeBind=yes')
    if listener.reuseport:
        options.append('ReusePort=yes')
    return options + _namespace_path(bound_to.namespace)


def _socket(scope: str, bindings: t.Sequence[Binding]) -> list[str]:
    """The lines of a socket unit."""
    listener = bindings[0].listener
    return [
        mark(scope),
        '[Unit]',
        'Description=Listener %s of %s' % (listener.name, listener.service),
        *_after_namespace(bindings[0].endpoint.namespace),
        '',
        '[Socket]',
        *map(_listen, bindings),
        *_socket_options(bindings[0]),
        'FileDescriptorName=%s' % listener.name,
        'Service=%s' % listener.service,
        '',
        '[Install]',
        'WantedBy=sockets.target',
    ]


def _drop_in(scope: str, bindings: t.Sequence[Binding]) -> list[str]:
    """The lines of the drop-in of a service; none if there is nothing to say."""
    namespace = bindings[0].listener.service_namespace
    unit, service = _after_namespace(namespace), _namespace_path(namespace)
    sockets = socket_units(scope, bindings)
    if sockets:
        service.insert(0, 'Sockets=' + ' '.join(sockets))
    if not service:
        return []
    lines = [mark(scope)]
    if unit:
        lines += ['[Unit]', *unit, '']
    return [*lines, '[Service]', *service]


def render(scope: str, bindings: t.Sequence[Binding]) -> dict[str, str]:
    """The files by their paths below /etc/systemd/system."""
    files = {unit: _socket(scope, members) for unit, members in socket_units(scope, bindings).items()}
    services: dict[str, list[Binding]] = {}
    for binding in bindings:
        if binding.listener.service and binding.listener.enabled:
            services.setdefault(binding.listener.service, []).append(binding)
    for service, members in services.items():
        files[drop_in(scope, service)] = _drop_in(scope, members)
    return {name: '\n'.join(lines) + '\n' for name, lines in sorted(files.items()) if lines}
