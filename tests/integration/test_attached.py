# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others attached to links is restored: neighbours, proxy entries, entries of forwarding databases,
queueing disciplines with classes and filters, nexthop objects and routes over them."""

from __future__ import annotations

import re

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_after, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.test_foreign_objects import CARD, MOVED, told
from ansible_collections.multinet.linux.tests.integration.world import run

ATTACHED = (
    'ip token set ::77 dev nic',
    'ip neighbour add 10.0.0.7 lladdr 02:00:00:00:00:07 dev nic nud permanent',
    'ip neighbour add fd00::7 lladdr 02:00:00:00:00:07 dev nic nud permanent router',
    'ip neighbour add proxy 10.0.0.8 dev nic',
    'ip neighbour add proxy fd00::8 dev nic',
    'bridge fdb add 02:00:00:00:00:98 dev nic self',
    'ip nexthop add id 5 via 10.0.0.1 dev nic',
    'ip nexthop add id 6 via fd00::1 dev nic proto bgp',
    'ip nexthop add id 7 via 10.0.0.2 dev nic onlink',
    'ip nexthop add id 8 group 5,3/7,2',
    'ip nexthop add id 9 group 5/7 type resilient buckets 32 idle_timer 60 unbalanced_timer 300',
    'ip route add 10.40.0.0/16 nhid 5',
    'ip route add 10.41.0.0/16 nhid 8',
    'ip -6 route add fd41::/64 nhid 6',
    'tc qdisc add dev nic root handle 1: htb default 10 r2q 1',
    'tc class add dev nic parent 1: classid 1:1 htb rate 10mbit',
    'tc class add dev nic parent 1:1 classid 1:10 htb rate 1mbit ceil 2mbit prio 3',
    'tc qdisc add dev nic parent 1:10 handle 10: pfifo limit 77',
    'tc filter add dev nic parent 1: pref 7 protocol ip u32 match ip dst 10.0.0.7/32 flowid 1:10',
    'tc qdisc add dev nic clsact',
    'tc filter add dev nic egress pref 9 protocol ip u32 match ip tos 0x10 0xff classid 1:1',
)
SHOWN = (
    'ip token show',
    'ip neighbour show nud permanent',
    'ip -6 neighbour show nud permanent',
    'ip neighbour show proxy',
    'ip -6 neighbour show proxy',
    'ip -d nexthop',
    'tc qdisc show',
    'tc class show dev nic',
    'tc filter show dev nic',
    'tc filter show dev nic egress',
    'bridge fdb show',
)


STATE = re.compile(r'(direct_packets_stat|unbalanced_time) [\d.]+ ?')


def shown() -> list[str]:
    lines = told()
    for command in SHOWN:
        found = [STATE.sub('', line.strip()) for line in run(command).splitlines()]
        lines += sorted(line for line in found if not re.match(r'(33:33|01:00:5e):|qdisc noqueue', line))
    return lines


def _host() -> list[str]:
    for command in (*CARD, *ATTACHED):
        run(command)
    return shown()


def _there_and_back() -> None:
    before = _host()
    assert len(before) >= 40
    [there] = [change for change in converge(MOVED).changes if change.kind == 'link']
    assert 'neighbour 10.0.0.7' in there.before and 'qdisc htb' in there.before
    assert run('ip nexthop') == ''
    assert not converge(MOVED).ops
    converge(MOVED, absent=True)
    assert shown() == before


def test_what_is_attached_to_a_card_that_goes_comes_back_with_it() -> None:
    world.in_world(_there_and_back)


def _undone() -> None:
    before = _host()
    count = converge(MOVED, check=True).ops
    for last in range(1, count + 1):
        stopped_after(last, MOVED)
        assert shown() == before


def test_what_is_attached_to_a_card_is_there_after_a_move_that_failed_at_any_step() -> None:
    world.in_world(_undone)


CHANGES: dict[str, Document] = {
    'down': {'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]},
    'MTU': {'links': [{'name': 'nic', 'kind': 'physical', 'mtu': 1200}]},
    'IPv6 off': {'sysctls': {'net.ipv6.conf.nic.disable_ipv6': 1}},
}


def _changed(contents: Document) -> None:
    before = _host()
    document = {'name': 'x', **contents}
    before = [line for line in before if 'lft forever' not in line]
    stopped_at_the_end(document, policy=Policy(adopt=True))
    assert _without_lifetimes() == before
    converge(document, policy=Policy(adopt=True))
    assert _without_lifetimes() != before
    assert not converge(document, policy=Policy(adopt=True)).ops
    assert not converge(document, absent=True).not_restored
    assert _without_lifetimes() == before


def _without_lifetimes() -> list[str]:
    """Without the address that IPv6 makes itself."""
    return [line for line in shown() if 'fe80' not in line and 'lft forever' not in line]


@pytest.mark.parametrize('document', CHANGES.values(), ids=CHANGES)
def test_what_is_attached_is_there_after_a_change_and_after_one_that_failed(document: Document) -> None:
    world.in_world(_changed, document)


def _groups_over_two_links(document: Document) -> None:
    """One of the two members of each group stays while the card is away."""
    commands = (
        'ip link add o type veth peer name o2',
        'ip link set o up',
        'ip link set o2 up',
        'ip address add 10.2.0.1/24 dev o',
        'ip nexthop add id 1 via 10.0.0.1 dev nic',
        'ip nexthop add id 2 via 10.2.0.2 dev o',
        'ip nexthop add id 4 group 1/2 type resilient buckets 32 idle_timer 60 unbalanced_timer 300',
        'ip nexthop add id 5 group 1,7/2',
        'ip route add 10.50.0.0/16 nhid 5',
    )
    for command in (*CARD, *commands):
        run(command)
    before = shown()
    stopped_at_the_end(document, policy=Policy(adopt=True))
    assert shown() == before
    converge(document, policy=Policy(adopt=True))
    assert run('ip nexthop show id 5').split()[:4] == ['id', '5', 'group', '2']
    assert not converge(document, absent=True).not_restored
    assert shown() == before


@pytest.mark.parametrize('document', [MOVED, {'name': 'x', **CHANGES['down']}], ids=['moved', 'down'])
def test_groups_get_back_the_nexthops_that_they_lost(document: Document) -> None:
    world.in_world(_groups_over_two_links, document)


# Links of ours

OURS: Document = {
    'name': 'x',
    'links': [
        {'name': 'br', 'kind': 'bridge'},
        {'name': 'p', 'kind': 'veth', 'peer': {'name': 'q'}, 'master': 'br', 'addresses': []},
        {'name': 'a', 'kind': 'veth', 'peer': {'name': 'b'}, 'addresses': ['10.0.0.1/24']},
        {'name': 'mv', 'kind': 'macvlan', 'link': 'a', 'mode': 'bridge', 'addresses': ['10.7.0.1/24']},
        {'name': 'vx', 'kind': 'vxlan', 'id': 9, 'remote': '10.0.0.77', 'link': 'a'},
    ],
}
ON_OURS = (
    'ip neighbour add 10.7.0.7 lladdr 02:00:00:00:00:07 dev mv nud permanent',
    'tc qdisc add dev mv root handle 1: tbf rate 1mbit burst 32kbit latency 400ms',
    'bridge fdb add 02:00:00:00:00:99 dev p master static',
    'bridge fdb append 00:00:00:00:00:00 dst 10.0.0.78 dev vx',
    'bridge fdb add 02:00:00:00:00:97 dst 10.0.0.79 vni 5 dev vx',
)
OURS_SHOWN = ('ip neighbour show nud permanent', 'tc qdisc show dev mv', 'bridge fdb show')


def _of_ours() -> list[str]:
    lines = [line.strip() for command in OURS_SHOWN for line in run(command).splitlines()]
    return sorted(line for line in lines if not re.match(r'(33:33|01:00:5e):', line))


def _remade() -> None:
    converge(OURS)
    for command in ON_OURS:
        run(command)
    before = _of_ours()
    links = [dict(link) for link in OURS['links']]
    links[3]['mode'] = 'private'
    links[4]['id'] = 10
    changed = {**OURS, 'links': links}
    stopped_at_the_end(changed)
    assert _of_ours() == before
    converge(changed)
    assert _of_ours() == before


def test_what_is_attached_to_a_link_that_is_made_again_is_there_afterwards() -> None:
    world.in_world(_remade)


def _address_changes() -> None:
    for command in CARD[:4]:
        run(command)
    document: Document = {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.5.0.9/24']}],
    }
    converge(document)
    run('ip neighbour add 10.5.0.1 lladdr 02:00:00:00:00:77 dev nic nud permanent')
    run('ip nexthop add id 5 via 10.5.0.1 dev nic')
    before = run('ip neighbour show nud permanent') + run('ip nexthop')
    document['links'][0]['addresses'] = ['10.5.0.10/24']
    converge(document)
    assert run('ip neighbour show nud permanent') + run('ip nexthop') == before


def test_neighbours_and_nexthops_of_others_outlive_a_change_of_addresses() -> None:
    world.in_world(_address_changes)
