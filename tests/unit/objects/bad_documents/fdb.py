# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    FDB,
    Case,
    bridge,
    fdb,
    host,
    inside,
    veth,
)

MAC, NONE = '02:00:00:00:00:09', '00:00:00:00:00:00'
ON_BRIDGE = {'lladdr': MAC, 'dev': 'br0'}

CASES = [
    Case('fdb-number', host(fdb=100), 'fdb', '100'),
    Case('fdb-entry-number', host(fdb=[100]), FDB, '100'),
    Case('fdb-unknown-key', fdb(mac=MAC), FDB + '.mac', 'want one of'),
    Case('fdb-no-lladdr', host(fdb=[{'dev': 'vx0'}]), FDB + '.lladdr', 'missing'),
    Case('fdb-no-dev', host(fdb=[{'lladdr': MAC}]), FDB + '.dev', 'missing'),
    Case('fdb-lladdr', fdb(lladdr='10.0.0.1'), FDB + '.lladdr', "'10.0.0.1'"),
    Case('fdb-zeros', fdb(lladdr=NONE), FDB + '.lladdr', 'set dst'),
    Case('fdb-lo', fdb(dev='lo'), FDB + '.dev', 'has no forwarding database'),
    Case('fdb-state', fdb(state='statick'), FDB + '.state', 'did you mean static?'),
    Case('fdb-sticky-permanent', fdb(master=True, sticky=True), FDB + '.sticky', 'state: static'),
    Case('fdb-sticky-self', fdb(state='static', sticky=True), FDB + '.sticky', 'master: true'),
    Case('fdb-dst-master', fdb(master=True, dst='192.0.2.1'), FDB + '.dst', 'remove it, or master'),
    Case('fdb-dst-word', fdb(dst='there'), FDB + '.dst', "'there'"),
    Case('fdb-dst-group', fdb(dst='239.1.1.1'), FDB + '.dst', 'not the address of a host'),
    Case('fdb-port-alone', fdb(port=4789), FDB + '.port', 'needs dst'),
    Case('fdb-port-zero', fdb(dst='192.0.2.1', port=0), FDB + '.port', '0'),
    Case('fdb-vni-large', fdb(dst='192.0.2.1', vni=0x1000000), FDB + '.vni', 'out of range'),
    Case('fdb-vlan-dst', fdb(dst='192.0.2.1', vlan=7), FDB + '.vlan', 'remove it, or dst'),
    Case('fdb-nhid-dst', fdb(dst='192.0.2.1', nhid=7), FDB + '.nhid', 'cannot be combined with dst'),
    Case('fdb-nhid-vlan', fdb(nhid=7, vlan=7), FDB + '.nhid', 'cannot be combined with vlan'),
    Case('fdb-nhid-zero', fdb(nhid=0), FDB + '.nhid', '0'),
    Case('fdb-nhid-master', fdb(nhid=7, master=True), FDB + '.nhid', 'remove it, or master'),
    Case(
        'fdb-nhid-flood',
        host(fdb=[{'lladdr': '01:00:5e:01:01:01', 'dev': 'vx0', 'nhid': 7}]),
        FDB + '.nhid',
        'the address of one host',
    ),
    Case(
        'fdb-nhid-unknown',
        inside(links=[bridge()], fdb=[{**ON_BRIDGE, 'nhid': 7}]),
        'namespaces[0].fdb[0].nhid',
        'is not a nexthop of the namespace',
    ),
    Case('fdb-vlan-large', fdb(vlan=4095), FDB + '.vlan', 'want 1 to 4094'),
    Case(
        'fdb-twice',
        inside(links=[bridge()], fdb=[ON_BRIDGE, {**ON_BRIDGE, 'state': 'static'}]),
        'namespaces[0].fdb[1]',
        'namespaces[0].fdb[0]',
    ),
    Case(
        'fdb-link-elsewhere',
        inside(links=[bridge()], fdb=[{**ON_BRIDGE, 'dev': 'br1'}]),
        'namespaces[0].fdb[0].dev',
        'is not a link of namespace red',
    ),
    Case(
        'fdb-dst-bridge',
        inside(links=[bridge()], fdb=[{**ON_BRIDGE, 'dst': '192.0.2.1'}]),
        'namespaces[0].fdb[0].dst',
        'is for a VXLAN',
    ),
    Case(
        'fdb-no-port',
        inside(links=[veth()], fdb=[{'lladdr': MAC, 'dev': 'eth0', 'master': True}]),
        'namespaces[0].fdb[0].master',
        'is for the port of a bridge',
    ),
]
