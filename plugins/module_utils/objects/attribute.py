# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of attributes: what a document may say of an object, what the kernel calls it, how it may change.

Each kind of object has one table or more. They drive parsing, decoding, encoding, differences, restoring,
layout_info, the options of modules and their documentation, the key reference and the JSON Schema. A new
attribute is a line in its table.
"""

from __future__ import annotations

import typing as t

from ..kernel.nla import FLAG, HEADER, Nla, pack_attribute
from ..values import fields
from ..values.reading import Reader
from ..values.struct import Struct
from .bits import Flag, Part
from .extra import Extra

Value = t.Union[str, int, bool, tuple[str, ...]]
Settings = tuple[tuple[str, Value], ...]
"""Values by the field that they are in, sorted."""

Entry = dict[str, t.Any]
"""One object as a document says it."""

_MOST_DECODED = 1000
USER_HZ = 100  # clock_t of the bridge's timers, fixed for user space on all architectures that Python runs on


def text_of(value: Value) -> str:
    """A value as documents and people write it."""
    if isinstance(value, tuple):
        return ' '.join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Type(Struct):
    """What a value may be. ``argument`` is what Ansible calls it in an argument specification."""

    argument: t.ClassVar[str] = 'str'

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it has to choose from; none if it takes other values."""
        return ()

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        """The value of *key* in a document. None if there is none or it is wrong, which the reader notes."""
        raise NotImplementedError

    def to_kernel(self, value: t.Any) -> t.Any:
        """The value as a netlink attribute carries it."""
        return value

    def from_kernel(self, value: t.Any) -> Value | None:
        """The value that a netlink attribute carries; None if the kernel means that there is none."""
        return t.cast('Value', value)

    def instead_of(self, value: t.Any, _before: t.Any) -> t.Any:
        """What a request says to put *value* in the place of another one."""
        return value

    def written(self, value: Value) -> Value:
        """The value as a document has it."""
        return value

    def text(self, value: Value) -> str:
        """The value as people read it."""
        return text_of(value)


class Boolean(Type):
    argument = 'bool'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return reader.boolean(key)

    def to_kernel(self, value: t.Any) -> int:
        return int(value)

    def from_kernel(self, value: t.Any) -> bool:
        return bool(value)


class Integer(Type):
    low: int
    high: int
    argument = 'int'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return reader.integer(key, self.low, self.high, required=required)


class Seconds(Integer):
    """Whole seconds, which the kernel counts in ticks of USER_HZ."""

    def to_kernel(self, value: t.Any) -> int:
        return int(value) * USER_HZ

    def from_kernel(self, value: t.Any) -> int:
        return int(value) // USER_HZ


class Text(Type):
    """Any text. A number is taken as it is written."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return reader.text(key, required)


class Word(Type):
    """One of several words."""

    choices: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return self.choices

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return reader.choice(key, self.choices, required=required)


class Choice(Type):
    """One of several words, each with the kernel's number. A number without a word is shown as it is."""

    numbers: t.Mapping[str, int]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.numbers)

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return reader.choice(key, self.numbers, required=required)

    def to_kernel(self, value: t.Any) -> int:
        return self.numbers[value] if value in self.numbers else int(value)

    def from_kernel(self, value: t.Any) -> str:
        for word, number in self.numbers.items():
            if number == value:
                return word
        return str(value)


class IpAddress(Type):
    """An address of either family. The kernel's 0.0.0.0 and :: mean that there is none."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return fields.ip_address(reader, key, required)

    def from_kernel(self, value: t.Any) -> Value | None:
        return None if value in ('0.0.0.0', '::') else t.cast('Value', value)


class MacAddress(Type):
    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return fields.mac_address(reader, key, required)


class LinkName(Type):
    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        return fields.link_name(reader, key, required)


class Attribute(t.NamedTuple):
    """One attribute of a kind of object.

    key             its name in a document
    type            what its value may be
    text            its documentation: a sentence or two, without default, range and choices, which are added
    nla             the netlink attribute that carries it; if there are two, the second is for IPv6 addresses
    flag            the bit that says that the kernel uses it; without ``nla`` the value is that bit itself
    part            the bits that carry it, in place of ``nla``
    default         what holds if the document does not say; None: whatever the kernel chooses
    kernel_default  what the kernel chooses for a new object, if that is known and ``default`` is None
    required        a document has to say it
    field           its name in our own values, if that differs from the key
    immutable       it cannot change in place: another value means another object
    restored        an object that was there before us gets its value back when it leaves the document
    carried         the kernel keeps it when a network card moves to another namespace
    unit            what a number counts
    needs           what a kernel needs to take another value than its default: an option, or a release
    together        fields whose values are sent again along with it, because the kernel forgets them
    beside          netlink attributes with their values that a request has to have beside it
    iproute2        the word of ip(8) for it, if that differs from the key
    """

    key: str
    type: Type
    text: str
    nla: tuple[Nla, ...] = ()
    flag: Flag | None = None
    part: Part | None = None
    default: Value | None = None
    kernel_default: Value | None = None
    required: bool = False
    field: str = ''
    immutable: bool = False
    restored: bool = False
    carried: bool = False
    unit: str = ''
    needs: str = ''
    together: tuple[str, ...] = ()
    beside: tuple[tuple[Nla, t.Any], ...] = ()
    iproute2: str = ''

    @property
    def name(self) -> str:
        return self.field or self.key

    @property
    def usual(self) -> Value | None:
        """The value that a new object has if the document does not say; None if that is not known."""
        return self.kernel_default if self.default is None else self.default


def _decoder(type_: Type, nla: Nla) -> t.Callable[[bytes], t.Any]:
    """From payload to value. Most types take what the form unpacks, and dumps are long: no call for
    nothing."""
    if type(type_).from_kernel is Type.from_kernel:
        return nla.form.unpack
    return lambda payload: type_.from_kernel(nla.form.unpack(payload))


def _means_by_presence(attribute: Attribute) -> bool:
    """Whether the kernel leaves the netlink attribute out where the value is false."""
    return bool(attribute.nla) and attribute.nla[0].form is FLAG


class Table(t.Mapping[str, Attribute]):
    """Attributes by the name of their field, in the order in which they are documented."""

    def __init__(self, *attributes: Attribute) -> None:
        self.attributes = {attribute.name: attribute for attribute in attributes}
        self._by_key = {attribute.key: attribute for attribute in attributes}
        self._keys = tuple(self._by_key)
        self._required = frozenset(attribute.key for attribute in attributes if attribute.required)
        defaults = {name: attribute.default for name, attribute in self.attributes.items()}
        self.defaults = {name: value for name, value in defaults.items() if value is not None}
        usual = {name: attribute.usual for name, attribute in self.attributes.items()}
        self.usual = {name: value for name, value in usual.items() if value is not None}
        # Sorted by name, so that what is decoded is sorted too.
        self._decoders = tuple(
            (nla.number, name, _decoder(attribute.type, nla))
            for name, attribute in sorted(self.attributes.items())
            for nla in attribute.nla
        )
        self._by_number = {
            nla.number: (name, _decoder(attribute.type, nla))
            for name, attribute in self.attributes.items()
            for nla in attribute.nla
        }

        members = self.attributes.items()
        self._flags = {name: attribute.flag for name, attribute in members if attribute.flag is not None}
        self._parts = {name: attribute.part for name, attribute in members if attribute.part is not None}
        self._unsaid = [name for name, attribute in members if _means_by_presence(attribute)]
        self._simple = not (self._flags or self._parts or self._unsaid)
        shared = [*self._flags.values(), *self._parts.values()]
        self.numbers = frozenset((*self._by_number, *(bits.nla.number for bits in shared)))
        self._in_order = tuple(sorted(self.numbers))
        self._decoded: dict[tuple[bytes | None, ...], Settings] = {}

    def __getitem__(self, name: str) -> Attribute:
        return self.attributes[name]

    def __iter__(self) -> t.Iterator[str]:
        return iter(self.attributes)

    def __len__(self) -> int:
        return len(self.attributes)

    def read(self, reader: Reader, with_defaults: bool = False) -> Settings:
        """What a mapping of a document says of these attributes."""
        values: dict[str, Value] = dict(self.defaults) if with_defaults else {}
        for key in reader.given(self._keys, self._required):
            attribute = self._by_key[key]
            value = attribute.type.read(reader, key, attribute.required)
            if value is not None:
                values[attribute.name] = value
        return tuple(sorted(values.items()))

    def decode(self, payloads: t.Mapping[int, bytes]) -> Settings:
        """What netlink attributes say, given by number."""
        values: list[tuple[str, Value]] = []
        for number, name, decode in self._decoders:
            payload = payloads.get(number)
            if payload is not None:
                value = decode(payload)
                if value is not None:
                    values.append((name, value))
        return tuple(values) if self._simple else self._with_bits(values, payloads)

    def decode_known(self, payloads: t.Mapping[int, bytes]) -> Settings:
        """The same for objects most of which are alike: what has been decoded is remembered."""
        key = tuple(map(payloads.get, self._in_order))
        settings = self._decoded.get(key)
        if settings is None:
            if len(self._decoded) >= _MOST_DECODED:
                self._decoded.clear()
            settings = self._decoded[key] = self.decode(payloads)
        return settings

    def _with_bits(self, values: t.Iterable[tuple[str, Value]], payloads: t.Mapping[int, bytes]) -> Settings:
        """The values with those that are bits, and without those whose bit is not set."""
        by_name: dict[str, Value] = {**dict.fromkeys(self._unsaid, False), **dict(values)}
        for name, part in self._parts.items():
            if part.nla.number in payloads:
                bits = part.nla.form.unpack(payloads[part.nla.number]) & part.mask
                by_name[name] = bits // part.unit
        for name, flag in self._flags.items():
            payload = payloads.get(flag.nla.number)
            bits, known = (0, 0) if payload is None else flag.found(payload)
            is_set = bool(bits & flag.mask)
            if flag.word:
                by_name.update({name: flag.word} if is_set else {})
            elif known & flag.mask and not self.attributes[name].nla:
                by_name[name] = is_set
            elif not is_set:
                by_name.pop(name, None)
        return tuple(sorted(by_name.items()))

    def decode_fields(self, data: bytes, offset: int, end: int) -> tuple[dict[str, t.Any], Extra]:
        """What the netlink attributes in ``data[offset:end]`` say: values by field, and the attributes that
        no line names.

        One pass without a call more than needed: dumps are long.
        """
        values: dict[str, t.Any] = {}
        extra: Extra = ()
        by_number = self._by_number
        header = HEADER.unpack_from
        while offset + 4 <= end:
            size, number = header(data, offset)
            if size < 4:
                break
            number &= 0x3FFF  # NLA_TYPE_MASK
            if number in by_number:
                name, unpack = by_number[number]
                values[name] = unpack(data[offset + 4 : offset + size])
            else:
                extra = (*extra, (number, data[offset + 4 : offset + size]))
            offset += (size + 3) & ~3
        return values, extra

    def unnamed(self, payloads: t.Mapping[int, bytes]) -> Extra:
        """Those of these netlink attributes that no line names."""
        if self.numbers.issuperset(payloads):
            return ()
        return tuple([pair for pair in payloads.items() if pair[0] not in self.numbers])

    def pack(self, settings: t.Iterable[tuple[str, Value]]) -> bytes:
        """Netlink attributes as they are in a message."""
        attributes = self._nlas_of(settings)
        return b''.join([pack_attribute(nla.number, nla.form.pack(value)) for nla, value in attributes])

    def encode(self, settings: t.Iterable[tuple[str, Value]]) -> list[tuple[str, t.Any]]:
        """Netlink attributes by name, as pyroute2 takes them."""
        return [(nla.name, value) for nla, value in self._nlas_of(settings)]

    def encode_one(self, name: str, value: Value) -> tuple[str, t.Any]:
        nla, kernel_value = self._nla_of(name, value)
        return nla.name, kernel_value

    def _nlas_of(self, settings: t.Iterable[tuple[str, Value]]) -> list[tuple[Nla, t.Any]]:
        """Netlink attributes with their values as the kernel has them; bits of one attribute together."""
        nlas: list[tuple[Nla, t.Any]] = []
        shared: dict[Nla, t.Any] = {}
        for name, value in settings:
            attribute, flag = self.attributes[name], self._flags.get(name)
            is_word = flag is not None and value == flag.word
            nlas += attribute.beside
            if attribute.nla and not is_word and not (value is False and _means_by_presence(attribute)):
                nlas.append(self._nla_of(name, value))
            if attribute.part is not None and not is_word:
                part = attribute.part
                shared[part.nla] = shared.get(part.nla, 0) | int(value) * part.unit
            if flag is not None:
                is_set = is_word if flag.word else value is not False
                shared[flag.nla] = flag.joined(shared.get(flag.nla), is_set)
        return [*nlas, *shared.items()]

    def _nla_of(self, name: str, value: Value) -> tuple[Nla, t.Any]:
        attribute = self.attributes[name]
        nla = attribute.nla[-1 if ':' in str(value) else 0]
        return nla, attribute.type.to_kernel(value)
