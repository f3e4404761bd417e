# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of all kinds of objects under their old names: ask the codec of the kind itself."""

from __future__ import annotations

from ..values.names import PROTOCOL
from .address.codec import encode_address as address
from .link.codec import (
    CREATE,
    Placed,
    delete_group,
    delete_link,
    move_link,
    new_link,
    set_link,
    set_port,
    set_settings,
)
from .namespace.codec import encode_nsid as nsid
from .route.codec import encode_route as route
from .rule.codec import encode_rule as rule

__all__ = [
    'CREATE',
    'PROTOCOL',
    'Placed',
    'address',
    'delete_group',
    'delete_link',
    'move_link',
    'new_link',
    'nsid',
    'route',
    'rule',
    'set_link',
    'set_port',
    'set_settings',
]
