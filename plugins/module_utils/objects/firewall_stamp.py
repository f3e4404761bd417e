# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a rule has changed since somebody looked, without running a tool.

nf_tables counts its commits. The legacy back end does not, so its rules are read as they lie in the kernel and hashed, counters
left out.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import typing as t

from ..kernel import nfnetlink
from .iptables import legacy as xt_legacy
from .iptables.value import FAMILIES

# Where iptables and nft look up the names of services, protocols, users, groups, labels, realms and marks.
_NAMES = (
    '/etc/services',
    '/etc/protocols',
    '/etc/passwd',
    '/etc/group',
    '/etc/nsswitch.conf',
    '/etc/connlabel.conf',
    '/etc/xtables/connlabel.conf',
    '/etc/iproute2/group',
    '/etc/iproute2/rt_marks',
    '/etc/iproute2/rt_realms',
)
_ZONE = '/etc/localtime'

Status = t.Optional['tuple[int, int, int]']


def _status(path: str) -> Status:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def names_known() -> list[Status]:
    """What tells whether names in rules mean what they meant: where it has changed, the same text may be another rule."""
    return [_status(path) for path in _NAMES]


def time_known() -> tuple[Status, str | None, int]:
    """The same for times of day, which nft reckons from the time here."""
    return _status(_ZONE), os.environ.get('TZ'), time.localtime().tm_gmtoff


def stamp(identity: str) -> str:
    """A text that is another one after each change of a rule in the calling thread's namespace, which *identity* tells apart.

    Empty where that cannot be said: of a namespace without a cookie, of legacy rules on a machine of 32 bits.
    """
    if not identity.startswith('cookie:'):
        return ''
    digest = hashlib.sha256()
    legacy = [(family, table) for family in FAMILIES for table in sorted(xt_legacy.tables(family))]
    if legacy and sys.maxsize < 1 << 32:
        return ''
    for family, table in legacy:
        try:
            digest.update(('%s %s ' % (family, table)).encode())
            digest.update(xt_legacy.entries(family, table))
        except OSError:  # another size in the meantime: somebody is at work
            return ''
    generation = nfnetlink.generation()
    counted = '' if generation is None else str(generation)
    module = _status('/sys/module/nf_tables')
    if module is not None:  # loaded anew, it counts anew; sysfs never gives it the same number
        counted += '/%d' % module[0]
    return '%s:%s%s' % (identity, counted, ' ' + digest.hexdigest() if legacy else '')
