# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.host_addresses, documented in host_addresses.yml."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.names import canonical_prefix
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import whole_number

MOST = 65536


def host_addresses(subnet: t.Any, first: t.Any = 1, count: t.Any = 1) -> list[str]:
    """*count* addresses of *subnet*, from its *first* on; the network's own address is number 0."""

    def fault(what: str) -> AnsibleFilterError:
        return AnsibleFilterError('multinet.linux.host_addresses: ' + what)

    prefix, problem = canonical_prefix(str(subnet))
    if prefix is None:
        raise fault('%r %s' % (str(subnet), problem))
    numbers = []
    for name, value, low in (('first', first, 0), ('count', count, 0)):
        number = whole_number(value)
        if number is None or number < low:
            raise fault('%s is no number (found %r, want %d or more)' % (name, value, low))
        numbers.append(number)
    start, many = numbers
    if many > MOST:
        raise fault('count is out of range (found %d, want at most %d)' % (many, MOST))
    network = ipaddress.ip_network(prefix)
    lowest, highest = 0, network.num_addresses - 1
    if highest > 1:  # all but links of two addresses (RFC 3021, RFC 6164) keep the first for the network
        lowest = 1
        if network.version == 4:
            highest -= 1  # broadcast
    if many and not lowest <= start <= start + many - 1 <= highest:
        raise fault(
            '%s has no room for %d addresses from number %d on (it has numbers %d to %d)'
            % (prefix, many, start, lowest, highest)
        )
    return [str(network.network_address + number) for number in range(start, start + many)]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'host_addresses': host_addresses}
