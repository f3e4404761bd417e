# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of veth by the module veth."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    NO_BLUE,
    RED,
    WIRE,
    Case,
    Results,
    Wrong,
    check_case,
    check_wrong,
    ids,
)

CASES = (
    Case(
        'veth on the host',
        'veth',
        {'name': 'left', 'peer': {'name': 'right'}},
        'ip -o link',
        ('left@right', 'right@left', 'state UP'),
        {'name': 'left'},
        summary={'created': 2, 'changed': 0, 'removed': 0},
    ),
    Case(
        'veth to the host',
        *WIRE,
        'ip -o addr; ip -n blue -o addr',
        ('blue0    inet 10.0.0.1/24', 'eth0    inet 10.0.0.2/24', 'inet6 fd00::1/64', 'inet6 fd00::2/64'),
        {'namespace': 'blue', 'name': 'eth0'},
        before=(BLUE,),
    ),
    Case(
        'veth between namespaces',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'mtu': 9000,
            'mac': '02-00-00-00-00-AA',
            'link_local': True,
            'peer': {'namespace': 'red', 'name': 'eth9', 'state': 'down', 'mtu': 9000},
        },
        'ip -n blue -o link; ip -n red -o link',
        ('eth0@', 'mtu 9000', '02:00:00:00:00:aa', 'eth9@', 'state DOWN'),
        {'namespace': 'red', 'name': 'eth9'},
        before=(BLUE, RED),
    ),
    Case(
        'veth of a bridge',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'peer': {'name': 'port0', 'master': 'br0', 'port': {'isolated': True, 'cost': 7}},
        },
        'ip -d -o link show port0',
        ('master br0', 'isolated on', 'cost 7'),
        {'namespace': 'blue', 'name': 'eth0', 'peer': {'name': 'port0'}},
        before=(BLUE, 'ip link add br0 type bridge'),
    ),
    Case(
        'veth with transmit queues',
        'veth',
        {'name': 'left', 'txqueuelen': 0, 'peer': {'name': 'right', 'txqueuelen': 5000}},
        'ip link show left; ip link show right',
        ('default link', 'default qlen 5000'),
        {'name': 'left'},
        before=(('veth', {'name': 'left', 'peer': {'name': 'right', 'txqueuelen': 8}}),),
    ),
    Case(
        'veth that changes',
        'veth',
        {
            'name': 'left',
            'mtu': 1400,
            'addresses': ['10.0.0.9/24'],
            'peer': {'name': 'right', 'state': 'down'},
        },
        'ip -o addr show left',
        ('10.0.0.1/24', '10.0.0.9/24'),
        {'name': 'left'},
        before=(('veth', {'name': 'left', 'addresses': ['10.0.0.1/24'], 'peer': {'name': 'right'}}),),
    ),
    Case(
        'veth with another end',
        'veth',
        {'name': 'left', 'peer': {'name': 'right', 'namespace': 'blue'}},
        'ip -n blue -o link',
        ('right@',),
        {'name': 'left'},
        before=(BLUE, ('veth', {'name': 'left', 'peer': {'name': 'right'}})),
    ),
    Case(
        'veth of others',
        'veth',
        {'name': 'left', 'mtu': 1400, 'adopt': True, 'peer': {'name': 'right', 'mtu': 1400}},
        'ip -o link',
        ('left@right', 'mtu 1400', 'multinet:adhoc'),
        {'name': 'left'},
        before=('ip link add left type veth peer name right',),
    ),
)
WRONG = (
    Wrong('veth without namespace', *WIRE, (NO_BLUE,)),
    Wrong(
        'veth without its namespace',
        'veth',
        {'name': 'left', 'peer': {'name': 'right', 'namespace': 'blue'}},
        (NO_BLUE,),
    ),
    Wrong(
        'veth without peer',
        'veth',
        {'name': 'left'},
        ('state is present but all of the following are missing: peer',),
    ),
    Wrong(
        'veth values',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'mtu': 7,
            'addresses': ['10.0.0.300/24'],
            'peer': {'name': 'x', 'mtu': 70000, 'port': {'cost': 0}},
        },
        (
            'mtu: is out of range (found 7,',
            'addresses[0]: is not an address (found ',
            'peer.mtu: is out of range',
            'peer.port: needs a master',
            'peer.port.cost: is out',
        ),
        before=(BLUE,),
    ),
    Wrong(
        'veth names',
        'veth',
        {'name': 'left', 'namespace': '-x', 'peer': {'name': 'right', 'namespace': '-y'}},
        ('namespace: is not a valid namespace name', 'peer.namespace: is not a valid namespace name'),
    ),
    Wrong(
        'veth of others',
        'veth',
        {'name': 'left', 'peer': {'name': 'right'}},
        (
            'link host/left: already exists and belongs to no known scope; choose another name,'
            ' or set adopt: true',
        ),
        before=('ip link add left type veth peer name right',),
    ),
    Wrong(
        'no veth',
        'veth',
        {'name': 'br0', 'state': 'absent'},
        ('link host/br0: is of a different kind (found bridge, want veth)',),
        before=('ip link add br0 type bridge',),
    ),
    Wrong(
        'no master',
        'veth',
        {'name': 'left', 'master': 'br9', 'peer': {'name': 'right'}},
        ('link host/left: has a master that does not exist (found br9)',),
    ),
    Wrong(
        'overlap',
        'veth',
        {'name': 'left', 'addresses': ['10.0.0.7/16'], 'peer': {'name': 'right'}},
        ('overlaps the network of blue0 (found 10.0.0.0/24)',),
        before=(BLUE, WIRE),
    ),
    Wrong(
        'address twice',
        'veth',
        {'name': 'left', 'addresses': ['10.0.0.1/32'], 'peer': {'name': 'right'}},
        ('is in host already (found 10.0.0.1/24 on blue0)',),
        before=(BLUE, WIRE),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)
