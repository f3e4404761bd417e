# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on the kernel, and the changes that people read.

An operation is a pair: what was and what is to be. Its inverse is the same pair the other way round, which is
all that undo needs. Each kind of object has operations of its own types, beside its plan; the engine asks
them what they do.
"""

from __future__ import annotations

import errno
import typing as t

from ..kernel.netlink import KernelError, NetlinkSocket, plainly
from ..values.names import HOST_WORD, End
from ..values.problems import Problem
from ..values.struct import Struct
from .management_path import ManagementPath

if t.TYPE_CHECKING:
    from .iptables.known_rules import KnownRules

# Orders within STAGE_DETACH: what comes later here is undone earlier.
(
    ORDER_DETACH_RULE,
    ORDER_DETACH_ROUTE,
    ORDER_DETACH_ADDRESS,
) = range(1, 4)

# Stages of a run, in their order. Within STAGE_CONTENTS one namespace comes after the other, so that each is
# visited once. A veth across namespaces makes the kernel give them numbers, so declared numbers come first
# (peernet2id_alloc). A nexthop object needs a link that has a carrier, and so both ends of a cable up.
(
    STAGE_DETACH,
    STAGE_UNLINK,
    STAGE_NAMESPACE,
    STAGE_NSID,
    STAGE_EARLY_SYSCTL,
    STAGE_LINK,
    STAGE_FIREWALL,
    STAGE_CONTENTS,
    STAGE_NEXTHOPS,
    STAGE_FORWARDING,
    STAGE_NAME,
    STAGE_LATE_FIREWALL,
    STAGE_RESTORE,
    STAGE_UNNAME,
) = range(14)

GONE = (errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL)
"""What the kernel answers when the object to be removed does not exist."""

_NO_GATEWAY = 'the gateway is on no network that this namespace reaches: add an address, or set onlink'
_ADVICE = {
    errno.EPERM: 'root is needed: set become: true',
    errno.EACCES: 'root is needed: set become: true',
    errno.EEXIST: 'another process created it in the meantime: run again to see what',
    errno.ENODEV: 'the link went away in the meantime: run again',
    errno.EBUSY: 'something else uses it: look with "ip -d link"',
    errno.ENETUNREACH: _NO_GATEWAY,
    errno.EHOSTUNREACH: _NO_GATEWAY,
    errno.ENOSPC: 'a limit is reached: see user.max_net_namespaces',
    errno.ENOBUFS: 'the kernel has no memory for it',
    errno.ENOMEM: 'the kernel has no memory for it',
    errno.EMFILE: 'too many files are open: raise the limit of open files',
}


class StepFailed(Exception):
    """An operation failed. ``reason`` is what the kernel or a tool said, ``number`` the kernel's errno."""

    def __init__(self, op: Operation, reason: str, number: int = 0) -> None:
        super().__init__('%s: cannot %s it: %s' % (op.subject, op.verb, reason))
        self.op, self.reason, self.number = op, reason, number

    @classmethod
    def by(cls, op: Operation, error: OSError) -> StepFailed:
        """With what can be done about an error of the kernel."""
        text = plainly(error)
        advice = op.advice(error) or _ADVICE.get(error.errno or 0)
        return cls(op, '%s; %s' % (text, advice) if advice else text, error.errno or 0)


class Access(t.Protocol):
    """What an operation may use of the run that carries it out (engine/apply.py)."""

    home: int  # a descriptor of the host's own namespace
    undoing: bool
    done: list[Operation]  # operations that took effect
    new_namespaces: set[str]  # made in this run
    moved: set[tuple[str, str]]  # where links that were moved in this run have been
    first_values: dict[tuple[str, str], tuple[str, str]]  # (namespace, sysctl): (before the run, written)
    counted_tables: dict[tuple[str, str, str], t.Any]
    """(namespace, family, table of nft): its body with counters and elements before the run."""
    known_rules: t.Mapping[str, KnownRules]
    """By family: what iptables was seen to make of rules."""

    def fd(self, namespace: str) -> int:
        """A descriptor of a namespace."""

    def hold(self, namespace: str, fd: int) -> None:
        """Keep the descriptor of a new namespace until the run ends."""

    def release(self, namespace: str) -> None:
        """Close the descriptor of a namespace."""

    def socket(self, namespace: str) -> NetlinkSocket:
        """The netlink socket of a namespace."""

    def index(self, end: End) -> int:
        """The number of a link. Raises KernelError (ENODEV)."""

    def forget_indexes(self, namespace: str) -> None:
        """Links of the namespace came, went or moved."""


class Operation(Struct):
    """What was and what is to be of one object. None stands for "does not exist"."""

    namespace: str
    before: t.Any
    after: t.Any
    stage: int
    order: int = 0

    contained: t.ClassVar[bool] = False
    """Changes nothing but in its ``namespaces``, so that the others need not be read again."""
    needs_codec: t.ClassVar[bool] = True
    """Sends messages that pyroute2 may have to encode."""
    of_entry: t.ClassVar[bool] = False
    """About an entry of a table of a link (entries.py)."""
    compared_after_undo: t.ClassVar[bool] = False
    """An undo is followed by a comparison of all objects of this kind with what was."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def commits(self) -> int:
        """How often it commits to nf_tables of its namespace, if it takes effect."""
        return 0

    @property
    def inverse(self) -> Operation:
        return self.replaced(before=self.after, after=self.before)

    @property
    def verb(self) -> str:
        if self.before is None:
            return 'make'
        return 'remove' if self.after is None else 'change'

    @property
    def value(self) -> t.Any:
        """The object as it is to be, or as it was when it is removed."""
        return self.before if self.after is None else self.after

    @property
    def place(self) -> str:
        return self.namespace or HOST_WORD

    @property
    def namespaces(self) -> frozenset[str]:
        """Where it changes something."""
        return frozenset((self.namespace,))

    @property
    def subject(self) -> str:
        """The object, as errors name it."""
        raise NotImplementedError

    @property
    def mention(self) -> Mention:
        """Where changes mention what it restores."""
        return Mention()

    def detach_rank(self, namespace_rank: int) -> tuple[int, ...]:
        """The place among the operations of STAGE_DETACH."""
        return (namespace_rank, self.order)

    def risk(self, path: ManagementPath) -> str:
        """Why it may cut the operator's connection; '' when it stays clear of it. Namespaces that the
        connection passes are judged as a whole (host/management_path.py).
        """
        return ''

    def advice(self, error: OSError) -> str:
        """What to do about an error of the kernel, beyond what the errno says."""
        return ''

    @property
    def harmless_errors(self) -> tuple[int, ...]:
        """Answers of the kernel to an inverse that mean: there was nothing left to undo."""
        return GONE if self.after is None else (errno.EEXIST, errno.ENODEV)

    @property
    def features(self) -> Features:
        """What not every kernel has."""
        return Features()

    @property
    def removes_name(self) -> bool:
        """Takes the name of a namespace away, which ends it unless something holds it."""
        return False

    @property
    def gives_name(self) -> bool:
        return False

    @property
    def drops_attached(self) -> bool:
        """Whether the kernel may drop along with it what others attached to links (attached/)."""
        return False

    @property
    def qdiscs_of(self) -> End | None:
        """The link whose qdiscs it makes, changes or removes."""
        return None

    @property
    def nexthop(self) -> int:
        """The ID of the nexthop object that it is about; 0 for none."""
        return 0

    @property
    def sets_mtu(self) -> tuple[End, int] | None:
        """The link whose MTU it sets, and the MTU."""
        return None

    @property
    def moves_from(self) -> End | None:
        """The link that it takes out of a namespace."""
        return None

    def applied_part(self, iptables: t.Mapping[str, t.Any]) -> Operation | None:
        """What of an operation that was begun took effect; None for nothing. *iptables* is what its namespace
        has now.
        """
        return self

    def prepare(self, access: Access) -> None:
        """Look at what undo needs and what earlier operations of the run may spoil. Called before the
        first."""

    def joins(self, following: Operation) -> bool:
        """Whether the next operation can be carried out together with this one."""
        return False

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        """Carry out a *group* that begins with this operation. Appends what took effect to ``access.done``.

        Raises StepFailed or OSError.
        """
        raise NotImplementedError


class BatchedOperation(Operation):
    """An operation of netlink messages, which are sent together with those of its neighbours."""

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        """The namespace whose socket it goes through, and its messages."""
        raise NotImplementedError

    def partly_done(self, refused: t.Sequence[bool]) -> list[Operation]:
        """What took effect although the kernel refused some of its messages."""
        return [] if all(refused) else [self]


class Features(t.NamedTuple):
    """What an operation needs of the kernel: kinds of links, settings of them (link/features.py:Trial), and
    what not every kernel knows of rules and routes (rule/features.py, route/features.py) and qdiscs
    (qdisc/features.py)."""

    kinds: frozenset[str] = frozenset()
    trials: frozenset[t.Any] = frozenset()
    rules: frozenset[t.Any] = frozenset()
    qdiscs: frozenset[t.Any] = frozenset()
    routes: frozenset[t.Any] = frozenset()


class Mention(t.NamedTuple):
    """The change that an operation has of its own, by kind and name, and its lines in the change of a link
    that is restored with it. ``instead``: what the link has without it."""

    kind: str = ''
    name: str = ''
    lines: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


class Change(t.NamedTuple):
    """An object that is made, changed or removed, as text before and after."""

    kind: str
    namespace: str
    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        if not self.before:
            return 'create'
        return 'change' if self.after else 'delete'

    @property
    def title(self) -> str:
        if self.kind in ('namespace', 'document', 'unit', 'file'):
            return '%s %s' % (self.kind, self.name)
        separator = '/' if self.kind in ('link', 'address', 'qdisc') else ' '
        return '%s %s%s%s' % (self.kind, self.namespace or HOST_WORD, separator, self.name)


class Plan(t.NamedTuple):
    """What a run would do. ``conflicts`` are the reasons why it must not, ``warnings`` what to look after."""

    changes: tuple[Change, ...] = ()
    ops: tuple[Operation, ...] = ()
    conflicts: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ops)

    @property
    def unnamed(self) -> list[str]:
        """The namespaces that lose their name."""
        return [op.namespace for op in self.ops if op.removes_name]


__all__ = ['Access', 'BatchedOperation', 'Change', 'KernelError', 'Operation', 'Plan', 'StepFailed']
