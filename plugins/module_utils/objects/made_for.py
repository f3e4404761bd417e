# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel makes entries of forwarding databases for by itself."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .link.codec import FoundLink


class MadeFor(t.NamedTuple):
    """Hardware addresses of links, and VXLANs with their remote ends."""

    macs: t.Container[str]
    remotes: t.Container[tuple[str, str]]


def made_for(links: t.Sequence[FoundLink]) -> MadeFor:
    """For which of the links of a namespace."""
    macs = {link.fields.get('mac') for link in links}
    vxlans = [link for link in links if link.kind == 'vxlan']
    remotes = {(link.name, dict(link.fields.get('settings', ())).get('remote', '')) for link in vxlans}
    return MadeFor({mac for mac in macs if mac}, remotes)
