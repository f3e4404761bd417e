# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.faults, documented in faults.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils import faults as layout_of


def faults(data: t.Any) -> dict[str, t.Any]:
    """The layout that makes faults."""
    try:
        return layout_of.faults(data)
    except InputError as exc:
        raise AnsibleFilterError('multinet.linux.faults: ' + '; '.join(exc.texts())) from exc


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'faults': faults}
