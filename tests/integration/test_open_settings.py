# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that stay open tell what reading each file tells."""

from __future__ import annotations

import os
import pathlib
import resource

import pytest
from ansible_collections.multinet.linux.tests.integration import open_settings, world

_TOP = pathlib.Path('/proc/sys')


def read_plainly() -> dict[str, str]:
    settings = {}
    for root in ('net/ipv4', 'net/ipv6', 'net/core', 'net/netfilter'):
        for path in (_TOP / root).rglob('*'):
            name = str(path.relative_to(_TOP))
            if path.is_file() and not open_settings._NOISE.match(name):
                try:
                    settings[name] = path.read_text(errors='replace').strip()
                except OSError:
                    continue
    return settings


def _agree(command: str) -> None:
    world.run(command)
    known = open_settings.contents()
    assert known == read_plainly(), command


def _host() -> None:
    for command in (
        'ip link add left type veth peer name right',
        'sysctl -qw net.ipv4.conf.left.rp_filter=2 net.ipv4.ip_forward=1',
        'ip link delete left',
        'ip link add right type bridge',  # a link of the same name
        'ip link set right name third',
        'sysctl -qw net.ipv4.ip_forward=0',
    ):
        _agree(command)
    assert 'net/ipv4/conf/third/forwarding' in open_settings.contents()


def _namespaces() -> None:
    for value in ('1', '0', '1'):  # each may get the inode of the one before
        world.run('ip netns add n')
        world.run('ip netns exec n sysctl -qw net.ipv6.conf.all.forwarding=' + value)
        settings = world.inside('n', open_settings.contents)
        assert settings == world.inside('n', read_plainly)
        assert settings['net/ipv6/conf/all/forwarding'] == value
        world.run('ip netns delete n')


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
    assert open_settings.contents() == read_plainly()
    assert len(os.listdir('/proc/self/fd')) < 50


def _many_namespaces() -> None:
    for number in range(12):
        world.run('ip netns add n%d' % number)
        assert world.inside('n%d' % number, open_settings.contents)
    assert len(open_settings._OPEN) <= open_settings._MOST_NAMESPACES


@pytest.mark.parametrize('case', [_host, _namespaces, _few_files, _many_namespaces])
def test_open_settings(case: object) -> None:
    world.in_world(case)
