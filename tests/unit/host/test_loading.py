# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is loaded at the start of a module, and what only on demand."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.multinet.linux.plugins import module_utils
from ansible_collections.multinet.linux.plugins.module_utils.host import on_demand

ROOT = pathlib.Path(module_utils.__path__[0])
HOST = ('commit_confirm', 'pending', 'pipeline', 'run', 'store')
FILES = [path for room in ('kernel', 'objects', 'engine') for path in (ROOT / room).rglob('*.py')]
FILES += [ROOT / 'host' / (name + '.py') for name in HOST]


def loaded_on_demand(path: pathlib.Path) -> set[str]:
    """The modules that functions of a file import, by their full names."""
    package = '.'.join([module_utils.__name__, *path.relative_to(ROOT).parent.parts])
    names = set()
    for function in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and node.level:
                    names.add(importlib.util.resolve_name('.' * node.level + (node.module or ''), package))
    return names


def test_all_that_is_loaded_on_demand_is_known() -> None:
    """A worker that waits for its confirmation, and the engine that runs at boot, load it before."""
    names = set().union(*map(loaded_on_demand, FILES))
    assert names == {'%s.%s' % (module_utils.__name__, name) for name in on_demand.NAMES}


@pytest.mark.parametrize(
    'room', ['objects.iptables.tools', 'objects.nftables.tool', 'host.watcher', 'engine.undo']
)
def test_what_few_runs_need_is_not_loaded_by_all(room: str) -> None:
    script = 'import sys; import %s.host.pipeline; sys.exit("%s.%s" in sys.modules)'
    words = [sys.executable, '-c', script % (module_utils.__name__, module_utils.__name__, room)]
    environment = {'PYTHONPATH': ':'.join(sys.path), 'PYTHONDONTWRITEBYTECODE': '1'}
    assert subprocess.run(words, env=environment, check=False).returncode == 0
