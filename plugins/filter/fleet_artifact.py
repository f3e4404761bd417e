# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.fleet_artifact, documented in fleet_artifact.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils import fleet


def fleet_artifact(outcomes: t.Mapping[str, t.Any], pending: t.Collection[str] = ()) -> dict[str, t.Any]:
    """A few values on all hosts, for the next step of a workflow."""
    return fleet.artifact(outcomes, pending)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'fleet_artifact': fleet_artifact}
