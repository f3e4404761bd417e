# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes of netlink messages."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    nla,
)


def test_cut_and_broken_attributes_end_the_reading() -> None:
    whole = nla.pack_attribute(1, b'abcd') + nla.pack_attribute(2, b'xyz')
    assert nla.parse_attributes(whole) == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(whole + b'\3\0\1\0') == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(whole + b'\0\0') == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(
        nla.pack_attribute(1 | 0x8000, b'') + nla.pack_attribute(1 | 0x4000, b'zz')
    ) == {1: b'zz'}
