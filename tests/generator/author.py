# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who writes a document: all parts together."""

from __future__ import annotations

import typing as t

from .firewall import Chains, Tables
from .links import Links
from .neighbours import Neighbours
from .nexthops import Nexthops
from .parts import Document
from .repair import repair
from .routing import Addresses, Routes, Rules
from .sysctls import Sysctls


class Author(Addresses, Links, Routes, Rules, Sysctls, Chains, Tables, Neighbours, Nexthops):
    """Adds to a document and changes what is in it. What no longer fits is removed at the end."""

    def finished(self) -> Document:
        repair(self.document)
        self.write_neighbours()
        self.write_nexthops()
        for place in self.document, *self.document.get('namespaces', ()):
            for key in ('links', 'nexthops', 'routes', 'rules', 'iptables', 'nftables', 'namespaces'):
                if key in place:
                    self.dice.shuffle(place[key])
        return self.document

    def changes(self) -> list[t.Callable[[], None]]:
        """What a change may do; what is here twice happens twice as often."""
        return [
            self.add_namespace,
            self.remove_namespace,
            self.change_replicas,
            self.add_link,
            self.add_link,
            self.remove_link,
            self.change_link,
            self.change_link,
            self.change_link,
            self.add_address,
            self.change_address,
            self.change_address,
            self.add_route,
            self.add_route,
            self.change_route,
            self.change_route,
            self.add_rule,
            self.remove_rule,
            self.add_sysctl,
            self.remove_sysctl,
            self.change_word,
            self.add_chain,
            self.change_chain,
            self.change_chain,
            self.add_table,
            self.change_table,
        ]
