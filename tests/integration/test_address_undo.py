# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An undo restores an address of others, also where the kernel has made one itself meanwhile."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.world import run

MADE_BY_THE_KERNEL_TOO = {
    # systemd gives it before the kernel does.
    '::1': (
        'ip link set lo down',
        'ip address flush dev lo',
        'ip address add ::1/128 dev lo',
        'ip link set lo up',
    ),
    'fe80::ff:fe00:9': (  # NetworkManager forms it itself
        'ip netns add far',
        'ip link add nic type veth peer name far netns far',
        'ip link set nic addrgenmode none up',
        'ip -n far link set far up',
        'ip link set nic address 02:00:00:00:00:09',
        'ip address add fe80::ff:fe00:9/64 dev nic noprefixroute nodad',
        'ip -6 route add fe80::/64 dev nic proto kernel metric 1024',
    ),
}
IPV6_OFF: Document = {'name': 'off', 'sysctls': {'net.ipv6.conf.all.disable_ipv6': 1}}


def _ipv6() -> str:
    return run('ip -6 address show') + run('ip -6 route show table all')


def _soon(condition: t.Callable[[], bool]) -> None:
    """The kernel makes the local route of an address a moment later (addrconf_dad_work)."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, _ipv6()
        time.sleep(0.05)


def _off_and_undone(address: str, commands: t.Sequence[str]) -> None:
    for command in commands:
        run(command)
    _soon(lambda: 'local %s dev' % address in _ipv6())
    before = _ipv6()
    stopped_at_the_end(IPV6_OFF, policy=Policy(adopt=True))
    _soon(lambda: _ipv6() == before)


@pytest.mark.parametrize('address', MADE_BY_THE_KERNEL_TOO)
def test_an_address_comes_back_where_the_kernel_has_made_one_itself(address: str) -> None:
    world.in_world(_off_and_undone, address, MADE_BY_THE_KERNEL_TOO[address])
