# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    NEIGHBOUR,
    Case,
    bridge,
    host,
    inside,
    neighbour,
)

MAC = '02:00:00:00:00:09'
NINE = {'to': '10.0.0.9', 'dev': 'br0', 'lladdr': MAC}
TUNNEL = {'name': 'gre1', 'kind': 'gre', 'local': '10.9.0.1', 'remote': '10.9.0.2'}

CASES = [
    Case('neighbours-number', host(neighbours=100), 'neighbours', '100'),
    Case('neighbour-number', host(neighbours=[100]), NEIGHBOUR, '100'),
    Case('neighbour-unknown-key', neighbour(lladdr=MAC, mac=MAC), NEIGHBOUR + '.mac', 'want one of'),
    Case(
        'neighbour-no-address',
        host(neighbours=[{'dev': 'eth0', 'lladdr': MAC}]),
        NEIGHBOUR + '.to',
        'missing',
    ),
    Case(
        'neighbour-no-link',
        host(neighbours=[{'to': '10.0.0.9', 'lladdr': MAC}]),
        NEIGHBOUR + '.dev',
        'missing',
    ),
    Case(
        'neighbour-group',
        neighbour(to='224.0.0.1', lladdr=MAC),
        NEIGHBOUR + '.to',
        'not the address of a host',
    ),
    Case('neighbour-network', neighbour(to='10.0.0.0/24', lladdr=MAC), NEIGHBOUR + '.to', "'10.0.0.0/24'"),
    Case('neighbour-no-lladdr', neighbour(), NEIGHBOUR + '.lladdr', 'set proxy or managed'),
    Case('neighbour-lladdr-word', neighbour(lladdr='router'), NEIGHBOUR + '.lladdr', "'router'"),
    Case('neighbour-lladdr-short', neighbour(lladdr='02:01'), NEIGHBOUR + '.lladdr', "'02:01'"),
    Case(
        'neighbour-state',
        neighbour(lladdr=MAC, nud='permament'),
        NEIGHBOUR + '.nud',
        'did you mean permanent?',
    ),
    Case('neighbour-noarp', neighbour(lladdr=MAC, nud='noarp'), NEIGHBOUR + '.nud', 'extern_learn: true'),
    Case('neighbour-stale', neighbour(lladdr=MAC, nud='stale'), NEIGHBOUR + '.nud', 'extern_learn: true'),
    Case('neighbour-proxy-lladdr', neighbour(proxy=True, lladdr=MAC), NEIGHBOUR + '.lladdr', 'proxy: true'),
    Case('neighbour-proxy-nud', neighbour(proxy=True, nud='noarp'), NEIGHBOUR + '.nud', 'proxy: true'),
    Case(
        'neighbour-proxy-managed', neighbour(proxy=True, managed=True), NEIGHBOUR + '.managed', 'proxy: true'
    ),
    Case(
        'neighbour-managed-lladdr',
        neighbour(managed=True, lladdr=MAC),
        NEIGHBOUR + '.lladdr',
        'managed: true',
    ),
    Case('neighbour-managed-nud', neighbour(managed=True, nud='noarp'), NEIGHBOUR + '.nud', 'managed: true'),
    Case('neighbour-router-ipv4', neighbour(lladdr=MAC, router=True), NEIGHBOUR + '.router', 'IPv4'),
    Case('neighbour-lo', neighbour(dev='lo', lladdr=MAC), NEIGHBOUR + '.dev', 'has no neighbours'),
    Case('neighbour-protocol', neighbour(lladdr=MAC, protocol=2), NEIGHBOUR + '.protocol', 'want 4 to 255'),
    Case(
        'neighbour-twice',
        inside(links=[bridge()], neighbours=[NINE, {**NINE, 'lladdr': '02:00:00:00:00:0a'}]),
        'namespaces[0].neighbours[1]',
        'namespaces[0].neighbours[0]',
    ),
    Case(
        'neighbour-link-elsewhere',
        inside(links=[bridge()], neighbours=[{**NINE, 'dev': 'br1'}]),
        'namespaces[0].neighbours[0].dev',
        'is not a link of namespace red',
    ),
    Case(
        'neighbour-one-end',
        inside(links=[TUNNEL], neighbours=[{**NINE, 'dev': 'gre1', 'lladdr': '10.9.0.2'}]),
        'namespaces[0].neighbours[0].dev',
        'has one other end',
    ),
]
