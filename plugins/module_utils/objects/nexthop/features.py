# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nexthop objects say that the running kernel does not know: resilient groups."""

from __future__ import annotations

import os
import typing as t

from ...kernel import namespaces, netlink, uapi
from ..operation import Operation
from . import codec
from .schema import RESILIENT
from .value import Nexthop

_LO = 1  # its number in every namespace


def lacking_in_nexthops(ops: t.Iterable[Operation]) -> list[str]:
    """What they need that this kernel does not have, as problems; asked in a throw-away namespace."""
    asked = [op for op in ops if isinstance(op.after, Nexthop) and op.after.type == RESILIENT]
    if not asked or namespaces.in_thread(_has_resilient_groups):
        return []
    text = (
        '%s: this kernel does not support resilient groups (found %s, want Linux 5.13 or newer); boot one'
        ' that does, or leave out the type'
    )
    return [text % (op.subject, os.uname().release) for op in asked]


def _has_resilient_groups() -> bool:
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    single = Nexthop('', 1, family='ipv4', blackhole=True)
    group = Nexthop('', 2, group=((1, 1),), type=RESILIENT, buckets=8)
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            up = uapi.IFINFOMSG.pack(0, 0, _LO, uapi.IFF_UP, uapi.IFF_UP)  # blackholes stand on it
            sock.write([netlink.pack_message(uapi.RTM_NEWLINK, 0, up)])
            return not sock.write([codec.encode_nexthop(each, 0, False) for each in (single, group)])
    finally:
        os.close(fd)
        os.close(home)
