# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key reference has a row for each attribute. That its file is up to date is in test_generated.py."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import ADDRESS
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb.schema import FDB
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import CHAIN
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.schema import RULE as RULE_KEYS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.schema import NEIGHBOUR
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.schema import TABLE
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.schema import HOP, METRICS, ROUTE
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.schema import RULE
from ansible_collections.multinet.linux.plugins.plugin_utils.reference import reference_text

PAGE = reference_text()
TABLES = [COMMON, PORT, ADDRESS, ROUTE, HOP, METRICS, RULE, NEIGHBOUR, FDB, CHAIN, RULE_KEYS, TABLE]
TABLES += [kind.settings for kind in KINDS.values()]


@pytest.mark.parametrize('table', TABLES, ids=lambda table: next(iter(table), 'none'))
def test_each_attribute_has_a_row(table: Table) -> None:
    for attribute in table.values():
        assert '| `%s` |' % attribute.key in PAGE, attribute.key


@pytest.mark.parametrize(
    'row',
    [
        '| `id` | 1 to 4094 | **required** | `id` | `IFLA_VLAN_ID` | new link | VLAN ID. |',
        '| `hello_time` | 1 to 10 seconds | `2` | `hello_time` |',
        '| `mark` | NUMBER or NUMBER/MASK |  | `fwmark` | `FRA_FWMARK` |',
        '| `policy` | `ACCEPT`, `DROP` |  |',
    ],
)
def test_a_row_tells_value_default_words_and_change(row: str) -> None:
    assert row in PAGE
