# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls that set others along: the switches for forwarding.

With each change the kernel sets forwarding of all links, and for IPv4 whether redirects are accepted
(inet_forward_change, addrconf_fixup_forwarding). What it makes of them when the switch goes back need not be
what they were: a host that accepts no redirects does so afterwards.
"""

from __future__ import annotations

import re
import typing as t

_FAMILIES = {
    'net/ipv4/ip_forward': 'ipv4',
    'net/ipv4/conf/all/forwarding': 'ipv4',
    'net/ipv6/conf/all/forwarding': 'ipv6',
}
_REDIRECTS = 'net/ipv4/conf/all/accept_redirects'
_OF_LINK = re.compile(r'net/(ipv[46])/conf/([^/]+)/forwarding')


def is_switch(key: str) -> bool:
    return key in _FAMILIES


def set_along(key: str, links: t.Iterable[str]) -> list[str]:
    """The settings that change with a switch, in a namespace with these links."""
    family = _FAMILIES[key]
    keys = ['net/%s/conf/%s/forwarding' % (family, link) for link in ('default', *sorted(links))]
    return [_REDIRECTS, *keys] if family == 'ipv4' else keys


def value_along(key: str, switch: str) -> str:
    """What the kernel makes of a setting when its switch gets the value *switch*."""
    if key == _REDIRECTS:
        return '1' if switch == '0' else '0'
    return switch


def switches_of(key: str) -> set[str]:
    """The switches that set *key* along."""
    if key in _FAMILIES:
        return set()
    match = _OF_LINK.fullmatch(key)
    family = 'ipv4' if key == _REDIRECTS else match and match[1]
    return {switch for switch, of_family in _FAMILIES.items() if of_family == family}
