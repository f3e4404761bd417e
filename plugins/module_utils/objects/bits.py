# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink attributes that several attributes of an object share."""

from __future__ import annotations

import typing as t

from ..kernel.nla import Nla


class Flag(t.NamedTuple):
    """A bit in a netlink attribute that several attributes share.

    ``masked``: beside the bits the payload says which of them count. In a request these are the bits that it
    sets or clears, in a dump those that the kernel knows. ``word`` is the value that the bit stands for, if
    the attribute has others, which are carried elsewhere.
    """

    nla: Nla
    mask: int
    masked: bool = False
    word: str = ''

    def found(self, payload: bytes) -> tuple[int, int]:
        """The bits that are set, and those that the kernel knows."""
        value = self.nla.form.unpack(payload)
        return value if self.masked else (value, self.mask)

    def joined(self, before: t.Any, is_set: bool) -> t.Any:
        """What a request has in the attribute with this bit; *before* is what it has of others, or None."""
        bit = self.mask if is_set else 0
        if not self.masked:
            return (before or 0) | bit
        bits, mask = before or (0, 0)
        return (bits | bit, mask | self.mask)


class Part(t.NamedTuple):
    """The bits of a netlink attribute that are one number of several in it."""

    nla: Nla
    mask: int

    @property
    def unit(self) -> int:
        """What the lowest of these bits counts."""
        return self.mask & -self.mask
