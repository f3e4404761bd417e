# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.as_data, documented in as_data.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils import given


def as_data(value: t.Any, default: t.Any = None, variable: str = 'the text') -> t.Any:
    """*value*, read as YAML if it is text; *default* if it is not given."""
    if not given.is_given(value):
        return default
    try:
        return given.as_data(value, variable)
    except InputError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'as_data': as_data}
