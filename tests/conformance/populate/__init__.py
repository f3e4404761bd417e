# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world that has one of everything, in part by our own messages and in part by iproute2."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.conformance.populate.addresses import populate_addresses
from ansible_collections.multinet.linux.tests.conformance.populate.links import populate_links
from ansible_collections.multinet.linux.tests.conformance.populate.routes import populate_routes
from ansible_collections.multinet.linux.tests.conformance.populate.rules import populate_rules
from ansible_collections.multinet.linux.tests.conformance.world import World


def populate(world: World) -> None:
    populate_links(world)
    populate_addresses(world)
    populate_routes(world)
    populate_rules(world)
