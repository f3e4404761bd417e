# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DHCP client of the role dhcp_client, with udhcpc and a server on either side that gives the same
address; with systemd: the scenario signalling.

host 10.0.0.5 up0 --- 10.0.0.1 management            sig (by DHCP) eth0 --- 10.0.0.1 signalling
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import time
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.etc_world import own_etc
from ansible_collections.multinet.linux.tests.integration.servers import FOLDERS, running

SOURCE, PROGRAM = (
    tree.TOP / 'roles/dhcp_client/files/dhcp-client.sh',
    '/run/dhcp-client',
)
RESOLVER, LEASE, SAID = (
    pathlib.Path('/etc/netns/sig/resolv.conf'),
    pathlib.Path('/run/leases/sig:eth0'),
    pathlib.Path('/run/said'),
)
DOCUMENT: dict[str, t.Any] = {
    'name': 'split',
    'namespaces': [
        {
            'name': 'sig',
            'nameservers': {'addresses': ['dhcp']},
            'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'eth0', 'namespace': 'signalling'}}],
        },
        {'name': 'signalling', 'iptables_mode': 'shared'},
    ],
}
SETTINGS = {
    'DHCP_STATE': str(LEASE.parent),
    'DHCP_ROUTES': 'yes',
    'DHCP_NAMESERVERS': 'yes',
    'DHCP_OPTIONS': 'timeout:1 attempts:1',
}
RESERVED = (
    '--dhcp-option=option:router,10.0.0.1',
    '--dhcp-option=option:dns-server,10.0.0.1,10.0.0.2',
    '--domain=sig.example',
)


def _client(*words: str, **settings: str) -> list[str]:
    variables = [
        '%s=%s' % item
        for item in {**SETTINGS, 'PATH': os.pathsep.join([os.environ['PATH'], *FOLDERS]), **settings}.items()
    ]
    return ['env', *variables, PROGRAM, *words]


@contextlib.contextmanager
def _asking(**settings: str) -> t.Iterator[subprocess.Popen[str]]:
    with (
        SAID.open('w', encoding='utf-8') as said,
        subprocess.Popen(
            ['ip', 'netns', 'exec', 'sig', *_client('run', 'sig', 'eth0', **settings)],
            stdout=said,
            stderr=said,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def _serving(address: str, *options: str) -> t.Iterator[None]:
    with running(
        'signalling',
        'dnsmasq',
        '-k',
        '-C',
        '/dev/null',
        '--user=root',
        '--port=0',
        '--dhcp-authoritative',
        '--dhcp-leasefile=/run/given',
        '--interface=eth0',
        '--pid-file=',
        '--log-facility=-',
        '--dhcp-range=%s,%s,2m' % (address, address),
        *options,
    ):
        yield


def _all(*commands: str) -> str:
    return ''.join(map(world.run, commands))


def _have() -> str:
    return ' '.join(re.findall(r'inet (\S+)', world.run('ip -n sig -4 address show dev eth0')))


def _until(what: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, (_have(), SAID.read_text())
        time.sleep(0.05)


def _leased(what: str) -> bool:
    return what in LEASE.read_text()


def _of_management() -> str:
    return _all('ip address show dev up0', 'ip route', 'ip -6 route', 'cat /etc/resolv.conf')


def _in_a_namespace() -> None:
    own_etc()
    _all('ip netns add management', 'ip link add up0 type veth peer name eth0 netns management')
    _all('ip address add 10.0.0.50/24 dev up0', 'ip link set up0 up', 'ip route add default via 10.0.0.1')
    pathlib.Path('/etc/resolv.conf').write_text('nameserver 10.0.0.1\n')
    converge(DOCUMENT)
    _all('ip -n signalling address add 10.0.0.1/24 dev eth0', 'ip -n signalling link set eth0 up')
    shutil.copy(SOURCE, PROGRAM)
    os.chmod(PROGRAM, 0o755)
    LEASE.parent.mkdir()
    before = _of_management()

    with _serving('10.0.0.50', *RESERVED):
        with _asking():
            _until(LEASE.exists)
            assert _have() == '10.0.0.50/24'
            assert (
                world.run('ip -n sig route show default').split()[:7]
                == 'default via 10.0.0.1 dev eth0 proto dhcp'.split()
            )
            assert RESOLVER.read_text().splitlines()[1:] == [
                'search sig.example',
                'nameserver 10.0.0.1',
                'nameserver 10.0.0.2',
                'options timeout:1 attempts:1',
            ]
            assert world.run('ip netns exec sig ping -c 1 -W 5 10.0.0.1')
            assert (
                'address 10.0.0.50/24 for 120 s from 10.0.0.1' in SAID.read_text()
                and 'less than a day' in SAID.read_text()
            )
            # To the layout it is somebody else's, with all that comes with it.
            assert not converge(DOCUMENT).changes and _have() == '10.0.0.50/24'
        inode = RESOLVER.stat().st_ino
        # Killed, it leaves what is there, and the next one asks for the same.
        assert _have() == '10.0.0.50/24'
        with subprocess.Popen(
            ['ip', '-n', 'sig', 'monitor', 'address', 'route'], stdout=subprocess.PIPE, text=True
        ) as monitor:
            with _asking():
                _until(lambda: 'address 10.0.0.50/24' in SAID.read_text())
            monitor.terminate()
            heard = monitor.communicate()[0]
        assert '10.0.0.50/24' in heard and 'Deleted' not in heard

    # Another address is taken over, with routes that are given one by one.
    with _serving(
        '10.0.0.60',
        '--dhcp-option=option:classless-static-route,0.0.0.0/0,10.0.0.2,198.51.100.0/24,10.0.0.3',
        '--dhcp-option=option:router,10.0.0.1',
        '--dhcp-option=option:dns-server,10.0.0.9',
    ):
        with _asking(DHCP_METRIC='7'):
            _until(lambda: _have() == '10.0.0.60/24' and '10.0.0.60' in LEASE.read_text())
            assert 'was 10.0.0.50/24 until now' in SAID.read_text()
            routes = [' '.join(line.split()) for line in world.run('ip -n sig -4 route').splitlines()]
            assert sorted(routes) == [
                '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.60',
                '198.51.100.0/24 via 10.0.0.3 dev eth0 proto dhcp metric 7',
                'default via 10.0.0.2 dev eth0 proto dhcp metric 7',
            ]
            # In place: who has the file open sees it.
            assert 'nameserver 10.0.0.9\n' in RESOLVER.read_text() and RESOLVER.stat().st_ino == inode
    assert _of_management() == before

    # With another metric the routes of before go.
    with _serving('10.0.0.60', *RESERVED):
        for metric in ('8', '9'):
            with _asking(DHCP_METRIC=metric):
                _until(functools.partial(_leased, 'metric ' + metric))
            assert [
                line.split()[-1] for line in world.run('ip -n sig -4 route show default').splitlines()
            ] == [metric]

    # What somebody else wrote stays, and so does what a lease has set, until it is forgotten.
    own = RESOLVER.read_text()
    RESOLVER.write_text('nameserver 192.0.2.9\n')
    with _asking() as process:
        assert (
            process.wait(60) != 0 and "is not the DHCP client's (found another first line" in SAID.read_text()
        )
    assert RESOLVER.read_text() == 'nameserver 192.0.2.9\n' and _have() == '10.0.0.60/24'
    RESOLVER.write_text(own)
    subprocess.run(_client('forget', 'sig', 'eth0'), check=True)
    assert (
        _have() == ''
        and world.run('ip -n sig -4 route') == ''
        and not RESOLVER.exists()
        and not LEASE.parent.exists()
    )
    done = subprocess.run(
        ['ip', 'netns', 'exec', 'sig', *_client('run', 'sig', 'eth9')],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (
        done.returncode == 1 and done.stderr == 'link eth9: is not in namespace sig (there are: lo eth0 )\n'
    )
    assert converge({'name': 'split'}, absent=True).changes and not RESOLVER.parent.exists()


def test_client_in_a_namespace() -> None:
    world.in_world(_in_a_namespace)


def _message_of_a_server() -> None:
    shutil.copy(SOURCE, PROGRAM)
    os.chmod(PROGRAM, 0o755)
    message = 'no\n<0>emergency\x1b[2J\r\x9b' + 'x' * 5000
    done = subprocess.run(
        _client('nak', DHCP_NAMESPACE='sig', DHCP_LINK='eth0', message=message),
        check=True,
        capture_output=True,
        text=True,
    )
    assert (
        done.stdout.startswith('the server takes the address back (no <0>emergency [2J ')
        and done.stderr == ''
    )
    assert done.stdout.count('\n') == 1 and done.stdout[:-1].isprintable() and len(done.stdout) < 300


def test_what_a_server_says_is_one_line_of_the_journal() -> None:
    world.in_world(_message_of_a_server)


def _other_network() -> None:
    shutil.copy(SOURCE, PROGRAM)
    os.chmod(PROGRAM, 0o755)
    _all('ip netns add sig', 'ip netns add other')
    done = subprocess.run(
        ['ip', 'netns', 'exec', 'other', *_client('run', 'sig', 'eth0')],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and 'namespace sig: this is another network' in done.stderr


def test_client_does_not_run_in_another_network() -> None:
    world.in_world(_other_network)
