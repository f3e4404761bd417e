# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the values of policy rules may be."""

from __future__ import annotations

import typing as t

from ...values.reading import Reader, plain, shown, whole_number
from ..attribute import Type

PROTOCOLS = {
    'icmp': 1,
    'igmp': 2,
    'ipip': 4,
    'tcp': 6,
    'egp': 8,
    'udp': 17,
    'dccp': 33,
    'ipv6': 41,
    'rsvp': 46,
    'gre': 47,
    'esp': 50,
    'ah': 51,
    'icmpv6': 58,
    'eigrp': 88,
    'ospf': 89,
    'pim': 103,
    'vrrp': 112,
    'l2tp': 115,
    'sctp': 132,
    'udplite': 136,
    'mpls': 137,
}
"""Protocols over IP by name. /etc/protocols is not asked: it differs from host to host."""

ANY_PORT_MASK, ANY_MASK = 0xFFFF, 0xFFFFFFFF


class NumberRange(Type):
    """A number, or a range LOW-HIGH; in our own values both ends."""

    low: int
    high: int

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        ends = _numbers(value, '-')
        if ends is None or not self.low <= ends[0] <= ends[-1] <= self.high:
            want = '%d to %d' % (self.low, self.high)
            reader.problem(key, 'is neither a number nor a range LOW-HIGH', found=shown(value), want=want)
            return None
        return (ends[0], ends[-1])

    def to_kernel(self, value: t.Any) -> str:
        return '%d:%d' % value  # the spelling of pyroute2

    def text(self, value: t.Any) -> str:
        return '%d-%d' % value


class PortMatch(NumberRange):
    """Also PORT/MASK: three numbers, of which the first two are the port."""

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        parts = _numbers(reader.data.get(key), '/') or ()
        if len(parts) == 2:
            reader.take(key)
            port, mask = parts
            if self.low <= port <= self.high and 1 <= mask <= ANY_PORT_MASK and not port & ~mask:
                return (port, port, mask)
            want = '%d to %d/0xffff, and no bit outside the mask' % (self.low, self.high)
            reader.problem(key, 'is not a port with its mask', found=shown(reader.data[key]), want=want)
            return None
        return super().read(reader, key, required)

    def written(self, value: t.Any) -> t.Any:
        return value[0] if value[0] == value[1] else '%d-%d' % value


class UserRange(NumberRange):
    def written(self, value: t.Any) -> t.Any:
        return '%d-%d' % value


def _numbers(value: object, separator: str) -> list[int] | None:
    """The one or two numbers in a text; None if it holds anything else."""
    numbers = []
    for part in (plain(value) or '').split(separator, 1):
        number = whole_number(part)
        if number is None:
            return None
        numbers.append(number)
    return numbers


class Masked(Type):
    """NUMBER or NUMBER/MASK; in our own values both. *what* it is, and the highest number."""

    what: str = 'a mark'
    most: int = ANY_MASK

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        numbers = _numbers(value, '/')
        if numbers is None or not all(0 <= number <= self.most for number in numbers):
            reader.problem(key, 'is not %s' % self.what, found=shown(value), want='NUMBER or NUMBER/MASK')
            return None
        mark, mask = numbers[0], numbers[1] if len(numbers) == 2 else self.most
        if mark & ~mask:
            reader.problem(key, 'has bits outside its mask', found=shown(value))
        return (mark, mask)


class IpProtocol(Type):
    """A protocol over IP, by number or by name."""

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        number = PROTOCOLS.get(plain(value) or '') or whole_number(value)
        if number is None or not 1 <= number <= 255:
            want = 'a number or one of %s' % ', '.join(PROTOCOLS)
            reader.problem(key, 'is not a protocol', found=shown(value), want=want)
            return None
        return number

    def written(self, value: t.Any) -> t.Any:
        for word, number in PROTOCOLS.items():
            if number == value:
                return word
        return value

    def text(self, value: t.Any) -> str:
        return str(value)
