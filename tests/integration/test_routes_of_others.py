# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of others that share a destination, over a card and another link: each is restored in its place."""

from __future__ import annotations

import time

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_after, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.test_foreign_objects import CARD, MOVED
from ansible_collections.multinet.linux.tests.integration.world import run

ANOTHER_LINK = (
    'ip link add o type veth peer name o2',
    'ip link set o up',
    'ip link set o2 up',
    'ip address add 10.2.0.1/24 dev o',
    'ip -6 address add fd02::1/64 dev o nodad',
)
OVER_CARD, OVER_OTHER = '10.44.0.0/16 via 10.0.0.1', '10.44.0.0/16 via 10.2.0.2'
IN_IPV6 = 'fd42::/64 nexthop via fd00::5 nexthop via fd02::5 weight 3'
ROUTES = {
    'the first of two': ('ip route add ' + OVER_CARD, 'ip route append ' + OVER_OTHER),
    'the last of two': ('ip route add ' + OVER_OTHER, 'ip route append ' + OVER_CARD),
    'the first and the third of three': (
        'ip route add ' + OVER_CARD,
        'ip route append 10.44.0.0/16 via 10.0.0.2',
        'ip route append ' + OVER_OTHER,
    ),
    'the second of three': (
        'ip route add ' + OVER_OTHER,
        'ip route append ' + OVER_CARD,
        'ip route append 10.44.0.0/16 via 10.2.0.3',
    ),
    'two between three': (
        'ip route add ' + OVER_OTHER,
        'ip route append ' + OVER_CARD,
        'ip route append 10.44.0.0/16 via 10.0.0.2',
        'ip route append 10.44.0.0/16 via 10.2.0.3',
        'ip route append 10.44.0.0/16 via 10.2.0.4',
    ),
    'every other one': (
        'ip route add ' + OVER_CARD,
        'ip route append ' + OVER_OTHER,
        'ip route append 10.44.0.0/16 via 10.0.0.2',
        'ip route append 10.44.0.0/16 via 10.2.0.3',
        'ip route append 10.44.0.0/16 via 10.0.0.3',
    ),
    'hops of IPv4': ('ip route add 10.44.0.0/16 nexthop via 10.0.0.1 weight 2 nexthop via 10.2.0.2',),
    'a hop of IPv6': ('ip -6 route add ' + IN_IPV6,),
    'the link of another in IPv6': (
        'ip -6 route add fd42::/64 dev nic',
        'ip -6 route append fd42::/64 dev o',
    ),
}
DOCUMENTS: dict[str, Document] = {
    'moved': MOVED,
    'down': {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]},
    'without IPv6': {'name': 'x', 'links': [{'name': 'nic', 'kind': 'physical', 'mtu': 1200}]},
    'IPv6 off': {'name': 'x', 'sysctls': {'net.ipv6.conf.nic.disable_ipv6': 1}},
}
ADOPT = Policy(adopt=True)


def _host(routes: tuple[str, ...]) -> str:
    for command in (*CARD, *ANOTHER_LINK, *routes):
        run(command)
    return _routes()


def _routes() -> str:
    """IPv4 routes in their order. IPv6 has none among those of one key (fib6_add_rt2node)."""
    for _attempt in range(200):
        if 'linkdown' not in run('ip -6 route show fd42::/64'):
            break
        time.sleep(0.05)  # the kernel tells of a carrier a moment after the link is up (linkwatch_event)
    ipv6 = sorted(run('ip -o -6 route show fd42::/64').splitlines())
    return run('ip route show 10.44.0.0/16') + '\n'.join(ipv6)


def _comes_back(routes: tuple[str, ...], document: Document) -> None:
    before = _host(routes)
    for number in range(1, converge(document, policy=ADOPT, check=True).ops + 1):
        stopped_after(number, document, policy=ADOPT)
        assert _routes() == before
    stopped_at_the_end(document, policy=ADOPT)
    assert _routes() == before
    converge(document, policy=ADOPT)
    assert not converge(document, policy=ADOPT).ops
    outcome = converge(document, absent=True)
    assert not outcome.not_restored and not outcome.warnings
    assert _routes() == before


@pytest.mark.parametrize('document', DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize('routes', ROUTES.values(), ids=ROUTES)
def test_routes_come_back_to_their_places(routes: tuple[str, ...], document: Document) -> None:
    world.in_world(_comes_back, routes, document)


def _predicted() -> None:
    _host(ROUTES['a hop of IPv6'])
    document = DOCUMENTS['without IPv6']
    with pytest.raises(EngineError) as caught:
        converge(document)
    assert 'route fd42::/64' in str(caught.value)
    [change] = [each for each in converge(document, policy=ADOPT).changes if each.kind == 'route']
    [left] = change.after
    assert 'via fd02::5 dev o' in left and 'fd00::5' not in left
    [change] = [each for each in converge(document, absent=True).changes if each.kind == 'route']
    assert [left] == list(change.before) and 'fd00::5' in change.after[0]


def test_a_hop_that_goes_for_good_is_predicted() -> None:
    world.in_world(_predicted)


def _taken_meanwhile() -> None:
    _host(('ip route add ' + OVER_CARD, 'ip -6 route add fd42::/64 via fd00::5'))
    converge(MOVED)
    others = (
        'ip route add ' + OVER_OTHER,
        'ip -6 route add fd42::/64 via fd02::5',
        'ip address add 10.0.0.9/24 dev o',
    )
    for command in others:
        run(command)
    outcome = converge(MOVED, absent=True)
    [card] = [change for change in outcome.changes if change.kind == 'link' and change.name == 'nic']
    told = ' '.join(outcome.warnings)
    assert 'address 10.0.0.9/24 of link host/nic: is not restored' in told
    assert 'route fd42::/64 via fd00::5' in told and 'address 10.0.0.9/24' not in card.after
    assert not [line for line in card.after if 'fd42::' in line]
    assert 'via fd02::5 dev o' in _routes() and 'fd00::5' not in _routes()
    assert run('ip address show dev o').count('10.0.0.9/24') == 1


def test_what_others_took_meanwhile_stays_theirs_and_is_told() -> None:
    world.in_world(_taken_meanwhile)
