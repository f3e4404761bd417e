# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    RULE,
    Case,
    host,
    rule,
)

CASES = [
    Case('rules-number', host(rules=100), 'rules', '100'),
    Case('rule-number', host(rules=[100]), RULE, '100'),
    Case('unknown-key-rule', rule(fwmark=1), RULE + '.fwmark', 'want one of'),
    Case('iif-slash', rule(iif='a/b'), RULE + '.iif', "'a/b'"),
    Case(
        'twice-rule',
        host(rules=[{'priority': 5, 'table': 'main'}, {'priority': 5, 'table': 254}]),
        'rules[1]',
        'rules[0]',
    ),
    Case(
        'twice-rule-both',
        host(
            rules=[
                {'priority': 5, 'table': 9, 'family': 'both'},
                {'priority': 5, 'table': 9, 'family': 'ipv6'},
            ]
        ),
        'rules[1]',
        'rules[0]',
    ),
    Case('rule-l3mdev-table', rule(l3mdev=True), RULE + '.l3mdev', 'leave out table'),
    Case(
        'rule-l3mdev-goto', host(rules=[{'priority': 5, 'l3mdev': True, 'goto': 9}]), RULE + '.l3mdev', 'goto'
    ),
    Case('rule-goto-alone', host(rules=[{'goto': 9}]), RULE + '.priority', 'is missing'),
    Case('rule-dscp-tos', rule(dscp=1, tos=4), RULE + '.dscp', 'cannot be combined with tos'),
    Case('rule-dscp-large', rule(dscp=64), RULE + '.dscp', 'want 0 to 63'),
    Case('rule-realms-ipv6', rule(realms='1/2', family='ipv6'), RULE + '.realms', 'IPv6'),
    Case('rule-realms-both', rule(realms='1/2', family='both'), RULE + '.realms', 'IPv6'),
    Case('rule-realms-word', rule(realms='1/2/3'), RULE + '.realms', "'2/3'"),
    Case('rule-realms-none', rule(realms=0), RULE + '.realms', 'TO or FROM/TO'),
    Case('rule-flowlabel-ipv4', rule(flowlabel=1), RULE + '.flowlabel', 'IPv4'),
    Case(
        'rule-flowlabel-large',
        rule(flowlabel=0x100000, family='ipv6'),
        RULE + '.flowlabel',
        'is not a flow label',
    ),
    Case(
        'rule-flowlabel-mask', rule(flowlabel='3/1', family='ipv6'), RULE + '.flowlabel', 'outside its mask'
    ),
    Case('rule-port-mask', rule(sport='81/0xfff0'), RULE + '.sport', 'is not a port with its mask'),
    Case('rule-tun-id', rule(tun_id=0), RULE + '.tun_id', 'is out of range'),
    Case('rule-protocol-kernel', rule(protocol=2), RULE + '.protocol', 'want 4 to 255'),
    Case(
        'rule-suppress-ifgroup-action',
        host(rules=[{'priority': 5, 'action': 'nop', 'suppress_ifgroup': 1}]),
        RULE + '.suppress_ifgroup',
        'the action nop',
    ),
    Case('rule-silent-twice', host(rules=[{'table': 7}, {'table': 7}]), 'rules[1]', 'rules[0]'),
    Case('rule-priority-zero', rule(priority=0), RULE + '.priority', '0'),
    Case('rule-no-table', host(rules=[{'priority': 5}]), RULE + '.table', 'is missing'),
    Case('rule-table-and-action', rule(action='blackhole'), RULE + '.table', 'blackhole'),
    Case('rule-table-mapping', rule(table={}), RULE + '.table', '{}'),
    Case(
        'rule-action-unknown',
        host(rules=[{'priority': 5, 'action': 'blackhol'}]),
        RULE + '.action',
        'did you mean blackhole?',
    ),
    Case('rule-goto-backwards', host(rules=[{'priority': 100, 'goto': 50}]), RULE + '.goto', '50'),
    Case('rule-goto-itself', host(rules=[{'priority': 100, 'goto': 100}]), RULE + '.goto', '100'),
    Case(
        'rule-goto-nowhere',
        host(rules=[{'priority': 100, 'action': 'goto'}]),
        RULE + '.goto',
        'goto: PRIORITY',
    ),
    Case('rule-goto-word', host(rules=[{'priority': 100, 'goto': 'end'}]), RULE + '.goto', "'end'"),
    Case('rule-mark-word', rule(mark='red'), RULE + '.mark', "'red'"),
    Case('rule-mark-outside-mask', rule(mark='0x100/0xff'), RULE + '.mark', '0x100/0xff'),
    Case('rule-mark-large', rule(mark='0x100000000'), RULE + '.mark', '0x100000000'),
    Case('rule-mark-half', rule(mark='1/'), RULE + '.mark', "'1/'"),
    Case('rule-from-bits', rule(**{'from': '10.0.0.1/24'}), RULE + '.from', '10.0.0.0/24'),
    Case(
        'rule-families',
        rule(**{'from': '10.0.0.0/24', 'to': 'fd00::/64'}),
        RULE + '.to',
        'another address family',
    ),
    Case(
        'rule-family-both-address',
        rule(**{'from': '10.0.0.0/24', 'family': 'both'}),
        RULE + '.family',
        'both',
    ),
    Case('rule-port-zero', rule(dport=0), RULE + '.dport', '0'),
    Case('rule-port-last', rule(sport=65535), RULE + '.sport', '65535'),
    Case('rule-port-backwards', rule(dport='90-80'), RULE + '.dport', "'90-80'"),
    Case('rule-uidrange-word', rule(uidrange='root'), RULE + '.uidrange', "'root'"),
    Case('rule-protocol', rule(ipproto='carrier-pigeon'), RULE + '.ipproto', "'carrier-pigeon'"),
    Case('rule-tos-ecn', rule(tos=1), RULE + '.tos', '1'),
    Case('rule-tos-ipv4', rule(tos=32), RULE + '.tos', '32'),
    Case('rule-suppress', rule(suppress_prefixlength=129), RULE + '.suppress_prefixlength', '129'),
    Case('rule-suppress-ipv4', rule(suppress_prefixlength=40), RULE + '.suppress_prefixlength', 'at most 32'),
]
