# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generic netlink: families of messages that the kernel numbers as it loads them.

Sources of the numbers: linux/include/uapi/linux/genetlink.h.
"""

from __future__ import annotations

import struct

from .netlink import NetlinkSocket
from .nla import TEXT, U16, pack_attribute, parse_attributes

NETLINK_GENERIC = 16
HEADER = struct.Struct('=BBH')  # struct genlmsghdr: cmd, version, reserved
_GENL_ID_CTRL, _CTRL_CMD_GETFAMILY, _CTRL_VERSION = 0x10, 3, 1
_CTRL_ATTR_FAMILY_ID, _CTRL_ATTR_FAMILY_NAME = 1, 2


def family_number(sock: NetlinkSocket, name: str) -> int:
    """The number of a family by its name. Raises KernelError (ENOENT) without it."""
    head = HEADER.pack(_CTRL_CMD_GETFAMILY, _CTRL_VERSION, 0)
    answer = sock.ask(_GENL_ID_CTRL, head + pack_attribute(_CTRL_ATTR_FAMILY_NAME, TEXT.pack(name)))
    return int(U16.unpack(parse_attributes(answer, HEADER.size)[_CTRL_ATTR_FAMILY_ID]))
