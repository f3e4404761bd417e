# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts that only long scenarios and benchmarks run import what the collection has."""

from __future__ import annotations

import ast
import importlib
import pathlib

import pytest
from ansible_collections.multinet.linux.tests.tree import TOP

pytestmark = pytest.mark.one_python
OURS = 'ansible_collections.multinet.linux.'


def _scripts() -> list[pathlib.Path]:
    folders = ('benchmarks', 'molecule', 'tests/fleet', 'tests/guests', 'tools')
    files = [path for folder in folders for path in (TOP / folder).rglob('*') if path.is_file()]
    return [path for path in files if _is_python(path)]


def _is_python(path: pathlib.Path) -> bool:
    return path.suffix == '.py' or (not path.suffix and b'python' in path.read_bytes().split(b'\n')[0])


def _imports(path: pathlib.Path) -> list[tuple[str, str]]:
    """What a script imports from the collection: (module, name)."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if node.module and node.module.startswith(OURS)]
    return [(str(node.module), alias.name) for node in ours for alias in node.names]


IMPORTS = sorted({(path, *pair) for path in _scripts() for pair in _imports(path)})


def test_there_are_scripts() -> None:
    assert len({path for path, _module, _name in IMPORTS}) > 5


@pytest.mark.parametrize(
    ('path', 'module', 'name'), IMPORTS, ids=[f'{path.name}-{name}' for path, _module, name in IMPORTS]
)
def test_a_script_imports_what_there_is(path: pathlib.Path, module: str, name: str) -> None:
    if not hasattr(importlib.import_module(module), name):
        importlib.import_module(f'{module}.{name}')
