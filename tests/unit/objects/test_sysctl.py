# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings in spellings that the kernel does not use itself: which are one value, and which are two."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.value import meaning

PORTS = 'net/ipv4/ip_local_reserved_ports'
FORWARD = 'net/ipv4/ip_forward'
SAME = (
    (PORTS, '8080,8081,8082', '8080-8082'),
    (PORTS, '30000-32767,6443,10250-10256,2379-2380', '2379-2380,6443,10250-10256,30000-32767'),
    (PORTS, '1-5,3-9', '1-9'),
    (PORTS, '', ''),
    (FORWARD, '01', '1'),
    (FORWARD, '0x1', '1'),
    ('net/ipv4/ip_default_ttl', '0x40', '64'),
    ('net/ipv4/ip_default_ttl', '064', '52'),  # octal, as the kernel reads it
    ('net/ipv4/ping_group_range', '0 0x10', '0 16'),
    ('net/core/rps_default_mask', 'f', '0000000f'),
    ('net/core/rps_default_mask', '1,00000000', '00000001,00000000'),
    ('net/ipv4/tcp_congestion_control', 'cubic', 'cubic'),
    ('net/ipv6/conf/all/hop_limit', '-1', '-1'),
)
DIFFERENT = (
    (PORTS, '8080', ''),
    (PORTS, '8080-8082', '8080,8082'),
    (PORTS, 'x', '8080'),
    (FORWARD, '1', '0'),
    (FORWARD, '1', None),
    (FORWARD, '09', '9'),  # no octal number
    ('net/ipv4/tcp_rmem', '4096 131072', '4096 131072 6291456'),
    ('net/core/rps_default_mask', '10', '8'),
    ('net/core/rps_default_mask', 'none', '8'),
    ('net/ipv4/tcp_congestion_control', 'cubic', 'reno'),
)


@pytest.mark.parametrize(('key', 'value', 'other'), SAME)
def test_two_spellings_of_one_value(key: str, value: str, other: str) -> None:
    assert meaning(key, value) == meaning(key, other)


@pytest.mark.parametrize(('key', 'value', 'other'), DIFFERENT)
def test_two_values(key: str, value: str, other: str | None) -> None:
    assert meaning(key, value) != meaning(key, other)
