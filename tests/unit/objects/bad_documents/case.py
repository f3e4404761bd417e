# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong document, what has to be said about it, and parts that wrong documents are made of."""

from __future__ import annotations

import typing as t


class Case(t.NamedTuple):
    """A wrong document.

    ``path`` is where the first problem is, ``found`` what the message about it has to contain. ``more`` has
    the same pair for every other problem. A document that is not ``plain`` cannot be written in YAML or JSON.
    """

    id: str
    document: t.Any
    path: str
    found: str
    more: tuple[tuple[str, str], ...] = ()
    plain: bool = True

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [(self.path, self.found), *self.more]


def host(**keys: t.Any) -> dict[str, t.Any]:
    """A document with *keys* in the host's own namespace."""
    return {'name': 'lab', **keys}


def inside(**keys: t.Any) -> dict[str, t.Any]:
    """A document with *keys* in a namespace that it makes."""
    return host(namespaces=[{'name': 'red', **keys}])


def bridge(**keys: t.Any) -> dict[str, t.Any]:
    return {'name': 'br0', 'kind': 'bridge', **keys}


def veth(**keys: t.Any) -> dict[str, t.Any]:
    return {'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'veth0'}, **keys}


def link(**keys: t.Any) -> dict[str, t.Any]:
    return host(links=[bridge(**keys)])


def address(value: t.Any) -> dict[str, t.Any]:
    return link(addresses=[value])


def route(**keys: t.Any) -> dict[str, t.Any]:
    return host(routes=[{'to': '10.9.0.0/16', **keys}])


def routed(*routes: t.Any) -> dict[str, t.Any]:
    """Routes in a namespace that has 10.0.0.1/24 and fd00::1/64 on br0."""
    return inside(links=[bridge(addresses=['10.0.0.1/24', 'fd00::1/64'])], routes=list(routes))


def rule(**keys: t.Any) -> dict[str, t.Any]:
    return host(rules=[{'priority': 100, 'table': 7, **keys}])


def neighbour(**keys: t.Any) -> dict[str, t.Any]:
    return host(neighbours=[{'to': '10.0.0.9', 'dev': 'eth0', **keys}])


def fdb(**keys: t.Any) -> dict[str, t.Any]:
    return host(fdb=[{'lladdr': '02:00:00:00:00:09', 'dev': 'vx0', **keys}])


def sysctl(key: t.Any, value: t.Any = 1) -> dict[str, t.Any]:
    return host(sysctls={key: value})


def chain(**keys: t.Any) -> dict[str, t.Any]:
    return host(iptables=[{'chain': 'INPUT', **keys}])


def table(content: t.Any = 'chain c { }', **keys: t.Any) -> dict[str, t.Any]:
    return host(nftables=[{'content': content, **keys}])


def replicas(count: t.Any, name: t.Any = 'red{n}', **keys: t.Any) -> dict[str, t.Any]:
    return host(namespaces=[{'name': name, 'replicas': count, **keys}])


LINK = 'links[0]'
ADDRESS = 'links[0].addresses[0]'
ROUTE = 'routes[0]'
RULE = 'rules[0]'
NEIGHBOUR = 'neighbours[0]'
FDB = 'fdb[0]'
CHAIN = 'iptables[0]'
CONTENT = 'nftables[0].content'
RED = 'namespaces[0]'
RED_ROUTE = 'namespaces[0].routes[0]'
