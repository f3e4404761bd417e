# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that the engine passes on: what is there, and what is ours of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..values.names import HOST
from ..values.problems import EngineError
from .address.value import Address
from .link.value import Link
from .route.value import Route
from .rule.value import Rule

Key = tuple[t.Any, ...]


@dataclasses.dataclass
class Seen:
    """One namespace as it was found. ``iptables`` are the tables of iptables by family and name, where they were asked for;
    ``nftables`` are the lines of each table of nft, by (family, name)."""

    identity: str
    links: dict[str, Link] = dataclasses.field(default_factory=dict)
    addresses: list[Address] = dataclasses.field(default_factory=list)
    routes: list[Route] = dataclasses.field(default_factory=list)
    rules: list[Rule] = dataclasses.field(default_factory=list)
    sysctls: dict[str, str | None] = dataclasses.field(default_factory=dict)
    iptables: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    nsid: int | None = None
    nftables: dict[tuple[str, str], tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @property
    def mark(self) -> str | None:
        """Whose namespace it is: the mark on its loopback."""
        lo = self.links.get('lo')
        return lo.mark if lo else None

    def copy(self) -> Seen:
        return Seen(
            self.identity,
            dict(self.links),
            list(self.addresses),
            list(self.routes),
            list(self.rules),
            dict(self.sysctls),
            {family: dict(tables) for family, tables in self.iptables.items()},
            self.nsid,
            dict(self.nftables),
        )


@dataclasses.dataclass
class Snapshot:
    """The namespaces that were looked at, by name; a name that is not there is not in it. ``stale`` are names in
    /run/netns that no namespace is mounted on.

    ``stamps`` are of the firewalls that were asked for, taken before they were read (firewall_proof.py). Where a stamp is
    the expected one the firewall was not read: ``iptables_unchanged`` are these namespaces, ``nftables_unchanged`` the same for nft.
    ``indexes`` are the names of links by their numbers, by namespace.
    """

    seen: dict[str, Seen]
    stale: frozenset[str] = frozenset()
    stamps: dict[str, str] = dataclasses.field(default_factory=dict)
    iptables_unchanged: frozenset[str] = frozenset()
    nftables_unchanged: frozenset[str] = frozenset()
    files: dict[str, str | None] = dataclasses.field(default_factory=dict)
    indexes: dict[str, dict[int, str]] = dataclasses.field(default_factory=dict)

    def link(self, end: tuple[str, str]) -> Link | None:
        seen = self.seen.get(end[0])
        return seen.links.get(end[1]) if seen else None


@dataclasses.dataclass
class Owned:
    """What a scope has made, beside the marks that links carry themselves. Kept on the host between runs.

    Values: a namespace's identity; links that a run is about to make and has not marked yet; keys of addresses, routes
    and rules; for sysctls and fields of links that were there before us what they were and what we wrote; (table, chain)
    pairs by (namespace, family), and the keys of those that were declared with flush_conntrack; (namespace, family, name) of tables of nft;
    for cards in namespaces what they had on the host (plan_moves.py); for files by (namespace, path) what was in them and what we wrote.
    """

    namespaces: dict[str, str] = dataclasses.field(default_factory=dict)
    links: set[Key] = dataclasses.field(default_factory=set)
    addresses: set[Key] = dataclasses.field(default_factory=set)
    routes: set[Key] = dataclasses.field(default_factory=set)
    rules: set[Key] = dataclasses.field(default_factory=set)
    sysctls: dict[Key, tuple[str, str]] = dataclasses.field(default_factory=dict)
    fields: dict[Key, tuple[t.Any, t.Any]] = dataclasses.field(default_factory=dict)
    iptables: dict[Key, list[list[str]]] = dataclasses.field(default_factory=dict)
    nftables: set[Key] = dataclasses.field(default_factory=set)
    moved: dict[Key, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    files: dict[Key, tuple[str | None, str]] = dataclasses.field(default_factory=dict)
    flush_conntrack: set[Key] = dataclasses.field(default_factory=set)

    def copy(self) -> Owned:
        return Owned(
            dict(self.namespaces),
            set(self.links),
            set(self.addresses),
            set(self.routes),
            set(self.rules),
            dict(self.sysctls),
            dict(self.fields),
            {key: [list(chain) for chain in chains] for key, chains in self.iptables.items()},
            set(self.nftables),
            dict(self.moved),
            dict(self.files),
            set(self.flush_conntrack),
        )

    def divided(self, names: t.Collection[str]) -> tuple[Owned, Owned]:
        """What is in some namespaces, and what is in the others."""
        inside, outside = Owned(), Owned()
        for field in dataclasses.fields(Owned):
            whole = getattr(self, field.name)
            some = {key for key in whole if (key if field.name == 'namespaces' else key[0]) in names}
            if isinstance(whole, set):
                setattr(inside, field.name, some)
                setattr(outside, field.name, whole - some)
            else:
                setattr(inside, field.name, {key: whole[key] for key in whole if key in some})
                setattr(outside, field.name, {key: whole[key] for key in whole if key not in some})
        return inside, outside

    def joined(self, other: Owned) -> Owned:
        """Both; what both have is as *other* has it."""
        return Owned(
            *(
                {**one, **two} if isinstance(one, dict) else one | two
                for one, two in zip(vars(self).values(), vars(other).values())
            )
        )

    def without(self, other: Owned) -> Owned:
        """What *other* does not have, or has otherwise."""
        return Owned(
            *(
                {key: value for key, value in one.items() if key not in two or two[key] != value}
                if isinstance(one, dict)
                else one - two
                for one, two in zip(vars(self).values(), vars(other).values())
            )
        )

    def touched(self) -> set[str]:
        """The namespaces that something of ours is in."""
        found = set(self.namespaces)
        for keys in (
            self.links,
            self.addresses,
            self.routes,
            self.rules,
            self.sysctls,
            self.fields,
            self.nftables,
            self.moved,
            self.files,
        ):
            found.update(key[0] for key in keys)
        found.update(key[0] for key, chains in self.iptables.items() if chains)
        return found

    def forget(self, namespace: str) -> None:
        """The namespace is not the one any more that our things were in."""
        self.links = {key for key in self.links if key[0] != namespace}
        self.addresses = {key for key in self.addresses if key[0] != namespace}
        self.routes = {key for key in self.routes if key[0] != namespace}
        self.rules = {key for key in self.rules if key[0] != namespace}
        self.sysctls = {key: value for key, value in self.sysctls.items() if key[0] != namespace}
        self.fields = {key: value for key, value in self.fields.items() if key[0] != namespace}
        self.iptables = {key: value for key, value in self.iptables.items() if key[0] != namespace}
        self.nftables = {key for key in self.nftables if key[0] != namespace}
        self.flush_conntrack = {key for key in self.flush_conntrack if key[0] != namespace}

    def as_data(self) -> dict[str, t.Any]:
        """The same as JSON can hold it, in a fixed order."""
        return {
            'namespaces': dict(sorted(self.namespaces.items())),
            **{name: sorted(getattr(self, name)) for name in ('links', 'addresses', 'routes', 'rules')},
            **{
                name: sorted(getattr(self, name).items(), key=lambda pair: pair[0])
                for name in ('sysctls', 'fields', 'moved', 'files')
            },
            'chains': sorted((key, sorted(value)) for key, value in self.iptables.items() if value),
            'tables': sorted(self.nftables),
            'flushing': sorted(self.flush_conntrack),
        }

    @classmethod
    def from_data(cls, data: dict[str, t.Any]) -> Owned:
        return cls(
            dict(data['namespaces']),
            *({tuple(key) for key in data[name]} for name in ('links', 'addresses', 'routes')),
            {
                tuple([tuple(part) if isinstance(part, list) else part for part in key])
                for key in data['rules']
            },
            *({tuple(key): tuple(value) for key, value in data[kind]} for kind in ('sysctls', 'fields')),
            iptables={tuple(key): value for key, value in data['chains']},
            nftables={tuple(key) for key in data['tables']},
            moved={tuple(key): value for key, value in data.get('moved', ())},
            files={tuple(key): tuple(value) for key, value in data.get('files', ())},
            flush_conntrack={tuple(key) for key in data.get('flushing', ())},
        )


__all__ = ['HOST', 'EngineError', 'Key', 'Owned', 'Seen', 'Snapshot']
