# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.fleet_report, documented in fleet_report.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils import fleet


def fleet_report(outcomes: t.Mapping[str, t.Any], pending: t.Collection[str] = ()) -> list[str]:
    """What happened, or would, on all hosts: those of which the same is told are told of once."""
    return fleet.page(outcomes, pending)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'fleet_report': fleet_report}
