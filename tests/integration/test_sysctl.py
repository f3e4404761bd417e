# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of many namespaces, read and written by names that are the same in all of them."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, sysctl
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Mode, Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.value import path_of_key
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

TTL = 'net/ipv4/ip_default_ttl'
COUNT = 100


def _each_has_its_own(refused: bool) -> None:
    def refuse() -> int:
        raise PermissionError

    def visit(function: t.Callable[[int], t.Any]) -> list[t.Any]:
        found = []
        for number, fd in enumerate(made):
            with namespaces.entered(fd, home):
                found.append(function(number))
        return found

    def body() -> None:
        names = sysctl._Names()
        sysctl._names = names
        before = len(os.listdir('/proc/self/fd'))
        for _again in range(2):
            visit(lambda number: sysctl.write(TTL, str(number + 1)))
            assert visit(lambda number: sysctl.read(TTL)) == [str(number + 1) for number in range(COUNT)]
            with_plain_paths = visit(lambda number: open('/proc/sys/' + TTL, encoding='ascii').read().strip())
            assert with_plain_paths == [str(number + 1) for number in range(COUNT)]
        assert sysctl.read(TTL) == '64'
        assert sysctl.read('net/ipv4/no_such_setting') is None
        with pytest.raises(FileNotFoundError):
            sysctl.write('net/ipv4/no_such_setting', '1')
        assert (names._proc is None) == refused
        assert len(os.listdir('/proc/self/fd')) - before == (0 if refused else 1)

    if refused:
        sysctl._detached_proc = refuse
    home = namespaces.open_current()
    made = [namespaces.in_thread(namespaces.create_anonymous, home) for _number in range(COUNT)]
    namespaces.in_thread(body)


@pytest.mark.parametrize('refused', [False, True])
def test_each_has_its_own(refused: bool) -> None:
    in_world(_each_has_its_own, refused)


FORWARD = 'net/ipv4/ip_forward'
REDIRECTS = 'net/ipv4/conf/all/accept_redirects'
OF_CARD = 'net/ipv4/conf/card/forwarding'
SWITCHED = {'name': 'lab', 'sysctls': {'net.ipv4.ip_forward': 1}}


def _values() -> list[str | None]:
    return [sysctl.read(key) for key in (FORWARD, REDIRECTS, OF_CARD)]


def _host(**values: str) -> None:
    run('ip link add card type veth peer name other')
    for key, value in values.items():
        sysctl.write({'redirects': REDIRECTS, 'of_card': OF_CARD}[key], value)


def _restored(absent: bool) -> list[list[str | None]]:
    _host(redirects='0', of_card='1')
    found = [_values()]
    converge(SWITCHED)
    assert not converge(SWITCHED).ops
    found.append(_values())
    if absent:
        converge(SWITCHED, absent=True)
    else:
        converge({'name': 'lab', 'sysctls': {'net.ipv4.ip_default_ttl': 63}})
    return [*found, _values()]


@pytest.mark.parametrize('absent', [True, False])
def test_what_the_switch_for_forwarding_sets_along_is_restored(absent: bool) -> None:
    before, during, after = in_world(_restored, absent)
    assert before == ['0', '0', '1']
    assert during == ['1', '0', '1']
    assert after == before


def _undone() -> list[list[str | None]]:
    _host(redirects='0')
    before = _values()

    def step(op: t.Any) -> None:
        if getattr(op, 'key', '') == FORWARD:
            raise RuntimeError('as the test wants it')

    converge({'name': 'lab', 'sysctls': {'net.ipv4.ip_forward': 1}})
    with pytest.raises(RuntimeError):
        converge({'name': 'lab', 'sysctls': {'net.ipv4.ip_forward': 1}}, absent=True, step=step)
    during = _values()
    converge(SWITCHED, absent=True)
    return [before, during, _values()]


def test_an_undo_brings_back_what_the_switch_set_along() -> None:
    assert in_world(_undone) == [['0', '0', '0'], ['1', '0', '1'], ['0', '0', '0']]


def _changed_since() -> list[str | None]:
    _host(redirects='0')
    converge(SWITCHED)
    sysctl.write(REDIRECTS, '1')
    converge(SWITCHED, absent=True)
    return _values()


def test_what_somebody_has_changed_since_stays() -> None:
    assert in_world(_changed_since) == ['0', '1', '0']


def _named() -> list[list[str | None]]:
    _host(redirects='0')
    policy = Policy(mode=Mode.ADD)
    converge(SWITCHED, policy=policy)
    converge({'name': 'lab', 'sysctls': {'net.ipv4.ip_default_ttl': 63}}, policy=policy)
    during = _values()
    converge(SWITCHED, policy=Policy(mode=Mode.REMOVE))
    return [during, _values()]


def test_the_switch_alone_is_restored_with_what_it_set_along() -> None:
    assert in_world(_named) == [['1', '0', '1'], ['0', '0', '0']]


def _declared_as_before(redirects: str) -> list[t.Any]:
    _host(redirects=redirects)
    before = _values()
    converge(SWITCHED)
    document = {'name': 'lab', 'sysctls': {'net.ipv4.ip_forward': 0}}
    predicted, outcome = converge(document, check=True), converge(document)
    rounds = [outcome.rounds, converge(document).rounds]
    assert outcome.changes == predicted.changes
    after = _values()
    converge(document, absent=True)
    return [rounds, before, after, _values()]


@pytest.mark.parametrize('redirects', ['0', '1'])
def test_a_switch_that_is_declared_as_it_was_before_gives_back_what_it_set_along(redirects: str) -> None:
    values = ['0', redirects, '0']
    assert in_world(_declared_as_before, redirects) == [[1, 0], values, values, values]


def _declared_beside() -> list[t.Any]:
    _host(redirects='0')
    converge(SWITCHED)
    sysctls = {
        'net.ipv4.ip_forward': 0,
        'net.ipv4.conf.all.accept_redirects': 1,
        'net.ipv4.conf.card.forwarding': 1,
    }
    document = {'name': 'lab', 'sysctls': sysctls}
    converge(document)
    during = _values()
    assert not converge(document).ops
    converge(document, absent=True)
    return [during, _values()]


def test_what_is_declared_beside_a_switch_that_goes_back_is_as_declared() -> None:
    assert in_world(_declared_beside) == [['0', '1', '1'], ['0', '0', '0']]


def _beside(redirects: str, documents: list[dict[str, int]]) -> list[t.Any]:
    _host(redirects=redirects)
    before = _values()
    for sysctls in documents:
        document = {'name': 'lab', 'sysctls': sysctls}
        predicted = converge(document, check=True)
        outcome = converge(document)
        assert (predicted.changes, outcome.rounds) == (outcome.changes, 1)
        assert not converge(document).ops
    during = _values()
    converge(document, absent=True)
    assert _values() == before
    return during


_FORWARD, _REDIRECTS = 'net.ipv4.ip_forward', 'net.ipv4.conf.all.accept_redirects'


@pytest.mark.parametrize(
    ('redirects', 'documents', 'during'),
    [
        ('0', [{_FORWARD: 1, _REDIRECTS: 0}], ['1', '0', '1']),
        ('1', [{_FORWARD: 1, _REDIRECTS: 1}], ['1', '1', '1']),
        ('1', [{_FORWARD: 1, 'net.ipv4.conf.card.forwarding': 0}], ['1', '0', '0']),
        ('1', [{_FORWARD: 1}, {_REDIRECTS: 0}], ['0', '0', '0']),
        ('0', [{_FORWARD: 1}, {_FORWARD: 1, _REDIRECTS: 1}], ['1', '1', '1']),
    ],
)
def test_what_is_declared_beside_a_switch_is_set_in_one_round_and_restored(
    redirects: str, documents: list[dict[str, int]], during: list[str]
) -> None:
    assert in_world(_beside, redirects, documents) == during


_ALL, _CARD = 'net.ipv4.conf.all.forwarding', 'net.ipv4.conf.card.forwarding'
SETTINGS = (('ipv4', 'forwarding'), ('ipv4', 'rp_filter'), ('ipv6', 'forwarding'), ('ipv6', 'disable_ipv6'))
KEYS = [
    'net/%s/conf/%s/%s' % (family, link, setting)
    for family, setting in SETTINGS
    for link in ('all', 'default', 'lo', 'card', 'other')
]
OFF = 'net.ipv6.conf.%s.disable_ipv6'
TWO_NAMES: dict[str, list[dict[str, t.Any]]] = {
    'two names': [{_FORWARD: 1, _ALL: 1}],
    'the second name': [{_ALL: 1, _CARD: 0}],
    'one name after the other': [{_FORWARD: 1}, {_ALL: '0x1'}, {_ALL: 0, _FORWARD: 0}],
    'all and a link of IPv6': [{'net.ipv6.conf.all.forwarding': 1, 'net.ipv6.conf.card.forwarding': 0}],
    'all and default': [{'net.ipv6.conf.all.forwarding': 1, 'net.ipv6.conf.default.forwarding': 0}],
    'IPv6 off everywhere': [{OFF % 'all': 1}],
    'IPv6 off but for a link': [{OFF % 'all': 1, OFF % 'card': 0}, {OFF % 'card': 1}],
    'IPv6 on and off': [{OFF % 'all': 1, OFF % 'default': 0}, {OFF % 'all': 0, OFF % 'other': 1}],
    'default and a link of IPv4': [{'net.ipv4.conf.default.rp_filter': 2, 'net.ipv4.conf.card.rp_filter': 0}],
    'all and default of IPv4': [{'net.ipv4.conf.all.rp_filter': 1, 'net.ipv4.conf.default.rp_filter': 2}],
}


def _all_of_them() -> list[str | None]:
    return [sysctl.read(key) for key in KEYS]


def _one_switch(documents: list[dict[str, t.Any]], off: str) -> None:
    run('ip link add card type veth peer name other')
    sysctl.write('net/ipv6/conf/other/disable_ipv6', off)
    before = _all_of_them()
    for sysctls in documents:
        document = {'name': 'lab', 'sysctls': sysctls}
        predicted, outcome = converge(document, check=True), converge(document)
        assert (predicted.changes, outcome.rounds) == (outcome.changes, min(1, predicted.ops))
        assert not converge(document).ops
        for key, value in sysctls.items():
            assert int(sysctl.read(path_of_key(key)) or '') == int(str(value), 0), key
    converge(document, absent=True)
    assert _all_of_them() == before


@pytest.mark.parametrize('off', ['0', '1'])
@pytest.mark.parametrize('case', TWO_NAMES)
def test_a_switch_with_two_names_is_one(case: str, off: str) -> None:
    in_world(_one_switch, TWO_NAMES[case], off)


def _new_link(namespaces: bool) -> None:
    members = {
        'links': [{'name': 'new', 'kind': 'bridge'}],
        'sysctls': {'net.ipv4.conf.default.rp_filter': 2, 'net.ipv4.conf.new.rp_filter': 0},
    }
    document: dict[str, t.Any] = {'name': 'lab', 'namespaces': [{'name': 'red', **members}]}
    if not namespaces:
        document = {'name': 'lab', **members}
    converge({'name': 'lab', 'namespaces': [{'name': 'red'}]})
    outcome = converge(document)
    assert (outcome.rounds, converge(document).ops) == (1, 0)
    prefix = 'ip netns exec red ' if namespaces else ''
    assert run(prefix + 'sysctl -n net.ipv4.conf.default.rp_filter net.ipv4.conf.new.rp_filter') == '2\n0\n'


@pytest.mark.parametrize('namespaces', [False, True])
def test_a_default_of_ipv4_and_another_value_of_a_new_link(namespaces: bool) -> None:
    in_world(_new_link, namespaces)


def _older_record() -> list[str | None]:
    """A record that has the switch under its other name."""
    _host(redirects='0')
    converge(SWITCHED)
    path = pathlib.Path('/run/multinet/scopes/lab.json')
    text = path.read_text(encoding='utf-8')
    assert FORWARD in text
    path.write_text(text.replace(FORWARD, 'net/ipv4/conf/all/forwarding'), encoding='utf-8')
    assert not converge(SWITCHED).ops
    path.write_text(text.replace(FORWARD, 'net/ipv4/conf/all/forwarding'), encoding='utf-8')
    converge(SWITCHED, absent=True)
    return _values()


def test_a_record_with_the_other_name_is_understood() -> None:
    assert in_world(_older_record) == ['0', '0', '0']


FIXED = {'net.core.rmem_max': 4096}
NO_SUCH = {'net.ipv4.ip_local_port_range': '1024 65000', 'net.core.netdev_max_backlog': 5}


def _refused(sysctls: dict[str, t.Any], create: bool) -> str:
    run('ip netns add there')
    name = 'red' if create else 'there'
    document = {'name': 'lab', 'namespaces': [{'name': name, 'create': create, 'sysctls': sysctls}]}
    with pytest.raises(EngineError) as caught:
        converge(document, check=True)
    return str(caught.value)


@pytest.mark.parametrize('create', [True, False])
def test_what_is_read_only_in_a_namespace_is_refused_in_check_mode_too(create: bool) -> None:
    assert 'is read-only in a namespace, where the value of the host holds' in in_world(
        _refused, FIXED, create
    )


@pytest.mark.parametrize('create', [True, False])
def test_what_namespaces_do_not_have_is_refused_in_check_mode_too(create: bool) -> None:
    assert 'net.core.netdev_max_backlog' in in_world(_refused, NO_SUCH, create)


def _optional() -> list[int]:
    sysctls = {'-net.core.rmem_max': 4096, '-net.core.netdev_max_backlog': 5}
    document = {'name': 'lab', 'namespaces': [{'name': 'red', 'sysctls': sysctls}]}
    return [converge(document).ops > 0, converge(document).ops]


def test_what_is_read_only_is_left_out_where_it_is_optional() -> None:
    assert in_world(_optional) == [True, 0]


def _secret() -> list[int]:
    run('ip link add card type veth peer name other')
    secret = '2001:0db8:0000:0000:0000:0000:0000:0001'
    document = {'name': 'lab', 'sysctls': {'net.ipv6.conf.card.stable_secret': secret}}
    ops = [converge(document, policy=Policy(adopt=True)).ops for _run in range(2)]
    converge(document, absent=True)
    return ops


def test_a_secret_that_was_never_set_can_be_set() -> None:
    assert in_world(_secret) == [1, 0]


def _wrong_value() -> str:
    with pytest.raises(EngineError) as caught:
        converge({'name': 'lab', 'sysctls': {'net.ipv4.ip_default_ttl': 'many'}})
    return str(caught.value)


def test_a_value_that_the_kernel_does_not_take_is_named() -> None:
    assert "the kernel does not take the value 'many'" in in_world(_wrong_value)


SPELLINGS = {
    'net.ipv4.ip_local_reserved_ports': '30000-32767,6443,10250-10256,2379-2380',
    'net.ipv4.tcp_fastopen': '0x3',
    'net.ipv4.ip_default_ttl': '0x40',
    'net.ipv4.conf.all.rp_filter': '02',
    'net.ipv4.ping_group_range': '0 0x10',
}


def _spellings() -> None:
    before = {key: sysctl.read(path_of_key(key)) for key in SPELLINGS}
    document = {'name': 'x', 'sysctls': SPELLINGS}
    assert converge(document).rounds == 1
    assert not converge(document).ops
    cleared = {'name': 'x', 'sysctls': {**SPELLINGS, 'net.ipv4.ip_local_reserved_ports': ''}}
    assert len(converge(cleared).changes) == 1
    assert not converge(cleared).ops
    converge(document)
    converge(document, absent=True)
    assert {key: sysctl.read(path_of_key(key)) for key in SPELLINGS} == before


def test_values_that_the_kernel_spells_otherwise_are_as_declared() -> None:
    in_world(_spellings)


def _refused_value() -> str:
    with pytest.raises(EngineError) as caught:
        converge({'name': 'x', 'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv4.ip_default_ttl': 300}})
    assert sysctl.read('net/ipv4/ip_forward') == '0'
    return str(caught.value)


def test_a_value_that_the_kernel_refuses_is_named() -> None:
    assert in_world(_refused_value).startswith(
        'sysctl net.ipv4.ip_default_ttl in host: cannot change it: EINVAL: Invalid argument; the kernel does'
        " not take the value '300'"
    )
