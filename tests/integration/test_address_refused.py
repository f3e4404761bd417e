# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses that a link does not take: the reason is named, in check mode too."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import sysctl
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.world import run

OFF = 'net/ipv6/conf/%s/disable_ipv6'
CARD = {'name': 'card', 'kind': 'physical', 'addresses': ['fd00::1/64']}


def _without_ipv6(check: bool) -> str:
    run('ip link add card type veth peer name other')
    sysctl.write(OFF % 'card', '1')
    with pytest.raises(EngineError) as caught:
        converge({'name': 'lab', 'links': [CARD]}, check=check)
    return str(caught.value)


@pytest.mark.parametrize('check', [True, False])
def test_a_link_without_ipv6(check: bool) -> None:
    message = world.in_world(_without_ipv6, check)
    assert 'address fd00::1/64 on host/card: IPv6 is off on this link' in message
    assert 'net.ipv6.conf.card.disable_ipv6' in message


def _switched_on() -> list[int]:
    run('ip link add card type veth peer name other')
    sysctl.write(OFF % 'card', '1')
    document: dict[str, t.Any] = {
        'name': 'lab',
        'links': [CARD],
        'sysctls': {'net.ipv6.conf.card.disable_ipv6': 0},
    }
    return [converge(document).ops > 0, converge(document).ops]


def test_a_document_that_switches_ipv6_on() -> None:
    assert world.in_world(_switched_on) == [True, 0]


def _new_link_without_ipv6() -> str:
    sysctl.write(OFF % 'default', '1')
    with pytest.raises(EngineError) as caught:
        converge({'name': 'lab', 'links': [{'name': 'br0', 'kind': 'bridge', 'addresses': ['fd00::1/64']}]})
    return str(caught.value)


def test_a_new_link_without_ipv6() -> None:
    message = world.in_world(_new_link_without_ipv6)
    assert 'IPv6 is off on this link: set net.ipv6.conf.br0.disable_ipv6 to 0' in message
