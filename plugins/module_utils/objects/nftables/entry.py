# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of ``nftables`` in a document for the tables that a namespace has. Pure."""

from __future__ import annotations

import typing as t

from .tool import Body, TableId
from .value import own_table

Entry = dict[str, t.Any]


def why_left_out(body: Body) -> str:
    """Why a document cannot declare a table; '' if it can."""
    if not any(line.strip() for line in body):
        return 'is empty'
    if any(line.startswith('\tflags ') and 'owner' in line for line in body):
        return 'ends with the process that made it'
    return ''


def table_entry(table: TableId, body: Body, scope: str = '') -> Entry:
    """A table with nothing said that is the default for *scope*."""
    family, name = table
    entry: Entry = {}
    if not scope or name != own_table(scope):
        entry['table'] = name
    if family != 'inet':
        entry['family'] = family
    # Lines between the braces are indented by one tab.
    lines = [line[1:] if line.startswith('\t') else line for line in body]
    entry['content'] = ''.join(line + '\n' for line in lines)
    return entry
