# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an address can have: made, read back, changed and undone, shown, removed."""

from __future__ import annotations

import socket
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import dump_addresses
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import (
    refused,
    silent,
    stopped_after,
    stopped_at_the_end,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

Entry = dict[str, t.Any]
IPV4, IPV6 = '10.0.0.1/24', 'fd00::1/64'
ATTRIBUTES: dict[str, tuple[Entry, Entry, str]] = {
    # The address, what it has then, and what ip shows of that.
    'peer': ({'address': '10.0.0.1'}, {'peer': '10.0.0.2'}, 'inet 10.0.0.1 peer 10.0.0.2/32'),
    'peer in a network': ({'address': '10.0.0.1'}, {'peer': '10.9.0.2/24'}, '10.0.0.1 peer 10.9.0.2/24'),
    'peer of IPv6': ({'address': 'fd00::1'}, {'peer': 'fd00::2'}, 'inet6 fd00::1 peer fd00::2/128'),
    'broadcast': ({'address': IPV4}, {'broadcast': '10.0.0.77'}, 'brd 10.0.0.77'),
    'broadcast +': ({'address': IPV4}, {'broadcast': '+'}, 'brd 10.0.0.255'),
    'broadcast -': ({'address': IPV4}, {'broadcast': '-'}, 'brd 10.0.0.0'),
    'metric': ({'address': IPV4}, {'metric': 77}, 'metric 77'),
    'metric of IPv6': ({'address': IPV6}, {'metric': 77}, 'metric 77'),
    'valid_lifetime': ({'address': IPV4}, {'valid_lifetime': 9000}, 'dynamic'),
    'valid_lifetime of IPv6': ({'address': IPV6}, {'valid_lifetime': 9000}, 'dynamic'),
    'preferred_lifetime': (
        {'address': IPV4},
        {'valid_lifetime': 9000, 'preferred_lifetime': 0},
        'deprecated dynamic',
    ),
    'deprecated': ({'address': IPV4}, {'preferred_lifetime': 0}, 'deprecated'),
    'deprecated of IPv6': ({'address': IPV6}, {'preferred_lifetime': 0}, 'deprecated'),
    'home': ({'address': IPV6}, {'home': True}, 'home'),
    'mngtmpaddr': ({'address': IPV6}, {'mngtmpaddr': True}, 'mngtmpaddr'),
    'protocol': ({'address': IPV4}, {'protocol': 99}, 'proto 99'),
}


def _document(*addresses: Entry) -> Document:
    links = [{'name': 'card', 'kind': 'physical', 'state': 'up', 'addresses': list(addresses)}]
    return {'name': 'lab', 'links': links}


def _make_card() -> None:
    run('ip link add card type veth peer name other')
    run('ip link set card addrgenmode none')
    run('ip link set other addrgenmode none up')
    run('ip link set card up')


def _shown() -> str:
    """As ip shows it; older ones do not know who made an address."""
    with netlink.NetlinkSocket() as sock:
        found = dump_addresses(sock, '', {socket.if_nametoindex('card'): 'card'})
    return run('ip address show dev card') + ' '.join(['proto %d' % address.protocol for address in found])


def _is_undone(document: Document) -> None:
    before = snapshot()
    for number in range(1, converge(document, check=True).ops + 1):
        stopped_after(number, document)
        assert not difference(before, snapshot()), number


def _life(plain: Entry, more: Entry, shown: str) -> None:
    _make_card()
    bare, full = _document(plain), _document({**plain, **more})
    for document in (full, bare, full):
        _is_undone(document)
        predicted = converge(document, check=True)
        outcome = converge(document)
        assert (predicted.changes, predicted.ops) == (outcome.changes, outcome.ops)
        assert (shown in _shown()) == (document is full), _shown()
        silent(document)
    silent({'name': 'lab', **describe(scope='lab')[0]})
    converge(full, absent=True)
    assert 'scope global' not in _shown()


@pytest.mark.parametrize('attribute', ATTRIBUTES)
def test_an_attribute(attribute: str) -> None:
    world.in_world(_life, *ATTRIBUTES[attribute])


def _groups() -> None:
    _make_card()
    document = _document(*[{'address': ip, 'autojoin': True} for ip in ('239.0.0.1/32', 'ff05::1/128')])
    converge(document)
    silent(document)
    assert _shown().count('autojoin') == 2
    memberships = run('ip maddress show dev card')
    assert '239.0.0.1' in memberships
    assert 'ff05::1' in memberships
    converge(document, absent=True)
    assert '239.0.0.1' not in run('ip maddress show dev card')


def test_a_group_is_joined() -> None:
    world.in_world(_groups)


def _routes_stay() -> None:
    """Renewing a lifetime leaves the routes alone that need the address."""
    _make_card()
    document = _document({'address': IPV4, 'valid_lifetime': 9000}, {'address': IPV6, 'valid_lifetime': 9000})
    converge(document)
    run('ip route add 10.7.0.0/24 via 10.0.0.9 src 10.0.0.1')
    run('ip address change 10.0.0.1/24 dev card valid_lft 100 preferred_lft 50')
    run('ip address change fd00::1/64 dev card nodad valid_lft 100 preferred_lft 50')
    outcome = converge(document)
    assert [change.action for change in outcome.changes] == ['change', 'change']
    assert outcome.ops == 2
    assert '10.7.0.0/24 via 10.0.0.9' in run('ip route')
    silent(document)


def test_a_lifetime_is_renewed_in_place() -> None:
    world.in_world(_routes_stay)


def _lease() -> None:
    _make_card()
    run('ip address add 10.0.0.1/24 brd + dev card valid_lft 1000 preferred_lft 500')
    document = _document({'address': IPV4})
    assert 'dynamic' in refused(document)
    stopped_at_the_end(document, policy=Policy(adopt=True))
    assert 'dynamic' in _shown()
    converge(document, policy=Policy(adopt=True))
    assert 'dynamic' not in _shown()
    assert 'brd 10.0.0.255' in _shown()
    silent(document)


def test_a_lease_that_is_declared_is_taken_over() -> None:
    world.in_world(_lease)


def _two_tunnels() -> None:
    _make_card()
    document = _document(
        {'address': '10.0.0.1', 'peer': '10.0.0.2'}, {'address': '10.0.0.1', 'peer': '10.0.0.3'}
    )
    document['links'].append(
        {'name': 'second', 'kind': 'bridge', 'addresses': [{'address': '10.0.0.1', 'peer': '10.0.0.4'}]}
    )
    converge(document)
    silent(document)
    assert run('ip address').count('10.0.0.1 peer') == 3
    document['links'][0]['addresses'].pop()
    _is_undone(document)
    converge(document)
    assert run('ip address').count('10.0.0.1 peer') == 2


def test_one_address_to_several_peers() -> None:
    world.in_world(_two_tunnels)


def _loopback() -> None:
    run('ip link set lo up')
    run('ip address flush dev lo')
    addresses = ['::1/128', {'address': 'ff01::5', 'autojoin': True}]
    document = {'name': 'lab', 'links': [{'name': 'lo', 'kind': 'physical', 'addresses': addresses}]}
    converge(document)
    silent(document)
    shown = run('ip address show dev lo')
    assert '::1/128 scope host' in shown
    assert 'ff01::5/128 scope host' in shown


def test_the_loopback_addresses_of_ipv6() -> None:
    world.in_world(_loopback)


def _new_link() -> None:
    lives = {'valid_lifetime': 9000}
    document = {
        'name': 'lab',
        'links': [
            {
                'name': 'br0',
                'kind': 'bridge',
                'addresses': [{'address': IPV4, **lives}, {'address': IPV6, **lives}],
            }
        ],
        'routes': [{'to': 'fd07::/64', 'via': 'fd00::9'}],
    }
    converge(document)
    assert 'fd00::/64 dev br0 proto kernel' in run('ip -6 route')
    silent(document)


def test_a_new_link_with_an_address_that_ends_has_the_route_to_its_network() -> None:
    world.in_world(_new_link)
