# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XFRM interfaces. Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_XFRM_*."""

from __future__ import annotations

from ...kernel.nla import U32, Nla
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Integer, Table, Value
from .kind import DEFAULT_MTU, LinkKind
from .tunnel_rows import check_no_mac, external, refuse_beside, refuse_link_namespace

_XFRM = Table(
    Attribute(
        'if_id',
        Integer(1, 0xFFFFFFFF),
        'Number that IPsec states and policies have in common with the link. Required unless C(external).',
        (Nla('IFLA_XFRM_IF_ID', 2, U32),),
        immutable=True,
    ),
    external('IFLA_XFRM', 3),
)


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    check_no_mac(reader)
    refuse_link_namespace(reader)
    if values.get('external'):
        refuse_beside(reader, 'external', ('if_id', 'link'))
        values['if_id'] = 0  # as the kernel shows it
    elif not reader.has('if_id'):
        reader.problem('if_id', 'is missing', do='add it')


XFRM = LinkKind(
    'xfrm_interface',
    'a link that IPsec states and policies encrypt by its number',
    _XFRM,
    _rules,
    parent='optional',
    parent_nla=Nla('IFLA_XFRM_LINK', 1, U32),
    own_mac=False,
    usual_mtus=(DEFAULT_MTU,),
    title=('if_id',),
)
