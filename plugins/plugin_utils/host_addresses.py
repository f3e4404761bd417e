# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of a subnet by their numbers."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import canonical_prefix
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import whole_number

MOST = 65536


def host_addresses(subnet: t.Any, first: t.Any = 1, count: t.Any = 1) -> list[str]:
    """*count* addresses of *subnet*, from number *first* on. The network's own address is number 0.

    Raises ValueError.
    """
    prefix, problem = canonical_prefix(str(subnet))
    if prefix is None:
        raise ValueError('%r %s' % (str(subnet), problem))
    start, many = _number('first', first), _number('count', count)
    if many > MOST:
        raise ValueError('count is out of range (found %d, want at most %d)' % (many, MOST))
    network = ipaddress.ip_network(prefix)
    lowest, highest = _usable(network)
    if many and not lowest <= start <= start + many - 1 <= highest:
        raise ValueError(
            '%s has no room for %d addresses from number %d on (it has numbers %d to %d)'
            % (prefix, many, start, lowest, highest)
        )
    return [str(network.network_address + number) for number in range(start, start + many)]


def _number(name: str, value: t.Any) -> int:
    number = whole_number(value)
    if number is None or number < 0:
        raise ValueError('%s is not a number (found %r, want 0 or more)' % (name, value))
    return number


def _usable(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int]:
    """The numbers of the first and the last address that hosts can have."""
    highest = network.num_addresses - 1
    if highest <= 1:  # links of two addresses use both (RFC 3021, RFC 6164)
        return 0, highest
    return 1, highest - 1 if network.version == 4 else highest  # without the broadcast address
