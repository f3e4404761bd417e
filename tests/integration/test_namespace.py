# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces by the module netns."""

from __future__ import annotations

import os

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, sysctl
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    WIRE,
    Case,
    Results,
    Wrong,
    check_case,
    check_wrong,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside, run

FORWARDING = ('net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding')
CASES = (
    Case(
        'netns',
        'netns',
        {'name': 'blue'},
        'ip -n blue link show lo',
        ('UP,LOWER_UP', 'multinet:adhoc'),
        {'name': 'blue'},
        absent=('lo',),
        summary={'created': 1, 'changed': 0, 'removed': 0},
    ),
    Case(
        'netns with settings',
        'netns',
        {
            'name': 'blue',
            'nsid': 77,
            'scope': 'mine',
            'sysctls': {'net.ipv4.ip_forward': True, '-net.ipv4.no_such_setting': 1},
        },
        'ip netns list; ip netns exec blue sysctl net.ipv4.ip_forward',
        ('blue (id: 77)', 'net.ipv4.ip_forward = 1'),
        {'name': 'blue', 'scope': 'mine'},
    ),
    Case(
        'netns of others',
        'netns',
        {'name': 'blue', 'adopt': True},
        'ip -n blue link show lo',
        ('UP,LOWER_UP', 'multinet:adhoc'),
        {'name': 'blue', 'scope': 'another'},
        before=('ip netns add blue',),
        absent=('lo',),
        summary={'created': 0, 'changed': 1, 'removed': 0},
    ),
    Case(
        'netns with all that is in it',
        'netns',
        {'name': 'blue', 'nsid': 5},
        'ip -o link',
        ('blue0',),
        {'name': 'blue'},
        before=(
            ('netns', {'name': 'blue'}),
            'ip link set lo up',
            ('netns', {'name': 'blue', 'state': 'absent'}),
            ('netns', {'name': 'blue', 'nsid': 5}),
            WIRE,
            ('netns', {'name': 'blue', 'sysctls': {'net.ipv4.ip_forward': 1}}),
            'ip -n blue link set lo down',
        ),
    ),
)
WRONG = (
    Wrong('name', 'netns', {'name': 'host'}, ("name: is reserved (found 'host')",)),
    Wrong(
        'two problems',
        'netns',
        {'name': 'a b', 'scope': 'a b', 'nsid': -1},
        (
            'scope: is not a valid scope name',
            'name: is not a valid namespace name',
            'nsid: is out of range (found -1',
        ),
    ),
    Wrong(
        'owned',
        'netns',
        {'name': 'blue', 'scope': 'another'},
        ('namespace blue: already exists and belongs to scope adhoc; ',),
        before=(BLUE,),
    ),
    Wrong(
        'foreign',
        'netns',
        {'name': 'blue'},
        ('namespace blue: already exists and belongs to no known scope; ',),
        before=('ip netns add blue',),
    ),
    Wrong(
        'other number',
        'netns',
        {'name': 'blue', 'nsid': 6},
        ('namespace blue: has the nsid 5 already (want 6)',),
        before=(('netns', {'name': 'blue', 'nsid': 5}),),
    ),
    Wrong(
        'setting',
        'netns',
        {'name': 'blue', 'sysctls': {'net.ipv4.nonsense': 1, 'vm.swappiness': 1}},
        ('sysctls[vm.swappiness]: is not a sysctl of a network namespace',),
    ),
    Wrong(
        'unknown setting',
        'netns',
        {'name': 'blue', 'sysctls': {'net.ipv4.nonsense': 1}},
        ('sysctl net.ipv4.nonsense in blue: does not exist in this kernel',),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)


def _made_where_forwarding_is_inherited() -> list[str]:
    """In place of the first namespace, which is not ours to change: the kernel copies its settings."""
    make = namespaces.create_anonymous

    def create_anonymous(home: int) -> int:
        fd = make(home)
        with namespaces.entered(fd, home):
            for key in FORWARDING:
                sysctl.write(key, '1')
        return fd

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(namespaces, 'create_anonymous', create_anonymous)
        converge({'name': 'lab', 'namespaces': [{'name': 'red'}]})
    return [str(world.inside('red', sysctl.read, key)) for key in FORWARDING]


def test_a_new_namespace_forwards_nothing_whatever_the_first_one_does() -> None:
    assert world.in_world(_made_where_forwarding_is_inherited) == ['0', '0']


RED = {'name': 'x', 'namespaces': [{'name': 'red', 'exclusive': True}]}


def _host_network() -> None:
    run('ip link add up0 type veth peer name up1')
    run('ip address add 192.0.2.5/24 dev up0')
    converge(RED)
    run('ip netns del red')


def _refused(document: dict[str, object] | None = None) -> str:
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge(document or RED)
    assert not difference(before, snapshot())
    return str(caught.value)


def _alias_of_host(make: str) -> str:
    _host_network()
    if make == 'symlink':
        os.symlink('/proc/%d/ns/net' % os.getpid(), '/run/netns/red')
    else:
        open('/run/netns/red', 'w', encoding='ascii').close()
        run('mount --bind /proc/%d/ns/net /run/netns/red' % os.getpid())
    return _refused()


@pytest.mark.parametrize('make', ['symlink', 'bind mount'])
def test_a_name_that_leads_to_the_network_of_the_run_is_refused(make: str) -> None:
    assert in_world(_alias_of_host, make).startswith(
        'this run: is running in namespace red and would treat it as'
    )


def _inside() -> str:
    converge({'name': 'y', 'namespaces': [{'name': 'mgmt'}], 'sysctls': {'net.ipv4.ip_forward': 1}})
    said = inside('mgmt', _refused, {'name': 'y', 'links': [{'name': 'br', 'kind': 'bridge'}]})
    converge({'name': 'y'}, absent=True)
    assert run('sysctl -n net.ipv4.ip_forward') == '0\n'
    return said


def test_a_run_inside_a_namespace_of_the_host_is_refused() -> None:
    assert in_world(_inside) == (
        "this run: is running in namespace mgmt and would treat it as the host; run it in the host's network,"
        ' not under "ip netns exec" or similar'
    )


def _two_names() -> list[str]:
    converge(RED)
    os.symlink('/run/netns/red', '/run/netns/ruby')
    both = {'name': 'x', 'namespaces': [{'name': 'red'}, {'name': 'ruby', 'create': False}]}
    said = [_refused(both)]
    assert not converge(RED).ops
    return said


def test_two_names_of_one_namespace_are_refused() -> None:
    assert in_world(_two_names) == [
        'namespace ruby: is the same one as red; remove one of the names:'
        ' "umount /run/netns/ruby; rm /run/netns/ruby"'
    ]


def _namesake() -> str:
    converge(RED)
    run('ip netns del red')
    run('ip netns add red')
    run('ip -n red link add theirs type veth peer name theirs2')
    said = _refused()
    run('ip -n red link del theirs')
    converge(RED)
    assert not converge(RED).ops
    return said


def test_a_namesake_with_links_of_others_is_not_taken_over() -> None:
    assert in_world(_namesake).startswith('namespace red: already exists and belongs to no known scope; ')


def _in_the_way(make: str) -> str:
    converge({'name': 'y', 'namespaces': [{'name': 'blue'}]})
    for command in make.split('; '):
        run(command)
    is_fifo = 'mkfifo' in make  # ip(8) waits for somebody to write to it
    before = {} if is_fifo else snapshot()
    said = []
    for create in (True, False):
        for check in (True, False):
            with pytest.raises(EngineError) as caught:
                converge({'name': 'x', 'namespaces': [{'name': 'red', 'create': create}]}, check=check)
            said.append(str(caught.value))
    assert len(set(said)) == 1, said
    assert is_fifo or not difference(before, snapshot())
    assert not converge({'name': 'x'}, absent=True).ops
    return said[0]


_PLAIN = 'touch /run/netns/red; '
IN_THE_WAY = {
    'ln -s /run/netns/nowhere /run/netns/red': 'a symbolic link that leads nowhere',
    'ln -s /etc/hostname /run/netns/red': 'a symbolic link to something else than a network namespace',
    'mkdir /run/netns/red': 'a directory',
    'mkfifo /run/netns/red': 'a FIFO',
    _PLAIN
    + 'mount --bind /proc/self/ns/uts /run/netns/red': 'a mount of something else than a network namespace',
    _PLAIN
    + 'mount --bind /etc/hostname /run/netns/red': 'a mount of something else than a network namespace',
    'touch /run/x; '
    + _PLAIN
    + 'mount --bind /run/x /run/netns/red': 'a mount of something else than a network namespace',
}


@pytest.mark.parametrize('make', IN_THE_WAY)
def test_what_has_the_name_and_is_no_namespace_is_a_conflict(make: str) -> None:
    assert in_world(_in_the_way, make) == (
        'namespace red: cannot have its name: /run/netns/red is %s; remove that, or choose another name'
        % IN_THE_WAY[make]
    )


def _plain_file_in_the_way() -> None:
    converge({'name': 'y', 'namespaces': [{'name': 'blue'}]})
    run('touch /run/netns/red')
    converge(RED)
    assert not converge(RED).ops


def test_a_plain_file_is_taken_over() -> None:
    in_world(_plain_file_in_the_way)


def _in_mounts(*commands: str) -> tuple[list[str], str, list[str]]:
    """What a run that makes and removes a namespace says in mounts that *commands* have changed, what changes
    by it, and what it says without them."""
    world.run('ip netns add other')
    before = snapshot()
    said: list[str] = []
    document = {'name': 'a', 'namespaces': [{'name': 'b'}]}

    def tried(check: bool, absent: bool) -> str:
        try:
            converge(document, check=check, absent=absent)
        except EngineError as exc:
            return str(exc)
        return ''

    def body() -> list[str]:
        for command in commands:
            world.run(command)
        return [tried(check, False) for check in (True, False)]

    said = world.killed_or_result(lambda: (os.unshare(os.CLONE_NEWNS), body())[1])
    changed = difference(before, snapshot())
    return said, changed, [tried(False, absent) for absent in (False, True)]


ADVICE = 'run it in the mounts of the host, without "unshare", "ip netns exec", PrivateMounts= and their like'
PRIVATE_RUN = (
    '/run: is not that of the host: this run has mounts of its own, and names and records would not reach the'
    ' host; ' + ADVICE
)
PRIVATE_NAMES = (
    '/run/netns: is mounted so that names given or removed by this run would not reach the host; ' + ADVICE
)


@pytest.mark.parametrize(
    ('commands', 'wanted'),
    [
        ((), ''),
        (('mount -t tmpfs private /run',), PRIVATE_RUN),
        (('mount --make-rprivate /',), PRIVATE_NAMES),
        (('mount --make-rslave /',), PRIVATE_NAMES),
    ],
)
def test_mounts_of_its_own(commands: tuple[str, ...], wanted: str) -> None:
    said, changed, undisturbed = world.in_world_of_processes(_in_mounts, *commands)
    assert said == [wanted, wanted]
    assert undisturbed == ['', '']
    assert bool(changed) != bool(wanted), changed


def _made_with(umask: int) -> Snapshot:
    os.umask(umask)
    converge({'name': 'a', 'namespaces': [{'name': 'b'}]})
    return snapshot()


def test_modes_do_not_depend_on_the_umask() -> None:
    usual = world.in_world(_made_with, 0o022)
    for umask in (0, 0o077):
        assert difference(usual, world.in_world(_made_with, umask)) == ''
