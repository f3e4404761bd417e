# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of the playbooks for fleets: all that is wrong with them, on all hosts."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import (
    InputError,
    Problem,
    Problems,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader, shown

from .fleet import some_of
from .given import as_data, batches, is_given

LAYOUTS = 'multinet_layouts'
_MOST = 0x7FFFFFFF
_BOOLEANS = ('multinet_adopt', 'multinet_overlap', 'multinet_force', 'multinet_keep')
_NUMBERS = ('multinet_max_delete', 'multinet_confirm_timeout')
_CHOICES = {'multinet_confirm': ('auto', 'always', 'never')}
_SERIAL = 'multinet_serial'
_TASKS, _FOUND_TASKS = 'multinet_verify_tasks', 'multinet_own_tasks'


def problems_of_hosts(variables: t.Mapping[str, t.Mapping[str, t.Any]], layouts: str = LAYOUTS) -> list[str]:
    """All problems of the variables of all hosts, each with its host and path; *layouts* is the variable with
    the layouts. What is wrong on several hosts is told once.
    """
    hosts: dict[str, list[str]] = {}
    for host, values in variables.items():
        for problem in _of_host(values, layouts):
            hosts.setdefault(str(problem), []).append(host)
    return ['%s: %s' % (some_of(names), problem) for problem, names in hosts.items()]


def _of_host(values: t.Mapping[str, t.Any], layouts: str) -> t.Iterator[Problem]:
    yield from _of_options(values)
    yield from _of_layouts(values[layouts] if layouts in values else None, layouts)


def _of_options(values: t.Mapping[str, t.Any]) -> t.Iterator[Problem]:
    names = [*_BOOLEANS, *_NUMBERS, *_CHOICES]
    options = {name: values[name] for name in names if name in values}
    problems = Problems()
    reader = Reader({name: value for name, value in options.items() if is_given(value)}, '', problems)
    for name in _BOOLEANS:
        reader.boolean(name)
    for name in _NUMBERS:
        reader.integer(name, 0, _MOST)
    for name, choices in _CHOICES.items():
        reader.choice(name, choices)
    yield from problems
    if _SERIAL in values and is_given(values[_SERIAL]):
        try:
            batches(values[_SERIAL], _SERIAL)
        except InputError as exc:
            yield from exc.problems
    tasks = values[_TASKS] if _TASKS in values else None
    if is_given(tasks) and _FOUND_TASKS in values and not values[_FOUND_TASKS]:
        do = 'put it beside your playbook, or give the whole path'
        yield Problem(_TASKS, 'is not there', shown(tasks), 'a file with tasks', do)


def _of_layouts(documents: t.Any, variable: str) -> t.Iterator[Problem]:
    if is_given(documents):
        try:
            documents = as_data(documents, variable)
        except InputError as exc:
            yield from exc.problems
            return
    if not is_given(documents):
        want = 'a list of layouts'
        yield Problem(variable, 'is missing', want=want, do='set it, or leave the host out')
    elif isinstance(documents, list):
        yield from _of_documents(documents, variable)
    else:
        yield Problem(variable, 'is not a list', shown(documents), 'a list of layouts', 'write it as one')


def _of_documents(documents: t.Sequence[t.Any], variable: str) -> t.Iterator[Problem]:
    scopes: dict[t.Any, str] = {}
    for number, document in enumerate(documents):
        where = '%s[%d]' % (variable, number)
        try:
            scope = read_layout(document).scope
        except InputError as exc:
            for problem in exc.problems:
                yield problem.at('%s.%s' % (where, problem.path))
            continue
        if scope in scopes:
            do = 'give each layout a scope of its own'
            yield Problem(where + '.name', 'is also that of ' + scopes[scope], scope, do=do)
        scopes.setdefault(scope, where)


__all__ = ['LAYOUTS', 'problems_of_hosts']
