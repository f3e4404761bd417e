# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The queues of links, which the kernel takes in the request that makes one. They are read only where a
document has some.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h, rtnl_create_link.
"""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.nla import U32, Nla, parse_attributes
from ..attribute import Attribute, Integer, Settings, Table

_MOST = 4096  # rtnl_create_link
_POSSIBLE = '/sys/devices/system/cpu/possible'
_OF_BOND = 16  # BOND_DEFAULT_TX_QUEUES
_OF_TUN = 256  # MAX_TAP_QUEUES

QUEUES = Table(
    Attribute(
        'num_tx_queues',
        Integer(1, _MOST),
        'How many transmit queues the link has. By default, what the kernel gives a link of its kind.',
        (Nla('IFLA_NUM_TX_QUEUES', uapi.IFLA_NUM_TX_QUEUES, U32),),
        immutable=True,
        iproute2='numtxqueues',
    ),
    Attribute(
        'num_rx_queues',
        Integer(1, _MOST),
        'How many receive queues the link has. By default, what the kernel gives a link of its kind.',
        (Nla('IFLA_NUM_RX_QUEUES', uapi.IFLA_NUM_RX_QUEUES, U32),),
        immutable=True,
        iproute2='numrxqueues',
    ),
)


def queues_of(message: bytes) -> Settings:
    """The queues of a link that was found, by its message from the kernel."""
    return QUEUES.decode(parse_attributes(message, uapi.IFINFOMSG.size)) if message else ()


def chosen_queues(kind: str, message: bytes) -> Settings:
    """Those that somebody has chosen, as far as that can be told: the others are as kinds have them."""
    if kind == 'vlan':
        return ()  # as many as the link below (vlan_get_num_tx_queues)
    usual = _usual(kind)
    return tuple([pair for pair in queues_of(message) if pair[1] not in usual])


def _usual(kind: str) -> t.Collection[int]:
    """What links of a kind have by themselves."""
    if kind == 'bond':
        return (_OF_BOND,)
    if kind in ('tun', 'tap'):
        return (1, _OF_TUN)
    return (1, _possible_processors()) if kind == 'veth' else (1,)  # veth_get_num_queues


def _possible_processors() -> int:
    """What num_possible_cpus() says: the file has a list of ranges."""
    try:
        with open(_POSSIBLE, encoding='ascii') as file:
            ranges = file.read().strip().split(',')
    except OSError:
        return 1
    bounds = [each.partition('-') for each in ranges]
    return min(sum(int(high or low) - int(low) + 1 for low, _dash, high in bounds), _MOST)
