# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The become plugin on a pretend host; the scenario ``signalling`` runs the same play over SSH."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.multinet.linux.tests import generator

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize('pipelining', ['true', 'false'])
def test_any_module_in_a_namespace(tmp_path: pathlib.Path, pipelining: str) -> None:
    # Not of this file: pytest collects it at the checkout's own path, which need not be inside a tree of collections.
    root = next(
        parent for parent in pathlib.Path(generator.__file__).parents if parent.name == 'ansible_collections'
    ).parent
    inventory = tmp_path / 'inventory'
    inventory.write_text(
        '[fleet]\npretend ansible_connection=local ansible_become_exe=/usr/bin/env ansible_become_flags= '
        'ansible_python_interpreter=%s\n' % sys.executable
    )
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(root),
        'ANSIBLE_LOCAL_TEMP': str(tmp_path),
        'ANSIBLE_REMOTE_TEMP': str(tmp_path),
        'ANSIBLE_NOCOLOR': '1',
        'PYTHONDONTWRITEBYTECODE': '1',
        'ANSIBLE_PIPELINING': pipelining,
        'ANSIBLE_ASYNC_DIR': str(tmp_path),
    }
    done = subprocess.run(
        [
            str(CHECKOUT / 'molecule/resources/pretend_host.sh'),
            'inside',
            'pretend',
            os.path.join(os.path.dirname(sys.executable), 'ansible-playbook'),
            '-i',
            str(inventory),
            str(CHECKOUT / 'molecule/signalling/become.yml'),
        ],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
