# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are created."""

from __future__ import annotations

import typing as t

from ...values.names import End
from ..attribute import Settings, Value
from ..draft import Draft
from ..operation import STAGE_CONTENTS, STAGE_LINK
from .bridge_port import PORT
from .kinds import KINDS, LATER, LATER_OF_PORT
from .order import depths, in_order, origin_of
from .removal import end_text
from .value import COMMON, FOLLOWERS, OF_KIND, SET_LATER, Link

ORDER_SETTINGS, ORDER_MTU, ORDER_OTHERS, ORDER_UP = 1, 2, 3, 4
"""ORDER_OTHERS is for settings that wait for others: links have to be ports by then, and bridges have the
default of their VLANs."""


def create_links(draft: Draft, wanted: t.Mapping[End, Link]) -> None:
    missing = {end for end, link in wanted.items() if _is_missing(draft, link)}
    depth = depths(wanted, missing)
    for end in sorted(missing, key=lambda end: (depth[end], end)):
        if draft.link(end) is not None:
            continue  # the other end of a veth that was created with this one
        link = wanted[end]
        ends = in_order((link,) if link.peer is None else (link, wanted[link.peer]))
        for one_end in ends:
            _check_lower_links(draft, one_end, missing)
        _create(draft, ends, depth[end])


def _is_missing(draft: Draft, link: Link) -> bool:
    return link.kind != 'physical' and link.namespace in draft.now and draft.link(link.end) is None


def _check_lower_links(draft: Draft, link: Link, missing: t.Collection[End]) -> None:
    master = (link.namespace, link.master) if link.master else None
    if master and draft.link(master) is None and master not in missing:
        refuse_missing_master(draft, link)
    if link.parent and draft.link(link.parent) is None and link.parent not in missing:
        draft.conflict(
            link.title,
            'is on a link that does not exist',
            do='declare it or check its name',
            found=end_text(link.parent),
        )


def refuse_missing_master(draft: Draft, link: Link) -> None:
    draft.conflict(
        link.title,
        'has a master that does not exist',
        do='declare it or check its name',
        found=str(link.master),
    )


def mtu_comes_later(link: Link) -> bool:
    """Whether the link below may not have its own MTU yet when this link is created."""
    return link.parent is not None and link.mtu is not None


def _create(draft: Draft, ends: tuple[Link, ...], order: int) -> None:
    """Create a link, or both ends of a veth. The request enslaves the first end only."""
    from .operations import adding  # not loaded where nothing differs

    origin = origin_of(ends)
    at_birth = [link._replace(mtu=None) if mtu_comes_later(link) else link for link in ends]
    draft.add(adding(ends)(origin, None, tuple(at_birth), STAGE_LINK, order))
    for link in ends:
        fields: dict[str, t.Any] = {}
        if link.namespace != origin:
            fields.update(mark=link.mark, alias=link.alias)
        if link.master and link is not ends[0]:
            fields['master'] = link.master
        for name in SET_LATER:
            value = getattr(link, name)
            if value is not None and value != _born_with(link, name):
                fields[name] = value
        followers = [follower for name, follower in FOLLOWERS.items() if name in fields]
        fields.update((name, getattr(link, name)) for name in followers if getattr(link, name) is not None)
        if _needs_link_local(draft, link):
            fields['link_local'] = link.link_local
        _set(draft, link, {}, fields, ORDER_SETTINGS)
        if unusual_port(link):
            port, with_others = split_fields({'port': link.port})
            _set(draft, link, {}, port, ORDER_SETTINGS)
            _set(draft, link, {}, with_others, ORDER_OTHERS)
        given = tuple(pair for pair in link.settings if pair[1] != '')
        _at_birth, with_others = split_fields({'settings': (link.kind, given)})
        _set(draft, link, {}, with_others, ORDER_OTHERS)
        if link.up:
            _set(draft, link, {'up': False}, {'up': True}, ORDER_UP)
        bond = bond_of(draft, link.namespace, link.master)
        draft.put(link._replace(up=bool(link.up), mac=bond.mac if bond else link.mac))
        draft.new_links.add(link.end)
        draft.owned_after.links.add(link.end)


def _born_with(link: Link, name: str) -> Value | None:
    """What the kernel gives a new link of that."""
    return getattr(KINDS[link.kind], name) if name in OF_KIND else COMMON[name].kernel_default


def _set(draft: Draft, link: Link, before: dict[str, t.Any], after: dict[str, t.Any], order: int) -> None:
    if after:
        from .operations import SetLink

        draft.add(SetLink(link.namespace, before, after, STAGE_CONTENTS, order, name=link.name))


def _needs_link_local(draft: Draft, link: Link) -> bool:
    """In a new namespace no link makes itself a link-local address."""
    if not draft.ipv6 or link.link_local is None:
        return False
    return link.link_local or link.namespace not in draft.new_namespaces


def bond_of(draft: Draft, namespace: str, master: str | None) -> Link | None:
    """The bond that a link with this *master* is a port of.

    It gives the port its own hardware address (bond_enslave), and a port with another one hears nothing.
    """
    link = draft.link((namespace, master)) if master else None
    return link if link is not None and link.kind == 'bond' else None


def split_fields(fields: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Fields as SetLink has them, and apart from them settings that wait for others."""
    own = {name: value for name, value in fields.items() if name not in ('settings', 'port')}
    others: dict[str, t.Any] = {}
    kind, settings = fields.get('settings', ('', ()))
    for part, members in zip((own, others), _split(settings, LATER.get(kind, ()))):
        if members:
            part['settings'] = (kind, members)
    for part, members in zip((own, others), _split(fields.get('port', ()), LATER_OF_PORT)):
        if members:
            part['port'] = members
    return own, others


def _split(settings: Settings, later: t.Collection[str]) -> tuple[Settings, Settings]:
    """The settings, and those of them that wait."""
    if not later:
        return settings, ()
    own = tuple(setting for setting in settings if setting[0] not in later)
    return own, tuple(setting for setting in settings if setting[0] in later)


def unusual_port(link: Link) -> Settings:
    """Port settings that differ from those of a new port."""
    return tuple((name, value) for name, value in link.port if PORT[name].default != value)
