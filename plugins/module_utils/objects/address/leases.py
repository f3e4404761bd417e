# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leased addresses of links whose DHCP client has lost them.

A client hears a link by a socket that is bound to it, and the kernel takes the socket away when the link
moves to another namespace (packet_notifier). dhclient goes on and is deaf, dhcpcd ends. An address with the
time that it had left would then go, and with it the way to the host: it comes back without an end. A client
that lives gives it its times again (inet_rtm_newaddr, NLM_F_REPLACE).
"""

from __future__ import annotations

from ...values.names import End, place
from ..draft import Draft
from .value import Address


def warn_of_leases(draft: Draft, end: End) -> None:
    """Tell which addresses of a link that moves a DHCP client would have renewed."""
    for address in draft.now[end[0]].addresses:
        if address.link == end[1] and address.leased:
            draft.warnings.append(
                'link %s/%s has the leased address %s: its DHCP client loses the link; when the link comes'
                ' back, the address stays beyond its lease until a client renews it'
                % (place(address.namespace), address.link, address.address)
            )


def kept(address: Address) -> tuple[Address, list[str]]:
    """An address as it comes back with its link, and what to tell of it."""
    if not address.leased:
        return address, []
    told = (
        'address %s of link %s/%s stays beyond its lease, since its DHCP client has lost the link:'
        ' restart the client' % (address.address, place(address.namespace), address.link)
    )
    return address._replace(lifetimes=None), [told]
