# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links and addresses of a namespace as programs that bind to them see them: names, labels, flaws."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import typing as t

from ..kernel import netlink, uapi
from ..kernel.netlink import messages_of
from ..kernel.nla import U32, Attributes, parse_attributes, parse_list, unpack_text
from .address.codec import ASK_ADDRESSES
from .link.codec import ASK_LINKS

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_FLAWS_OF_IPV6 = (
    (uapi.IFA_F_DADFAILED, 'duplicate'),
    (uapi.IFA_F_TENTATIVE, 'tentative'),
    (uapi.IFA_F_DEPRECATED, 'deprecated'),
    (uapi.IFA_F_TEMPORARY, 'temporary'),
)
# addrconf_dad_failure() in linux/net/ipv6/addrconf.c
_DUPLICATE = re.compile(r'(?:^|: )(\S+): IPv6 duplicate address (\S+) used by ([0-9a-f:]{17}) detected')


class LocalAddress(t.NamedTuple):
    """An address of a link. ``flaw`` says why nothing should bind to it; '' if it is fine."""

    link: str
    address: str
    length: int
    label: str
    scope: int
    secondary: bool
    flaw: str

    @property
    def family(self) -> str:
        return 'ipv6' if ':' in self.address else 'ipv4'

    @property
    def on_link_only(self) -> bool:
        """Whether it is valid on its link only."""
        return self.scope == uapi.RT_SCOPE_LINK

    @property
    def link_local(self) -> bool:
        """Whether it is an IPv6 address that is valid on its link only."""
        return self.family == 'ipv6' and self.on_link_only

    def text(self) -> str:
        return '%s on %s%s' % (self.address, self.link, ' (%s)' % self.flaw if self.flaw else '')


class LinkNames(t.NamedTuple):
    """The links of a namespace: names by index, hardware addresses by name, and names by alternative name."""

    by_index: dict[int, str]
    macs: dict[str, str]
    by_alternative: dict[str, str]


def link_names(sock: netlink.NetlinkSocket) -> LinkNames:
    names = LinkNames({}, {}, {})
    for data, start, end in messages_of(sock.dump(uapi.RTM_GETLINK, ASK_LINKS)):
        index = uapi.IFINFOMSG.unpack_from(data, start)[2]
        attributes = parse_attributes(data, start + uapi.IFINFOMSG.size, end)
        name = unpack_text(attributes[uapi.IFLA_IFNAME])
        names.by_index[index] = name
        names.macs[name] = attributes.get(uapi.IFLA_ADDRESS, b'').hex(':')
        for payload in parse_list(attributes.get(uapi.IFLA_PROP_LIST, b''), uapi.IFLA_ALT_IFNAME):
            names.by_alternative[unpack_text(payload)] = name
    return names


def local_addresses(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> list[LocalAddress]:
    """All addresses, in the kernel's order. *names* has the names of links by their indexes."""

    def decode(datagrams: list[bytes]) -> list[LocalAddress]:
        addresses = []
        for data, start, end in messages_of(datagrams):
            family, length, flags, scope, index = uapi.IFADDRMSG.unpack_from(data, start)
            if family not in _FAMILIES:
                continue
            attributes = parse_attributes(data, start + uapi.IFADDRMSG.size, end)
            if uapi.IFA_FLAGS in attributes:
                flags = U32.unpack(attributes[uapi.IFA_FLAGS])
            address = LocalAddress(
                names.get(index, '?'),
                socket.inet_ntop(family, attributes.get(uapi.IFA_LOCAL) or attributes[uapi.IFA_ADDRESS]),
                length,
                _label(attributes),
                scope,
                family == socket.AF_INET and bool(flags & uapi.IFA_F_SECONDARY),
                _flaw(flags) if family == socket.AF_INET6 else '',
            )
            addresses.append(address)
        return addresses

    return netlink.stable_dump(sock, uapi.RTM_GETADDR, ASK_ADDRESSES, decode)


def _label(attributes: Attributes) -> str:
    return unpack_text(attributes.get(uapi.IFA_LABEL, b''))


def _flaw(flags: int) -> str:
    return next((word for bit, word in _FLAWS_OF_IPV6 if flags & bit), '')


def holder_of_duplicate(link: str, address: str) -> str:
    """The hardware address of the host that has *address* already, if the kernel's log has it; else ''."""
    mac = ''
    with contextlib.suppress(OSError):
        log = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            for line in _lines(log):
                match = _DUPLICATE.search(line)
                if match and (match.group(1), match.group(2)) == (link, address):
                    mac = match.group(3)
        finally:
            os.close(log)
    return mac


def _lines(log: int) -> t.Iterator[str]:
    """The lines of /dev/kmsg, of which each read gives one."""
    while True:
        try:
            yield os.read(log, 8192).decode('utf-8', 'replace').partition(';')[2]
        except BrokenPipeError:  # the kernel has overwritten the line that came next
            continue
        except BlockingIOError:
            return
