# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns, compared with its RETURN block."""

from __future__ import annotations

import functools
import importlib
import re
import typing as t

import yaml

MODULES = 'ansible_collections.multinet.linux.plugins.modules.'
# What Ansible documents itself, for all modules.
OF_ANSIBLE = {'changed', 'failed', 'diff', 'invocation', 'warnings', 'deprecations', 'exception'}
TYPES: dict[str, t.Any] = {
    'str': str,
    'int': int,
    'bool': bool,
    'float': (int, float),
    'list': list,
    'dict': dict,
}
ALWAYS = {False: ('always', 'success'), True: ('always', 'failure')}
"""The words of ``returned`` that promise a value, by whether the module failed."""


@functools.cache
def return_docs(module: str) -> dict[str, t.Any]:
    text = importlib.import_module(MODULES + module).RETURN
    return t.cast('dict[str, t.Any]', yaml.safe_load(text))


def differences(module: str, result: dict[str, t.Any]) -> list[str]:
    """What *result* has and RETURN does not say, and the other way round."""
    values = {key: value for key, value in result.items() if key not in OF_ANSIBLE}
    docs = return_docs(module)
    promised = ALWAYS[bool(result.get('failed'))]
    lacking = [key for key in docs if docs[key]['returned'] in promised and key not in values]
    problems = ['%s: is documented as %s' % (key, docs[key]['returned']) for key in lacking]
    for key, value in values.items():
        problems += _of_value(key, value, docs[key]) if key in docs else ['%s: is not documented' % key]
    return problems


def _of_value(path: str, value: t.Any, doc: dict[str, t.Any]) -> list[str]:
    type_ = doc['type']
    if not isinstance(value, TYPES[type_]) or (type_ == 'int' and isinstance(value, bool)):
        return ['%s: is documented as %s, and is %r' % (path, type_, value)]
    if type_ == 'list':
        return _of_members(path, value, doc)
    if type_ == 'dict' and 'contains' in doc:
        return _of_keys(path, value, doc['contains'])
    words = set(re.findall(r'V\(([^)]*)\)', str(doc['description'])))
    if words and path.endswith(('.action', '.kind')) and value not in words:
        return ['%s: may be %s, which is not documented' % (path, value)]
    return []


def _of_members(path: str, members: list[t.Any], doc: dict[str, t.Any]) -> list[str]:
    problems: list[str] = []
    for member in members:
        problems += _of_value(path + '[]', member, {**doc, 'type': doc['elements']})
    return problems


def _of_keys(path: str, value: dict[str, t.Any], docs: dict[str, t.Any]) -> list[str]:
    lacking = [key for key in docs if key not in value]
    problems = ['%s.%s: is documented, and not returned' % (path, key) for key in lacking]
    for key, member in value.items():
        where = '%s.%s' % (path, key)
        problems += _of_value(where, member, docs[key]) if key in docs else [where + ': is not documented']
    return problems
