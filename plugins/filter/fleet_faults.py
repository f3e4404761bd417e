# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.fleet_faults, documented in fleet_faults.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils import fleet_input


def fleet_faults(layouts: t.Mapping[str, t.Any], variable: str = 'multinet_layouts') -> list[str]:
    """All problems of the layouts of all hosts, each with its host and path."""
    return fleet_input.problems_of_hosts(
        {host: {variable: documents} for host, documents in layouts.items()}, variable
    )


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'fleet_faults': fleet_faults}
