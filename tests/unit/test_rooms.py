# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rooms of module_utils: which may import which, and what only one of them may know
(docs/architecture.md)."""

from __future__ import annotations

import ast
import pathlib

import pytest

# It reads sources and runs none of them.
pytestmark = pytest.mark.one_python

HERE = pathlib.Path(__file__).resolve().parents[2] / 'plugins' / 'module_utils'
ROOMS = ('values', 'kernel', 'objects', 'engine', 'host', 'door')
FILES = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob('*.py') if path.name != '__init__.py')


def imports(name: str) -> list[tuple[int, str]]:
    """What a file imports: (level, module) of relative imports, (0, module) of others."""
    found = []
    for node in ast.walk(ast.parse((HERE / name).read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module or alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
    return found


def rooms_of(name: str) -> set[str]:
    """The rooms that a file reaches for by relative imports."""
    depth = name.count('/')
    return {module.split('.')[0] for level, module in imports(name) if level == depth + 1}


def test_there_are_files() -> None:
    assert {name.split('/')[0] for name in FILES} == set(ROOMS)


@pytest.mark.parametrize('name', FILES)
def test_a_room_imports_only_rooms_above(name: str) -> None:
    own = ROOMS.index(name.split('/')[0])
    assert not [room for room in rooms_of(name) if room not in ROOMS[:own]]


def test_no_file_imports_itself_by_way_of_others() -> None:
    left = {}
    for name in FILES:
        folders = name.split('/')[:-1]
        found = set()
        for level, module in imports(name):
            if level:
                start = '/'.join([*folders[: len(folders) - level + 1], *module.split('.')])
                found.update(path for path in FILES if path == start + '.py')
        left[name] = found
    while left:
        free = {name for name, needed in left.items() if not needed & left.keys()}
        assert free, 'these import each other: %s' % ', '.join(sorted(left))
        left = {name: needed for name, needed in left.items() if name not in free}


@pytest.mark.parametrize('name', FILES)
def test_imports_are_relative_and_light(name: str) -> None:
    absolute = {module.split('.')[0] for level, module in imports(name) if level == 0}
    assert 'ansible_collections' not in absolute
    if not name.startswith('door/'):
        assert 'ansible' not in absolute
    assert 'pyroute2' not in absolute  # codec.py loads it late, by name
