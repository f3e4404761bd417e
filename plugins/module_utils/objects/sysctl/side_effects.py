# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of sysctls."""

from __future__ import annotations

from ..draft import Draft
from ..events import Event, LinkLeaves, LinkLosesIpv6
from .value import Sysctl


def drop_sysctls(draft: Draft, event: Event) -> None:
    """A link that leaves takes its settings along, one whose MTU is too small for IPv6 those of IPv6."""
    if isinstance(event, LinkLeaves):
        below = 'net/'
    elif isinstance(event, LinkLosesIpv6) and event.with_settings:
        below = 'net/ipv6/'
    else:
        return
    namespace = event.link.namespace
    sysctls = draft.now[namespace].sysctls
    for key, value in sysctls.items():
        if value is None or not key.startswith(below):
            continue
        sysctl = Sysctl(namespace, key, value)
        if sysctl.link == event.link.name:
            sysctls[key] = None
            draft.lose(sysctl)
