# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of sysctls that the kernel spells otherwise, rounds, or keeps for good."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import silent, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run


def _spelled(key: str, value: str) -> None:
    document = {'name': 's', 'sysctls': {key: value}}
    policy = Policy(adopt=True)
    run('ip link add nic type bridge')
    run('ip link set nic up')
    converge(document, policy=policy)
    assert not converge(document, policy=policy).ops


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('net.ipv6.conf.nic.stable_secret', '2001:db8::1'),
        ('net.ipv4.tcp_fastopen_key', '1-2-3-4'),
        ('net.ipv4.tcp_fastopen_key', '1-2-3-4,a-b-c-d'),
    ],
)
def test_other_spellings_of_the_kernel_are_equal(key: str, value: str) -> None:
    in_world(_spelled, key, value)


def _rounded() -> tuple[str, str]:
    run('ip link add nic type bridge')
    run('ip link set nic up')
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge({'name': 's', 'sysctls': {'net.ipv4.neigh.nic.retrans_time_ms': 777}})
    return str(caught.value), difference(before, snapshot())


def test_a_value_that_the_kernel_rounds_is_refused_at_once() -> None:
    said, left = in_world(_rounded)
    assert not left
    assert 'sysctl net.ipv4.neigh.nic.retrans_time_ms in host: cannot change it: the kernel makes ' in said
    assert " of '777'; declare what it keeps" in said


def _refused_secret() -> str:
    run('ip link add nic type bridge')
    run('ip link set nic up')
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge({'name': 's', 'sysctls': {'net.ipv6.conf.nic.stable_secret': '2001:db8::1'}})
    assert not difference(before, snapshot())
    return str(caught.value)


def test_a_secret_that_cannot_be_unset_needs_consent() -> None:
    assert 'stable_secret in host: cannot be unset again' in in_world(_refused_secret)


def test_an_optional_setting_of_a_missing_link_is_left_out() -> None:
    document = {'name': 's', 'sysctls': {'-net.ipv4.conf.nosuch.rp_filter': 1}}
    assert not in_world(converge, document).ops


FINER = {
    'net.ipv4.neigh.nic.unres_qlen': (50, 60, 'net.ipv4.neigh.nic.unres_qlen_bytes', '100000'),
    'net.ipv4.neigh.nic.base_reachable_time': (
        40,
        41,
        'net.ipv4.neigh.nic.base_reachable_time_ms',
        '30500',
    ),
    'net.ipv6.route.gc_min_interval': (3, 4, 'net.ipv6.route.gc_min_interval_ms', '1500'),
}


def _finer(name: str) -> None:
    first, second, finer, value = FINER[name]
    run('ip link add nic up type veth peer name far')
    run('sysctl -qw %s=%s' % (finer, value))
    rounded = run('sysctl -n ' + name).strip()
    before = snapshot()
    documents: list[Document] = [
        {'name': 'x', 'sysctls': {name: each}} for each in (first, second, int(rounded))
    ]
    stopped_at_the_end(documents[0])
    assert not difference(before, snapshot())
    for document in documents:
        converge(document)
        silent(document)
    assert run('sysctl -n ' + finer).strip() == value
    for document in documents[:2]:
        converge(document)
        silent(document)
    converge({'name': 'x'}, absent=True)
    left = difference(before, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(FINER))
def test_a_setting_that_has_a_finer_name_gets_back_its_very_value(name: str) -> None:
    in_world(_finer, name)
