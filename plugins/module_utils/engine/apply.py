# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out operations on the kernel, and undoing them.

All of it happens in one thread of its own. Consecutive netlink operations that go through the same namespace
are sent together.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import typing as t

from ..kernel import namespaces, netlink
from ..kernel.netlink import KernelError
from ..objects.link.codec import dump_links
from ..objects.operation import GONE, STAGE_RESTORE, BatchedOperation, Operation, StepFailed
from ..values.names import HOST, End

if t.TYPE_CHECKING:
    from ..objects.iptables.known_rules import KnownRules


class _Batch:
    """Messages for one socket, each with the operation that it belongs to."""

    def __init__(self, namespace: str = HOST) -> None:
        self.namespace = namespace
        self.messages: list[bytes] = []
        self.ops: list[BatchedOperation] = []


class Executor:
    """Carries out operations; what they may use of it is ``operation.Access``.

    *announce* is called with the operations that come next, before they are sent. *step* is called after each
    single operation and keeps operations from being sent together: for tests that stop a run at every place.
    *removes* a scope: what cannot be restored for others then stops nothing; ``not_restored`` has it.
    *known_rules*: by family, what iptables was seen to make of rules.
    """

    def __init__(
        self,
        step: t.Callable[[Operation], None] | None = None,
        announce: t.Callable[[t.Sequence[Operation]], None] | None = None,
        removes: bool = False,
        known_rules: t.Mapping[str, KnownRules] | None = None,
    ) -> None:
        self.step, self.announce, self.removes = step, announce, removes
        self.known_rules = known_rules or {}
        self.not_restored: list[StepFailed] = []
        self.done: list[Operation] = []
        self.undoing = False
        self.not_undone: list[StepFailed] = []
        self.new_namespaces: set[str] = set()
        self.moved: set[tuple[str, str]] = set()
        self.first_values: dict[tuple[str, str], tuple[str, str]] = {}
        self.counted_tables: dict[tuple[str, str, str], t.Any] = {}
        self.home = -1
        self._fds: dict[str, int] = {}
        self._indexes: dict[str, dict[str, int]] = {}
        self._socket: tuple[str, netlink.NetlinkSocket] | None = None
        self._batch = _Batch()

    # Entry points

    @contextlib.contextmanager
    def transaction(self) -> t.Iterator[None]:
        """What is run inside the block is undone when an exception leaves it.

        For a thread of namespaces.in_thread. Namespaces that are removed live on until the block ends, so
        that undo can restore their names.
        """
        # A new namespace is held by a descriptor until it gets its name.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with self._at_home():
            try:
                yield
            except BaseException:  # whatever stops the run, the host goes back to what it was
                self._undo()
                raise

    def run(self, ops: t.Sequence[Operation]) -> None:
        """Carry out *ops*, inside a transaction. Raises StepFailed."""
        for op in ops:
            op.prepare(self)
        for group in self._groups(ops):
            if self.removes and _is_for_others(group[0]):
                self._restore(group)
            else:
                self._carry_out(group)
            if self.step is not None:
                self._flush()
                self.step(group[0])
        self._flush()

    def undo_with(self, ops: t.Sequence[Operation]) -> None:
        """Carry out *ops* as an undo does: each by itself, failed ones once more. ``not_undone`` has
        those that failed twice. For a thread of namespaces.in_thread.
        """
        with self._at_home():
            self.done = [op.inverse for op in reversed(ops)]
            self._undo()

    # What operations may use

    def fd(self, namespace: str) -> int:
        if namespace == HOST:
            return self.home
        if namespace not in self._fds:
            self._fds[namespace] = namespaces.open_named(namespace)
        return self._fds[namespace]

    def hold(self, namespace: str, fd: int) -> None:
        self._fds[namespace] = fd

    def release(self, namespace: str) -> None:
        os.close(self._fds.pop(namespace))

    def socket(self, namespace: str) -> netlink.NetlinkSocket:
        """The socket of a namespace. It stays there when its thread goes home; only one is open at a time."""
        if self._socket is None or self._socket[0] != namespace:
            self._close_socket()
            with namespaces.entered(self.fd(namespace), self.home):
                self._socket = (namespace, netlink.NetlinkSocket())
        return self._socket[1]

    def index(self, end: End) -> int:
        namespace, name = end
        indexes = self._indexes.get(namespace, {})
        if name not in indexes:
            self._flush()
            indexes = {link.name: link.index for link in dump_links(self.socket(namespace))}
            self._indexes[namespace] = indexes
        if name not in indexes:
            raise KernelError(errno.ENODEV)
        return indexes[name]

    def forget_indexes(self, namespace: str) -> None:
        self._indexes.pop(namespace, None)

    # The steps of a run

    @contextlib.contextmanager
    def _at_home(self) -> t.Iterator[None]:
        """The calling thread's namespace is the host's inside the block. What is opened there is closed at
        its end.
        """
        self.home = namespaces.open_current()
        try:
            yield
        finally:
            self._close_socket()
            for fd in self._fds.values():
                os.close(fd)
            self._fds.clear()
            os.close(self.home)

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket[1].__exit__()
            self._socket = None

    def _groups(self, ops: t.Sequence[Operation]) -> t.Iterator[list[Operation]]:
        """Operations that are carried out together, in their order."""
        group: list[Operation] = []
        for op in ops:
            if group and not self._joins(group[-1], op):
                yield group
                group = []
            group.append(op)
        if group:
            yield group

    def _restore(self, ops: t.Sequence[Operation]) -> None:
        """Restore what others had, as far as that can be done."""
        self._flush()
        for op in ops:
            failure = self._attempt(op)
            if failure is not None:  # once more, for what lasts a moment only
                failure = self._attempt(op)
            if failure is not None:
                self.not_restored.append(failure)

    def _attempt(self, op: Operation) -> StepFailed | None:
        """Carry out one operation by itself. Returns why it failed."""
        try:
            self._carry_out([op])
            self._flush()
        except StepFailed as failure:
            self._batch = _Batch()
            return failure
        return None

    def _joins(self, op: Operation, following: Operation) -> bool:
        return self.step is None and op.joins(following)

    def _carry_out(self, group: t.Sequence[Operation]) -> None:
        op = group[0]
        try:
            if isinstance(op, BatchedOperation):
                self._enqueue(op)
                return
            self._flush()
            self._announce(group)
            op.perform(self, group)
        except OSError as error:
            raise StepFailed.by(op, error) from error

    def _announce(self, ops: t.Sequence[Operation]) -> None:
        if self.announce is not None and not self.undoing:
            self.announce(ops)

    def _enqueue(self, op: BatchedOperation) -> None:
        # One operation at a time, so that sequence numbers tell which failed.
        namespace, messages = op.messages(self)
        if self._batch.namespace != namespace or len(self._batch.messages) + len(messages) > netlink.BATCH:
            self._flush()
            self._batch.namespace = namespace
        self._batch.messages += messages
        self._batch.ops += [op] * len(messages)

    def _flush(self) -> None:
        """Send the batch. The kernel works on behind a failure: all that it did not refuse took effect."""
        batch, self._batch = self._batch, _Batch()
        if not batch.messages:
            return
        ops = list(dict.fromkeys(batch.ops))
        self._announce(ops)
        try:
            sock = self.socket(batch.namespace)
        except OSError as error:
            raise StepFailed.by(ops[0], error) from error
        try:
            errors = sock.write(batch.messages)
        except OSError as error:  # the answer is lost, not the request
            self.done += ops
            raise StepFailed.by(ops[0], error) from error
        errors = {
            position: error
            for position, error in errors.items()
            if error.errno not in GONE or batch.ops[position].after is not None
        }
        if not errors:
            self.done += ops
            return
        for op in ops:
            positions = [position for position, owner in enumerate(batch.ops) if owner is op]
            refused = [position in errors for position in positions]
            self.done += op.partly_done(refused) if any(refused) else [op]
        first = min(errors)
        raise StepFailed.by(batch.ops[first], errors[first])

    # Undo

    def _undo(self) -> None:
        """Undo what was done, the last first. ``not_undone`` has what cannot be."""
        self.undoing = True
        self._batch = _Batch()
        self._indexes.clear()
        for op in list(reversed(self.done)):
            failure = self._undo_one(op.inverse)
            if failure is not None:  # once more, for what lasts a moment only: what follows stands on it
                failure = self._undo_one(op.inverse)
            if failure is not None:
                self.not_undone.append(failure)
        self.done.clear()

    def _undo_one(self, inverse: Operation) -> StepFailed | None:
        """Carry out one inverse by itself. Returns why it failed; nothing left to undo is not a failure."""
        failure = self._attempt(inverse)
        if failure is not None and failure.number in inverse.harmless_errors:
            return None
        return failure


def _is_for_others(op: Operation) -> bool:
    """Whether an operation of a removal restores what others had: a removal makes nothing for itself."""
    return op.stage == STAGE_RESTORE or isinstance(op, BatchedOperation) and op.after is not None


__all__ = ['Executor', 'StepFailed']
