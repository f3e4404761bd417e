# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of forwarding databases. What others made comes back with what else is attached to
links."""

from __future__ import annotations

from ..draft import Draft
from ..events import Event, LinkChangesMaster, LinkLeaves


def drop_fdb(draft: Draft, event: Event) -> None:
    """All goes with a link; what a bridge has for a port goes when that leaves it (br_fdb_delete_by_port)."""
    if not isinstance(event, (LinkLeaves, LinkChangesMaster)):
        return
    seen = draft.now[event.link.namespace]
    with_all = isinstance(event, LinkLeaves)
    seen.fdb = [
        each
        for each in seen.fdb
        if each.dev != event.link.name or not (with_all or each.master and each.key in draft.owned.fdb)
    ]
