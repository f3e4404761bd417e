# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links: what a document says, what a plan does with it, and that no secret shows."""

from __future__ import annotations

import base64
import copy
import pickle
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.query import query_for
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.codec import requests
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.operation import (
    WireguardOperation,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.undo import (
    undo_wireguard,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.value import (
    NO_KEY,
    Device,
    Peer,
    SecretKey,
)
from ansible_collections.multinet.linux.tests.unit.objects.lab import bare, layout, planned, steps_of

ONE = 'IhjDMLQWrcOvBjKmIE7Fw3dJQa0vnOHCOUHcJdpjFDA='
TWO = 'XVjQ95wDdFMCXMlvXYe2KQ6HV/hNhLsSc6TSbZemKBc='
SECRET = SecretKey(bytes(range(32)))
OTHER = SecretKey(bytes(range(1, 33)))
FILES: dict[str, str | None] = {
    '/k/private': base64.b64encode(SECRET.data).decode() + '\n',
    '/k/other': base64.b64encode(OTHER.data).decode(),
}


def document(**keys: t.Any) -> dict[str, t.Any]:
    return {'links': [{'name': 'wg0', 'kind': 'wireguard', **keys}]}


def plan_of(wanted: dict[str, t.Any], have: Device | None = None, files: t.Any = None) -> Plan:
    """The plan where the link is there with what it *has*, or is to be made."""
    seen = bare()
    if have is not None:
        link = Link(
            '', 'wg0', 'wireguard', True, 1420, None, '', mark='multinet:lab', settings=have.settings()
        )
        seen = bare('', link, wireguard={'wg0': have})
    return planned(wanted, [seen], files=FILES if files is None else files)


def pairs_of(plan: Plan) -> list[tuple[Device, Device]]:
    return [(op.before, op.after) for op in plan.ops if isinstance(op, WireguardOperation)]


HAVE = Device(
    SECRET,
    51820,
    0,
    {ONE: Peer(OTHER, '192.0.2.1:5', ('10.0.0.0/24',), 25), TWO: Peer(NO_KEY, '', ('::/0',))},
)


def test_a_new_link_is_given_everything() -> None:
    peer = {'public_key': ONE, 'endpoint': '[2001:DB8::1]:5', 'allowed_ips': ['10.0.0.7/24', 'fd00::/8']}
    plan = plan_of(document(private_key_file='/k/private', listen_port='51820', peers=[peer]))
    wanted = Peer(NO_KEY, '[2001:db8::1]:5', ('10.0.0.0/24', 'fd00::/8'))
    assert pairs_of(plan) == [
        (Device(NO_KEY, 0, peers={ONE: None}), Device(SECRET, 51820, peers={ONE: wanted}))
    ]
    assert steps_of(plan)[-2:] == ['change link host/wg0 (wireguard)', 'change link host/wg0 (up)']


def test_what_is_not_said_is_left_alone() -> None:
    assert not pairs_of(plan_of(document(), HAVE))
    peers = [
        {'public_key': TWO, 'allowed_ips': '::/0'},
        {'public_key': ONE, 'allowed_ips': ['10.0.0.0/24'], 'persistent_keepalive': 25},
    ]
    assert not pairs_of(plan_of(document(peers=peers), HAVE))


def test_peers_are_exactly_those() -> None:
    wanted = document(fwmark=7, peers=[{'public_key': ONE, 'preshared_key_file': '/k/private'}])
    ((before, after),) = pairs_of(plan_of(wanted, HAVE))
    assert before == Device(fwmark=0, peers=HAVE.peers)
    assert after == Device(fwmark=7, peers={ONE: Peer(SECRET, '192.0.2.1:5'), TWO: None})


@pytest.mark.parametrize(
    'files, told',
    [
        ({}, 'names a file that does not exist'),
        ({'/k/private': ''}, 'names a file without a key'),
        ({'/k/private': 'A' * 44}, 'names a file without a key'),
    ],
)
def test_a_file_without_a_key_is_a_conflict(files: dict[str, str], told: str) -> None:
    plan = plan_of(document(private_key_file='/k/private'), files=files or {'/k/private': None})
    assert steps_of(plan) == ['link host/wg0: private_key_file: ' + told]
    assert 'AAAA' not in str(plan.conflicts)


def test_a_secret_shows_nothing_but_its_digest() -> None:
    plan = plan_of(document(private_key_file='/k/private', peers=[]), HAVE)
    changed = plan_of(document(private_key_file='/k/other'), HAVE)
    for text in map(repr, (plan, changed, HAVE, HAVE.settings(), changed.ops, pairs_of(changed))):
        for key in (SECRET, OTHER):
            assert key.data.hex() not in text
            assert repr(key.data) not in text
            assert base64.b64encode(key.data).decode() not in text
    (change,) = changed.changes
    differing = set(change.before) ^ set(change.after)
    assert differing == {'private_key_file %r' % SECRET, 'private_key_file %r' % OTHER}
    with pytest.raises(TypeError):
        pickle.dumps(SECRET)
    with pytest.raises(TypeError):
        copy.deepcopy(SECRET)


def test_files_and_links_are_read_where_they_are_declared() -> None:
    peers = [{'public_key': ONE, 'preshared_key_file': '/k/b'}]
    query = query_for(layout(**document(private_key_file='/k/a', peers=peers)), Owned(), Policy())
    assert query.files == {'/k/a', '/k/b'}
    assert query.wireguard == {('', 'wg0')}


def test_what_an_undo_puts_back() -> None:
    link = Link('', 'wg0', 'wireguard')
    before = bare('', link, wireguard={'wg0': HAVE})
    made_again = undo_wireguard('', before, bare('', link))
    assert [op.after for op in made_again] == [Device(SECRET, 51820, peers=HAVE.peers)]
    roamed = Device(SECRET, 51820, 0, {**HAVE.peers, ONE: Peer(OTHER, '192.0.2.9:9', ('10.0.0.0/24',), 25)})
    assert not undo_wireguard('', before, bare('', link, wireguard={'wg0': roamed}))
    assert not undo_wireguard('', before, bare())


def test_requests_have_the_bytes_that_the_kernel_knows() -> None:
    peers = {ONE: Peer(OTHER, '192.0.2.1:5', ('10.0.0.0/24',), 25), TWO: None}
    own, gone, peer = [data.hex() for data in requests('wg0', Device(SECRET, 5, 7, peers))]
    head = '01010000' + '08000200' + '77673000'
    assert own == head + '24000300' + SECRET.data.hex() + '06000600' + '05000000' + '08000700' + '07000000'
    key = '24000100' + base64.b64decode(TWO).hex()
    assert gone == head + '34000880' + '30000080' + key + '08000300' + '01000000'
    key = '24000100' + base64.b64decode(ONE).hex() + '08000300' + '02000000'
    key += (
        '24000200' + OTHER.data.hex() + '14000400' + '02000005c0000201' + '00' * 8 + '06000500' + '19000000'
    )
    network = '1c000080' + '06000100' + '02000000' + '08000200' + '0a000000' + '05000300' + '18000000'
    key += '20000980' + network
    size = len(key) // 2
    lengths = [(size + more).to_bytes(2, 'little').hex() for more in (8, 4)]
    assert peer == head + lengths[0] + '0880' + lengths[1] + '0080' + key
