# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.variable_faults, documented in variable_faults.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils import fleet_input


def variable_faults(variables: t.Mapping[str, t.Any], hosts: t.Sequence[str]) -> list[str]:
    """All problems of the variables of the playbooks plan, apply, verify and remove, each with its host and
    path."""
    return fleet_input.problems_of_hosts({host: variables[host] for host in hosts})


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'variable_faults': variable_faults}
