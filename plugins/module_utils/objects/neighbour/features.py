# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What neighbours say that the running kernel does not know. It ignores flags that it does not know
(neigh_add)."""

from __future__ import annotations

import os
import typing as t

from ...kernel import namespaces, netlink
from ..operation import Operation
from . import codec
from .value import Neighbour

_TRIAL = 'fd00::9'


def missing_flags(ops: t.Iterable[Operation]) -> list[str]:
    """What entries need that this kernel does not have, as problems; asked in a throw-away namespace."""
    asked = [op for op in ops if isinstance(op.after, Neighbour) and op.after.managed]
    if not asked or namespaces.in_thread(_keeps_managed):
        return []
    text = (
        '%s: this kernel does not support managed neighbours (found %s, want Linux 5.16 or newer); boot one'
        ' that does, or give lladdr'
    )
    return [text % (op.subject, os.uname().release) for op in asked]


def _keeps_managed() -> bool:
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            trial = Neighbour('', 'lo', _TRIAL, nud='', managed=True)
            sock.write([codec.encode_neighbour(trial, 1, True)])
            entries = codec.dump_entries(sock, {1: 'lo'})
            return any(entry.is_managed for entry in entries)
    finally:
        os.close(fd)
        os.close(home)
