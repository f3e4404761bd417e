# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that a host has names for, as those of routing tables: what a document may say in their place."""

from __future__ import annotations

import re
import typing as t
import zlib

TABLES, REALMS, PROTOCOLS, GROUPS = 'rt_tables', 'rt_realms', 'rt_protos', 'group'
"""The files of iproute2 that have the names."""

USERS, USER_GROUPS = 'passwd', 'groups'
"""The accounts of the host, which getent(1) shows."""

FOLDERS = ('/etc/iproute2', '/usr/share/iproute2', '/usr/lib/iproute2')
"""Where these are: in the first folder that has the file. Releases of iproute2 differ in the folder of those
that come with it."""

WITH_FOLDER = (TABLES, PROTOCOLS)
"""Those beside which a folder has more files: rt_tables.d/NAME.conf."""

USUAL: dict[str, dict[str, int]] = {
    TABLES: {'default': 253, 'main': 254, 'local': 255},
    REALMS: {},
    PROTOCOLS: {
        'static': 4,
        'gated': 8,
        'ra': 9,
        'mrt': 10,
        'zebra': 11,
        'bird': 12,
        'dnrouted': 13,
        'xorp': 14,
        'ntk': 15,
        'dhcp': 16,
        'keepalived': 18,
        'babel': 42,
        'openr': 99,
        'bgp': 186,
        'isis': 187,
        'ospf': 188,
        'rip': 189,
        'eigrp': 192,
    },
    GROUPS: {'default': 0},
    USERS: {'root': 0},
    USER_GROUPS: {'root': 0},
}
"""Names that need no file: linux/include/uapi/linux/rtnetlink.h has most of them."""

PATTERN = r'[A-Za-z_][!-.0-~]{0,62}'
_NAME = re.compile(PATTERN)

Names = t.Callable[[str], t.Mapping[str, int]]
"""The names that a host has, by file."""


def is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


class NumberByName(int):
    """A number that only the managed host knows. Where a document is read elsewhere, the name stands for it:
    it is beyond all numbers that the kernel has, and is shown by its name.
    """

    name: str

    def __new__(cls, name: str) -> NumberByName:
        number = super().__new__(cls, 1 << 32 | zlib.crc32(name.encode()))
        number.name = name
        return number

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def places(file: str) -> str:
    """Where names are looked for, for people."""
    if file in (USERS, USER_GROUPS):
        return 'getent %s' % ('passwd' if file == USERS else 'group')
    files = '%s or %s.d/*.conf' % (file, file) if file in WITH_FOLDER else file
    return '%s in %s' % (files, ', '.join(FOLDERS))
