# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the tables of iptables in namespaces."""

from __future__ import annotations

import typing as t

from ...kernel import namespaces
from ..firewall_proof import NOT_PLAIN, stamp
from .query import IptablesQuery, ObservedIptables


def read_iptables(
    query: IptablesQuery, identities: t.Mapping[str, str], stamps: dict[str, str]
) -> ObservedIptables:
    """The tables of the namespaces that exist, given with their identities. *stamps* gets the stamp of each.

    If a namespace has no table at all, or its stamp is the expected one, no program is run. For a thread of
    namespaces.in_thread. Raises EngineError, MissingTool.
    """
    found = ObservedIptables()
    with namespaces.Visitor() as visitor:
        for namespace in sorted(query.families.keys() & identities.keys()):
            fd = visitor.open(namespace)  # iptables-save may have to run in it
            with visitor.visit(namespace):
                stamps[namespace] = stamp(identities[namespace])
                if stamps[namespace] and stamps[namespace] == query.expected_stamps.get(namespace):
                    found.unchanged.add(namespace)
                else:
                    from .read_tables import read_inside  # rarely needed

                    plain = query.plain.get(namespace, NOT_PLAIN)
                    families = plain.families if plain.stamp == stamps[namespace] != '' else ()
                    read_inside(found, query, namespace, fd, families)
        if found.jobs:
            from .read_tables import run_saves

            run_saves(found)
    return found
