# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way from a document to a proven kernel: read, observe, plan, apply, verify, keep."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gc
import os
import typing as t

from ..engine.apply import Executor, StepFailed
from ..engine.observe import Query, observe
from ..engine.plan import plan
from ..engine.undo import put_back
from ..kernel import codec, namespaces
from ..kernel.netlink import plainly
from ..kernel.processes import processes
from ..objects import encode
from ..objects.document.parse import read_layout
from ..objects.draft import Policy
from ..objects.firewall_proof import NO_STAMPS, FirewallProof, Stamps
from ..objects.firewalls import canonical_firewalls
from ..objects.iptables.canonical_rules import CanonicalRules, canonicalise_rules
from ..objects.iptables.flush_conntrack import changed_rules, forget_connections
from ..objects.iptables.observe import IptablesQuery
from ..objects.iptables.plan import wanted_families
from ..objects.iptables.value import own_chain
from ..objects.layout import Layout
from ..objects.link.features import missing_features
from ..objects.nameservers.plan import NSSWITCH, RESOLV
from ..objects.nameservers.value import FOLDER
from ..objects.nftables.observe import NftablesQuery
from ..objects.nftables.plan import wanted_tables
from ..objects.nftables.value import own_table
from ..objects.operation import Change, Operation, Plan
from ..objects.state import Owned, Snapshot
from ..values.names import HOST
from ..values.problems import EngineError, Problem
from .commit_confirm import Guard, NotConfirmed, Tell, Waiter, detached, linger, sweep, watched
from .management_path import reasons
from .store import ROOT, Record, Store, host_id

_ROUNDS = 3
T = t.TypeVar('T')


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run did, or would do. ``pending`` is what has to be confirmed. ``rounds`` is how often it had to plan until nothing was left to do."""

    changes: tuple[Change, ...] = ()
    rounds: int = 0
    recovered: bool = False
    ops: int = 0
    pending: dict[str, t.Any] | None = None


def _query(want: Layout, record: Record, policy: Policy, expected: Stamps = NO_STAMPS) -> Query:
    names = {HOST} | {namespace.name for namespace in want.namespaces} | record.owned.touched()
    for link in want.links:
        names.update(end[0] for end in (link.peer, link.parent) if end)
    if not record.known or record.crashed:
        names.update(namespaces.named())  # the marks in the kernel tell what is ours
    sysctls: dict[str, set[str]] = {}
    for sysctl in want.sysctls:
        sysctls.setdefault(sysctl.namespace, set()).add(sysctl.key)
        if not sysctl.link:
            sysctls.setdefault(HOST, set()).add(sysctl.key)
    for namespace, key in record.owned.sysctls:
        sysctls.setdefault(namespace, set()).add(key)
    files = {path for _namespace, path in record.owned.files}
    for one in want.nameservers:
        files.update(
            (
                RESOLV,
                NSSWITCH,
                *(FOLDER + '/' + one.namespace + path[len('/etc') :] for path in (RESOLV, NSSWITCH)),
            )
        )
    cards = tuple(
        link
        for link in want.links
        if link.kind == 'physical' and link.namespace != HOST and link.name != 'lo'
    )
    return Query(
        names,
        sysctls,
        IptablesQuery(wanted_families(want, record.owned, policy), expected.iptables),
        NftablesQuery(wanted_tables(want, record.owned.nftables), expected.nftables),
        cards,
        files,
    )


def believe(record: Record, have: Snapshot) -> None:
    """Forget what was in namespaces that are not there any more, or only by name."""
    for name in record.owned.touched():
        seen = have.seen.get(name)
        if seen is None or record.identities.get(name) not in (None, seen.identity):
            record.owned.forget(name)
            record.stored = False
            if seen is None:
                record.owned.namespaces.pop(name, None)


def _remembered(declared: Layout, record: Record) -> Record:
    """What was kept is lost: what the document would make is taken for made, as far as it carries our marks."""
    policy = Policy(adopt=True)
    have = observe(_query(declared, record, policy))
    kept = plan(declared, have, Owned(), policy, canonicalise_rules(declared, have))[1]
    kept.addresses &= {
        address.key
        for seen in have.seen.values()
        for address in seen.addresses
        if address.protocol == encode.PROTOCOL
    }
    ours = own_chain(declared.scope, '')
    kept.iptables = {
        key: [chain for chain in chains if chain[1].startswith(ours)] for key, chains in kept.iptables.items()
    }
    kept.nftables = {key for key in kept.nftables if key[2] == own_table(declared.scope)}
    kept.sysctls.clear()
    kept.fields.clear()
    kept.files = {
        key: (None, written)
        for key, (before, written) in kept.files.items()
        if before is None and have.files.get(key[1]) is not None
    }
    return Record(kept)


def _identities(owned: Owned, have: Snapshot) -> dict[str, str]:
    for name in owned.namespaces:
        if name in have.seen:
            owned.namespaces[name] = have.seen[name].identity
    return {name: have.seen[name].identity for name in sorted(owned.touched() | {HOST}) if name in have.seen}


def _guard_rails(steps: Plan, have: Snapshot, policy: Policy) -> None:
    """Refuse to remove what would hurt somebody."""
    problems = []
    removed = [change.title for change in steps.changes if change.action == 'delete']
    if policy.max_delete is not None and len(removed) > policy.max_delete:
        problems.append(
            'the plan: removes too much (found %d objects, want at most %d: %s); look at the document, or raise max_delete'
            % (
                len(removed),
                policy.max_delete,
                ', '.join(removed[:5]) + (', ...' if len(removed) > 5 else ''),
            )
        )
    doomed = sorted(steps.unnamed)
    if doomed and not policy.force:
        for name, found in sorted(processes(doomed).items()):
            problems.append(
                'namespace %s: processes live in it (found %s); end them, or set force: true'
                % (
                    name,
                    ', '.join(holder.text() for holder in found[:10]) + (', ...' if len(found) > 10 else ''),
                )
            )
        brought_back = {op.moves_from for op in steps.ops}
        for name in doomed:
            cards = sorted(
                link.name
                for link in have.seen[name].links.values()
                if link.kind == 'physical' and link.name != 'lo' and link.end not in brought_back
            )
            if cards:
                problems.append(
                    'namespace %s: has a network card in it (found %s); move it out first, or set force: true: the kernel then '
                    'gives it back to the host' % (name, ', '.join(cards))
                )
    if problems:
        raise EngineError(*problems)


def _preflight(steps: Plan) -> None:
    """What can be known to fail is told before the first change."""
    if any(op.needs_codec for op in steps.ops):
        codec.require()
    problems = missing_features(steps.ops)
    if problems:
        raise EngineError(*problems)


Finish = t.Callable[[], tuple[Change, ...]]
"""Called when all is in place, before it counts as done: what else is to be kept. Tells what changed by that."""


def uncollected(function: t.Callable[..., T]) -> t.Callable[..., T]:
    """Without the garbage collector: a run makes no circles of objects to look for, and looking took a third of its time at 4096 namespaces."""

    @functools.wraps(function)
    def called(*args: t.Any, **options: t.Any) -> T:
        was = gc.isenabled()
        gc.disable()
        try:
            return function(*args, **options)
        finally:
            if was:
                gc.enable()

    return called


@uncollected
def converge(
    document: t.Mapping[str, t.Any],
    *,
    check: bool = False,
    absent: bool = False,
    policy: Policy | None = None,
    step: t.Callable[[Operation], None] | None = None,
    root: str = ROOT,
    guard: Guard | None = None,
    finish: Finish | None = None,
) -> Outcome:
    """Bring the kernel to what *document* declares, and keep what was made.

    With *absent* everything of the scope is removed. With ``policy.named`` the objects of the document are. With a *guard*
    a change that touches the operator's connection is carried out by a process of its own: the outcome is then ``pending``
    and has to be confirmed. Raises InputError, EngineError or codec.MissingLibrary; after each of them the host is as it
    was before, or the error says what is not.
    """
    try:
        return _converge(document, check, absent, policy, step, root, guard, finish)
    except OSError as exc:
        raise EngineError('%s; nothing was changed' % plainly(exc)) from exc


def _converge(
    document: t.Mapping[str, t.Any],
    check: bool,
    absent: bool,
    policy: Policy | None,
    step: t.Callable[[Operation], None] | None,
    root: str,
    guard: Guard | None,
    finish: Finish | None,
) -> Outcome:
    policy = policy or Policy()
    declared = want = read_layout(document, host_id(), naming=policy.named, rules_later=True)
    if absent:
        want = Layout(want.scope)
    store = Store(want.scope, root)
    with store.lock(reading=check):
        if not check:
            sweep(root)
        record = store.load()
        if absent and not record.known:
            record = _remembered(declared, record)
        try:
            proof = FirewallProof.of(want, policy, record.proofs)
            expected = NO_STAMPS if record.crashed else proof.expected_stamps()
            have = observe(_query(want, record, policy, expected))
            believe(record, have)
            rules = CanonicalRules()
            if not policy.named:
                want, rules = canonical_firewalls(want, have)
        except EngineError as exc:
            raise EngineError('%s; nothing was changed' % exc) from exc
        steps, kept = plan(want, have, record.owned, policy, rules)
        if steps.conflicts:
            raise EngineError(*steps.conflicts)
        if policy.prune and not absent and want.empty() and steps:
            raise EngineError(
                'the document: declares nothing, which would remove all of scope %s; set state: absent if that is meant'
                % want.scope
            )
        _guard_rails(steps, have, policy)
        if check:
            return Outcome(steps.changes, 0, record.crashed, len(steps.ops))
        if not steps:
            identities = _identities(kept, have)
            proofs = proof.renewed(want, kept, have)
            news = kept != record.owned and kept.as_data() != record.owned.as_data()
            if news or record.crashed or not record.known and kept.touched() or proofs != record.proofs:
                store.commit(kept, identities, proofs)
            if record.crashed or not kept.touched():
                store.tidy()
            return Outcome(finish() if finish else (), recovered=record.crashed)
        _preflight(steps)
        run = _Run(store, want, record, have, policy, rules, proof, step, finish)
        why = _why_guarded(guard, steps, have)
        if guard is None or not why:
            return run.apply(steps, kept)
        return _guarded(run, steps, kept, guard, why)


def _why_guarded(guard: Guard | None, steps: Plan, have: Snapshot) -> list[str]:
    if guard is None or guard.mode == 'never':
        return []
    found = reasons(steps, have, guard.way) if guard.way else []
    return found or (['every change is to be confirmed'] if guard.mode == 'always' else [])


def _guarded(run: _Run, steps: Plan, kept: Owned, guard: Guard, why: t.Sequence[str]) -> Outcome:
    """Have a plan carried out by a process of its own, which begins when this one ends, and then waits for the confirmation."""
    waiter = Waiter(guard, why, run.store.root)

    def work(tell: Tell) -> None:
        try:
            waiter.begin()
            waiter.confirmed(run.apply(steps, kept, waiter, tell).changes)
        except NotConfirmed:
            waiter.undone(run.left())
        except EngineError as exc:
            waiter.failed(exc.problems)
        except Exception as exc:  # a mistake of ours: it was undone, and has to be told
            waiter.failed(['%s: %s; everything was undone' % (type(exc).__name__, exc), *run.left()])

    def rescue(told: list[t.Any]) -> None:
        if told and isinstance(told[-1], Standing):
            waiter.confirmed(run.keep(told[-1]))
            run.store.tidy()
            return
        problems = ['the process that carried it out was killed']
        try:
            run.take_back(
                kept,
                [op for done, _begun in told for op in done]
                + [op for _done, begun in told[-1:] for op in begun],
            )
        except Exception as exc:  # it has to be told
            problems.append('not undone: %s: %s' % (type(exc).__name__, exc))
        waiter.undone([*problems, *run.left()])

    def body() -> None:
        with run.holding(steps.unnamed):
            undisturbed = watched(work, rescue)
        if undisturbed:
            linger(waiter.pending, run.store)

    waiter.announce()
    detached(body)
    return Outcome(pending=waiter.data)


class Standing(t.NamedTuple):
    """What is in place, and is to be kept."""

    changes: tuple[Change, ...]
    kept: Owned
    identities: dict[str, str]
    proofs: dict[str, list[str]]


def _announcer(executor: Executor, tell: Tell) -> t.Callable[[t.Sequence[Operation]], None]:
    """Tell the watcher what took effect since it was told last, and what comes next."""
    count = 0

    def announce(ops: t.Sequence[Operation]) -> None:
        nonlocal count
        done = executor.done[count:]
        count += len(done)
        tell((done, list(ops)))

    return announce


class _Run:
    """A plan on its way: applied, verified, kept; or undone as a whole."""

    def __init__(
        self,
        store: Store,
        want: Layout,
        record: Record,
        have: Snapshot,
        policy: Policy,
        rules: CanonicalRules,
        proof: FirewallProof,
        step: t.Callable[[Operation], None] | None,
        finish: Finish | None,
    ) -> None:
        self.store, self.want, self.record, self.have, self.policy = store, want, record, have, policy
        self.rules, self.proof = rules, proof
        self.step, self.finish = step, finish
        self._executor: Executor | None = None
        self._kept = False
        self._unseen: tuple[Problem, ...] = ()
        self._held: dict[str, int] = {}

    def left(self) -> list[str]:
        """What is not as it was before, or may not be."""
        return ['not undone: %s' % exc for exc in (self._executor.not_undone if self._executor else ())] + [
            'whether all is as before was not seen: %s' % problem for problem in self._unseen
        ]

    def _give_back(self) -> None:
        """After an undo: put back what the kernel took along by itself."""
        query = dataclasses.replace(_query(self.want, self.record, self.policy), iptables=IptablesQuery())
        if self._executor is not None:
            self._unseen = tuple(map(str, put_back(self._executor, self.have, lambda: observe(query))))

    def apply(
        self, steps: Plan, kept: Owned, waiter: Waiter | None = None, tell: Tell | None = None
    ) -> Outcome:
        try:
            with self._journal(kept):
                self._executor = executor = Executor(self.step)
                if tell is not None:
                    executor.announce = _announcer(executor, tell)
                try:
                    return namespaces.in_thread(self._transaction, executor, steps, kept, waiter, tell)
                except BaseException:
                    self._give_back()
                    raise
        except (StepFailed, OSError) as exc:
            raise EngineError('%s; %s' % (plainly(exc), self._end()), *self.left()) from exc
        except EngineError as exc:
            raise EngineError(*exc.problems, self._end(), *self.left()) from exc

    @contextlib.contextmanager
    def _journal(self, kept: Owned) -> t.Iterator[None]:
        self.store.begin(self.record, kept, _identities(self.record.owned.copy(), self.have))
        try:
            yield
        finally:
            self._put_away()

    def _end(self) -> str:
        return (
            'what was done before was undone, except' if self.left() else 'everything done before was undone'
        )

    def _put_away(self) -> None:
        """Remove the journal, but not where it tells what nothing else does: then the next run finishes as after a crash."""
        if self.left():
            return
        try:
            if not self._kept and self.record.crashed:
                self.store.commit(self.record.owned, self.record.identities, {})
        except OSError:
            return
        self.store.tidy()

    @contextlib.contextmanager
    def holding(self, names: t.Iterable[str]) -> t.Iterator[None]:
        """Inside the block these namespaces live, also when they lose their names."""
        self._held = {name: namespaces.open_named(name) for name in names}
        try:
            yield
        finally:
            for fd in self._held.values():
                os.close(fd)

    def take_back(self, kept: Owned, ops: t.Sequence[Operation]) -> None:
        """Undo what a process that was killed had done or begun, given in its order. What cannot be is told by :meth:`left`."""
        with self._journal(kept):
            self._executor = executor = Executor()
            for name, fd in self._held.items():
                with contextlib.suppress(FileExistsError), namespaces.names_locked():
                    namespaces.bind(fd, name)
            now = observe(_query(self.want, self.record, self.policy))
            undo: list[Operation] = []
            for op in reversed(ops):
                seen = now.seen.get(op.namespace)
                if seen is None:
                    continue  # a namespace without a name yet: it went with the process
                took = op.applied_part(seen.iptables)
                if took is not None:
                    undo.append(took.inverse)
            namespaces.in_thread(executor.restore, undo)
            self._give_back()

    def keep(self, standing: Standing) -> tuple[Change, ...]:
        """All is in place, and confirmed where it has to be: from now on it is what the host has."""
        changes = (*standing.changes, *(self.finish() if self.finish else ()))
        self.store.commit(standing.kept, standing.identities, standing.proofs)
        self._kept = True
        return changes

    def _look_again(self, done: Plan, before: Snapshot, kept: Owned) -> tuple[Snapshot, Plan, Owned]:
        """What is there after a plan was carried out, what is left to do, and what is ours then."""
        names = {op.namespace for op in done.ops}
        if all(op.contained for op in done.ops):
            touched, rest = kept.divided(names) if self.policy.prune else (kept, Owned())
            now, steps, found = self._observed(touched, self.record.owned.divided(names)[0], before, names)
            if not steps.conflicts and all(op.contained for op in steps.ops):
                return now, steps, rest.joined(found)
        return self._observed(kept, self.record.owned)

    def _observed(
        self, kept: Owned, before: Owned, seen: Snapshot | None = None, names: set[str] | None = None
    ) -> tuple[Snapshot, Plan, Owned]:
        for kind in ('addresses', 'routes', 'rules'):  # to see whether those that shall be gone are
            getattr(kept, kind).update(getattr(before, kind))
        record = Record(kept, {}, self.record.proofs, True)
        expected = self.proof.of_unchanged(self.have).expected_stamps()
        query = _query(self.want, record, self.policy, expected)
        query.iptables = dataclasses.replace(query.iptables, known_rules=self.rules.known_in(self.want))
        now = observe(query) if names is None else observe(query.only(names), seen)
        if not self.policy.named:
            self.want, self.rules = canonical_firewalls(self.want, now, self.rules)
        # Without prune the document is small, and what is ours is told by what is there in all namespaces.
        return now, *plan(self.want, now, kept, self.policy, self.rules, names if self.policy.prune else None)

    def _transaction(
        self, executor: Executor, steps: Plan, kept: Owned, waiter: Waiter | None, tell: Tell | None
    ) -> Outcome:
        changes, total, now = steps.changes, 0, self.have
        with executor.transaction():
            rounds = 0
            done: list[Operation] = []
            while True:
                rounds += 1
                done += steps.ops
                if any(op.gives_name for op in steps.ops):
                    self.store.prepare_names()
                executor.run(steps.ops)
                total += len(steps.ops)
                kept.sysctls.update(executor.first_values)
                now, steps, kept = self._look_again(steps, now, kept)
                if steps.conflicts:
                    raise EngineError(*steps.conflicts)
                if not steps:
                    break
                if rounds == _ROUNDS:
                    raise EngineError(
                        'after %d rounds the kernel still is not as declared; something else changes it at the same time, or it does not keep '
                        'what it is told' % rounds,
                        *(
                            '%s: still differs (found %s, want %s)'
                            % (
                                change.title,
                                ', '.join(change.before) or 'nothing',
                                ', '.join(change.after) or 'nothing',
                            )
                            for change in steps.changes
                        ),
                    )
                changes = _merged(changes, steps.changes)
            standing = Standing(
                changes,
                kept,
                _identities(kept, now),
                self.proof.renewed(self.want, kept, now),
            )
            if waiter is not None and tell is not None and executor.announce is not None:
                executor.announce([])
                waiter.wait()
                tell(standing)
            forget_connections(changed_rules(done, self.want, self.record.owned, self.policy.named))
            changes = self.keep(standing)
        return Outcome(changes, rounds, False, total)


def _merged(first: tuple[Change, ...], second: tuple[Change, ...]) -> tuple[Change, ...]:
    found = {(change.kind, change.namespace, change.name): change for change in first}
    for change in second:
        key = (change.kind, change.namespace, change.name)
        found[key] = dataclasses.replace(change, before=found[key].before) if key in found else change
    return tuple(found.values())
