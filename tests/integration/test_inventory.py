# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces as hosts of an inventory: any module runs inside, and the playbooks leave them out."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration.pretend_host import play

SOURCE = 'plugin: multinet.linux.namespaces\n'
LAYOUTS = [
    {
        'name': 'lab',
        'namespaces': [
            {
                'name': 'web{n}',
                'replicas': 2,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.20.{n}.2/24'],
                        'peer': {'name': 'lab-{n}', 'addresses': ['10.20.{n}.1/24']},
                    }
                ],
            }
        ],
    }
]
SITE = """
- import_playbook: multinet.linux.apply
- hosts: lab
  gather_facts: false
  tasks:
    - ansible.builtin.command: cat /proc/net/fib_trie
      changed_when: false
      register: seen
    - ansible.builtin.copy:
        content: "{{ seen.stdout }}"
        dest: "%s/{{ ansible_netns }}-of-{{ multinet_host }}"
        mode: "0600"
    - ansible.builtin.template: {src: name.j2, dest: "%s/{{ inventory_hostname }}", mode: "0600"}
    - ansible.builtin.service_facts:
"""


def _inventory(
    folder: pathlib.Path, hosts: dict[str, t.Any], source: str = SOURCE
) -> subprocess.CompletedProcess[str]:
    """What ansible-inventory says of some hosts, with this source after them."""
    (folder / 'a.json').write_text(json.dumps({'all': {'hosts': hosts}}), encoding='ascii')
    (folder / 'b.multinet.yml').write_text(source, encoding='ascii')
    program = os.path.join(os.path.dirname(sys.executable), 'ansible-inventory')
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(tree.COLLECTIONS),
        'ANSIBLE_LOCAL_TEMP': str(folder),
    }
    return subprocess.run(
        [program, '-i', str(folder / 'a.json'), '-i', str(folder / 'b.multinet.yml'), '--list'],
        env=environment,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def test_groups_and_variables(tmp_path: pathlib.Path) -> None:
    hosts = {
        'db1.example': {
            'multinet_layouts': LAYOUTS,
            'ansible_port': 2222,
            'ansible_become_user': 'x',
            'other': 1,
        },
        'db2': {
            'multinet_layouts': json.dumps(LAYOUTS),
            'ansible_host': '192.0.2.1',
            'bridged_nodes_name': 'pxc',
            'bridged_nodes_count': '{{ 1 + 2 }}',
        },
        'db3': {'multinet_layouts': [{'name': 'lab', 'links': [{'name': 'x', 'kind': 'brigde'}]}]},
        'db4': {},
    }
    done = _inventory(tmp_path, hosts)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found['lab']['hosts'] == ['web1.db1.example', 'web2.db1.example', 'web1.db2', 'web2.db2']
    assert found['pxc']['hosts'] == ['pxc1.db2', 'pxc2.db2', 'pxc3.db2']
    assert found['namespaces_of_db1_example']['hosts'] == ['web1.db1.example', 'web2.db1.example']
    assert len(found['multinet_namespaces']['hosts']) == 7
    inside = found['_meta']['hostvars']['web2.db1.example'].items()
    plain = {key: value['__ansible_unsafe'] if isinstance(value, dict) else value for key, value in inside}
    assert plain == {
        'ansible_become': True,
        'ansible_become_method': 'multinet.linux.netns',
        'ansible_host': 'db1.example',
        'ansible_netns': 'web2',
        'ansible_port': 2222,
        'multinet_host': 'db1.example',
        'multinet_layout': 'lab',
        'multinet_layouts': [],
    }
    told = ' '.join(done.stderr.split())
    assert (
        "db3: its namespaces are left out: multinet_layouts[0].links[0].kind: is unknown (found 'brigde'"
        in told
    )


def test_a_group_of_hosts_gets_no_namespaces(tmp_path: pathlib.Path) -> None:
    hosts = {'db1': {'multinet_layouts': [{'name': 'all', 'namespaces': [{'name': 'blue'}]}]}}
    refused = _inventory(tmp_path, hosts)
    assert 'group all: is that of a layout too' in ' '.join(refused.stderr.split())
    fine = _inventory(tmp_path, hosts, SOURCE + 'layout_prefix: layout_\nhost_prefix: in_\n')
    found = json.loads(fine.stdout)
    assert found['layout_all']['hosts'] == found['in_db1']['hosts'] == ['blue.db1']


def test_a_site_playbook_runs_inside(tmp_path: pathlib.Path) -> None:
    variables = tmp_path / 'group_vars'
    variables.mkdir()
    (variables / 'fleet.json').write_text(json.dumps({'multinet_layouts': LAYOUTS}), encoding='ascii')
    (tmp_path / 'b.multinet.yml').write_text(SOURCE, encoding='ascii')
    (tmp_path / 'name.j2').write_text('{{ ansible_netns }} of {{ multinet_host }}', encoding='ascii')
    site = tmp_path / 'site.yml'
    site.write_text(SITE % (tmp_path, tmp_path), encoding='ascii')
    status, output = play(tmp_path, site, options=['-i', str(tmp_path / 'b.multinet.yml')])
    assert status == 0, output
    assert '2 hosts' not in output  # apply knows of one
    for number in (1, 2):
        seen = (tmp_path / ('web%d-of-pretend' % number)).read_text(encoding='ascii')
        assert '10.20.%d.2' % number in seen and '10.20.%d.1' % number not in seen
        assert (tmp_path / ('web%d.pretend' % number)).read_text(
            encoding='ascii'
        ) == 'web%d of pretend' % number
