# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One document on its way through the pipeline: its stages, and what each of them found out."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..engine.observe import observe
from ..engine.ownership import drop_stale_ownership, note_identities, recover_ownership
from ..engine.plan import plan
from ..engine.query import Query, query_for
from ..engine.refusals import preflight, refuse_foreign_mounts, refuse_harm, refuse_named_host
from ..kernel import locks, namespaces
from ..kernel.codec import MissingLibrary
from ..kernel.names import HostNames
from ..kernel.netlink import plainly
from ..objects.document.parse import read_layout
from ..objects.firewall_proof import NO_STAMPS, FirewallProof, PlainFamilies, Stamps, plain_after
from ..objects.firewalls import canonical_firewalls, drop_new_tables, forget_connections
from ..objects.iptables.canonical_form import CanonicalRules
from ..objects.iptables.query import IptablesQuery
from ..objects.layout import Layout
from ..objects.operation import Change, Operation, Plan
from ..objects.owned import WITH_KEYS, Owned
from ..objects.state import Snapshot
from ..values.problems import EngineError, Problem
from .commit_confirm import remove_stale
from .earlier import hints
from .store import Record, Store, host_id
from .task import Outcome, Task

if t.TYPE_CHECKING:
    from ..engine.apply import Executor


class Standing(t.NamedTuple):
    """What is in place, and is to be kept."""

    changes: tuple[Change, ...]
    owned: Owned
    identities: dict[str, str]
    proofs: dict[str, list[str]]


class Confirmation(t.Protocol):
    """Where a change waits for its confirmation, before it is kept."""

    def announce(self, executor: Executor, ops: t.Sequence[Operation]) -> None:
        """Note what took effect, and what comes next."""

    def wait(self, executor: Executor, standing: Standing) -> None:
        """Raises NotConfirmed."""


def _has_strayed(owned: Owned, have: Snapshot) -> bool:
    from ..objects.link.held import has_strayed  # not loaded by a run without cards

    return has_strayed(owned, have)


def _lowers_mtu(steps: Plan, have: Snapshot) -> bool:
    """Whether the kernel lowers the MTU of what stands on a link along with it."""
    for op in steps.ops:
        if op.sets_mtu is not None:
            end, mtu = op.sets_mtu
            link = have.link(end)
            if link is not None and mtu < (link.mtu or 0):
                return True
    return False


class Run:
    """The stages of a run, in their order. Inside :meth:`locked`."""

    def __init__(self, document: t.Mapping[str, t.Any], task: Task) -> None:
        self.task, self.policy = task, task.policy
        self.declared = read_layout(document, host_id(), self.policy.removes, True, HostNames())
        self.want = Layout(self.declared.scope) if task.absent else self.declared
        self.store = Store(self.want.scope, task.root)
        self.record = Record(Owned())
        self.proof = FirewallProof({}, {})
        self.rules = CanonicalRules()
        self.before = Snapshot({})  # the host before the first operation
        self.steps = Plan()
        self.owned = Owned()  # what the scope owns when the plan is carried out
        self._executor: Executor | None = None
        self._unrestored: list[Problem] = []
        self._kept_leases: list[str] = []
        self._kept = False
        self._looks_everywhere = False  # for a card that somebody moved by hand
        self._held: dict[str, int] = {}
        self._attached: frozenset[str] = frozenset()  # where others may have something attached

    # Before the first operation

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        with self.store.lock(reading=self.task.check):
            yield

    def recall(self) -> None:
        """Load the record of the scope; for a removal without one, find out what is ours."""
        if not self.task.check:
            remove_stale(self.task.root)
        self.record = self.store.load()
        if self.task.absent and not self.record.known:
            self.record = Record(recover_ownership(self.declared))
        tables = {(chain.namespace, chain.family, chain.table) for chain in self.want.iptables}
        self.record.owned.new_tables |= self.store.new_tables_to_share(self.record.owned, tables)
        self.proof = FirewallProof.of(self.want, self.policy, self.record.proofs)

    def observe(self) -> None:
        refuse_named_host()
        stamps = NO_STAMPS if self.record.crashed else self.proof.expected_stamps()
        try:
            have = observe(self.query(self.record.owned, stamps))
            if self.record.owned.moved and _has_strayed(self.record.owned, have):
                self._looks_everywhere = True
                have = observe(self.query(self.record.owned, stamps))
            self.look_at(have)
        except EngineError as error:
            raise EngineError('%s; nothing was changed' % error) from error

    def look_at(self, have: Snapshot) -> None:
        """Begin on a host like this."""
        self.before = self.store.with_scopes(have)
        if drop_stale_ownership(self.record.owned, self.record.identities, have):
            self.record.stored = False
        if not self.policy.removes:
            self.want, self.rules = canonical_firewalls(self.want, have)

    def plan(self) -> None:
        """Raises EngineError for conflicts, and for what would hurt somebody."""
        self.steps, self.owned = plan(self.want, self.before, self.record.owned, self.policy, self.rules)
        if not (self._looks_everywhere or self.task.earlier) and _lowers_mtu(self.steps, self.before):
            self._looks_everywhere = True  # links of other namespaces may stand on it
            self.observe()
            self.steps, self.owned = plan(self.want, self.before, self.record.owned, self.policy, self.rules)
        if self.steps.conflicts:
            raise EngineError(*self.steps.conflicts, *hints(self.steps.conflicts, self.task.check))
        removes_all = self.policy.prune and not self.task.absent and self.want.empty()
        if removes_all and self.steps:
            raise EngineError(
                Problem(
                    'the document',
                    'declares nothing, which would remove all of scope %s' % self.want.scope,
                    do='set state: absent if that is meant',
                )
            )
        refuse_foreign_mounts(self.steps)
        refuse_harm(self.steps, self.before, self.policy)

    def prediction(self) -> Outcome:
        """What the run would do. Raises EngineError for what the kernel lacks: a real run would fail too. A
        missing library is told, since an earlier task of the same play may bring it.
        """
        lacking = None
        try:
            self.preflight()
        except MissingLibrary as error:
            lacking = error
        steps, crashed = self.steps, self.record.crashed
        return Outcome(steps.changes, 0, crashed, len(steps.ops), lacking=lacking, warnings=steps.warnings)

    def keep_unchanged(self) -> Outcome:
        """All is as declared. The record is written only if it says something else."""
        record, owned = self.record, self.owned
        identities = note_identities(owned, self.before)
        proofs = self.proof.renewed(self.want, owned, self.before)
        is_news = owned != record.owned and owned.as_data() != record.owned.as_data()
        is_unknown = not record.known and owned.touched()
        if is_news or is_unknown or record.crashed or proofs != record.proofs:
            self.store.commit(owned, identities, proofs)
        if record.crashed or not owned.touched():
            self.store.tidy()
        return Outcome(self._finish(), recovered=record.crashed)

    def preflight(self) -> None:
        from ..engine.attached import note_attached  # not loaded for a run without operations

        preflight(self.steps)
        if any(op.moves_from for op in self.steps.ops):
            from ..engine.moved import note_sysctls

            note_sysctls(self.before, self.steps.ops)
        self._attached = note_attached(self.before, self.steps.ops, self.record.owned)

    def risks(self) -> list[str]:
        """Why the change has to be confirmed; empty if it has not."""
        wanted = self.task.commit_confirm
        if wanted is None or wanted.mode == 'never':
            return []
        risks: list[str] = []
        if wanted.connection:
            from .management_path import reasons, trace  # not loaded for a run without operations

            risks = reasons(self.steps, trace(self.before, wanted.connection))
        return risks or (['every change has to be confirmed'] if wanted.mode == 'always' else [])

    # Apply, verify, keep

    def apply(self, confirmation: Confirmation | None = None) -> Outcome:
        """Carry out the plan, verify, wait for the confirmation if there is one to wait for, and keep. Undo
        all of it otherwise."""
        from ..engine.apply import Executor, StepFailed

        try:
            with self._journal():
                self._executor = executor = Executor(
                    self.task.step, removes=self.task.absent, known_rules=self.rules.known_rules
                )
                if confirmation is not None:
                    executor.announce = lambda ops: confirmation.announce(executor, ops)
                try:
                    return namespaces.in_thread(self._transaction, executor, confirmation)
                except BaseException:
                    self._undo_side_effects(executor)
                    raise
        except (StepFailed, OSError) as error:
            raise EngineError('%s; %s' % (plainly(error), self._ending()), *self.not_undone()) from error
        except EngineError as error:
            raise EngineError(*error.problems, self._ending(), *self.not_undone()) from error

    def _transaction(self, executor: Executor, confirmation: Confirmation | None) -> Outcome:
        from ..engine.attached import keep_attached
        from ..engine.duplicates import refuse_duplicates
        from .rounds import ROUNDS, differences, merged, without_failed

        steps, owned, now = self.steps, self.owned, self.before
        changes, rounds = steps.changes, 0
        done: list[Operation] = []
        with executor.transaction():
            while steps:
                if rounds == ROUNDS:
                    raise EngineError(*differences(steps))
                rounds += 1
                if any(op.gives_name for op in steps.ops):
                    self.store.prepare_names()
                executor.run(steps.ops)
                done += steps.ops
                owned.sysctls.update(executor.first_values)
                now, steps, owned = self._verify(steps, now, owned)
                if steps.conflicts:
                    raise EngineError(*steps.conflicts)
                changes = merged(changes, steps.changes)
            changes = without_failed(changes, [failure.op for failure in executor.not_restored])
            refuse_duplicates(done)
            keep_attached(executor, self.before, self._attached, done, self.policy.adopt)
            proofs = self.proof.renewed(self.want, owned, now)
            standing = Standing(changes, owned, note_identities(owned, now), proofs)
            if confirmation is not None:
                confirmation.wait(executor, standing)
            forget_connections(done, self.want, self.record.owned, self.policy.removes)
            changes = self.keep(standing)
            drop_new_tables(self.record.owned.new_tables - standing.owned.new_tables)
        failures, warnings = tuple(map(str, executor.not_restored)), self.steps.warnings
        return Outcome(changes, rounds, ops=len(done), not_restored=failures, warnings=warnings)

    def _verify(self, done: Plan, before: Snapshot, owned: Owned) -> tuple[Snapshot, Plan, Owned]:
        """Read and plan again: the snapshot, what is left to do, and what is ours then.

        Where all changes are contained in some namespaces, the others are not read again. If that finds more
        to do than such changes, somebody else is changing the host: all of it is read.
        """
        plain = plain_after(done.ops, before)
        if all(op.contained for op in done.ops):
            names = set().union(*[op.namespaces for op in done.ops])
            touched, rest = owned.divided(names) if self.policy.prune else (owned, Owned())
            owned_before = self.record.owned.divided(names)[0]
            now, steps, still_owned = self._look_again(plain, touched, owned_before, before, names)
            if not steps.conflicts and all(op.contained for op in steps.ops):
                return now, steps, rest.joined(still_owned)
        return self._look_again(plain, owned, self.record.owned)

    def _look_again(
        self,
        plain: t.Mapping[str, PlainFamilies],
        owned: Owned,
        before: Owned,
        known: Snapshot | None = None,
        names: set[str] | None = None,
    ) -> tuple[Snapshot, Plan, Owned]:
        for kind in WITH_KEYS:  # to see whether those that are to be gone are
            getattr(owned, kind).update(getattr(before, kind))
        stamps = self.proof.of_unchanged(self.before).expected_stamps()
        query = query_for(self.want, owned, self.policy, stamps=stamps)
        known_rules = self.rules.known_in(self.want)
        plain = {**stamps.plain, **plain}
        query.iptables = query.iptables._replace(known_rules=known_rules, plain=plain)
        now = observe(query) if names is None else observe(query.only(names), known)
        now = self.store.with_scopes(now)
        if not self.policy.removes:
            self.want, self.rules = canonical_firewalls(self.want, now, self.rules)
        # Without prune the document is small, and what exists in all namespaces tells what is ours.
        only = names if self.policy.prune else None
        return (now, *plan(self.want, now, owned, self.policy, self.rules, only))

    def keep(self, standing: Standing) -> tuple[Change, ...]:
        """All is in place, and confirmed if it has to be: from now on it is what the host has."""
        changes = (*standing.changes, *self._finish())
        self.store.commit(standing.owned, standing.identities, standing.proofs)
        self._kept = True
        return changes

    def _finish(self) -> tuple[Change, ...]:
        return self.task.finish() if self.task.finish else ()

    # Undo

    def not_undone(self) -> list[str]:
        """What is not as it was before, or may not be."""
        return [*self._remains(), *self._kept_leases]

    def _remains(self) -> list[str]:
        failures = self._executor.not_undone if self._executor else []
        return ['not undone: %s' % failure for failure in failures] + list(map(str, self._unrestored))

    def undo(self, ops: t.Sequence[Operation]) -> None:
        """Undo what a process that was killed had done or begun, given in its order. :meth:`not_undone` has
        what cannot be.
        """
        from ..engine.apply import Executor
        from ..engine.undo import inverses

        with self._journal():
            self._executor = executor = Executor()
            for name, fd in self._held.items():
                with contextlib.suppress(FileExistsError), locks.names_locked(insist=True):
                    namespaces.bind(fd, name)
            now = observe(self.query(self.record.owned))
            steps = [inverse for op in reversed(ops) for inverse in inverses(op, now)]
            namespaces.in_thread(executor.undo_with, steps)
            self._undo_side_effects(executor)

    @contextlib.contextmanager
    def holding(self, names: t.Iterable[str]) -> t.Iterator[None]:
        """Inside the block these namespaces live, also when they lose their names."""
        self._held = {name: namespaces.open_named(name) for name in names}
        try:
            yield
        finally:
            for fd in self._held.values():
                os.close(fd)

    def _undo_side_effects(self, executor: Executor) -> None:
        # iptables is undone exactly: each table is written as a whole, or not at all.
        query = self.query(self.record.owned)
        sysctls = {name: {*seen.sysctls} for name, seen in self.before.seen.items()}
        query = query.replaced(iptables=IptablesQuery(), attached=self._attached, fresh={}, sysctls=sysctls)
        from ..engine.undo import keep_leased, undo_side_effects  # rarely needed

        before, self._kept_leases = keep_leased(self.before, executor.moved)
        self._unrestored = undo_side_effects(executor, before, lambda: observe(query))
        namespaces.in_thread(drop_new_tables, self.owned.new_tables - self.record.owned.new_tables)

    def _ending(self) -> str:
        if self.not_undone():
            return 'what was done before was undone, except'
        return 'everything done before was undone'

    def query(self, owned: Owned, stamps: Stamps = NO_STAMPS) -> Query:
        incomplete = self._looks_everywhere or not self.record.known or self.record.crashed
        return query_for(self.want, owned, self.policy, stamps=stamps, all_namespaces=incomplete)

    @contextlib.contextmanager
    def _journal(self) -> t.Iterator[None]:
        """While the run changes the host, the journal says what may become ours."""
        identities = note_identities(self.record.owned.copy(), self.before)
        self.store.begin(self.record, self.owned, identities)
        try:
            yield
        finally:
            self._close_journal()

    def _close_journal(self) -> None:
        """Remove the journal, unless only it has what is to undo; the next run then recovers from it."""
        if self._remains():
            return
        try:
            if not self._kept and self.record.crashed:
                self.store.commit(self.record.owned, self.record.identities, {})
        except OSError:
            return
        self.store.tidy()
