# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of options that hold objects comes from the tables of these objects."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.doc_fragments.document import ModuleDocFragment
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import ADDRESS, DEV
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

KINDS_TABLES = [kind.settings for kind in KINDS.values()]


def options(text: str) -> dict[str, t.Any]:
    return t.cast('dict[str, t.Any]', json.loads(text)['options'])


LAYOUT, ROUTES = options(ModuleDocFragment.LAYOUT), options(ModuleDocFragment.ROUTE)


@pytest.mark.parametrize(
    'option, tables',
    [
        (LAYOUT['links'], [COMMON, ADDRESS, PORT, *KINDS_TABLES]),
        (LAYOUT['addresses'], [ADDRESS, DEV]),
        (options(ModuleDocFragment.ADDRESS)['addresses'], [ADDRESS, DEV]),
        (LAYOUT['routes'], [ROUTE, HOP, METRICS]),
        (LAYOUT['rules'], [RULE]),
        (LAYOUT['neighbours'], [NEIGHBOUR]),
        (LAYOUT['fdb'], [FDB]),
        (LAYOUT['iptables'], [CHAIN]),
        (LAYOUT['nftables'], [TABLE]),
        (ROUTES['routes'], [ROUTE, HOP, METRICS]),
        (ROUTES['rules'], [RULE]),
        (options(ModuleDocFragment.RULE)['rules'], [RULE]),
        (options(ModuleDocFragment.NEIGHBOUR)['neighbours'], [NEIGHBOUR]),
        (options(ModuleDocFragment.NEIGHBOUR)['fdb'], [FDB]),
        (options(ModuleDocFragment.IPTABLES)['chains'], [CHAIN, RULE_KEYS]),
    ],
)
def test_all_keys_are_named(option: dict[str, t.Any], tables: list[Table]) -> None:
    text = ' '.join(option['description'])
    for table in tables:
        for attribute in table.values():
            assert 'C(%s)' % attribute.key in text


def test_the_options_of_a_table_of_nft_are_its_keys() -> None:
    assert set(options(ModuleDocFragment.NFTABLES)) == {attribute.key for attribute in TABLE.values()}


@pytest.mark.parametrize(
    'option, line',
    [
        (ROUTES['routes'], 'C(to) (required) - destination, a prefix or V(default).'),
        (ROUTES['routes'], 'C(mtu) - MTU of the path in bytes, V(1) to V(65520).'),
        (
            ROUTES['routes'],
            'C(onlink) - treat the gateway as directly connected. Default V(false). Needs C(via) and C(dev).',
        ),
        (ROUTES['rules'], 'C(dport) - destination port, C(PORT/MASK), or a range C(LOW-HIGH).'),
    ],
)
def test_a_key_has_a_line(option: dict[str, t.Any], line: str) -> None:
    assert line in option['description']
