# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scope owns: whether the record of it still holds, and how to do without a record."""

from __future__ import annotations

import typing as t

from ..objects.draft import Policy
from ..objects.iptables.canonical_form import CanonicalRules
from ..objects.iptables.value import own_chain
from ..objects.layout import Layout
from ..objects.nftables.value import own_table
from ..objects.owned import Owned
from ..objects.state import Snapshot
from ..values.names import HOST, PROTOCOL
from .observe import observe
from .plan import plan
from .query import query_for


def drop_stale_ownership(owned: Owned, identities: t.Mapping[str, str], have: Snapshot) -> bool:
    """Forget what was in namespaces that do not exist any more, or whose name stands for another one. Tells
    whether any.
    """
    stale = False
    for name in owned.touched():
        seen = have.seen.get(name)
        if seen is not None and identities.get(name) in (None, seen.identity):
            continue
        stale = True
        owned.forget(name)
        if seen is None:
            owned.namespaces.pop(name, None)
    return stale


def note_identities(owned: Owned, have: Snapshot) -> dict[str, str]:
    """The identity of each namespace in which the scope owns something."""
    for name in owned.namespaces:
        if name in have.seen:
            owned.namespaces[name] = have.seen[name].identity
    touched = sorted(owned.touched() | {HOST})
    return {name: have.seen[name].identity for name in touched if name in have.seen}


def recover_ownership(declared: Layout) -> Owned:
    """For a removal without a record: what the document would make counts as made, as far as it carries our
    marks.
    """
    policy = Policy(adopt=True)
    have = observe(query_for(declared, Owned(), policy, all_namespaces=True))
    rules = CanonicalRules()
    if declared.iptables:
        from ..objects.iptables.canonical_rules import canonicalise_rules  # much to load

        rules = canonicalise_rules(declared, have)
    owned = plan(declared, have, Owned(), policy, rules)[1]
    owned.addresses &= _marked_addresses(have)
    owned.fdb.clear()  # the kernel does not tell who made an entry
    neighbours = [neighbour for seen in have.seen.values() for neighbour in seen.neighbours]
    owned.neighbours &= {neighbour.record_key for neighbour in neighbours}
    chain_prefix, table = own_chain(declared.scope, ''), own_table(declared.scope)
    for key, chains in owned.iptables.items():
        owned.iptables[key] = [chain for chain in chains if chain[1].startswith(chain_prefix)]
    owned.nftables = {key for key in owned.nftables if key[2] == table}
    owned.sysctls.clear()
    owned.fields.clear()
    owned.qdiscs.clear()
    owned.files = {key: (None, owned.files[key][1]) for key in owned.files if _is_marked(owned, key, have)}
    return owned


def _marked_addresses(have: Snapshot) -> set[tuple[t.Any, ...]]:
    addresses = [address for seen in have.seen.values() for address in seen.addresses]
    return {address.key for address in addresses if address.protocol == PROTOCOL}


def _is_marked(owned: Owned, key: tuple[t.Any, ...], have: Snapshot) -> bool:
    """Whether a file exists and begins with the mark of the scope: then nothing was kept of what was in it
    before.
    """
    before, _written = owned.files[key]
    return before is None and have.files.get(key[1]) is not None
