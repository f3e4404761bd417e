# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out operations on the kernel, and taking them back.

All of it happens in one thread of its own. Consecutive netlink operations that go through the same namespace are sent
together; each is written to the journal before it is sent.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import time
import typing as t

from ..kernel import files, namespaces, netlink, sysctl
from ..kernel.netlink import KernelError, plainly
from ..kernel.tool_errors import LockBusy, XtablesError
from ..objects import decode as dumps
from ..objects import encode
from ..objects.iptables import tools as xtables
from ..objects.iptables.applied import effective
from ..objects.iptables.restore_text import restore_text
from ..objects.link.value import End
from ..objects.messages import Messages
from ..objects.nameservers.value import FOLDER
from ..objects.nftables import tool as nft
from ..objects.nftables.plan import place_of
from ..objects.operation import STAGE_LINK, STAGE_RESTORE, Op
from ..values.names import HOST
from .features import EVERYWHERE, missing_kind

_GONE = (errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL)
_ADVICE = {
    errno.EPERM: 'root is needed: set become: true',
    errno.EACCES: 'root is needed: set become: true',
    errno.EEXIST: 'something else made it in the meantime: run again to see what',
    errno.ENODEV: 'the link went away in the meantime: run again',
    errno.EBUSY: 'something else uses it: look with "ip -d link"',
    errno.ENETUNREACH: 'the gateway is on no network that this namespace reaches: add an address, or set onlink',
    errno.EHOSTUNREACH: 'the gateway is on no network that this namespace reaches: add an address, or set onlink',
    errno.ENOSPC: 'a limit is reached: see user.max_net_namespaces',
    errno.ENOBUFS: 'the kernel has no memory for it',
    errno.ENOMEM: 'the kernel has no memory for it',
    errno.EMFILE: 'too many files are open: raise the limit of open files',
}
_TRIES, _PAUSE = 20, 0.05  # for what another process or the kernel itself is about to give back
_FIREWALLS_IN_FLIGHT = {'nf_tables': 16, 'legacy': 2}


class StepFailed(Exception):
    """An operation failed. ``op`` is that operation, ``reason`` what the kernel or a tool said, ``number`` the kernel's errno."""

    def __init__(self, op: Op, reason: str, number: int = 0) -> None:
        super().__init__('%s: cannot %s it: %s' % (op.subject, op.verb, reason))
        self.op, self.reason, self.number = op, reason, number


class Journal(t.Protocol):
    def write(self, ops: t.Sequence[Op]) -> None:
        """Note what will be done next."""


class _Batch:
    """Messages for one socket, each with the operation that it belongs to."""

    def __init__(self) -> None:
        self.namespace = HOST
        self.messages: list[bytes] = []
        self.ops: list[Op] = []


class Executor:
    """Carries out operations. ``done`` are those that took effect, in their order.

    *step* is called after each single operation and makes every operation a batch of its own: for tests that stop a run
    at every place.
    """

    def __init__(self, journal: Journal, step: t.Callable[[Op], None] | None = None) -> None:
        self.journal, self.step = journal, step
        self.done: list[Op] = []
        self.made: set[str] = set()
        # Settings of namespaces and links that were new when the plan was made: what they were before the run, and what it wrote.
        self.originals: dict[tuple[str, str], tuple[str, str]] = {}
        self._home = -1
        self._fds: dict[str, int] = {}
        self._indexes: dict[str, dict[str, int]] = {}
        self._socket: tuple[str, netlink.Socket] | None = None
        self._batch = _Batch()
        self._messages = Messages(self._index, self._fd)
        self._undoing = False
        # Tables of nft as they were before they were changed, with counters and the elements that had come into them.
        self._counted: dict[tuple[str, str], nft.Body] = {}
        self.left: list[StepFailed] = []

    # Entry points

    def run(self, ops: t.Sequence[Op]) -> None:
        """Carry out *ops*, inside a transaction. Raises StepFailed."""
        self._all(ops)

    @contextlib.contextmanager
    def transaction(self) -> t.Iterator[None]:
        """What is run inside the block is taken back when an exception leaves it.

        For a thread of namespaces.in_thread. Namespaces that are removed live on until the block ends, so that they can be
        given their names back.
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

    def restore(self, ops: t.Sequence[Op]) -> None:
        """Make again what is missing after an undo. What cannot be is told in ``left``. For a thread of namespaces.in_thread."""
        with self._at_home():
            self.done = [op.inverse for op in reversed(ops)]
            self._undo()

    @contextlib.contextmanager
    def _at_home(self) -> t.Iterator[None]:
        """The calling thread's namespace is the host's inside the block. What is opened there is closed at its end."""
        self._home = namespaces.open_current()
        try:
            yield
        finally:
            self._leave()
            for fd in self._fds.values():
                os.close(fd)
            self._fds.clear()
            os.close(self._home)

    def _undo(self) -> None:
        """Take back what was done, the last first. What cannot be taken back is told in ``left``."""
        self._undoing = True
        self._batch = _Batch()
        self._indexes.clear()
        for op in [op.inverse for op in reversed(self.done)]:
            exc = self._missed(op) and self._missed(
                op
            )  # once more, for what lasts a moment only: what follows stands on it
            if exc is not None:
                self.left.append(exc)
        self.done.clear()

    def _missed(self, op: Op) -> StepFailed | None:
        """Carry out one operation for itself, and tell why it failed. That nothing was left to do is no failure."""
        try:
            self._one(op)
            self._flush()
        except StepFailed as exc:
            self._batch = _Batch()
            if exc.number not in (
                _GONE if op.after is None or op.kind == 'sysctl' else (errno.EEXIST, errno.ENODEV)
            ):
                return exc
        return None

    # Namespaces and sockets

    def _fd(self, namespace: str) -> int:
        if namespace == HOST:
            return self._home
        if namespace not in self._fds:
            self._fds[namespace] = namespaces.open_named(namespace)
        return self._fds[namespace]

    def _leave(self) -> None:
        if self._socket is not None:
            self._socket[1].__exit__()
            self._socket = None

    def _sock(self, namespace: str) -> netlink.Socket:
        """The socket of a namespace. It stays there when its thread goes home; only one is open at a time."""
        if self._socket is None or self._socket[0] != namespace:
            self._leave()
            with namespaces.entered(self._fd(namespace), self._home):
                self._socket = (namespace, netlink.Socket())
        return self._socket[1]

    def _index(self, end: End) -> int:
        namespace, name = end
        known = self._indexes.get(namespace, {})
        if name not in known:
            self._flush()
            known = {link.name: link.index for link in dumps.links(self._sock(namespace))}
            self._indexes[namespace] = known
        if name not in known:
            raise KernelError(errno.ENODEV)
        return known[name]

    # One operation after the other

    def _all(self, ops: t.Sequence[Op]) -> None:
        position = 0
        while position < len(ops):
            op = ops[position]
            run = position + 1
            if op.implied:
                self.done.append(op)
            elif op.kind == 'firewall':
                while run < len(ops) and ops[run].kind == 'firewall' and self.step is None:
                    run += 1
                self._flush()
                self._firewalls(ops[position:run])
            elif op.kind == 'nftables':
                while (
                    run < len(ops)
                    and ops[run].kind == 'nftables'
                    and not ops[run].implied
                    and self.step is None
                ):
                    run += 1
                self._flush()
                self._nftables(ops[position:run])
            elif op.kind == 'link' and op.after is None:
                while (
                    run < len(ops)
                    and ops[run].kind == 'link'
                    and ops[run].after is None
                    and ops[run].namespace == op.namespace
                    and self.step is None
                    and not ops[run].implied
                ):
                    run += 1
                self._flush()
                self._delete_links(ops[position:run])
            else:
                self._one(op)
                if self.step is not None:
                    self._flush()
            if self.step is not None:
                self.step(op)
            position = run
        self._flush()

    def _one(self, op: Op) -> None:
        try:
            if op.kind == 'firewall':
                self._firewalls([op])
            elif op.kind == 'nftables':
                self._nftables([op])
            elif op.kind == 'link' and op.after is None:
                self._delete_links([op])
            elif op.kind in ('namespace', 'name', 'nsid', 'sysctl', 'move', 'file'):
                self._flush()
                self._note([op])
                getattr(self, '_' + op.kind)(op)
            else:
                # Messages go into the batch one op at a time, so that sequence numbers tell which failed.
                namespace, messages = self._messages.of(op)
                if (
                    self._batch.namespace != namespace
                    or len(self._batch.messages) + len(messages) > netlink.BATCH
                ):
                    self._flush()
                self._batch.namespace = namespace
                for message in messages:
                    self._batch.messages.append(message)
                    self._batch.ops.append(op)
        except OSError as exc:
            raise StepFailed(op, _explained(op, exc), exc.errno or 0) from exc

    def _note(self, ops: t.Sequence[Op]) -> None:
        """Write to the journal what comes next. What cannot be noted is not done."""
        if self._undoing:
            return
        try:
            self.journal.write(ops)
        except OSError as exc:
            raise StepFailed(
                ops[0], 'the journal cannot be written: %s' % plainly(exc), exc.errno or 0
            ) from exc

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.messages:
            return
        unique = list(dict.fromkeys(batch.ops))
        self._note(unique)
        try:
            errors = self._sock(batch.namespace).write(batch.messages)
        except OSError as exc:
            raise StepFailed(batch.ops[0], _explained(batch.ops[0], exc), exc.errno or 0) from exc
        failed: dict[Op, KernelError] = {}
        for position, error in sorted(errors.items()):
            op = batch.ops[position]
            if error.errno in _GONE and op.after is None:
                continue
            failed.setdefault(op, error)
        # The kernel works on behind a failure: all that did not fail took effect, be it a part of an operation.
        for op in unique:
            own = [position for position, other in enumerate(batch.ops) if other is op]
            if (
                op not in failed
                or op.kind != 'link'
                and any(position not in errors for position in own)
                or own[0] not in errors
            ):
                self.done.append(op)
            elif (
                op.kind == 'link' and op.after
            ):  # the mark went to a namesake that somebody made in the meantime
                self.done += [
                    Op(
                        'set',
                        batch.namespace,
                        (link.name, {'mark': None}),
                        (link.name, {'mark': link.mark}),
                        STAGE_LINK,
                    )
                    for link in op.after
                    if link.namespace == batch.namespace and link.mark
                ]
        if failed:
            op, error = next(iter(failed.items()))
            raise StepFailed(op, _explained(op, error), error.errno or 0)

    # Namespaces

    def _namespace(self, op: Op) -> None:
        if op.after is None:
            os.close(self._fds.pop(op.namespace))
            return
        fd = namespaces.create_anonymous(self._home)
        self._fds[op.namespace] = fd
        self.done.append(op)
        self.made.add(op.namespace)
        # Links of the namespace begin silent: no address of their own, no duplicate address detection, no MLD reports. With
        # 256 namespaces on one bridge they otherwise send 384,000 packets in the first 12 s (seen on 6.18).
        with namespaces.entered(fd, self._home):
            for key, value in (('addr_gen_mode', '1'), ('accept_ra', '0')):
                path = 'net/ipv6/conf/default/' + key
                with contextlib.suppress(FileNotFoundError):
                    sysctl.write(path, value)

    def _name(self, op: Op) -> None:
        if op.after is None:
            self._fd(op.namespace)  # held until the run ends, so that undo can give the name back
            namespaces.unbind(op.namespace)
        else:
            with namespaces.names_locked():
                namespaces.bind(self._fd(op.namespace), op.after)
        self.done.append(op)

    def _nsid(self, op: Op) -> None:
        """Give a namespace its number in the host. It keeps it until it ends, and a while longer: the kernel ends namespaces in its own time."""
        if op.after is None:
            return
        for tries in range(_TRIES, -1, -1):
            errors = self._sock(HOST).write([encode.nsid(self._fd(op.namespace), op.after)])
            if not errors:
                break
            if errors[0].errno != errno.EEXIST or not tries:
                raise errors[0]
            time.sleep(_PAUSE)
        self.done.append(op)

    def _sysctl(self, op: Op) -> None:
        key, value = op.after
        if value is None:
            return  # what it was before is unknown: the namespace or the link was new
        with namespaces.entered(self._fd(op.namespace), self._home):
            if op.before[1] is None and op.stage != STAGE_RESTORE and not self._undoing:
                before = sysctl.read(key)
                if before is not None and before != value:
                    self.originals[(op.namespace, key)] = (before, value)
            sysctl.write(key, value)
            self.done.append(op)  # here: there may be no way back out of the namespace

    def _file(self, op: Op) -> None:
        path, text = op.after
        if text is None:
            files.remove(path, FOLDER)
        else:
            files.write(path, text)
        self.done.append(op)

    # Links

    def _move(self, op: Op) -> None:
        (source, name), (target, new_name) = op.before, op.after
        message = encode.move_link(self._index((source, name)), self._fd(target), new_name)
        for error in self._sock(source).write([message]).values():
            raise error
        for namespace in (source, target):
            self._indexes.pop(namespace, None)
        self.done.append(op)

    def _delete_links(self, ops: t.Sequence[Op]) -> None:
        """Remove links of one namespace."""
        self._note(ops)
        op = ops[0]
        try:
            by_namespace: dict[str, dict[int, Op]] = {}
            for op in ops:
                for link in op.before:
                    try:
                        by_namespace.setdefault(link.namespace, {})[self._index(link.end)] = op
                        break
                    except OSError as exc:
                        if exc.errno not in _GONE:  # else it went, or its namespace did
                            raise
            self.done.extend(
                ops
            )  # also if some fail: undo makes what is missing, and is told of what is there
            for namespace, members in by_namespace.items():
                op = next(iter(members.values()), op)
                self._delete(self._sock(namespace), members)
        except OSError as exc:
            raise StepFailed(op, _explained(op, exc), exc.errno or 0) from exc
        finally:
            for op in ops:
                for link in op.before:
                    self._indexes.pop(link.namespace, None)

    @staticmethod
    def _delete(sock: netlink.Socket, members: t.Mapping[int, Op]) -> None:
        """Remove links by their indexes: several as a group in one request, for each request waits for a grace period. Not all of them at once,
        for so long all others on the host wait for the kernel's lock (rtnl)."""
        if len(members) > 1:
            group, indexes = random.randint(1 << 30, (1 << 31) - 1), list(members)
            errors: list[KernelError] = []
            for first in range(0, len(indexes), netlink.BATCH):
                errors += sock.write(
                    [encode.set_link(index, group=group) for index in indexes[first : first + netlink.BATCH]]
                ).values()
                errors += sock.write([encode.delete_group(group)]).values()
            if all(error.errno in _GONE for error in errors):
                return
        refused: list[StepFailed] = []
        for index, op in members.items():
            for error in sock.write([encode.delete_link(index)]).values():
                if error.errno not in _GONE:
                    sock.write([encode.set_link(index, group=0)])
                    refused.append(StepFailed(op, _explained(op, error), error.errno or 0))
        if refused:
            raise refused[0]

    # Firewall

    def _firewalls(self, ops: t.Sequence[Op]) -> None:
        self._note(ops)
        by_family: dict[str, list[Op]] = {}
        for op in ops:
            by_family.setdefault(op.after[0], []).append(op)
        for family, members in by_family.items():
            try:
                tool = xtables.find_tool(family)
                if self._undoing:
                    members = self._to_take_back(members, tool)
                jobs = []
                for op in members:
                    text, noflush = restore_text(
                        op.before[1],
                        op.after[1],
                        op.namespace in self.made and not self._undoing,
                        self._undoing,
                    )
                    jobs.append(
                        xtables.Job(
                            self._fd(op.namespace),
                            tool,
                            text,
                            xtables.Options(noflush=noflush, counters=self._undoing),
                        )
                    )
                results = xtables.spawn_many(jobs, _FIREWALLS_IN_FLIGHT[tool.backend])
            except (OSError, XtablesError) as exc:
                raise StepFailed(members[0], plainly(exc)) from exc
            # A tool that did not get the lock has done nothing, one that failed otherwise may have committed some of its tables.
            self.done.extend(op for op, result in zip(members, results) if not isinstance(result, LockBusy))
            for op, result in zip(members, results):
                if isinstance(result, Exception):
                    raise StepFailed(op, plainly(result))

    def _to_take_back(self, ops: t.Sequence[Op], tool: xtables.Tool) -> list[Op]:
        """What is left to do of *ops*, which undo others: iptables-restore may have committed some of its tables before it failed."""
        found = xtables.spawn_many([xtables.Job(self._fd(op.namespace), tool) for op in ops])
        taken = [
            op.inverse
            if isinstance(present, Exception)
            else effective(op.inverse, {tool.family: present or {}})
            for op, present in zip(ops, found)
        ]
        return [op.inverse for op in taken if op is not None]

    def _nftables(self, ops: t.Sequence[Op]) -> None:
        """Replace or remove tables, each in one transaction of its own."""
        if not self._undoing:
            self._count(ops)
        self._note(ops)
        jobs = []
        for op in ops:
            label, body = op.after or (op.before[0], None)
            if self._undoing and body is not None:
                body = self._counted.get((op.namespace, label), body)
            jobs.append(self._nft_job(op, nft.replacement(place_of(label), body)))
        failure: StepFailed | None = None
        for op, result in zip(ops, nft.run_many(jobs)):
            self.done.append(op)
            if isinstance(result, Exception) and failure is None:
                failure = StepFailed(op, plainly(result))
        if failure is not None:
            raise failure

    def _count(self, ops: t.Sequence[Op]) -> None:
        changed = [op for op in ops if op.before is not None]
        jobs = [self._nft_job(op, nft.listing(place_of(op.before[0])), False) for op in changed]
        for op, result in zip(changed, nft.run_many(jobs)):
            if not isinstance(result, Exception):
                self._counted[(op.namespace, op.before[0])] = nft.parse_list(result)[place_of(op.before[0])]

    def _nft_job(self, op: Op, text: str, stateless: bool = True) -> nft.Job:
        try:
            return nft.Job(self._fd(op.namespace), text, stateless)
        except OSError as exc:
            raise StepFailed(op, str(exc)) from exc


def _explained(op: Op, exc: OSError) -> str:
    """An error of the kernel with what can be done about it."""
    text = plainly(exc)
    if (
        op.kind == 'link'
        and op.after is not None
        and exc.errno == errno.EOPNOTSUPP
        and op.after[0].kind in EVERYWHERE
    ):
        return '%s; %s' % (text, missing_kind(op.after[0].kind))
    advice = _ADVICE.get(exc.errno or 0)
    return '%s; %s' % (text, advice) if advice else text


__all__ = ['Executor', 'Journal', 'StepFailed']
