# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dumps of all kinds of objects, by one name for the tests of codecs."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import (
    dump_addresses as addresses,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import ASK_LINKS, FoundLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import dump_links as links
from ansible_collections.multinet.linux.plugins.module_utils.objects.namespace.codec import nsid_of
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import dump_routes as routes
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import dump_rules as rules

__all__ = ['ASK_LINKS', 'FoundLink', 'addresses', 'links', 'nsid_of', 'routes', 'rules']
