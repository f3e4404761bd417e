# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of chains of iptables."""

from __future__ import annotations

import re

from ...values.problems import Problem
from ...values.reading import shown

_LONGEST = 28  # XT_EXTENSION_MAXNAMELEN - 1
VERDICTS = ('ACCEPT', 'DROP', 'QUEUE', 'RETURN')


def chain_problem(name: str) -> Problem | None:
    """What is wrong with *name* as the name of a chain; None if nothing."""
    if not re.match(r'[!-~]+$', name) or name.endswith('\n') or '"' in name or name[0] in '-!':
        want = 'letters, digits and marks, no space or quote, no - or ! in front'
        return Problem('', 'is not a chain name', shown(name), want)
    if name in VERDICTS:
        return Problem('', 'is a verdict, not a chain', name, do='choose another name')
    if len(name) > _LONGEST:
        return Problem('', 'is too long for a chain', shown(name), 'at most %d characters' % _LONGEST)
    return None
