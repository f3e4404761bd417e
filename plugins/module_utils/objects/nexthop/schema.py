# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a nexthop object (ip-nexthop(8))."""

from __future__ import annotations

import typing as t

from ...kernel.nla import FLAG, IP, U16, U32, Nla
from ...values.reading import Reader, shown, whole_number
from ..attribute import Attribute, Boolean, Choice, Integer, LinkName, Seconds, Table, Type
from ..route.encap import Encap
from ..route.schema import HostAddress

MOST_ID, MOST_WEIGHT = 0xFFFFFFFF, 256
MPATH, RESILIENT = 'mpath', 'resilient'
GROUP_TYPES = {MPATH: 0, RESILIENT: 1}
FAMILIES = {'ipv4': 2, 'ipv6': 10}
_MOST_TICKS = 0xFFFFFFFF // 100
IDLE_TIMER = 120  # NH_RES_DEFAULT_IDLE_TIMER, net/ipv4/nexthop.c


class GroupMembers(Type):
    """IDs of nexthops, or dictionaries with C(id) and C(weight); in our own values pairs, sorted by ID."""

    argument = 'list'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        members: dict[int, int] = {}
        before = len(reader.problems)
        for path, member in reader.items(key):
            below = Reader(member if isinstance(member, dict) else {'id': member}, path, reader.problems)
            number = below.integer('id', 1, MOST_ID, required=True)
            weight = below.integer('weight', 1, MOST_WEIGHT, default=1)
            below.done()
            if number is None or weight is None:
                continue
            if number in members:
                reader.problems.add(path, 'has a nexthop that is in the group already', found=str(number))
            members[number] = weight
        if not members and len(reader.problems) == before:
            reader.problem(key, 'is empty', do='name the nexthops of the group')
        return tuple(sorted(members.items())) if len(reader.problems) == before else None

    def written(self, value: t.Any) -> t.Any:
        return [{'id': number, 'weight': weight} if weight > 1 else number for number, weight in value]

    def text(self, value: t.Any) -> str:
        return '/'.join(
            [str(number) if weight == 1 else '%d,%d' % (number, weight) for number, weight in value]
        )


NEXTHOP = Table(
    Attribute(
        'id',
        Integer(1, MOST_ID),
        'Number of the nexthop, for C(nhid) of routes and C(group).',
        (Nla('NHA_ID', 1, U32),),
        required=True,
        field='number',
    ),
    Attribute('via', HostAddress(), 'Gateway. Needs C(dev).', (Nla('NHA_GATEWAY', 6, IP),), default=''),
    Attribute(
        'dev',
        LinkName(),
        'Link. When it goes down, or loses its carrier, the kernel removes the nexthop, and all routes that'
        ' have no other; a later run makes them again.',
        (Nla('NHA_OIF', 5, U32),),
        default='',
    ),
    Attribute(
        'onlink',
        Boolean(),
        'Treat the gateway as directly connected. Needs C(via).',
        default=False,
    ),
    Attribute(
        'family',
        Choice(FAMILIES),
        'Address family of one without C(via). The default is V(ipv4).',
        default='',
        iproute2='-4, -6',
    ),
    Attribute('blackhole', Boolean(), 'Drop packets.', (Nla('NHA_BLACKHOLE', 4, FLAG),), default=False),
    Attribute(
        'fdb',
        Boolean(),
        'For entries of forwarding databases of VXLANs, not for routes: C(via) is a remote end, and there is'
        ' no C(dev). For a group, that of such nexthops.',
        (Nla('NHA_FDB', 11, FLAG),),
        default=False,
    ),
    Attribute(
        'encap',
        Encap(),
        'Encapsulation of packets, as that of routes.',
        default=t.cast('t.Any', ()),
        immutable=False,
    ),
    Attribute(
        'group',
        GroupMembers(),
        'Nexthops that share the packets: a list of IDs, or of dictionaries with C(id) and C(weight), 1 to'
        ' 256.',
        default=t.cast('t.Any', ()),
    ),
    Attribute(
        'type',
        Choice(GROUP_TYPES),
        'How a group shares packets: V(mpath) by a hash over its members; V(resilient) by buckets, so that'
        ' most flows stay where they are when members change (Linux 5.13).',
        (Nla('NHA_GROUP_TYPE', 3, U16),),
        default=MPATH,
    ),
    Attribute(
        'buckets',
        Integer(1, 0xFFFF),
        'Number of buckets of a resilient group. Required for it.',
        default=0,
    ),
    Attribute(
        'idle_timer',
        Seconds(0, _MOST_TICKS),
        'How long a bucket of a resilient group has to be idle before it may move to another member. The'
        ' default is V(%d).' % IDLE_TIMER,
        unit='seconds',
    ),
    Attribute(
        'unbalanced_timer',
        Seconds(0, _MOST_TICKS),
        'How long a resilient group may be out of balance before buckets move that are in use. V(0) is'
        ' forever.',
        unit='seconds',
        default=0,
    ),
)
"""What a document may say."""


def shown_id(value: object) -> str:
    return shown(value) if whole_number(value) is None else str(value)
