# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules of a document: one spelling for each."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.schema import RULE
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


def only_rule(**keys: t.Any) -> Rule:
    return layout(rules=[{'priority': 100, 'table': 7, **keys}]).rules[0]


def test_rule_spellings_of_one_thing() -> None:
    assert only_rule(**{'from': '10.1.0.0/16'}).family == 'ipv4'
    assert only_rule(to='FD01:0::/64') == only_rule(to='fd01::/64', family='ipv6')
    assert only_rule(mark=16) == only_rule(mark='0x10') == only_rule(mark='0x10/0xffffffff')
    assert (only_rule(mark='0x10/0xf0').mark, only_rule(mark='0x10/0xf0').mask) == (16, 240)
    assert only_rule(ipproto='tcp') == only_rule(ipproto=6)
    assert only_rule(dport=80) == only_rule(dport='80-80')
    assert (
        only_rule(**{'from': 'default'})
        == only_rule(**{'from': '0.0.0.0/0'})
        == only_rule(to='0.0.0.0/0')
        == only_rule()
    )
    assert only_rule(**{'from': '::/0'}) == only_rule(family='ipv6')
    assert only_rule(table='main').table == 254
    assert only_rule(uidrange=0).users == (0, 0)
    assert only_rule().users is None
    goto = layout(rules=[{'priority': 5, 'goto': 9}]).rules[0]
    assert (goto.action, goto.goto) == ('goto', 9)
    assert goto == layout(rules=[{'priority': 5, 'goto': 9, 'action': 'goto'}]).rules[0]


def test_family_of_a_rule_without_addresses() -> None:
    """As with ip-rule(8), and as the page says."""
    assert only_rule().family == only_rule(iif='eth0').family == 'ipv4'
    both = layout(rules=[{'priority': 100, 'table': 7, 'family': 'both'}]).rules
    assert [rule.family for rule in both] == ['ipv4', 'ipv6']
    assert 'Without it the rule is for IPv4 only' in RULE.attributes['family'].text
