# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of ip(8) in the key reference are those that ip itself knows."""

from __future__ import annotations

import re
import subprocess

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.schema import ADDRESS
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.queues import QUEUES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.schema import NEIGHBOUR
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.schema import METRICS, ROUTE
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.schema import RULE


def _help_of(kind: str) -> str:
    return 'tuntap help' if KINDS[kind].by_ioctl else 'link help ' + kind


OBJECTS: list[tuple[str, Table]] = [
    ('address help', ADDRESS),
    ('link help', COMMON),
    ('link help', QUEUES),
    ('link help bridge_slave', PORT),
    ('route help', ROUTE),
    ('route help', METRICS),
    ('rule help', RULE),
    ('neighbour help', NEIGHBOUR),
    # What a WireGuard link has is set with wg(8).
    *[(_help_of(name), kind.settings) for name, kind in KINDS.items() if name != 'wireguard'],
]
# Options of ip itself, what the help writes as ADDRESS, PREFIX or TYPE, and words of ip-rule(8), ip-route(8)
# and ip-address(8) that it leaves out.
UNSAID = {'-4, -6', 'to', 'type', 'address', 'priority', 'tun_id', 'optimistic', 'lock'}
UNSAID |= {'bridge vlan', 'bridge vlan ... self'}  # of bridge(8)
# Words of iproute2 newer than 6.1, which Debian 12 has.
NEWER = {
    'backup_nhid',
    'bclim',
    'coupled_control',
    'dscp',
    'fdb_max_learned',
    'flowlabel',
    'gro_ipv4_max_size',
    'gso_ipv4_max_size',
    'localbypass',
    'mab',
    'mcast_max_groups',
    'mst_enabled',
    'neigh_vlan_suppress',
    'proto',
}


@pytest.mark.parametrize('command, table', OBJECTS, ids=lambda value: value if isinstance(value, str) else '')
def test_ip_knows_the_words(command: str, table: Table) -> None:
    done = subprocess.run(['ip', *command.split()], check=False, capture_output=True, text=True)
    text = re.sub(r'\[i\|o\](\w+)', r'i\1 o\1', done.stdout + done.stderr)
    known = set(re.findall(r'[\w.-]+', text))
    for attribute in table.values():
        words = attribute.iproute2 or attribute.key
        if words not in UNSAID | NEWER:
            assert set(words.split(', ')) <= known, words
