# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What templates make of listeners."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.filter.host_port import host_port
from ansible_collections.multinet.linux.plugins.filter.listener_for import listener_for
from ansible_collections.multinet.linux.plugins.filter.listener_upstreams import listener_upstreams


def row(name: str, address: str, **more: t.Any) -> dict[str, t.Any]:
    return {
        'name': name,
        'namespace': 'host',
        'family': 'ipv6' if ':' in address else 'ipv4',
        'proto': 'tcp',
        'address': address,
        'port': 5060,
        'advertised_address': address,
        'enabled': True,
        'state': 'present',
        **more,
    }


ROWS = [
    row('a', '10.2.0.2'),
    row('b', '10.2.0.3', port=5070),
    row('c', 'fd02::2'),
    row('a', '10.2.0.2', proto='udp'),
    row('w', '0.0.0.0', port=80, advertised_address='10.2.0.9'),
    row('n', '::', port=80, advertised_address=''),
]


@pytest.mark.parametrize(
    'options, lines',
    [
        (
            {},
            [
                'server 10.2.0.2:5060;',
                'server 10.2.0.3:5070;',
                'server [fd02::2]:5060;',
                'server 10.2.0.9:80;',
            ],
        ),
        ({'family': 'ipv6'}, ['server [fd02::2]:5060;']),
        ({'family': 'ipv6', 'proto': 'udp'}, ['server 10.2.0.2:5060;']),  # there is none of IPv6
        (
            {'family': 'ipv4', 'options': 'weight=5 backup'},
            [
                'server 10.2.0.2:5060 weight=5 backup;',
                'server 10.2.0.3:5070 weight=5 backup;',
                'server 10.2.0.9:80 weight=5 backup;',
            ],
        ),
        (
            {'software': 'haproxy', 'family': 'ipv6', 'options': 'check'},
            ['server c_ipv6 [fd02::2]:5060 check'],
        ),
        ({'software': 'plain', 'proto': 'udp'}, ['10.2.0.2:5060']),
    ],
)
def test_upstreams(options: dict[str, t.Any], lines: list[str]) -> None:
    assert listener_upstreams(ROWS, **options) == lines


@pytest.mark.parametrize(
    'rows, options, found',
    [
        (ROWS, {'family': 'ipv6', 'proto': 'udp', 'fallback': False}, 'no listener is fit (found a tcp ipv4'),
        ([], {}, 'no listener is fit (found none, want tcp)'),
        (
            ROWS,
            {'software': 'apache'},
            'software is unknown (found apache, want one of nginx, haproxy, plain)',
        ),
        (ROWS, {'family': 'v6'}, 'family is unknown (found v6'),
        ([{'name': 'x'}], {}, 'these are not rows of listener_bind'),
        (7, {}, 'these are not rows of listener_bind'),
    ],
)
def test_no_upstreams(rows: t.Any, options: dict[str, t.Any], found: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        listener_upstreams(rows, **options)
    assert found in str(caught.value)


FOUND = {
    'sources': {
        '198.51.100.9': {'host': '10.2.0.2'},
        '203.0.113.1': {'host': '10.2.0.77'},
        'fd09::9': {'host': ''},
    },
    'by_name': {
        'a': [ROWS[0], ROWS[3]],
        'c': [ROWS[2]],
        'w': [ROWS[4]],
        'off': [row('off', '10.2.0.2', enabled=False)],
    },
}


def test_listener_for() -> None:
    assert [one['name'] for one in listener_for(FOUND, '198.51.100.9')] == ['a', 'a']
    assert [one['name'] for one in listener_for(FOUND, '203.0.113.1')] == ['w']
    for destination, found in (
        (
            '192.0.2.1',
            'was not asked for (found 198.51.100.9, 203.0.113.1, fd09::9);'
            ' give it to listener_bind in destinations',
        ),
        ('fd09::9', 'there is no way from host to fd09::9'),
    ):
        with pytest.raises(AnsibleFilterError) as caught:
            listener_for(FOUND, destination)
        assert found in str(caught.value)
    with pytest.raises(AnsibleFilterError):
        listener_for([], '198.51.100.9')


def test_host_port() -> None:
    assert [
        host_port('10.0.0.1', 80),
        host_port('fd00::1', '80'),
        host_port('[fd00::1]', 80),
        host_port('a.example', 80),
    ] == ['10.0.0.1:80', '[fd00::1]:80', '[fd00::1]:80', 'a.example:80']
    with pytest.raises(AnsibleFilterError, match='port is out of range'):
        host_port('10.0.0.1', 0)
