# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of entries of the tables that links have."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb.schema import FDB, NO_MAC, OF_VXLAN
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour.schema import NEIGHBOUR
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
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import Schema, text

if t.TYPE_CHECKING:
    from ansible_collections.multinet.linux.plugins.plugin_utils.schema.objects import Objects


def neighbour(objects: Objects) -> Schema:
    of_ipv4: Schema = {'required': ['to'], 'properties': {'to': {'pattern': r'^[^:]*$'}}}
    is_managed = holds('managed', 'true')
    learned = both(holds('extern_learn', 'true'), negated(is_managed))
    flags = [negated(holds(key, 'true')) for key in ('managed', 'extern_learn')]
    resolved = when(is_managed, lacks('lladdr', 'nud'), has('lladdr'))
    not_lo = negated({'required': ['dev'], 'properties': {'dev': text('lo')}})
    return mapping(
        objects.properties(NEIGHBOUR),
        ['to', 'dev'],
        when(holds('proxy', 'true'), both(lacks('lladdr', 'nud'), *flags), both(resolved, not_lo)),
        when(is_one_of('nud', 'noarp', 'reachable', 'stale'), learned),
        when(of_ipv4, negated(holds('router', 'true'))),
    )


def fdb_entry(objects: Objects) -> Schema:
    """What *OF_VXLAN* says is not for a bridge, a router only if it is true."""
    of_end = [key for key in OF_VXLAN if key != 'router']
    of_bridge = both(lacks(*of_end), negated(holds('router', 'true')))
    not_lo = negated({'required': ['dev'], 'properties': {'dev': text('lo')}})
    is_flooded: Schema = {'required': ['lladdr'], 'properties': {'lladdr': text(NO_MAC.replace(':', '[:-]'))}}
    is_of_group = {'properties': {'lladdr': text('[0-9a-fA-F][13579bdfBDF][0-9a-fA-F:-]*')}}
    return mapping(
        objects.properties(FDB),
        ['lladdr', 'dev'],
        not_lo,
        when(holds('master', 'true'), of_bridge),
        when(holds('sticky', 'true'), both(holds('master', 'true'), is_one_of('state', 'static'))),
        when(has('dst'), lacks('vlan', 'nhid'), lacks('port', 'vni', 'via')),
        when(has('nhid'), both(lacks('vlan'), negated(is_of_group))),
        when(is_flooded, has('dst')),
    )
