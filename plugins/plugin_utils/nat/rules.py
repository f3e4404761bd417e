# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of iptables rules for address translation. All rules of the collection for it are made of these."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import host_port

Entry = dict[str, t.Any]
"""An entry of a document for the layout module."""

ESTABLISHED = '-m conntrack --ctstate RELATED,ESTABLISHED'
INVALID = '-m conntrack --ctstate INVALID'
TRANSLATED = '-m conntrack --ctstate DNAT'
"""Packets of a connection whose destination was translated, and not all that are sent to its address."""

MASQUERADE, SNAT, NONE = 'masquerade', 'snat', 'none'
KINDS = (MASQUERADE, SNAT, NONE)
"""How source addresses are translated."""
SNAT_KEYS = {'ipv4': 'snat_to', 'ipv6': 'snat_to_ipv6'}
"""The variables of roles for the addresses that SNAT takes."""


def rule(*words: str) -> str:
    """A rule of these words, without those that are empty."""
    return ' '.join(word for word in words if word)


def port_match(protocol: str, ports: object) -> str:
    """Matches the destination ports *ports* of a protocol: a number, or LOW:HIGH."""
    return '-p %s -m %s --dport %s' % (protocol, protocol, ports)


def destination_match(address: str) -> str:
    """Matches packets to *address*, or to any address of the host."""
    return '-d %s' % address if address else '-m addrtype --dst-type LOCAL'


def destination_nat(address: str, port: int = 0) -> str:
    """Translates the destination to *address*, and to *port* if there is one."""
    return '-j DNAT --to-destination %s' % (host_port(address, port) if port else address)


def source_nat(kind: str, address: str = '') -> str:
    """Translates the source to *address*, or to that of the link that the packet leaves by."""
    return '-j MASQUERADE' if kind == MASQUERADE else '-j SNAT --to-source %s' % address


def chain(table: str, name: str, family: str, rules: t.Sequence[str]) -> Entry:
    return {'table': table, 'family': family, 'chain': name, 'rules': list(rules)}


def router_sysctls(families: t.Container[str], uplinks: t.Iterable[str]) -> Entry:
    """The sysctls of a host that forwards these families."""
    sysctls: Entry = {}
    if 'ipv4' in families:
        sysctls['net.ipv4.ip_forward'] = 1
    if 'ipv6' in families:
        # A host that becomes a router drops the default route it learned, and ignores router advertisements
        # unless this is 2. Without the uplink, no error: hence the "-", as in sysctl.d(5).
        sysctls.update(('-net/ipv6/conf/%s/accept_ra' % link, 2) for link in uplinks)
        sysctls['net.ipv6.conf.all.forwarding'] = 1
    return sysctls
