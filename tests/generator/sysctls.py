# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls of namespaces and of links."""

from __future__ import annotations

import typing as t

from .writer import Writer

SYSCTLS: dict[str, tuple[t.Any, ...]] = {
    'net.ipv4.ip_forward': (0, 1),
    'net.ipv4.conf.all.rp_filter': (0, 1, 2),
    'net.ipv4.conf.default.rp_filter': (0, 1, 2),
    'net.ipv6.conf.all.forwarding': (0, 1, True),
    'net.ipv4.conf.all.arp_ignore': (0, 1, 2),
    'net.ipv4.ip_default_ttl': (64, 60, 255),
    'net.ipv4.ip_local_port_range': ('32768 60999', '20000\t30000'),
    'net.ipv4.ping_group_range': ('1 0', '0  2147483647'),
    'net.core.somaxconn': (4096, 512),
    'net.ipv4.tcp_mtu_probing': (0, 1),
    'net.ipv4.fib_multipath_hash_policy': (0, 1),
    'net/ipv4/tcp_fin_timeout': (60, 31),
    'net.ipv4.tcp_keepalive_time': (7200, 600),
    '-net.ipv4.no_such_setting': (1,),
}
# Left out: forwarding of single links, which conf.all.forwarding overwrites, and times that the kernel rounds
# to jiffies (neigh.*.retrans_time_ms: 1001 is read back as 1004).
LINK_SYSCTLS: dict[str, tuple[int, ...]] = {
    'net.ipv4.conf.%s.arp_ignore': (0, 1, 2),
    'net.ipv4.conf.%s.arp_announce': (0, 1, 2),
    'net.ipv4.conf.%s.proxy_arp': (0, 1),
    'net.ipv4.conf.%s.send_redirects': (0, 1),
    'net.ipv4.conf.%s.rp_filter': (0, 1, 2),
    'net.ipv6.conf.%s.accept_ra': (0, 1, 2),
    'net.ipv6.conf.%s.hop_limit': (64, 50),
}
LINK_WORDS: dict[str, tuple[t.Any, ...]] = {
    'proxy_ndp': ('off', 'on', True),
    # On, the kernel may set -1 by itself, when it cannot make a temporary address (ipv6_create_tempaddr).
    'use_tempaddr': ('off', False) * 2,
}


class Sysctls(Writer):
    """Sets and forgets sysctls."""

    def add_sysctl(self) -> None:
        namespace, place = self.place()
        links = [end.name for end in self.ends_in(namespace)]
        if links and self.chance(0.5):
            key = self.dice.choice(sorted(LINK_SYSCTLS))
            value: t.Any = self.dice.choice(LINK_SYSCTLS[key])
            key = key % self.dice.choice(links).replace('.', '/')
        else:
            key = self.dice.choice(sorted(SYSCTLS))
            value = self.dice.choice(SYSCTLS[key])
        place.setdefault('sysctls', {})[key] = value

    def change_word(self) -> None:
        """A word of a link for a setting that no sysctl of these documents is about."""
        end = self.any_end()
        if end is not None:
            key = self.dice.choice(sorted(LINK_WORDS))
            self.flip(end.entry, key, self.dice.choice(LINK_WORDS[key]))

    def remove_sysctl(self) -> None:
        _namespace, place = self.place()
        if place.get('sysctls'):
            del place['sysctls'][self.dice.choice(sorted(place['sysctls']))]
