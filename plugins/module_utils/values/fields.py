# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading names and addresses out of a document."""

from __future__ import annotations

from .names import (
    HOST,
    HOST_WORD,
    canonical_ip,
    canonical_mac,
    problem_of_link_name,
    problem_of_namespace_name,
)
from .reading import Reader, shown


def link_name(reader: Reader, key: str, required: bool = False) -> str | None:
    """The name of a link; None if it is missing or wrong, which is noted in *reader*."""
    name = reader.text(key, required)
    if name is None:
        return None
    problem = problem_of_link_name(name)
    if problem:
        reader.note(key, problem)
        return None
    return name


def namespace_name(reader: Reader, key: str, default: str) -> str:
    """A namespace by name; ``host`` is the host's own. Without the key it is *default*."""
    name = reader.text(key)
    if name is None:
        return default
    if name == HOST_WORD:
        return HOST
    problem = problem_of_namespace_name(name)
    if problem:
        reader.note(key, problem)
    return name


def ip_address(reader: Reader, key: str, required: bool = False) -> str | None:
    """An address without a prefix length; None if it is missing or wrong, which is noted in *reader*."""
    text = reader.text(key, required)
    if text is None:
        return None
    address = canonical_ip(text)
    if address is None:
        reader.problem(key, 'is not an address', found=shown(text))
    return address


def mac_address(reader: Reader, key: str, required: bool = False) -> str | None:
    """A hardware address that a link can have."""
    text = reader.text(key, required)
    if text is None:
        return None
    mac = canonical_mac(text)
    if mac is None:
        reader.problem(
            key, 'is not a hardware address', found=shown(text), want='six bytes as 02:00:00:00:00:01'
        )
    elif int(mac[:2], 16) & 1:
        reader.problem(key, 'is a group address', found=shown(text), want='an even first byte')
    elif mac == '00:00:00:00:00:00':
        reader.problem(key, 'is all zeros', do='leave it out or give an address')
    return mac
