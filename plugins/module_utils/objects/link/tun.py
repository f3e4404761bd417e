# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links whose packets a program reads and writes at /dev/net/tun. The kernel has one kind of them, ``tun``;
which of the two it is stands in its settings.

Whether packets have a header before them (``pi``, ``vnet_hdr`` of ip-tuntap(8)) is what the program says that
opens the link, so no document says it (tun_set_iff).

Sources of the names and numbers: linux/include/uapi/linux/if_link.h.
"""

from __future__ import annotations

from ...kernel import uapi
from ...kernel.nla import U8, U32, Attributes, Nla, parse_attributes
from ...values.named_numbers import USER_GROUPS, USERS
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Table, Value
from ..named_number import NamedNumber
from .kind import DEFAULT_QUEUE, LinkKind, Mtu

KERNEL_KIND = 'tun'
_TYPE, _PERSIST = 3, 6  # IFLA_TUN_TYPE, IFLA_TUN_PERSIST
_IFF_TAP = b'\2'
_QUEUE = 500  # TUN_READQ_SIZE
# IFLA_TUN_PI, _VNET_HDR, _PERSIST, _NUM_QUEUES, _NUM_DISABLED_QUEUES: what the program that has it open says.
_STATE = frozenset((_TYPE, 4, 5, _PERSIST, 8, 9))

_SETTINGS = Table(
    Attribute(
        'user',
        NamedNumber(0, 0xFFFFFFFE, USERS, 'user'),
        'User that may open the link, by number or by name. By default, nobody but root.',
        (Nla('IFLA_TUN_OWNER', 1, U32),),
        immutable=True,
    ),
    Attribute(
        'user_group',
        NamedNumber(0, 0xFFFFFFFE, USER_GROUPS, 'group'),
        'Group of users that may open the link, by number or by name. By default, none.',
        (Nla('IFLA_TUN_GROUP', 2, U32),),
        immutable=True,
        iproute2='group',
    ),
    Attribute(
        'multi_queue',
        Boolean(),
        'Whether programs may open the link several times, with a queue each.',
        (Nla('IFLA_TUN_MULTI_QUEUE', 7, U8),),
        default=False,
        immutable=True,
    ),
)


def which(data: Attributes) -> str:
    """The kind of a link that the kernel calls a tun."""
    return 'tap' if data.get(_TYPE) == _IFF_TAP else 'tun'


def is_of_program(kind: str, message: bytes) -> bool:
    """Whether a link that was found, by its message from the kernel, ends with the program that made it."""
    if kind not in TUNS or not message:
        return False
    info = parse_attributes(parse_attributes(message, uapi.IFINFOMSG.size)[uapi.IFLA_LINKINFO])
    return not any(parse_attributes(info[uapi.IFLA_INFO_DATA]).get(_PERSIST, b''))


def _refuse(reader: Reader, keys: tuple[str, ...], why: str) -> None:
    for key in keys:
        if reader.has(key):
            reader.problem(key, why, do='leave it out')


def _tap_rules(reader: Reader, _values: dict[str, Value], _parent: End | None) -> None:
    _refuse(reader, ('num_tx_queues', 'num_rx_queues'), 'does not fit: multi_queue decides on queues')


def _tun_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _tap_rules(reader, values, parent)
    _refuse(reader, ('mac',), 'does not fit a link of IP, which has no hardware address')


TUNS = {
    'tun': LinkKind(
        'tun',
        'a link whose IP packets a program reads and writes at /dev/net/tun',
        _SETTINGS,
        _tun_rules,
        own_mac=False,
        mtu=Mtu.FIXED,
        queue=_QUEUE,
        state=_STATE,
        multicast=True,
        title=('user',),
        by_ioctl=True,
    ),
    'tap': LinkKind(
        'tun',
        'a link whose Ethernet frames a program reads and writes at /dev/net/tun',
        _SETTINGS,
        _tap_rules,
        mtu=Mtu.FIXED,
        queue=DEFAULT_QUEUE,  # ether_setup comes after tun_setup
        state=_STATE,
        arp=True,
        multicast=True,
        title=('user',),
        by_ioctl=True,
    ),
}
