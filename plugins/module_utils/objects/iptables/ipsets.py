# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ipsets that rules name: each namespace has its own, and a rule needs those of its namespace."""

from __future__ import annotations

import typing as t

from ...kernel import ipset, namespaces
from ...kernel.ipset import IpSet
from ...values.names import place
from ...values.problems import Problem
from .rule_text import set_names
from .value import Chain

Sets = dict[str, dict[str, IpSet]]
"""Sets by the family of the rules that name them, and by name."""


def sets_of_rules(chains: t.Iterable[Chain]) -> tuple[Sets, list[Problem]]:
    """The sets that the rules of chains name, and a problem for each that its namespace does not have.

    If sets of several namespaces have one name, the first is taken: all that iptables asks for is the name
    and the family.
    """
    uses: dict[str, list[tuple[Chain, str, str]]] = {}
    for chain in chains:
        for number, text in enumerate(chain.rules):
            path = '%s.rules[%d]' % (chain.path, number)
            uses.setdefault(chain.namespace, []).extend((chain, path, name) for name in set_names(text))
    sets: Sets = {}
    problems: dict[Problem, None] = {}
    for namespace, named in uses.items():
        present = _present(namespace, {name for _chain, _path, name in named})
        for chain, path, name in named:
            if name in present:
                sets.setdefault(chain.family, {}).setdefault(name, present[name])
            else:
                what = 'names an ipset that %s does not have' % place(namespace)
                problems[Problem(path, what, name, do='make it first, or leave the rule out')] = None
    return sets, list(problems)


def _present(namespace: str, names: t.Collection[str]) -> dict[str, IpSet]:
    """The sets of a namespace with these names; none if it does not exist yet."""
    if not names:
        return {}

    def body() -> dict[str, IpSet]:
        try:
            with namespaces.visit(namespace):
                found = {name: ipset.find(name) for name in sorted(names)}
        except (FileNotFoundError, namespaces.StaleName):
            return {}
        return {name: present for name, present in found.items() if present is not None}

    return namespaces.in_thread(body)
