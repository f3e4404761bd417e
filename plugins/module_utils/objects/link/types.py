# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of values that only settings of links have."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ...kernel.nla import Form, pair_of
from ...values.names import canonical_ip, canonical_mac, is_of_host
from ...values.reading import Reader, plain, shown, whole_number
from ..attribute import Integer, LinkName, Table, Text, Type, Value

FLAG_SHOWN_AS_BYTE = Form('flag', lambda _value: b'', lambda data: data != b'\0')
"""What a request sets by being there, and a dump shows as 0 or 1."""

PORT_RANGE = pair_of('be16 pair', '>HH')
BITS = pair_of('u32 pair', '=II')
"""Bits, and which of them count: struct ifla_vlan_flags, struct br_boolopt_multi."""


class LinkOfSame(LinkName):
    """The name of another link of the namespace. The kernel has its number; 0 and '' are none.

    What is read of the kernel is the number as it stands there, until engine/observe.py has the names.
    """

    def to_kernel(self, value: t.Any) -> t.Any:
        return value or 0


def others_in(table: Table) -> frozenset[str]:
    """The attributes that name other links."""
    return frozenset(name for name, attribute in table.items() if isinstance(attribute.type, LinkOfSame))


class IntegerOr(Integer):
    """A number, or one word in its place."""

    word: str
    argument = 'str'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        value = reader.take(key, required)
        if value is None or value == self.word:
            return value
        number = whole_number(value)
        if number is not None and self.low <= number <= self.high:
            return number
        want = '%d to %d or %s' % (self.low, self.high, self.word)
        what = 'is not a whole number' if number is None else 'is out of range'
        reader.problem(key, what, found=shown(value), want=want)
        return None


class Hundredths(Integer):
    """Hundredths of a second, an even number: a kernel that ticks 250 times a second cannot keep others."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        value = super().read(reader, key, required)
        if isinstance(value, int) and value % 2:
            reader.problem(
                key,
                'is odd, which kernels with 250 ticks a second cannot keep',
                found=str(value),
                want='%d or %d' % (value - 1, value + 1),
            )
            return None
        return value

    def from_kernel(self, value: t.Any) -> int:
        return int(value) & ~1


class GroupMacAddress(Type):
    """The group address of a bridge: 01:80:c2:00:00:0X, but for those that IEEE 802.1D has given away
    (group_address_store)."""

    _WANT = '01:80:c2:00:00:0X, but not with 1, 2 or 3'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        mac = canonical_mac(text)
        if mac is None or not re.match('01:80:c2:00:00:0[04-9a-f]', mac):
            reader.problem(key, 'is not a group address of a bridge', found=shown(text), want=self._WANT)
            return None
        return mac


class SourcePorts(Type):
    """LOW-HIGH. The kernel's 0-0 is none."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        match = re.match(r'([0-9]{1,5})\s*-\s*([0-9]{1,5})\Z', text)
        low, high = map(int, match.groups()) if match else (0, 0)
        if not 1 <= low <= high <= 65535:
            reader.problem(key, 'is not a range of ports', found=shown(text), want='LOW-HIGH, 1 to 65535')
            return None
        return '%d-%d' % (low, high)

    def to_kernel(self, value: t.Any) -> tuple[int, int]:
        low, _dash, high = str(value).partition('-')
        return (int(low), int(high)) if value else (0, 0)

    def from_kernel(self, value: t.Any) -> Value | None:
        low, high = value
        return '%d-%d' % (low, high) if high else None


class Several(Type):
    """A list, which is a tuple of texts here. One member may stand alone."""

    argument = 'raw'
    want = ''
    most = 1000  # members; a netlink attribute has 64 KiB

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        value = reader.take(key, required)
        if value is None:
            return None
        members = []
        for member in value if isinstance(value, (list, tuple)) else [value]:
            text = self.said(member)
            canonical = None if text is None else self.canonical(text.strip())
            if canonical is None:
                reader.problem(key, 'has a wrong member', found=shown(member), want=self.want)
                return None
            members.append(canonical)
        problem = self.problem_of(members)
        if problem:
            few = len(members) <= self.most
            reader.problem(key, problem, found=', '.join(members) if few else str(len(members)))
            return None
        return self.ordered(members)

    def said(self, member: object) -> str | None:
        """A member as text; None if it is none."""
        return plain(member)

    def canonical(self, text: str) -> str | None:
        """A member as the kernel's are read; None if it is wrong."""
        raise NotImplementedError

    def problem_of(self, members: t.Sequence[str]) -> str:
        if len(members) > self.most:
            return 'has more than %d members' % self.most
        return 'has a member twice' if len(set(members)) < len(members) else ''

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple(members)

    def from_kernel(self, value: t.Any) -> Value | None:
        return self.ordered(value)

    def written(self, value: Value) -> t.Any:
        return list(t.cast('tuple[str, ...]', value))


class Altnames(Several):
    """Further names of a link (dev_valid_name does not hold for them, so we are stricter than the kernel)."""

    longest = 127  # ALTIFNAMSIZ less the closing NUL
    most = 100
    want = 'names of at most 127 bytes, without blanks, "/" and ":"'

    def canonical(self, text: str) -> str | None:
        fits = 0 < len(text.encode('utf-8', 'surrogateescape')) <= self.longest
        return text if fits and text.isprintable() and not re.search(r'[\s/:]', text) else None

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(members))


class Alias(Text):
    """One line beside the mark, which takes at most 74 of the 255 bytes (IFALIASZ)."""

    longest = 180

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        if len(text.encode('utf-8', 'surrogateescape')) > self.longest or not text.isprintable():
            want = 'one line of at most %d bytes' % self.longest
            reader.problem(key, 'is not a valid alias', found=shown(text), want=want)
            return None
        return text


class Ipv4Addresses(Several):
    """At most 16 addresses (BOND_MAX_ARP_TARGETS, BOND_MAX_NS_TARGETS), in their order."""

    version = 4
    most = 16
    want = 'an IPv4 address of a host'

    def canonical(self, text: str) -> str | None:
        ip = canonical_ip(text)
        if ip is None or not is_of_host(ip) or ip == '255.255.255.255':
            return None
        address = ipaddress.ip_address(ip)
        return ip if address.version == self.version and not self._is_bound_to_link(address) else None

    def _is_bound_to_link(self, address: t.Any) -> bool:
        return self.version == 6 and bool(address.is_link_local)


class Ipv6Addresses(Ipv4Addresses):
    version = 6
    want = 'an IPv6 address of a host, not a link-local one'


class MacAddresses(Several):
    """Hardware addresses; the kernel has them in no order."""

    want = 'six bytes as 02:00:00:00:00:01, with an even first one'

    def canonical(self, text: str) -> str | None:
        mac = canonical_mac(text)
        return None if mac is None or int(mac[:2], 16) & 1 or mac == '00:00:00:00:00:00' else mac

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(members))


class QosMap(Several):
    """FROM-TO each. What is mapped to 0 is not in it, for that is what all else is."""

    highest_from = highest_to = 0xFFFFFFFF

    def canonical(self, text: str) -> str | None:
        match = re.match(r'([0-9]{1,10})\s*-\s*([0-9]{1,10})\Z', text)
        if match is None:
            return None
        source, target = map(int, match.groups())
        fits = source <= self.highest_from and 1 <= target <= self.highest_to
        return '%d-%d' % (source, target) if fits else None

    def problem_of(self, members: t.Sequence[str]) -> str:
        sources = {source for source, _target in self.to_kernel(members)}
        return 'maps a number twice' if len(sources) < len(members) else ''

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple('%d-%d' % pair for pair in sorted(self.to_kernel(members)))

    def to_kernel(self, value: t.Any) -> list[tuple[int, int]]:
        pairs = [member.partition('-') for member in value]
        return [(int(source), int(target)) for source, _dash, target in pairs]

    def from_kernel(self, value: t.Any) -> Value | None:
        return tuple('%d-%d' % pair for pair in sorted(value) if pair[1])

    def instead_of(self, value: t.Any, before: t.Any) -> t.Any:
        sources = {source for source, _target in self.to_kernel(value)}
        gone = [source for source, _target in self.to_kernel(before) if source not in sources]
        return (*value, *['%d-0' % source for source in gone])


class IngressMap(QosMap):
    highest_from = 7
    want = 'FROM-TO, FROM from 0 to 7, TO from 1 to 4294967295'


class EgressMap(QosMap):
    highest_to = 7
    want = 'FROM-TO, FROM from 0 to 4294967295, TO from 1 to 7'
