# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a set of listeners means, and what is said of a wrong one."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.listener.parse import read_listeners
from ansible_collections.multinet.linux.plugins.module_utils.objects.listener.token import Token
from ansible_collections.multinet.linux.plugins.module_utils.objects.listener.value import Listener
from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import (
    conflict,
    endpoint,
    host_port,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError


def only(**keys: t.Any) -> Listener:
    return read_listeners(
        {
            'scope': 'lab',
            'internal': ['10.2.0.0/24'],
            'listeners': [{'name': 'sip', 'address': '10.1.0.2', 'port': 5060, 'proto': 'udp', **keys}],
        }
    ).listeners[0]


def problems_of(document: dict[str, t.Any]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_listeners({'scope': 'lab', **document})
    return list(caught.value.texts())


@pytest.mark.parametrize(
    'written, meant',
    [
        ('10.1.0.2', ('10.1.0.2', '')),
        ('::FFFF:10.1.0.2', ('10.1.0.2', '')),
        ('FD00:0::1', ('fd00::1', '')),
        ('[fd00::1]', ('fd00::1', '')),
        ('fe80::1%eth0', ('fe80::1', 'eth0')),
        ('any', ('any', '')),
        ('any4', ('any4', '')),
        ('any6', ('any6', '')),
        ('{iface:eth1}', (Token('iface', 'eth1'), '')),
        ('{iface:eth1:v6}', (Token('iface', 'eth1', 'ipv6'), '')),
        ('{iface:eth1:v4:2}', (Token('iface', 'eth1', 'ipv4', 2), '')),
        ('{altname:enp1s0:1}', (Token('altname', 'enp1s0', '', 1), '')),
        ('{mac:02-00-00-00-00-0A}', (Token('mac', '02:00:00:00:00:0a'), '')),
        ('{label:bond0:1}', (Token('label', 'bond0:1'), '')),
        ('{subnet:FD00::/64}', (Token('subnet', 'fd00::/64'), '')),
        ('{route:198.51.100.9}', (Token('route', '198.51.100.9'), '')),
        ('{default_route}', (Token('default_route'), '')),
        ('{default_route:v6}', (Token('default_route', '', 'ipv6'), '')),
        ('{prop:SIP_ADDRESS}', (Token('prop', 'SIP_ADDRESS'), '')),
        ('{link_local:eth0}', (Token('link_local', 'eth0'), '')),
    ],
)
def test_address(written: str, meant: t.Any) -> None:
    listener = only(address=written)
    assert (listener.address, listener.device) == meant
    if isinstance(listener.address, Token):  # read again, it is the same
        assert only(address=listener.address.text()).address == listener.address


def test_defaults() -> None:
    listener = only()
    assert (
        listener.namespace,
        listener.type,
        listener.enabled,
        listener.state,
        listener.v6only,
        listener.holder,
    ) == ('', 'default', True, 'present', None, '')
    assert only(proto='tcp_udp').protocols == ('tcp', 'udp') and only(proto='sctp').protocols == ('sctp',)
    assert only(namespace='host').namespace == '' and only(namespace='blue').namespace == 'blue'
    assert (
        only(service='nginx.service').holder == 'nginx.service'
        and only(service='nginx.service', owner='www-data').holder == 'www-data'
    )


@pytest.mark.parametrize(
    'keys, meant',
    [
        ({'scheme': 'sip'}, (5060, ('tcp', 'udp'))),
        ({'scheme': 'sips'}, (5061, ('tcp',))),
        ({'scheme': 'https'}, (443, ('tcp',))),
        ({'scheme': 'http', 'port': 8080}, (8080, ('tcp',))),
        ({'scheme': 'sip', 'proto': 'udp'}, (5060, ('udp',))),
        ({'scheme': 'https', 'proto': 'tcp_udp', 'port': '8443'}, (8443, ('tcp', 'udp'))),
    ],
)
def test_a_scheme_stands_in_for_port_and_protocol(keys: dict[str, t.Any], meant: t.Any) -> None:
    listener = only(**{'port': None, 'proto': None, **keys})
    assert (listener.port, listener.protocols) == meant and listener.scheme == keys['scheme']


@pytest.mark.parametrize(
    'keys, path, found',
    [
        (
            {'scheme': 'gopher'},
            'scheme',
            "is unknown (found 'gopher', want one of http, https, ws, wss, sip, sips",
        ),
        ({'scheme': 'sips'}, 'proto', 'does not fit the scheme sips (found udp, want tcp'),
        ({'scheme': 'sip', 'port': 70000}, 'port', 'is out of range'),
        ({'name': '1sip'}, 'name', 'not beginning with a digit'),
        ({'name': None}, 'name', 'is missing'),
        ({'address': None}, 'address', 'is missing'),
        (
            {'address': 'localhost'},
            'address',
            "is not an address (found 'localhost', want one, any, any4, any6 or a token",
        ),
        ({'address': '224.0.0.5'}, 'address', 'cannot be the address of a host (found 224.0.0.5)'),
        ({'address': 'fe80::1'}, 'address', 'is on every link (found fe80::1); write fe80::1%LINK'),
        (
            {'address': 'fe80::1%eth0', 'device': 'eth1'},
            'device',
            'is not the link of the address (found eth1, want eth0)',
        ),
        ({'address': '{nic:eth0}'}, 'address', "is not a token (found '{nic:eth0}'"),
        ({'address': '{iface}'}, 'address', 'want a value that fits iface'),
        ({'address': '{iface:eth0:v5}'}, 'address', 'want {iface:NAME[:v4|v6][:NUMBER, the first is 0]}'),
        ({'address': '{subnet:10.0.0.1/24}'}, 'address', 'want a value that fits subnet'),
        ({'address': '{mac:1}'}, 'address', 'want a value that fits mac'),
        ({'port': 0}, 'port', 'is out of range (found 0, want 1 to 65535)'),
        ({'port': None}, 'port', 'is missing'),
        ({'proto': 'tls'}, 'proto', "is unknown (found 'tls', want one of tcp, udp, tcp_udp, sctp)"),
        ({'proto': None}, 'proto', 'is missing'),
        ({'v6only': True}, 'v6only', 'does not fit the address 10.1.0.2'),
        ({'address': 'any', 'v6only': True}, 'v6only', 'does not fit the address any; any is both families'),
        ({'type': 'extern'}, 'type', 'did you mean external?'),
        (
            {'type': 'internal', 'external_address': '192.0.2.1'},
            'external_address',
            'is for external and default listeners (found 192.0.2.1',
        ),
        (
            {'type': 'internal', 'external_port': 80},
            'external_port',
            'is for external and default listeners (found 80',
        ),
        ({'external_address': 'a b'}, 'external_address', 'is neither an address nor a host name'),
        ({'network': '10.1.0.2/24'}, 'network', 'has host bits set'),
        ({'owner': 'nginx.conf'}, 'owner', 'is neither a unit, a user nor a file'),
        (
            {'service': 'nginx'},
            'service',
            "is not a service unit (found 'nginx', want one such as nginx.service)",
        ),
        ({'activation': True}, 'activation', 'needs a service'),
        ({'service': 'a.service', 'service_namespace': 'blue'}, 'service_namespace', 'set activation: true'),
        ({'state': 'absent'}, 'state', 'is unknown'),
        ({'adress': '10.0.0.1'}, 'adress', 'did you mean address?'),
    ],
)
def test_wrong(keys: dict[str, t.Any], path: str, found: str) -> None:
    entry = {'name': 'sip', 'address': '10.1.0.2', 'port': 5060, 'proto': 'udp', **keys}
    problems = problems_of({'internal': ['10.2.0.0/24'], 'listeners': [entry]})
    assert any(problem.startswith('listeners[0].%s: ' % path) and found in problem for problem in problems), (
        problems
    )


def test_a_long_host_name_takes_no_time() -> None:
    """A pattern that tries all ways to split a label doubled its time with each letter before the "_"."""
    entry = {'name': 'sip', 'address': '10.1.0.2', 'port': 5060, 'proto': 'udp'}
    began = time.process_time()
    for host in ('sbc-west-signalling-public_a.example.com', 'a.' * 8000 + '_'):
        (problem,) = problems_of({'listeners': [{**entry, 'external_address': host}]})
        assert problem.startswith('listeners[0].external_address: is neither an address nor a host name')
    assert time.process_time() - began < 1


def test_all_problems_of_a_set_at_once() -> None:
    sip = {'name': 'sip', 'address': '10.1.0.2', 'port': 5060, 'proto': 'udp'}
    problems = problems_of(
        {
            'scope': 'a b',
            'listeners': [sip, sip, {**sip, 'name': 'lb', 'type': 'internal'}, 7],
            'internal': [],
            'external': ['10.0.0.1/8', 'a b'],
            'external_address': '!',
            'default_outbound': {'ipv4': 'fd00::1'},
            'destinations': ['x'],
            'properties': {'A': []},
            'nonsense': 1,
        }
    )
    for text in (
        'scope: is not a valid scope name',
        'listeners[1].name: is declared twice, here and at listeners[0] (found sip)',
        'listeners[3]: is not a mapping',
        'listeners[2].type: is internal, but it is not said which networks are',
        'external[0]: has host bits set',
        'external[1]: is not a network',
        'external_address: is neither',
        'default_outbound.ipv4: is not the ipv4 address of a host (found fd00::1)',
        'destinations[0]: is not an address',
        'properties.A: is not text',
        'nonsense: is not a known key',
    ):
        assert any(problem.startswith(text) for problem in problems), (text, problems)
    assert not read_listeners(
        {'scope': 'lab', 'firewall': False, 'listeners': [{**sip, 'type': 'internal'}]}
    ).firewall


@pytest.mark.parametrize(
    'one, other, refused',
    [
        ('0.0.0.0', 'fd00::1', True),
        ('10.0.0.1', 'fd00::1', False),
        ('::', '10.0.0.1', True),
        ('fd00::1', 'fd00::2', False),
        ('::', 'fd00::1', True),
        ('10.0.0.1', '10.0.0.1', True),
        ('10.0.0.1', '10.0.0.2', False),
    ],
)
def test_places_of_sctp(one: str, other: str, refused: bool) -> None:
    """As in kernels, see molecule/kernels: an IPv6 address takes IPv4 along, and devices do not count."""
    for devices in (('', ''), ('eth0', 'eth1')):
        places = [
            endpoint('', 'sctp', address, 3868, device=device)
            for address, device in zip((one, other), devices)
        ]
        assert conflict(*places) == conflict(*reversed(places)) == refused
    ipv6_only = endpoint('', 'sctp', '::', 3868, v6only=True)
    assert not conflict(ipv6_only, endpoint('', 'sctp', '10.0.0.1', 3868))


def test_spelling() -> None:
    assert (
        host_port('10.0.0.1', 80) == '10.0.0.1:80'
        and host_port('fd00::1', 80) == '[fd00::1]:80'
        and host_port('a.example', 80) == 'a.example:80'
    )
    assert endpoint('', 'tcp', '::FFFF:a09:1', 80, v6only=True).text() == 'tcp 10.9.0.1:80'
    assert endpoint('', 'tcp', '::', 80, device='eth0').text() == 'tcp [::]:80 on eth0 for both families'
    assert endpoint('', 'tcp', '::', 80, v6only=True).families == ('ipv6',)
