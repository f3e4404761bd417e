# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine as one file does the whole of its work without anything beside it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import bundle
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import nodes
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

_PLAY = '''import json, sys
sys.path.insert(0, sys.argv[1])
from multinet.host.pipeline import converge
document = json.load(sys.stdin)
print([converge(document, absent=absent).ops > 0 for absent in (False, False, True)])
print(sys.modules['pyroute2'].__path__)
'''


def _converges(archive: str, document: Document) -> tuple[str, str]:
    before = snapshot()
    done = subprocess.run(
        [sys.executable, '-I', '-S', '-c', _PLAY, archive],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, difference(before, snapshot())


@pytest.mark.quick
def test_the_archive_is_enough(tmp_path: pathlib.Path) -> None:
    archive = tmp_path / 'multinet.pyz'
    archive.write_bytes(bundle.build())
    said, left = world.in_world(_converges, str(archive), nodes(2))
    assert said == "[True, False, True]\n['%s/pyroute2']\n" % archive
    assert not left, left
    used = subprocess.run(
        [sys.executable, '-I', '-S', str(archive), '--help'], capture_output=True, text=True, check=False
    )
    assert used.returncode == 0
    assert 'undo' in used.stdout
