# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of others along with a change is reported, needs consent, and is restored."""

from __future__ import annotations

import re
import socket
import struct
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.test_foreign_objects import CARD, EXCLUSIVE, MOVED
from ansible_collections.multinet.linux.tests.integration.test_foreign_objects import told as all_told
from ansible_collections.multinet.linux.tests.integration.world import run

HOST = (
    *CARD,
    'ip link set nic addrgenmode eui64',  # the kernel's own value
    'ip route add 10.8.0.0/16 via 10.0.0.1 dev nic',
    'ip -6 route add fd08::/64 via fd00::1 dev nic',
    'ip -6 route add default via fd00::1 dev nic proto ra expires 3600',
    'ip -6 address add fd00::a/64 dev nic nodad valid_lft 3600 preferred_lft 3600',
)
ADOPT = Policy(adopt=True)
IPV6 = ['address fd00::9/64 on nic', 'address fd00::a/64 on nic', 'route fd08::/64', 'route default']

CAUSES: dict[str, tuple[Document, list[str]]] = {
    'a link set down': (
        {'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]},
        [*IPV6, 'route 10.8.0.0/16'],
    ),
    'an MTU that is too small for IPv6': (
        {'links': [{'name': 'nic', 'kind': 'physical', 'mtu': 1200}]},
        IPV6,
    ),
    'IPv6 switched off on a link': ({'sysctls': {'net.ipv6.conf.nic.disable_ipv6': 1}}, IPV6),
    'IPv6 switched off': ({'sysctls': {'net.ipv6.conf.all.disable_ipv6': 1}}, IPV6),
}


def told() -> list[str]:
    """Without the address that IPv6 makes itself."""
    return [line for line in all_told() if 'inet6 fe80' not in line and 'lft forever' not in line]


def _comes_back(contents: Document, lost: list[str]) -> None:
    for command in HOST:
        run(command)
    document = {'name': 'x', **contents}
    before = told()
    with pytest.raises(EngineError) as caught:
        converge(document, check=True)
    [text] = caught.value.texts()
    assert 'would make the kernel drop' in text and 'adopt' in text
    assert not [words for words in lost if words not in text]
    stopped_at_the_end(document, policy=ADOPT)
    assert told() == before
    predicted = converge(document, policy=ADOPT, check=True).changes
    done = converge(document, policy=ADOPT).changes
    assert done == predicted
    assert len([change for change in done if change.action == 'delete']) == len(lost)
    assert not [line for line in told() if 'fd00::' in line]
    assert not converge(document).ops
    assert converge(document, absent=True).changes
    assert told() == before


@pytest.mark.parametrize('case', CAUSES.values(), ids=CAUSES)
def test_what_others_lose_is_told_needs_consent_and_comes_back(case: tuple[Document, list[str]]) -> None:
    world.in_world(_comes_back, *case)


def _attached_to_ipv6(contents: Document, lost: list[str]) -> None:
    for command in (
        *CARD,
        'ip neighbour add fd00::7 lladdr 02:00:00:00:00:07 dev nic',
        'ip token set ::77 dev nic',
    ):
        run(command)
    with pytest.raises(EngineError) as caught:
        converge({'name': 'x', **contents}, check=True)
    assert not [words for words in lost if words not in str(caught.value)]


@pytest.mark.parametrize(
    'case',
    [
        ('an MTU that is too small for IPv6', ['neighbour fd00::7', 'token ::77']),
        ('IPv6 switched off on a link', ['neighbour fd00::7']),
        ('IPv6 switched off', ['neighbour fd00::7']),
    ],
)
def test_what_is_attached_to_ipv6_is_told(case: tuple[str, list[str]]) -> None:
    cause, lost = case
    world.in_world(_attached_to_ipv6, CAUSES[cause][0], lost)


def _mended() -> None:
    for command in HOST:
        run(command)
    before = told()
    down = {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]}
    up = {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'up'}]}
    converge(down, policy=ADOPT)
    converge(up)
    assert told() == before
    assert not converge(up).ops


def test_what_others_lost_comes_back_when_its_cause_is_over() -> None:
    world.in_world(_mended)


def _advertise() -> None:
    """Send one router advertisement (RFC 4861, 4.2) from the other end of the card."""
    index = socket.if_nametoindex('far')
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0), ('ff02::1', 0, 0, index))


def _advertised() -> str:
    return run('ip -6 route show default proto ra').strip()


def _forwarding() -> None:
    for command in (*CARD[:3], 'ip link set nic addrgenmode eui64', 'ip -n far link set far up'):
        run(command)
    run('ip netns exec far sysctl -qw net.ipv6.conf.far.dad_transmits=0')
    while 'fe80' not in run('ip -n far -6 address show dev far -tentative'):
        time.sleep(0.05)
    while 'fe80' not in run('ip -6 address show dev nic -tentative'):
        time.sleep(0.05)
    world.inside('far', _advertise)
    while not _advertised():
        time.sleep(0.05)
    document: Document = {'name': 'x', 'sysctls': {'net.ipv6.conf.all.forwarding': 1}}
    with pytest.raises(EngineError) as caught:
        converge(document)
    assert 'set accept_ra of the link to 2, which keeps the route of its router, or set adopt: true' in str(
        caught.value
    )
    route = re.sub(r'expires \d+sec', 'expires', _advertised())
    titles = [change.title for change in converge(document, policy=ADOPT).changes]
    assert titles == ['route host default ipv6', 'sysctl host net.ipv6.conf.all.forwarding']
    assert not _advertised()
    converge(document, absent=True)
    assert not _advertised()  # no copy, beside which the kernel would not learn it: test_routers.py
    world.inside('far', _advertise)
    while not _advertised():
        time.sleep(0.05)
    assert re.sub(r'expires \d+sec', 'expires', _advertised()).split()[:6] == route.split()[:6]
    keeps: Document = {'name': 'x', 'sysctls': {**document['sysctls'], 'net.ipv6.conf.nic.accept_ra': 2}}
    converge(keeps)
    assert _advertised()


def test_the_route_of_a_router_goes_with_forwarding_only_with_consent() -> None:
    world.in_world(_forwarding)


def _vxlan() -> None:
    for command in (
        *CARD,
        'ip link add vx0 type vxlan id 9 group 239.1.1.1 dev nic dstport 4789',
        'ip link set vx0 up',
    ):
        run(command)
    for policy in (Policy(), ADOPT):
        with pytest.raises(EngineError) as caught:
            converge(MOVED, check=True, policy=policy)
        assert list(caught.value.texts()) == [
            'link inner/sig0: cannot be moved: the kernel would remove link host/vx0 of no known scope,'
            ' which is on top of it; remove that one first'
        ]


def test_a_card_with_a_vxlan_of_others_on_it_does_not_move() -> None:
    world.in_world(_vxlan)


def _macvlan() -> None:
    for command in (
        *CARD,
        'ip link add mv0 link nic type macvlan mode bridge',
        'ip link set mv0 addrgenmode none up',
        'ip address add 10.52.0.1/24 dev mv0',
        'ip route add 10.99.0.0/16 via 10.52.0.2',
    ):
        run(command)
    before = told()
    converge(MOVED)
    assert '10.99.0.0/16' in run('ip route')
    converge(MOVED, absent=True)
    assert told() == before


def test_what_stands_on_a_card_that_moves_keeps_its_routes() -> None:
    world.in_world(_macvlan)


# An address that goes

ADDRESS: dict[str, tuple[list[t.Any], list[t.Any]]] = {
    'a shorter prefix': (['10.5.0.9/24'], ['10.5.0.9/25']),
    'another address': (['10.5.0.9/24'], ['10.5.0.10/25']),
    'another order': (['10.5.0.9/24', '10.5.0.10/24'], ['10.5.0.10/24', '10.5.0.9/24']),
}


def _with_addresses(addresses: list[t.Any]) -> Document:
    return {'name': 'x', 'links': [{'name': 'bare', 'kind': 'physical', 'addresses': addresses}]}


def _bare() -> None:
    run('ip link add bare type veth peer name bare2')
    for name in ('bare', 'bare2'):
        run('ip link set %s addrgenmode none up' % name)


def _address_changes(first: list[t.Any], second: list[t.Any]) -> None:
    _bare()
    converge(_with_addresses(first))
    for command in (
        'ip route add default via 10.5.0.1',
        'ip route add 10.77.0.0/16 via 10.5.0.2 proto bgp',
        'ip neighbour add 10.5.0.1 lladdr 02:00:00:00:00:77 dev bare nud permanent',
    ):
        run(command)
    routes = [line for line in run('ip route').splitlines() if 'via' in line]
    converge(_with_addresses(second))
    assert [line for line in run('ip route').splitlines() if 'via' in line] == routes
    assert not converge(_with_addresses(second)).ops


@pytest.mark.parametrize('case', ADDRESS.values(), ids=ADDRESS)
def test_routes_of_others_outlive_a_change_of_addresses(case: tuple[list[t.Any], list[t.Any]]) -> None:
    world.in_world(_address_changes, *case)


def _address_goes() -> None:
    _bare()
    converge(_with_addresses(['10.5.0.9/24']))
    run('ip route add default via 10.5.0.1')
    elsewhere = _with_addresses(['10.6.0.9/24'])
    with pytest.raises(EngineError) as caught:
        converge(elsewhere)
    assert list(caught.value.texts()) == [
        'address 10.5.0.9/24 of link host/bare that changes: would make the kernel drop objects of others'
        ' (found route default via 10.5.0.1 dev bare table main); set adopt: true to let them go; they are'
        ' restored with the previous value'
    ]
    titles = [change.title for change in converge(elsewhere, policy=ADOPT).changes]
    assert 'route host default' in titles
    converge(_with_addresses(['10.5.0.9/24']))
    run('ip route add default via 10.5.0.1')
    titles = [change.title for change in converge(elsewhere, absent=True).changes]
    assert titles == ['address host/bare 10.5.0.9/24', 'route host default']


def test_a_route_of_others_that_needs_an_address_that_goes_is_told() -> None:
    world.in_world(_address_goes)


def _primary_of_others() -> None:
    _bare()
    converge(_with_addresses(['10.5.0.9/24']))
    run('ip address add 10.5.0.20/24 dev bare')
    run('ip route add 10.77.0.0/16 via 10.5.0.2 src 10.5.0.20')
    converge(_with_addresses([]))
    assert run('ip route show 10.77.0.0/16').strip() == '10.77.0.0/16 via 10.5.0.2 dev bare src 10.5.0.20'


def test_a_route_from_a_secondary_address_of_others_outlives_our_primary_one() -> None:
    world.in_world(_primary_of_others)


# In an exclusive namespace


def _exclusive_leaves() -> None:
    converge(EXCLUSIVE)
    run('ip link set nicp up')
    for command in (
        'ip -n ns -6 route add default via fd00::1 dev nic proto ra expires 3600',
        'ip -n ns rule add pref 200 lookup local',
        'ip -n ns rule del pref 0',
    ):
        run(command)
    assert not converge(EXCLUSIVE).changes
    assert 'proto ra' in run('ip -n ns -6 route')
    assert run('ip -n ns route get 10.0.0.9').startswith('local 10.0.0.9')


def test_an_exclusive_namespace_leaves_an_advertised_route_and_a_moved_lookup_of_local_addresses() -> None:
    world.in_world(_exclusive_leaves)
