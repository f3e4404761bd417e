# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong documents and what has to be said about them: a file for each thing that they are about."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents import (
    addresses,
    document,
    fdb,
    hostile,
    iptables,
    link_kinds,
    links,
    nameservers,
    namespaces,
    neighbours,
    network_cards,
    nexthops,
    nftables,
    ports,
    qdiscs,
    replicas,
    route_attributes,
    routes,
    rules,
    several_problems,
    sysctls,
)
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import Case

CASES: list[Case] = [
    *document.CASES,
    *namespaces.CASES,
    *links.CASES,
    *link_kinds.CASES,
    *ports.CASES,
    *network_cards.CASES,
    *addresses.CASES,
    *routes.CASES,
    *route_attributes.CASES,
    *rules.CASES,
    *neighbours.CASES,
    *fdb.CASES,
    *sysctls.CASES,
    *qdiscs.CASES,
    *iptables.CASES,
    *nexthops.CASES,
    *nftables.CASES,
    *nameservers.CASES,
    *replicas.CASES,
    *several_problems.CASES,
    *hostile.CASES,
]
