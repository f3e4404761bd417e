# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step of a plan does that makes the kernel drop something else.

Whoever plans the step announces the event (Draft.announce). Each kind of object answers in its
side_effects.py what goes with it, of ours and of others: the prediction follows, and what the kernel may
leave behind is removed first. What others lose is planned in losses.py. Undo needs no answer, it compares
(engine/undo.py).
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


class LinkLosesIpv6(t.NamedTuple):
    """IPv6 is switched off on a link: by its MTU, which takes the settings along, or by disable_ipv6."""

    link: Link
    with_settings: bool


class LinkChangesMac(t.NamedTuple):
    """A link gets another hardware address, or begins or ends to ask for those of neighbours."""

    link: Link


class LinkChangesMaster(t.NamedTuple):
    """A link leaves the bridge that it is a port of, or another master."""

    link: Link


class ForwardingBegins(t.NamedTuple):
    """A namespace becomes a router of IPv6: default routes that routers advertised go
    (rt6_purge_dflt_routers). *staying* are the links with accept_ra 2."""

    namespace: str
    staying: frozenset[str]


class AddressGoes(t.NamedTuple):
    """An address is removed. *is_last*: no other IPv4 address of its link remains."""

    address: Address
    is_last: bool


Event = t.Union[
    LinkLeaves,
    LinkGoesDown,
    LinkLosesIpv6,
    LinkChangesMac,
    LinkChangesMaster,
    ForwardingBegins,
    AddressGoes,
]

Cause = tuple[str, ...]
"""What a scope did that makes others lose something: the namespace, and what was changed there.

``(namespace, 'link', name, field)``, ``(namespace, 'sysctl', key)`` or ``(namespace, 'moved', name)``.
"""
