# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of values that tc(8) has: rates, times, sizes and percentages, in the kernel's numbers."""

from __future__ import annotations

import re
import typing as t

from ...values.reading import Reader, plain, shown, whole_number
from ..attribute import Type, Value

if t.TYPE_CHECKING:
    import fractions

_NUMBER = re.compile(r'(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z%]*)')
_LONGEST = 40
# In bits a second, as str_to_rate of tc; those that end in bps are bytes a second.
_BITS = {'bit': 1, 'kbit': 10**3, 'mbit': 10**6, 'gbit': 10**9, 'tbit': 10**12}
_BITS.update(kibit=1 << 10, mibit=1 << 20, gibit=1 << 30, tibit=1 << 40)
_RATES = {**_BITS, **{word[:-3] + 'bps': 8 * bits for word, bits in _BITS.items()}}
_NANOSECONDS = {'s': 10**9, 'sec': 10**9, 'secs': 10**9, 'ms': 10**6, 'msec': 10**6, 'msecs': 10**6}
_NANOSECONDS.update(us=10**3, usec=10**3, usecs=10**3, ns=1, nsec=1, nsecs=1)
_BYTES = {'b': 1, 'k': 1 << 10, 'kb': 1 << 10, 'm': 1 << 20, 'mb': 1 << 20, 'g': 1 << 30, 'gb': 1 << 30}
_WHOLE = 0xFFFFFFFF  # what 100% is to the kernel


class Quantity(Type):
    """A number with a unit. As a value it is a number of ``step``, of the smallest unit there is."""

    low: int
    high: int
    step: int = 1

    what: t.ClassVar[str] = ''
    example: t.ClassVar[str] = ''
    units: t.ClassVar[t.Mapping[str, int]] = {}
    plain_unit: t.ClassVar[str] = ''
    """The unit of a number without one."""
    shown_units: t.ClassVar[tuple[str, ...]] = ()
    """The units to write a value in, the largest first."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        given = reader.take(key, required)
        if given is None:
            return None
        import fractions  # takes time to load

        text = '%.9f' % given if isinstance(given, float) else plain(given)
        parts = _NUMBER.fullmatch((text or '').strip()) if len(text or '') <= _LONGEST else None
        unit = (parts[2].lower() or self.plain_unit) if parts else ''
        if parts and not unit and fractions.Fraction(parts[1]) == 0:
            unit = self.shown_units[0]
        if parts is None or unit not in self.units:
            what = 'has no unit' if parts and not parts[2] else 'is not %s' % self.what
            reader.problem(key, what, found=shown(given), want='such as %s' % self.example)
            return None
        value = self.rounded(fractions.Fraction(parts[1]) * self.units[unit] / self.step)
        if not self.low <= value <= self.high:
            want = '%s to %s' % (self.text(self.low), self.text(self.high))
            reader.problem(key, 'is out of range', found=shown(given), want=want)
            return None
        return value

    def rounded(self, value: fractions.Fraction) -> int:
        return int(value)

    def written(self, value: Value) -> Value:
        return self.text(value)

    def text(self, value: Value) -> str:
        amount = int(t.cast(int, value)) * self.step
        for unit in self.shown_units:
            if amount % self.units[unit] == 0 and (amount or unit == self.shown_units[0]):
                return '%d%s' % (amount // self.units[unit], unit)
        return '%d%s' % (amount, self.shown_units[-1])


class Rate(Quantity):
    """Bytes a second."""

    what, example = 'a rate', '100mbit'
    units = _RATES
    plain_unit = 'bit'
    shown_units = ('tbit', 'gbit', 'mbit', 'kbit', 'bit')

    def __init__(self, low: int = 1, high: int = (1 << 63) // 8) -> None:
        super().__init__(low, high, 8)


class RateOrNone(Rate):
    """One of which the kernel shows 0, or 32 bits that are set, for none."""

    def __init__(self) -> None:
        super().__init__()
        self.high = 0xFFFFFFFE

    def from_kernel(self, value: t.Any) -> Value | None:
        return int(value) if self.low <= value <= self.high else None


class Time(Quantity):
    """Nanoseconds, or with a ``step`` of 1000 microseconds."""

    what, example = 'a time', '20ms'
    units = _NANOSECONDS
    shown_units = ('s', 'ms', 'us', 'ns')


class CodelTime(Time):
    """Microseconds that the kernel keeps in units of 1024 ns (CODEL_SHIFT): the least of those that it keeps
    alike."""

    def rounded(self, value: fractions.Fraction) -> int:
        return self._least_of(int(value) * 1000 >> 10)

    def from_kernel(self, value: t.Any) -> int:
        """It shows less than it was told."""
        return self._least_of((int(value) * 1000 + 1023) >> 10)

    @staticmethod
    def _least_of(units: int) -> int:
        return (units * 1024 + 999) // 1000


class Size(Quantity):
    """Bytes."""

    what, example = 'a size', '32kb'
    units = _BYTES
    plain_unit = 'b'
    shown_units = ('mb', 'kb', 'b')


class Percent(Quantity):
    """A share of 2^32 - 1, as the kernel has it."""

    what, example = 'a percentage', '1%'
    units: t.ClassVar[t.Mapping[str, int]] = {'%': 1}
    plain_unit = '%'
    shown_units = ('%',)

    def __init__(self) -> None:
        super().__init__(0, _WHOLE)

    def rounded(self, value: fractions.Fraction) -> int:
        return round(value * _WHOLE / 100)

    def text(self, value: Value) -> str:
        """The shortest text that is read as this number."""
        import fractions  # takes time to load

        share = fractions.Fraction(int(t.cast(int, value)) * 100, _WHOLE)
        for digits in range(12):
            text = '%.*f' % (digits, share)
            if self.rounded(fractions.Fraction(text)) == value:
                break
        return text + '%'


_HANDLE = re.compile(r'([0-9a-fA-F]{1,4}):([0-9a-fA-F]{0,4})')
MOST_MAJOR = 0xFFFE


def handle_number(text: str) -> int:
    """The kernel's number of a handle such as 1: or 1:10, which are hexadecimal; 0 if it is none."""
    parts = _HANDLE.fullmatch(text)
    return int(parts[1], 16) << 16 | int(parts[2] or '0', 16) if parts else 0


def handle_text(number: int) -> str:
    """As tc(8) shows it."""
    return '%x:%s' % (number >> 16, '%x' % (number & 0xFFFF) if number & 0xFFFF else '')


class Handle(Type):
    """The number of a qdisc, such as 1:, hexadecimal."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        number = handle_number(text if ':' in text else text + ':')
        if not number or number & 0xFFFF or number >> 16 > MOST_MAJOR:
            reader.problem(
                key, 'is not the handle of a qdisc', found=shown(text), want='such as "1:"', do='quote it'
            )
            return None
        return handle_text(number)


class Parent(Type):
    """Where a qdisc is: ``root``, or a class such as 1:10."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None or text == ROOT:
            return text
        number = handle_number(text)
        if not number >> 16 or not number & 0xFFFF:
            reader.problem(
                key, 'is not a class', found=shown(text), want='root, or such as "1:10"', do='quote it'
            )
            return None
        return handle_text(number)


ROOT, INGRESS = 'root', 'ingress'


class Numbers(Type):
    """A fixed count of small numbers."""

    count: int
    high: int
    argument = 'list'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        members = reader.members(key)
        numbers = [number for number in map(whole_number, members) if number in range(self.high + 1)]
        if not members and not reader.has(key):
            return None
        if len(numbers) != self.count or len(members) != self.count:
            want = '%d numbers of 0 to %d' % (self.count, self.high)
            reader.problem(key, 'is not a valid list', found=shown(members), want=want)
            return None
        return tuple(map(str, numbers))

    def to_kernel(self, value: t.Any) -> bytes:
        return bytes(map(int, value))

    def from_kernel(self, value: t.Any) -> Value:
        return tuple(map(str, value[: self.count]))

    def written(self, value: Value) -> t.Any:
        return list(map(int, t.cast('tuple[str, ...]', value)))


class ClassOf(Type):
    """A class of a qdisc, such as 1:10, hexadecimal."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        number = handle_number(text)
        if not number >> 16 or not number & 0xFFFF:
            reader.problem(key, 'is not a class', found=shown(text), want='such as "1:10"', do='quote it')
            return None
        return handle_text(number)


class ClassNumber(Type):
    """The part of a class behind the colon, hexadecimal; 0 for none."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        if not re.fullmatch('(0x)?[0-9a-fA-F]{1,4}', text):
            reader.problem(key, 'is not the number of a class', found=shown(text), want='0 to ffff')
            return None
        return int(text, 16)

    def written(self, value: Value) -> Value:
        return self.text(value)

    def text(self, value: Value) -> str:
        return '%x' % int(t.cast(int, value))
