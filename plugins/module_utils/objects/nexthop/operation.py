# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on nexthop objects."""

from __future__ import annotations

import errno

from ..management_path import ManagementPath
from ..operation import GONE, STAGE_RESTORE, Access, BatchedOperation, Features
from .codec import encode_nexthop, encode_removal
from .value import Nexthop

ORDER_NEXTHOP, ORDER_REMOVAL = 6, 8
"""Within STAGE_NEXTHOPS: before the routes over them (operation.py of routes), and when no route needs it any
more."""


class NexthopOperation(BatchedOperation):
    """``before`` and ``after`` are None or a Nexthop. With both, the new one takes the place of the old
    one."""

    contained = True
    needs_codec = False
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'nexthop %s in %s' % (self.value.text(), self.place)

    @property
    def features(self) -> Features:
        if self.after is None or not self.after.extra or self.stage == STAGE_RESTORE:
            return Features()
        from ..route.features import RouteTrial  # rarely needed

        return Features(routes=frozenset((RouteTrial(self.after.family, extra=self.after.extra),)))

    @property
    def nexthop(self) -> int:
        return int(self.value.number)

    def risk(self, path: ManagementPath) -> str:
        if path.ends_in(self.namespace) and self.before is not None:
            return 'may lead the connection elsewhere'
        return ''

    @property
    def harmless_errors(self) -> tuple[int, ...]:
        return GONE if self.after is None else (errno.EEXIST, errno.ENODEV)

    def advice(self, error: OSError) -> str:
        if error.errno == errno.ENETDOWN:
            return 'a nexthop needs a link that is up and has a carrier'
        return ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        nexthop: Nexthop = self.value
        if self.after is None:
            return self.namespace, [encode_removal(nexthop)]
        index = access.index((self.namespace, nexthop.dev)) if nexthop.dev else 0
        return self.namespace, [encode_nexthop(nexthop, index, self.before is not None)]
