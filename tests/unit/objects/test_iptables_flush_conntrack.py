# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which connections a rule is about."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel.conntrack import Direction, Flow
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.flush_conntrack import (
    applies_to,
    terms_of,
)


def connection(
    source: str,
    destination: str,
    protocol: int = 6,
    ports: tuple[int, int] = (40000, 80),
    behind: tuple[str, str] = ('', ''),
    port_behind: int = 0,
) -> Flow:
    """One from *source* to *destination*; *behind* is what translation makes of the two."""
    ends = [ipaddress.ip_address(end) for end in (source, destination)]
    after = [ipaddress.ip_address(end or first) for end, first in zip(behind, (source, destination))]
    return Flow(
        protocol,
        Direction(ends[0], ends[1], *ports),
        Direction(after[1], after[0], port_behind or ports[1], ports[0]),
        b'',
    )


PLAIN = connection('10.0.0.5', '10.1.0.1')
PUBLISHED = connection(
    '198.51.100.7', '192.0.2.1', ports=(40000, 8080), behind=('', '10.0.0.2'), port_behind=80
)
MASQUERADED = connection('10.0.0.5', '198.51.100.7', 17, (5000, 53), behind=('192.0.2.1', ''))


@pytest.mark.parametrize(
    'rule, one, answer',
    [
        ('-s 10.0.0.0/24 -p tcp -m tcp --dport 80 -j ACCEPT', PLAIN, True),
        ('-s 10.0.0.0/24 -p tcp -m tcp --dport 443 -j ACCEPT', PLAIN, False),
        ('-s 10.0.0.0/24 -p udp -m udp --dport 80 -j ACCEPT', PLAIN, False),
        ('-s 10.9.0.0/24 -j ACCEPT', PLAIN, False),
        ('-p tcp -m multiport --dports 22,70:90 -j DROP', PLAIN, True),
        ('-p tcp -m multiport --ports 22,443 -j DROP', PLAIN, False),
        ('-s 10.1.0.1/32 -p tcp -m tcp --sport 80 -j ACCEPT', PLAIN, True),  # of the answers
        ('-j DROP', PLAIN, True),
        ('! -s 10.0.0.0/24 -j DROP', PLAIN, True),  # what is turned round is not looked at
        ('-m comment --comment "-s 10.9.9.9 " -j DROP', PLAIN, True),
        ('-m comment --comment -s -m comment --comment --dport -j DROP', PLAIN, True),
        ('-d 192.0.2.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80', PUBLISHED, True),
        ('-d 10.0.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT', PUBLISHED, True),  # behind the translation
        ('-s 198.51.100.0/24 -d 10.0.0.2/32 -j DROP', PUBLISHED, True),
        ('-d 10.0.0.3/32 -p tcp -m tcp --dport 80 -j ACCEPT', PUBLISHED, False),
        ('-s 10.0.0.0/24 -o eth0 -j MASQUERADE', MASQUERADED, True),
        ('-s 192.0.2.1/32 -j DROP', MASQUERADED, True),
        ('-s fd00::/64 -j DROP', PLAIN, False),
    ],
)
def test_a_rule_applies_to_a_connection(rule: str, one: Flow, answer: bool) -> None:
    assert applies_to(terms_of(rule), one) == answer
