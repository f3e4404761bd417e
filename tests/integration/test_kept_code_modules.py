# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module answers the same by code that the host keeps as by what Ansible sends, and a play by both ways."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils import kept_code
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.kept_code_world import (
    CODE,
    Answer,
    answer_of,
    start,
    words_of,
)
from ansible_collections.multinet.linux.tests.integration.module_calls import carry_out
from ansible_collections.multinet.linux.tests.integration.pretend_host import play
from ansible_collections.multinet.linux.tests.tree import TOP

BLUE = {'namespace': 'blue'}
# Each module, with what it makes, predicts, refuses or reports.
STEPS: list[tuple[str, dict[str, t.Any], bool]] = [
    ('netns', {'name': 'blue'}, True),
    ('netns', {'name': 'blue', 'sysctls': {'net.ipv4.ip_forward': 1}}, False),
    (
        'veth',
        {**BLUE, 'name': 'eth0', 'addresses': ['10.0.0.2/24'], 'peer': {'name': 'blue0', 'mtu': '1400'}},
        False,
    ),
    ('ns_link', {**BLUE, 'name': 'br0', 'kind': 'bridge', 'stp': True}, False),
    ('ns_route', {**BLUE, 'routes': [{'to': 'default', 'via': '10.0.0.1'}]}, False),
    ('ns_rule', {**BLUE, 'rules': [{'priority': 100, 'from': '10.1.0.0/24', 'table': 100}]}, False),
    ('ns_neighbour', {**BLUE, 'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0', 'proxy': True}]}, False),
    ('ns_address', {**BLUE, 'addresses': [{'address': '10.0.5.2/24', 'dev': 'eth0'}]}, False),
    ('ns_qdisc', {**BLUE, 'qdiscs': [{'link': 'eth0', 'kind': 'fq_codel'}]}, True),
    ('ns_sysctl', {**BLUE, 'sysctls': {'net.ipv4.ip_forward': 0}}, False),
    ('ns_iptables', {**BLUE, 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}, False),
    (
        'ns_nftables',
        {**BLUE, 'family': 'inet', 'name': 'own', 'content': 'chain c { counter }', 'wrong': 1},
        False,
    ),
    ('layout', {'name': 'two', 'namespaces': [{'name': 'red', 'links': [{'kind': 'bridge'}]}]}, False),
    ('layout', {'name': 'two', 'namespaces': [{'name': 'red'}], 'keep': False}, False),
    ('listener_bind', {'listeners': [{'name': 'web', 'protocol': 'tcp', 'port': 1}], 'wrong': 1}, True),
    ('listener_info', {'namespaces': ['blue']}, False),
    ('reachability', {'probes': [{'from': 'blue', 'to': '10.0.0.2'}]}, False),
    ('layout_info', {'scope': 'two'}, False),
]


def test_all_modules_are_compared() -> None:
    there = {path.stem for path in TOP.glob('plugins/modules/[!_]*.py')}
    assert {step[0] for step in STEPS} == there


def test_an_old_interpreter_reads_the_thin_module() -> None:
    """So far that it can tell."""
    assert b'__future__' not in kept_code.thin_program()


def _by_thin(
    module: str, arguments: t.Mapping[str, t.Any], check: bool = False, python: str = sys.executable
) -> Answer:
    """The answer of a module by the code of this version, which the host keeps from the first call on."""
    answer = answer_of(start(words_of(module, arguments, kept_code.DIGEST, check=check), python))
    if answer.state == 'lacking':
        sources = kept_code.sources_to_send().decode()
        answer = answer_of(start(words_of(module, arguments, kept_code.DIGEST, sources, check), python))
    assert not answer.state, answer
    return answer


def _all_by_thin() -> list[Answer]:
    return [_by_thin(*step) for step in STEPS]


def test_a_module_answers_the_same() -> None:
    shown = [[module, {**args, '_ansible_inject_invocation': True}, check] for module, args, check in STEPS]
    by_sources = world.in_world(carry_out, shown)
    by_code = world.in_world(_all_by_thin)
    for step, wanted, answer in zip(STEPS, by_sources, by_code):
        assert answer.result == wanted, step
        assert answer.status == bool(wanted.get('failed')) and not answer.errors, (step, answer)
    assert sum(bool(answer.result.get('failed')) for answer in by_code) < len(STEPS) / 2


_BUNDLE = '''import hashlib
from ansible_collections.multinet.linux.plugins.module_utils.host import bundle
print(hashlib.sha256(bundle.build()).hexdigest(), bundle.__file__)
'''
_FROM_CODE = '''import marshal, sys
data, path = open(sys.argv[1], 'rb').read(), sys.argv[1]
runner = {'__name__': 'runner'}
start = data.index(b'\\n') + 1 + 8
size = int.from_bytes(data[start:start + 8], 'big')
exec(marshal.loads(data[start + 8:start + 8 + size]), runner)
sys.meta_path.insert(0, runner['Kept'](data, start + 8 + size, path))
'''


def _bundles() -> list[str]:
    _by_thin('layout_info', {})
    (file,) = CODE.iterdir()
    paths = os.pathsep.join(sys.path)
    said = []
    for script in (_BUNDLE, _FROM_CODE + _BUNDLE):
        words = [sys.executable, '-c', script, file]
        environment = {'PYTHONPATH': paths, 'PYTHONDONTWRITEBYTECODE': '1'}
        said.append(subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout)
    return said


def test_the_boot_bundle_is_the_same() -> None:
    """It is made from the sources of what runs."""
    by_sources, by_code = [line.split() for line in world.in_world(_bundles)]
    assert by_sources[0] == by_code[0]
    assert by_code[1].startswith(str(CODE)) and not by_sources[1].startswith(str(CODE))


def _by_another_interpreter() -> tuple[Answer, Answer]:
    """From one without pyroute2 to one that has it."""
    program = pathlib.Path('/run/python')
    program.write_text('#!/bin/sh\necho again >>/run/again\nexec %s "$@"\n' % sys.executable)
    program.chmod(0o755)
    world.run('mount --bind %s %s' % (program, os.path.realpath('/usr/bin/python3')))
    without = os.path.realpath(sys.executable)
    assert subprocess.run([without, '-c', 'import pyroute2'], check=False, capture_output=True).returncode
    answers = (_by_thin('netns', {'name': 'blue'}, python=without), _by_thin('netns', {'name': 'blue'}))
    assert pathlib.Path('/run/again').exists()
    return answers


def test_a_module_goes_over_to_another_interpreter() -> None:
    made, again = world.in_world(_by_another_interpreter)
    assert made.result['changed'] and not again.result['changed'], (made, again)
    assert made.result['invocation'] == again.result['invocation']


def _with_a_mistake() -> Answer:
    members = kept_code.sources()
    place = 'ansible_collections/multinet/linux/plugins/modules/netns.py'
    mistake = b"def main():\n    raise RuntimeError('a mistake of ours')\n\n\nmain()\n"
    members = {path: source for path, source in members.items() if 'module_utils' in path or not source}
    members[place] = mistake
    sources = base64.b64encode(kept_code.packed(members)).decode()
    arguments = {'_ansible_tracebacks_for': ['error']}
    assert answer_of(start(words_of('netns', arguments, 'a' * 24))).state == 'lacking'
    answer_of(start(words_of('netns', arguments, 'a' * 24, sources)))
    return answer_of(start(words_of('netns', arguments, 'a' * 24)))


def test_a_traceback_has_lines() -> None:
    answer = world.in_world(_with_a_mistake)
    assert answer.status == 1
    text = json.dumps(answer.result) + answer.errors
    assert "raise RuntimeError('a mistake of ours')" in text and 'modules/netns.py' in text, text


PLAY = '''
- hosts: fleet
  gather_facts: false
  vars:
    calls: [{name: blue}, {name: blue, nsid: high}]
  tasks:
    - multinet.linux.netns: {name: blue}
      check_mode: true
    - ansible.builtin.shell: "! ls /var/cache/multinet"
    - multinet.linux.netns: "{{ item }}"
      loop: "{{ calls }}"
      ignore_errors: true
      register: by_code
    - ansible.builtin.command: ip netns delete blue
    - multinet.linux.netns: "{{ item }}"
      loop: "{{ calls }}"
      ignore_errors: true
      register: by_archive
      vars: {multinet_keep_code: 'no', ansible_pipelining: true}
    - multinet.linux.layout_info:
      register: read_by_code
      vars: {ansible_pipelining: true}
    - multinet.linux.layout_info:
      register: read_later
      async: 60
      poll: 1
    - ansible.builtin.shell: find /var/cache/multinet -type f; chmod 777 /var/cache/multinet
      register: files
    - multinet.linux.layout_info:
      register: read_by_archive
    - multinet.linux.layout_info:
    - ansible.builtin.copy:
        content: "{{ {'by code': by_code.results, 'by archive': by_archive.results,
          'files': files.stdout_lines, 'read by code': read_by_code, 'read by archive': read_by_archive,
          'read later': read_later} | to_json }}"
        dest: "{{ playbook_dir }}/told.json"
'''


def test_a_play_by_both_ways(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'play.yml').write_text(PLAY)
    status, output = play(tmp_path, tmp_path / 'play.yml', options=['-vv'], new=True)
    assert status == 0, output
    told = json.loads((tmp_path / 'told.json').read_text())
    assert told['by code'] == told['by archive']
    assert [bool(result.get('failed')) for result in told['by code']] == [False, True]
    assert told['read by code'] == told['read by archive']
    assert told['read later']['layout'] == told['read by code']['layout']
    assert len(told['files']) == 1
    # Check mode makes none.
    assert output.count('keeps no code (/var/cache/multinet: does not exist)') == 1
    assert output.count('sends the code to keep') == 1
    # The host is asked once.
    assert output.count('keeps no code (/var/cache/multinet: another user than root can write to it)') == 1
