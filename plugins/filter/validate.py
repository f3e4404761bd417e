# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.validate, documented in validate.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError


def validate(document: t.Any) -> list[str]:
    """All problems of *document*, each with its path."""
    try:
        read_layout(document)
    except InputError as exc:
        return list(exc.texts())
    return []


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'validate': validate}
