# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role bridged_nodes by its playbooks on a real kernel, proved by what can be seen from every side."""

from __future__ import annotations

import itertools
import json
import pathlib
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.filter.host_addresses import host_addresses
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration.bridged_nodes_world import (
    HOST_ADDRESS,
    OUTSIDE,
    OUTSIDE_ADDRESS,
    UPLINK,
    World,
    address,
)


@pytest.fixture(name='world')
def _world() -> t.Iterator[World]:
    with World() as world:
        yield world


# The bridge and the nodes.


def test_first_packet_over_a_new_bridge_arrives(world: World) -> None:
    world.play('cluster', count=2)
    assert world.pings('pxc1', address(2))


def test_bridge_keeps_its_hardware_address_while_ports_join(world: World) -> None:
    seen = set()
    for count in (0, 2, 4):
        world.play('cluster', count=count)
        links = world.links()
        assert sum(link.get('master') == 'br-pxc' for link in links.values()) == count
        seen.add(links['br-pxc']['address'])
    assert len(seen) == 1


def test_growing_adds_nodes_and_touches_no_other(world: World) -> None:
    world.play('cluster', count=4)
    before = world.links(), world.links('pxc1')
    world.serve('pxc1')
    link, _name, _seen = world.connect('pxc4', address(1))
    grown = world.cluster(count=6)
    assert sorted(grown.names) == sorted(
        entry % {'n': number, 'address': address(number)}
        for number in (5, 6)
        for entry in (
            'create namespace pxc%(n)d',
            'create link host/br-pxc-%(n)d',
            'create link pxc%(n)d/eth0',
            'create address pxc%(n)d/eth0 %(address)s/24',
            'create route pxc%(n)d default',
        )
    )
    after = world.links()
    for name, was in before[0].items():
        assert (after[name]['ifindex'], after[name]['address']) == (was['ifindex'], was['address'])
    assert world.links('pxc1')['eth0'] == before[1]['eth0']
    with link:  # a connection goes on
        link.sendall(b'still there')
        assert link.recv(100) == b'still there'
    assert world.ask('pxc6', address(1)) == ('pxc1', address(6))


def test_shrinking_removes_the_last_node_cleanly(world: World) -> None:
    world.play('cluster', count=3)
    three = world.state()
    world.play('cluster', count=4)
    world.play('cluster', count=3)
    assert world.namespaces() == [OUTSIDE, 'pxc1', 'pxc2', 'pxc3']
    assert world.state() == three


def test_long_names_are_shortened_and_say_in_full_whose_they_are(world: World) -> None:
    world.cluster(name='a-database-with-a-long-name', count=2)
    links = world.links()
    made = [name for name in links if name not in ('lo', UPLINK)]
    assert len(made) == 3 and all(len(name) <= 15 for name in made)
    assert {links[name]['ifalias'] for name in made} == {'multinet:a-database-with-a-long-name'}
    assert world.pings('a-database-with-a-long-name1', address(2))


def test_mtu_is_that_of_the_bridge_and_both_ends(world: World) -> None:
    world.play('cluster', count=1, mtu=1400)
    links = world.links()
    assert [links['br-pxc']['mtu'], links['br-pxc-1']['mtu'], world.links('pxc1')['eth0']['mtu']] == [
        1400
    ] * 3


# The host's own settings.


def test_forwarding_is_needed_put_right_and_restored(world: World) -> None:
    assert world.sysctl('net.ipv4.ip_forward') == '0'
    world.play('cluster', count=1)
    assert world.sysctl('net.ipv4.ip_forward') == '1'
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    world.run('sysctl -qw net.ipv4.ip_forward=0')
    assert not world.works('ip netns exec pxc1 ping -n -c 1 -W 1 ' + OUTSIDE_ADDRESS)
    assert world.play('cluster', count=1).names == ['change sysctl host net.ipv4.ip_forward']
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    world.play('cluster_remove')
    assert world.sysctl('net.ipv4.ip_forward') == '0'


def test_forwarding_that_was_on_stays_on(world: World) -> None:
    world.run('sysctl -qw net.ipv4.ip_forward=1')
    world.play('cluster', count=1)
    world.play('cluster_remove')
    assert world.sysctl('net.ipv4.ip_forward') == '1'


def test_removal_leaves_the_host_as_it_was_with_all_that_others_made(world: World) -> None:
    for command in (
        'iptables -A FORWARD -s 203.0.113.0/24 -j DROP',
        'iptables -t nat -N THEIRS',
        'iptables -t nat -A POSTROUTING -j THEIRS',
        'ip6tables -A INPUT -p tcp --dport 22 -j ACCEPT',
        'ip netns add theirs1',
        'ip link add br-theirs type bridge',
        'ip address add 203.0.113.1/24 dev br-theirs',
        'ip link set br-theirs up',
        'ip route add 203.0.113.128/25 via 192.0.2.2 table 100',
        'ip rule add from 203.0.113.1 table 100 priority 1000',
    ):
        world.run(command)
    before = world.state()
    world.play(
        'cluster',
        count=6,
        publish=[{'node': 6, 'port': 80, 'protocol': 'tcp'}, {'node': 1, 'port': 53, 'protocol': 'udp'}],
    )
    assert world.state() != before
    world.play('cluster_remove')
    assert world.state() == before
    again = world.play('cluster_remove')
    assert ' changed=0 ' in again.output
    assert world.state() == before


def test_check_mode_predicts_the_run_and_changes_nothing(world: World) -> None:
    before = world.state()
    predicted = world.play('cluster', '--check', '--diff', count=2)
    assert world.state() == before
    done = world.play('cluster', '--diff', count=2)
    assert done.result['changes'] == predicted.result['changes'] and len(done.result['changes']) == 16
    there = world.state()
    predicted = world.play('cluster', '--check', count=1, state='absent')
    assert world.state() == there
    assert predicted.result['changes'] == world.play('cluster', count=1, state='absent').result['changes']
    assert world.state() == before


@pytest.mark.parametrize(
    ('theirs', 'words'),
    [
        ('ip address add 10.200.0.1/16 dev uplink0', ('10.200.0.0/16', UPLINK)),
        ('ip route add 10.200.10.128/25 via 192.0.2.2', ('10.200.10.128/25', UPLINK)),
    ],
)
def test_a_subnet_that_the_host_reaches_already_is_refused(
    world: World, theirs: str, words: tuple[str, ...]
) -> None:
    world.run(theirs)
    before = world.state()
    played = world.play('cluster', check=False)
    assert played.status and 'overlaps' in played.result['msg'], played.output
    for word in words:
        assert word in played.result['msg']
    assert [line for line in world.state() if '/run/multinet' not in line] == before


def test_two_clusters_on_one_host_know_nothing_of_each_other(world: World) -> None:
    world.play('cluster', count=2)
    alone = world.state()
    world.cluster(name='two', subnet='10.200.20.0/24', count=2)
    assert world.pings('two1', '10.200.20.3') and world.pings('pxc1', address(2))
    for namespace in ('two1', 'pxc1', OUTSIDE):
        world.serve(namespace)
    for source, target in (('two1', address(1)), ('pxc1', '10.200.20.2')):
        with pytest.raises(ConnectionRefusedError):
            world.ask(source, target)
        assert world.ask(source, OUTSIDE_ADDRESS) == (OUTSIDE, HOST_ADDRESS)
    world.stop_serving()
    world.play('cluster_remove', name='two')
    assert world.state() == alone
    assert world.pings('pxc1', OUTSIDE_ADDRESS)


def test_numbers_of_namespaces_are_as_asked_for_and_stay(world: World) -> None:
    wanted = {'pxc%d' % number: 99 + number for number in (1, 2, 3)}

    def numbers() -> dict[str, int]:
        return {
            entry['name']: entry['nsid']
            for entry in json.loads(world.run('ip -j netns list-id'))
            if entry.get('name', '').startswith('pxc')
        }

    world.cluster(count=2, first_nsid=100)
    assert numbers() == {'pxc1': 100, 'pxc2': 101}
    world.cluster(count=3, first_nsid=100)
    assert numbers() == wanted


# Partitions.


def test_partition_parts_the_groups_alone_and_heals(world: World) -> None:
    world.play('cluster', count=4)
    whole = world.state()
    assert world.play('partition', partition=[[1], [2, 3]]).result['changed']
    assert not world.play('partition', partition=[[1], [2, 3]]).result['changed']

    def hear(one: int, other: int) -> bool:
        return world.works('ip netns exec pxc%d ping -n -c 1 -W 1 %s' % (one, address(other)))

    assert [pair for pair in itertools.permutations((1, 2, 3, 4), 2) if not hear(*pair)] == [
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 1),
    ]
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    assert not world.play('cluster', count=4).result['changed']  # it stays while the cluster is converged
    world.play('partition', partition_state='absent')
    assert hear(1, 2) and hear(3, 1)
    assert world.state() == whole


def test_removal_ends_a_partition_as_well(world: World) -> None:
    before = world.state()
    world.play('cluster', count=2)
    world.play('partition', count=2, partition=[[1], [2]])
    world.play('cluster_remove')
    assert world.state() == before


# Addresses by number.


@pytest.mark.parametrize(
    ('arguments', 'wanted'),
    [
        (('10.0.0.0/24',), ['10.0.0.1']),
        (('10.0.0.0/24', 254), ['10.0.0.254']),
        (('10.0.0.0/23', '255', '2'), ['10.0.0.255', '10.0.1.0']),
        (('10.0.0.0/31', 0, 2), ['10.0.0.0', '10.0.0.1']),
        (('10.0.0.0/24', 1, 0), []),
        (('fd00:10::/64', 255, 2), ['fd00:10::ff', 'fd00:10::100']),
        (('fd00:10:0:0:0:0:0:0/126', 3), ['fd00:10::3']),
    ],
)
def test_host_addresses(arguments: tuple[t.Any, ...], wanted: list[str]) -> None:
    assert host_addresses(*arguments) == wanted


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('10.0.0.0/24', 0), 'has no room'),
        (('10.0.0.0/24', 255), 'has no room'),
        (('fd00::/64', 0), 'has no room'),
        (('10.0.0.1/24',), 'has host bits set'),
        (('somewhere',), 'is not a prefix'),
        (('10.0.0.0/24', 'x'), 'first is not a number'),
        (('10.0.0.0/24', 1, -1), 'count is not a number'),
        (('fd00::/64', 1, 1 << 40), 'count is out of range'),
    ],
)
def test_host_addresses_that_are_none(arguments: tuple[t.Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        host_addresses(*arguments)


# What is written about it.


def test_example_of_the_readme_works_when_pasted(world: World, tmp_path: pathlib.Path) -> None:
    before = world.state()
    example = tmp_path / 'lab.yml'
    text = (tree.TOP / 'README.md').read_text(encoding='utf-8').split('```yaml\n')[1].split('```')[0]
    assert len(text.splitlines()) == 12
    example.write_text(text, encoding='utf-8')
    assert ' changed=1 ' in world.play(str(example)).output
    assert ' changed=0 ' in world.play(str(example)).output
    assert world.pings('web1', '10.20.0.4') and world.pings('web3', '10.20.0.1')
    more = text.replace('replicas: 3', 'replicas: 5')
    example.write_text(more, encoding='utf-8')
    assert [name for name in world.play(str(example)).names if 'namespace' in name] == [
        'create namespace web4',
        'create namespace web5',
    ]
    example.write_text(text.split('        links:')[0] + '        state: absent\n', encoding='utf-8')
    world.play(str(example))
    assert world.state() == before


def test_a_site_play_takes_hosts_and_batches(world: World, tmp_path: pathlib.Path) -> None:
    site = tmp_path / 'site.yml'
    site.write_text(
        yaml.safe_dump(
            [
                {
                    'import_playbook': 'multinet.linux.cluster',
                    'vars': {'cluster_hosts': 'localhost', 'cluster_serial': 10, 'bridged_nodes_count': 1},
                }
            ]
        ),
        encoding='utf-8',
    )
    world.play(str(site))
    assert world.namespaces() == [OUTSIDE, 'pxc1']


def test_role_readme_has_every_variable() -> None:
    role = tree.TOP / 'roles/bridged_nodes'
    specs = yaml.safe_load((role / 'meta/argument_specs.yml').read_text(encoding='utf-8'))['argument_specs']
    named = {name for spec in specs.values() for name in spec['options']}
    defaults = yaml.safe_load((role / 'defaults/main.yml').read_text(encoding='utf-8'))
    assert set(defaults) <= named
    told = (role / 'README.md').read_text(encoding='utf-8')
    assert [name for name in sorted(named) if '| `%s` |' % name not in told] == []
