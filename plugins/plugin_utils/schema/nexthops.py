# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of nexthop objects."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.nexthop.schema import (
    MOST_ID,
    MOST_WEIGHT,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import (
    both,
    has,
    holds,
    is_one_of,
    lacks,
    mapping,
    negated,
    when,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import Schema, either, integer


def nexthop_schema(properties: dict[str, Schema], value: t.Callable[[Schema], Schema]) -> Schema:
    """A group, a blackhole, a remote end for fdb, or a link with a gateway."""
    member = {'id': value(integer(1, MOST_ID)), 'weight': value(integer(1, MOST_WEIGHT))}
    of_group = either(value(integer(1, MOST_ID)), mapping(member, ['id']))
    about = {'description': properties['group']['description']}
    keys = {**properties, 'group': {**about, 'type': 'array', 'minItems': 1, 'items': of_group}}
    blackhole, fdb = holds('blackhole', 'true'), holds('fdb', 'true')
    not_onlink = negated(holds('onlink', 'true'))
    group = both(lacks('via', 'dev', 'encap', 'family'), not_onlink, negated(blackhole))
    single = when(
        blackhole,
        both(lacks('via', 'dev', 'encap'), not_onlink, negated(fdb)),
        when(fdb, both(has('via'), lacks('dev', 'encap'), not_onlink), has('dev')),
    )
    onlink = when(holds('onlink', 'true'), has('via'))
    resilient = is_one_of('type', 'resilient')
    timers = ('buckets', 'idle_timer', 'unbalanced_timer')
    said = either(*map(has, ('type', *timers)))
    return mapping(
        keys,
        ['id'],
        when(has('group'), both(group, when(resilient, has('buckets'))), both(single, onlink, negated(said))),
        when(negated(resilient), lacks(*timers)),
    )
