# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that a namespace asks for with the servers, files and programs of another."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.engine.leaks.resolvers import (
    hosts_line,
    servers_in,
)
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.leaks_world import furnish, kinds, told
from ansible_collections.multinet.linux.tests.integration.reachability_world import PEER


@contextlib.contextmanager
def _living(*words: str) -> t.Iterator[subprocess.Popen[str]]:
    """A process that lives in red until the block ends."""
    with subprocess.Popen(
        [*words, 'sh', '-c', 'echo ready; read -r line'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == 'ready\n'
        try:
            yield process
        finally:
            process.kill()


def _names() -> None:
    furnish()
    red, switch = pathlib.Path('/etc/netns/red/resolv.conf'), pathlib.Path('/etc/netns/red/nsswitch.conf')
    pathlib.Path('/etc/netns/blue/resolv.conf').write_text('nameserver 192.0.2.53\nnameserver 127.0.0.1\n')
    assert not told() and not told('host', 'red')
    red.write_text('nameserver 127.0.0.1\n nameserver 192.0.2.53\noptions timeout:1\n')
    both = (
        '192.0.2.53 is a name server of both (/etc/netns/red/resolv.conf of red,'
        ' /etc/netns/blue/resolv.conf of blue); '
        'give each servers of its own, or name it in crossings.nameservers'
    )
    assert told() == [('dns', both)]
    assert not told(crossings={'nameservers': ['192.0.2.53']})
    # Without a file of its own it asks the host's servers, which is not on purpose.
    red.unlink()
    for group in (('host', 'red'), ('red', 'host')):
        assert [
            (kind, '/etc/resolv.conf, for there is no /etc/netns/red/resolv.conf of red' in text)
            for kind, text in told(*group)
        ] == [('dns', True)]
    assert not told()
    # A process that was not given the files of the namespace.
    red.write_text('nameserver %s\n' % PEER)
    with _living('ip', 'netns', 'exec', 'red'):
        assert not told('host', 'red')
    with _living('nsenter', '--net=/run/netns/red') as process:
        assert told('host', 'red') == [
            (
                'dns',
                '192.0.2.1 is a name server of both (/etc/resolv.conf of host, the'
                ' /etc/resolv.conf of process '
                '%d (sh) of red); give each servers of its own, or name it in crossings.nameservers'
                % process.pid,
            )
        ]
    # "ip netns exec" binds over what /etc/resolv.conf points to; who looks from outside has to follow the
    # link inside.
    os.mkdir('/run/elsewhere')
    os.symlink('elsewhere', '/run/there')
    pathlib.Path('/run/elsewhere/resolv.conf').write_text('nameserver 192.0.2.1\n')
    os.unlink('/etc/resolv.conf')
    os.symlink('../run/there/resolv.conf', '/etc/resolv.conf')
    with _living('ip', 'netns', 'exec', 'red'):
        assert not told('host', 'red')
    os.unlink('/etc/resolv.conf')
    os.symlink('/run/there/resolv.conf', '/etc/resolv.conf')
    with _living('ip', 'netns', 'exec', 'red'):
        assert not told('host', 'red')
    with _living('nsenter', '--net=/run/netns/red'):
        assert kinds('host', 'red') == ['dns']
    # Programs that answer from the host's network, whoever asks.
    switch.unlink()
    assert not told('host', 'red')
    os.makedirs('/run/systemd/resolve')
    with socket.socket(socket.AF_UNIX) as resolved:
        resolved.bind('/run/systemd/resolve/io.systemd.Resolve')
        assert told('host', 'red') == [
            (
                'dns',
                'nss-resolve answers for red from the network of the host (/etc/nsswitch.conf); leave'
                ' files and dns alone '
                'in its nsswitch.conf, and hide the socket',
            )
        ]
        assert not told()  # blue has its own
        switch.write_text('hosts: files dns\n')
        with _living('ip', 'netns', 'exec', 'red'):
            assert not told('host', 'red')
        with _living('nsenter', '--net=/run/netns/red') as process:
            assert (
                'nss-resolve answers for red from the network of the host (process %d (sh))' % process.pid
                in str(told('host', 'red'))
            )
    os.mkdir('/run/nscd')
    with socket.socket(socket.AF_UNIX) as nscd, _living('ip', 'netns', 'exec', 'red') as process:
        assert not told('host', 'red')
        nscd.bind('/run/nscd/socket')
        assert told('host', 'red') == [
            (
                'dns',
                'nscd answers for red from the network of the host (process %d (sh)); leave files and'
                ' dns alone in its '
                'nsswitch.conf, and hide the socket' % process.pid,
            )
        ]
        # As a unit does that must not see it.
        with _living(
            'unshare',
            '--mount',
            'sh',
            '-c',
            'mount -t tmpfs hidden /run/nscd && exec ip netns exec red "$@"',
            'sh',
        ):
            process.kill()
            process.wait()
            assert not told('host', 'red')


def test_names_that_are_asked_for_elsewhere() -> None:
    world.in_world(_names)


def test_files_about_names() -> None:
    assert servers_in(
        ' nameserver FD00::1%eth0\n#nameserver 192.0.2.1\nnameserver\nnameserver\t192.0.2.2 x\nsearch'
        ' nameserver\n'
    ) == ['fd00::1', '192.0.2.2']
    assert servers_in(None) == [] and hosts_line(None) == [] and hosts_line('passwd: files\n') == []
    assert hosts_line('# hosts: no\nhosts:\tfiles resolve [!UNAVAIL=return] dns # mdns\n') == [
        'files',
        'resolve',
        '[!UNAVAIL=return]',
        'dns',
    ]
