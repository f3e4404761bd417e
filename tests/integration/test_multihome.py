# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role multihome, shown with packets: a host on two networks, whose routers both lead to a third one.

host up0 10.1.0.2 --- 10.1.0.9 ra .1 --- 198.51.100.0/25 --- 198.51.100.9 far
host up1 10.2.0.2 --- 10.2.0.9 rb .1 --- 198.51.100.128/25 -- 198.51.100.209 far
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import typing as t

from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  roles:
    - role: multinet.linux.multihome
"""
ROLE = {
    'multihome_links': [
        {
            'name': 'up0',
            'found': True,
            'addresses': ['10.1.0.2/24', 'fd01::2/64'],
            'gateways': ['10.1.0.9', 'fd01::9'],
        },
        {
            'name': 'up1',
            'kind': 'physical',
            'addresses': ['10.2.0.2/24', {'address': '10.2.0.3/24', 'label': 'up1:sip'}, 'fd02::2/64'],
            'gateways': ['10.2.0.9', 'fd02::9'],
        },
    ],
    'multihome_default': 'up0',
    'multihome_default_metric': 50,
    'multihome_default_outbound': {'ipv4': '10.2.0.3'},
    'multihome_multicast': {'link': 'up1', 'groups': ['239.0.0.0/8']},
}
FAR = {'ra': '198.51.100.9', 'rb': '198.51.100.209'}


def furnish() -> None:
    run('ip netns add far')
    run('ip -n far link set lo up')
    for name, link, number, first in (('ra', 'up0', 1, 1), ('rb', 'up1', 2, 129)):
        run('ip netns add ' + name)
        run('ip -n %s link set lo up' % name)
        run('ip link add %s type veth peer name eth0 netns %s' % (link, name))
        run('ip -n %s link add eth1 type veth peer name %s netns far' % (name, name))
        for where, device, address in (
            ('-n ' + name, 'eth0', '10.%d.0.9/24' % number),
            ('-n ' + name, 'eth1', '198.51.100.%d/25' % first),
            ('-n far', name, FAR[name] + '/25'),
        ):
            run('ip %s address add %s dev %s' % (where, address, device))
            run('ip %s link set %s up' % (where, device))
        run('ip -n %s address add fd0%d::9/64 dev eth0 nodad' % (name, number))
        run('ip -n far route add 10.%d.0.0/24 via 198.51.100.%d' % (number, first))
        run('ip netns exec %s sysctl -qw net.ipv4.ip_forward=1' % name)
        run('ip link set %s up' % link)
        # What passes here is counted: requests, answers, IGMP.
        run('ip netns exec %s iptables -A FORWARD -i eth0 -p icmp --icmp-type 0' % name)
        run('ip netns exec %s iptables -t raw -A PREROUTING -i eth0 -p igmp' % name)
    # Either half of the far network answers by the other router's way too.
    run('ip -n ra route add 198.51.100.128/25 via %s' % FAR['ra'])
    run('ip -n rb route add 198.51.100.0/25 via %s' % FAR['rb'])
    run('ip address add 10.1.0.2/24 dev up0')
    run('ip address add fd01::2/64 dev up0 nodad')
    run('ip route add default via 10.1.0.9 metric 100')
    # What is to be shown does not exist by itself.
    for key in ('all.rp_filter', 'default.rp_filter', 'up0.rp_filter', 'up1.rp_filter', 'all.arp_ignore'):
        run('sysctl -qw net.ipv4.conf.%s=0' % key)


def play(folder: str, **variables: t.Any) -> str:
    program = shutil.which('ansible-playbook')
    assert program
    path = pathlib.Path(folder, 'play.yml')
    path.write_text(PLAY, encoding='ascii')
    given = {'ansible_python_interpreter': sys.executable, **ROLE, **variables}
    surroundings = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    done = subprocess.run(
        [program, '-i', 'localhost,', '-e', json.dumps(given), str(path)],
        check=False,
        capture_output=True,
        text=True,
        env=surroundings,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.search(r'changed=(\d+)', done.stdout)[1]  # type: ignore[index] # a play has a recap


def pings(namespace: str, address: str, *options: str) -> bool:
    return (
        subprocess.run(
            ['ip', 'netns', 'exec', namespace, 'ping', '-n', '-q', '-c', '1', '-W', '1', *options, address],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )


def passed(namespace: str, chain: str = 'FORWARD', table: str = 'filter') -> int:
    """How many packets matched the counting rule since the last call."""
    found = run('ip netns exec %s iptables -t %s -nvxL %s -Z' % (namespace, table, chain))
    return int(found.splitlines()[2].split()[0])


def source_seen(address: str) -> str:
    """The address that a connection comes from which asks for none."""
    server = inside('far', socket.create_server, ('0.0.0.0', 9))
    with server, socket.create_connection((address, 9), 3):
        return str(server.accept()[1][0])


def answers(address: str) -> dict[str, int]:
    """Which router sees the answer to a ping from far."""
    for name in FAR:
        passed(name)
    assert pings('far', address)
    return {name: passed(name) for name in FAR}


def state() -> list[str]:
    found = ''.join(
        run(command)
        for command in (
            'ip -o address',
            'ip rule',
            'ip -6 rule',
            'ip -4 route show table all',
            'ip -6 route show proto 117 table all',
            'iptables-save -t raw',
        )
    )
    for link in ('up0', 'up1'):
        found += run(
            'sysctl net.ipv4.conf.%s.rp_filter net.ipv4.conf.%s.arp_ignore net.ipv4.conf.%s.arp_announce'
            % (link, link, link)
        )
    return sorted(
        line
        for line in found.splitlines()
        if line and line[0] not in '#*:' and line != 'COMMIT' and 'fe80' not in line
    )


def join(group: str) -> socket.socket:
    """Join a group on no link in particular."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack('4s4s', socket.inet_aton(group), bytes(4))
    )
    return sock


def packets(folder: str) -> None:
    before = state()
    run('ip address add 10.2.0.2/24 dev up1')  # for a moment, to see what the role is good for
    assert pings('ra', '10.2.0.2', '-I', '10.1.0.9') is False  # ra knows another way
    run('ip -n ra route add 10.2.0.2 via 10.1.0.2')
    assert pings('ra', '10.2.0.2')  # heard on the wrong link
    run('ip -n rb route add 10.1.0.2 dev eth0')
    assert pings('rb', '10.1.0.2')  # and ARP answered there
    run('ip -n rb neigh flush all')
    assert answers('10.2.0.2') == {'ra': 1, 'rb': 0}  # answered by the wrong link
    assert source_seen(FAR['ra']) == '10.1.0.2'
    run('ip address del 10.2.0.2/24 dev up1')

    assert play(folder) == '1'
    assert play(folder) == '0'
    assert not pings('ra', '10.2.0.2') and not pings('ra', '10.2.0.3')
    assert pings('ra', '10.1.0.2') and pings('rb', '10.2.0.2') and pings('rb', '10.2.0.3')
    assert pings('ra', 'fd01::2') and pings('rb', 'fd02::2')
    assert not pings('rb', '10.1.0.2') and 'lladdr' not in run(
        'ip -n rb neigh show 10.1.0.2'
    )  # ARP is not answered
    run('ip -n ra -6 route add fd02::2 via fd01::2')
    assert not pings('ra', 'fd02::2')
    # Legal, and not by the way that the main table has for its source: not dropped, and answered by the link
    # it came in on.
    assert (
        run('sysctl -n net.ipv4.conf.up1.rp_filter').strip(),
        '10.1.0.9' in run('ip route get ' + FAR['rb']),
    ) == ('1', True)
    for _again in range(2):
        assert answers('10.2.0.2') == {'ra': 0, 'rb': 1} and answers('10.2.0.3') == {'ra': 0, 'rb': 1}
        assert answers('10.1.0.2') == {'ra': 1, 'rb': 0}
    for _again in range(2):  # the same after a reconnect
        assert source_seen(FAR['ra']) == '10.2.0.3'
    for name in FAR:
        passed(name, 'PREROUTING', 'raw')
    with join('239.1.2.3'):
        assert '239.1.2.3' in run('ip maddress show dev up1') and '239.1.2.3' not in run(
            'ip maddress show dev up0'
        )
        deadline = time.monotonic() + 10  # the kernel reports it within a second
        while not passed('rb', 'PREROUTING', 'raw') and time.monotonic() < deadline:
            time.sleep(0.1)
        assert time.monotonic() < deadline and passed('ra', 'PREROUTING', 'raw') == 0
    assert pings('far', '10.2.0.2')
    assert (
        subprocess.run(
            ['ping', '-n', '-q', '-c', '1', '-W', '1', '10.2.0.2'], check=False, capture_output=True
        ).returncode
        == 0
    )  # the host itself

    assert play(folder, multihome_state='absent') == '1'
    assert state() == before


def test_what_a_strictly_multihomed_host_does(tmp_path: pathlib.Path) -> None:
    def body() -> None:
        furnish()
        packets(str(tmp_path))

    in_world(body)
