# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls that are one with another, and those that set others along: the switches.

With each change of a switch the kernel sets the same of all links and of new ones (inet_forward_change,
addrconf_fixup_forwarding, addrconf_disable_ipv6, addrconf_fixup_linkdown), and with forwarding of IPv4 also
whether redirects are accepted. What it makes of them when the switch goes back need not be what they were: a
host that accepts no redirects does so afterwards.
"""

from __future__ import annotations

import re
import typing as t

_SAME = {'net/ipv4/conf/all/forwarding': 'net/ipv4/ip_forward'}  # devinet_sysctl.ctl_forward_entry
_SWITCHES = {
    'net/ipv4/ip_forward': 'net/ipv4/conf/%s/forwarding',
    'net/ipv6/conf/all/forwarding': 'net/ipv6/conf/%s/forwarding',
    'net/ipv6/conf/all/disable_ipv6': 'net/ipv6/conf/%s/disable_ipv6',
    'net/ipv6/conf/all/ignore_routes_with_linkdown': 'net/ipv6/conf/%s/ignore_routes_with_linkdown',
}
"""The settings of links that each of them sets."""
_SWITCH_OF = {of_link: switch for switch, of_link in _SWITCHES.items()}
_REDIRECTS = 'net/ipv4/conf/all/accept_redirects'
_FINER = {
    'unres_qlen': 'unres_qlen_bytes',
    'base_reachable_time': 'base_reachable_time_ms',
    'retrans_time': 'retrans_time_ms',
    'gc_min_interval': 'gc_min_interval_ms',
}
"""Settings that are one with another, which the kernel counts in smaller units (neigh_proc_handlers,
ipv4_route_table, ipv6_route_sysctl_init)."""
_COARSER = {finer: coarser for coarser, finer in _FINER.items()}
_OF_LINK = re.compile(r'(net/ipv[46]/conf/)[^/]+(/[^/]+)')


def one_name(key: str) -> str:
    """The name that we have for a setting: the kernel has two for some."""
    return _SAME.get(key, key)


def is_switch(key: str) -> bool:
    return key in _SWITCHES


def set_along(key: str, links: t.Iterable[str]) -> list[str]:
    """The settings that change with a switch, in a namespace with these links."""
    keys = [_SWITCHES[key] % link for link in ('default', *sorted(links))]
    return [_REDIRECTS, *keys] if key == 'net/ipv4/ip_forward' else keys


def value_along(key: str, switch: str) -> str:
    """What the kernel makes of a setting when its switch gets the value *switch*."""
    if key == _REDIRECTS:
        return '1' if switch == '0' else '0'
    return switch


def default_of(key: str) -> str | None:
    """The default that the kernel gives links for IPv4: those that have it, too (devinet_copy_dflt_conf)."""
    match = _OF_LINK.fullmatch(key)
    return 'net/ipv4/conf/default%s' % match[2] if match and match[1] == 'net/ipv4/conf/' else None


def finer_of(key: str) -> str | None:
    """The name by which a setting has a value that *key* only shows rounded."""
    folder, _slash, name = key.rpartition('/')
    return '%s/%s' % (folder, _FINER[name]) if name in _FINER else None


def switch_of(key: str) -> str | None:
    """The switch that sets *key* along, or its coarser name."""
    folder, _slash, name = key.rpartition('/')
    if name in _COARSER:
        return '%s/%s' % (folder, _COARSER[name])
    if key == _REDIRECTS:
        return 'net/ipv4/ip_forward'
    match = _OF_LINK.fullmatch(key)
    return _SWITCH_OF.get('%s%%s%s' % match.groups()) if match and key not in _SWITCHES else None
