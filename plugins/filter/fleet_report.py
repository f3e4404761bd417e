# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.fleet_report, documented in fleet_report.yml."""

from __future__ import annotations

import typing as t

_SHOWN = 8  # hosts of a group that are named


def fleet_report(outcomes: t.Mapping[str, t.Any]) -> list[str]:
    """What happened, or would, on all hosts: those of which the same is told are told of once."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for host, outcome in outcomes.items():
        results = outcome.get('results') if outcome else None
        told = (
            ('failed, or was not reached; see above',)
            if results is None
            else tuple(
                '%s: %s' % (result['item']['name'], str(result.get('msg', '')).replace('\n', '; '))
                for result in results
            )
            or ('declares nothing',)
        )
        groups.setdefault(told, []).append(host)
    lines = []
    for told, hosts in sorted(groups.items(), key=lambda group: -len(group[1])):
        more = ' and %d more' % (len(hosts) - _SHOWN) if len(hosts) > _SHOWN else ''
        lines.append(
            '%d %s (%s%s)'
            % (len(hosts), 'host' if len(hosts) == 1 else 'hosts', ', '.join(hosts[:_SHOWN]), more)
        )
        lines += ['  ' + line for line in told]
    return lines


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'fleet_report': fleet_report}
