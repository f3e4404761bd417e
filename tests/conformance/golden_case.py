# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call of an encode function."""

from __future__ import annotations

import typing as t

Case = tuple[str, t.Callable[..., t.Union[bytes, list[bytes]]], tuple[t.Any, ...], dict[str, t.Any]]


def case(name: str, function: t.Callable[..., bytes | list[bytes]], *args: t.Any, **named: t.Any) -> Case:
    return '%s: %s' % (function.__name__.replace('encode_', ''), name), function, args, named
