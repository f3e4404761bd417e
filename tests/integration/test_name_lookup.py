# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names on either side of a split, with dnsmasq on the wire of each at the same address, as programs look
them up by the C library.

host 10.0.0.5 up0 --- 10.0.0.1 management            sig 10.0.0.5 eth0 --- 10.0.0.1, 10.0.0.2 signalling
"""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import time
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.etc_world import own_etc
from ansible_collections.multinet.linux.tests.integration.reachability_world import reach
from ansible_collections.multinet.linux.tests.integration.servers import running

MANAGEMENT, FIRST, SECOND = ('management', '10.0.0.1'), ('signalling', '10.0.0.1'), ('signalling', '10.0.0.2')
ANSWERS = {MANAGEMENT: '192.0.2.1', FIRST: '192.0.2.2', SECOND: '192.0.2.3'}
Place = tuple[str, str]


def _log(place: Place) -> pathlib.Path:
    return pathlib.Path('/run/%s-%s.log' % place)


def _heard(place: Place) -> str:
    return _log(place).read_text() if _log(place).exists() else ''


def _furnish() -> None:
    own_etc()
    for name in ('sig', 'signalling', 'management'):
        world.run('ip netns add ' + name)
        world.run('ip -n %s link set lo up' % name)
    for namespace, link, peer in (('', 'up0', 'management'), ('sig', 'eth0', 'signalling')):
        own = 'ip -n %s ' % namespace if namespace else 'ip '
        world.run(own + 'link add %s type veth peer name eth0 netns %s' % (link, peer))
        world.run(own + 'address add 10.0.0.5/24 dev ' + link)
        world.run(own + 'link set %s up' % link)
        world.run('ip -n %s address add 10.0.0.1/24 dev eth0' % peer)
        world.run('ip -n %s link set eth0 up' % peer)
    world.run('ip -n signalling address add 10.0.0.2/24 dev eth0')
    pathlib.Path('/etc/resolv.conf').write_text('nameserver 10.0.0.1\noptions timeout:1 attempts:1\n')
    converge(
        {
            'name': 'split',
            'namespaces': [
                {
                    'name': 'sig',
                    'create': False,
                    'nameservers': {
                        'addresses': ['10.0.0.1', '10.0.0.2'],
                        'options': ['timeout:1', 'attempts:1'],
                    },
                }
            ],
        }
    )
    # What comes to the name servers of management is counted by the kernel as well.
    world.run(
        'ip netns exec management nft -f -',
        text='table inet watch { chain seen { type filter hook prerouting priority -500; '
        'meta l4proto { tcp, udp } th dport 53 counter; }; }',
    )


def _asked_of_management() -> int:
    return int(
        world.run('ip netns exec management nft list table inet watch').split('packets ')[1].split()[0]
    )


@contextlib.contextmanager
def _serving(*places: Place) -> t.Iterator[None]:
    with contextlib.ExitStack() as stack:
        for place in places:
            namespace, address = place
            stack.enter_context(
                running(
                    namespace,
                    'dnsmasq',
                    '-k',
                    '-C',
                    '/dev/null',
                    '--user=root',
                    '--no-resolv',
                    '--no-hosts',
                    '--log-queries',
                    '--bind-interfaces',
                    '--log-facility=%s' % _log(place),
                    '--pid-file=',
                    '--listen-address=' + address,
                    '--except-interface=lo',
                    '--address=/example/' + ANSWERS[place],
                    *(['--address=/last/' + ANSWERS[place]] if place == SECOND else []),
                )
            )
        deadline = time.monotonic() + 60
        for namespace, address in places:
            while reach(
                {
                    'namespace': 'sig' if namespace == 'signalling' else 'host',
                    'kind': 'dns',
                    'to': address,
                    'query': 'up.example',
                },
                timeout=1,
            ).get('failed'):
                assert time.monotonic() < deadline, _heard((namespace, address))
        yield


def _look_up(name: str, namespace: str = '') -> str:
    """The address that the C library finds for a name; '' where it finds none."""
    words = ['ip', 'netns', 'exec', namespace] if namespace else []
    done = subprocess.run([*words, 'getent', 'ahostsv4', name], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) in ((0, ''), (2, '')), done
    return done.stdout.split(' ')[0]


def _each_side() -> None:
    _furnish()
    with _serving(MANAGEMENT, FIRST, SECOND):
        assert _look_up('one.example') == '192.0.2.1' and _look_up('one.example', 'sig') == '192.0.2.2'
        done = reach(
            {'kind': 'dns', 'to': '10.0.0.1', 'query': 'one.example', 'answer': r'^192\.0\.2\.1$'},
            {
                'namespace': 'sig',
                'kind': 'dns',
                'to': '10.0.0.1',
                'query': 'one.example',
                'answer': r'^192\.0\.2\.2$',
            },
            {'namespace': 'sig', 'kind': 'dns', 'to': '10.0.0.1', 'query': 'one.last', 'expect': 'refused'},
            separate=['host', 'sig'],
        )
        assert not done.get('failed'), done['msg']
        before = _asked_of_management()
        for number in range(20):
            assert _look_up('sig%d.example' % number, 'sig') == '192.0.2.2'
        for blocked in (False, True):
            if blocked:
                world.run(
                    'ip netns exec sig nft -f -',
                    text='table inet blocked { chain sent { type filter hook output priority 0; '
                    'meta l4proto { tcp, udp } th dport 53 drop; }; }',
                )
            assert _look_up('sig-blocked-%s.example' % blocked, 'sig') == ('' if blocked else '192.0.2.2')
        done = reach(
            {
                'namespace': 'sig',
                'kind': 'dns',
                'to': '10.0.0.1',
                'query': 'two.example',
                'expect': 'silent',
                'timeout': 0.2,
            }
        )
        assert not done.get('failed'), done['msg']
        assert _asked_of_management() == before and 'sig' not in _heard(MANAGEMENT)
        assert 'sig-blocked-False.example' in _heard(FIRST) and 'sig-blocked-True' not in _heard(FIRST)
        # The host has its own all the while.
        assert _look_up('two.example') == '192.0.2.1' and _asked_of_management() > before


def test_a_name_is_asked_for_on_its_own_side_and_nowhere_else() -> None:
    world.in_world(_each_side)


def _failover() -> dict[str, float]:
    _furnish()
    fastest: dict[str, float] = {}

    def look_up(way: str, name: str) -> None:
        """What the second server says, again and again until it took less than two seconds once: this machine
        may be busy."""
        for number in range(20):
            began = time.monotonic()
            assert _look_up('%d.%s' % (number, name), 'sig') == '192.0.2.3', way
            fastest[way] = time.monotonic() - began
            if fastest[way] < 2:
                break

    with _serving(MANAGEMENT, FIRST, SECOND):
        before = _asked_of_management()
        world.run(
            'ip netns exec signalling nft -f -',
            text='table inet dead { chain heard { type filter hook input priority 0; '
            'ip daddr 10.0.0.1 udp dport 53 drop; }; }',
        )
        look_up('silent', 'silent.example')
        world.run('ip netns exec signalling nft delete table inet dead')
        assert _look_up('back.example', 'sig') == '192.0.2.2'
        look_up('refuses', 'refused.last')
        assert _asked_of_management() == before
    with _serving(MANAGEMENT, SECOND):
        before = _asked_of_management()
        look_up('gone', 'gone.example')
        assert _asked_of_management() == before
    return fastest


def test_the_next_server_is_asked_within_two_seconds() -> None:
    fastest = world.in_world(_failover)
    assert all(seconds < 2 for seconds in fastest.values()), fastest
    assert fastest['silent'] >= 1  # that is how long the first is waited for
