# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of the operator's connection through namespaces: what may cut it has to be confirmed."""

from __future__ import annotations

import contextlib
import socket
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.commit_confirm import CommitConfirm
from ansible_collections.multinet.linux.plugins.module_utils.host.run import Run, Task
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import Connection
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.world import run


def _namespace(*names: str) -> None:
    for name in names:
        run('ip netns add %s' % name)
        run('ip -n %s link set lo up' % name)


def _cable(near: str, near_name: str, far: str, far_name: str) -> None:
    """A veth between two namespaces; '' is the host."""
    places = ['netns %s' % name if name else '' for name in (near, far)]
    run('ip link add %s %s type veth peer name %s %s' % (near_name, places[0], far_name, places[1]))
    for namespace, name in ((near, near_name), (far, far_name)):
        run('ip %s link set %s up' % ('-n ' + namespace if namespace else '', name))


def _address(namespace: str, name: str, address: str, gateway: str = '') -> None:
    where = '-n ' + namespace if namespace else ''
    run('ip %s addr add %s dev %s' % (where, address, name))
    if gateway:
        run('ip %s route add default via %s' % (where, gateway))


def _unrelated() -> None:
    """A namespace beside it all, with a veth to the host."""
    _namespace('red')
    _cable('', 'to-red', 'red', 'up0')
    _address('', 'to-red', '10.9.0.1/24')
    _address('red', 'up0', '10.9.0.2/24')


def _sshd_in_namespace() -> tuple[str, str, str]:
    """sshd and its card are in mgmt."""
    _namespace('out', 'mgmt')
    _cable('mgmt', 'card', 'out', 'wan')
    _address('mgmt', 'card', '192.0.2.1/24')
    _address('out', 'wan', '192.0.2.9/24')
    return 'mgmt', '192.0.2.1', '192.0.2.1'


def _behind_router() -> tuple[str, str, str]:
    """The card is in router, which translates; the host is behind a veth."""
    _namespace('out', 'router')
    _cable('router', 'card', 'out', 'wan')
    _cable('', 'up0', 'router', 'down0')
    _address('router', 'card', '192.0.2.1/24')
    _address('out', 'wan', '192.0.2.9/24')
    _address('router', 'down0', '10.0.0.1/24')
    _address('', 'up0', '10.0.0.2/24', '10.0.0.1')
    run('ip netns exec router sysctl -qw net.ipv4.ip_forward=1')
    run('ip netns exec router iptables -t nat -A PREROUTING -i card -p tcp -j DNAT --to-destination 10.0.0.2')
    return '', '192.0.2.1', '10.0.0.2'


def _behind_masquerade() -> tuple[str, str, str]:
    """The same, and the host sees the address of router in place of the operator's."""
    place = _behind_router()
    run('ip netns exec router iptables -t nat -A POSTROUTING -o down0 -j MASQUERADE')
    return place


def _behind_bridge() -> tuple[str, str, str]:
    """The card is a port of a bridge in switch, and so is the host."""
    _namespace('out', 'switch', 'leaf')
    run('ip -n switch link add br0 up type bridge')
    _cable('switch', 'card', 'out', 'wan')
    _cable('', 'up0', 'switch', 'down0')
    _cable('switch', 'down1', 'leaf', 'up0')
    for port in ('card', 'down0', 'down1'):
        run('ip -n switch link set %s master br0' % port)
    _address('', 'up0', '192.0.2.1/24')
    _address('leaf', 'up0', '192.0.2.2/24')
    _address('out', 'wan', '192.0.2.9/24')
    return '', '192.0.2.1', '192.0.2.1'


def _on_macvlan() -> tuple[str, str, str]:
    """sshd is in mgmt, on a macvlan of the host's card."""
    _namespace('out', 'mgmt')
    _cable('', 'card', 'out', 'wan')
    run('ip link add mv0 link card netns mgmt type macvlan mode bridge')
    run('ip -n mgmt link set mv0 up')
    _address('mgmt', 'mv0', '192.0.2.1/24')
    _address('out', 'wan', '192.0.2.9/24')
    return 'mgmt', '192.0.2.1', '192.0.2.1'


def _from_itself() -> tuple[str, str, str]:
    """The connection comes from a proxy on the host."""
    _namespace('out')
    return '', '127.0.0.1', '127.0.0.1'


@contextlib.contextmanager
def _connected(end: str, client: str, to: str) -> t.Iterator[Connection]:
    """A connection from *client* to an address, as its end in the namespace *end* sees it."""
    server = world.inside(end, socket.create_server, ('', 2200))
    with server, world.inside(client, socket.create_connection, (to, 2200), 5) as near:
        far, (peer, peer_port) = server.accept()
        with far:
            assert near.getpeername()[1] == 2200
            yield Connection(peer, peer_port, *far.getsockname())


DROP = {'chain': 'FORWARD', 'rules': ['-j DROP']}
DROP_INPUT = {'chain': 'INPUT', 'rules': ['-p tcp -m tcp --dport 2200 -j DROP']}


def _in(namespace: str, **keys: t.Any) -> Document:
    return {'name': 'cut', 'namespaces': [{'name': namespace, 'create': False, **keys}]}


def _judged(build: t.Callable[[], tuple[str, str, str]], document: Document) -> list[str]:
    end, to, local = build()
    _unrelated()
    policy = Policy(adopt=True)
    with _connected(end, '' if build is _from_itself else 'out', to) as connection:
        assert connection.local == local
        change = Run(document, Task(policy=policy, commit_confirm=CommitConfirm('auto', 60, connection)))
        with change.locked():
            change.recall()
            change.observe()
            change.plan()
            assert change.steps.ops
            return change.risks()


BLACKHOLE = {'routes': [{'to': '192.0.2.8/30', 'type': 'blackhole'}]}
CUTS: dict[str, tuple[t.Callable[[], tuple[str, str, str]], Document]] = {
    'sshd in a namespace, INPUT': (_sshd_in_namespace, _in('mgmt', iptables=[DROP_INPUT])),
    'sshd in a namespace, route': (_sshd_in_namespace, _in('mgmt', **BLACKHOLE)),
    'sshd in a namespace, setting': (
        _sshd_in_namespace,
        _in('mgmt', sysctls={'net.ipv4.conf.all.rp_filter': 1}),
    ),
    'router, FORWARD': (_behind_router, _in('router', iptables=[DROP])),
    'router, blackhole': (_behind_router, _in('router', **BLACKHOLE)),
    'router, ip_forward': (_behind_router, _in('router', sysctls={'net.ipv4.ip_forward': 0})),
    'router, MTU': (_behind_router, _in('router', links=[{'name': 'card', 'kind': 'physical', 'mtu': 68}])),
    'masquerade, blackhole': (_behind_masquerade, _in('router', **BLACKHOLE)),
    'bridge, port down': (
        _behind_bridge,
        _in('switch', links=[{'name': 'card', 'kind': 'physical', 'state': 'down'}]),
    ),
    'macvlan, card of the host': (
        _on_macvlan,
        {'name': 'cut', 'links': [{'name': 'card', 'kind': 'physical', 'state': 'down'}]},
    ),
    'proxy, any change': (_from_itself, _in('red', sysctls={'net.ipv4.ip_forward': 1})),
}


@pytest.mark.parametrize('name', CUTS)
def test_what_may_cut_the_connection_on_its_way_has_to_be_confirmed(name: str) -> None:
    assert world.in_world(_judged, *CUTS[name])


CLEAR = {
    'sshd in a namespace': (_sshd_in_namespace, _in('red', **BLACKHOLE)),
    'sshd in a namespace, host': (_sshd_in_namespace, {'name': 'cut', **BLACKHOLE}),
    'router': (_behind_router, _in('red', iptables=[DROP])),
    'bridge': (_behind_bridge, _in('leaf', **BLACKHOLE)),
    'macvlan, routes of the host': (_on_macvlan, {'name': 'cut', **BLACKHOLE}),
}


@pytest.mark.parametrize('name', CLEAR)
def test_what_is_beside_the_way_needs_no_confirmation(name: str) -> None:
    assert world.in_world(_judged, *CLEAR[name]) == []
