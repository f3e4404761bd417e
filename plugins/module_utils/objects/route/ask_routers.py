# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Having the kernel learn again what it takes from routers, where it does not ask them by itself."""

from __future__ import annotations

import typing as t

from ...kernel import namespaces, routers
from ..operation import Access, Operation

ORDER_ASK = 9
"""Within STAGE_RESTORE: when all else is back."""


class AskRouters(Operation):
    """``after`` is the link to ask on. Nothing is to undo."""

    contained = True
    needs_codec = False

    @property
    def subject(self) -> str:
        return 'routers on link %s/%s' % (self.place, self.after)

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        with namespaces.entered(access.fd(self.namespace), access.home):
            routers.solicit(self.after)
