# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel does to neighbours by itself, what others do, and packets."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent
from ansible_collections.multinet.linux.tests.integration.test_neighbour import (
    DECLARED,
    FOREIGN,
    MOVED,
    NINE,
    host,
    shown,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, run


def _last_address() -> None:
    host()
    entry = {'to': '10.0.0.9', 'dev': 'nic', 'lladdr': NINE}
    document: Document = {
        'name': 'lab',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.9.0.1/24']}],
        'neighbours': [entry, {'to': '10.0.0.8', 'dev': 'nic', 'proxy': True}],
    }
    run('ip address del 10.0.0.1/24 dev nic')
    for command in FOREIGN[::2]:
        run(command)
    converge(document)
    made = shown()
    without = {**document, 'links': []}
    outcome = converge(without)
    assert (outcome.rounds, shown()) == (1, made)
    silent(without)


def test_the_last_address_of_a_link() -> None:
    in_world(_last_address)


def _moved_mac_back() -> None:
    before = host()
    changed = {**DECLARED, 'links': [{'name': 'nic', 'kind': 'physical', 'mac': '02:00:00:00:00:55'}]}
    converge(changed)
    made = shown()
    outcome = converge(DECLARED)
    assert (outcome.rounds, shown()) == (1, made)
    converge(changed)
    converge(changed, absent=True)
    assert shown() == before


def test_a_hardware_address_that_is_restored() -> None:
    in_world(_moved_mac_back)


def _port_of_others() -> None:
    run('ip link add name theirs address 02:00:00:00:00:99 type bridge')
    run('ip link set theirs up')
    for command in FOREIGN[::2]:
        run(command.replace('dev nic', 'dev theirs'))
    before = shown()
    peer = {'name': 'lab-q'}
    port = {'name': 'lab-p', 'kind': 'veth', 'mac': '02:00:00:00:00:01', 'master': 'theirs', 'peer': peer}
    converge({'name': 'lab', 'links': [port]})
    assert shown() == before
    converge({'name': 'lab', 'links': [port]}, absent=True)
    assert shown() == before


def test_a_new_port_that_changes_the_address_of_its_bridge() -> None:
    in_world(_port_of_others)


def _learned_router() -> None:
    host()
    document: Document = {'name': 'lab', 'neighbours': [{'to': 'fd00::9', 'dev': 'nic', 'lladdr': NINE}]}
    converge(document)
    run('ip neighbour replace fd00::9 lladdr %s dev nic router' % NINE)
    silent(document)


def test_the_kernel_learns_who_is_a_router() -> None:
    in_world(_learned_router)


def _nobody_answers() -> None:
    host()
    entry = {'to': '10.0.0.9', 'dev': 'nic', 'lladdr': NINE, 'nud': 'stale', 'extern_learn': True}
    document: Document = {'name': 'lab', 'neighbours': [entry]}
    converge(document)
    run('ip neighbour replace 10.0.0.9 dev nic nud failed extern_learn')
    silent(document)


def test_nobody_answers_for_a_learned_neighbour() -> None:
    in_world(_nobody_answers)


def _two_scopes() -> None:
    host()
    converge(DECLARED)
    made = shown()
    assert 'belongs to scope lab' in refused({**DECLARED, 'name': 'another'})
    other = {'to': '10.0.0.9', 'dev': 'nic', 'lladdr': '02:00:00:00:00:33'}
    assert 'belongs to scope lab' in refused({'name': 'another', 'neighbours': [other]})
    card: Document = {'name': 'card', 'namespaces': MOVED['namespaces']}
    card['namespaces'] = [{**card['namespaces'][0], 'neighbours': []}]
    converge(card)
    converge(DECLARED, absent=True)
    converge(card, absent=True)
    assert shown() == [line for line in made if 'proto 117' not in line]


def test_two_scopes() -> None:
    in_world(_two_scopes)


def _wrong_length() -> None:
    host()
    for lladdr in ('192.0.2.1', '02:00:00:00:00:00:00:09'):
        document: Document = {
            'name': 'lab',
            'neighbours': [{'to': '10.0.0.9', 'dev': 'nic', 'lladdr': lladdr}],
        }
        assert 'has a hardware address of another length' in refused(document)
        assert 'want 6 bytes, as nic has' in refused(document, check=True)


def test_hardware_addresses_of_another_length() -> None:
    in_world(_wrong_length)


# Packets


def _far(command: str) -> str:
    return run('ip netns exec far ' + command, check=False)


def _wire() -> None:
    for command in (
        'ip netns add far',
        'ip link add name nic address 02:00:00:00:00:01 type veth peer name eth0 netns far'
        ' address 02:00:00:00:00:02',
        'ip link set nic up',
        'ip -n far link set eth0 up',
        'ip address add 10.0.0.1/24 dev nic',
        'ip address add fd00::1/64 dev nic nodad',
        'ip -n far address add 10.0.0.2/24 dev eth0',
        'ip -n far address add fd00::2/64 dev eth0 nodad',
        'ip link add name behind type bridge',
        'ip link set behind up',
        'ip route add 10.0.0.8 dev behind',
        'ip route add fd00::8 dev behind',
    ):
        run(command)


def _resolves(address: str) -> bool:
    """Whether the far end finds out the hardware address of a neighbour."""
    run('ip -n far neighbour flush dev eth0')
    _far('ping -c 1 -W 1 ' + address)
    return 'lladdr 02:00:00:00:00:01' in run('ip -n far neighbour show ' + address)


def _answered() -> None:
    _wire()
    run('sysctl -qw net.ipv4.neigh.nic.proxy_delay=0 net.ipv6.neigh.nic.proxy_delay=0')
    run('sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.nic.proxy_ndp=1')
    assert not _resolves('10.0.0.8') and not _resolves('fd00::8')
    entries = [{'to': to, 'dev': 'nic', 'proxy': True} for to in ('10.0.0.8', 'fd00::8')]
    document: Document = {'name': 'lab', 'neighbours': entries}
    converge(document)
    assert _resolves('10.0.0.8') and _resolves('fd00::8')
    converge(document, absent=True)
    assert not _resolves('10.0.0.8')


def test_proxies_answer() -> None:
    in_world(_answered)


def _used() -> None:
    """The far end answers no ARP, and is reached all the same."""
    _wire()
    run('ip -n far neighbour add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0')
    run('ip -n far link set eth0 arp off')
    run('ip -n far link set eth0 address 02:00:00:00:00:02')
    run('ip -n far neighbour replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0')
    assert ' 0% packet loss' not in run('ping -c 1 -W 1 10.0.0.2', check=False)
    entry = {'to': '10.0.0.2', 'dev': 'nic', 'lladdr': '02:00:00:00:00:02'}
    converge({'name': 'lab', 'neighbours': [entry]})
    assert ' 0% packet loss' in run('ping -c 1 -W 1 10.0.0.2', check=False)


def test_a_permanent_neighbour_is_not_asked_for() -> None:
    in_world(_used)
