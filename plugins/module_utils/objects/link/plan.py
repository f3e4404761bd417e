# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: which are removed, made and changed."""

from __future__ import annotations

import dataclasses
import typing as t

from ...values.names import HOST, place
from ..address.operation import AddressOperation
from ..attribute import Settings
from ..contents import PROTOCOL
from ..draft import Draft, owner
from ..layout import lower_links
from ..operation import (
    ORDER_DETACH_ADDRESS,
    ORDER_DETACH_FIELDS,
    ORDER_DETACH_MTU,
    ORDER_DETACH_ROUTE,
    ORDER_DETACH_SYSCTL,
    STAGE_CONTENTS,
    STAGE_DETACH,
    STAGE_LINK,
    STAGE_UNLINK,
)
from ..route.operation import RouteOperation
from ..state import Seen
from ..sysctl.operation import SysctlOperation
from ..sysctl.value import Sysctl
from .bridge import PORT
from .kind import Mtu
from .kinds import KINDS
from .mtu import expected_mtu
from .operations import AddLink, DeleteLink, SetLink, in_order, origin_of
from .value import End, Link

ORDER_SETTINGS, ORDER_MTU, ORDER_UP = 1, 2, 4


def plan_links(draft: Draft) -> None:
    wanted = {link.end: link for link in draft.want.links}
    if draft.policy.named:
        _remove(draft, _named(draft) + _reaching_out(draft), wanted={})
        _restore_fields(draft)
        return
    _remove(draft, _surplus(draft, wanted), wanted)
    _remove(draft, _misfits(draft, wanted), wanted)
    if draft.conflicts:
        return
    _create(draft, wanted)
    settled: dict[End, int | None] = {}
    for link in draft.want.links:
        _settle(draft, link, wanted, settled)
    for end, mtu in reversed(settled.items()):
        if end in draft.unsettled_mtus and end not in draft.new_links:
            _note_mtu(draft, end, mtu)
    _restore_fields(draft)


def where(link: Link) -> str:
    return 'link %s/%s' % (place(link.namespace), link.name)


def _named(draft: Draft) -> list[Link]:
    """The links that the document names. Those that are there by nature stay, and get back what they had."""
    found = []
    for want in draft.want.links:
        have = draft.link(want.end)
        if have is None or have.name == 'lo' or have.kind == 'physical' or want.kind == 'physical':
            continue
        if want.kind not in ('', have.kind):
            draft.conflict(
                where(want),
                'is of another kind',
                found=have.kind,
                want=want.kind,
                do='name the kind that it has, or another link',
            )
            continue
        found.append(have)
    return found


def _surplus(draft: Draft, wanted: dict[End, Link]) -> list[Link]:
    if not draft.policy.prune:
        return []
    found = [
        link
        for namespace, seen in draft.live()
        for link in seen.links.values()
        if link.end not in wanted and link.name != 'lo' and draft.ours(link)
    ]
    return found + _reaching_out(draft)


def _reaching_out(draft: Draft) -> list[Link]:
    """The veths of namespaces that go which end elsewhere. What stays inside goes with its namespace."""
    return [
        link
        for namespace in sorted(draft.removed_namespaces)
        for link in draft.now[namespace].links.values()
        if link.peer is not None and link.peer[0] not in draft.removed_namespaces
    ]


def misfit(want: Link, have: Link) -> str:
    """What makes *have* another link than *want*, beyond what can be changed in place; '' when nothing does."""
    if want.kind == 'physical':
        return ''
    if want.kind != have.kind:
        return 'is of another kind (found %s, want %s)' % (have.kind, want.kind)
    for word, wanted, found in (('peer', want.peer, have.peer), ('link', want.parent, have.parent)):
        if wanted != found:
            return 'has another %s (found %s, want %s)' % (word, _end(found), _end(wanted))
    found_settings = dict(have.settings)
    wanted_settings = dict(want.settings)
    for key, setting in KINDS[want.kind].settings.items():
        if setting.immutable and wanted_settings.get(key) != found_settings.get(key):
            return 'has another %s (found %s, want %s)' % (
                key,
                found_settings.get(key),
                wanted_settings.get(key),
            )
    return ''


def _end(end: End | None) -> str:
    return '%s/%s' % (place(end[0]), end[1]) if end else 'none'


def _misfits(draft: Draft, wanted: dict[End, Link]) -> list[Link]:
    found = []
    for end, link in wanted.items():
        have = draft.link(end)
        if have is None:
            if link.kind == 'physical' and end[0] == HOST:
                draft.missing_link(where(link), end, 'is not there', 'check its name with "ip link"')
            continue
        if link.kind == 'physical':
            continue
        difference = misfit(link, have)
        if difference and not draft.ours(have) and (not draft.policy.adopt or have.kind == 'physical'):
            draft.conflict(
                where(link),
                '%s and belongs to %s' % (difference, owner(have.mark)),
                do='rename one of the two'
                + ('' if have.kind == 'physical' else ', or set adopt: true to replace it'),
            )
        elif difference:
            found.append(have)
        elif not draft.ours(have) and not draft.policy.adopt:
            draft.conflict(
                where(link),
                'is there already and belongs to %s' % owner(have.mark),
                do='choose another name, or set adopt: true to take it over',
            )
    return found


def _remove(draft: Draft, roots: list[Link], wanted: dict[End, Link]) -> None:
    """Remove links with all that goes along: the other end of a veth, and what stands on them."""
    gone: dict[End, Link] = {}
    pending = list(roots)
    above: dict[End, list[Link]] = {}
    ports: dict[End, list[Link]] = {}
    for _namespace, seen in sorted(draft.now.items()) if roots else ():
        for other in seen.links.values():
            if other.parent:
                above.setdefault(other.parent, []).append(other)
            if other.master:
                ports.setdefault((other.namespace, other.master), []).append(other)
    while pending:
        link = pending.pop()
        if link.end in gone:
            continue
        gone[link.end] = link
        peer = draft.link(link.peer) if link.peer else None
        if peer is not None:
            pending.append(peer)
        for other in above.get(link.end, ()):
            if other.end in gone:
                continue
            if (
                not draft.ours(other)
                and other.namespace not in draft.removed_namespaces
                and not draft.policy.adopt
            ):
                draft.conflict(
                    where(link),
                    'cannot go: %s of %s stands on it' % (where(other), owner(other.mark)),
                    do='remove that one first, or set adopt: true',
                )
            pending.append(other)
    done: set[End] = set()
    depths = _depths(gone, set(gone))
    for end in sorted(gone, key=lambda end: (-depths[end], end)):
        if gone[end].kind == 'bridge' or gone[end].parent:
            _note_mtu(draft, end, gone[end].mtu)
    for end in sorted(gone):
        link = gone[end]
        if end in done:
            continue
        ends = (link,) if link.peer is None or link.peer not in gone else (link, gone[link.peer])
        done.update(one.end for one in ends)
        for one in ends:
            remove_contents(draft, one)
        # A veth is removed from the side that stays: there the removal is seen to be done.
        ends = tuple(sorted(ends, key=lambda one: (one.namespace in draft.removed_namespaces, one.end)))
        draft.add(
            DeleteLink(ends[0].namespace, ends, None, STAGE_UNLINK, -max(depths[one.end] for one in ends))
        )
        for one in sorted(ends, key=lambda one: one.end):
            if one.namespace not in draft.removed_namespaces and (one.end not in wanted):
                draft.change('link', one.namespace, one.name, one.lines(), ())
            del draft.now[one.namespace].links[one.name]
    for end in gone:
        for name, other in [(port.name, draft.link(port.end)) for port in ports.get(end, ())]:
            if other is not None:
                fields = {'master': end[1], **({'port': other.port} if other.port else {})}
                draft.add(
                    SetLink(end[0], fields, {}, STAGE_DETACH, ORDER_DETACH_FIELDS, implied=True, name=name)
                )
                draft.now[end[0]].links[name] = dataclasses.replace(other, master='', port=())
    # What is wanted again reads as a change, not as a removal and a new one.
    draft.replaced_links.update({end: link for end, link in gone.items() if end in wanted})


def remove_contents(draft: Draft, link: Link) -> None:
    """What the kernel drops along with a link. Written down, for undo has to bring it back."""
    seen = draft.now[link.namespace]
    _drop_contents(draft, seen, link, with_ipv4=True)
    for key, value in sorted(seen.sysctls.items()):
        if value is not None and Sysctl(link.namespace, key, value).link == link.name:
            draft.add(
                SysctlOperation(
                    link.namespace, value, None, STAGE_DETACH, ORDER_DETACH_SYSCTL, implied=True, key=key
                )
            )
            seen.sysctls[key] = None
    fields: dict[str, t.Any] = {
        key: value
        for key, value in (
            ('mark', link.mark),
            ('master', link.master),
            ('link_local', link.link_local),
            ('up', link.up),
        )
        if value is not None
    }
    if link.port:
        fields['port'] = link.port
    draft.add(
        SetLink(link.namespace, fields, {}, STAGE_DETACH, ORDER_DETACH_FIELDS, implied=True, name=link.name)
    )


def _drop_contents(draft: Draft, seen: Seen, link: Link, with_ipv4: bool) -> None:
    # The last first: undo goes backwards, and the first IPv4 address of a network is its primary one.
    for route in [route for route in seen.routes if any(hop.dev == link.name for hop in route.hops)]:
        # One with several hops lives on without this one (fib_sync_down_dev, fib6_ifdown): ours are removed, those of others left.
        several = len(route.hops) > 1
        if several and route.protocol != PROTOCOL:
            continue
        draft.add(
            RouteOperation(link.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE, implied=not several)
        )
        seen.routes.remove(route)
    for address in [
        address
        for address in reversed(seen.addresses)
        if address.link == link.name and (with_ipv4 or address.family == 'ipv6')
    ]:
        draft.add(
            AddressOperation(link.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS, implied=True)
        )
        seen.addresses.remove(address)


def _depths(wanted: dict[End, Link], missing: set[End]) -> dict[End, int]:
    """How many new links each new link needs before it. Cycles are refused when the document is read."""
    depths: dict[End, int] = {}

    def depth(end: End) -> int:
        if end not in depths:
            link = wanted[end]
            below = lower_links(link)
            if link.peer is not None and link.peer in wanted:
                below = below + lower_links(wanted[link.peer])
            depths[end] = 1 + max([depth(lower) for lower in below if lower in missing], default=0)
        return depths[end]

    for end in missing:
        depth(end)
    return depths


def _create(draft: Draft, wanted: dict[End, Link]) -> None:
    missing = {
        end
        for end, link in wanted.items()
        if link.kind != 'physical' and draft.link(end) is None and end[0] in draft.now
    }
    depths = _depths(wanted, missing)
    for end in sorted(missing, key=lambda end: (depths[end], end)):
        if draft.link(end) is not None:
            continue  # the other end of a veth that is made already
        link = wanted[end]
        ends = in_order((link,) if link.peer is None else (link, wanted[link.peer]))
        for one in ends:
            if (
                one.master
                and draft.link((one.namespace, one.master)) is None
                and (one.namespace, one.master) not in missing
            ):
                draft.conflict(
                    where(one),
                    'has a master that is not there',
                    found=one.master,
                    do='declare it or check its name',
                )
            if one.parent and draft.link(one.parent) is None and one.parent not in missing:
                draft.conflict(
                    where(one),
                    'stands on a link that is not there',
                    found=_end(one.parent),
                    do='declare it or check its name',
                )
        origin = origin_of(ends)
        draft.add(
            AddLink(
                origin,
                None,
                tuple(dataclasses.replace(one, mtu=None) if _mtu_comes_later(one) else one for one in ends),
                STAGE_LINK,
                depths[end],
            )
        )
        for one in ends:
            settings: dict[str, t.Any] = {}
            if one.namespace != origin:
                settings['mark'] = one.mark
            if one.master and one is not ends[0]:
                settings['master'] = one.master  # the request that makes a veth enslaves its first end only
            if (
                draft.ipv6
                and one.link_local is not None
                and (one.link_local or one.namespace not in draft.new_namespaces)
            ):
                settings['link_local'] = one.link_local
            if settings:
                draft.add(SetLink(one.namespace, {}, settings, STAGE_CONTENTS, ORDER_SETTINGS, name=one.name))
            if _port(one):
                draft.add(
                    SetLink(
                        one.namespace, {}, {'port': one.port}, STAGE_CONTENTS, ORDER_SETTINGS, name=one.name
                    )
                )
            if one.up:
                draft.add(
                    SetLink(
                        one.namespace, {'up': False}, {'up': True}, STAGE_CONTENTS, ORDER_UP, name=one.name
                    )
                )
            bond = _bond_of(draft, one.namespace, one.master)
            draft.put(dataclasses.replace(one, up=bool(one.up), mac=bond.mac if bond else one.mac))
            draft.new_links.add(one.end)
            draft.owned_after.links.add(one.end)


def _bond_of(draft: Draft, namespace: str, master: str | None) -> Link | None:
    """The bond that a link with this *master* is a port of. It gives the port its own hardware address (bond_enslave), and a port
    with another one hears nothing."""
    link = draft.link((namespace, master)) if master else None
    return link if link is not None and link.kind == 'bond' else None


def _note_mtu(draft: Draft, end: End, mtu: int | None) -> None:
    """Have undo bring back an MTU when ports have theirs again. It goes backwards: what lends its MTU to others is noted after them."""
    draft.add(SetLink(end[0], {'mtu': mtu}, {}, STAGE_DETACH, ORDER_DETACH_MTU, implied=True, name=end[1]))


def _settle(draft: Draft, want: Link, wanted: dict[End, Link], settled: dict[End, int | None]) -> None:
    """Predict the MTU of a new link, or change what differs on one that stays; after the links that lend it their MTU.

    The kernel takes no MTU above that of the link below, lowers with it what stands on it, and raises nothing: where the one
    below moves, the MTU is said again once that has come to rest.
    """
    have = draft.link(want.end)
    if want.end in settled or have is None:
        return
    lenders = [want.parent] if want.parent else []
    if want.kind == 'bridge':
        lenders += [link.end for link in draft.ports(want.end)]
    for end in lenders:
        if end in wanted:
            _settle(draft, wanted[end], wanted, settled)
    settled[want.end] = have.mtu
    made = want.end in draft.new_links
    if made and want.kind == 'physical':
        return  # it was moved, and all is said in plan_moves.py
    mtu = _expected_mtu(draft, have, want.mtu) if want.kind != 'physical' else want.mtu
    differs = not made and mtu not in (None, have.mtu)
    if differs or want.parent in draft.unsettled_mtus or want.kind == 'bridge' and _ports_change(draft, want):
        draft.unsettled_mtus.add(want.end)
    if made:
        link = dataclasses.replace(have, mtu=mtu)
        draft.put(link)
        draft.change(
            'link',
            link.namespace,
            link.name,
            draft.replaced_links[link.end].lines() if link.end in draft.replaced_links else (),
            link.lines(),
        )
    else:
        _adjust(draft, want)
    said = want.mtu is not None or want.kind != 'bridge'  # one that says nothing follows its ports by itself
    if mtu is not None and (
        differs or said and want.end in draft.unsettled_mtus or made and _mtu_comes_later(want)
    ):
        draft.add(SetLink(want.namespace, {}, {'mtu': mtu}, STAGE_CONTENTS, ORDER_MTU, name=want.name))


def _mtu_comes_later(want: Link) -> bool:
    """The link below may not have its MTU yet when this one is made."""
    return want.parent is not None and want.mtu is not None


def _ports_change(draft: Draft, want: Link) -> bool:
    """A bridge takes the least MTU of its ports whenever one comes, goes or changes, unless somebody has changed its own since
    it was made (br_mtu_auto_adjust); nothing tells which of the two it is."""
    ports = draft.ports(want.end)
    seen = draft.have.seen.get(want.namespace)
    before = {link.name: link.mtu for link in seen.links.values() if link.master == want.name} if seen else {}
    return before != {link.name: link.mtu for link in ports} or any(
        link.end in draft.new_links for link in ports
    )


def _port(link: Link) -> Settings:
    """Port settings that differ from what a new port has."""
    return tuple((key, value) for key, value in link.port if PORT[key].default != value)


def _expected_mtu(draft: Draft, link: Link, declared: int | None) -> int | None:
    """The MTU that a link is going to have; None if that is not predicted."""
    if declared is not None:
        return declared
    ports = draft.ports(link.end) if KINDS[link.kind].mtu is Mtu.PORTS else []
    return expected_mtu(link, draft.link(link.parent) if link.parent else None, ports)


def _adjust(draft: Draft, want: Link) -> None:
    """Change in place what differs on a link that stays."""
    have = draft.link(want.end)
    original = draft.have.link(want.end)
    if have is None or original is None or want.end in draft.new_links:
        return
    wanted: dict[str, t.Any] = {}
    found: dict[str, t.Any] = {}
    mtu = want.mtu if want.kind == 'physical' else _expected_mtu(draft, have, want.mtu)
    mac = (
        want.mac
        if _bond_of(draft, want.namespace, have.master if want.master is None else want.master) is None
        else None
    )
    for key, value in (
        ('mtu', mtu),
        ('mac', mac),
        ('master', want.master),
        ('link_local', want.link_local),
        ('mark', want.mark),
        ('up', want.up),
    ):
        current = getattr(have, key)
        if value is None or value == current or key == 'link_local' and current is None:
            continue
        wanted[key], found[key] = value, current
    if want.master and draft.link((want.namespace, want.master)) is None:
        draft.conflict(
            where(want),
            'has a master that is not there',
            found=want.master,
            do='declare it or check its name',
        )
        return
    current_settings = dict(have.settings)
    changed = {
        key: value
        for key, value in want.settings
        if key in current_settings and current_settings[key] != value
    }
    if changed:
        wanted['settings'] = (want.kind, tuple(sorted(changed.items())))
        found['settings'] = (want.kind, tuple(sorted((key, current_settings[key]) for key in changed)))
    port = _port_differences(want, have)
    if port:
        wanted['port'] = tuple(sorted(port.items()))
        found['port'] = (
            tuple((key, value) for key, value in have.port if key in port)
            if have.master == (want.master or '')
            else ()
        )
    if not wanted:
        return
    for keys, order in (
        (('mac', 'master', 'mark', 'link_local', 'settings'), ORDER_SETTINGS),
        (('port',), ORDER_SETTINGS),
        (('up',), ORDER_UP),
    ):
        after = {key: wanted[key] for key in keys if key in wanted}
        if not after:
            continue
        if after == {'up': False}:
            order = ORDER_SETTINGS
            _taken_down(draft, have)
        draft.add(
            SetLink(
                want.namespace,
                {key: found[key] for key in after},
                after,
                STAGE_CONTENTS,
                order,
                name=want.name,
            )
        )
    new_settings = tuple(sorted({**current_settings, **changed}.items()))
    new_port = (
        tuple(sorted({**dict(have.port), **port}.items()))
        if (wanted.get('master') is None or wanted['master'])
        else ()
    )
    after_link = dataclasses.replace(
        have,
        settings=new_settings,
        port=new_port,
        **{key: value for key, value in wanted.items() if key not in ('settings', 'port')},
    )
    draft.put(after_link)
    if want.kind == 'physical' and want.end not in draft.owned_after.moved:
        for key in wanted:
            if key not in ('settings', 'port', 'mark'):
                first = draft.owned.fields.get((want.namespace, want.name, key), (found[key], None))[0]
                draft.owned_after.fields[(want.namespace, want.name, key)] = (first, wanted[key])
    draft.change('link', want.namespace, want.name, original.lines(), after_link.lines())


def _port_differences(want: Link, have: Link) -> dict[str, t.Any]:
    if not want.master or want.kind == 'physical' and not want.port:
        return {}
    if have.master != want.master:
        return dict(_port(want))
    current = dict(have.port)
    wanted = (
        {key: setting.default for key, setting in PORT.items() if setting.default is not None}
        if want.kind != 'physical'
        else {}
    )
    wanted.update(dict(want.port))
    return {key: value for key, value in wanted.items() if key in current and current[key] != value}


def _taken_down(draft: Draft, link: Link) -> None:
    """A link that goes down takes its routes along, and its IPv6 addresses (addrconf_ifdown, fib_sync_down_dev)."""
    _drop_contents(draft, draft.now[link.namespace], link, with_ipv4=False)


def _restore_fields(draft: Draft) -> None:
    """Links that were there before us get back what they had, unless somebody changed it since."""
    named = {link.end for link in draft.want.links} if draft.policy.named else set()
    if not draft.policy.prune and not named:
        return
    declared = {
        (link.namespace, link.name, key)
        for link in draft.want.links
        if link.kind == 'physical'
        for key in ('mtu', 'mac', 'master', 'link_local', 'up')
        if getattr(link, key) is not None
    }
    for key, (before, written) in sorted(draft.owned.fields.items(), key=lambda item: item[0]):
        namespace, name, field = key
        if draft.policy.named:
            if (namespace, name) not in named:
                continue
            draft.owned_after.fields.pop(key, None)
        if key in declared:
            draft.owned_after.fields.setdefault(key, (before, written))
            continue
        link = draft.link((namespace, name)) if namespace not in draft.removed_namespaces else None
        if link is None or getattr(link, field) != written:
            continue
        draft.add(
            SetLink(
                namespace,
                {field: written},
                {field: before},
                STAGE_CONTENTS,
                ORDER_UP if field == 'up' and before else ORDER_SETTINGS,
                name=name,
            )
        )
        if field == 'up' and not before:
            _taken_down(draft, link)
        after = dataclasses.replace(link, **{field: before})
        draft.put(after)
        draft.change('link', namespace, name, link.lines(), after.lines())
