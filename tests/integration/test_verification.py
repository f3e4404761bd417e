# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After its operations a run reads again where they may have changed something, and nowhere else."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine import observe
from ansible_collections.multinet.linux.plugins.module_utils.engine.query import Query
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Snapshot

from . import world
from .outcomes import silent
from .world import run

Document = dict[str, t.Any]
HOST = ''


def namespace(number: int, **more: t.Any) -> Document:
    address = {'address': '10.9.0.%d/24' % number}
    link = {'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'to-n%d' % number, 'master': 'lan'}}
    return {'name': 'n%d' % number, 'links': [{**link, 'addresses': [address['address']]}], **more}


def document(count: int, *more: Document) -> Document:
    bridge = {'name': 'lan', 'kind': 'bridge'}
    return {'name': 'lab', 'links': [bridge], 'namespaces': [*map(namespace, range(1, count + 1)), *more]}


def three() -> Document:
    return document(3)


# What happened to the host or the document, and what is read after the change.
CASES: dict[str, tuple[t.Sequence[str], t.Callable[[], Document], set[str]]] = {
    'a namespace is new': ((), lambda: document(4), {HOST, 'n4'}),
    'a namespace was deleted': (('ip link del to-n2', 'ip netns del n2'), three, {HOST, 'n2'}),
    'a veth was deleted': (('ip link del to-n2',), three, {HOST, 'n2'}),
    'a link was set down': (('ip -n n2 link set eth0 down',), three, {'n2'}),
    'an address was deleted': (('ip -n n2 addr flush dev eth0',), three, {'n2'}),
    'a port left its bridge': (('ip link set to-n2 nomaster',), three, {HOST}),
    'a sysctl of a namespace': (
        (),
        lambda: document(2, namespace(3, sysctls={'net.ipv4.ip_forward': 1})),
        {'n3'},
    ),
    'a namespace goes': ((), lambda: document(2), {HOST, 'n1', 'n2', 'n3'}),
    'an MTU that links above may feel': (('ip link set lan mtu 1400',), three, {HOST, 'n1', 'n2', 'n3'}),
}


def read_again(commands: t.Sequence[str], declared: Document) -> set[str]:
    """The namespaces that are read once the operations are done."""
    converge(three())
    for command in commands:
        run(command)
    queries: list[Query] = []
    read = observe._read

    def noted(query: Query, before: Snapshot) -> t.Any:
        if not query.only_attached:
            queries.append(query)
        return read(query, before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observe, '_read', noted)
        outcome = converge(declared)
    assert outcome.rounds == 1
    silent(declared)
    return set(queries[-1].namespaces)


@pytest.mark.parametrize('case', CASES)
def test_what_may_have_changed_is_read_again(case: str) -> None:
    commands, declare, names = CASES[case]
    assert world.in_world(read_again, commands, declare()) == names
