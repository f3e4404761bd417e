# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RETURN blocks of the modules that change a host say the same. Ansible has no fragments for them.

That they are true is tested with every case of tests/integration/module_cases.py, and in
tests/integration/test_module_results.py.
"""

from __future__ import annotations

import ast
import copy
import pathlib
import re
import typing as t

import pytest
import yaml

pytestmark = pytest.mark.one_python

PLUGINS = pathlib.Path(__file__).resolve().parents[3] / 'plugins'
CHANGED = re.compile(r"\.change\(\s*'(\w+)'")
"""How the plans of all kinds of objects note a change (Draft.change)."""
ENTRIES = re.compile(r"^    word = '(\w+)'$", re.MULTILINE)
"""How operations on entries of tables name them (EntryOperation.word)."""
SHARED = ('msg', 'changes', 'summary', 'confirmed', 'problems')
MORE_KINDS = {'layout': {'document'}}
FEWER_KINDS = {'listener_bind': {'iptables', 'unit', 'file', 'document'}}


def returned(module: str) -> t.Any:
    tree = ast.parse((PLUGINS / 'modules' / (module + '.py')).read_text(encoding='utf-8'))
    constants = {
        ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)
    }
    return yaml.safe_load(ast.literal_eval(constants['RETURN']))


DOCS = {path.stem: returned(path.stem) for path in sorted((PLUGINS / 'modules').glob('[a-z]*.py'))}
CHANGING = [module for module, docs in DOCS.items() if 'changes' in docs]


def shared(module: str) -> t.Any:
    """What all of them return, without samples and without the kinds of objects, which differ."""
    docs = {key: copy.deepcopy(DOCS[module][key]) for key in SHARED}
    del docs['changes']['contains']['kind']['description']
    for value in (*docs.values(), docs['changes']['contains']['name']):
        value.pop('sample', None)
    return docs


def kinds_in_plans() -> set[str]:
    texts = [path.read_text(encoding='utf-8') for path in (PLUGINS / 'module_utils').rglob('*.py')]
    kinds = set(CHANGED.findall('\n'.join(texts))) | set(ENTRIES.findall('\n'.join(texts)))
    assert len(kinds) > 5, 'changes are noted in another way now'
    return kinds


def test_there_are_modules() -> None:
    assert len(CHANGING) == 13


@pytest.mark.parametrize('module', CHANGING)
def test_modules_that_change_something_return_the_same(module: str) -> None:
    assert shared(module) == shared('layout')


@pytest.mark.parametrize('module', CHANGING)
def test_all_kinds_of_objects_are_named(module: str) -> None:
    text = str(DOCS[module]['changes']['contains']['kind']['description'])
    wanted = FEWER_KINDS.get(module) or kinds_in_plans() | MORE_KINDS.get(module, set())
    assert set(re.findall(r'V\((\w+)\)', text)) == wanted
