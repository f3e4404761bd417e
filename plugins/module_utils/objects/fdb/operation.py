# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on entries of forwarding databases."""

from __future__ import annotations

import errno

from ..entries import EntryOperation
from ..management_path import ManagementPath
from ..operation import Access
from .codec import encode_fdb


class FdbOperation(EntryOperation):
    """``before`` and ``after`` are None or an FdbEntry. With both, the new one takes the place of the old
    one."""

    word = 'fdb'

    def risk(self, path: ManagementPath) -> str:
        if path.carries((self.namespace, self.value.dev)):
            return 'is on a link that carries the connection'
        in_bridge = self.value.master or not (self.value.dst or self.value.nhid)
        if in_bridge and any(namespace == self.namespace for namespace, _name in path.links):
            return 'may be of a bridge that carries the connection'
        return ''

    def advice(self, error: OSError) -> str:
        if error.errno == errno.EINVAL and self.value.vlan:
            return 'its port has to be in VLAN %d, also when the entry is removed' % self.value.vlan
        return ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        entry = self.value
        names = [entry.dev, entry.via] if entry.via else [entry.dev]
        indexes = {name: access.index((self.namespace, name)) for name in names}
        requests = [encode_fdb(entry, indexes, self.after is not None)]
        if self.before and self.after and self.before.extern_learn != self.after.extern_learn:
            # What a program learned takes no entry of a person's (vxlan_fdb_update_existing).
            requests.insert(0, encode_fdb(self.before, indexes, False))
        return self.namespace, requests
