# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of listeners on a real kernel: predicted, done, not done again; and what is told of them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    BALANCER,
    BOTH,
    EXTERNAL,
    INTERNAL,
    bind,
    files,
    listener,
    on_host,
    reached,
    serving,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run


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

    on_host(body)


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
        names = [row[0] for row in rows]
        assert [row['name'] for row in written['external']] == names
        wild = listener('wild', 'any4', type='external')
        run('ip route del default')
        problem = bind(wild, fine=False)
        assert (
            'listeners[0].external_address: is missing: wild is bound to all addresses, and no default'
            ' route tells one' in problem['msg']
        )
        assert not bind({**wild, 'external_address': '192.0.2.1'}).get('failed')

    # default_outbound is for all namespaces of a set; this one has no up1
    with pytest.raises(AssertionError, match='default_outbound.ipv6: names a link that does not exist'):
        on_host(body)


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
            'listeners[1]: other conflicts with sip (found tcp 10.1.0.2:5060 in host'
        )

    on_host(body)


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
        problems = bind(*wanted, fine=False, properties={'SIP': '{iface:card%d:v4}' % number})['problems']
        assert problems == [
            'listeners[2].address: is more than one address (found 10.7.%d.5 on card%d, fd07::%d:5 on'
            ' card%d for {mac:02:00:00:00:00:01}); '
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
        problem = bind(listener('one', 'fe80::7%up1'), fine=False)['problems']
        assert problem == [
            'listeners[0].address: is not an address of host (found fe80::7); add it to a link, or set'
            ' freebind: true for one that comes later'
        ]

    on_host(body)


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

    on_host(body)


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
            '/run/units/multinet-listeners-mine.socket: already exists and is not ours; remove it, or'
            ' choose another name'
        ]
        bind({**WEB, 'enabled': False})
        left = sorted(path for _folder, _folders, names in os.walk('/run/units') for path in names)
        assert left == ['mine.conf', 'multinet-listeners-mine.socket'], left

    on_host(body)
