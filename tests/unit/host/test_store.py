# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records and journals: what was written is read again, and files of another shape count for nothing."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.store import Record, Store, boot_id
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned

_OWNED = Owned(
    namespaces={'blue': 'cookie:7'},
    addresses={('blue', 'eth0', '10.0.0.1/24')},
    sysctls={('', 'net/ipv4/ip_forward'): ('0', '1')},
    fields={('', 'eth1', 'mtu'): (1500, 1400)},
    iptables={('blue', 'ipv4'): [['filter', 'INPUT']]},
    nftables={('blue', 'inet', 'mn-x')},
    moved={('blue', 'eth2'): {'name': 'eth2', 'mtu': 1500}},
    files={('blue', '/etc/netns/blue/resolv.conf'): (None, 'nameserver 10.0.0.53\n')},
)
_IDENTITIES = {'': 'cookie:1', 'blue': 'cookie:7'}
_PROOFS = {'iptables blue': ['stamp', 'digest']}


def _store(root: pathlib.Path) -> Store:
    store = Store('x', str(root))
    store.commit(_OWNED.copy(), _IDENTITIES, _PROOFS)
    return store


def _broken(root: pathlib.Path, text: str | bytes) -> Record:
    """What is known when the file of the record has this content."""
    path = root / 'scopes' / 'x.json'
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Store('x', str(root)).load()


def test_what_was_stored_is_read(tmp_path: pathlib.Path) -> None:
    record = _store(tmp_path).load()
    assert record == Record(_OWNED, _IDENTITIES, _PROOFS, known=True, stored=True)


def test_a_journal_adds_to_the_record(tmp_path: pathlib.Path) -> None:
    store = _store(tmp_path)
    after = _OWNED.copy()
    after.sysctls['', 'net/ipv4/ip_forward'] = ('1', '2')
    after.iptables['blue', 'ipv4'] = [['nat', 'OUTPUT']]
    after.routes.add(('blue', 'default'))
    store.begin(store.load(), after, {**_IDENTITIES, 'red': 'cookie:9'})
    record = store.load()
    assert record.crashed and not record.stored
    assert record.owned.sysctls['', 'net/ipv4/ip_forward'] == ('0', '2')
    assert record.owned.iptables['blue', 'ipv4'] == [['filter', 'INPUT'], ['nat', 'OUTPUT']]
    assert record.owned.routes == {('blue', 'default')}
    assert record.owned.addresses == _OWNED.addresses
    assert record.identities['red'] == 'cookie:9'
    store.tidy()
    assert not store.load().crashed


@pytest.mark.parametrize(
    'text',
    [
        b'',
        b'\xff\xfe',
        '{',
        'null',
        '7',
        '"text"',
        '[]',
        '{}',
        '[[' * 5000,
        '{"version": 1, "boot": "another"}',
    ],
)
def test_a_file_of_another_shape_is_no_record(tmp_path: pathlib.Path, text: str | bytes) -> None:
    _store(tmp_path)
    assert _broken(tmp_path, text) == Record()


@pytest.mark.parametrize(
    'value', [None, 7, 'text', [], ['a'], [['a']], [[['a'], ['b', 'c', 'd']]], {}, {'a': {}}]
)
@pytest.mark.parametrize('place', ['identities', 'proofs', 'owned', *Owned().as_data()])
def test_a_part_of_another_shape(tmp_path: pathlib.Path, place: str, value: object) -> None:
    """It is no record, or one whose parts can be used."""
    _store(tmp_path)
    data = json.loads((tmp_path / 'scopes' / 'x.json').read_text())
    (data if place in data else data['owned'])[place] = value
    _use(_broken(tmp_path, json.dumps(data)))


def _mutated(value: t.Any, dice: random.Random) -> t.Any:
    if dice.random() < 0.08:
        return dice.choice([None, 0, True, '', 'x', [], {}, [value], {'x': value}, [[]], -1.5])
    if isinstance(value, dict):
        return {key: _mutated(member, dice) for key, member in value.items() if dice.random() > 0.02}
    if isinstance(value, list):
        return [_mutated(member, dice) for member in value]
    return value


@pytest.mark.parametrize('seed', range(300))
def test_mutated_records(tmp_path: pathlib.Path, seed: int) -> None:
    _store(tmp_path)
    data = json.loads((tmp_path / 'scopes' / 'x.json').read_text())
    changed = _mutated(data, random.Random(seed))
    if isinstance(changed, dict):
        changed.update(version=1, boot=boot_id())
    _use(_broken(tmp_path, json.dumps(changed)))


def _use(record: Record) -> None:
    """Do with a record what a run does."""
    owned = record.owned
    owned.copy().joined(Owned()).without(owned).touched()
    owned.divided({'blue'})
    owned.as_data()
    for name in owned.touched():
        record.identities.get(name)
    for key, (stamp, digest) in record.proofs.items():
        assert key.partition(' ') and stamp.islower() is not None and digest.islower() is not None
    owned.forget('blue')
