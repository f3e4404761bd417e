# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Undo: back to the snapshot that was taken before the first operation.

First the operations that took effect are taken back, the last first: each is a pair, and its inverse the pair
the other way round. Then the host is read and compared with the snapshot: what the kernel dropped along with
something else (the routes of a link that was down, the settings of a link that was removed) comes back. What
differs then is not undone, and is told.
"""

from __future__ import annotations

import typing as t

from ..kernel import namespaces, routers
from ..objects.address.leases import kept
from ..objects.address.operation import AddressOperation
from ..objects.address.undo import undo_addresses
from ..objects.attached.operation import undo_attached_nexthops, undo_other_attached
from ..objects.link.undo import missing_links, undo_links
from ..objects.operation import Operation
from ..objects.route.undo import undo_routes
from ..objects.rule.undo import undo_rules
from ..objects.state import Seen, Snapshot
from ..objects.sysctl.undo import undo_sysctls
from ..values.names import End, place
from ..values.problems import EngineError, Problem
from .apply import Executor, StepFailed


def _undo_nexthops(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not before.nexthops:
        return []
    from ..objects.nexthop.undo import undo_nexthops

    return undo_nexthops(namespace, before, now)


def _undo_nftables(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not before.nftables:
        return []
    from ..objects.nftables.undo import undo_nftables  # not loaded for a run without tables

    return undo_nftables(namespace, before, now)


def _undo_neighbours(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not before.neighbours:
        return []
    from ..objects.neighbour.plan import undo_neighbours  # not loaded for a run without neighbours

    return undo_neighbours(namespace, before, now)


def _undo_fdb(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not before.fdb:
        return []
    from ..objects.fdb.plan import undo_fdb  # not loaded for a run without such entries

    return undo_fdb(namespace, before, now)


def _undo_qdiscs(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not (before.qdiscs or now.qdiscs):
        return []
    from ..objects.qdisc.operation import undo_qdiscs  # not loaded for a run without qdiscs

    return undo_qdiscs(namespace, before, now)


def _undo_wireguard(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    if not before.wireguard:
        return []
    from ..objects.wireguard.undo import undo_wireguard  # rarely needed

    return undo_wireguard(namespace, before, now)


# In this order: a link before what is on it.
_UNDO: tuple[t.Callable[[str, Seen, Seen], list[Operation]], ...] = (
    undo_links,
    _undo_wireguard,
    undo_sysctls,
    undo_addresses,
    undo_attached_nexthops,
    _undo_nexthops,
    undo_rules,
    undo_routes,
    undo_other_attached,
    _undo_neighbours,
    _undo_fdb,
    _undo_qdiscs,
    _undo_nftables,
)
_ROUNDS = 4  # an address that comes back may take routes along; a link may wait for the one below it


def missing(before: Snapshot, now: Snapshot) -> list[Operation]:
    """The operations that restore the state of a snapshot, as far as its links and namespaces exist."""
    ops: list[Operation] = []
    for undo_kind in _UNDO:
        for namespace, seen in before.seen.items():
            if namespace in now.seen:
                ops += undo_kind(namespace, seen, now.seen[namespace])
    return ops


def undo_side_effects(executor: Executor, before: Snapshot, look: t.Callable[[], Snapshot]) -> list[Problem]:
    """Compare the host with a snapshot after the inverses, and restore what is missing. Returns what is not
    as it was.

    *look* reads the same objects again.
    """
    # What is compared is judged by the comparison, not by whether its inverse failed. That does not see what
    # is there in addition: it is removed once more, since it may be gone with its link.
    failures = [failure for failure in executor.not_undone if not failure.op.compared_after_undo]
    additions = [failure.op for failure in executor.not_undone if _is_addition(failure.op)]
    if additions:
        executor.not_undone = []
        namespaces.in_thread(executor.undo_with, additions)
        failures += executor.not_undone
    for rounds_left in reversed(range(_ROUNDS + 1)):
        try:
            now = look()
        except EngineError as error:
            executor.not_undone = failures
            return [
                Problem('', 'the comparison with the state before failed: %s' % problem)
                for problem in error.problems
            ]
        ops = missing(before, now)
        if not ops:
            executor.not_undone = list(failures)
            break
        if rounds_left:
            executor.not_undone = list(failures)
            namespaces.in_thread(executor.undo_with, ops)
            if rounds_left < _ROUNDS:
                refused = [each for each in executor.not_undone if isinstance(each.op, AddressOperation)]
                failures += refused
                before = _without_addresses(before, refused)
    _ask_routers(before, now)
    return _gone(before, now) + _different(executor, ops)


def _without_addresses(before: Snapshot, refused: t.Iterable[StepFailed]) -> Snapshot:
    """The snapshot without addresses that the kernel refuses again and again. Each attempt takes the others
    of the link away for their order, and with them routes, which would not come back."""
    seen = dict(before.seen)
    for failure in refused:
        namespace = failure.op.namespace
        seen[namespace] = seen[namespace].copy()
        seen[namespace].addresses = [
            address for address in seen[namespace].addresses if address != failure.op.after
        ]
    return before.replaced(seen=seen)


def keep_leased(before: Snapshot, moved: t.Collection[End]) -> tuple[Snapshot, list[str]]:
    """The snapshot to go back to where links were *moved*, and what to tell of it: leased addresses stay
    without an end."""
    seen: dict[str, Seen] = {}
    told: list[str] = []
    for namespace, known in before.seen.items():
        seen[namespace] = known.copy()
        for number, address in enumerate(known.addresses):
            if (namespace, address.link) in moved:
                seen[namespace].addresses[number], more = kept(address)
                told += more
    return before.replaced(seen=seen), told


def inverses(op: Operation, now: Snapshot) -> list[Operation]:
    """The inverse of the part that took effect. A namespace that has no name yet ended with its process."""
    seen = now.seen.get(op.namespace)
    applied = op.applied_part(seen.iptables) if seen is not None else None
    return [applied.inverse] if applied is not None else []


def _ask_routers(before: Snapshot, now: Snapshot) -> None:
    """Have the kernel learn again what it has dropped. Where IPv6 has just begun it asks by itself."""
    for namespace, seen in before.seen.items():
        if namespace not in now.seen:
            continue
        missing_routes = [
            route for route in seen.routes if route.learned and route not in now.seen[namespace].routes
        ]
        links = {link for route in missing_routes for link in route.links}
        if links:
            namespaces.in_thread(_solicit, namespace, links)


def _solicit(namespace: str, links: t.Iterable[str]) -> None:
    with namespaces.visit(namespace):
        for link in links:
            routers.solicit(link)


def _is_addition(inverse: Operation) -> bool:
    return inverse.compared_after_undo and inverse.after is None


def _different(executor: Executor, ops: t.Sequence[Operation]) -> list[Problem]:
    """What the kernel did not restore although it refused nothing."""
    refused = {failure.op.subject for failure in executor.not_undone}
    subjects = [op.subject for op in ops if op.subject not in refused]
    return [Problem('', 'not undone: %s is not as it was' % subject) for subject in subjects]


def _gone(before: Snapshot, now: Snapshot) -> list[Problem]:
    """Links that nothing can restore, since others removed them."""
    problems = []
    for namespace, seen in before.seen.items():
        if namespace not in now.seen:
            continue
        for name in missing_links(seen, now.seen[namespace]):
            problems.append(Problem('', 'not undone: link %s/%s no longer exists' % (place(namespace), name)))
    return problems
