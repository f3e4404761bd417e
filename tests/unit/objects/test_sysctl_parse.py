# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls of a document: one spelling for each."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.value import path_of_key
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


@pytest.mark.parametrize(
    'key, path',
    [
        ('net.ipv4.ip_forward', 'net/ipv4/ip_forward'),
        ('net/ipv4/ip_forward', 'net/ipv4/ip_forward'),
        ('net.ipv4.conf.eth0/100.rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'),
        ('net/ipv4/conf/eth0.100/rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'),
    ],
)
def test_sysctl_key(key: str, path: str) -> None:
    assert path_of_key(key) == path
    found = layout(sysctls={key: 2}).sysctls[0]
    assert (found.key, found.value, found.optional) == (path, '2', False)
    assert path_of_key(found.name) == path
    assert layout(sysctls={'-' + key: 2}).sysctls[0] == found._replace(optional=True)


@pytest.mark.parametrize(
    'written, value',
    [(1, '1'), ('1', '1'), (True, '1'), (False, '0'), ('  4096\t131072  6291456\n', '4096 131072 6291456')],
)
def test_sysctl_value(written: t.Any, value: str) -> None:
    assert layout(sysctls={'net.ipv4.tcp_rmem': written}).sysctls[0].value == value


@pytest.mark.parametrize(
    'key, link',
    [
        ('net.ipv4.conf.eth0.rp_filter', 'eth0'),
        ('net.ipv6.neigh.eth0/5.app_solicit', 'eth0.5'),
        ('net.ipv4.conf.all.rp_filter', ''),
        ('net.ipv4.conf.default.rp_filter', ''),
        ('net.ipv4.ip_forward', ''),
        ('net.core.somaxconn', ''),
    ],
)
def test_sysctl_of_a_link(key: str, link: str) -> None:
    assert layout(sysctls={key: 1}).sysctls[0].link == link
