# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules by the module ns_route."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    Case,
    Results,
    check_case,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

Entry = dict[str, t.Any]

CASES = (
    Case(
        'rules',
        'ns_route',
        {
            'namespace': 'host',
            'rules': [
                {'priority': 100, 'from': '10.1.0.0/24', 'table': 100},
                {'priority': 100, 'table': 101, 'mark': '7/7'},
                {'priority': 101, 'action': 'prohibit', 'family': 'both'},
            ],
        },
        'ip rule; ip -6 rule',
        ('100:\tfrom 10.1.0.0/24 lookup 100', 'fwmark 0x7/0x7 lookup 101', '101:\tfrom all prohibit'),
        {'namespace': 'host', 'rules': [{'priority': 100}, {'priority': 101, 'family': 'both'}]},
    ),
    Case(
        'one of two rules',
        'ns_route',
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24', 'table': 100}]},
        'ip rule',
        ('from 10.1.0.0/24 lookup 100', 'from 10.2.0.0/24 lookup 100'),
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24'}]},
        before=('ip rule add priority 100 from 10.2.0.0/24 lookup 100',),
        absent=('10.1.0.0',),
    ),
)
RESULTS = Results(CASES)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


def _equal_rules() -> None:
    document = {
        'name': 'x',
        'namespaces': [{'name': 'ns', 'exclusive': True, 'rules': [{'priority': 100, 'table': 7}]}],
    }
    converge(document)
    for protocol in ('static', 'bgp'):
        run('ip -n ns rule add pref 100 table 7 protocol ' + protocol)
    converge(document)
    assert run('ip -n ns rule show pref 100').count('lookup 7') == 1
    assert not converge(document).ops


def test_of_several_equal_rules_an_exclusive_namespace_keeps_one() -> None:
    in_world(_equal_rules)


ATTRIBUTES: dict[str, tuple[Entry, str]] = {
    'l3mdev': ({'l3mdev': True}, 'lookup [l3mdev-table]'),
    'suppress_ifgroup': ({'table': 7, 'suppress_ifgroup': 5}, 'lookup 7 suppress_ifgroup 5'),
    'tun_id': ({'table': 7, 'tun_id': 5}, 'tun_id 5'),
    'realms': ({'table': 7, 'realms': '3/4'}, 'realms 3/4'),
    'one realm': ({'table': 7, 'realms': 4}, 'realms 4'),
    'dscp': ({'table': 7, 'dscp': 46}, ''),
    'flowlabel': ({'table': 7, 'flowlabel': '0x10/0xff', 'family': 'ipv6'}, ''),
    'port with a mask': ({'table': 7, 'ipproto': 'tcp', 'sport': '80/0xfff0'}, 'sport 80'),
    'a protocol by its name': ({'table': 7, 'ipproto': 'gre'}, 'ipproto gre'),
    'protocol': ({'table': 7, 'protocol': 97}, 'proto 97'),
}


def _life(more: Entry, shown: str) -> None:
    document: Document = {'name': 'lab', 'rules': [{'priority': 100, **more}]}
    before = snapshot()
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    predicted = converge(document, check=True)
    assert predicted.changes == converge(document).changes
    assert shown in run('ip rule show pref 100') + run('ip -6 rule show pref 100')
    silent(document)
    silent({'name': 'lab', **describe(scope='lab')[0]})
    assert describe(scope='lab')[0]['rules'] == [{'priority': 100, **more}]
    converge({'name': 'lab', 'rules': [{'priority': 100, 'table': 8}]})
    assert 'lookup 8' in run('ip rule show pref 100')
    assert not run('ip -6 rule show pref 100')
    assert run('ip rule show pref 100').count('100:') == 1
    converge(document)
    converge(document, absent=True)
    assert not difference(before, snapshot())


@pytest.mark.parametrize('attribute', ATTRIBUTES)
def test_an_attribute(attribute: str) -> None:
    in_world(_life, *ATTRIBUTES[attribute])


def _another_protocol() -> None:
    rule = {'priority': 100, 'table': 7}
    converge({'name': 'lab', 'rules': [rule]})
    document = {'name': 'lab', 'rules': [{**rule, 'protocol': 97}]}
    converge(document)
    assert run('ip rule show pref 100').splitlines() == ['100:\tfrom all lookup 7 proto 97']
    silent(document)


def test_another_protocol() -> None:
    in_world(_another_protocol)


def _anothers_protocol() -> None:
    run('ip rule add pref 100 table 7')
    document = {'name': 'lab', 'rules': [{'priority': 100, 'table': 7, 'protocol': 97}]}
    [change] = converge(document, policy=Policy(adopt=True)).changes
    assert (change.action, change.after[1:]) == ('change', ('protocol 97',))
    silent(document)


def test_protocol_of_an_adopted_rule() -> None:
    in_world(_anothers_protocol)


def _unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a kernel before 6.13, which ignores the attribute."""
    dump = codec.dump_rules

    def without_dscp(sock: netlink.NetlinkSocket, namespace: str) -> list[Rule]:
        return [rule._replace(dscp=-1) for rule in dump(sock, namespace)]

    monkeypatch.setattr(codec, 'dump_rules', without_dscp)
    document = {'name': 'lab', 'rules': [{'dscp': 46, 'action': 'blackhole', 'priority': 5}]}
    for check in (True, False):
        with pytest.raises(EngineError, match='this kernel does not support dscp .*want Linux 6.13 or newer'):
            converge(document, check=check)
    assert 'blackhole' not in run('ip rule')


def test_a_selector_that_the_kernel_ignores_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    in_world(_unknown, monkeypatch)


def _local_moved() -> None:
    run('ip rule add pref 200 table local')
    run('ip rule del pref 0')
    run('ip rule add pref 100 table 9')
    converge({'name': 'lab', 'rules': [{'from': '10.0.0.0/8', 'table': 8}]})
    assert '32765:\tfrom 10.0.0.0/8 lookup 8' in run('ip rule')


def test_a_rule_without_priority_stays_behind_the_local_table() -> None:
    in_world(_local_moved)


def _no_room() -> None:
    run('ip rule add pref 1 table 9')
    assert 'there is none free' in refused({'name': 'lab', 'rules': [{'table': 8}]})


def test_no_priority_is_free() -> None:
    in_world(_no_room)


def _without_priority() -> None:
    run('ip rule add pref 500 lookup 77')
    first: Document = {'name': 'lab', 'rules': [{'table': 7}, {'from': '10.0.0.0/8', 'table': 8}]}
    before = snapshot()
    stopped_at_the_end(first)
    assert not difference(before, snapshot())
    predicted = converge(first, check=True)
    assert predicted.changes == converge(first).changes
    assert '498:\tfrom all lookup 7' in run('ip rule')
    assert '499:\tfrom 10.0.0.0/8 lookup 8' in run('ip rule')
    silent(first)
    silent({**first, 'rules': first['rules'][::-1]})
    more = {'name': 'lab', 'rules': [*first['rules'], {'table': 9, 'family': 'both'}]}
    converge(more)
    silent(more)
    assert '497:\tfrom all lookup 9' in run('ip rule')
    assert '32765:\tfrom all lookup 9' in run('ip -6 rule')
    converge(first)
    assert 'lookup 9' not in run('ip rule') + run('ip -6 rule')
    converge(first, absent=True)
    assert not difference(before, snapshot())


def test_a_rule_without_priority_is_found_by_what_it_says() -> None:
    in_world(_without_priority)


def _like_that_of_others() -> None:
    run('ip rule add pref 500 lookup 7')
    document: Document = {'name': 'lab', 'rules': [{'table': 7}]}
    converge(document)
    silent(document)
    converge(document, absent=True)
    assert run('ip rule show table 7') == '500:\tfrom all lookup 7\n'


def test_a_rule_without_priority_takes_none_of_others() -> None:
    in_world(_like_that_of_others)
