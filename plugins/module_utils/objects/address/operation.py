# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on addresses."""

from __future__ import annotations

import errno

from ..management_path import ManagementPath
from ..operation import STAGE_RESTORE, Access, BatchedOperation, Mention
from .codec import encode_address
from .value import Address

ORDER_ADDRESS, ORDER_ENDING_ADDRESS = 3, 4
"""Within STAGE_CONTENTS: after the settings of links, before links go up, and after that."""


def order_of(address: Address) -> int:
    """With a link that goes up, the kernel makes the route to the network of each IPv6 address that it has,
    but for those that end (fixup_permanent_addr)."""
    return ORDER_ENDING_ADDRESS if address.family == 'ipv6' and address.dynamic else ORDER_ADDRESS


class AddressOperation(BatchedOperation):
    """``before`` and ``after`` are None or an Address. With both, the address stays, with other lifetimes or
    another metric."""

    contained = True
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'address %s of link %s/%s' % (self.value.address, self.place, self.value.link)

    @property
    def mention(self) -> Mention:
        name = '%s %s' % (self.value.link, self.value.address)
        return Mention('address', name, ('address %s' % self.value.address,))

    @property
    def drops_attached(self) -> bool:
        return self.after is None

    def advice(self, error: OSError) -> str:
        if error.errno == errno.EACCES and self.value.family == 'ipv6':  # inet6_addr_add, in6_dev
            return 'IPv6 is off on this link: set net.ipv6.conf.%s.disable_ipv6 to 0' % self.value.link
        return ''

    def risk(self, path: ManagementPath) -> str:
        address = self.value
        if path.carries((self.namespace, address.link)):
            return 'carries the connection'
        if not path.ends_in(self.namespace):
            return ''
        if address.ip == path.connection.local:
            return 'carries the connection'
        return 'covers the other end of the connection' if path.leads_to_peer(address.network) else ''

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        address = self.value
        index = access.index((self.namespace, address.link))
        # When IPv6 comes back to a link, the kernel makes ::1 and link-local addresses itself
        # (addrconf_dev_config). They are not read, and may be where those of others were.
        made_again = self.stage == STAGE_RESTORE and address.family == 'ipv6'
        replace = made_again or bool(self.before and self.after)
        requests = [encode_address(address, index, self.after is not None, replace)]
        if self.after is None and address.family == 'ipv6' and address.dynamic:
            # The route to the network goes with an address that stays only (ipv6_del_addr).
            staying = address._replace(lifetimes=None)
            requests.insert(0, encode_address(staying, index, True, replace=True))
        return self.namespace, requests
