# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of listeners that cannot be, or not yet, and who is in the way."""

from __future__ import annotations

import json
import pathlib
import subprocess

from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    bind,
    files,
    listener,
    on_host,
    reached,
    serving,
    told,
)
from ansible_collections.multinet.linux.tests.integration.world import run


def test_all_that_is_in_the_way_is_named() -> None:
    def body() -> None:
        wanted = (
            listener('a', 'any', 80),
            listener('b', port=80),
            listener('c', 'any4', 80),
            listener('d', 'any6', 80, 'tcp_udp'),
            listener('e', port=80),
        )
        problems = bind(*wanted, fine=False)['problems']
        pairs = [
            tuple(problem.split(': ', 1)[1].split(' (')[0].split(' conflicts with ')) for problem in problems
        ]
        assert pairs == [('b', 'a'), ('c', 'a'), ('c', 'b'), ('d', 'a'), ('e', 'a'), ('e', 'b'), ('e', 'c')]
        assert problems[0] == (
            'listeners[1]: b conflicts with a (found tcp 10.1.0.2:80 in host, and tcp [::]:80 for'
            ' both families at listeners[0]); '
            'choose another port or address, or remove one'
        )
        assert bind(*(entry for entry in wanted if entry['name'] in 'bd'))['by_name'].keys() == {'b', 'd'}
        # A listener that yields is there until another one takes its place.
        assert bind({**wanted[0], 'yields': True}, wanted[1])['by_name'].keys() == {'b'}
        assert bind({**wanted[0], 'yields': True}, {**wanted[1], 'port': 81})['by_name'].keys() == {'a', 'b'}

    on_host(body)


def test_a_holder_is_named_wherever_it_lives() -> None:
    def body() -> None:
        script = (
            'import ctypes, os, socket, sys\n'
            'libc = ctypes.CDLL(None)\n'
            'fd, home = os.open("/run/netns/ua", 0), os.open("/proc/self/ns/net", 0)\n'
            'libc.setns(fd, 0x40000000)\n'
            'server = socket.create_server(("10.1.0.9", 5060))\n'
            'libc.setns(home, 0x40000000)\n'
            'print("ready", flush=True); sys.stdin.read()'
        )
        with subprocess.Popen(
            ['python3', '-c', script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout and process.stdout.readline() == 'ready\n'
            assert 'n%d' % process.pid not in run('ip netns pids ua')
            wanted = listener('sip', '10.1.0.9', namespace=AGENTS)
            assert bind(wanted)['by_name']['sip'][0]['held']  # it stands exactly where it was declared
            pidfile = pathlib.Path('/run/app.pid')
            pidfile.write_text('%d\n' % process.pid, encoding='ascii')
            for owner, fine in (
                ('root', True),
                ('/run/app.pid', True),
                ('daemon', False),
                ('nginx.service', False),
                ('/run/no.pid', False),
            ):
                found = bind({**wanted, 'owner': owner}, fine=fine)
                if not fine:
                    (problem,) = found['problems']
                    assert problem.startswith(
                        'listeners[0]: another process holds its address and port (found tcp 10.1.0.9:5060,'
                        ' held by %d (python3)' % process.pid
                    )
                    assert problem.endswith(
                        ', want %s for tcp 10.1.0.9:5060 in ua); end that, or choose another address or port'
                        % owner
                    )
            (problem,) = bind({**wanted, 'address': 'any4'}, fine=False)['problems']
            assert (
                'a socket conflicts with it (found tcp 10.1.0.9:5060, held by %d (python3)' % process.pid
                in problem
                and 'set owner' in problem
            )
            # The owner itself elsewhere is no conflict, but has to be started anew.
            found = bind({**wanted, 'address': 'any4', 'owner': 'root'})
            assert found['restart_required'] and [entry['why'] for entry in found['restart']] == [
                'still listens on tcp 10.1.0.9:5060 in ua'
            ]
            found = bind({**wanted, 'address': 'any4', 'owner': 'root'}, scope='other')
            assert [entry['why'] for entry in found['restart']] == [
                'listens on tcp 10.1.0.9:5060, not on tcp 0.0.0.0:5060'
            ]
            row = next(row for row in told(namespaces=[AGENTS])['listeners'] if row['holders'])
            assert (row['namespace'], row['address'], row['holders'][0]['pid']) == (
                'ua',
                '10.1.0.9',
                process.pid,
            )
            process.kill()

    on_host(body)


def test_sockets_that_share_a_place_are_warned_of() -> None:
    def body() -> None:
        place = 'tcp,10.1.0.2,5060,reuseport'
        with serving(place), serving(place):
            wanted = listener('sip')
            assert '2 sockets share tcp 10.1.0.2:5060 in host by SO_REUSEPORT' in str(
                bind(wanted)['warnings']
            )
            assert not bind({**wanted, 'reuseport': True}).get('warnings')

    on_host(body)


def test_problems_of_the_host_all_at_once() -> None:
    def body() -> None:
        before = run('iptables-save'), files()
        problems = bind(
            listener('a', namespace='nowhere'),
            listener('b', '10.9.9.9'),
            listener('c', '{iface:eth9}'),
            listener('d', '{route:203.0.113.1}'),
            listener('e', '{prop:NO}'),
            listener('f', '{subnet:10.7.0.0/16}'),
            listener('g', '{default_route:v6}'),
            listener('h', 'any', 9, device='eth9'),
            listener('i', '10.2.0.2', network='10.1.0.0/24'),
            fine=False,
        )['problems']
        for number, text in enumerate(
            (
                'namespace: does not exist (found nowhere); make it first',
                'address: is not an address of host (found 10.9.9.9); add it to a link, or set freebind:'
                ' true for one that comes later',
                'address: names a link that does not exist (found {iface:eth9}); the links are lo, up0, up1',
                None,
                'address: is not a property with an address (found NO: nothing); give it in properties;'
                ' there are none',
                'address: is not an address (found none for {subnet:10.7.0.0/16}); check the addresses of'
                ' the host, or write one',
                'address: is not an address (found none for {default_route:v6}); add a default route, or'
                ' write the address',
                'address: is on a link that does not exist (found eth9)',
                'address: is outside of the declared network (found 10.2.0.2, want an address in'
                ' 10.1.0.0/24)',
            )
        ):
            if text:
                assert any(problem.startswith('listeners[%d].%s' % (number, text)) for problem in problems), (
                    text,
                    problems,
                )
        assert (run('iptables-save'), files()) == before

    on_host(body)


def test_an_address_may_come_later() -> None:
    def body() -> None:
        assert (
            bind(listener('vip', '10.1.0.99', freebind=True))['by_name']['vip'][0]['address'] == '10.1.0.99'
        )
        with serving('tcp,10.1.0.99,5060,free'):
            run('ip address add 10.1.0.99/24 dev up0')
            assert reached(AGENTS, '10.1.0.99', 5060)
        run('ip address del 10.1.0.99/24 dev up0')
        assert bind(listener('vip', '10.1.0.99'), fine=False)
        run('sysctl -qw net.ipv4.ip_nonlocal_bind=1')
        assert bind(listener('vip', '10.1.0.99'))

    on_host(body)


def test_duplicates_are_waited_for_and_named() -> None:
    def body() -> None:
        run('sysctl -qw net.ipv6.conf.up0.dad_transmits=100')  # one each second
        run('ip address add fd01::5/64 dev up0')
        assert bind(listener('sip', 'fd01::5'), fine=False)['problems'] == [
            'listeners[0].address: is still being checked for duplicates on up0 (found fd01::5); raise'
            ' wait_dad'
        ]
        run('ip address del fd01::5/64 dev up0')
        run('sysctl -qw net.ipv6.conf.up0.dad_transmits=1')
        run('ip address add fd01::5/64 dev up0')
        assert bind(listener('sip', 'fd01::5'), wait_dad=20)['by_name']['sip'][0]['address'] == 'fd01::5'
        run('ip -n ua address add fd01::6/64 dev eth0 nodad')
        run('ip address add fd01::6/64 dev up0')
        mac = json.loads(run('ip -n ua -j link show eth0'))[0]['address']
        assert bind(listener('sip', 'fd01::6'), wait_dad=20, fine=False)['problems'] == [
            'listeners[0].address: is a duplicate: another host on the network of up0 has it (found'
            ' fd01::6 at %s); give this host another address' % mac
        ]

    on_host(body)
