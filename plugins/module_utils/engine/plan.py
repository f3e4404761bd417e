# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is wanted and what is there to an ordered list of operations. Pure: nothing is read and nothing
written.
"""

from __future__ import annotations

import typing as t

from ..objects.address.plan import plan_addresses
from ..objects.draft import Answer, Draft, Policy
from ..objects.iptables.canonical_form import CanonicalRules
from ..objects.layout import Layout
from ..objects.link.plan import plan_links
from ..objects.nameservers.plan import plan_files
from ..objects.namespace.operations import NameOperation
from ..objects.namespace.plan import plan_namespaces, refuse_aliases, what_goes
from ..objects.operation import STAGE_DETACH, STAGE_LINK, STAGE_UNLINK, STAGE_UNNAME, Change, Operation, Plan
from ..objects.owned import Owned
from ..objects.route.plan import plan_routes
from ..objects.rule.plan import plan_rules
from ..objects.state import Snapshot
from ..objects.sysctl.plan import plan_sysctls
from ..objects.sysctl.value import Sysctl
from ..values.names import HOST

# What most documents have no use for is loaded for those that have.


def _answers() -> t.Sequence[Answer]:
    from ..objects.side_effects import ANSWERS

    return ANSWERS


def _plan_moves(draft: Draft) -> None:
    if draft.owned.moved or any(link.kind == 'physical' for link in draft.want.links):
        from ..objects.link.moves import plan_moves

        plan_moves(draft)


def _plan_wireguard(draft: Draft) -> None:
    if any(link.kind == 'wireguard' for link in draft.want.links):
        from ..objects.wireguard.plan import plan_wireguard

        plan_wireguard(draft)


def _plan_nexthops(draft: Draft) -> None:
    if draft.want.nexthops:
        from ..objects.nexthop.plan import plan_nexthops

        plan_nexthops(draft)


def _remove_nexthops(draft: Draft) -> None:
    if draft.want.nexthops or draft.owned.nexthops:
        from ..objects.nexthop.plan import plan_removal

        plan_removal(draft)


def _keep_routes(draft: Draft) -> None:
    if draft.lost:
        from ..objects.losses import keep_routes

        keep_routes(draft)


def _plan_neighbours(draft: Draft) -> None:
    if draft.want.neighbours or any(seen.neighbours for seen in draft.now.values()):
        from ..objects.neighbour.plan import plan_neighbours

        plan_neighbours(draft)


def _plan_fdb(draft: Draft) -> None:
    if draft.want.fdb or any(seen.fdb for seen in draft.now.values()):
        from ..objects.fdb.plan import plan_fdb

        plan_fdb(draft)


def _plan_qdiscs(draft: Draft) -> None:
    if draft.want.qdiscs or draft.owned.qdiscs:
        from ..objects.qdisc.plan import plan_qdiscs

        plan_qdiscs(draft)


def _plan_losses(draft: Draft) -> None:
    if draft.lost or draft.owned.lost:
        from ..objects.losses import plan_losses

        plan_losses(draft)


_PARTS: tuple[t.Callable[[Draft], None], ...] = (
    _plan_moves,
    plan_links,
    _plan_wireguard,
    plan_addresses,
    _keep_routes,
    _plan_nexthops,
    plan_routes,
    _remove_nexthops,
    plan_rules,
    plan_sysctls,
    _plan_neighbours,
    _plan_fdb,
    _plan_qdiscs,
    _plan_losses,
    plan_files,
)


def plan(
    want: Layout,
    have: Snapshot,
    owned: Owned,
    policy: Policy,
    rules: CanonicalRules,
    names: t.Collection[str] | None = None,
) -> tuple[Plan, Owned]:
    """The plan, and what will be ours when it has been carried out.

    With *names* it is about these namespaces alone, and *owned* is of these: the others are as they shall be.
    """
    draft = _draft(want, have, owned, policy, rules, names)
    if draft.conflicts:
        return Plan(conflicts=tuple(draft.conflicts)), owned
    ops = tuple(sorted(draft.ops, key=_order(draft)))
    return Plan(_changes(draft), ops, warnings=tuple(draft.warnings)), draft.owned_after


def predict(
    want: Layout, have: Snapshot, owned: Owned, policy: Policy, rules: CanonicalRules
) -> tuple[Snapshot, Owned] | None:
    """The host as a plan would make it, and what would be ours then; None if the plan has conflicts."""
    draft = _draft(want, have, owned, policy, rules)
    if draft.conflicts:
        return None
    from ..objects.predicted import predicted_host  # for check mode alone

    return predicted_host(draft), draft.owned_after


def _draft(
    want: Layout,
    have: Snapshot,
    owned: Owned,
    policy: Policy,
    rules: CanonicalRules,
    names: t.Collection[str] | None = None,
) -> Draft:
    """All that a run would do; where it has conflicts, the plan ends with them."""
    draft = Draft(want if names is None else want.only(names), have, owned, policy, names, _answers)
    refuse_aliases(draft)
    if draft.conflicts:
        return draft
    if not policy.removes:
        plan_namespaces(draft)
    else:
        _named_namespaces(draft)
    for part in _PARTS:
        part(draft)
        if draft.conflicts:
            break  # what follows would only repeat them
    if not draft.conflicts:
        _plan_firewalls(draft, rules)
    if not (draft.conflicts or policy.prune):
        _forget_gone(draft)
    return draft


def _plan_firewalls(draft: Draft, rules: CanonicalRules) -> None:
    """The code for either is loaded where something is declared, or was before."""
    if draft.want.iptables or draft.owned.iptables:
        from ..objects.iptables.plan import plan_iptables

        plan_iptables(draft, rules)
    if draft.want.nftables or draft.owned.nftables:
        from ..objects.nftables.plan import plan_nftables

        plan_nftables(draft)


def _named_namespaces(draft: Draft) -> None:
    """The document says that these namespaces shall not be."""
    for namespace in draft.want.namespaces:
        seen = draft.now.get(namespace.name)
        if namespace.create:
            draft.owned_after.namespaces.pop(namespace.name, None)
            draft.owned_after.forget(namespace.name)
        if seen is None or not namespace.create:
            continue
        draft.removed_namespaces.add(namespace.name)
        draft.add(NameOperation(namespace.name, namespace.name, None, STAGE_UNNAME))
        draft.change('namespace', '', namespace.name, what_goes(seen), ())


def _forget_gone(draft: Draft) -> None:
    """What went along with something that was removed is ours no more."""
    kept, now = draft.owned_after, draft.now
    kept.addresses &= {address.key for seen in now.values() for address in seen.addresses}
    kept.routes &= {route.key for seen in now.values() for route in seen.routes}
    kept.nexthops &= {nexthop.key for seen in now.values() for nexthop in seen.nexthops}
    kept.rules &= {rule.key for seen in now.values() for rule in seen.rules}
    kept.neighbours &= {neighbour.record_key for seen in now.values() for neighbour in seen.neighbours}
    kept.fdb &= {entry.key for seen in now.values() for entry in seen.fdb}
    unread = (
        draft.have.nftables_unchanged - draft.new_namespaces - draft.removed_namespaces
    )  # the same tables are there as when they were read last
    kept.nftables = {
        (name, *where)
        for name, *where in kept.nftables
        if name in unread or name in now and tuple(where) in now[name].nftables
    }
    kept.sysctls = {
        key: value
        for key, value in kept.sysctls.items()
        if key[0] in now and Sysctl(key[0], key[1], '').link in ('', *now[key[0]].links)
    }
    kept.fields = {
        key: value for key, value in kept.fields.items() if key[0] in now and key[1] in now[key[0]].links
    }
    kept.qdiscs = {
        key: value for key, value in kept.qdiscs.items() if key[0] in now and key[1] in now[key[0]].links
    }


_ORDER_OF_KINDS = (
    'namespace',
    'link',
    'address',
    'nexthop',
    'route',
    'rule',
    'neighbour',
    'fdb',
    'sysctl',
    'qdisc',
    'iptables',
    'nftables',
    'file',
)


def _changes(draft: Draft) -> tuple[Change, ...]:
    """One change per object: one that goes and comes again reads as changed, or is left out where nothing
    differs.
    """
    merged: dict[tuple[str, str, str], Change] = {}
    for change in draft.changes:
        key = (change.kind, change.namespace, change.name)
        if key in merged:
            change = Change(change.kind, change.namespace, change.name, merged[key].before, change.after)
        merged[key] = change
    differing = [change for change in merged.values() if change.before != change.after]
    return tuple(
        sorted(
            differing, key=lambda change: (_ORDER_OF_KINDS.index(change.kind), change.namespace, change.name)
        )
    )


def _depths(draft: Draft) -> dict[str, int]:
    """How many namespaces have to come before each, for what stands on their links. Those that stand on each
    other end somewhere.
    """
    below = {
        (link.namespace, link.parent[0])
        for link in draft.want.links
        if link.parent and link.parent[0] != link.namespace
    }
    depths: dict[str, int] = {}
    for _round in range(len({upper for upper, _lower in below})):
        for upper, lower in below:
            depths[upper] = max(depths.get(upper, 0), depths.get(lower, 0) + 1)
    return depths


def _order(draft: Draft):  # type: ignore[no-untyped-def] # a sort key
    """Namespaces one after the other within a stage that works on contents; the host's last, so that the way
    out opens last.

    Only where a link stands on one of another namespace that one comes before: a VLAN does not go up before
    its link (vlan_dev_open).
    """
    depths = _depths(draft)
    rank = {
        name: number
        for number, name in enumerate(
            sorted(draft.now, key=lambda name: (depths.get(name, 0), name == HOST, name))
        )
    }

    def key(op: Operation) -> tuple[int, ...]:
        namespace_rank = rank.get(op.namespace, len(rank))
        if op.stage in (STAGE_LINK, STAGE_UNLINK):
            return (op.stage, op.order, namespace_rank)
        if op.stage == STAGE_DETACH:
            return (op.stage, *op.detach_rank(namespace_rank))
        return (op.stage, namespace_rank, op.order)

    return key
