# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.batches, documented in batches.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils import given


def batches(value: t.Any, default: t.Any = '100%', variable: str = 'serial') -> list[int | str]:
    """The sizes of the batches of a play, from a list or from text."""
    try:
        return given.batches(value if given.is_given(value) else default, variable)
    except InputError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'batches': batches}
