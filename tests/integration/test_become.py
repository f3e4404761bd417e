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


PROBE = """
- name: Inside, or not
  hosts: fleet
  gather_facts: false
  %(keywords)s
  vars: {ansible_netns: blue, %(variables)s}
  tasks:
    - ansible.builtin.command: test /proc/self/ns/net -ef /run/netns/{{ ansible_netns }}
      changed_when: false
"""
VARIABLES = 'ansible_become: true, ansible_become_method: multinet.linux.netns'
KEYWORDS = 'become: true\n  become_method: multinet.linux.netns'


def _play(
    folder: pathlib.Path, playbook: pathlib.Path, inventory: str, *command: str, **more: str
) -> tuple[int, str]:
    """Run a playbook on a pretend host, after *command*: its status and output."""
    # Not of this file: pytest collects it at the checkout's own path, which need not be inside a tree of collections.
    root = next(
        parent for parent in pathlib.Path(generator.__file__).parents if parent.name == 'ansible_collections'
    ).parent
    hosts = folder / 'inventory'
    hosts.write_text(
        '[fleet]\npretend ansible_connection=local ansible_become_exe=/usr/bin/env ansible_become_flags= '
        'ansible_python_interpreter=%s %s\n' % (sys.executable, inventory)
    )
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(root),
        'ANSIBLE_LOCAL_TEMP': str(folder),
        'ANSIBLE_REMOTE_TEMP': str(folder),
        'ANSIBLE_NOCOLOR': '1',
        'PYTHONDONTWRITEBYTECODE': '1',
        'ANSIBLE_ASYNC_DIR': str(folder),
        **more,
    }
    ansible = os.path.join(os.path.dirname(sys.executable), 'ansible-playbook')
    done = subprocess.run(
        [
            str(CHECKOUT / 'molecule/resources/pretend_host.sh'),
            'inside',
            'pretend',
            *command,
            ansible,
            '-i',
            str(hosts),
            str(playbook),
        ],
        env=environment,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize('pipelining', ['true', 'false'])
def test_any_module_in_a_namespace(tmp_path: pathlib.Path, pipelining: str) -> None:
    playbook = CHECKOUT / 'molecule/signalling/become.yml'
    status, output = _play(tmp_path, playbook, '', ANSIBLE_PIPELINING=pipelining)
    assert status == 0, output


@pytest.mark.parametrize('inventory', ['ansible_become_method=sudo', 'ansible_become=false'])
def test_an_inventory_that_says_otherwise(tmp_path: pathlib.Path, inventory: str) -> None:
    """Variables of a play apply all the same. Keywords do not, which only the check of the documentation finds."""
    playbook = tmp_path / 'probe.yml'
    made = ('sh', '-c', 'ip netns add blue && exec "$@"', 'sh')
    playbook.write_text(PROBE % {'keywords': '', 'variables': VARIABLES})
    status, output = _play(tmp_path, playbook, inventory, *made)
    assert status == 0, output
    playbook.write_text(PROBE % {'keywords': KEYWORDS, 'variables': ''})
    status, output = _play(tmp_path, playbook, inventory, *made)
    assert status == 2 and 'non-zero return code' in output, output
