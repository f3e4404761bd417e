# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dumps of all kinds of objects under their old names: ask the codec of the kind itself."""

from __future__ import annotations

from .address.codec import dump_addresses as addresses
from .link.codec import ASK_LINKS, FoundLink
from .link.codec import dump_links as links
from .namespace.codec import nsid_of
from .route.codec import dump_routes as routes
from .rule.codec import dump_rules as rules

__all__ = ['ASK_LINKS', 'FoundLink', 'addresses', 'links', 'nsid_of', 'routes', 'rules']
