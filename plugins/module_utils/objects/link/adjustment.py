# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that stay: what differs is changed in place, and MTUs come to rest."""

from __future__ import annotations

import functools
import typing as t

from ...kernel.uapi import IPV6_MIN_MTU
from ...values.names import End
from ..attribute import Settings
from ..draft import Draft
from ..events import LinkChangesMac, LinkChangesMaster, LinkGoesDown, LinkLosesIpv6
from ..operation import STAGE_CONTENTS
from .bridge_port import PORT
from .creation import (
    ORDER_MTU,
    ORDER_OTHERS,
    ORDER_SETTINGS,
    ORDER_UP,
    bond_of,
    mtu_comes_later,
    refuse_missing_master,
    split_fields,
    unusual_port,
)
from .kind import Mtu
from .kinds import KINDS
from .mtu import expected_mtu
from .shared import refuse_fields_of_scopes, share_fields
from .uppers import lower_uppers
from .value import (
    COMMON,
    FLAGS,
    FOLLOWED_UP_TO,
    FOLLOWERS,
    FORMER_PORT,
    PORT_FIELD,
    Link,
    say_whole_alias,
    without_our_altnames,
)
from .vlans import FILTER_ON, VLANS, flags_of

Links = t.Mapping[End, Link]
_ALWAYS_SAID = ('link_local', *FLAGS)
Fields = dict[str, t.Any]


def adjust_links(draft: Draft, wanted: Links) -> None:
    """Change what differs on links that stay, and settle all MTUs: those of new links are predicted."""
    settled: set[End] = set()
    for link in draft.want.links:
        _settle(draft, link, wanted, settled)


# MTUs


def _settle(draft: Draft, want: Link, wanted: Links, settled: set[End]) -> None:
    """Predict the MTU of a new link, or change one that stays; after the links that lend it their MTU.

    The kernel takes no MTU above that of the link below, lowers with it what stands on it, and raises
    nothing: if that of the link below changes, the MTU is set again afterwards.
    """
    have = draft.link(want.end)
    if want.end in settled or have is None:
        return
    for end in _mtu_lenders(draft, want):
        if end in wanted:
            _settle(draft, wanted[end], wanted, settled)
    settled.add(want.end)
    is_new = want.end in draft.new_links
    if is_new and want.kind == 'physical':
        return  # it was moved, which moves.py takes care of
    mtu = _mtu_of(draft, want, have)
    differs = not is_new and mtu not in (None, have.mtu)
    if differs or _mtu_is_unsettled(draft, want):
        draft.unsettled_mtus.add(want.end)
    if is_new:
        _note_new(draft, have._replace(mtu=mtu))
    else:
        _adjust(draft, want, mtu)
    if mtu is not None and (differs or _set_again(draft, want, is_new)):
        _set(draft, want, {}, {'mtu': mtu}, ORDER_MTU)


def _mtu_lenders(draft: Draft, want: Link) -> list[End]:
    lenders = [want.parent] if want.parent else []
    if _follows_ports(want):
        lenders += [link.end for link in draft.ports(want.end)]
    return lenders


def _follows_ports(link: Link) -> bool:
    return KINDS[link.kind].mtu is Mtu.PORTS


def _mtu_of(draft: Draft, want: Link, have: Link) -> int | None:
    """The MTU that a link is going to have; None if it stays as it is, or is not predicted."""
    if want.mtu is not None or want.kind == 'physical':
        return want.mtu
    ports = draft.ports(want.end) if _follows_ports(want) else []
    return expected_mtu(have, draft.link(have.parent) if have.parent else None, ports)


def _mtu_is_unsettled(draft: Draft, want: Link) -> bool:
    """Whether the MTU changes along with that of other links."""
    if want.parent in draft.unsettled_mtus:
        return True
    return _follows_ports(want) and _ports_change(draft, want)


def _ports_change(draft: Draft, want: Link) -> bool:
    """Whether ports come, go or change: then a bridge takes the least MTU of them (br_mtu_auto_adjust).

    It does not if somebody has set its own MTU since it was created; nothing tells whether somebody has.
    """
    ports = draft.ports(want.end)
    seen = draft.have.seen.get(want.namespace)
    links_before = seen.links.values() if seen else ()
    before = {link.name: link.mtu for link in links_before if link.master == want.name}
    after = {link.name: link.mtu for link in ports}
    return before != after or any(link.end in draft.new_links for link in ports)


def _set_again(draft: Draft, want: Link, is_new: bool) -> bool:
    if is_new and mtu_comes_later(want):
        return True
    declared = want.mtu is not None or not _follows_ports(
        want
    )  # a bridge without one follows its ports by itself
    return declared and want.end in draft.unsettled_mtus


def _note_new(draft: Draft, link: Link) -> None:
    draft.put(link)
    replaced = draft.replaced_links.get(link.end)
    if replaced:
        draft.change('link', link.namespace, link.name, replaced.lines(), link.lines())
        return
    # An address that nobody has chosen says nothing, and lets no two new links look alike.
    chosen = link._replace(mac=None) if link.mac_derived else link
    draft.change('link', link.namespace, link.name, (), chosen.lines())


# All other attributes


def _adjust(draft: Draft, want: Link, mtu: int | None) -> None:
    """Change in place what differs on a link that stays."""
    have = draft.link(want.end)
    if have is None:
        return
    original = draft.have.link(want.end) or have  # the loopback of a new namespace is not there yet
    if want.master and draft.link((want.namespace, want.master)) is None:
        refuse_missing_master(draft, want)
        return
    before, after = _differences(draft, want, have, mtu)
    if want.kind == 'physical' and want.end not in draft.owned_after.moved:
        share_fields(draft, want, have)
    if not after or refuse_fields_of_scopes(draft, want, after):
        return
    _change_in_place(draft, have, before, after)
    if after.get('mtu', IPV6_MIN_MTU) < IPV6_MIN_MTU <= (have.mtu or 0):
        _announce(draft, LinkLosesIpv6(have, with_settings=True), 'mtu')
    changed = _changed(have, after)
    draft.put(changed)
    if after.get('mtu', have.mtu or 0) < (have.mtu or 0):
        lower_uppers(draft, changed)
    if want.kind == 'physical' and want.end not in draft.owned_after.moved:
        _remember(draft, have, before, after)
    draft.change('link', want.namespace, want.name, original.lines(), changed.lines())


def _differences(draft: Draft, want: Link, have: Link, mtu: int | None) -> tuple[Fields, Fields]:
    """The fields that differ, as they are and as they have to be, in the form that SetLink has for them."""
    before: Fields = {}
    after: Fields = {}
    wanted = {**want._asdict(), 'mtu': mtu, 'altnames': _wanted_altnames(draft, want, have)}
    if bond_of(draft, want.namespace, have.master if want.master is None else want.master):
        wanted['mac'] = None
    for name in (*COMMON, 'mark'):
        current = getattr(have, name)
        if wanted[name] is None or wanted[name] == current:
            continue
        if current is None and name in _ALWAYS_SAID:
            continue  # the kernel has no IPv6
        before[name], after[name] = current, wanted[name]
    say_whole_alias(before, have)
    say_whole_alias(after, have)
    _add_followers(wanted, have, before, after)
    settings = _settings_differences(want, have)
    if settings:
        kind = KINDS[want.kind]
        found = {**kind.defaults_with({}), **dict(have.settings)}
        before['settings'] = (want.kind, tuple(sorted((name, found[name]) for name in settings)))
        after['settings'] = (want.kind, tuple(sorted(settings.items())))
    port = _port_differences(want, have)
    _refuse_lost_tunnels(draft, want, have, port)
    if port:
        is_same_master = have.master == (want.master or '')
        had = {name: PORT.usual[name] for name in port if name in PORT.usual}
        had.update(pair for pair in have.port if pair[0] in port)
        before['port'] = tuple(sorted(had.items())) if is_same_master else ()
        after['port'] = tuple(sorted(port.items()))
    return before, after


def _wanted_altnames(draft: Draft, want: Link, have: Link) -> tuple[str, ...] | None:
    """A link that was there before us keeps further names that others gave it."""
    if want.kind != 'physical' or want.altnames is None:
        return want.altnames
    moved = draft.owned.moved.get(want.end, {})
    before, written = draft.owned.fields.get((*want.end, 'altnames'), ((), ()))
    others = moved.get('altnames') or without_our_altnames(have.altnames or (), before, written)
    return tuple(sorted({*others, *want.altnames}))


def _refuse_lost_tunnels(draft: Draft, want: Link, have: Link, port: Fields) -> None:
    """A VLAN that is removed drops what nothing here would restore (__vlan_tunnel_info_del)."""
    if have.tunnel_vlans and VLANS in port and have.master == want.master:
        lost = sorted(set(have.tunnel_vlans).difference(flags_of(port[VLANS])))
        if lost:
            draft.conflict(
                want.title,
                'has VLANs that map to tunnels and are not declared',
                do='declare them, or remove the tunnels with "bridge vlan del"',
                found=', '.join(map(str, lost)),
            )


def _add_followers(wanted: Fields, have: Link, before: Fields, after: Fields) -> None:
    """Sizes that the kernel changes along with others are set too, so that an undo restores them."""
    for name, follower in FOLLOWERS.items():
        current = getattr(have, follower)
        if name not in after or current is None:
            continue
        follows = after[name] if after[name] <= FOLLOWED_UP_TO else current
        before[follower] = current
        after[follower] = follows if wanted[follower] is None else wanted[follower]


def _settings_differences(want: Link, have: Link) -> Fields:
    """The settings to change, and those that have to be said again with them.

    What the kernel does not show is as usual: it is not set, or the kernel does not know it.
    """
    kind = KINDS[want.kind]
    if kind.apart:
        return {}
    wanted, found = dict(want.settings), dict(have.settings)
    differing = {}
    for name, value in want.settings:
        absent = None if name in kind.hidable else kind.settings[name].usual
        if found.get(name, absent) not in (value, None):
            differing[name] = value
    for name in list(differing):
        for other in kind.settings[name].together:
            if wanted.get(other, kind.settings[other].usual) != kind.settings[other].usual:
                differing[other] = wanted[other]
    return differing


def _port_differences(want: Link, have: Link) -> Fields:
    is_physical = want.kind == 'physical'
    if not want.master or is_physical and not want.port:
        return {}
    if have.master != want.master:
        return dict(unusual_port(want))
    return dict(_differing_port(want.port, have.port, with_defaults=not is_physical))


@functools.lru_cache(maxsize=1 << 8)
def _differing_port(want: Settings, have: Settings, with_defaults: bool) -> Settings:
    """The settings of a port to change. Most ports are alike."""
    wanted = {**PORT.defaults, **dict(want)} if with_defaults else dict(want)
    current = {**PORT.usual, **dict(have)}
    return tuple((name, value) for name, value in wanted.items() if current.get(name, value) != value)


def _change_in_place(draft: Draft, have: Link, before: Fields, after: Fields) -> None:
    """Settings first, then what needs the new master, what needs other ports, then up. The MTU has a place of
    its own. A bridge filters by VLANs when its ports have theirs."""
    before, after = dict(before), dict(after)
    _set(draft, have, *_taken_out(before, after), ORDER_UP)
    (own_before, others_before), (own, others) = split_fields(before), split_fields(after)
    groups = ([name for name in own if name not in ('mtu', 'port', 'up')], ['port'], ['up'])
    for names, order in zip(groups, (ORDER_SETTINGS, ORDER_SETTINGS, ORDER_UP)):
        group = {name: own[name] for name in names if name in own}
        if not group:
            continue
        if group == {'up': False}:
            order = ORDER_SETTINGS
            _announce(draft, LinkGoesDown(have), 'up')
        if not {'mac', 'arp'}.isdisjoint(group):
            _announce(draft, LinkChangesMac(have), 'mac')
        if 'master' in group:
            _announce(draft, LinkChangesMaster(have), 'master')
        _set(draft, have, {name: own_before.get(name, ()) for name in group}, group, order)
    if others:
        _set(draft, have, others_before, others, ORDER_OTHERS)


def _taken_out(before: Fields, after: Fields) -> tuple[Fields, Fields]:
    """What has a bridge filter by VLANs, which it takes out of the fields."""
    kind, settings = after.get('settings', ('', ()))
    filters = tuple(pair for pair in settings if pair in FILTER_ON) if kind == 'bridge' else ()
    if not filters:
        return {}, {}
    taken: list[Fields] = []
    for fields in (before, after):
        _kind, found = fields.pop('settings')
        taken.append({'settings': (kind, tuple(pair for pair in found if pair[0] in dict(filters)))})
        left = tuple(pair for pair in found if pair[0] not in dict(filters))
        fields.update({'settings': (kind, left)} if left else {})
    return taken[0], taken[1]


def _announce(draft: Draft, event: t.Any, field: str) -> None:
    """What is on a link of ours goes as we like; of one that was there before us others lose it."""
    cause = None if draft.ours(event.link) else (*event.link.end, field)
    draft.announce(event, cause and (cause[0], 'link', *cause[1:]))


def _set(draft: Draft, link: Link, before: Fields, after: Fields, order: int) -> None:
    if not after:
        return
    from .operations import SetLink  # not loaded where nothing differs

    draft.add(SetLink(link.namespace, before, after, STAGE_CONTENTS, order, name=link.name))


def _changed(have: Link, after: Fields) -> Link:
    """The link with its changes."""
    fields = {name: value for name, value in after.items() if name not in ('settings', 'port')}
    settings, port = dict(have.settings), dict(have.port)
    if 'settings' in after:
        settings.update(after['settings'][1])
    port.update(after.get('port', ()))
    if after.get('master') == '':
        port = {}
    return have._replace(settings=tuple(sorted(settings.items())), port=tuple(sorted(port.items())), **fields)


def _remember(draft: Draft, have: Link, before: Fields, after: Fields) -> None:
    """Remember what a link that was there before us had, for when it leaves the document."""
    had = {name: value for name, value in before.items() if name in COMMON and COMMON[name].restored}
    had.update((PORT_FIELD + name, value) for name, value in before.get('port', ()))
    written = {**after, **{PORT_FIELD + name: value for name, value in after.get('port', ())}}
    owned = draft.owned.fields
    for name, value in had.items():
        key = (*have.end, name)
        first = owned[key][0] if key in owned else draft.have.value_before_scopes('fields', key, value)
        draft.owned_after.fields[key] = (first, written[name])
    if 'master' in after and have.port and (*have.end, 'master') not in owned:
        # With its master it loses what it had as a port, before us.
        port = {
            name: owned.get((*have.end, PORT_FIELD + name), (value, None))[0] for name, value in have.port
        }
        draft.owned_after.fields[(*have.end, FORMER_PORT)] = (tuple(sorted(port.items())), None)
