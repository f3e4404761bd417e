# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading addresses out of a document."""

from __future__ import annotations

import ipaddress
import typing as t

from ...values.problems import Problem, Problems
from ...values.reading import Reader, plain, shown
from .schema import ADDRESS
from .value import Address

Values = dict[str, t.Any]
Interface = t.Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]


def read_address(data: object, path: str, problems: Problems, namespace: str, link: str) -> Address | None:
    """One entry of ``addresses``: ``10.0.0.1/24`` or a mapping with ``address`` and more. None if it is
    wrong."""
    if isinstance(data, dict):
        reader = Reader(data, path, problems)
        where = reader.at('address')
    elif plain(data) is None:
        problems.add(path, 'is not an address', found=shown(data), want='ADDRESS/LENGTH')
        return None
    else:
        reader = _ScalarReader({'address': data}, path, problems)
        where = path
    values: Values = dict(ADDRESS.read(reader, with_defaults=True))
    reader.done()
    if 'address' not in values:
        return None
    parsed = ipaddress.ip_interface(values['address'])
    problem = _problem(parsed)
    if problem is not None:
        problems.note(problem.at(where))
        return None
    if parsed.version == 4:
        _check_ipv4(reader, values, link)
    else:
        _check_ipv6(reader, values)
        values['scope'] = _ipv6_scope(parsed)
    return Address(namespace, link, **values)


class _ScalarReader(Reader):
    """An entry that is an address alone: its faults are those of the entry."""

    def at(self, key: str) -> str:
        return self.path


def _problem(parsed: Interface) -> Problem | None:
    """Why no link can have the address; None if one can."""
    if parsed.ip.is_multicast or parsed.ip.is_unspecified:
        return Problem('', 'cannot be the address of a link', found=str(parsed))
    network = parsed.network
    if parsed.version == 4 and network.num_addresses > 2 and parsed.ip == network.network_address:
        advice = 'choose one of its hosts, %s for example' % (network.network_address + 1)
        return Problem('', 'is the address of the network itself', found=str(parsed), do=advice)
    return None


def _check_ipv4(reader: Reader, values: Values, link: str) -> None:
    label = values.get('label')
    if label is not None:
        of_link = label == link or label.startswith(link + ':')
        if not of_link or len(label.encode()) > 15 or not label.isprintable():
            reader.fault(
                'label',
                'does not fit',
                found=shown(label),
                want='%s:SOMETHING of at most 15 bytes' % link,
            )
    if values['dad']:
        reader.fault('dad', 'does not exist for IPv4', do='leave it out')


def _check_ipv6(reader: Reader, values: Values) -> None:
    if values.get('label') is not None:
        reader.fault('label', 'does not exist for IPv6', do='leave it out')
    if values['scope'] != 'global':
        reader.fault('scope', 'follows from the address in IPv6', do='leave it out')


def _ipv6_scope(parsed: Interface) -> str:
    if parsed.ip.is_link_local:
        return 'link'
    # fec0::/10: retired, but the kernel still tells it apart.
    return 'site' if isinstance(parsed.ip, ipaddress.IPv6Address) and parsed.ip.is_site_local else 'global'
