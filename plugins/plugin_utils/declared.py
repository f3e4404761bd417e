# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces that the variables of a host declare."""

from __future__ import annotations

import pathlib
import typing as t

import yaml
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problem
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import shown, whole_number

from .given import as_data, is_given

_DEFAULTS = pathlib.Path(__file__).parents[2] / 'roles/bridged_nodes/defaults/main.yml'
_NAME, _COUNT = 'bridged_nodes_name', 'bridged_nodes_count'
_MOST = 65536  # nodes

Template = t.Callable[[t.Any], t.Any]


def declared_namespaces(
    variables: t.Mapping[str, t.Any], layouts: str, template: Template
) -> list[tuple[str, str]]:
    """The namespaces, each after its layout, that the layouts in one variable and the nodes of bridged_nodes
    make. *template* makes values of templates. Raises InputError.
    """
    namespaces = []
    if is_given(variables.get(layouts)):
        documents = as_data(template(variables[layouts]), layouts) or []
        if not isinstance(documents, list):
            raise InputError([Problem(layouts, 'is not a list', shown(documents), 'a list of layouts')])
        for number, document in enumerate(documents):
            namespaces += _of_document(document, '%s[%d]' % (layouts, number))
    if _NAME in variables or _COUNT in variables:
        namespaces += _of_nodes(variables, template)
    return list(dict.fromkeys(namespaces))


def _of_document(document: t.Any, path: str) -> list[tuple[str, str]]:
    try:
        layout = read_layout(document)
    except InputError as error:
        raise InputError(problem.at('%s.%s' % (path, problem.path)) for problem in error.problems) from None
    return [(layout.scope, namespace.name) for namespace in layout.namespaces if namespace.name]


def _of_nodes(variables: t.Mapping[str, t.Any], template: Template) -> list[tuple[str, str]]:
    defaults = yaml.safe_load(_DEFAULTS.read_text(encoding='utf-8'))
    given = {key: variables[key] for key in (_NAME, _COUNT) if is_given(variables.get(key))}
    name = str(template(given.get(_NAME, defaults[_NAME])))
    text = template(given.get(_COUNT, defaults[_COUNT]))
    count = whole_number(text)
    if count is None or not 0 <= count <= _MOST:
        raise InputError([Problem(_COUNT, 'is no number of nodes', shown(text), '0 to %d' % _MOST)])
    return [(name, '%s%d' % (name, number + 1)) for number in range(count)]


__all__ = ['declared_namespaces']
