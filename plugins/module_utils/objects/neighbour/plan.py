# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours: which are made, changed and removed."""

from __future__ import annotations

from ..draft import Draft
from ..entries import EntryKind, plan_entries, put_back_entries
from ..operation import Operation
from ..state import Seen
from .operation import NeighbourOperation

NEIGHBOURS = EntryKind('neighbours', NeighbourOperation)


def plan_neighbours(draft: Draft) -> None:
    plan_entries(draft, NEIGHBOURS, draft.want.neighbours)


def put_back_neighbours(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    return put_back_entries(NEIGHBOURS, namespace, before, now)
