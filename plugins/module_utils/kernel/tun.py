# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links whose packets a program reads and writes. They are made with ioctls on /dev/net/tun: rtnetlink tells
what they have, but makes none (tun_validate).

Sources of the names and numbers: linux/include/uapi/linux/if_tun.h.
"""

from __future__ import annotations

import fcntl
import os
import platform
import struct

DEVICE = '/dev/net/tun'
IFF_TUN, IFF_TAP = 0x0001, 0x0002
_IFF_MULTI_QUEUE, _IFF_NO_PI, _IFF_TUN_EXCL = 0x0100, 0x1000, 0x8000
_IFREQ = struct.Struct('16sH22x')
# _IOW('T', number, int). A few processors have other bits for the direction (asm/ioctl.h).
_IOW = 0x80000000 if platform.machine().startswith(('ppc', 'mips', 'sparc', 'alpha')) else 0x40000000
_TUNSETIFF, _TUNSETPERSIST, _TUNSETOWNER, _TUNSETGROUP = (
    _IOW | 4 << 16 | ord('T') << 8 | number for number in (202, 203, 204, 206)
)


def make_tun(
    name: str, flag: int, owner: int | None = None, group: int | None = None, multi_queue: bool = False
) -> None:
    """Make a link in the namespace of the calling thread, which stays when nothing has it open.

    Raises OSError; then there is no such link. Without IFF_TUN_EXCL the kernel would take one that is there.
    """
    flags = flag | _IFF_NO_PI | _IFF_TUN_EXCL | (_IFF_MULTI_QUEUE if multi_queue else 0)
    fd = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, _TUNSETIFF, _IFREQ.pack(name.encode('utf-8', 'surrogateescape'), flags))
        for request, number in ((_TUNSETOWNER, owner), (_TUNSETGROUP, group)):
            if number is not None:
                # An unsigned number of 32 bits, which Python gives as a signed one.
                fcntl.ioctl(fd, request, struct.unpack('=i', struct.pack('=I', number))[0])
        fcntl.ioctl(fd, _TUNSETPERSIST, 1)
    finally:
        os.close(fd)


def has_tun() -> bool:
    """Whether there is a device to ask for links. Opening it loads the module (devname:net/tun)."""
    try:
        os.close(os.open(DEVICE, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
