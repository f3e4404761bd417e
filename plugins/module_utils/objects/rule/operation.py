# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on policy rules."""

from __future__ import annotations

from ..management_path import ManagementPath
from ..operation import Access, BatchedOperation, Features
from .codec import encode_rule
from .features import says_more

ORDER_RULE = 6
"""Within STAGE_CONTENTS: after the routes of its table."""


class RuleOperation(BatchedOperation):
    """``before`` and ``after`` are None or a Rule."""

    contained = True
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'rule %s in %s' % (self.value.text(), self.place)

    @property
    def features(self) -> Features:
        rule = self.after
        return Features(rules=frozenset((rule,))) if rule is not None and says_more(rule) else Features()

    def risk(self, path: ManagementPath) -> str:
        if path.ends_in(self.namespace) and self.value.family == path.family:
            return 'may lead the connection elsewhere'
        return ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        return self.namespace, [encode_rule(self.value, self.after is not None)]
