# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls by the module ns_sysctl."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_calls import CLEAN, call_all
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    NO_BLUE,
    WIRE,
    Case,
    Results,
    check_case,
    ids,
)

RP_FILTER = {'net.ipv4.conf.all.rp_filter': 2}
CASES = (
    Case(
        'of a namespace',
        'ns_sysctl',
        {'namespace': 'blue', 'sysctls': {'net.ipv4.ip_forward': True, 'net.ipv4.tcp_keepalive_time': 77}},
        'ip netns exec blue sysctl net.ipv4.ip_forward net.ipv4.tcp_keepalive_time',
        ('ip_forward = 1', 'tcp_keepalive_time = 77'),
        {'namespace': 'blue', 'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv4.tcp_keepalive_time': 1}},
        before=(BLUE,),
    ),
    Case(
        'of a link',
        'ns_sysctl',
        {'namespace': 'blue', 'sysctls': {'net.ipv4.conf.eth0.arp_ignore': '2'}},
        'ip netns exec blue sysctl net.ipv4.conf.eth0.arp_ignore',
        ('arp_ignore = 2',),
        {'namespace': 'blue', 'sysctls': {'net.ipv4.conf.eth0.arp_ignore': 2}},
        before=(BLUE, WIRE),
    ),
    Case(
        'of the host, beside one that the kernel lacks',
        'ns_sysctl',
        {'namespace': 'host', 'sysctls': {**RP_FILTER, '-net.ipv4.no_such': 1}},
        'sysctl net.ipv4.conf.all.rp_filter',
        ('rp_filter = 2',),
        {'namespace': 'host', 'sysctls': RP_FILTER},
        before=('sysctl -qw net.ipv4.conf.all.rp_filter=0',),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


def test_what_is_wrong_is_said_and_nothing_is_changed() -> None:
    args = {
        'unknown': {'namespace': 'host', 'sysctls': {**RP_FILTER, 'net.ipv4.no_such': 1}},
        'no namespace': {'namespace': 'blue', 'sysctls': RP_FILTER},
        'not of a namespace': {'namespace': 'host', 'sysctls': {'kernel.hostname': 'x'}},
    }
    steps: list[object] = [CLEAN, 'sysctl -qw net.ipv4.conf.all.rp_filter=0']
    for case in args.values():
        steps.append(('ns_sysctl', case, False))
    *_before, unknown, no_namespace, outside, look = call_all(
        [*steps, 'sysctl -n net.ipv4.conf.all.rp_filter']
    )
    assert unknown['msg'].startswith('sysctl net.ipv4.no_such in host: does not exist in this kernel; ')
    assert no_namespace['msg'] == NO_BLUE
    assert 'sysctls[kernel.hostname]: is not a sysctl of a network namespace' in outside['msg']
    assert look['stdout'].strip() == '0'


def test_a_value_that_somebody_else_changed_stays() -> None:
    args = {'namespace': 'host', 'sysctls': RP_FILTER}
    *_before, removal, look = call_all(
        [
            CLEAN,
            'sysctl -qw net.ipv4.conf.all.rp_filter=0',
            ('ns_sysctl', args, False),
            'sysctl -qw net.ipv4.conf.all.rp_filter=1',
            ('ns_sysctl', {**args, 'state': 'absent'}, False),
            'sysctl -n net.ipv4.conf.all.rp_filter',
        ]
    )
    assert not removal['changed']
    assert look['stdout'].strip() == '1'
