# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of all kinds of objects, by one name for the tests of codecs."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import (
    encode_address as address,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import (
    CREATE,
    ResolvedLink,
    delete_group,
    delete_link,
    dress_link,
    move_link,
    new_link,
    set_altnames,
    set_link,
    set_port,
    set_settings,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vlans_codec import set_vlans
from ansible_collections.multinet.linux.plugins.module_utils.objects.namespace.codec import (
    encode_nsid as nsid,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import encode_route as route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import encode_rule as rule
from ansible_collections.multinet.linux.plugins.module_utils.values.names import PROTOCOL

__all__ = [
    'CREATE',
    'PROTOCOL',
    'ResolvedLink',
    'address',
    'delete_group',
    'delete_link',
    'dress_link',
    'move_link',
    'new_link',
    'nsid',
    'route',
    'rule',
    'set_altnames',
    'set_link',
    'set_port',
    'set_settings',
    'set_vlans',
]
