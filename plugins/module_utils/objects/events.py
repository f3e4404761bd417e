# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step of a plan does that makes the kernel drop something else.

Whoever plans the step announces the event (Draft.announce). Each kind of object answers in its
side_effects.py what goes with it, of ours and of others: the prediction follows, and what the kernel may
leave behind is removed first. Undo needs no answer, it compares (engine/undo.py).
"""

from __future__ import annotations

import typing as t

from .address.value import Address
from .link.value import Link


class LinkLeaves(t.NamedTuple):
    """A link is removed, or moves to another namespace."""

    link: Link


class LinkGoesDown(t.NamedTuple):
    """A link is set down."""

    link: Link


class AddressGoes(t.NamedTuple):
    """An address is removed. *is_last*: no other IPv4 address of its link remains."""

    address: Address
    is_last: bool


Event = t.Union[LinkLeaves, LinkGoesDown, AddressGoes]
