# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kit for AWX, by the modules of awx.awx: what it makes, that a second run changes nothing, and that its
job templates start playbooks that there are.
"""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.awx.api import Awx, Server

AWX = tree.TOP / 'awx'
URL = 'https://git.example/site.git'


@pytest.fixture(name='awx')
def _awx() -> Awx:
    awx = Awx()
    for place, name in (('organizations', 'Default'), ('inventories', 'Hosts'), ('credentials', 'Hosts')):
        awx.add(place, {'name': name})
    return awx


def set_up(awx: Awx, folder: pathlib.Path) -> dict[str, t.Any]:
    """Run the kit; its counts."""
    top = importlib.metadata.distribution('ansible').locate_file('')
    with Server(awx) as server:
        environment = {
            **os.environ,
            'ANSIBLE_COLLECTIONS_PATH': str(top),
            'ANSIBLE_LOCAL_TEMP': str(folder),
            'ANSIBLE_REMOTE_TEMP': str(folder),
            'ANSIBLE_STDOUT_CALLBACK': 'ansible.builtin.default',
            'CONTROLLER_HOST': server.url,
            'CONTROLLER_OAUTH_TOKEN': 'token',
        }
        program = os.path.join(os.path.dirname(sys.executable), 'ansible-playbook')
        options = [
            '-i',
            'localhost,',
            '-e',
            'awx_project_url=' + URL,
            '-e',
            'ansible_python_interpreter=' + sys.executable,
        ]
        done = subprocess.run(
            [program, *options, str(AWX / 'controller.yml')],
            env=environment,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    recap = done.stdout.split('PLAY RECAP')[1].split('localhost')[1]
    return {**dict(word.split('=') for word in recap.split() if '=' in word), 'output': done.stdout}


def test_the_kit(awx: Awx, tmp_path: pathlib.Path) -> None:
    assert set_up(awx, tmp_path)['changed'] == '8'
    templates = awx.named('job_template')
    assert [template['playbook'] for template in templates.values()] == [
        'plan.yml',
        'apply.yml',
        'verify.yml',
        'remove.yml',
        'audit_listeners.yml',
        'audit_reachability.yml',
    ]
    project = awx.named('project')['multinet']
    for template in templates.values():
        assert template['project'] == project['id'] and not template['allow_simultaneous']
        plays = yaml.safe_load((AWX / 'project' / template['playbook']).read_text(encoding='utf-8'))
        imported = 'multinet.linux.' + template['playbook'][: -len('.yml')]
        assert plays[-1]['ansible.builtin.import_playbook'] == imported
        assert (tree.TOP / 'playbooks' / template['playbook']).is_file()
    assert (
        awx.named('schedule')['multinet every night']['unified_job_template']
        == templates['multinet verify']['id']
    )
    written = list(awx.writes)
    again = set_up(awx, tmp_path)
    assert again['changed'] == '0', (again['output'], awx.writes[len(written) :])
    assert awx.writes == written


def test_the_workflow_goes_on_and_fails_in_its_order(awx: Awx, tmp_path: pathlib.Path) -> None:
    set_up(awx, tmp_path)
    nodes = awx.named('workflow_job_template_node')
    names = {node['id']: name for name, node in nodes.items()}
    ways = {}
    for (number, what), members in awx.below.items():
        if number in names and members:
            ways[names[number], what] = [names[member] for member in members]
    assert ways == {
        ('plan', 'success_nodes'): ['approval'],
        ('approval', 'success_nodes'): ['apply'],
        ('apply', 'success_nodes'): ['verify'],
        ('apply', 'failure_nodes'): ['left'],
        ('verify', 'success_nodes'): ['audit'],
        ('verify', 'failure_nodes'): ['left'],
    }


def test_questions_of_surveys_are_variables_of_the_playbooks(awx: Awx, tmp_path: pathlib.Path) -> None:
    set_up(awx, tmp_path)
    for name, template in awx.named('job_template').items():
        files = [AWX / 'project' / template['playbook'], *(tree.TOP / 'playbooks').rglob('*.yml')]
        text = ' '.join(file.read_text(encoding='utf-8') for file in files)
        for question in awx.surveys[template['id']]['spec']:
            assert question['variable'] in text, (name, question)
            if question['choices']:
                assert question['default'] in question['choices'].split('\n')
