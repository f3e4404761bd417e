# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operations have in common that make or remove a whole link."""

from __future__ import annotations

from ..management_path import ManagementPath
from ..operation import Access, Operation
from . import codec
from .kinds import kind_of
from .value import Link


class WholeLink(Operation):
    """A link that is made or removed: a tuple of one Link, or of both ends of a veth."""

    @property
    def namespaces(self) -> frozenset[str]:
        lower = [link.parent[0] for link in self.value if link.parent]
        return frozenset((*lower, *[link.namespace for link in self.value]))

    @property
    def subject(self) -> str:
        return 'link ' + ' and '.join('%s/%s' % (link.namespace or 'host', link.name) for link in self.value)

    def risk(self, path: ManagementPath) -> str:
        if any(path.carries(link.end) for link in self.value):
            return 'carries the connection'
        if any(path.carries((link.namespace, link.master or '')) for link in self.value):
            return 'joins a link that carries the connection'
        takers = [link for link in self.value if kind_of(link.kind).takes_packets]
        if any(path.carries(link.parent) for link in takers):
            return 'takes packets of a link that carries the connection'
        return ''


def placed(access: Access, link: Link, origin: str) -> codec.ResolvedLink:
    """A link to be made, with numbers in place of names."""
    master = access.index((link.namespace, link.master)) if link.master else None
    lower = access.index(link.parent) if link.parent else None
    fd = None if link.namespace == origin else access.fd(link.namespace)
    return codec.ResolvedLink(link, master, lower, fd)
