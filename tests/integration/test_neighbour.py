# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours and proxy entries: their life, and what the kernel drops of them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour import codec
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_after
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

Entry = dict[str, t.Any]

NINE = '02:00:00:00:00:09'
CARD = (
    'ip link add name nic address 02:00:00:00:00:01 type veth peer name far address 02:00:00:00:00:02',
    'ip link set nic up',
    'ip link set far up',
    'ip address add 10.0.0.1/24 dev nic',
    'ip address add fd00::1/64 dev nic nodad',
)
FOREIGN = (
    'ip neighbour add 10.0.0.77 lladdr 02:00:00:00:00:77 dev nic',
    'ip neighbour add fd00::77 lladdr 02:00:00:00:00:77 dev nic',
    'ip neighbour add proxy 10.0.0.78 dev nic',
    'ip neighbour add proxy fd00::78 dev nic',
)


def shown() -> list[str]:
    """All entries but those that the kernel makes and drops itself."""
    lines = [
        line.strip()
        for command in ('ip -d neighbour show nud all', 'ip -d neighbour show proxy')
        for line in run(command).splitlines()
    ]
    return sorted([line for line in lines if not line.startswith(('ff02:', 'fe80:', '224.0.0.'))])


def host() -> list[str]:
    for command in (*CARD, *FOREIGN):
        run(command)
    return shown()


ENTRIES: dict[str, tuple[Entry, str]] = {
    'permanent': ({'lladdr': NINE}, 'dev nic lladdr 02:00:00:00:00:09 PERMANENT proto 117'),
    'of IPv6': ({'to': 'fd00::9', 'lladdr': NINE, 'router': True}, 'router PERMANENT proto 117'),
    'noarp': ({'lladdr': NINE, 'nud': 'noarp', 'extern_learn': True}, 'extern_learn NOARP proto 117'),
    'learned': ({'lladdr': NINE, 'nud': 'reachable', 'extern_learn': True}, 'extern_learn REACHABLE'),
    'learned and permanent': ({'lladdr': NINE, 'extern_learn': True}, 'extern_learn PERMANENT'),
    'managed': ({'managed': True}, 'managed'),
    'proxy': ({'proxy': True}, '10.0.0.9 dev nic proxy proto 117'),
    'proxy of IPv6': ({'to': 'fd00::9', 'proxy': True, 'router': True}, 'fd00::9 dev nic router proxy'),
    'protocol': ({'lladdr': NINE, 'protocol': 97}, 'proto 97'),
}


def _life(more: Entry, line: str) -> None:
    entry = {'to': '10.0.0.9', 'dev': 'nic', **more}
    document: Document = {'name': 'lab', 'neighbours': [entry]}
    before = host()
    stopped_after(1, document)
    assert shown() == before
    predicted = converge(document, check=True)
    assert shown() == before
    outcome = converge(document)
    assert (predicted.changes, outcome.rounds) == (outcome.changes, 1)
    [added] = [each for each in shown() if each not in before]
    assert line in added
    silent(document)
    silent({'name': 'lab', **describe(scope='lab')[0]})
    assert describe(scope='lab')[0]['neighbours'] == [entry]
    other = {**entry, 'lladdr': '02:00:00:00:00:0a', 'nud': 'permanent'}
    for key in ('managed', 'proxy'):
        other.pop(key, None)
    change: Document = {'name': 'lab', 'neighbours': [other]}
    stopped_after(converge(change, check=True).ops, change)
    assert added in shown()
    converge(change)
    silent(change)
    assert len([each for each in shown() if each not in before]) == 1
    converge(document)
    assert added in shown()
    converge(document, absent=True)
    assert shown() == before


@pytest.mark.parametrize('name', ENTRIES)
def test_an_entry(name: str) -> None:
    in_world(_life, *ENTRIES[name])


DECLARED: Document = {
    'name': 'lab',
    'neighbours': [
        {'to': '10.0.0.9', 'dev': 'nic', 'lladdr': NINE},
        {'to': 'fd00::9', 'dev': 'nic', 'lladdr': NINE},
        {'to': '10.0.0.8', 'dev': 'nic', 'proxy': True},
        {'to': 'fd00::8', 'dev': 'nic', 'proxy': True},
    ],
}
DROPPING: dict[str, Document] = {
    'another hardware address': {'links': [{'name': 'nic', 'kind': 'physical', 'mac': '02:00:00:00:00:55'}]},
    'without ARP': {'links': [{'name': 'nic', 'kind': 'physical', 'arp': False}]},
}


def _dropped(contents: Document) -> None:
    before = host()
    document = {**DECLARED, **contents}
    converge(DECLARED)
    made = shown()
    stopped_after(converge(document, check=True).ops, document)
    assert shown() == made
    outcome = converge(document)
    assert outcome.rounds == 1
    assert [change.kind for change in outcome.changes] == ['link']
    assert shown() == made
    silent(document)
    converge(document, absent=True)
    assert shown() == before


@pytest.mark.parametrize('name', DROPPING)
def test_what_the_kernel_drops_comes_back(name: str) -> None:
    in_world(_dropped, DROPPING[name])


def _down_and_up() -> None:
    foreign = host()
    converge(DECLARED)
    made = shown()
    down: Document = {'name': 'lab', 'links': [{'name': 'nic', 'kind': 'physical', 'state': 'down'}]}
    converge(down, policy=Policy(adopt=True))
    assert foreign and not shown()
    silent(down)
    converge({**DECLARED, **down}, policy=Policy(adopt=True))
    assert len(shown()) == 4
    silent({**DECLARED, **down})
    converge(DECLARED)
    assert shown() == made
    silent(DECLARED)


def test_a_link_that_goes_down() -> None:
    in_world(_down_and_up)


def _of_others() -> None:
    run('ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:33 dev nic')
    run('ip neighbour add proxy fd00::8 dev nic protocol bgp')
    before = shown()
    text = refused(DECLARED)
    assert 'neighbour 10.0.0.9 dev nic in host: already exists and is not ours' in text
    assert 'found neighbour, lladdr 02:00:00:00:00:33, nud permanent' in text
    converge(DECLARED, policy=Policy(adopt=True))
    silent(DECLARED)
    converge(DECLARED, absent=True)
    assert shown() == [line for line in before if not line.startswith('10.0.0.9 ')]


def test_entries_of_others_stay_or_are_adopted() -> None:
    in_world(lambda: (host(), _of_others()))


def _learned() -> None:
    before = host()
    run('ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:33 dev nic nud reachable')
    run('ip neighbour add 10.0.0.10 lladdr 02:00:00:00:00:34 dev nic nud reachable')
    converge(DECLARED)
    silent(DECLARED)
    assert '02:00:00:00:00:33' not in run('ip neighbour')
    converge(DECLARED, absent=True)
    assert [line for line in shown() if 'PERMANENT' in line or 'proxy' in line] == before
    assert '10.0.0.10' in run('ip neighbour')


def test_what_the_kernel_learned_is_replaced_or_left() -> None:
    in_world(_learned)


def _exclusive(contents: Document) -> Document:
    peer = {'name': 'blue0', 'addresses': ['10.0.0.1/24', 'fd00::1/64']}
    link = {'name': 'eth0', 'kind': 'veth', 'addresses': ['10.0.0.2/24', 'fd00::2/64'], 'peer': peer}
    return {'name': 'lab', 'namespaces': [{'name': 'blue', 'exclusive': True, 'links': [link], **contents}]}


def _pruned() -> None:
    plain, said = _exclusive({}), _exclusive({'neighbours': []})
    converge(plain)
    run('ip -n blue neighbour add 10.0.0.9 lladdr 02:00:00:00:00:33 dev eth0')
    run('ip -n blue neighbour add 10.0.0.10 lladdr 02:00:00:00:00:34 dev eth0 extern_learn')
    run('ip -n blue neighbour add 10.0.0.11 lladdr 02:00:00:00:00:35 dev eth0 nud reachable')
    run('ip -n blue neighbour add proxy fd00::9 dev eth0')
    silent(plain)
    assert [change.title for change in converge(said).changes] == [
        'neighbour blue 10.0.0.9 dev eth0',
        'neighbour blue proxy fd00::9 dev eth0',
    ]
    silent(said)
    left = run('ip -n blue neighbour') + run('ip -n blue neighbour show proxy')
    assert '10.0.0.10 ' in left and '10.0.0.11 ' in left
    assert '10.0.0.9 ' not in left and 'fd00::9' not in left


def test_what_an_exclusive_namespace_keeps() -> None:
    in_world(_pruned)


MOVED: Document = {
    'name': 'lab',
    'namespaces': [
        {
            'name': 'blue',
            'links': [{'name': 'eth0', 'kind': 'physical', 'match': {'name': 'nic'}}],
            'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0', 'lladdr': NINE}],
        }
    ],
}


def _moved() -> None:
    before = host()
    converge(DECLARED)
    converge(MOVED)
    silent(MOVED)
    assert '10.0.0.9 dev eth0' in run('ip -n blue neighbour')
    assert 'fd00::9' not in run('ip -n blue neighbour')
    made = run('ip -n blue neighbour')
    stopped_after(converge(DECLARED, check=True).ops, DECLARED)
    assert run('ip -n blue neighbour') == made
    converge(DECLARED)
    silent(DECLARED)
    assert set(before) < set(shown())
    converge(MOVED)
    converge(MOVED, absent=True)
    assert shown() == before


def test_a_link_that_moves_between_namespaces() -> None:
    in_world(_moved)


def _after_a_boot() -> None:
    """The record is gone, and so is all that was made: the document that was kept is applied."""
    host()
    converge(DECLARED)
    made = shown()
    run('ip link set nic down')
    run('rm -r /run/multinet')
    run('ip link set nic up')
    run('ip address add fd00::1/64 dev nic nodad')
    for command in FOREIGN:
        run(command)
    converge(DECLARED)
    assert shown() == made
    run('rm -r /run/multinet')
    silent(DECLARED)
    run('rm -r /run/multinet')
    converge(DECLARED, absent=True)
    assert '10.0.0.9 ' not in ' '.join(shown())
    assert len(shown()) == 4


def test_a_boot_and_a_lost_record() -> None:
    in_world(_after_a_boot)


def _without_managed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a kernel before 5.16, which ignores the flag."""
    host()
    monkeypatch.setattr(codec.FoundNeighbour, 'is_managed', False)
    document: Document = {'name': 'lab', 'neighbours': [{'to': '10.0.0.9', 'dev': 'nic', 'managed': True}]}
    for check in (True, False):
        with pytest.raises(
            EngineError, match='does not support managed neighbours .*want Linux 5.16 or newer'
        ):
            converge(document, check=check)
    assert '10.0.0.9' not in run('ip neighbour')


def test_what_the_kernel_ignores_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    in_world(_without_managed, monkeypatch)
