# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on sysctls."""

from __future__ import annotations

import errno
import typing as t

from ...kernel import namespaces, sysctl
from ...values.names import HOST
from ..management_path import ManagementPath
from ..operation import GONE, STAGE_RESTORE, Access, Mention, Operation, StepFailed
from .value import Sysctl, meaning

ORDER_SYSCTL = 2
"""Within STAGE_CONTENTS: before links go up."""
ORDER_SET_ALONG = 1
"""Within STAGE_RESTORE: after the switch that sets it along."""
ORDER_SET_AGAIN = ORDER_SYSCTL + 1
"""Elsewhere: after the switch that sets it along."""


class SysctlOperation(Operation):
    """``before`` and ``after`` are values; None where the value is unknown, since the namespace or link was
    new."""

    key: str = ''

    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'sysctl %s in %s' % (self.key.replace('/', '.'), self.place)

    @property
    def contained(self) -> bool:  # type: ignore[override] # it depends on the place
        """The host has settings for all namespaces, the others have their own alone."""
        return self.namespace != HOST

    @property
    def verb(self) -> str:
        return 'change'

    @property
    def mention(self) -> Mention:
        sysctl = Sysctl(self.namespace, self.key, self.value)
        return Mention('sysctl', sysctl.name, tuple(sysctl.lines()))

    @property
    def harmless_errors(self) -> tuple[int, ...]:
        return GONE

    @property
    def drops_attached(self) -> bool:
        return self.key.endswith('/disable_ipv6')

    def advice(self, error: OSError) -> str:
        if error.errno in (errno.EINVAL, errno.ERANGE, errno.EIO):
            return 'the kernel does not take the value %r: see ip-sysctl of the kernel' % self.after
        return ''

    def risk(self, path: ManagementPath) -> str:
        parts = self.key.split('/')
        if parts[1] == 'ipv6' and path.family == 'ipv4' or not path.touches(self.namespace):
            return ''
        if len(parts) == 5 and path.carries((self.namespace, parts[3])):
            return 'is about a link that carries the connection'
        return _risk(parts) if path.ends_in(self.namespace) else ''

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            return
        with namespaces.entered(access.fd(self.namespace), access.home):
            if self.before is None and self.stage != STAGE_RESTORE and not access.undoing:
                before = sysctl.read(self.key)
                if before is not None and before != self.after:
                    access.first_values[(self.namespace, self.key)] = (before, self.after)
            sysctl.write(self.key, self.after)
            access.done.append(self)  # here: there may be no way back out of the namespace
            if self.stage != STAGE_RESTORE and not access.undoing:
                self._refuse_other_value(sysctl.read(self.key))

    def _refuse_other_value(self, kept: str | None) -> None:
        """Some settings are rounded, as those that the kernel counts in ticks (proc_dointvec_ms_jiffies)."""
        if kept is not None and meaning(self.key, kept) != meaning(self.key, self.after):
            reason = 'the kernel makes %r of %r; declare what it keeps' % (kept, self.after)
            raise StepFailed(self, reason)


def _risk(parts: t.Sequence[str]) -> str:
    """About a setting, given as the parts of its path below /proc/sys."""
    if parts[-1] == 'ip_forward' or parts[1] == 'ipv4' and parts[-1] == 'forwarding':
        return ''  # about packets of others
    if len(parts) == 5:  # net/ipv4/conf/LINK/KEY and its like
        return 'affects all links' if parts[3] in ('all', 'default') else ''
    return 'affects all connections' if parts[1] in ('ipv4', 'ipv6', 'core') else ''
