# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on neighbours."""

from __future__ import annotations

from ..entries import EntryOperation
from ..management_path import ManagementPath
from ..operation import Access
from .codec import encode_neighbour


class NeighbourOperation(EntryOperation):
    """``before`` and ``after`` are None or a Neighbour. With both, the new one takes the place of the old
    one."""

    word = 'neighbour'

    def risk(self, path: ManagementPath) -> str:
        neighbour = self.value
        if not path.ends_in(self.namespace):
            return ''
        if neighbour.proxy:
            return 'answers for this host' if neighbour.to == path.connection.local else ''
        return 'leads to the other end of the connection' if path.leads_to_peer(neighbour.to) else ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        neighbour = self.value
        index = access.index((self.namespace, neighbour.dev))
        requests = [encode_neighbour(neighbour, index, self.after is not None)]
        if self.before and self.after and not self.after.protocol:
            # A request without a protocol leaves the one that is there (neigh_add).
            requests.insert(0, encode_neighbour(self.before, index, False))
        return self.namespace, requests
