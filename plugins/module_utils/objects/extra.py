# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What objects have beside their tables: netlink attributes that no table names, which are compared, kept and
restored as bytes, and who made an object."""

from __future__ import annotations

import typing as t

from ..kernel import uapi
from ..kernel.nla import pack_attribute
from ..values.names import PROTOCOL

Extra = tuple[tuple[int, bytes], ...]
"""Netlink attributes by number: what the kernel says of an object that was found, and no table names.

They are compared, kept and restored as bytes, so that nothing of the object is lost.
"""

USUAL_PROTOCOLS = (uapi.RTPROT_UNSPEC, uapi.RTPROT_BOOT, PROTOCOL)
"""Those that a document need not set."""


def record_key(key: tuple[t.Any, ...], protocol: int) -> tuple[t.Any, ...]:
    """The key in the record of a scope. If the document gives a protocol of its own, the key has it too; an
    adopted object of others has the plain key, and is not ours to remove."""
    return key if protocol == PROTOCOL else (*key, ('protocol', protocol))


def pack_extra(extra: t.Iterable[tuple[int, bytes]]) -> bytes:
    """The attributes as a request has them."""
    return b''.join([pack_attribute(number, payload) for number, payload in extra])


def same_extra(extra: Extra, other_extra: Extra) -> bool:
    """Whether two objects have the same attributes, in whatever order."""
    return extra == other_extra or dict(extra) == dict(other_extra)


def extra_to_record(extra: Extra) -> list[list[t.Any]]:
    """The attributes as JSON can hold them, with their bytes in hexadecimal digits."""
    return [[number, payload.hex()] for number, payload in extra]


def extra_from_record(record: t.Iterable[t.Sequence[t.Any]]) -> Extra:
    return tuple([(number, bytes.fromhex(payload)) for number, payload in record])


def names_of_extra(extra: Extra, words: t.Mapping[int, str]) -> list[str]:
    """Attributes for people: by the word that *words* has for each, else by number."""
    return [words.get(number) or 'attribute %d' % number for number, _payload in extra]
