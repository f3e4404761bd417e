# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An entry of a forwarding database as a document says it."""

from __future__ import annotations

from ..attribute import Entry
from .schema import FDB
from .value import FdbEntry


def fdb_entry(found: FdbEntry) -> Entry:
    """The entry of ``fdb`` that declares one, with nothing said that is usual."""
    entry: Entry = {'lladdr': found.lladdr, 'dev': found.dev}
    unsaid = {'state'} if found.master and found.extern_learn else set()
    for name, attribute in FDB.items():
        value = getattr(found, name)
        if name not in unsaid and value != attribute.default:
            entry[attribute.key] = value
    return entry
