# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""README.md lists all that there is and nothing else, and commands on pages exist."""

from __future__ import annotations

import importlib
import pathlib
import re
import sys
import typing as t

import pytest

pytestmark = pytest.mark.one_python

CLONE = pathlib.Path(__file__).resolve().parents[2]
PAGES = [
    'README.md',
    'CONTRIBUTING.md',
    *sorted('docs/' + path.name for path in (CLONE / 'docs').glob('*.md')),
]
LINK = re.compile(r'\]\(([^)#:]+)[^):]*\)')
MAKE = re.compile(r'(?:^|`)make ([a-z-]+)', re.MULTILINE)
TOOL = re.compile(r'(?:^|`|\s)(tools/[\w.-]+)((?: [\w.-]+)*)', re.MULTILINE)


def text_of(page: str) -> str:
    return (CLONE / page).read_text(encoding='utf-8')


def rows(heading: str) -> list[list[str]]:
    """The rows of the table of README.md whose first column has this heading, cell by cell."""
    lines = text_of('README.md').splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith('| %s |' % heading))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith('|'):
            break
        table.append([cell.strip() for cell in line.strip('|').split(' | ')])
    return table


def first_words(heading: str) -> set[str]:
    """The words in code that stand in the first column."""
    return {word for row in rows(heading) for word in re.findall(r'`(\w+)`', row[0])}


def names_in(folder: str, pattern: str = '[a-z]*') -> set[str]:
    return {path.stem for path in (CLONE / folder).glob(pattern)}


def test_all_modules_are_listed() -> None:
    assert first_words('module') == names_in('plugins/modules', '[a-z]*.py')


def test_all_roles_are_listed() -> None:
    assert first_words('role') == names_in('roles')


def test_all_playbooks_are_listed() -> None:
    assert first_words('playbook') == names_in('playbooks', '*.yml')


@pytest.mark.parametrize('heading, kind', [('become plugin', 'become'), ('filter', 'filter')])
def test_all_other_plugins_are_listed(heading: str, kind: str) -> None:
    assert first_words(heading) == names_in('plugins/' + kind, '[a-z]*.py')


@pytest.mark.parametrize('page', PAGES)
def test_links_lead_to_files(page: str) -> None:
    targets = [(CLONE / page).parent / target for target in LINK.findall(text_of(page))]
    assert [str(target) for target in targets if not target.exists()] == []


@pytest.mark.parametrize('page', PAGES)
def test_targets_of_make_exist(page: str) -> None:
    targets = set(re.findall(r'^([a-z-]+):', text_of('Makefile'), re.MULTILINE))
    assert set(MAKE.findall(text_of(page))) <= targets


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """The steps of tools/test and the environments of tools/with."""
    monkeypatch.setattr(sys, 'path', [str(CLONE / 'tools'), *sys.path])
    steps = importlib.import_module('steps.table').STEPS
    environments = importlib.import_module('workshop').ENVIRONMENTS
    return {'tools/test': steps, 'tools/with': environments}


@pytest.mark.parametrize('page', PAGES)
def test_tools_exist_and_know_what_they_are_told(page: str, tables: dict[str, t.Any]) -> None:
    for tool, words in TOOL.findall(text_of(page)):
        assert (CLONE / tool).exists(), tool
        known, given = tables.get(tool), words.split()
        if known is not None and given and not given[0].startswith('-'):
            told = given if tool == 'tools/test' else given[:1]
            assert set(told) <= set(known), (tool, told)


def test_files_that_hold_findings_exist() -> None:
    table = text_of('docs/testing.md').split('<!-- begin: findings -->')[1].split('<!-- end: findings -->')[0]
    names = re.findall(r'`([\w./-]+\.(?:py|yml))`', table)
    paths = [CLONE / name if '/' in name else CLONE / 'tests/integration' / name for name in names]
    assert len(paths) > 50
    assert [str(path) for path in paths if not path.exists()] == []
