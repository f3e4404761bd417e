# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tables of nft, and which settings, may cut the operator's connection."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.management_path import reasons
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import (
    Connection,
    ManagementPath,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.operation import (
    NftablesOperation,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.operation import SysctlOperation

WAY = Connection('192.0.2.9', 50000, '192.0.2.1', 22)


def judged(label: str, *lines: str, namespace: str = '', before: bool = False) -> bool:
    family, name = label.split(' ')
    op = NftablesOperation(namespace, None, lines, 0, table=(family, name))
    op = op.inverse if before else op
    return bool(reasons(Plan(ops=(op,)), ManagementPath(WAY)))


@pytest.mark.parametrize(
    'label, line, touches',
    [
        ('inet x', '\t\ttype filter hook input priority filter; policy accept;', True),
        ('inet x', '\t\ttype route hook output priority mangle; policy accept;', True),
        ('ip x', '\t\ttype nat hook prerouting priority dstnat; policy accept;', True),
        ('ip x', '\t\ttype filter hook postrouting priority srcnat; policy accept;', True),
        ('netdev x', '\t\ttype filter hook ingress device "eth0" priority 0; policy accept;', True),
        ('inet x', '\t\thook ingress priority filter', True),
        ('inet x', '\t\ttype filter hook forward priority filter; policy drop;', False),
        ('ip x', '\t\ttype nat hook postrouting priority srcnat; policy accept;', False),
        ('ip6 x', '\t\ttype filter hook input priority filter; policy drop;', False),
        ('inet x', '\t\ttcp dport 22 drop', False),
    ],
)
def test_tables_that_see_the_connection(label: str, line: str, touches: bool) -> None:
    assert judged(label, '\tchain c {', line, '\t}') is touches
    assert judged(label, '\tchain c {', line, '\t}', before=True) is touches
    assert not judged(label, '\tchain c {', line, '\t}', namespace='blue')


@pytest.mark.parametrize(
    'peer, local, key, touches',
    [
        ('192.0.2.9', '192.0.2.1', 'net/ipv6/conf/all/forwarding', False),
        ('fd00::9', 'fd00::1', 'net/ipv6/conf/all/forwarding', True),
        ('192.0.2.9', '192.0.2.1', 'net/ipv4/conf/all/rp_filter', True),
        ('fd00::9', 'fd00::1', 'net/ipv4/tcp_window_scaling', True),  # of TCP over either
        ('192.0.2.9', '192.0.2.1', 'net/ipv4/ip_forward', False),
    ],
)
def test_settings_of_the_family_of_the_connection(peer: str, local: str, key: str, touches: bool) -> None:
    op = SysctlOperation('', '0', '1', 0, key=key)
    path = ManagementPath(Connection(peer, 50000, local, 22))
    assert bool(reasons(Plan(ops=(op,)), path)) is touches
