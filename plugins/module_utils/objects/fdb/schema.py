# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of an entry of a forwarding database."""

from __future__ import annotations

from ...kernel import uapi
from ...kernel.nla import BE16, IP, MAC, RAW, U16, U32, Nla
from ...values.names import canonical_mac
from ...values.reading import Reader, shown
from ..attribute import Attribute, Boolean, Choice, Integer, LinkName, Table, Type
from ..route.schema import HostAddress

STATES = {'permanent': uapi.NUD_PERMANENT, 'static': uapi.NUD_NOARP | uapi.NUD_REACHABLE}
"""States of an entry, with what a request says: a VXLAN wants one of the two that are not NUD_NOARP
(vxlan_fdb_add)."""

NO_MAC = '00:00:00:00:00:00'


class AnyMacAddress(Type):
    """A hardware address of six bytes, also of a group, or none."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None:
            return None
        mac = canonical_mac(text)
        if mac is None:
            want = 'six bytes as 02:00:00:00:00:01'
            reader.problem(key, 'is not a hardware address', found=shown(text), want=want)
        return mac


FDB = Table(
    Attribute(
        'lladdr',
        AnyMacAddress(),
        'Hardware address that frames are for. Of a VXLAN, V(%s) stands for all that have no entry of their'
        ' own, and for groups: it may have several entries, and frames go to all of them.' % NO_MAC,
        (Nla('NDA_LLADDR', uapi.NDA_LLADDR, MAC),),
        required=True,
    ),
    Attribute('dev', LinkName(), 'Link that frames leave by.', required=True),
    Attribute(
        'master',
        Boolean(),
        'The entry is one of the bridge that the link is a port of. Otherwise it is one of the link itself,'
        ' as with C(self): of a VXLAN, of a bridge, or an address that a card takes frames for.',
        default=False,
    ),
    Attribute(
        'state',
        Choice(STATES),
        'Frames for a V(permanent) entry of a bridge end in the host; those for a V(static) one leave by the'
        ' link. Neither ever ages.',
        default='permanent',
        iproute2='permanent, static',
    ),
    Attribute(
        'vlan',
        Integer(1, 4094),
        'VLAN of the frames, in a bridge with C(vlan_filtering).',
        (Nla('NDA_VLAN', uapi.NDA_VLAN, U16),),
        default=0,
    ),
    Attribute(
        'sticky',
        Boolean(),
        'The address never moves to another port. Needs C(master), and V(static).',
        default=False,
    ),
    Attribute(
        'extern_learn',
        Boolean(),
        'The entry was learned by a program, for example a routing daemon.',
        default=False,
    ),
    Attribute(
        'dst',
        HostAddress(),
        'Address of the VXLAN tunnel end that frames are sent to.',
        (Nla('NDA_DST', uapi.NDA_DST, IP),),
        default='',
    ),
    Attribute(
        'port',
        Integer(1, 65535),
        'UDP port of that end. By default, the C(dstport) of the link.',
        (Nla('NDA_PORT', uapi.NDA_PORT, BE16),),
        default=0,
    ),
    Attribute(
        'vni',
        Integer(0, 0xFFFFFF),
        'VXLAN network identifier of frames to that end. By default, the C(id) of the link.',
        (Nla('NDA_VNI', uapi.NDA_VNI, U32),),
        default=-1,
    ),
    Attribute(
        'src_vni',
        Integer(0, 0xFFFFFF),
        'VXLAN network identifier that the entry is for, on a link with C(external).',
        (Nla('NDA_SRC_VNI', uapi.NDA_SRC_VNI, U32),),
        default=-1,
    ),
    Attribute(
        'via',
        LinkName(),
        'Link that packets to that end leave by.',
        (Nla('NDA_IFINDEX', uapi.NDA_IFINDEX, U32),),
        default='',
    ),
    Attribute(
        'nhid',
        Integer(1, 0xFFFFFFFF),
        'ID of a group of nexthop objects with C(fdb), in place of C(dst): frames go to one of its tunnel'
        ' ends. A VXLAN that learns drops frames from such an address: set C(learning) to V(false).',
        (Nla('NDA_NH_ID', uapi.NDA_NH_ID, U32),),
        default=0,
    ),
    Attribute(
        'router',
        Boolean(),
        'The address is that of a router, for a VXLAN with C(rsc).',
        default=False,
    ),
)
"""What a document may say."""

FOUND = Table(
    *[FDB[name] for name in ('lladdr', 'vlan', 'dst', 'port', 'vni', 'src_vni', 'nhid')],
    Attribute('index', Type(), 'The link behind.', (Nla('NDA_IFINDEX', uapi.NDA_IFINDEX, U32),)),
    Attribute('flags_ext', Type(), 'More flags.', (Nla('NDA_FLAGS_EXT', uapi.NDA_FLAGS_EXT, U32),)),
    Attribute('cacheinfo', Type(), 'How it was used.', (Nla('NDA_CACHEINFO', uapi.NDA_CACHEINFO, RAW),)),
    Attribute('bridge', Type(), 'Its bridge.', (Nla('NDA_MASTER', uapi.NDA_MASTER, RAW),)),
)
"""What the kernel says in attributes."""

FLAGS = {
    'sticky': uapi.NTF_STICKY,
    'extern_learn': uapi.NTF_EXT_LEARNED,
    'router': uapi.NTF_ROUTER,
}
"""Fields that are bits of ndm_flags."""

OF_VXLAN = ('dst', 'port', 'vni', 'src_vni', 'via', 'nhid', 'router')
