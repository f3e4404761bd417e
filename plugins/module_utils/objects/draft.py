# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of a plan work on: what is wanted, what is there, and what will be there after the steps
planned so far.
"""

from __future__ import annotations

import enum
import typing as t

from ..values.names import HOST, MARK_PREFIX, End, place
from ..values.problems import MISSING_LINK, Problem
from .address.value import Address
from .attached.value import Attached, of_others
from .events import Cause, Event
from .layout import Layout
from .link.value import Link
from .operation import Change, Operation
from .owned import Owned
from .route.value import Route
from .state import Key, Seen, Snapshot
from .sysctl.value import Sysctl


class Mode(enum.Enum):
    """What becomes of objects of the scope that the document does not have."""

    WHOLE = 'whole'
    """The document is all of the scope: they are removed."""
    ADD = 'add'
    """The document adds to the scope: they stay."""
    REMOVE = 'remove'
    """The document lists the objects to remove, whoever made them. All others stay."""


class Policy(t.NamedTuple):
    """How far a run may go.

    adopt            take over what is in the way and not ours
    mode             see Mode
    overlap          let a new link's network overlap one that the namespace already reaches
    whole_tables_of  without Mode.WHOLE: a namespace of which the document has all chains of its scope
    force            remove namespaces in which processes live
    max_delete       refuse to remove more objects than this
    """

    adopt: bool = False
    mode: Mode = Mode.WHOLE
    overlap: bool = False
    whole_tables_of: str | None = None
    force: bool = False
    max_delete: int | None = None

    @property
    def prune(self) -> bool:
        """Whether what is ours and not in the document goes."""
        return self.mode is Mode.WHOLE

    @property
    def removes(self) -> bool:
        """Whether what is in the document goes."""
        return self.mode is Mode.REMOVE

    def prunes_tables(self, namespace: str) -> bool:
        return self.prune or self.whole_tables_of == namespace


DECLARE_ONCE = 'declare it in one of the scopes only, or set adopt: true to take it over'

Lost = t.Union[Address, Route, Sysctl, Attached]
"""What goes along with something else."""

Answer = t.Callable[['Draft', Event], None]


class Draft:
    """A plan in the making. ``now`` is the prediction; each part changes it with the operations that it adds.

    *answers* gives those of the kinds of objects that answer to events (side_effects.py).
    """

    def __init__(
        self,
        want: Layout,
        have: Snapshot,
        owned: Owned,
        policy: Policy,
        names: t.Collection[str] | None = None,
        answers: t.Callable[[], t.Sequence[Answer]] = tuple,
    ) -> None:
        self._answers = answers
        self.want, self.have, self.owned, self.policy = want, have, owned.copy(), policy
        self.names = have.seen if names is None else have.seen.keys() & names
        self.now: dict[str, Seen] = {
            name: seen.copy() if name in self.names else seen for name, seen in have.seen.items()
        }
        if self.owned.neighbours or self.owned.fdb:
            ours = self.owned.entries
            for name in self.names:
                self.now[name].attached = of_others(self.now[name].attached, name, ours)
        self.owned_after = Owned() if policy.prune else owned.copy()  # what the scope owns after the run
        self.new_namespaces: set[str] = set()
        self.removed_namespaces: set[str] = set()
        self.new_links: set[End] = set()
        self.replaced_links: dict[End, Link] = {}  # links that are removed and created again
        self.unsettled_mtus: set[End] = set()  # links whose MTU changes in the run, if only for a while
        self.wanted_namespaces = {namespace.name: namespace for namespace in want.namespaces}
        self.wanted_addresses = {address.key: address for address in want.addresses}
        lo = have.seen[HOST].links.get('lo')
        self.ipv6 = lo is not None and lo.link_local is not None
        self.files = dict(have.files)
        self.lost: dict[Cause, list[Lost]] = {}  # what goes along with something else (losses.py)
        self._cause: Cause | None = None
        self.ops: list[Operation] = []
        self.changes: list[Change] = []
        self.conflicts: list[Problem] = []
        self.warnings: list[str] = []

    def announce(self, event: Event, cause: Cause | None = None) -> None:
        """Have each kind of object answer what goes with an event, which *cause* brings about."""
        outer, self._cause = self._cause, cause or self._cause
        for answer in self._answers():
            answer(self, event)
        self._cause = outer

    def lose(self, lost: Lost) -> None:
        """Note what goes along with the event that is announced."""
        if self._cause is not None:
            self.lost.setdefault(self._cause, []).append(lost)

    def add(self, op: Operation) -> None:
        self.ops.append(op)

    def change(
        self, kind: str, namespace: str, name: str, before: t.Iterable[str], after: t.Iterable[str]
    ) -> None:
        self.changes.append(Change(kind, namespace, name, tuple(before), tuple(after)))

    def conflict(self, where: str, what: str, do: str = '', *, found: str = '', want: str = '') -> None:
        self.refuse(Problem(where, what, found, want, do))

    def is_of_scope(self, where: t.Callable[[], str], namespace: str, field: str, *keys: Key) -> bool:
        """Whether what is declared belongs to another scope by its record, which is a conflict."""
        if self.policy.adopt or self.exclusive(namespace):
            return False
        if any(key in getattr(self.owned, field) for key in keys):
            return False
        scope = self.have.scope_of(field, *keys)
        if scope:
            self.conflict(where(), 'belongs to scope %s' % scope, do=DECLARE_ONCE)
        return bool(scope)

    def missing_link(self, where: str, link: End, what: str, do: str) -> None:
        """Refuse because *link* is missing; boot leaves such a link out and waits for it."""
        self.refuse(Problem(where, what, do=do, kind=MISSING_LINK, subject=link))

    def refuse(self, problem: Problem) -> None:
        """Note why the plan must not be carried out; each reason once."""
        if problem not in self.conflicts:
            self.conflicts.append(problem)

    def ours(self, link: Link) -> bool:
        """Whether this scope may do with a link what it likes."""
        if link.mark == self.want.mark or self.exclusive(link.namespace) and link.kind != 'physical':
            return True
        # A run that was killed may have left a link without its mark: the kernel takes none with the request
        # that makes it.
        if link.mark is None and link.end in self.owned.links:
            return True
        peer = self.link(link.peer) if link.peer and link.mark is None else None
        return peer is not None and peer.mark == self.want.mark

    def exclusive(self, namespace: str) -> bool:
        known = self.wanted_namespaces.get(namespace)
        return known is not None and known.exclusive

    def link(self, end: End) -> Link | None:
        seen = self.now.get(end[0])
        return seen.links.get(end[1]) if seen else None

    def ports(self, end: End) -> list[Link]:
        """The links whose master this one is, or will be."""
        found = {link.end: link for link in self.now[end[0]].links.values() if link.master == end[1]}
        for want in self.want.links:
            if want.namespace == end[0] and want.master is not None:
                have = self.link(want.end)
                if have is not None and want.master == end[1]:
                    found[want.end] = have
                elif want.master != end[1]:
                    found.pop(want.end, None)
        return list(found.values())

    def put(self, link: Link) -> None:
        self.now[link.namespace].links[link.name] = link

    def live(self) -> t.Iterator[tuple[str, Seen]]:
        """The namespaces that stay, of those that are looked at."""
        return (
            (name, seen)
            for name, seen in sorted(self.now.items())
            if name not in self.removed_namespaces and (name in self.names or name in self.new_namespaces)
        )

    def is_predicted(self, namespace: str, link: str) -> bool:
        """Whether a namespace, or a link of it, is not there: an earlier task of the play would make it."""
        return namespace in self.have.predicted or (namespace, link) in self.have.predicted_links


def owner(mark: str | None) -> str:
    """Whose an object is, for people."""
    if mark is None:
        return 'no known scope'
    if mark.startswith(MARK_PREFIX):
        return 'scope %s' % mark[len(MARK_PREFIX) :]
    return repr(mark)


__all__ = ['Draft', 'HOST', 'Policy', 'owner', 'place']
