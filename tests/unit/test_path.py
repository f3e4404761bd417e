# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may cut the operator's own connection."""
from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.ops import Op, Plan
from ansible_collections.multinet.linux.plugins.module_utils.engine.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.host.path import Connection, reasons
from ansible_collections.multinet.linux.plugins.module_utils.model.names import HOST

WAYS = {'ipv4': Connection('10.0.0.1', 40000, '10.0.0.9', 22), 'ipv6': Connection('fd00::1', 40000, 'fd00::9', 22)}


@pytest.mark.parametrize('family, key, guarded', [
    ('ipv4', 'net/ipv6/conf/all/forwarding', False),
    ('ipv6', 'net/ipv6/conf/all/forwarding', True),
    ('ipv4', 'net/ipv4/conf/all/rp_filter', True),
    ('ipv6', 'net/ipv4/tcp_window_scaling', True),  # of TCP over either
    ('ipv4', 'net/ipv4/ip_forward', False)])
def test_settings_of_the_kernel(family: str, key: str, guarded: bool) -> None:
    steps = Plan(ops=(Op('sysctl', HOST, (key, '0'), (key, '1'), 0),))
    assert bool(reasons(steps, Snapshot({HOST: Seen('')}), WAYS[family])) == guarded
