# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of listeners on a real kernel: predicted, done, not done again; who is let in; and what is said when
it cannot be.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    BALANCER,
    bind,
    connect,
    conversation,
    furnish,
    listener,
    reached,
    serving,
    talks,
    told,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run

EXTERNAL = listener('sip', proto='tcp_udp', type='external')
INTERNAL = listener('back', '10.2.0.2', proto='tcp_udp', type='internal')
BOTH = listener('admin', 'any', 8080)
SERVED = ('tcp,10.1.0.2,5060', 'udp,10.1.0.2,5060', 'tcp,10.2.0.2,5060', 'udp,10.2.0.2,5060', 'tcp,::,8080')
FILES = ('find', '/run', '-path', '/run/netns', '-prune', '-o', '-type', 'f', '-printf', '%p %T@ %s\n')


def world(function: t.Callable[[], t.Any]) -> t.Any:
    def body() -> t.Any:
        furnish()
        return function()

    return in_world(body)


def files() -> str:
    return subprocess.run(FILES, check=True, capture_output=True, text=True).stdout


# A set is brought about.


def test_predicted_done_and_not_done_again() -> None:
    def body() -> None:
        units = {
            **listener('web', port=80, namespace=AGENTS),
            'address': 'any4',
            'service': 'web.service',
            'activation': True,
            'service_namespace': 'host',
        }
        wanted = (EXTERNAL, INTERNAL, BOTH, units)
        before = run('iptables-save'), files()
        for absent in (False, True):
            more: dict[str, t.Any] = {
                'file': '/run/listeners.json',
                'state': 'absent' if absent else 'present',
            }
            check, done = (bind(*wanted, check=check, **more) for check in (True, False))
            written = files()
            check_again, again = (bind(*wanted, check=check, **more) for check in (True, False))
            assert (check['changed'], done['changed'], check_again['changed'], again['changed']) == (
                True,
                True,
                False,
                False,
            )
            assert (
                check['diff'] == done['diff']
                and done['diff']
                and check['changes'] == done['changes']
                and again['diff'] == []
            )
            assert files() == written, 'a file was written again'
            kinds = [change['kind'] for change in done['changes']]
            assert sorted(kinds) == ['file', 'iptables', 'unit', 'unit'], kinds
        lines = [line for line in run('iptables-save').splitlines() if line.startswith('-A')]
        assert not lines and files() == before[1], (lines, files())

    world(body)


def test_what_applications_are_told() -> None:
    def body() -> None:
        inside(BALANCER, run, 'sysctl -qw net.ipv4.ip_unprivileged_port_start=100')
        found = bind(
            listener('both', external_address='sip.example.com', external_port=5080),
            listener('address', port=1, external_address='2001:db8::7'),
            listener('port', port=2, external_port=99),
            listener('neither', 'fd01::2', 3, 'udp'),
            listener('wild', 'any', 4, type='external'),
            listener('inner', '10.2.0.2', 5, type='internal'),
            listener('off', port=6, enabled=False),
            listener('there', 'any4', 200, namespace=BALANCER),
            external_port=7000,
            default_outbound={'ipv6': '{iface:up1:v6}'},
            destinations=['10.2.0.9', '198.51.100.1', 'fd02::9'],
            file='/run/l.json',
        )
        rows = [
            (row['name'], row['family'], row['advertised'], row['privileged']) for row in found['external']
        ]
        assert rows == [
            ('both', 'ipv4', 'sip.example.com:5080', False),
            ('address', 'ipv4', '[2001:db8::7]:7000', True),
            ('port', 'ipv4', '10.1.0.2:99', True),
            ('neither', 'ipv6', '[fd01::2]:7000', True),
            ('wild', 'ipv6', '[fd02::2]:7000', True),
            ('wild', 'ipv4', '10.1.0.2:7000', True),
            ('there', 'ipv4', '10.2.0.9:7000', False),
        ]
        internal = [(row['name'], row['advertised']) for row in found['internal']]
        assert internal[-2:] == [('inner', '10.2.0.2:5'), ('there', '10.2.0.9:7000')] and 'wild' not in dict(
            internal
        )
        assert list(found['by_name']) == [
            'both',
            'address',
            'port',
            'neither',
            'wild',
            'inner',
            'off',
            'there',
        ]
        assert found['default_outbound']['host'] == {'ipv4': '10.1.0.2', 'ipv6': 'fd02::2'}
        assert found['sources'] == {
            '10.2.0.9': {'host': '10.2.0.2', 'lb': '10.2.0.9'},
            '198.51.100.1': {'host': '10.1.0.2', 'lb': '10.2.0.9'},
            'fd02::9': {'host': 'fd02::2', 'lb': 'fd02::9'},
        }
        written = json.loads(pathlib.Path('/run/l.json').read_text(encoding='utf-8'))
        assert [row['name'] for row in written['external']] == [row['name'] for row in found['external']]
        wild = listener('wild', 'any4', type='external')
        run('ip route del default')
        fault = bind(wild, fine=False)
        assert (
            'listeners[0].external_address: is missing: wild is bound to all addresses, and no default route tells one'
            in fault['msg']
        )
        assert not bind({**wild, 'external_address': '192.0.2.1'}).get('failed')

    # default_outbound is for all namespaces of a set; this one has no up1
    with pytest.raises(AssertionError, match='default_outbound.ipv6: names a link that is not there'):
        world(body)


def test_a_scheme_gives_the_port_and_is_told() -> None:
    def body() -> None:
        plain, secure, own = (
            {'name': scheme + 'x' * port, 'address': '10.1.0.2', 'scheme': scheme, 'type': 'external', **more}
            for scheme, port, more in (
                ('sip', 0, {}),
                ('sips', 0, {}),
                ('sips', 1, {'port': 5071, 'external_port': 9}),
            )
        )
        told_of = bind(plain, secure, own, external_port=7060, external_tls_port=7061)['external']
        assert [(row['scheme'], row['proto'], row['port'], row['advertised_port']) for row in told_of] == [
            ('sip', 'tcp', 5060, 7060),
            ('sip', 'udp', 5060, 7060),
            ('sips', 'tcp', 5061, 7061),
            ('sips', 'tcp', 5071, 9),
        ]
        assert [row['advertised_port'] for row in bind(plain, secure, own)['external']] == [
            5060,
            5060,
            5061,
            9,
        ]
        # A port that is not written is in the way like any other.
        assert bind(plain, listener('other'), fine=False)['problems'][0].startswith(
            'listeners[1]: other is in the way of sip (found tcp 10.1.0.2:5060 in host'
        )

    world(body)


@pytest.mark.parametrize('number', [1, 2])
def test_tokens_are_resolved_on_the_host(number: int) -> None:
    """The same set on two hosts that have other addresses, links and hardware addresses."""

    def body() -> dict[str, t.Any]:
        run('ip link add card%d address 02:00:00:00:00:01 type veth peer name far' % number)
        run('ip link property add dev card%d altname lan' % number)
        run('ip address add 10.7.%d.5/16 dev card%d label card%d:sip' % (number, number, number))
        run('ip address add fd07::%d:5/64 dev card%d nodad' % (number, number))
        run(
            'ip address add fd07::%d:6/64 dev card%d nodad preferred_lft 0' % (number, number)
        )  # deprecated: never chosen
        run('ip link set card%d up' % number)
        run('ip link set far up')
        run('ip route add default via 10.7.9.9')
        run('ip route add 198.51.100.0/24 dev card%d src 10.7.%d.5' % (number, number))
        tokens = (
            '{altname:lan:v4}',
            '{altname:lan:v6}',
            '{mac:02:00:00:00:00:01}',
            '{subnet:10.7.0.0/16}',
            '{label:card%d:sip}' % number,
            '{route:198.51.100.9}',
            '{default_route}',
            '{prop:SIP}',
            '{iface:card%d:v4:0}' % number,
            '{subnet:fd07::/64}',
        )
        run('ip address add 169.254.0.1/32 dev lo')
        wanted = [listener('l%d' % port, token, port) for port, token in enumerate(tokens, 1)]
        wanted[2]['address'] = '{mac:02:00:00:00:00:01}'
        faults = bind(*wanted, fine=False, properties={'SIP': '{iface:card%d:v4}' % number})['problems']
        assert faults == [
            'listeners[2].address: is more than one address (found 10.7.%d.5 on card%d, fd07::%d:5 on card%d for {mac:02:00:00:00:00:01}); '
            'narrow it down, with :v4, :v6 or a number, or write the address' % ((number,) * 4)
        ]
        del wanted[2]
        return bind(*wanted, properties={'SIP': '{iface:card%d:v4}' % number})['by_name']

    found = [rows[0]['address'] for rows in in_world(body).values()]
    ipv4, ipv6 = '10.7.%d.5' % number, 'fd07::%d:5' % number
    assert found == [ipv4, ipv6, ipv4, ipv4, ipv4, ipv4, ipv4, ipv4, ipv6]


def test_a_link_local_address_is_that_of_its_link() -> None:
    def body() -> None:
        run('ip address add fe80::7/64 dev up0 nodad')
        run('ip link set up1 addrgenmode none')
        found = bind(listener('one', 'fe80::7%up0'))['by_name']['one'][0]
        assert (found['address'], found['device']) == ('fe80::7', 'up0')
        fault = bind(listener('one', 'fe80::7%up1'), fine=False)['problems']
        assert fault == [
            'listeners[0].address: is no address of host (found fe80::7); add it to a link, or set freebind: true for one that comes later'
        ]

    world(body)


def test_the_same_port_in_many_namespaces_and_on_many_addresses() -> None:
    def body() -> None:
        names = ['n%d' % number for number in range(64)]
        for name in names:
            run('ip netns add ' + name)
            run('ip -n %s link set lo up' % name)
        wanted = [listener(name, '127.0.0.1', 3260, namespace=name) for name in names]
        wanted += [listener('first', port=3260), listener('second', '10.2.0.2', 3260)]
        found = bind(*wanted)
        assert len(found['by_name']) == 66 and not found['changed']
        with contextlib.ExitStack() as stack:
            for name in names[::16]:
                stack.enter_context(serving('tcp,127.0.0.1,3260', namespace=name))
            for name in names[::16]:
                assert reached(name, '127.0.0.1', 3260)
            held = {name: rows[0]['held'] for name, rows in bind(*wanted)['by_name'].items()}
            assert held == {name: name in names[::16] for name in [*names, 'first', 'second']}

    world(body)


# What cannot be.


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
            tuple(problem.split(': ', 1)[1].split(' (')[0].split(' is in the way of '))
            for problem in problems
        ]
        assert pairs == [('b', 'a'), ('c', 'a'), ('c', 'b'), ('d', 'a'), ('e', 'a'), ('e', 'b'), ('e', 'c')]
        assert problems[0] == (
            'listeners[1]: b is in the way of a (found tcp 10.1.0.2:80 in host, and tcp [::]:80 for both families at listeners[0]); '
            'choose another port or address, or remove one'
        )
        assert bind(*(entry for entry in wanted if entry['name'] in 'bd'))['by_name'].keys() == {'b', 'd'}
        # A listener that yields is there until another one takes its place.
        assert bind({**wanted[0], 'yields': True}, wanted[1])['by_name'].keys() == {'b'}
        assert bind({**wanted[0], 'yields': True}, {**wanted[1], 'port': 81})['by_name'].keys() == {'a', 'b'}

    world(body)


def test_a_holder_is_named_wherever_it_lives() -> None:
    def body() -> None:
        script = (
            'import os, socket, sys; fd = os.open("/run/netns/ua", 0); home = os.open("/proc/self/ns/net", 0)\n'
            'import ctypes; libc = ctypes.CDLL(None)\n'
            'libc.setns(fd, 0x40000000); server = socket.create_server(("10.1.0.9", 5060)); libc.setns(home, 0x40000000)\n'
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
                        'listeners[0]: somebody else has its place (found tcp 10.1.0.9:5060, held by %d (python3)'
                        % process.pid
                    )
                    assert problem.endswith(
                        ', want %s for tcp 10.1.0.9:5060 in ua); end that, or choose another address or port'
                        % owner
                    )
            (problem,) = bind({**wanted, 'address': 'any4'}, fine=False)['problems']
            assert (
                'a socket is in the way (found tcp 10.1.0.9:5060, held by %d (python3)' % process.pid
                in problem
                and 'set owner' in problem
            )
            # The owner itself elsewhere is no conflict, but has to be started anew.
            found = bind({**wanted, 'address': 'any4', 'owner': 'root'})
            assert found['restart_required'] and [entry['why'] for entry in found['restart']] == [
                'listens on tcp 10.1.0.9:5060 in ua still'
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

    world(body)


def test_sockets_that_share_a_place_are_warned_of() -> None:
    def body() -> None:
        place = 'tcp,10.1.0.2,5060,reuseport'
        with serving(place), serving(place):
            wanted = listener('sip')
            assert '2 sockets share tcp 10.1.0.2:5060 in host by SO_REUSEPORT' in str(
                bind(wanted)['warnings']
            )
            assert not bind({**wanted, 'reuseport': True}).get('warnings')

    world(body)


def test_faults_of_the_host_all_at_once() -> None:
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
                'namespace: is not there (found nowhere); make it first',
                'address: is no address of host (found 10.9.9.9); add it to a link, or set freebind: true for one that comes later',
                'address: names a link that is not there (found {iface:eth9}); the links are lo, up0, up1',
                None,
                'address: is no property with an address (found NO: nothing); give it in properties; there are none',
                'address: is no address (found none for {subnet:10.7.0.0/16}); check the addresses of the host, or write one',
                'address: is no address (found none for {default_route:v6}); add a default route, or write the address',
                'address: is on a link that is not there (found eth9)',
                'address: is outside of the declared network (found 10.2.0.2, want an address in 10.1.0.0/24)',
            )
        ):
            if text:
                assert any(problem.startswith('listeners[%d].%s' % (number, text)) for problem in problems), (
                    text,
                    problems,
                )
        assert (run('iptables-save'), files()) == before

    world(body)


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

    world(body)


def test_duplicates_are_waited_for_and_named() -> None:
    def body() -> None:
        run('sysctl -qw net.ipv6.conf.up0.dad_transmits=100')  # one each second
        run('ip address add fd01::5/64 dev up0')
        assert bind(listener('sip', 'fd01::5'), fine=False)['problems'] == [
            'listeners[0].address: is still being checked for duplicates on up0 (found fd01::5); raise wait_dad'
        ]
        run('ip address del fd01::5/64 dev up0')
        run('sysctl -qw net.ipv6.conf.up0.dad_transmits=1')
        run('ip address add fd01::5/64 dev up0')
        assert bind(listener('sip', 'fd01::5'), wait_dad=20)['by_name']['sip'][0]['address'] == 'fd01::5'
        run('ip -n ua address add fd01::6/64 dev eth0 nodad')
        run('ip address add fd01::6/64 dev up0')
        mac = json.loads(run('ip -n ua -j link show eth0'))[0]['address']
        assert bind(listener('sip', 'fd01::6'), wait_dad=20, fine=False)['problems'] == [
            'listeners[0].address: is a duplicate: another host on the network of up0 has it (found fd01::6 at %s); give this host another address'
            % mac
        ]

    world(body)


# Who is let in.


@pytest.mark.parametrize('proto', ['tcp', 'udp'])
def test_classes_are_enforced(proto: str) -> None:
    def body() -> None:
        with serving(*SERVED, 'tcp,fd01::2,5060', 'udp,fd01::2,5060', 'tcp,fd02::2,5060', 'udp,fd02::2,5060'):
            wanted = (
                EXTERNAL,
                INTERNAL,
                BOTH,
                {**EXTERNAL, 'name': 'sip6', 'address': 'fd01::2'},
                {**INTERNAL, 'name': 'back6', 'address': 'fd02::2'},
            )
            bind(*wanted, firewall=False)
            ways = {
                (source, address): reached(source, address, 5060, proto)
                for source in (AGENTS, BALANCER)
                for address in ('10.1.0.2', '10.2.0.2', 'fd01::2', 'fd02::2')
            }
            assert all(ways.values()), ways  # it is the filter that parts them
            bind(*wanted)
            for source, address in ways:
                assert reached(source, address, 5060, proto) == (
                    (source == AGENTS) == ('1.0.2' in address or '01::' in address)
                ), (source, address)
            assert reached(AGENTS, '10.1.0.2', 8080) and reached(BALANCER, 'fd02::2', 8080)
            assert reached('', '10.1.0.2', 5060, proto) and reached(
                '', '10.2.0.2', 5060, proto
            )  # the host itself
            bind(*wanted, internal=['up1'], external=['10.1.0.0/24'])  # by link, and narrowed
            assert reached(AGENTS, '10.1.0.2', 5060, proto) and not reached(AGENTS, '10.2.0.2', 5060, proto)
            assert reached(BALANCER, '10.2.0.2', 5060, proto) and not reached(AGENTS, 'fd01::2', 5060, proto)
            bind(*({**entry, 'enabled': False} for entry in wanted))
            assert not reached(AGENTS, '10.1.0.2', 5060, proto) and not reached(
                BALANCER, '10.2.0.2', 5060, proto
            )
            bind(state='absent')
            assert reached(AGENTS, '10.2.0.2', 5060, proto)

    world(body)


def test_a_changed_type_counts_after_a_restart() -> None:
    def body() -> None:
        changed = {**INTERNAL, 'type': 'external'}
        with serving(*SERVED):
            bind(EXTERNAL, INTERNAL)
            kept = connect(BALANCER, '10.2.0.2', 5060)
            for _number in range(2):
                found = bind(EXTERNAL, changed)
                assert found['restart_required'] and [
                    (entry['name'], entry['why']) for entry in found['restart']
                ] == [('back', 'type changes')]
                assert not found['changed']
                assert not reached(AGENTS, '10.2.0.2', 5060) and reached(BALANCER, '10.2.0.2', 5060)
            assert bind(EXTERNAL, {**INTERNAL, 'type': 'default', 'external_address': '192.0.2.1'})[
                'restart'
            ] == [
                {'name': 'back', 'why': 'type changes', 'service': ''},
                {'name': 'back', 'why': 'advertised address changes', 'service': ''},
            ]
            bind(EXTERNAL, changed, listener('more', '10.2.0.2', 9))
            assert talks(kept)
            bind(EXTERNAL)  # forgotten, but not open
            assert (
                not reached(AGENTS, '10.2.0.2', 5060)
                and not reached(BALANCER, '10.2.0.2', 5060)
                and talks(kept)
            )
            assert 'is declared no more and listens on tcp 10.2.0.2:5060 in host still' in str(
                bind(EXTERNAL)['restart']
            )
            bind(EXTERNAL, changed)
        with serving(*SERVED):
            found = bind(EXTERNAL, changed)
            assert found['changed'] and not found['restart_required']
            assert reached(AGENTS, '10.2.0.2', 5060) and not reached(BALANCER, '10.2.0.2', 5060)
            moved = {**changed, 'port': 5070}
            found = bind(EXTERNAL, moved)
            assert [entry['why'] for entry in found['restart']] == [
                'listens on %s 10.2.0.2:5060 in host still' % proto for proto in ('tcp', 'udp')
            ]
            assert reached(AGENTS, '10.2.0.2', 5060) and not reached(
                BALANCER, '10.2.0.2', 5060
            )  # as before, until it moves

    world(body)


def test_draining_takes_nothing_new_and_ends_what_is_old() -> None:
    def body() -> None:
        with serving(*SERVED):
            bind(EXTERNAL, INTERNAL)
            old, spoken = connect(AGENTS, '10.1.0.2', 5060), conversation(AGENTS, '10.1.0.2', 5060)
            assert talks(old) and talks(spoken)
            found = bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 86400}, INTERNAL)
            assert [row['name'] for row in found['external']] == [] and found['changed']
            assert not reached(AGENTS, '10.1.0.2', 5060) and not reached(AGENTS, '10.1.0.2', 5060, 'udp')
            assert talks(old) and talks(spoken)
            assert not bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 86400}, INTERNAL)['changed']
            bind({**EXTERNAL, 'state': 'draining', 'drain_timeout': 1}, INTERNAL)
            deadline = time.monotonic() + 10
            while talks(old) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert not talks(old) and not talks(spoken)
            assert reached(BALANCER, '10.2.0.2', 5060)
            bind(EXTERNAL, INTERNAL)
            assert reached(AGENTS, '10.1.0.2', 5060)

    world(body)


def test_a_wildcard_answers_from_the_wrong_address_and_a_bound_socket_does_not() -> None:
    """Why each listener has an address: a UDP server on all of them answers from the one that the route has."""

    def body() -> None:
        run('ip address add 10.1.0.3/24 dev up0')
        answers = []
        for place in ('udp,0.0.0.0,5060', 'udp,10.1.0.3,5060'):
            with (
                serving(place),
                contextlib.closing(inside(AGENTS, __import__('socket').socket, 2, 2)) as client,
            ):
                client.settimeout(3)
                client.sendto(b'x', ('10.1.0.3', 5060))
                answers.append(client.recvfrom(10)[1][0])
        assert answers == ['10.1.0.2', '10.1.0.3']

    world(body)


# What is there.


def test_the_inventory_and_its_verdicts() -> None:
    def body() -> None:
        with (
            serving(*SERVED, 'tcp,127.0.0.1,25', 'tcp,0.0.0.0,9999'),
            serving('tcp,::,80,only', namespace=AGENTS),
        ):
            nothing = told()
            assert nothing['findings'] == [] and {row['verdict'] for row in nothing['listeners']} == {
                'local',
                'undeclared',
            }
            bind(EXTERNAL, INTERNAL, BOTH)
            found = told()
            assert found['changed'] is False
            seen = {
                (row['namespace'], row['proto'], row['address'], row['port']): (
                    row['type'],
                    row['verdict'],
                    row['reach'],
                    row['v6only'],
                )
                for row in found['listeners']
            }
            assert seen == {
                **{
                    ('host', proto, '10.1.0.2', 5060): ('external', 'declared', 'address', False)
                    for proto in ('tcp', 'udp')
                },
                **{
                    ('host', proto, '10.2.0.2', 5060): ('internal', 'declared', 'address', False)
                    for proto in ('tcp', 'udp')
                },
                ('host', 'tcp', '::', 8080): ('default', 'declared', 'all', False),
                ('host', 'tcp', '127.0.0.1', 25): ('undeclared', 'local', 'local', False),
                ('host', 'tcp', '0.0.0.0', 9999): ('undeclared', 'undeclared', 'all', False),
                ('ua', 'tcp', '::', 80): ('undeclared', 'undeclared', 'all', True),
            }
            assert found['summary'] == {
                'internal': {'declared': 2},
                'external': {'declared': 2},
                'default': {'declared': 1},
                'undeclared': {'local': 1, 'undeclared': 2},
            }
            assert [(one['verdict'], one['namespace']) for one in found['findings']] == [
                ('undeclared', 'host'),
                ('undeclared', 'ua'),
            ]
            # Another set than the one that is there, and drift.
            run('iptables -F mn-listeners-INPUT')
            run('ip address del 10.2.0.2/24 dev up1')
            verdicts = [(one['verdict'], one['name']) for one in told(namespaces=['host'])['findings']]
            assert sorted(verdicts) == [('open', ''), ('orphaned', 'back'), ('undeclared', '')]
            other = told(
                namespaces=['host'],
                firewall=False,
                listeners=[
                    listener('web', '10.1.0.2', 9999, owner='root'),
                    listener('sip', proto='tcp_udp', owner='daemon'),
                    listener('gone', '{iface:no}', 1),
                ],
            )
            verdicts = [(one['verdict'], one['name']) for one in other['findings']]
            for verdict in (
                ('wrong address', 'web'),
                ('missing', 'web'),
                ('wrong owner', 'sip'),
                ('missing', 'sip'),
                ('unknown', 'gone'),
                ('undeclared', ''),
            ):
                assert verdict in verdicts, (verdict, verdicts)

    world(body)


# What systemd is told.

WEB = {
    'name': 'web',
    'namespace': AGENTS,
    'address': 'any',
    'port': 80,
    'proto': 'tcp_udp',
    'service': 'web.service',
    'activation': True,
    'service_namespace': 'host',
    'freebind': True,
    'reuseport': True,
    'device': 'eth0',
}


def test_units() -> None:
    def body() -> None:
        found = bind(WEB, listener('api', '10.2.0.9', 81, namespace=BALANCER, service='api.service'))
        assert found['units'] == ['multinet-listeners-web.socket']
        texts = {
            path: pathlib.Path('/run/units', path).read_text(encoding='utf-8').splitlines()
            for path in (
                'multinet-listeners-web.socket',
                'web.service.d/50-multinet-listeners.conf',
                'api.service.d/50-multinet-listeners.conf',
            )
        }
        for line in (
            'ListenStream=[::]:80',
            'ListenDatagram=[::]:80',
            'BindIPv6Only=both',
            'BindToDevice=eth0',
            'FreeBind=yes',
            'ReusePort=yes',
            'NetworkNamespacePath=/run/netns/ua',
            'FileDescriptorName=web',
            'Service=web.service',
            'WantedBy=sockets.target',
        ):
            assert line in texts['multinet-listeners-web.socket'], line
        assert texts['web.service.d/50-multinet-listeners.conf'][1:] == [
            '[Service]',
            'Sockets=multinet-listeners-web.socket',
        ]
        assert 'NetworkNamespacePath=/run/netns/lb' in texts['api.service.d/50-multinet-listeners.conf']
        # What is not ours stays, and is in the way.
        pathlib.Path('/run/units/multinet-listeners-mine.socket').write_text('[Socket]\n', encoding='ascii')
        pathlib.Path('/run/units/web.service.d/mine.conf').write_text('[Service]\n', encoding='ascii')
        assert bind({**WEB, 'name': 'mine'}, fine=False)['problems'] == [
            '/run/units/multinet-listeners-mine.socket: is there already and not ours; remove it, or choose another name'
        ]
        bind({**WEB, 'enabled': False})
        left = sorted(path for _folder, _folders, names in os.walk('/run/units') for path in names)
        assert left == ['mine.conf', 'multinet-listeners-mine.socket'], left

    world(body)
