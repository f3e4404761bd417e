# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of several hosts: what is not reached and what leaks, as a table and as JSON, and nothing
changed.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.pretend_fleet import Fleet

VARIABLES = {
    'edge-1': {
        'audit_probes': [
            {'kind': 'tcp', 'to': '10.1.0.1', 'port': 5060, 'timeout': 20},
            {'kind': 'icmp', 'to': '10.2.0.1', 'timeout': 20},
        ],
        'audit_separate': ['host', 'red'],
        'audit_crossings': {'nameservers': '{{ known_servers }}'},
    },
    'edge-2': {
        'audit_probes': [
            {'kind': 'tcp', 'to': '10.1.0.2', 'port': 5060, 'timeout': 20},
            {'kind': 'icmp', 'to': '192.0.2.1', 'expect': 'silent'},
            {'kind': 'tcp', 'to': '10.2.0.2', 'port': 8080, 'expect': 'refused', 'namespace': 'red'},
        ],
        'audit_timeout': 0.2,
        'audit_separate': ['host', 'red'],
        'audit_crossings': {'nameservers': '{{ known_servers }}'},
    },
}


@pytest.fixture(name='fleet')
def _fleet(tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    fleet = Fleet(tmp_path)
    try:
        fleet.up()
        yield fleet
    finally:
        fleet.down()


def test_audit_of_two_hosts(fleet: Fleet) -> None:
    # The hosts have the /etc of this machine, so that both namespaces ask its name servers.
    with open('/etc/resolv.conf', encoding='utf-8') as file:
        servers = [words[1] for words in map(str.split, file) if len(words) > 1 and words[0] == 'nameserver']
    for name, variables in VARIABLES.items():
        (fleet.folder / 'host_vars').mkdir(exist_ok=True)
        (fleet.folder / 'host_vars' / (name + '.json')).write_text(
            json.dumps({**variables, 'known_servers': servers}), encoding='ascii'
        )
        fleet.inside(name, 'ip', 'link', 'set', 'lo', 'up')
        fleet.inside(name, 'ip', 'netns', 'add', 'red')
    fleet.inside(
        'edge-2', 'ip', 'link', 'add', 'to-red', 'type', 'veth', 'peer', 'name', 'up0', 'netns', 'red'
    )
    fleet.serve('edge-1', '10.1.0.1,5060')
    report = fleet.folder / 'report.json'
    fleet.play('multinet.linux.audit_reachability', '--check', '-e', 'audit_file=' + str(report))
    assert not report.exists()
    shown = fleet.play(
        'multinet.linux.audit_reachability',
        '-e',
        'audit_file=' + str(report),
        '-e',
        'audit_fail=true',
        fine=False,
    )
    found = json.loads(report.read_text(encoding='ascii'))
    assert [(one['reached'], one['asked'], len(one['probes'])) for one in found.values()] == [
        (True, True, 2),
        (True, True, 3),
    ]
    assert not found['edge-1']['problems'] and not found['edge-1']['leaks']
    assert [probe['found'] for probe in found['edge-2']['probes']] == ['refused', 'silent', 'silent']
    assert [(leak['kind'], leak['namespaces']) for leak in found['edge-2']['leaks']] == [
        ('link', ['host', 'red'])
    ]
    for text in (
        'edge-1           as expected, 2 probes',
        'edge-2           host           tcp         10.1.0.2 port 5060           open     refused '
        ' local dev lo src 10.1.0.2',
        'edge-2           red            tcp         10.2.0.2 port 8080           refused  silent  '
        ' none (ENETUNREACH: Network is unreachable)',
        'edge-2           host           link        red                          -        leak    '
        ' frames pass over host/to-red - red/up0',
        'probes[0]: tcp 10.1.0.2 port 5060 from host, source 10.1.0.2: is not as wanted'
        ' (found refused: ECONNREFUSED: Connection refused',
    ):
        assert text in shown, (text, shown)


def test_a_host_that_cannot_be_looked_at(fleet: Fleet) -> None:
    hosts = fleet.folder / 'host_vars'
    hosts.mkdir()
    (hosts / 'edge-1.json').write_text(json.dumps({'audit_separate': ['host', 'gone']}), encoding='ascii')
    report = fleet.folder / 'report.json'
    shown = fleet.play('multinet.linux.audit_reachability', '-e', 'audit_file=' + str(report), fine=False)
    found = json.loads(report.read_text(encoding='ascii'))
    said = 'separate: namespace gone does not exist; correct the name, or make it first'
    assert found['edge-1'] == {'asked': True, 'reached': False, 'problems': [said], 'probes': [], 'leaks': []}
    assert not found['edge-2']['asked']
    assert 'edge-1           ' + said in shown and 'edge-2           nothing to check' in shown, shown
