# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema of the name servers of a namespace."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.nameservers.value import (
    BY_DHCP,
    MOST_SERVERS,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.shapes import mapping, when
from ansible_collections.multinet.linux.plugins.plugin_utils.schema.values import (
    Schema,
    either,
    reference,
)

if t.TYPE_CHECKING:
    from ansible_collections.multinet.linux.plugins.plugin_utils.schema.objects import Objects


def nameservers(objects: Objects) -> Schema:
    word = {'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9_.:-]+$'}
    list_of_words = {'type': 'array', 'items': objects.value(word)}
    servers = {
        'type': 'array',
        'minItems': 1,
        'maxItems': MOST_SERVERS,
        'items': objects.value(reference('ip_address')),
    }
    by_dhcp = {'type': 'array', 'minItems': 1, 'maxItems': 1, 'items': {'const': BY_DHCP}}
    nothing: Schema = {'properties': dict.fromkeys(('search', 'options'), {'maxItems': 0})}
    properties = {
        'addresses': {
            'description': 'At most three name servers, or dhcp alone: a DHCP client writes resolv.conf.',
            **either(servers, by_dhcp),
        },
        'search': {'description': 'Domains to search names in.', **list_of_words},
        'options': {'description': 'Options of resolv.conf(5).', **list_of_words},
    }
    with_dhcp = {'properties': {'addresses': by_dhcp}}
    return mapping(properties, ['addresses'], when(with_dhcp, nothing))
