# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of SIPp to an edge with an external listener, balanced by nginx and haproxy to two internal ones on
another host.

ua 198.51.100.9 --- router --- 10.1.0.2 up0 edge up1 10.2.0.2 --- 10.2.0.11, 10.2.0.12 app

The edge has its default route on the inner side, so that nothing but the rules of the role leads an answer to
the user agent.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import subprocess
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.filter.listener_upstreams import listener_upstreams
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.plugin_utils.multihome import multihome
from ansible_collections.multinet.linux.tests.integration.listener_world import bind, reached, told
from ansible_collections.multinet.linux.tests.integration.servers import (
    SERVERS,
    program,
    running,
    surroundings,
)
from ansible_collections.multinet.linux.tests.integration.wire import Wire
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

ADVERTISED = {'external_address': '203.0.113.7', 'external_port': 5070}
EDGE = (
    {
        'name': 'sip',
        'namespace': 'edge',
        'address': '{iface:up0}',
        'port': 5060,
        'proto': 'tcp_udp',
        'type': 'external',
        **ADVERTISED,
    },
)
EXTERNAL = ('10.1.0.2', 5060)
APP = tuple(
    {
        'name': 'app%d' % number,
        'namespace': 'app',
        'address': '10.2.0.%d' % number,
        'port': 5060,
        'proto': 'tcp_udp',
        'type': 'internal',
    }
    for number in (11, 12)
)
NGINX = '''
load_module %(module)s;
daemon off; master_process off; user root; pid %(folder)s/nginx.pid; error_log %(folder)s/nginx.log;
events {}
stream {
  upstream tcp { %(tcp)s }
  upstream udp { %(udp)s }
  server { listen 10.1.0.2:5060; proxy_pass tcp; }
  server { listen 10.1.0.2:5060 udp; proxy_pass udp; proxy_timeout 10s; }
}
'''
HAPROXY = '''
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen sip
  bind 10.1.0.2:5060
  %(lines)s
'''
CONTACT = '''<recv response="200" rtd="true"><action>
  <ereg regexp="sip:203.0.113.7:5070" search_in="hdr" header="Contact:" check_it="true" assign_to="contact"/>
</action></recv>'''


def furnish() -> None:
    for name in ('ua', 'router', 'edge', 'app'):
        run('ip netns add ' + name)
        run('ip -n %s link set lo up' % name)
    for one, other in (
        (('ua', 'eth0', '198.51.100.9/24'), ('router', 'ua0', '198.51.100.1/24')),
        (('router', 'edge0', '10.1.0.9/24'), ('edge', 'up0', '')),
        (('edge', 'up1', ''), ('app', 'eth0', '10.2.0.11/24')),
    ):
        run('ip -n %s link add %s type veth peer name %s netns %s' % (*one[:2], other[1], other[0]))
        for name, link, address in (one, other):
            if address:
                run('ip -n %s address add %s dev %s' % (name, address, link))
            run('ip -n %s link set %s up' % (name, link))
    run('ip -n app address add 10.2.0.12/24 dev eth0')
    run('ip -n ua route add default via 198.51.100.1')
    run('ip -n router route add 10.2.0.0/24 via 10.1.0.2')
    run('ip -n app route add default via 10.2.0.2')
    for name in ('router', 'edge'):
        run('ip netns exec %s sysctl -qw net.ipv4.ip_forward=1' % name)
    converge(
        multihome(
            {
                'name': 'mh',
                'namespace': 'edge',
                'default': 'up1',
                'links': [
                    {
                        'name': 'up0',
                        'kind': 'physical',
                        'addresses': ['10.1.0.2/24'],
                        'gateways': ['10.1.0.9'],
                    },
                    {
                        'name': 'up1',
                        'kind': 'physical',
                        'addresses': ['10.2.0.2/24'],
                        'gateways': ['10.2.0.11'],
                    },
                ],
            }
        )
    )
    # User agents have a way to the inner network and back: it is not for want of one that they are refused
    # there.
    run('ip -n edge rule add priority 900 iif up1 lookup 1001')
    run('ip netns exec ua ping -n -c 1 -W 5 10.2.0.11')


def held(*listeners: dict[str, t.Any], protocols: t.Collection[str] = ('tcp', 'udp')) -> None:
    """Wait until the listeners are there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        missing = [
            one
            for one in told(listeners=list(listeners), firewall=False)['listeners']
            if one['verdict'] == 'missing' and one['proto'] in protocols
        ]
        if not missing:
            return
        time.sleep(0.1)
    raise AssertionError(missing)


def calls(folder: str, transport: str) -> bool:
    """Place calls, each from a port of its own, whose answers have to tell the advertised address."""
    words = [
        program('sipp'),
        '-sf',
        folder + '/uac.xml',
        '-i',
        '198.51.100.9',
        '-t',
        transport + 'n',
        '-m',
        '4',
        '-r',
        '10',
        '-nostdin',
        '-timeout',
        '30s',
        '-timeout_error',
        '-max_socket',
        '50',
        '10.1.0.2:5060',
    ]
    done = subprocess.run(
        ['ip', 'netns', 'exec', 'ua', *words],
        env=surroundings(),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode == 0


def watched(folder: str, transport: str) -> set[int]:
    """Place calls and look at both wires meanwhile: answers leave where requests came in. Gives the ports
    that the calls came from."""
    with Wire('edge', 'up0') as outer, Wire('edge', 'up1') as inner:
        assert calls(folder, transport), transport
        outside, within = outer.packets(), inner.packets()
    requests = {packet.source for packet in outside if not packet.leaves and packet.destination == EXTERNAL}
    answers = {packet.destination for packet in outside if packet.leaves and packet.source == EXTERNAL}
    assert requests == answers and {address for address, _port in requests} == {'198.51.100.9'}
    assert {packet.proto for packet in outside} == {'udp' if transport == 'u' else 'tcp'}
    # Neither the user agent nor the address that it calls are ever seen on the inner wire, and both servers
    # are asked there.
    ends = {end[0] for packet in within for end in (packet.source, packet.destination)}
    assert ends == {'10.2.0.2', '10.2.0.11', '10.2.0.12'}, ends
    return {port for _address, port in requests}


def scenarios(folder: str, advertised: str) -> None:
    """The scenarios that SIPp comes with, but that the server tells its advertised address and the client
    looks at it."""

    def of(name: str) -> str:
        done = subprocess.run(
            [program('sipp'), '-sd', name], env=surroundings(), check=False, capture_output=True, text=True
        )
        return re.sub(
            '<timewait [^>]*/>', '', done.stdout[done.stdout.index('<?xml') :]
        )  # a call that has ended is over

    server = of('uas').replace('Contact: <sip:[local_ip]:[local_port];', 'Contact: <sip:%s;' % advertised)
    client = of('uac').replace('<recv response="200" rtd="true">\n  </recv>', CONTACT)
    assert advertised in server and CONTACT in client
    client = client.replace('</scenario>', '  <Reference variables="contact"/>\n</scenario>')
    for name, text in (('uas', server), ('uac', client)):
        pathlib.Path(folder, name + '.xml').write_text(text, encoding='latin-1')


def module() -> str:
    return next(
        str(path)
        for root in (SERVERS, '/')
        for path in pathlib.Path(root).glob('usr/lib/nginx/modules/ngx_stream_module.so')
    )


def body(folder: str) -> None:
    furnish()
    edge, app = bind(*EDGE, scope='edge'), bind(*APP, scope='app')
    (advertised,) = {row['advertised'] for row in edge['external']}
    scenarios(folder, advertised)
    upstreams = {
        proto: ' '.join(listener_upstreams(app['internal'], 'nginx', 'ipv4', proto))
        for proto in ('tcp', 'udp')
    }
    pathlib.Path(folder, 'nginx.conf').write_text(
        NGINX % {'module': module(), 'folder': folder, **upstreams}, encoding='ascii'
    )
    pathlib.Path(folder, 'haproxy.cfg').write_text(
        HAPROXY % {'lines': '\n  '.join(listener_upstreams(app['internal'], 'haproxy', options='check'))},
        encoding='ascii',
    )

    with contextlib.ExitStack() as stack:
        # Two rounds of four calls over each transport: a server that has had its half of them ends.
        servers = [
            stack.enter_context(
                running(
                    'app',
                    'sipp',
                    '-sf',
                    folder + '/uas.xml',
                    '-i',
                    address,
                    '-p',
                    '5060',
                    '-t',
                    transport,
                    '-m',
                    '4',
                    '-nostdin',
                )
            )
            for transport in ('u1', 't1')
            for address in ('10.2.0.11', '10.2.0.12')
        ]
        with running('edge', 'nginx', '-c', folder + '/nginx.conf', '-p', folder):
            held(*EDGE)
            held(*APP)
            for proto in ('tcp', 'udp'):
                assert not reached(
                    'ua', '10.2.0.11', 5060, proto
                )  # the internal listener refuses user agents
                with pytest.raises(TimeoutError):  # the external one does not hear the inner network at all
                    reached('app', '10.1.0.2', 5060, proto)
            for transport in ('u', 't'):
                first, reconnected = watched(folder, transport), watched(folder, transport)
                assert len(first) == len(reconnected) == 4 and not first & reconnected, transport
            for server in servers:
                assert server.wait(30) == 0  # each had four of eight calls
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(
                running(
                    'app',
                    'sipp',
                    '-sf',
                    folder + '/uas.xml',
                    '-i',
                    address,
                    '-p',
                    '5060',
                    '-t',
                    't1',
                    '-m',
                    '2',
                    '-nostdin',
                )
            )
            for address in ('10.2.0.11', '10.2.0.12')
        ]
        held(*APP, protocols=['tcp'])
        with running('edge', 'haproxy', '-db', '-f', folder + '/haproxy.cfg'):
            held(*EDGE, protocols=['tcp'])
            assert len(watched(folder, 't')) == 4
            for server in servers:
                assert server.wait(30) == 0


def test_calls_reach_internal_listeners_by_the_external_one_only(tmp_path: pathlib.Path) -> None:
    in_world(body, str(tmp_path))
