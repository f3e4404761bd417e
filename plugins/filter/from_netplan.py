# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.from_netplan, documented in from_netplan.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.translation import netplan


def from_netplan(data: t.Any, name: str, leave_out: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The layout that files of netplan declare."""
    try:
        return netplan.from_netplan(data, name, leave_out)
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.from_netplan:\n' + '\n'.join(exc.texts())) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'from_netplan': from_netplan}
