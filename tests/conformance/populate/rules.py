# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules with every selector and action."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.world import P, World, ip_if_known


def populate_rules(world: World) -> None:
    for family, net in (('ipv4', ('10.0.0.0/8', '10.1.1.1/32')), ('ipv6', ('fd00::/8', '::ffff:0:0/96'))):
        for given in (
            Rule('', family, 1, table=1, protocol=P),
            Rule('', family, 0xFFFFFFFF, table=0xFFFFFFFF, protocol=P),
            Rule(
                '',
                family,
                100,
                net[0],
                net[1],
                'va',
                'not-there',
                0x10,
                0xFF,
                4,
                6,
                (1, 65534),
                (80, 80),
                (0, 0xFFFFFFFE),
                True,
                'lookup',
                300,
                0,
                128,
                P,
            ),
            Rule('', family, 101, to=net[1], action='goto', goto=0xFFFFFFFF, protocol=P),
            *[
                Rule('', family, 102 + number, source=net[0], action=action, protocol=P)
                for number, action in enumerate(('nop', 'blackhole', 'unreachable', 'prohibit'))
            ],
            Rule('', family, 110, mark=0, mask=0xFFFFFFFF, table=254, suppress=0, protocol=P),
            Rule('', family, 111, mark=5, mask=5, table=255),
            Rule('', family, 112, users=(7, 7), table=256, protocol=P),
            Rule('', family, 113, ports=(1, 1), protocol_number=17, table=252),
            Rule('', family, 114, source_ports=(5, 6), protocol_number=255, table=5, invert=True),
            Rule('', family, 115, table=5, dscp=0),
            Rule('', family, 116, table=5, source_ports=(80, 80), source_mask=0xFFF0, protocol_number=6),
            Rule('', family, 117, table=5, ports=(80, 80), port_mask=0xFFF0, protocol_number=6),
        ):
            world.send(encode.rule(given, True))
    world.send(encode.rule(Rule('', 'ipv6', 118, table=5, flowlabel=5, flowlabel_mask=0xFF), True))
    for words in (
        'rule add pref 200 not from 10.0.0.0/8 fwmark 0x5 table 300',
        'rule add pref 201 from all l3mdev',
        'rule add pref 202 from all tun_id 5 table 6',
        'rule add pref 203 suppress_ifgroup 5 table 7',
        'rule add pref 204 iif lo goto 205',
        'rule add pref 205 nop',
        'rule add pref 206 from 10.0.0.0/8 table 8 realms 5/6',
        'rule add pref 207 protocol 5 ipproto sctp table 9',
        'rule add pref 208 from all nat 10.0.0.1',
        '-6 rule add pref 200 from fd00::1 iif nope oif nope table 300',
        'rule add pref 0 table local protocol static',
        'rule add pref 32766 table main protocol kernel from 1.2.3.4',
        'rule del pref 32767',
    ):
        ip_if_known(*words.split())
