# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines: made, changed, replaced and restored. Kinds that this kernel may lack are tried on
guests (molecule/kernels)."""

from __future__ import annotations

import copy
import os
import re
import socket
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.world import run

PAIR = {'name': 'v0', 'kind': 'veth', 'peer': {'name': 'v1'}}
CARD = {'name': 'nic', 'kind': 'physical'}
TREE = [
    {'link': 'v0', 'kind': 'tbf', 'handle': '1:', 'rate': '10mbit', 'latency': '20ms'},
    {'link': 'v0', 'kind': 'bfifo', 'parent': '1:1', 'limit': 9999},
    {'link': 'v0', 'kind': 'clsact'},
]
HTB: dict[str, t.Any] = {
    'link': 'v0',
    'kind': 'htb',
    'handle': '1:',
    'default': '30',
    'classes': [
        {'classid': '1:1', 'rate': '100mbit'},
        {'classid': '1:10', 'parent': '1:1', 'rate': '10mbit', 'ceil': '20mbit', 'prio': 1},
        {'classid': '1:30', 'parent': '1:1', 'rate': '1mbit', 'ceil': '100mbit', 'quantum': 3000},
    ],
    'filters': [
        {'to': '10.0.0.2', 'flowid': '1:10'},
        {'from': 'fd00::/17', 'to': 'fd00:1::5', 'flowid': '1:10'},
        {'from': '10.0.0.0/8', 'ipproto': 'tcp', 'dport': 80, 'flowid': '1:30'},
        {'pref': 99, 'flowid': '1:30'},
    ],
}
FOREIGN = (
    'ip link add nic type veth peer name far',
    'ip link set nic up',
    'ip link set far up',
    'tc qdisc add dev nic root handle 7: htb default 10 r2q 1',
    'tc class add dev nic parent 7: classid 7:1 htb rate 10mbit',
    'tc class add dev nic parent 7:1 classid 7:10 htb rate 1mbit ceil 2mbit prio 3',
    'tc qdisc add dev nic parent 7:10 handle 10: pfifo limit 77',
    'tc filter add dev nic parent 7: pref 7 protocol ip u32 match ip dst 10.0.0.7/32 flowid 7:10',
)


def shown(*links: str) -> list[str]:
    """What tc shows, without what counts or is chosen by the kernel."""
    lines: list[str] = []
    for link in links:
        for what in ('qdisc', 'class', 'filter'):
            lines += run('tc %s show dev %s' % (what, link)).splitlines()
    text = re.sub(r'direct_packets_stat \d+ |refcnt \d+ |\b8[0-9a-f]{3}: ', '', '\n'.join(lines))
    text = re.sub('.*(noqueue|class tbf).*\n?', '', text)
    return [line.strip() for line in text.splitlines()]


def document(*qdiscs: dict[str, t.Any], **short: t.Any) -> Document:
    return {'name': 'x', 'links': [{**PAIR, **short}], 'qdiscs': list(qdiscs)}


def _done(wanted: Document, **policy: t.Any) -> list[str]:
    """Predicted, done and not done again. Returns what tc shows."""
    predicted = converge(wanted, check=True, **policy).changes
    outcome = converge(wanted, **policy)
    assert outcome.rounds == 1
    titles = [change.title for change in predicted]
    assert titles == [change.title for change in outcome.changes]
    again = converge(wanted, **policy)
    assert not again.ops, again.changes
    return shown('v0', 'v1') if 'v0' in run('ip -br link') else []


def _life() -> None:
    assert _done(document(limit='100mbit')) == ['qdisc tbf root rate 100Mbit burst 125000b lat 50ms']
    handle = run('tc qdisc show dev v0').split()[2]
    assert _done(document(limit='1mbit')) == ['qdisc tbf root rate 1Mbit burst 10Kb lat 50ms']
    assert run('tc qdisc show dev v0').split()[2] == handle, 'it was not changed in place'
    assert _done(document(*TREE))[:3] == [
        'qdisc tbf 1: root rate 10Mbit burst 12500b lat 20ms',
        'qdisc bfifo parent 1:1 limit 9999b',
        'qdisc clsact ffff: parent ffff:fff1',
    ]
    described, _left_out = describe(scope='x')
    assert [entry['kind'] for entry in described['qdiscs']] == ['tbf', 'bfifo', 'clsact']
    assert not converge({**document(), 'qdiscs': described['qdiscs']}).ops
    whole, left_out = describe()
    assert whole['qdiscs'] == described['qdiscs'] and not any('queueing' in text for text in left_out)
    assert not any('bfifo' in line for line in _done(document(TREE[0], TREE[2])))
    assert _done(document({'link': 'v1', 'kind': 'pfifo', 'limit': 77})) == ['qdisc pfifo root limit 77p']
    assert _done(document()) == []
    _done(document(limit='1mbit'))
    converge(document(), absent=True)
    assert 'v0' not in run('ip -br link')


def test_a_qdisc_is_made_changed_replaced_and_removed() -> None:
    world.in_world(_life)


def _classes() -> None:
    wanted = document(copy.deepcopy(HTB), {'link': 'v0', 'kind': 'pfifo', 'parent': '1:10', 'limit': 5})
    lines = _done(wanted)
    assert 'class htb 1:30 parent 1:1 prio 0 rate 1Mbit ceil 100Mbit burst 1600b cburst 12500b' in lines
    assert 'match 00000050/0000ffff at 20' in lines and 'match 0a000002/ffffffff at 16' in lines
    described, _left_out = describe(scope='x')
    assert not converge({**document(), 'qdiscs': described['qdiscs']}).ops
    whole, left_out = describe()
    assert whole['qdiscs'] == described['qdiscs'] and not any('queueing' in text for text in left_out)
    _done(wanted)
    before = run('tc qdisc show dev v0')
    wanted['qdiscs'][0]['classes'][1]['rate'] = '12mbit'
    assert any('rate 12Mbit ceil 20Mbit' in line for line in _done(wanted))
    assert run('tc qdisc show dev v0') == before, 'the class was not changed in place'
    stopped_at_the_end(document())
    assert run('tc qdisc show dev v0') == before
    wanted['qdiscs'][0]['filters'].pop()
    assert not any('pref 99' in line for line in _done(wanted))
    assert _done(document()) == []


def test_classes_and_filters_of_htb() -> None:
    world.in_world(_classes)


def _pairs() -> None:
    rest = {'link': 'v0', 'limit': '50mbit'}
    slow = {'link': 'v0', 'to': '10.0.0.2', 'limit': '8kbit'}
    other = {'link': 'v0', 'from': 'fd00::1', 'to': 'fd00::2', 'limit': '5mbit'}
    assert any('rate 8Kbit' in line for line in _done(document(slow, other)))
    wire = {**PAIR, 'addresses': ['10.0.0.1/24']}
    wire['peer'] = {'name': 'v1', 'addresses': ['10.0.0.9/24']}
    inside: Document = {'name': 'y', 'namespaces': [{'name': 'n', 'links': [wire], 'qdiscs': [rest, slow]}]}
    assert not converge(document(), absent=True).not_restored
    converge(inside)
    for address in ('10.0.0.2', '10.0.0.3'):
        run('ip -n n neighbour replace %s lladdr 02:00:00:00:00:02 dev v0' % address)
    world.inside('n', _send, '10.0.0.2')
    world.inside('n', _send, '10.0.0.3')
    counters = run('ip netns exec n tc -s class show dev v0')
    sent = dict(re.findall(r'class htb (1:\d) .*?Sent \d+ bytes (\d+) pkt', counters, re.DOTALL))
    assert int(sent['1:1']) >= 60 > 30 > int(sent['1:2']), counters


def test_packets_between_some_addresses_have_a_limit_of_their_own() -> None:
    world.in_world(_pairs)


def _moves() -> None:
    entry = {'link': 'v0', 'limit': '1mbit'}
    inside: Document = {
        'name': 'x',
        'namespaces': [{'name': 'n1', 'links': [PAIR], 'qdiscs': [entry]}, {'name': 'n2'}],
    }
    _done(inside)
    namespaces = inside['namespaces']
    namespaces[1].update(links=namespaces[0].pop('links'), qdiscs=namespaces[0].pop('qdiscs'))
    _done(inside)
    assert 'qdisc tbf' in run('ip netns exec n2 tc qdisc show dev v0')


def test_a_qdisc_follows_its_link_to_another_namespace() -> None:
    world.in_world(_moves)


def _of_others() -> None:
    for command in FOREIGN:
        run(command)
    before = shown('nic', 'far')
    assert len(before) >= 6
    wanted: Document = {'name': 'x', 'links': [{**CARD, 'limit': '5mbit'}]}
    _done(wanted)
    assert shown('nic', 'far')[:1] == ['qdisc tbf root rate 5Mbit burst 10Kb lat 50ms']
    _done({'name': 'x', 'links': [CARD, PAIR]})
    assert shown('nic', 'far') == before
    _done(wanted)
    converge(wanted, absent=True)
    assert shown('nic', 'far') == before
    _done(wanted)
    run('tc qdisc replace dev nic root handle 5: pfifo limit 5')
    changed = shown('nic')
    converge(wanted, absent=True)
    assert shown('nic') == changed


def test_a_link_of_others_gets_back_what_it_had() -> None:
    world.in_world(_of_others)


def _undone(wanted: Document) -> None:
    for command in FOREIGN:
        run(command)
    converge({'name': 'y', 'links': [{**PAIR, 'limit': '3mbit'}]})
    before = shown('nic', 'far', 'v0', 'v1')
    stopped_at_the_end(wanted, policy=Policy(adopt=True))
    assert shown('nic', 'far', 'v0', 'v1') == before


UNDONE: dict[str, Document] = {
    'replaced': {'name': 'x', 'links': [{**CARD, 'limit': '5mbit'}]},
    'replaced, and down': {'name': 'x', 'links': [{**CARD, 'limit': '5mbit', 'state': 'down'}]},
    'moved': {'name': 'x', 'namespaces': [{'name': 'n', 'links': [{**CARD, 'limit': '1gbit'}]}]},
    'both places': {'name': 'y', 'links': [PAIR], 'qdiscs': TREE},
    'in place': {'name': 'y', 'links': [{**PAIR, 'limit': '4mbit'}]},
    'restored': {'name': 'y', 'links': [PAIR]},
}


@pytest.mark.parametrize('wanted', UNDONE.values(), ids=UNDONE)
def test_a_change_that_failed_is_undone(wanted: Document) -> None:
    world.in_world(_undone, wanted)


def _neighbours() -> None:
    converge(document(limit='1mbit'))
    run('tc qdisc add dev v0 clsact')
    run('tc qdisc add dev v1 root handle 9: pfifo limit 9')
    run('tc filter add dev v0 egress pref 9 protocol ip u32 match ip tos 0x10 0xff classid 1:1')
    before = [line for line in shown('v0', 'v1') if 'tbf' not in line]
    _done(document(limit='2mbit'))
    _done(document({'link': 'v0', 'kind': 'pfifo', 'limit': 3}))
    assert [line for line in shown('v0', 'v1') if 'limit 3p' not in line] == before
    _done(document())
    assert shown('v0', 'v1') == before


def test_qdiscs_of_others_beside_it_stay() -> None:
    world.in_world(_neighbours)


def _lacking() -> None:
    for kind in ('netem', 'cake', 'sfq', 'fq'):
        if os.system('tc qdisc add dev lo root %s 2>/dev/null' % kind):
            message = refused(document({'link': 'v0', 'kind': kind}))
            expected = 'qdisc of link host/v0: this kernel has no qdisc %s; install or load its module' % kind
            assert expected in message, message


def test_a_kind_that_the_kernel_lacks_is_told_before_anything_is_done() -> None:
    world.in_world(_lacking)


def _no_link() -> None:
    message = refused({'name': 'x', 'qdiscs': [{'link': 'nowhere', 'limit': '1mbit'}]})
    assert 'qdisc tbf of link host/nowhere: is for a link that does not exist' in message


def test_a_qdisc_of_a_link_that_does_not_exist_is_refused() -> None:
    world.in_world(_no_link)


def _send(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, 32, 1 << 20)  # SO_SNDBUFFORCE
        for _number in range(100):
            sender.sendto(bytes(1000), (address, 9))


def _paced() -> None:
    """Of 100 kB 10 pass at once, as many wait, and the rest is lost."""
    wire = {**PAIR, 'limit': '8kbit', 'addresses': ['10.0.0.1/24']}
    wire['peer'] = {'name': 'v1', 'addresses': ['10.0.0.2/24']}
    converge({'name': 'x', 'namespaces': [{'name': 'n', 'links': [wire]}]})
    run('ip -n n neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0')
    world.inside('n', _send, '10.0.0.2')
    counters = run('ip netns exec n tc -s qdisc show dev v0')
    dropped = re.search(r'dropped (\d+)', counters)
    assert dropped and int(dropped[1]) >= 70, counters


def test_packets_beyond_the_limit_are_dropped() -> None:
    world.in_world(_paced)


BY_DOOR = Policy(mode=Mode.ADD)
NAMED = Policy(mode=Mode.REMOVE)


def _by_door() -> None:
    for command in FOREIGN:
        run(command)
    before = shown('nic', 'far')
    limit: Document = {'name': 'x', 'qdiscs': [{'link': 'nic', 'limit': '1mbit'}]}
    gone: Document = {'name': 'x', 'qdiscs': [{'link': 'nic'}]}
    assert not converge(gone, policy=NAMED).ops, 'what others made is not ours to remove'
    _done(limit, policy=BY_DOOR)
    converge(gone, policy=NAMED)
    assert shown('nic', 'far') == before
    assert not converge(gone, policy=NAMED).ops
    _done(limit, policy=BY_DOOR)
    inner: Document = {'name': 'x', 'qdiscs': [{'link': 'nic', 'kind': 'bfifo', 'parent': '1:1'}]}
    assert 'cannot be removed alone' in refused(inner, policy=NAMED)


def test_a_module_gives_back_once_and_removes_nothing_of_others() -> None:
    world.in_world(_by_door)


def _moved_card() -> None:
    for command in FOREIGN:
        run(command)
    before = shown('nic', 'far')
    converge({'name': 'x', 'links': [{**CARD, 'limit': '5mbit'}]})
    inside: Document = {'name': 'x', 'namespaces': [{'name': 'n', 'links': [{**CARD, 'limit': '4mbit'}]}]}
    converge(inside)
    assert not converge(inside).ops
    converge(inside, absent=True)
    assert shown('nic', 'far') == before


def test_a_card_that_moves_with_a_qdisc_of_ours_comes_back_with_what_it_had() -> None:
    world.in_world(_moved_card)


def _children_of_others() -> None:
    tbf = {'link': 'v0', 'kind': 'tbf', 'handle': '1:', 'rate': '10mbit'}
    converge(document(tbf))
    run('tc qdisc add dev v0 parent 1:1 handle 77: bfifo limit 7777')
    converge(document(tbf))
    assert not converge(document(tbf)).ops
    assert 'qdisc bfifo 77: parent 1:1 limit 7777b' in _done(document({**tbf, 'rate': '20mbit'}))
    anew = document({'link': 'v0', 'kind': 'pfifo', 'limit': 9})
    assert 'removes what others added to it' in refused(anew)
    assert _done(anew, policy=Policy(adopt=True)) == ['qdisc pfifo root limit 9p']


def test_qdiscs_of_others_in_one_of_ours_are_not_lost_without_consent() -> None:
    world.in_world(_children_of_others)


def _edges() -> None:
    tree = {'link': 'v0', 'kind': 'tbf', 'handle': '1:', 'rate': '10mbit'}
    fifo = {'link': 'v0', 'kind': 'bfifo', 'handle': '10:', 'parent': '1:1', 'limit': 5555}
    _done(document(tree, fifo))
    assert 'qdisc bfifo 10: parent 1:1 limit 5555b' in _done(document({**tree, 'rate': '30mbit'}, fifo))
    assert _done(document({'link': 'v0', 'kind': 'pfifo', 'handle': '10:', 'limit': 7})) == [
        'qdisc pfifo 10: root limit 7p'
    ]
    assert _done(document({'link': 'v0', 'kind': 'pfifo'})) == ['qdisc pfifo root limit 1000p']
    _done(document({'link': 'v0', 'kind': 'pfifo', 'limit': 7}))
    assert _done(document({'link': 'v0', 'kind': 'pfifo'})) == ['qdisc pfifo root limit 1000p']
    run('tc qdisc replace dev v0 root handle 3: tbf rate 1mbit burst 10kb latency 50ms overhead 20')
    whole, left_out = describe()
    assert 'qdiscs' not in whole and any('queueing disciplines' in text for text in left_out)
    assert _done(document(limit='1mbit')) == ['qdisc tbf root rate 1Mbit burst 10Kb lat 50ms']


def test_limits_of_queues_handles_that_move_and_what_no_document_can_say() -> None:
    world.in_world(_edges)


def _no_longer_there() -> None:
    for command in (*FOREIGN[:3], 'ip link add aim type veth peer name aim2', 'tc qdisc add dev nic clsact'):
        run(command)
    run(
        'tc filter add dev nic egress pref 3 protocol ip u32 match u32 0 0'
        ' action mirred egress redirect dev aim'
    )
    before = shown('nic')
    wanted: Document = {'name': 'x', 'links': [{**CARD, 'limit': '5mbit'}]}
    _done(wanted)
    _done({'name': 'x', 'links': [CARD, PAIR]})
    assert shown('nic') == before


def test_a_filter_that_names_a_link_is_no_obstacle() -> None:
    world.in_world(_no_longer_there)
