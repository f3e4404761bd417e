# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that were there before us: they get back what they had when they leave the document."""

from __future__ import annotations

import typing as t

from ...values.names import End
from ..attribute import Settings, Value
from ..draft import Draft
from ..events import LinkChangesMac, LinkChangesMaster, LinkGoesDown
from ..operation import STAGE_CONTENTS, STAGE_RESTORE
from ..state import Key
from .creation import ORDER_OTHERS, ORDER_SETTINGS, ORDER_UP
from .uppers import is_held_down, levels_below
from .value import (
    COMMON,
    FOLLOWERS,
    FORMER_PORT,
    PORT_FIELD,
    Link,
    field_of,
    former_port,
    say_whole_alias,
    without_our_altnames,
)

RESTORED = tuple(name for name, attribute in COMMON.items() if attribute.restored)


def restore_links(draft: Draft) -> None:
    """Restore what links had, unless somebody else changed it since."""
    if draft.policy.removes:
        named = {link.end for link in draft.want.links}
        keys = [key for key in draft.owned.fields if key[:2] in named or _stands_on(draft, key, named)]
        for key in keys:
            draft.owned_after.fields.pop(key, None)
    elif draft.policy.prune:
        keys = list(draft.owned.fields)
    else:
        return
    declared = _declared(draft)
    # A link takes no MTU above that of the link below.
    for key in sorted(
        keys, key=lambda key: (key[2] in FOLLOWERS.values(), levels_below(draft, (key[0], key[1])), key)
    ):
        before, written = draft.owned.fields[key]
        if key in declared or is_held_down(draft, key, before):
            draft.owned_after.fields.setdefault(key, (before, written))
        else:
            _restore(draft, key, before, written)


def _stands_on(draft: Draft, key: Key, ends: t.Container[End]) -> bool:
    """Whether the MTU of a link was lowered with that of one of these."""
    link = draft.link((key[0], key[1])) if key[2] == 'mtu' else None
    return link is not None and link.parent in ends


def _declared(draft: Draft) -> set[Key]:
    """The fields that the document sets, of links that were there before us."""
    physical = [link for link in draft.want.links if link.kind == 'physical']
    keys = {(*link.end, name) for link in physical for name in RESTORED if getattr(link, name) is not None}
    keys |= {(*link.end, FORMER_PORT) for link in physical if link.master is not None}
    keys |= {(*link.end, PORT_FIELD + name) for link in physical for name, _value in link.port}
    return keys | {(*end, FOLLOWERS[name]) for *end, name in keys if name in FOLLOWERS}


def _restore(draft: Draft, key: Key, before: t.Any, written: t.Any) -> None:
    namespace, name, field = key
    if field == FORMER_PORT:
        _restore_former_port(draft, (namespace, name), before)
        return
    link: Link | None = None
    if namespace not in draft.removed_namespaces:
        link = draft.link((namespace, name))
    if link is None:
        return
    if field == 'altnames':
        before, written = without_our_altnames(link.altnames or (), before, written), link.altnames
    else:
        before = draft.have.value_of_scopes('fields', key, before)
    if before == written or field_of(link, field) != written:
        return
    if field.startswith(PORT_FIELD):
        setting = field[len(PORT_FIELD) :]
        _restore_port(draft, link, (setting, written), (setting, before))
        return
    _restore_field(draft, link, field, written, before)


def _restore_field(draft: Draft, link: Link, field: str, written: t.Any, before: t.Any) -> None:
    from .operations import SetLink  # rarely needed

    namespace, name = link.end
    goes_up = field == 'up' and before
    order = ORDER_UP if goes_up else ORDER_SETTINGS
    found: dict[str, t.Any] = {field: written}
    restored_fields: dict[str, t.Any] = {field: before}
    for fields in (found, restored_fields):
        say_whole_alias(fields, link)
    follower = FOLLOWERS.get(field)
    if follower is not None and getattr(link, follower) is not None:
        found[follower] = restored_fields[follower] = getattr(link, follower)
    stage = STAGE_RESTORE if field == 'mtu' and link.parent else STAGE_CONTENTS  # after the link below
    draft.add(SetLink(namespace, found, restored_fields, stage, order, name=name))
    if field == 'up' and not before:
        draft.announce(LinkGoesDown(link))
    elif field in ('mac', 'arp'):
        draft.announce(LinkChangesMac(link))
    elif field == 'master':
        draft.announce(LinkChangesMaster(link))
    port = () if field == 'master' else link.port
    restored = link._replace(port=port, **restored_fields)
    draft.put(restored)
    draft.change('link', namespace, name, link.lines(), restored.lines())


def _restore_former_port(draft: Draft, end: End, port: Settings) -> None:
    """What a link had as a port of the master that it has just got back."""
    from .operations import SetLink

    link, original = draft.link(end), draft.have.link(end)
    if link is None or original is None or not link.master or link.master == original.master:
        return
    fields = former_port(port, ('master',))
    if fields:
        draft.add(SetLink(link.namespace, {}, fields, STAGE_CONTENTS, ORDER_OTHERS, name=link.name))
        restored = link._replace(port=fields['port'])
        draft.put(restored)
        draft.change('link', *end, link.lines(), restored.lines())


def _restore_port(draft: Draft, link: Link, found: tuple[str, Value], restored: tuple[str, Value]) -> None:
    from .operations import SetLink

    before, after = {'port': (found,)}, {'port': (restored,)}
    draft.add(SetLink(link.namespace, before, after, STAGE_CONTENTS, ORDER_OTHERS, name=link.name))
    port = dict((*link.port, restored))
    changed = link._replace(port=tuple(sorted(port.items())))
    draft.put(changed)
    draft.change('link', link.namespace, link.name, link.lines(), changed.lines())
