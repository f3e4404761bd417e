# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts in one play: tokens mean other addresses on each, templates know all of them, and the audit finds what is not so."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import pytest

CLONE = pathlib.Path(__file__).resolve().parents[2]
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - multinet.linux.listener_bind:
        internal: [10.2.0.0/16]
        listeners:
          - {name: sip, address: "{iface:up0:v4}", port: 5060, proto: tcp, type: external, external_address: "{{ inventory_hostname }}.example.com"}
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
        rows: "{{ ansible_play_hosts | map('extract', hostvars, 'sip') | map(attribute='internal') | flatten }}"
        lines:
          nginx: "{{ rows | multinet.linux.listener_upstreams('nginx', 'ipv6') }}"
          haproxy: "{{ rows | multinet.linux.listener_upstreams('haproxy', options='check') }}"
          towards: "{{ sip | multinet.linux.listener_for('10.1.0.77') | map(attribute='advertised') }}"
          inside: "{{ sip | multinet.linux.listener_for('10.2.0.77') | map(attribute='advertised') }}"
"""
SERVER = 'import socket, sys; held = [socket.create_server((a, int(p))) for a, p in (w.split(",") for w in sys.argv[1:])]; print("ready", flush=True); ' \
         'sys.stdin.read()'


class Fleet:
    """Two pretend hosts. They end with the test."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.script = str(CLONE / 'molecule/resources/pretend_host.sh')
        self.servers: list[subprocess.Popen[str]] = []

    def up(self) -> None:
        hosts: dict[str, t.Any] = {}
        for number, name in enumerate(('edge-1', 'edge-2'), 1):
            subprocess.run(['sh', self.script, 'up', name, str(self.folder / name), sys.executable], check=True, capture_output=True)
            hosts[name] = {'ansible_connection': 'local', 'ansible_python_interpreter': str(self.folder / name / 'python')}
            for command in ('link add up0 type veth peer name up1', 'address add 10.1.0.%d/24 dev up0' % number,
                            'address add 10.2.0.%d/24 dev up1' % number, 'link set up0 up', 'link set up1 up'):
                self.inside(name, 'ip', *command.split())
        (self.folder / 'inventory.json').write_text(json.dumps({'all': {'hosts': hosts}}), encoding='ascii')

    def inside(self, name: str, *words: str) -> None:
        subprocess.run(self.words(name, *words), check=True, capture_output=True)

    def words(self, name: str, *words: str) -> list[str]:
        pid = (self.folder / name / 'pid').read_text(encoding='ascii').strip()
        return ['nsenter', '--target', pid, '--net', '--mount', '--uts', '--', *words]

    def serve(self, name: str, *places: str) -> None:
        server = subprocess.Popen(self.words(name, sys.executable, '-c', SERVER, *places), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.servers.append(server)
        assert server.stdout and server.stdout.readline() == 'ready\n'

    def play(self, book: str, *options: str, fine: bool = True) -> str:
        program = shutil.which('ansible-playbook')
        assert program
        surroundings = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        done = subprocess.run([program, '-i', str(self.folder / 'inventory.json'), *options, book], cwd=self.folder, check=False, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, env=surroundings)
        assert (done.returncode == 0) == fine, done.stdout + done.stderr
        return done.stdout

    def down(self) -> None:
        for server in self.servers:
            server.kill()
            server.wait()
        for name in ('edge-1', 'edge-2'):
            subprocess.run(['sh', self.script, 'down', name, str(self.folder / name)], check=True, capture_output=True)


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
        'haproxy': ['server back_ipv4 10.2.0.1:5061 check', 'server back_ipv4 10.2.0.2:5061 check'],
        'towards': ['edge-1.example.com:5060'], 'inside': ['10.2.0.1:5061']}

    fleet.serve('edge-1', '10.1.0.1,5060', '10.2.0.1,5061')
    fleet.serve('edge-2', '0.0.0.0,8080', '10.2.0.2,5061')
    report = fleet.folder / 'report.json'
    fleet.play('multinet.linux.audit_listeners', '--check', '-e', 'audit_file=' + str(report))
    assert not report.exists()
    shown = fleet.play('multinet.linux.audit_listeners', '-e', 'audit_file=' + str(report), '-e', 'audit_fail=true', fine=False)
    found = json.loads(report.read_text(encoding='ascii'))
    assert found['edge-1'] == {'reached': True, 'findings': [], 'summary': {
        'internal': {'declared': 1}, 'external': {'declared': 1}, 'default': {}, 'undeclared': {}}}
    assert sorted((one['verdict'], one['name']) for one in found['edge-2']['findings']) == [('missing', 'sip'), ('undeclared', '')]
    for text in ('2 listeners are not as declared', 'nothing waits on tcp 10.1.0.2:5060 in host', 'tcp 0.0.0.0:8080 is held by', 'as declared'):
        assert text in shown, (text, shown)
