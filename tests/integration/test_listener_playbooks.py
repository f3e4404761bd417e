# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts in one play: tokens mean other addresses on each, templates know all of them, and the audit finds
what is not so.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.pretend_fleet import Fleet

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - multinet.linux.listener_bind:
        internal: [10.2.0.0/16]
        listeners:
          - name: sip
            address: "{iface:up0:v4}"
            port: 5060
            proto: tcp
            type: external
            external_address: "{{ inventory_hostname }}.example.com"
          - {name: back, address: "{prop:BACK}", port: 5061, proto: tcp, type: internal}
        properties: {BACK: "{subnet:10.2.0.0/16}"}
        destinations: [10.1.0.77, 10.2.0.77]
      register: sip
    - ansible.builtin.copy:
        content: "{{ lines | to_json }}"
        dest: "{{ playbook_dir }}/lines.json"
      delegate_to: localhost
      run_once: true
      vars:
        ansible_connection: local
        ansible_python_interpreter: "{{ ansible_playbook_python }}"
        rows: "{{ ansible_play_hosts | map('extract', hostvars, 'sip')
          | map(attribute='internal') | flatten }}"
        lines:
          nginx: "{{ rows | multinet.linux.listener_upstreams('nginx', 'ipv6') }}"
          haproxy: "{{ rows | multinet.linux.listener_upstreams('haproxy', options='check') }}"
          towards: "{{ sip | multinet.linux.listener_for('10.1.0.77') | map(attribute='advertised') }}"
          inside: "{{ sip | multinet.linux.listener_for('10.2.0.77') | map(attribute='advertised') }}"
"""


@pytest.fixture(name='fleet')
def _fleet(tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    fleet = Fleet(tmp_path)
    try:
        fleet.up()
        yield fleet
    finally:
        fleet.down()


def test_two_hosts_in_one_play_and_their_audit(fleet: Fleet) -> None:
    (fleet.folder / 'play.yml').write_text(PLAY, encoding='ascii')
    fleet.play('play.yml')
    assert json.loads((fleet.folder / 'lines.json').read_text(encoding='ascii')) == {
        'nginx': ['server 10.2.0.1:5061;', 'server 10.2.0.2:5061;'],  # there is none of IPv6
        'haproxy': ['server back_ipv4 10.2.0.1:5061 check', 'server back_ipv4_2 10.2.0.2:5061 check'],
        'towards': ['edge-1.example.com:5060'],
        'inside': ['10.2.0.1:5061'],
    }

    fleet.serve('edge-1', '10.1.0.1,5060', '10.2.0.1,5061')
    fleet.serve('edge-2', '0.0.0.0,8080', '10.2.0.2,5061')
    report = fleet.folder / 'report.json'
    fleet.play('multinet.linux.audit_listeners', '--check', '-e', 'audit_file=' + str(report))
    assert not report.exists()
    shown = fleet.play(
        'multinet.linux.audit_listeners',
        '-e',
        'audit_file=' + str(report),
        '-e',
        'audit_fail=true',
        fine=False,
    )
    found = json.loads(report.read_text(encoding='ascii'))
    assert found['edge-1'] == {
        'reached': True,
        'findings': [],
        'summary': {
            'internal': {'declared': 1},
            'external': {'declared': 1},
            'default': {},
            'undeclared': {},
        },
    }
    assert sorted((one['verdict'], one['name']) for one in found['edge-2']['findings']) == [
        ('missing', 'sip'),
        ('undeclared', ''),
    ]
    for text in (
        '2 listeners are not as declared',
        'nothing listens on tcp 10.1.0.2:5060 in host',
        'tcp 0.0.0.0:8080 is held by',
        'as declared',
    ):
        assert text in shown, (text, shown)
