# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are not as they were: what the kernel changed along with others, and what a new link lacks."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .creation import split_fields
from .kinds import kind_of
from .operations import Fields, SetLink
from .unnamed import unnamed_attributes
from .value import COMMON, Link, say_whole_alias

_FIELDS = ('mark', *(name for name in COMMON if name != 'up'))


def undo_links(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    ops: list[Operation] = []
    for name, link in before.links.items():
        present = now.links.get(name)
        if present is None:
            continue
        for fields in (_changed(link, present), _port(link, present), _up(link, present)):
            for part in split_fields(fields):
                found = {field: getattr(present, field, None) for field in part}
                if part:
                    ops.append(SetLink(namespace, found, part, STAGE_RESTORE, name=name))
        ops += _undo_unnamed(link, present)
    return ops


def _undo_unnamed(link: Link, present: Link) -> list[Operation]:
    """What no table names, one by one: the kernel may refuse some of what it has shown itself."""
    if link.kind != present.kind or link.kernel == present.kernel:
        return []
    ops: list[Operation] = []
    found = unnamed_attributes(present)
    for key, payload in unnamed_attributes(link).items():
        if key in found and found[key] != payload:
            before = {'unnamed': ((link.kind, key, found[key]),)}
            after = {'unnamed': ((link.kind, key, payload),)}
            ops.append(SetLink(link.namespace, before, after, STAGE_RESTORE, name=link.name))
    return ops


def missing_links(before: Seen, now: Seen) -> list[str]:
    """The names of links that are gone."""
    return sorted(set(before.links) - set(now.links))


def _changed(link: Link, present: Link) -> Fields:
    fields = {}
    for field in _FIELDS:
        value = getattr(link, field)
        if value != getattr(present, field) and (value is not None or field == 'mark'):
            fields[field] = value
    say_whole_alias(fields, link)
    present_settings = dict(present.settings)
    settings = [pair for pair in link.settings if present_settings.get(pair[0]) != pair[1]]
    if settings and link.kind == present.kind and not kind_of(link.kind).apart:
        fields['settings'] = (link.kind, tuple(settings))
    return fields


def _port(link: Link, present: Link) -> Fields:
    """Settings of a bridge port, which a port loses when it leaves the bridge."""
    if not link.port or link.port == present.port:
        return {}
    return {'port': link.port}


def _up(link: Link, present: Link) -> Fields:
    return {} if link.up is None or link.up == present.up else {'up': link.up}
