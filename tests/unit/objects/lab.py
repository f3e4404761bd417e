# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document that is read, and planned for a host as it may be, without a kernel."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
    CanonicalRules,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Plan
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.objects.state import Seen, Snapshot
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST


def layout(**keys: t.Any) -> Layout:
    return read_layout({'name': 'lab', **keys})


class _AsWritten(dict[t.Any, tuple[str, ...]]):
    """Every rule of a document is canonical as it is."""

    def __missing__(self, rule: tuple[str, str, str, str]) -> tuple[str, ...]:
        return (rule[3],)


def bare(namespace: str = HOST, *links: Link, mark: str | None = None, **fields: t.Any) -> Seen:
    """A namespace with its loopback and some more."""
    lo = Link(namespace, 'lo', 'physical', True, 65536, '00:00:00:00:00:00', '', txqueuelen=1000, mark=mark)
    return Seen('cookie:' + namespace, {link.name: link for link in (lo, *links)}, **fields)


def planned(
    document: dict[str, t.Any],
    seen: t.Iterable[Seen] = (),
    *,
    owned: Owned | None = None,
    policy: Policy | None = None,
    files: dict[str, str | None] | None = None,
) -> Plan:
    """The plan of a document of the scope ``lab``, in which rules and tables are canonical as they are.

    *seen* are the namespaces that exist; the host does in any case.
    """
    by_name = {namespace.links['lo'].namespace: namespace for namespace in (bare(), *seen)}
    have = Snapshot(by_name, files=files or {})
    want = read_layout({'name': 'lab', **document}, 'host')
    canonical = CanonicalRules(_AsWritten())
    return plan(want, have, owned or Owned(), policy or Policy(), canonical)[0]


def steps_of(found: Plan) -> list[str]:
    """Each step as a verb and an object, or the conflicts."""
    if found.conflicts:
        return ['%s: %s' % (problem.path, problem.what) for problem in found.conflicts]
    return ['%s %s' % (op.verb, op.subject) for op in found.ops]
