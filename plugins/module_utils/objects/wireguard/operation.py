# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on WireGuard links."""

from __future__ import annotations

import errno
import typing as t

from ...kernel import namespaces
from ..management_path import ManagementPath
from ..operation import Access, Operation
from . import codec


class WireguardOperation(Operation):
    """Changes a link: ``before`` and ``after`` are what of its Device changes."""

    link: str = ''

    compared_after_undo = True
    needs_codec = False

    @property
    def subject(self) -> str:
        return 'link %s/%s (wireguard)' % (self.place, self.link)

    @property
    def verb(self) -> str:
        return 'change'

    def risk(self, path: ManagementPath) -> str:
        return 'carries the connection' if path.carries((self.namespace, self.link)) else ''

    def advice(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return 'another program has its listen_port'
        return ''

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            return
        access.done.append(self)  # some of it may take effect before an error
        with namespaces.entered(access.fd(self.namespace), access.home):
            codec.write_device(self.link, self.after)
