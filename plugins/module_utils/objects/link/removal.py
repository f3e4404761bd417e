# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are removed: surplus ones, those that have to become another link, and what stands on either."""

from __future__ import annotations

import typing as t

from ...values.names import HOST, End, place
from ..attribute import Value, text_of
from ..draft import Draft, owner
from ..events import LinkLeaves
from ..operation import STAGE_UNLINK
from .kinds import KINDS
from .order import depths
from .queues import queues_of
from .tunnels import FALLBACKS
from .value import Link

Links = t.Mapping[End, Link]


def named_links(draft: Draft) -> list[Link]:
    """The links that the document names for removal. Physical ones stay, and get back what they had."""
    links = []
    for want in draft.want.links:
        have = draft.link(want.end)
        if have is None or have.name == 'lo' or have.kind == 'physical' or want.kind == 'physical':
            continue
        if want.kind not in ('', have.kind):
            draft.conflict(
                want.title,
                'is of a different kind',
                do='name the kind that it has, or another link',
                found=have.kind,
                want=want.kind,
            )
            continue
        links.append(have)
    return links


def surplus_links(draft: Draft, wanted: Links) -> list[Link]:
    """The links of the scope that the document does not have."""
    if not draft.policy.prune:
        return []
    return [
        link
        for _namespace, seen in draft.live()
        for link in seen.links.values()
        if link.end not in wanted and _removable(link) and draft.ours(link)
    ]


def _removable(link: Link) -> bool:
    """The kernel itself makes the others, in every namespace."""
    return link.name != 'lo' and link.name not in FALLBACKS


def outgoing_veths(draft: Draft) -> list[Link]:
    """The veths of removed namespaces that end elsewhere. What stays inside goes with its namespace."""
    return [
        link
        for namespace in sorted(draft.removed_namespaces)
        for link in draft.now[namespace].links.values()
        if link.peer is not None and link.peer[0] not in draft.removed_namespaces
    ]


def immutable_difference(want: Link, have: Link) -> str:
    """What makes *have* another link than *want*, beyond what can change in place; '' if nothing does."""
    if want.kind == 'physical':
        return ''
    if want.kind != have.kind:
        return 'is of a different kind (found %s, want %s)' % (have.kind, want.kind)
    for word, wanted_end, found_end in (('peer', want.peer, have.peer), ('link', want.parent, have.parent)):
        if wanted_end != found_end:
            return 'has another %s (found %s, want %s)' % (word, end_text(found_end), end_text(wanted_end))
    if want.queues:
        found = dict(have.queues)
        for name, value in want.queues:
            if found.get(name, value) != value:
                return 'has another %s (found %s, want %s)' % (name, found[name], value)
    found, wanted = dict(have.settings), dict(want.settings)
    for name, attribute in KINDS[want.kind].settings.items():
        if not attribute.immutable or name not in wanted and attribute.kernel_default is not None:
            continue  # what the document leaves to the kernel makes no link another one
        # What a kernel does not show is as usual: it is not set, or the kernel does not know it.
        is_value, shall_value = (values.get(name, attribute.usual) for values in (found, wanted))
        if is_value != shall_value:
            return 'has another %s (found %s, want %s)' % (name, _said(is_value), _said(shall_value))
    return ''


def _said(value: Value | None) -> str:
    return 'none' if value is None else text_of(value) or 'none'


def end_text(end: End | None) -> str:
    return '%s/%s' % (place(end[0]), end[1]) if end else 'none'


def links_to_replace(draft: Draft, wanted: Links) -> list[Link]:
    """The links that have to be other ones. Notes a conflict for each that the run must not touch."""
    to_replace = []
    for end, want in wanted.items():
        have = draft.link(end)
        if want.kind == 'physical':
            if have is None and end[0] == HOST:
                draft.missing_link(want.title, end, 'does not exist', 'check its name with "ip link"')
            continue
        if have is not None and want.queues:
            have = have._replace(queues=queues_of(have.kernel))
        if have is not None and _has_to_be_replaced(draft, want, have):
            to_replace.append(have)
    return to_replace


def _has_to_be_replaced(draft: Draft, want: Link, have: Link) -> bool:
    difference = immutable_difference(want, have)
    if draft.ours(have):
        return bool(difference)
    if not difference:
        if not draft.policy.adopt:
            draft.conflict(
                want.title,
                'already exists and belongs to %s' % owner(have.mark),
                do='choose another name, or set adopt: true to take it over',
            )
        return False
    if have.kind == 'physical' or not draft.policy.adopt:
        advice = '' if have.kind == 'physical' else ', or set adopt: true to replace it'
        draft.conflict(
            want.title,
            '%s and belongs to %s' % (difference, owner(have.mark)),
            do='rename one of the two' + advice,
        )
        return False
    return True


def remove_links(draft: Draft, links: t.Sequence[Link], wanted: Links) -> None:
    """Remove links with all that goes along: the other end of a veth, and what stands on them.

    Those that are *wanted* are created again, which reads as a change, not as a removal and a new link.
    """
    if not links:
        return
    uppers, ports = _dependents(draft)
    removed = _with_dependents(draft, links, uppers)
    depth = depths(removed, removed)
    done: set[End] = set()
    for end in sorted(removed):
        if end not in done:
            ends = _ends(removed, end)
            done.update(link.end for link in ends)
            _remove(draft, ends, -max(depth[link.end] for link in ends), wanted)
    for end in removed:
        _detach_ports(draft, ports.get(end, ()))
    draft.replaced_links.update((end, link) for end, link in removed.items() if end in wanted)


def _dependents(draft: Draft) -> tuple[dict[End, list[Link]], dict[End, list[Link]]]:
    """The links that stand on each link, and the ports of each."""
    uppers: dict[End, list[Link]] = {}
    ports: dict[End, list[Link]] = {}
    for _namespace, seen in sorted(draft.now.items()):
        for link in seen.links.values():
            if link.parent:
                uppers.setdefault(link.parent, []).append(link)
            if link.master:
                ports.setdefault((link.namespace, link.master), []).append(link)
    return uppers, ports


def _with_dependents(
    draft: Draft, links: t.Sequence[Link], uppers: t.Mapping[End, list[Link]]
) -> dict[End, Link]:
    """Links, their other ends and what stands on any of them, by end."""
    removed: dict[End, Link] = {}
    pending = list(links)
    while pending:
        link = pending.pop()
        if link.end in removed:
            continue
        removed[link.end] = link
        peer = draft.link(link.peer) if link.peer else None
        if peer is not None:
            pending.append(peer)
        for upper in uppers.get(link.end, ()):
            if upper.end in removed:
                continue
            if not _may_go_along(draft, upper):
                draft.conflict(
                    link.title,
                    'cannot be removed: %s of %s is on top of it' % (upper.title, owner(upper.mark)),
                    do='remove that one first, or set adopt: true',
                )
            pending.append(upper)
    return removed


def _may_go_along(draft: Draft, link: Link) -> bool:
    return draft.ours(link) or link.namespace in draft.removed_namespaces or draft.policy.adopt


def _ends(removed: Links, end: End) -> tuple[Link, ...]:
    """A link, or both ends of a veth."""
    link = removed[end]
    if link.peer is None or link.peer not in removed:
        return (link,)
    return (link, removed[link.peer])


def _remove(draft: Draft, ends: tuple[Link, ...], order: int, wanted: Links) -> None:
    from .operations import DeleteLink  # not loaded where nothing differs

    for link in ends:
        draft.announce(LinkLeaves(link))
    # A veth is removed from the side that stays: there the removal is seen to be done.
    ends = tuple(sorted(ends, key=lambda link: (link.namespace in draft.removed_namespaces, link.end)))
    draft.add(DeleteLink(ends[0].namespace, ends, None, STAGE_UNLINK, order))
    for link in sorted(ends, key=lambda link: link.end):
        if link.namespace not in draft.removed_namespaces and link.end not in wanted:
            draft.change('link', link.namespace, link.name, link.lines(), ())
        del draft.now[link.namespace].links[link.name]


def _detach_ports(draft: Draft, ports: t.Iterable[Link]) -> None:
    """The ports of a removed link, but for those that are removed too, are ports of none."""
    for port in ports:
        have = draft.link(port.end)
        if have is not None:
            draft.put(have._replace(master='', port=()))
