# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind of queueing discipline is, and where the kernel has its settings."""

from __future__ import annotations

import typing as t

from ...kernel.nla import U32, U64, Form, Nla, pack_attribute, parse_attributes
from ...values.reading import Reader
from ..attribute import Attribute, Settings, Table, Type, Value
from .rates import size_of, ticks
from .types import ROOT

Values = dict[str, t.Any]
Rules = t.Callable[[Reader, Values], None]
"""Takes the reader of a qdisc and the values of its settings, which it may complete."""

HEAD = 0
"""In place of the number of an attribute: a struct that stands before all attributes, or alone."""
_MOST = 0xFFFFFFFF


def row(
    key: str, type_: Type, text: str, name: str, number: int, offset: int = 0, form: Form = U32, **more: t.Any
) -> Attribute:
    """A setting at *offset* of the payload of attribute *number*, which *name* names."""
    return Attribute(key, type_, text, (Nla(name, number << 8 | offset, form),), **more)


class QdiscKind(t.NamedTuple):
    """One kind of qdisc.

    text        what it is, for the documentation
    settings    its rows, made by row()
    structs     templates of the structs in which its rows are, by number of attribute
    wide        the attributes that hold the rates, by field, which do not fit their struct
    rules       completes what is declared and checks what holds between settings
    times       sizes that the kernel keeps as the time that it takes to send them at a rate: attribute,
                offset and the setting that is the rate, by field
    sticky      settings that no change takes away again
    beyond      attributes which mean that it has what no document can say
    plain       bytes that it has where nobody chose what no document can say: attribute, offset, bytes
    place       ``root`` or ``ingress``
    in_place    whether the kernel changes any of it in place
    """

    text: str
    settings: Table = Table()
    structs: t.Mapping[int, bytes] = {}
    wide: t.Mapping[str, int] = {}
    rules: Rules | None = None
    times: t.Mapping[str, tuple[int, int, str]] = {}
    sticky: frozenset[str] = frozenset()
    beyond: frozenset[int] = frozenset()
    plain: tuple[tuple[int, int, bytes], ...] = ()
    place: str = ROOT
    in_place: bool = True

    def decode(self, payload: bytes) -> Settings | None:
        """The settings in a TCA_OPTIONS; None if it has what no document can say."""
        if not payload:
            return ()
        head = len(self.structs.get(HEAD, b''))
        if len(payload) < head:
            return None
        attributes = parse_attributes(payload, head)
        if self.beyond.intersection(attributes):
            return None
        attributes[HEAD] = payload[:head]
        for number, offset, usual in self.plain:
            if attributes.get(number, b'')[offset : offset + len(usual)] not in (usual, b''):
                return None
        places = self.settings.numbers
        found = {
            place: attributes[place >> 8][place & 0xFF :] for place in places if place >> 8 in attributes
        }
        values: Values = dict(self.settings.decode(found))
        for name, number in self.wide.items():
            if number in attributes:
                values[name] = U64.unpack(attributes[number])
        for name, (number, offset, rate) in self.times.items():
            if values.get(rate):
                values[name] = size_of(U32.unpack(attributes[number][offset:]), values[rate])
        return tuple(sorted(values.items()))

    def encode(self, settings: Settings) -> bytes:
        """The payload of TCA_OPTIONS that makes a qdisc have these settings; none for none."""
        if not settings:
            return b''
        values: Values = dict(settings)
        payloads = {number: bytearray(template) for number, template in self.structs.items()}
        for name, attribute in self.settings.items():
            if name not in values or not attribute.nla:
                continue
            nla, value = attribute.nla[0], attribute.type.to_kernel(values[name])
            if name in self.wide:
                payloads[self.wide[name]] = bytearray(U64.pack(value))
                value = min(value, _MOST)
            number, offset, packed = nla.number >> 8, nla.number & 0xFF, nla.form.pack(value)
            payload = payloads.setdefault(number, bytearray())
            payload[offset : offset + len(packed)] = packed
        for name, (number, offset, rate) in self.times.items():
            if name in values:
                payloads[number][offset : offset + 4] = U32.pack(ticks(values[name], values[rate]))
        head = bytes(payloads.pop(HEAD, b''))
        return head + b''.join(
            [pack_attribute(number, bytes(payloads[number])) for number in sorted(payloads)]
        )

    def for_change(self, payload: bytes) -> bytes:
        """The payload of TCA_OPTIONS without what the kernel takes for a new one only."""
        rows = [row for row in self.settings.values() if row.immutable and row.nla]
        numbers = {row.nla[0].number >> 8 for row in rows}
        if not numbers or HEAD in numbers:
            return payload
        head = len(self.structs.get(HEAD, b''))
        attributes = parse_attributes(payload, head)
        kept = [pack_attribute(number, attributes[number]) for number in attributes if number not in numbers]
        return payload[:head] + b''.join(kept)

    def usual(self) -> dict[str, Value]:
        known = {name: attribute.usual for name, attribute in self.settings.items()}
        return {name: value for name, value in known.items() if value is not None}
