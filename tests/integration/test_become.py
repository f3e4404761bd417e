# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The become plugin on a pretend host; the scenario ``signalling`` runs the same play over SSH."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.multinet.linux.tests.integration.pretend_host import play
from ansible_collections.multinet.linux.tests.tree import TOP

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


@pytest.mark.parametrize('pipelining', ['true', 'false'])
def test_any_module_in_a_namespace(tmp_path: pathlib.Path, pipelining: str) -> None:
    playbook = TOP / 'molecule/signalling/become.yml'
    status, output = play(tmp_path, playbook, ANSIBLE_PIPELINING=pipelining)
    assert status == 0, output


@pytest.mark.parametrize('inventory', ['ansible_become_method=sudo', 'ansible_become=false'])
def test_an_inventory_that_says_otherwise(tmp_path: pathlib.Path, inventory: str) -> None:
    """Variables of a play apply all the same. Keywords do not, which only the check of the documentation
    finds."""
    playbook = tmp_path / 'probe.yml'
    made = ('sh', '-c', 'ip netns add blue && exec "$@"', 'sh')
    playbook.write_text(PROBE % {'keywords': '', 'variables': VARIABLES})
    status, output = play(tmp_path, playbook, *made, inventory=inventory)
    assert status == 0, output
    playbook.write_text(PROBE % {'keywords': KEYWORDS, 'variables': ''})
    status, output = play(tmp_path, playbook, *made, inventory=inventory)
    assert status == 2 and 'non-zero return code' in output, output
