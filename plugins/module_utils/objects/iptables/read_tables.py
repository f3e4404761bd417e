# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the tables of iptables in namespaces where they may have changed."""

from __future__ import annotations

import typing as t

from ...kernel.netlink import plainly
from ...values.names import place
from ...values.problems import EngineError, Problem
from . import known_rules, tools
from .backends import active_backends, backends_with_rules
from .known_rules import NOTHING
from .misread import misread_chains
from .query import IptablesQuery, ObservedIptables
from .save_text import SavedTable


def read_inside(
    found: ObservedIptables, query: IptablesQuery, namespace: str, fd: int, plain: t.Container[str]
) -> None:
    """Read the tables of the calling thread's namespace, as far as no program is needed. *plain*: families
    of which iptables-save shows all rules as they are."""
    found.tables[namespace] = {}
    selected = [tools.find_tool(family) for family in sorted(query.families[namespace])]
    active = active_backends()
    _check_backends(namespace, selected, active)
    for tool in selected:
        if tool.backend not in active:
            found.tables[namespace][tool.family] = {}
            continue
        known = query.known_rules.get(namespace, {}).get(tool.family, NOTHING)
        tables = known_rules.read(tool.family, known) if tool.backend == 'nf_tables' else None
        if tables is None:
            found.jobs.append((namespace, tools.IptablesJob(fd, tool)))
            if tool.backend == 'nf_tables' and tool.family not in plain:
                found.misread[(namespace, tool.family)] = misread_chains(tool.family)
        else:
            found.tables[namespace][tool.family] = tables


def _check_backends(namespace: str, selected: t.Iterable[tools.Tool], active: set[str]) -> None:
    """Raises EngineError if rules of the calling thread's namespace belong to another backend than our
    tools."""
    if all(active <= {tool.backend} for tool in selected):
        return
    used = backends_with_rules()
    if len(used) > 1:
        raise EngineError(
            Problem(
                'iptables in %s' % place(namespace),
                'has rules of both backends',
                ' and '.join(sorted(used)),
                do='keep the rules of one of them; a packet has to pass both',
            )
        )
    for tool in selected:
        for backend in used - {tool.backend}:
            what = 'has rules of the %s backend, but %s is of the %s one'
            raise EngineError(
                Problem(
                    'iptables in %s' % place(namespace),
                    what % (backend, tool.restore, tool.backend),
                    do='choose one with update-alternatives, or remove those rules',
                )
            )


def run_saves(found: ObservedIptables) -> None:
    results = tools.run_many([job for _namespace, job in found.jobs])
    for (namespace, job), result in zip(found.jobs, results):
        family = job.tool.family
        if isinstance(result, Exception):
            where = 'iptables (%s) in %s' % (family, place(namespace))
            raise EngineError(Problem(where, plainly(result))) from result
        tables = t.cast(dict[str, SavedTable], result)
        found.tables[namespace][family] = tables
        for (table, name), word in found.misread.get((namespace, family), {}).items():
            chains = tables[table].chains if table in tables else {}
            if name in chains:
                chains[name] = chains[name]._replace(misread=word)
