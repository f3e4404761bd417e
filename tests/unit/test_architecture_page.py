# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that lead through the code name only files, functions and classes that exist.

A page writes `engine/plan.py` for a file and `engine/plan.py:plan` for a name in it.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import typing as t

import pytest

pytestmark = pytest.mark.one_python

CLONE = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = (CLONE / 'plugins/module_utils', CLONE / 'plugins', CLONE)
PAGES = ('docs/architecture.md', 'docs/glossary.md', 'CONTRIBUTING.md')
# A path with a slash, or a file of Python; then perhaps a name.
REFERENCE = re.compile(r'`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.py)(?::([\w.]+))?`')
LINK = re.compile(r'\]\(([^)#:]+)[^):]*\)')


def text_of(page: str) -> str:
    return (CLONE / page).read_text(encoding='utf-8')


def references(page: str) -> list[tuple[str, str]]:
    """Paths and names ('' for none) on a page. A word in capitals in a path stands for any name."""
    pairs = sorted(set(REFERENCE.findall(text_of(page))))
    return [(path, name) for path, name in pairs if not re.search(r'(^|/)[A-Z]+[./]', path)]


def found_paths(path: str) -> list[pathlib.Path]:
    return [folder / path for folder in FOLDERS if (folder / path).exists()]


def defined_in(body: t.Iterable[ast.stmt]) -> t.Iterator[str]:
    """The functions, classes, methods and constants of a module or a class."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (node.name + '.' + name for name in defined_in(node.body))
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, 'target', None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@functools.cache
def names_of(path: pathlib.Path) -> set[str]:
    return set(defined_in(ast.parse(path.read_text(encoding='utf-8')).body))


def missing(path: str, name: str) -> str:
    """What is wrong with a reference; '' if it is right."""
    files = found_paths(path)
    if not files:
        return '%s does not exist' % path
    if name and not any(name in names_of(file) for file in files if file.suffix == '.py'):
        return '%s does not define %s' % (path, name)
    return ''


@pytest.mark.parametrize('page', PAGES)
def test_files_and_functions_exist(page: str) -> None:
    problems = [missing(path, name) for path, name in references(page)]
    assert not list(filter(None, problems))


@pytest.mark.parametrize('page', PAGES)
def test_links_lead_to_files(page: str) -> None:
    targets = [(CLONE / page).parent / target for target in LINK.findall(text_of(page))]
    assert [str(target) for target in targets if not target.exists()] == []


def test_the_page_is_read() -> None:
    """If the notation changes, the tests above must not pass for lack of references."""
    assert len([name for _path, name in references('docs/architecture.md') if name]) > 40


def test_a_wrong_reference_is_found() -> None:
    assert missing('engine/plan.py', 'plan') == ''
    assert missing('engine/plan.py', 'no_such_function') == 'engine/plan.py does not define no_such_function'
    assert missing('engine/no_such_file.py', '') == 'engine/no_such_file.py does not exist'
