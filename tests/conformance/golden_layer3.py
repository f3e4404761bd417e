# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and policy rules whose bytes are kept in golden.txt."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import MASKS, SCOPES
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import (
    Address,
    Lifetimes,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import Countdown
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.golden_case import Case, case

LIVES = Lifetimes(Countdown(1800), Countdown(3600))
IN_IPV6 = {'10.0.0.0/8': 'fd00::/8', '10.0.0.1/32': 'fd00::1/128'}


def _of_scopes() -> dict[str, Address]:
    return {'ipv4 scope %s' % scope: Address('n', 'eth0', '10.0.0.1/24', scope=scope) for scope in SCOPES}


def _with_flags() -> dict[str, Address]:
    return {
        'ipv6 ' + flag: Address('n', 'eth0', 'fd00::1/64', dad=flag == 'optimistic', **{flag: True})
        for flag in MASKS
    }


def address_cases() -> t.Iterator[Case]:
    for add in (True, False):
        word = 'add' if add else 'remove'
        for name, address in {
            'ipv4': Address('n', 'eth0', '10.0.0.1/24'),
            'ipv4 label': Address('n', 'eth0', '10.0.0.1/32', label='eth0:one'),
            'ipv4 no route': Address('n', 'eth0', '10.0.0.1/0', prefix_route=False),
            'ipv4 ours': Address('n', 'eth0', '10.0.0.1/31', protocol=117),
            'ipv6': Address('n', 'eth0', 'fd00::1/64'),
            'ipv6 dad': Address('n', 'eth0', 'fd00::1/128', dad=True),
            'ipv6 no route': Address('n', 'eth0', 'fd00::1/64', prefix_route=False, protocol=255),
            'ipv6 neither': Address('n', 'eth0', 'fd00::1/0', prefix_route=False, dad=True),
            'ipv6 mapped': Address('n', 'eth0', '::ffff:10.0.0.1/128'),
            **_of_scopes(),
            'ipv6 link-local': Address('n', 'eth0', 'fe80::1/64', scope='link'),
            'foreign scope': Address('n', 'eth0', '10.0.0.1/24', scope='77'),
            'peer': Address('n', 'eth0', '10.0.0.1/24', peer='10.9.0.2'),
            'ipv6 peer': Address('n', 'eth0', 'fd00::1/128', peer='fd00::2'),
            'broadcast': Address('n', 'eth0', '10.0.0.1/24', broadcast='10.0.0.255'),
            'metric': Address('n', 'eth0', '10.0.0.1/24', metric=0xFFFFFFFF),
            'ipv6 metric': Address('n', 'eth0', 'fd00::1/64', metric=1),
            'lifetimes': Address('n', 'eth0', '10.0.0.1/24', lifetimes=LIVES),
            'ipv6 lifetimes': Address('n', 'eth0', 'fd00::1/64', lifetimes=LIVES),
            'autojoin': Address('n', 'eth0', '239.0.0.1/32', autojoin=True),
            **_with_flags(),
        }.items():
            yield case('%s %s' % (word, name), encode.address, address, 0x12345, add)


def rule_cases() -> t.Iterator[Case]:
    rules = {'plain': Rule('n', 'ipv4', 1, table=254), 'ipv6 plain': Rule('n', 'ipv6', 0xFFFFFFFF, table=254)}
    for name, members in {
        'from': {'source': '10.0.0.0/8'},
        'to': {'to': '10.0.0.1/32'},
        'iif': {'iif': 'eth0'},
        'oif': {'oif': 'a123456789.1234'},
        'mark': {'mark': 5, 'mask': 0xFFFFFFFF},
        'no mark': {'mask': 0xFF},
        'tos': {'tos': 252},
        'ipproto': {'protocol_number': 255},
        'sport': {'source_ports': (1, 65534)},
        'dport': {'ports': (80, 80)},
        'users': {'users': (0, 0xFFFFFFFE)},
        'root': {'users': (0, 0)},
        'invert': {'invert': True},
        'table 256': {'table': 256},
        'table 255': {'table': 255},
        'highest table': {'table': 0xFFFFFFFF},
        'suppress 0': {'suppress': 0},
        'suppress 128': {'suppress': 128},
        'ours': {'protocol': 117},
        'dscp': {'dscp': 0},
        'flow label': {'flowlabel': 5, 'flowlabel_mask': 0xFFFFF},
        'no flow label': {'flowlabel_mask': 0xFF},
        'port masks': {'source_ports': (80, 80), 'source_mask': 0xFFF0, 'ports': (9, 9), 'port_mask': 0xFF},
        'tunnel': {'tun_id': 0xFFFFFFFFFFFFFFFF},
        'realms': {'realms': 0x30004},
        'interface group': {'suppress_ifgroup': 0},
        'VRF': {'l3mdev': True, 'table': 0},
        'everything': {
            'source': '10.0.0.0/8',
            'to': '10.0.0.1/32',
            'iif': 'eth0',
            'oif': 'eth1',
            'mark': 1,
            'mask': 3,
            'tos': 4,
            'protocol_number': 6,
            'source_ports': (1, 2),
            'ports': (3, 4),
            'users': (5, 6),
            'invert': True,
            'suppress': 7,
            'protocol': 117,
        },
    }.items():
        rules[name] = Rule('n', 'ipv4', 100, **{'table': 1, **members})
        in_ipv6 = {**members, **{key: IN_IPV6[members[key]] for key in ('source', 'to') if key in members}}
        rules['ipv6 ' + name] = Rule('n', 'ipv6', 100, **{'table': 1, **in_ipv6})
    for action in (*rule_model.ACTIONS, '10'):
        for family in ('ipv4', 'ipv6'):
            rules['%s action %s' % (family, action)] = Rule(
                'n',
                family,
                100,
                action=action,
                table=9 if action == 'lookup' else 0,
                goto=0xFFFFFFFF if action == 'goto' else 0,
            )
    for name, rule in rules.items():
        for add in (True, False):
            yield case('%s %s' % ('add' if add else 'remove', name), encode.rule, rule, add)
