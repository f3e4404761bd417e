# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on namespaces."""

from __future__ import annotations

import contextlib
import errno
import time
import typing as t

from ...kernel import locks, namespaces, sysctl
from ...values.names import HOST
from ..management_path import ManagementPath
from ..operation import Access, Operation
from .codec import encode_nsid

_TRIES, _PAUSE = 20, 0.05  # seconds; for a number that the kernel is about to give back
# Links of a new namespace begin silent: no address of their own, no duplicate address detection, no MLD
# reports. With 256 namespaces on one bridge they otherwise send 384,000 packets in the first 12 s (seen on
# 6.18).
_SILENT = (('net/ipv6/conf/default/addr_gen_mode', '1'), ('net/ipv6/conf/default/accept_ra', '0'))
# The kernel copies the IPv4 settings of the first namespace into each new one, with
# net.core.devconf_inherit_init_net those of IPv6 too (devinet_init_net): a document that says nothing about
# forwarding means none.
_CLOSED = (('net/ipv4/ip_forward', '0'), ('net/ipv6/conf/all/forwarding', '0'))


class _NamespaceOperation(Operation):
    @property
    def subject(self) -> str:
        return 'namespace %s' % self.namespace


class NewNamespace(_NamespaceOperation):
    """Makes a namespace without a name, which it gets last. ``after`` is the name to come."""

    contained = True

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            access.release(self.namespace)
            return
        fd = namespaces.create_anonymous(access.home)
        access.hold(self.namespace, fd)
        access.done.append(self)
        access.new_namespaces.add(self.namespace)
        with namespaces.entered(fd, access.home):
            for path, value in (*_SILENT, *_CLOSED):
                with contextlib.suppress(FileNotFoundError):
                    sysctl.write(path, value)


class NameOperation(_NamespaceOperation):
    """Gives a namespace its name in /run/netns, or takes it away. ``before`` and ``after`` are None or the
    name.
    """

    @property
    def contained(self) -> bool:  # type: ignore[override] # it depends on the value
        """The end of a namespace is felt wherever its links lead."""
        return self.gives_name

    @property
    def removes_name(self) -> bool:
        return self.after is None

    def risk(self, path: ManagementPath) -> str:
        ends = self.removes_name and path.touches(self.namespace)
        return 'carries the connection' if ends else ''

    @property
    def gives_name(self) -> bool:
        return self.after is not None

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            access.fd(self.namespace)  # held until the run ends, so that undo can restore the name
            namespaces.unbind(self.namespace)
        else:
            with locks.names_locked(insist=access.undoing):
                namespaces.bind(access.fd(self.namespace), self.after)
        access.done.append(self)


class NsidOperation(_NamespaceOperation):
    """Gives a namespace its number in the host. It keeps it until it ends, and a while longer: the kernel
    ends namespaces in its own time.
    """

    contained = True

    @property
    def namespaces(self) -> frozenset[str]:
        return frozenset((self.namespace, HOST))

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            return
        for tries in range(_TRIES, -1, -1):
            errors = access.socket(HOST).write([encode_nsid(access.fd(self.namespace), self.after)])
            if not errors:
                break
            if errors[0].errno != errno.EEXIST or not tries:
                raise errors[0]
            time.sleep(_PAUSE)
        access.done.append(self)
