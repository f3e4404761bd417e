# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module layout; wrong documents for it; and a play with it and every other module."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration.module_calls import WORLD
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    Case,
    Results,
    check_case,
    ids,
    step,
)
from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.everything import CASES as ALL_BAD

CASES = (
    Case(
        'layout',
        'layout',
        {
            'name': 'demo',
            'namespaces': [
                {'name': 'blue', 'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'blue0'}}]}
            ],
        },
        'ip -o link',
        ('blue0@',),
        {'name': 'demo'},
    ),
)
LOOK = 'ip -o link; ip netns; ls /run/multinet 2>&-; true'
# The wrong documents that reach the module as they are, or wrong in a way that Ansible itself reports.
BAD = [case for case in ALL_BAD if case.plain and isinstance(case.document, dict)]
RESULTS = Results(
    CASES,
    steps=[
        ('bad state', LOOK),
        *(('bad ' + case.id, step(('layout', case.document))) for case in BAD),
        ('bad state again', LOOK),
    ],
)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('case', BAD, ids=ids)
def test_wrong_documents_change_nothing(case: t.Any) -> None:
    result = RESULTS['bad ' + case.id]
    assert result.get('failed') and not result.get('changed'), result
    assert 'Traceback' not in json.dumps(result), result
    for path, message in case.problems if 'problems' in result else ():
        # Ansible makes a list of a text where a list is wanted.
        assert any(
            problem.startswith(path + ': ')
            and message in problem
            or path in case.document
            and problem.startswith(path + '[0]: ')
            for problem in result['problems']
        ), (path, message, result['problems'])
    assert RESULTS['bad state']['stdout'] == RESULTS['bad state again']['stdout']


PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  module_defaults:
    group/multinet.linux.layout:
      scope: lab
  tasks:
    - multinet.linux.netns: {name: blue}
    - multinet.linux.veth:
        namespace: blue
        name: eth0
        addresses: [10.0.0.2/24]
        peer: {name: blue0, addresses: [10.0.0.1/24]}
    - multinet.linux.ns_link: {namespace: blue, name: br0, kind: bridge}
    - multinet.linux.ns_route: {namespace: blue, routes: [{to: default, via: 10.0.0.1}]}
    - multinet.linux.ns_iptables: {namespace: blue, chains: [{chain: INPUT, rules: [-j ACCEPT]}]}
    - multinet.linux.layout_info:
      register: reported
    - ansible.builtin.copy: {content: "{{ reported | to_json }}", dest: "{{ playbook_dir }}/reported.json"}
    - multinet.linux.layout:
        links: "{{ reported.layout.links | default([]) }}"
        namespaces: "{{ reported.layout.namespaces }}"
      check_mode: true
      register: fed_back
      failed_when: fed_back is changed
    - multinet.linux.netns: {name: blue, state: absent}
"""


def test_a_play_with_every_module(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'play.yml').write_text(PLAY)
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(tree.COLLECTIONS),
        'ANSIBLE_LOCAL_TEMP': str(tmp_path),
        'ANSIBLE_REMOTE_TEMP': str(tmp_path),
        'ANSIBLE_NOCOLOR': '1',
        'PYTHONDONTWRITEBYTECODE': '1',
    }
    done = subprocess.run(
        [
            *WORLD,
            os.path.join(os.path.dirname(sys.executable), 'ansible-playbook'),
            '-i',
            'localhost,',
            '-e',
            'ansible_python_interpreter=' + sys.executable,
            'play.yml',
        ],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'changed=7' in done.stdout, done.stdout
    reported = json.loads((tmp_path / 'reported.json').read_text())
    assert reported['layout']['name'] == 'lab' and reported['left_out'] == []
    assert [link['name'] for link in reported['layout']['namespaces'][0]['links']] == ['br0', 'eth0']
