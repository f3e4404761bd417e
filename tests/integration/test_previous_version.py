# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that an earlier version converged: what it wrote is read; the host is changed, undone and removed.

The files in previous_version/ were written by it, before 0.1.0: the record and the journal of a scope, which
differ between hosts in the name of the boot and in the cookies of namespaces, and the document that it kept
for the next boot.
"""

from __future__ import annotations

import json
import os
import pathlib
import random
import signal
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.apply import StepFailed
from ansible_collections.multinet.linux.plugins.module_utils.host import boot_run
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.host.store import boot_id
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document, random_change
from ansible_collections.multinet.linux.tests.integration import everything, world
from ansible_collections.multinet.linux.tests.integration.etc_world import own_etc
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot

FOLDER = pathlib.Path(__file__).with_name('previous_version')
NAMES = sorted(path.stem for path in FOLDER.glob('*.json'))
RESTORED = [name for name in NAMES if name != 'everything']
SCOPES = pathlib.Path('/run/multinet/scopes')
JOURNALS = pathlib.Path('/run/multinet/journal')
KEPT = pathlib.Path('/etc/multinet/layouts')


class Host:
    """A world as that version found it."""

    def __init__(self, name: str) -> None:
        self.files: dict[str, t.Any] = json.loads((FOLDER / (name + '.json')).read_text())
        self.document: Document = json.loads(self.files['kept'])['document']
        self.policy = Policy(adopt=self.files['adopt'])
        self.scope = self.document['name']
        self.everything = name == 'everything'
        own_etc()
        if self.everything:  # what it takes over goes with it
            everything.surroundings()
            self.removed: Snapshot = world.result(*world.child(self._taken_over_and_removed, new=True))
        for command in self.files['before']:
            world.run(command)
        if not self.everything:
            self.removed = snapshot()

    def _taken_over_and_removed(self) -> Snapshot:
        everything.surroundings()
        converge(self.document, policy=self.policy)
        converge(self.document, absent=True)
        return snapshot()

    def converge_as_then(self) -> None:
        """Both versions do the same to the kernel; then the record is exchanged for that of the other one."""
        converge(self.document, policy=self.policy)
        path = SCOPES / (self.scope + '.json')
        path.write_text(self._here(self.files['record'], json.loads(path.read_text())['identities']))

    def interrupt_as_then(self) -> None:
        """A run that ends in the middle, with the journal of the other version."""
        total = converge(self.document, policy=self.policy, check=True).ops
        assert world.killed_or_result(self._die, total // 2) is None
        path = JOURNALS / (self.scope + '.jsonl')
        path.write_text(self._here(self.files['journal'], json.loads(path.read_text())['identities']))

    @staticmethod
    def _here(text: str, identities: t.Mapping[str, str]) -> str:
        """A file of another host as it would be on this one, which may have more to follow the first line."""
        first, newline, others = text.replace('{boot}', boot_id()).partition('\n')
        data = json.loads(first)
        for mapping in (data['identities'], data['owned']['namespaces']):
            for name, cookie in mapping.items():
                mapping[name] = identities[name] if cookie else ''
        return json.dumps(data) + newline + others

    def _die(self, last: int) -> None:
        done: list[Operation] = []

        def step(op: Operation) -> None:
            done.append(op)
            if len(done) == last:
                os.kill(os.getpid(), signal.SIGKILL)

        converge(self.document, policy=self.policy, step=step)

    def is_removed(self) -> None:
        converge(self.document, absent=True)
        same(self.removed, 'after removal')


def same(before: Snapshot, what: str) -> Snapshot:
    now = snapshot()
    changed = difference(before, now)
    assert not changed, '%s:\n%s' % (what, changed)
    return now


def _found_unchanged(name: str) -> None:
    host = Host(name)
    host.converge_as_then()
    before = snapshot()
    for check in (True, False):
        outcome = converge(host.document, policy=host.policy, check=check)
        assert (outcome.changes, outcome.ops) == ((), 0), [change.title for change in outcome.changes]
        before = _without_records(before)
        changed = difference(before, _without_records(snapshot()))
        assert not changed, changed
    host.is_removed()


def _without_records(found: Snapshot) -> Snapshot:
    return {key: value for key, value in found.items() if not key.startswith('file /run/multinet/')}


def _change_of(host: Host) -> tuple[Document, int]:
    """Another document for a host, and how many operations lead to it."""
    others = [random_change(host.document, seed) for seed in range(9)]
    if host.everything:
        others = [everything.second([])]
    for other in others:
        count = converge(other, policy=host.policy, check=True).ops
        if count:
            return other, count
    raise AssertionError('no change changes anything')


def _changed_and_undone(name: str) -> None:
    host = Host(name)
    host.converge_as_then()
    before = snapshot()
    other, count = _change_of(host)
    last = random.Random(name).randint(1, count)
    done: list[Operation] = []

    def step(op: Operation) -> None:
        done.append(op)
        if len(done) == last:
            raise StepFailed(op, 'the test says so')

    with pytest.raises(EngineError) as caught:
        converge(other, policy=host.policy, step=step)
    assert 'except' not in str(caught.value), str(caught.value)
    same(before, 'undone after operation %d of %d' % (last, count))
    converge(other, policy=host.policy)
    again = converge(other, policy=host.policy)
    assert (again.changes, again.ops) == ((), 0), [change.title for change in again.changes]
    host.is_removed()


def _interrupted(name: str) -> None:
    host = Host(name)
    if not host.everything:  # what was not taken over yet does not go
        host.interrupt_as_then()
        host.is_removed()
    host.interrupt_as_then()
    converge(host.document, policy=host.policy)
    again = converge(host.document, policy=host.policy)
    assert (again.changes, again.ops) == ((), 0), [change.title for change in again.changes]
    assert not JOURNALS.exists()
    host.is_removed()


def _booted(name: str) -> None:
    host = Host(name)
    KEPT.mkdir(parents=True)
    (KEPT / (host.scope + '.json')).write_text(host.files['kept'])
    said: list[str] = []
    assert boot_run.apply_all(lambda text, _stream=sys.stdout: said.append(text)) == 0, said
    outcome = converge(host.document)
    assert (outcome.changes, outcome.ops) == ((), 0), [change.title for change in outcome.changes]
    for path in (KEPT / (host.scope + '.json'), KEPT, KEPT.parent):
        path.unlink() if path.is_file() else path.rmdir()
    host.is_removed()


@pytest.mark.parametrize('name', NAMES)
def test_a_host_is_found_as_declared(name: str) -> None:
    world.in_world(_found_unchanged, name)


@pytest.mark.parametrize('name', NAMES)
def test_a_host_is_changed_and_a_change_is_undone(name: str) -> None:
    world.in_world(_changed_and_undone, name)


@pytest.mark.parametrize('name', NAMES)
def test_a_run_that_was_interrupted_is_finished_or_removed(name: str) -> None:
    world.in_world(_interrupted, name)


@pytest.mark.parametrize('name', RESTORED)
def test_a_document_that_was_kept_is_applied_at_boot(name: str) -> None:
    world.in_world(_booted, name)
