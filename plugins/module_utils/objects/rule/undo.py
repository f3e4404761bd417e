# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules that are missing."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import RuleOperation


def undo_rules(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    present = {rule.key for rule in now.rules}
    missing = [rule for rule in before.rules if rule.key not in present]
    return [RuleOperation(namespace, None, rule, STAGE_RESTORE) for rule in missing]
