# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job templates of AWX: answers to surveys are text, results go on to the next node of a workflow."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.multinet.linux.tests.integration.pretend_fleet import Fleet
from ansible_collections.multinet.linux.tests.integration.tower import Tower, project_file

HOSTS = ('edge-1', 'edge-2', 'edge-3')
LAYOUT = {
    'name': 'lab',
    'links': [{'name': 'br-lab', 'kind': 'bridge', 'addresses': ['10.20.0.1/24']}],
    'namespaces': [
        {
            'name': 'web{n}',
            'replicas': 2,
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.20.0.{n+1}/24'],
                    'peer': {'name': 'lab-{n}', 'master': 'br-lab'},
                }
            ],
        }
    ],
}
BLANK = dict.fromkeys(
    (
        'multinet_hosts',
        'multinet_serial',
        'multinet_adopt',
        'multinet_overlap',
        'multinet_force',
        'multinet_max_delete',
        'multinet_keep',
        'multinet_confirm',
        'multinet_confirm_timeout',
        'multinet_verify_tasks',
    ),
    '',
)
TEXTS = {
    'multinet_hosts': 'all',
    'multinet_serial': '1,50%,100%',
    'multinet_adopt': 'false',
    'multinet_overlap': 'false',
    'multinet_force': 'no',
    'multinet_max_delete': '0',
    'multinet_keep': 'false',
    'multinet_confirm': 'never',
    'multinet_confirm_timeout': '30',
}
SIZE = 4096  # bytes of an artifact


@pytest.fixture(name='fleet')
def _fleet(tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    fleet = Fleet(tmp_path, HOSTS)
    try:
        fleet.up()
        yield fleet
    finally:
        fleet.down()


def _names(fleet: Fleet, host: str) -> list[str]:
    return sorted(path.name for path in pathlib.Path(fleet.root(host), 'run/netns').glob('*'))


def test_answers_are_text_and_results_go_on(fleet: Fleet) -> None:
    tower = Tower(fleet, {})
    answers = {**TEXTS, 'multinet_layouts': yaml.safe_dump([LAYOUT])}
    planned = tower.run('plan.yml', **answers)
    assert planned.status == 'successful', planned.output
    assert planned.artifacts['multinet_plan']['planned'] == {'count': 3, 'hosts': list(HOSTS)}
    assert '2 namespaces' in ' '.join(planned.artifacts['multinet_plan']['page'])

    (tower.folder / 'project/checks').mkdir()
    project_file(tower, 'checks/own.yml', '- debug: {msg: "my own check of {{ inventory_hostname }}"}\n')
    applied = tower.run('apply.yml', **{**answers, 'multinet_verify_tasks': 'checks/own.yml'})
    assert applied.status == 'successful', applied.output
    assert applied.changed == dict.fromkeys(HOSTS, 1)
    told = applied.artifacts['multinet_apply']
    assert told['ok'] and told['summary'] == '3 changed and verified'
    assert len(json.dumps(applied.artifacts)) < SIZE
    for host in HOSTS:
        assert 'my own check of ' + host in applied.output
        assert _names(fleet, host) == ['web1', 'web2']

    # As JSON, and everything else without an answer.
    again = tower.run('verify.yml', **{**BLANK, 'multinet_layouts': json.dumps([LAYOUT])})
    assert again.status == 'successful', again.output
    assert again.artifacts['multinet_verify']['summary'] == '3 as declared'
    answers = {**BLANK, 'multinet_layouts': '- name: lab\n', 'multinet_serial': '100%'}
    refused = tower.run('remove.yml', **answers, multinet_word='keep')
    assert refused.status == 'failed' and _names(fleet, 'edge-3') == ['web1', 'web2']
    gone = tower.run('remove.yml', **answers, multinet_word='remove')
    assert gone.artifacts['multinet_remove']['summary'] == '3 changed and verified', gone.output
    assert not any('warning' in job.output.lower() for job in (planned, applied, again, gone))
    assert not _names(fleet, 'edge-3')


def test_wrong_answers_are_refused_by_name_before_any_host_is_reached(fleet: Fleet) -> None:
    tower = Tower(fleet, {})
    refused = tower.run(
        'apply.yml',
        multinet_layouts='- name: lab\n  links: [',
        multinet_serial='1,many',
        multinet_max_delete='few',
        multinet_keep='perhaps',
        multinet_confirm='sometimes',
        multinet_verify_tasks='gone.yml',
    )
    assert refused.status == 'failed'
    problems = refused.artifacts['multinet_apply']['page']
    assert [problem.split(': ')[1] for problem in problems] == [
        'multinet_keep',
        'multinet_max_delete',
        'multinet_confirm',
        'multinet_serial',
        'multinet_verify_tasks',
        'multinet_layouts',
    ]
    for problem in problems:
        assert problem.startswith('edge-1, edge-2, edge-3: '), problem
        assert problem in refused.output.replace('\\"', '"').replace("\\'", "'")
    assert 'Converge the host to each layout' not in refused.output


def test_a_host_that_fails_is_reported_with_the_others(fleet: Fleet) -> None:
    tower = Tower(fleet, {'multinet_layouts': [LAYOUT]})
    fleet.inside('edge-2', 'ip', 'link', 'add', 'br-lab', 'type', 'bridge')
    failed = tower.run('apply.yml', multinet_serial='2,1')
    assert failed.status == 'failed'
    told = failed.artifacts['multinet_apply']
    assert not told['ok']
    assert told['changed']['hosts'] == ['edge-1'], (told, failed.output)
    assert told['failed']['hosts'] == ['edge-2']
    assert told['pending']['hosts'] == ['edge-3']
    page = '\n'.join(told['page'])
    assert 'link host/br-lab: already exists' in page and '2 namespaces' in page
    assert _names(fleet, 'edge-1') == ['web1', 'web2']
    # What was changed was looked at again, and the page is in the output.
    assert 'Verify that the host is as declared' in failed.output
    assert '1 host (edge-3)' in failed.output


def test_an_own_check_that_fails(fleet: Fleet) -> None:
    tower = Tower(fleet, {'multinet_layouts': [LAYOUT]})
    project_file(tower, 'own.yml', '- assert: {that: inventory_hostname != "edge-1"}\n')
    failed = tower.run('apply.yml', multinet_verify_tasks='own.yml')
    told = failed.artifacts['multinet_apply']
    assert failed.status == 'failed' and not told['ok']
    assert told['summary'] == '1 applied but not proven, 2 pending', (told, failed.output)


LAB = """
- hosts: edge-1
  gather_facts: false
  tasks:
    - multinet.linux.layout:
        name: lab
        links: [{name: br-lab, kind: bridge, addresses: [10.20.0.1/16]}]
        namespaces:
          - name: web{n}
            replicas: "{{ nodes }}"
            links:
              - name: eth0
                kind: veth
                addresses: ["{10.20.0.1+n}/16"]
                peer: {name: "lab-{n}", master: br-lab}
            routes: [{to: default, via: 10.20.0.1}]
"""
EVENT = 1023  # bytes of an event that AWX shows


@pytest.mark.parametrize('nodes', [3, 64, 4096])
def test_a_plan_fits(fleet: Fleet, nodes: int) -> None:
    tower = Tower(fleet, {})
    project_file(tower, 'lab.yml', LAB)
    planned = tower.run('lab.yml', '--check', '--diff', nodes=nodes)
    assert planned.status == 'successful', planned.output
    shown = planned.of('runner_on_file_diff')[0]['stdout'].encode()[:EVENT].decode()
    for line in (
        '%d namespaces, %d links, %d addresses and %d routes created'
        % (nodes, 2 * nodes + 1, nodes + 1, nodes),
        '+ namespace web1 ... web%d (%d)' % (nodes, nodes),
        '+ link host/br-lab',
        '+ link host/lab-1 ... host/lab-%d (%d)' % (nodes, nodes),
        '+ link web1/eth0 ... web%d/eth0 (%d)' % (nodes, nodes),
        '+ address host/br-lab 10.20.0.1/16',
        '+ address web1/eth0 10.20.0.2/16 ... web%d/eth0 ' % nodes,
        '+ route web1 default ... web%d default (%d)' % (nodes, nodes),
    ):
        assert line in shown, (line, shown)
    (done,) = planned.of('runner_on_ok')
    result = done['event_data']['res']
    assert '%d namespaces' % nodes in result['msg'] and result['summary']['created'] > 4 * nodes
    assert len(json.dumps(result)) < 20_000
