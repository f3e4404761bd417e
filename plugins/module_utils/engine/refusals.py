# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that are refused although nothing in them conflicts: they would hurt somebody, or cannot work on this
kernel.
"""

from __future__ import annotations

from ..kernel import codec, namespaces
from ..kernel.processes import processes
from ..objects.draft import Policy
from ..objects.operation import Plan
from ..objects.state import Snapshot
from ..values.problems import EngineError, Problem

_RUN_IN_MOUNTS = (
    'run it in the mounts of the host, without "unshare", "ip netns exec", PrivateMounts= and their like'
)
_SHOWN_OBJECTS, _SHOWN_PROCESSES = 5, 10


def refuse_named_host() -> None:
    """Raises EngineError in a namespace of the host: what a run finds itself in is the host to it."""
    names = namespaces.names_of_current()
    if names and not namespaces.is_of_process_1():
        raise EngineError(
            Problem(
                'this run',
                'is running in namespace %s and would treat it as the host' % names[0],
                do="run it in the host's network, not under \"ip netns exec\" or similar",
            )
        )


def refuse_foreign_mounts(steps: Plan) -> None:
    """Raises EngineError in mounts that are not those of the host: there is nothing wrong for the run, but
    for everybody else a name is a file without a namespace."""
    if not namespaces.is_of_process_1():
        return
    if not namespaces.has_run_of_process_1():
        raise EngineError(
            Problem(
                '/run',
                'is not that of the host: this run has mounts of its own, and names and records would not'
                ' reach the host',
                do=_RUN_IN_MOUNTS,
            )
        )
    if any(op.gives_name or op.removes_name for op in steps.ops) and not namespaces.names_reach_process_1():
        raise EngineError(
            Problem(
                namespaces.RUN_DIR,
                'is mounted so that names given or removed by this run would not reach the host',
                do=_RUN_IN_MOUNTS,
            )
        )


def refuse_harm(steps: Plan, have: Snapshot, policy: Policy) -> None:
    """Raises EngineError if more would be removed than the operator allows."""
    problems = _too_many_removals(steps, policy)
    if not policy.force:
        problems += _used_namespaces(steps, have)
    if problems:
        raise EngineError(*problems)


def refuse_impossible(steps: Plan) -> None:
    """Raises EngineError for what this kernel cannot do; asked in a throw-away namespace."""
    from ..objects.link.features import missing_features  # not loaded for a run without operations
    from ..objects.route.features import lacking_in_routes
    from ..objects.rule.features import missing_fields

    problems = missing_features(steps.ops) + lacking_in_routes(steps.ops) + missing_fields(steps.ops)
    entries = [op for op in steps.ops if op.of_entry]
    if entries:
        from ..objects.neighbour.features import missing_flags

        problems += missing_flags(entries)
    if any(op.features.qdiscs for op in steps.ops):
        from ..objects.qdisc.features import missing_qdiscs

        problems += missing_qdiscs(steps.ops)
    nexthops = [op for op in steps.ops if op.nexthop]
    if nexthops:
        from ..objects.nexthop.features import lacking_in_nexthops

        problems += lacking_in_nexthops(nexthops)
    if problems:
        raise EngineError(*problems)


def preflight(steps: Plan) -> None:
    """Raises EngineError or codec.MissingLibrary for what can be known to fail, before the first change."""
    if any(op.needs_codec for op in steps.ops):
        codec.require()
    refuse_impossible(steps)


def _too_many_removals(steps: Plan, policy: Policy) -> list[Problem]:
    removed = [change.title for change in steps.changes if change.action == 'delete']
    if policy.max_delete is None or len(removed) <= policy.max_delete:
        return []
    return [
        Problem(
            'the plan',
            'removes too much',
            '%d objects' % len(removed),
            'at most %d: %s' % (policy.max_delete, _some(removed, _SHOWN_OBJECTS)),
            'look at the document, or raise max_delete',
        )
    ]


def _used_namespaces(steps: Plan, have: Snapshot) -> list[Problem]:
    """Namespaces to be removed in which processes live, or from which a card would fall back to the host."""
    problems = []
    names = sorted(steps.unnamed)
    for name, inhabitants in sorted(processes(names).items()) if names else ():
        texts = [process.text() for process in inhabitants]
        problems.append(
            Problem(
                'namespace %s' % name,
                'has running processes',
                _some(texts, _SHOWN_PROCESSES),
                do='end them, or set force: true',
            )
        )
    moved = {op.moves_from for op in steps.ops}
    for name in names:
        links = have.seen[name].links.values()
        cards = [link for link in links if link.kind == 'physical' and link.name != 'lo']
        stranded = sorted(card.name for card in cards if card.end not in moved)
        if stranded:
            problems.append(
                Problem(
                    'namespace %s' % name,
                    'contains a network card',
                    ', '.join(stranded),
                    do='move it out first, or set force: true: the kernel then moves it to the host',
                )
            )
    return problems


def _some(texts: list[str], most: int) -> str:
    return ', '.join(texts[:most]) + (', ...' if len(texts) > most else '')
