# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter multinet.linux.fleet_faults, documented in fleet_faults.yml."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError


def fleet_faults(layouts: t.Mapping[str, t.Any], variable: str = 'multinet_layouts') -> list[str]:
    """All faults of the layouts of all hosts, each with its host and path."""
    found: list[str] = []
    for host, documents in layouts.items():
        found += ['%s: %s' % (host, problem) for problem in _of_host(documents, variable)]
    return found


def _of_host(documents: t.Any, variable: str) -> t.Iterator[str]:
    if documents is None or documents == '':
        yield '%s: is missing (want a list of layouts); set it, or leave the host out' % variable
    elif not isinstance(documents, list):
        yield '%s: is not a list (found %s, want a list of layouts); write it as one' % (
            variable,
            type(documents).__name__,
        )
    else:
        scopes: dict[t.Any, int] = {}
        for number, document in enumerate(documents):
            where = '%s[%d]' % (variable, number)
            try:
                scope = read_layout(document).scope
            except InputError as exc:
                for problem in exc.problems:
                    yield '%s.%s' % (where, problem)
                continue
            if scope in scopes:
                yield '%s.name: is also that of %s[%d] (found %s); give each layout a scope of its own' % (
                    where,
                    variable,
                    scopes[scope],
                    scope,
                )
            scopes.setdefault(scope, number)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {'fleet_faults': fleet_faults}
