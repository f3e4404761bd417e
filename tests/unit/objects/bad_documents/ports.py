# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masters and what a port of one is given."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    LINK,
    Case,
    bridge,
    host,
    inside,
    link,
    veth,
)

CASES = [
    Case('port-list', link(master='br1', port=['isolated']), LINK + '.port', "['isolated']"),
    Case(
        'unknown-key-port',
        link(master='br1', port={'isolate': True}),
        LINK + '.port.isolate',
        'did you mean isolated?',
    ),
    Case('master-long', link(master='abcdefghijklmnop'), LINK + '.master', '16 bytes'),
    Case('port-without-master', link(port={'isolated': True}), LINK + '.port', 'needs a master'),
    Case('port-mab', link(master='br1', port={'mab': True}), LINK + '.port.mab', 'needs locked and learning'),
    Case(
        'port-mask',
        link(master='br1', port={'group_fwd_mask': 2}),
        LINK + '.port.group_fwd_mask',
        'has bit 1',
    ),
    Case(
        'port-backup',
        host(
            links=[
                bridge(),
                {**veth(master='br0', port={'backup_port': 'one'})},
                {'name': 'one', 'kind': 'veth', 'peer': {'name': 'two'}},
            ]
        ),
        'links[1].port.backup_port',
        'is not a port of br0',
    ),
    Case('bridge-mask', link(group_fwd_mask=1), LINK + '.group_fwd_mask', 'has one of the bits 0 to 2'),
    Case('bridge-group', link(group_address='02:00:00:00:00:01'), LINK + '.group_address', '01:80:c2'),
    Case(
        'bridge-odd', link(multicast_query_interval=1201), LINK + '.multicast_query_interval', '1200 or 1202'
    ),
    Case(
        'bridge-by-vlan',
        link(multicast_vlan_snooping=True),
        LINK + '.multicast_vlan_snooping',
        'vlan_filtering',
    ),
    Case('port-vlan', link(master='br1', port={'vlans': [0]}), LINK + '.port.vlans', 'found 0, want an ID'),
    Case('port-vlan-high', link(master='br1', port={'vlans': '4095'}), LINK + '.port.vlans', '1 to 4094'),
    Case('port-vlan-word', link(master='br1', port={'vlans': ['7 tag']}), LINK + '.port.vlans', "'7 tag'"),
    Case('port-vlan-range', link(master='br1', port={'vlans': ['9-7']}), LINK + '.port.vlans', "'9-7'"),
    Case('port-vlan-pvids', link(master='br1', port={'vlans': ['7-9 pvid']}), LINK + '.port.vlans', 'range'),
    Case(
        'port-vlan-key',
        link(master='br1', port={'vlans': [{'vid': 7, 'tagged': True}]}),
        LINK + '.port.vlans',
        'a mapping with vid, pvid and untagged',
    ),
    Case(
        'port-vlan-truth',
        link(master='br1', port={'vlans': [{'vid': 7, 'pvid': 'perhaps'}]}),
        LINK + '.port.vlans',
        'perhaps',
    ),
    Case(
        'port-vlan-twice', link(master='br1', port={'vlans': ['5-9', 7]}), LINK + '.port.vlans', 'VLAN twice'
    ),
    Case(
        'port-vlan-two-pvids',
        link(master='br1', port={'vlans': ['5 pvid', '7 pvid']}),
        LINK + '.port.vlans',
        'more than one pvid',
    ),
    Case(
        'port-vlan-idle',
        host(links=[bridge(), veth(master='br0', port={'vlans': [7]})]),
        'links[1].port.vlans',
        'has no effect: br0 forwards frames of all VLANs; set vlan_filtering: true on it',
    ),
    Case('bridge-vlan-idle', link(vlans=[7]), LINK + '.vlans', 'needs vlan_filtering; add it'),
    Case('port-cost', link(master='br1', port={'cost': 0}), LINK + '.port.cost', '0'),
    Case(
        'port-of-bond',
        host(links=[{'name': 'bond0', 'kind': 'bond'}, veth(master='bond0', port={'cost': 5})]),
        'links[1].port',
        'bond0',
    ),
    Case(
        'master-no-bridge',
        host(links=[veth(master='v'), {'name': 'v', 'kind': 'vxlan', 'id': 5}]),
        'links[0].master',
        'vxlan',
    ),
    Case(
        'master-cycle',
        host(links=[bridge(master='br1'), bridge(name='br1', master='br0')]),
        LINK,
        'host/br0 on host/br1 on host/br0',
    ),
    Case('master-unknown', inside(links=[veth(master='br9')]), 'namespaces[0].links[0].master', 'br9'),
]
