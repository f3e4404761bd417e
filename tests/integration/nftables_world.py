# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of nft share."""

from __future__ import annotations

from .world import run


def table(*rules: str, hook: str = 'filter hook input priority 0', objects: str = '') -> str:
    """The content of a table with one chain."""
    return objects + 'chain c {\n type %s; policy accept;\n %s\n}' % (hook, '\n '.join(rules))


def listed() -> str:
    """All that nft knows, with counters and handles."""
    return run('nft -a list ruleset')
