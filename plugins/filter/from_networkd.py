# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.from_networkd, documented in from_networkd.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.translation import networkd


def from_networkd(data: t.Any, name: str, leave_out: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The layout that files of networkd declare."""
    try:
        return networkd.from_networkd(data, name, leave_out)
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.from_networkd:\n' + '\n'.join(exc.texts())) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'from_networkd': from_networkd}
