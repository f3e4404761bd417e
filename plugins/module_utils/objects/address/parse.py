# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading addresses out of a document."""

from __future__ import annotations

import ipaddress
import typing as t

from ...values.countdown import FOREVER, Countdown
from ...values.names import Interface, family_of, interface_of, is_of_host
from ...values.problems import Problem, Problems
from ...values.reading import Reader, plain, shown
from .schema import ADDRESS, IPV6_ONLY
from .value import Address, Lifetimes

Values = dict[str, t.Any]


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
    before = len(problems.found)
    _read_peer(reader, values)
    parsed = interface_of(values['address'])
    problem = _problem(parsed, values)
    if problem is not None:
        problems.note(problem.at(where))
        return None
    _read_lifetimes(reader, values, parsed.version)
    if parsed.version == 4:
        _check_ipv4(reader, values, link)
    else:
        _check_ipv6(reader, values)
        values['scope'] = _ipv6_scope(parsed)
    return Address(namespace, link, **values) if len(problems.found) == before else None


class _ScalarReader(Reader):
    """An entry that is an address alone: its problems are those of the entry."""

    def at(self, key: str) -> str:
        return self.path


def _read_peer(reader: Reader, values: Values) -> None:
    """Take the peer's prefix length over to the address, as ip-address(8) does."""
    ip, length = values['address'].split('/')
    peer, _slash, of_peer = values['peer'].partition('/')
    if not peer:
        return
    if family_of(peer) != family_of(ip):
        reader.problem('peer', 'has another address family than the address', found=peer)
    elif values['autojoin']:  # a group has no other end; IPv4 joins the peer (ip_mc_autojoin_config)
        reader.problem('peer', 'does not fit autojoin', found=peer, do='leave it out')
    elif peer == ip:
        reader.problem('peer', 'is the address itself', found=peer, do='leave it out')
    elif of_peer and length not in (of_peer, '32' if '.' in ip else '128'):
        want = '/%s, or none in the address' % length
        reader.problem('peer', 'has another prefix length than the address', found='/' + of_peer, want=want)
    else:
        values['address'] = '%s/%s' % (ip, of_peer or length)
        values['peer'] = peer


def _problem(parsed: Interface, values: Values) -> Problem | None:
    """Why no link can have the address; None if one can."""
    if values['autojoin'] and not parsed.ip.is_multicast:
        return Problem('', 'is not a multicast address, which autojoin needs', found=str(parsed))
    if parsed.ip.is_multicast and not values['autojoin']:
        advice = 'set autojoin: true to join the group'
        return Problem('', 'cannot be the address of a link', found=str(parsed), do=advice)
    if parsed.ip.is_unspecified:
        return Problem('', 'cannot be the address of a link', found=str(parsed))
    network = parsed.network
    is_network = parsed.version == 4 and network.num_addresses > 2 and parsed.ip == network.network_address
    if is_network and not values['peer']:
        advice = 'choose one of its hosts, %s for example' % (network.network_address + 1)
        return Problem('', 'is the address of the network itself', found=str(parsed), do=advice)
    return None


def _read_lifetimes(reader: Reader, values: Values, version: int) -> None:
    valid = values.pop('valid_lifetime', FOREVER)
    preferred = values.pop('preferred_lifetime', valid)
    if preferred > valid:
        found = ADDRESS['preferred_lifetime'].type.text(preferred)
        want = 'at most %d, the valid_lifetime' % valid
        reader.problem('preferred_lifetime', 'is longer than the address lives', found=found, want=want)
    if version == 4 and valid == FOREVER and 0 < preferred < FOREVER:  # check_lifetime
        what = 'does not run down while an IPv4 address is valid for ever'
        reader.problem('preferred_lifetime', what, found=str(preferred), do='set valid_lifetime too, or 0')
    if (preferred, valid) != (FOREVER, FOREVER):
        values['lifetimes'] = Lifetimes(Countdown(preferred), Countdown(valid))


def _check_ipv4(reader: Reader, values: Values, link: str) -> None:
    label = values.get('label')
    if label is not None:
        of_link = label == link or label.startswith(link + ':')
        if not of_link or len(label.encode()) > 15 or not label.isprintable():
            reader.problem(
                'label',
                'does not fit',
                found=shown(label),
                want='%s:SOMETHING of at most 15 bytes' % link,
            )
    for key in IPV6_ONLY:
        if values[key]:
            reader.problem(key, 'does not exist for IPv4', do='leave it out')
    if values['broadcast']:
        _read_broadcast(reader, values)


def _read_broadcast(reader: Reader, values: Values) -> None:
    """The broadcast address, which may be that of the network that the address reaches."""
    ip, length = values['address'].split('/')
    if values['broadcast'] in ('+', '-'):
        network = ipaddress.ip_network('%s/%s' % (values['peer'] or ip, length), strict=False)
        is_last = values['broadcast'] == '+'
        broadcast = str(network.broadcast_address if is_last else network.network_address)
        if network.num_addresses < 4 or not is_of_host(broadcast):
            reader.problem('broadcast', 'does not exist in %s' % network, do='leave it out')
            return
        values['broadcast'] = broadcast
    # The kernel makes a route of broadcasts to any (fib_add_ifaddr), in the way of the address itself. DHCP
    # servers of clouds give an address alone itself as its broadcast.
    if values['broadcast'] == ip and length != '32':
        reader.problem('broadcast', 'is the address itself', found=ip, do='leave it out')


def _check_ipv6(reader: Reader, values: Values) -> None:
    for key in ('label', 'broadcast'):
        if values.get(key):
            reader.problem(key, 'does not exist for IPv6', do='leave it out')
    if values['scope'] != 'global':
        reader.problem('scope', 'follows from the address in IPv6', do='leave it out')
    if values['mngtmpaddr'] and not values['address'].endswith('/64'):
        found = '/' + values['address'].split('/')[1]
        reader.problem('mngtmpaddr', 'needs another prefix length', found=found, want='/64')
    if values['optimistic'] and not values['dad']:
        reader.problem('optimistic', 'is about the detection of duplicates', do='set dad: true too')


def _ipv6_scope(parsed: Interface) -> str:
    if parsed.ip.is_multicast:  # RFC 4291, 2.7
        return _MULTICAST_SCOPES.get(parsed.ip.packed[1] & 0xF, 'global')
    if parsed.ip.is_loopback:
        return 'host'
    if parsed.ip.is_link_local:
        return 'link'
    # fec0::/10: retired, but the kernel still tells it apart.
    return 'site' if isinstance(parsed.ip, ipaddress.IPv6Address) and parsed.ip.is_site_local else 'global'


_MULTICAST_SCOPES = {1: 'host', 2: 'link', 5: 'site'}  # ipv6_addr_scope2type
