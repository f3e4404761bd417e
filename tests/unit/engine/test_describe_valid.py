# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left out of a description, because no document may contain it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.describe_valid import leave_out_invalid
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import CONTENT_KEYS

WRONG: dict[str, tuple[dict[str, t.Any], str]] = {
    'links': ({'name': 'x', 'kind': 'vlan'}, 'link n/x'),
    'addresses': ({'address': '10.0.0.1', 'dev': 'x'}, 'address 10.0.0.1 on n/x'),
    'nexthops': ({'id': 7, 'dev': 'x'}, 'nexthop 7 in n'),
    'routes': ({'to': '10.0.0.0/8', 'dev': 'x'}, 'route 10.0.0.0/8 in n'),
    'rules': ({'priority': 7, 'table': -1}, 'rule 7 in n'),
    'neighbours': ({'to': '10.0.0.9', 'dev': 'x'}, 'neighbour 10.0.0.9 dev x in n'),
    'fdb': ({'lladdr': '02:00:00:00:00:01', 'dev': 'x'}, 'fdb 02:00:00:00:00:01 dev x in n'),
    'qdiscs': ({'kind': 'tbf', 'link': 'x'}, 'qdisc tbf link x in n'),
    'iptables': ({'chain': 'mine', 'policy': 'DROP'}, 'iptables filter mine in n'),
    'nftables': ({'table': 't', 'content': '}'}, 'nftables inet t in n'),
}


def test_each_list_is_tried() -> None:
    assert set(WRONG) == set(CONTENT_KEYS) - {'sysctls', 'forwarding'}


@pytest.mark.parametrize('key', WRONG)
def test_what_is_wrong_is_left_out_by_its_name(key: str) -> None:
    entry, title = WRONG[key]
    right = {'to': '10.9.0.0/16', 'type': 'blackhole'}
    members = [entry, right] if key == 'routes' else [entry]
    document = {'namespaces': [{'name': 'n', 'routes': [right], key: members}]}
    left_out = leave_out_invalid(document, 'h')
    assert {text.split(': ')[0] for text in left_out} == {title}, left_out
    assert document == {'namespaces': [{'name': 'n', 'routes': [right]}]}
