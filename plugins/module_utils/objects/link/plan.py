# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan does with links: which it removes, creates, changes in place and gives back what they had."""

from __future__ import annotations

from ..draft import Draft
from .adjustment import adjust_links
from .creation import create_links
from .removal import links_to_replace, named_links, outgoing_veths, remove_links, surplus_links
from .restoration import restore_links
from .vlan_defaults import follow_default_pvid
from .vlans import VLANS


def plan_links(draft: Draft) -> None:
    """Plan which links are made, changed, moved and removed. Adds operations and conflicts to *draft*."""
    if draft.policy.removes:
        remove_links(draft, named_links(draft) + outgoing_veths(draft), wanted={})
        restore_links(draft)
        return
    wanted = {link.end: link for link in draft.want.links}
    if draft.policy.prune:
        remove_links(draft, surplus_links(draft, wanted) + outgoing_veths(draft), wanted)
    remove_links(draft, links_to_replace(draft, wanted), wanted)
    if draft.conflicts:
        return
    create_links(draft, wanted)
    follow_default_pvid(draft)
    adjust_links(draft, wanted)
    restore_links(draft)
    _warn_of_idle_vlans(draft)
    _refuse_taken_names(draft)


def _refuse_taken_names(draft: Draft) -> None:
    """A further name that another link has, as its own or as another one (netdev_name_in_use)."""
    for want in draft.want.links:
        if not want.altnames or want.namespace not in draft.now:
            continue
        for link in draft.now[want.namespace].links.values():
            taken = {link.name, *(link.altnames or ())}.intersection(want.altnames)
            if taken and link.name != want.name:
                names, do = ', '.join(sorted(taken)), 'choose another name'
                draft.conflict(want.title, 'cannot be called %s, as %s is' % (names, link.title), do=do)


def _warn_of_idle_vlans(draft: Draft) -> None:
    """Bridges of others, which no document can have filter: a bridge of ours has to (document/checks.py)."""
    for want in draft.want.links:
        if not want.port or not dict(want.port).get(VLANS):
            continue
        bridge = draft.link((want.namespace, want.master or ''))
        if bridge is not None and not dict(bridge.settings).get('vlan_filtering', True):
            draft.warnings.append(
                '%s: port.vlans has no effect yet: bridge %s has no vlan_filtering'
                % (want.title, bridge.name)
            )
