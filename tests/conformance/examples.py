# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of types that have no ends."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import MacAddress, Type
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import types

MAC = '02:00:5e:10:00:01'
EXAMPLES: dict[type[Type], list[t.Any]] = {
    MacAddress: [MAC, ''],
    types.LinkOfSame: [0, 0x12345],
    types.GroupMacAddress: ['01:80:c2:00:00:0f'],
    types.SourcePorts: ['1-65535', ''],
    types.Ipv6Addresses: [(), ('2001:db8::1', '2001:db8::2')],
    types.Ipv4Addresses: [(), ('192.0.2.1', '192.0.2.2')],
    types.MacAddresses: [(), (MAC, '02:00:5e:10:00:02')],
    types.QosMap: [(), ('1-2', '7-3')],
}
"""By type. Another link is a number by then."""
