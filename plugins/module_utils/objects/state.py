# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found on a host: namespaces, and a snapshot of them."""

from __future__ import annotations

import typing as t

from ..values.problems import EngineError
from ..values.struct import Struct
from .address.value import Address
from .attached.value import Attached
from .link.value import Link
from .route.value import Route
from .rule.value import Rule

if t.TYPE_CHECKING:
    from .fdb.value import FdbEntry
    from .neighbour.value import Neighbour
    from .nexthop.value import Nexthop
    from .owned import Owned
    from .wireguard.value import Device

Key = tuple[t.Any, ...]


class Seen(Struct):
    """One namespace as it was found. ``iptables`` are the tables of iptables by family and name, where they
    were asked for; ``nftables`` are the lines of each table of nft, by (family, name). ``attached`` is what
    others attached to links, where it was asked for. ``fixed`` are sysctls that cannot be written there.
    ``counts`` are those of kernel/counts.py, where they were asked for; so are ``neighbours``, ``fdb`` and
    ``nexthops``; ``qdiscs``, those of links with their classes and filters. ``wireguard`` are links of that
    kind that are declared or ours.
    """

    identity: str
    links: dict[str, Link] = {}
    addresses: list[Address] = []
    routes: list[Route] = []
    rules: list[Rule] = []
    sysctls: dict[str, str | None] = {}
    iptables: dict[str, dict[str, t.Any]] = {}
    nsid: int | None = None
    nftables: dict[tuple[str, str], tuple[str, ...]] = {}
    attached: tuple[Attached, ...] = ()
    fixed: frozenset[str] = frozenset()
    counts: dict[tuple[str, str], int] = {}
    neighbours: list[Neighbour] = []
    fdb: list[FdbEntry] = []
    qdiscs: dict[str, tuple[Attached, ...]] = {}
    wireguard: dict[str, Device] = {}
    nexthops: list[Nexthop] = []

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
            self.attached,
            self.fixed,
            dict(self.counts),
            list(self.neighbours),
            list(self.fdb),
            dict(self.qdiscs),
            dict(self.wireguard),
            list(self.nexthops),
        )


class Snapshot(Struct):
    """The namespaces that were read, by name; those that do not exist are missing. ``stale`` are names in
    /run/netns that no namespace is mounted on, each with what it is; '' for a plain file.

    ``stamps`` are of the firewalls that were asked for, taken before they were read (firewall_proof.py).
    Where a stamp is the expected one the firewall was not read: ``iptables_unchanged`` are these namespaces,
    ``nftables_unchanged`` the same for nft. ``indexes`` are the names of links by their numbers, by
    namespace. ``fresh`` has the sysctls of a new namespace, where they were asked for.

    ``predicted`` are namespaces that are not there: in check mode, earlier tasks of the play would make them.
    ``predicted_links`` are links of which that is so. ``scopes`` tells what other scopes own, by name.
    """

    seen: dict[str, Seen]
    stale: dict[str, str] = {}
    stamps: dict[str, str] = {}
    iptables_unchanged: frozenset[str] = frozenset()
    nftables_unchanged: frozenset[str] = frozenset()
    files: dict[str, str | None] = {}
    indexes: dict[str, dict[int, str]] = {}
    fresh: Seen | None = None
    predicted: frozenset[str] = frozenset()
    predicted_links: frozenset[tuple[str, str]] = frozenset()
    scopes: t.Callable[[], t.Mapping[str, Owned]] = dict

    def link(self, end: tuple[str, str]) -> Link | None:
        seen = self.seen.get(end[0])
        return seen.links.get(end[1]) if seen else None

    def entries_of_scopes(self) -> set[Key]:
        """The keys of the entries of tables of links (entries.py) that other scopes own."""
        return set().union(*[owned.entries for owned in self.scopes().values()])

    def values_of_scopes(self, field: str, key: Key) -> dict[str, tuple[t.Any, t.Any]]:
        """What other scopes noted of a value, (before them, written), by their names."""
        fields = {scope: getattr(owned, field) for scope, owned in self.scopes().items()}
        return {scope: values[key] for scope, values in fields.items() if key in values}

    def value_before_scopes(self, field: str, key: Key, have: t.Any) -> t.Any:
        """What a present value was before another scope wrote it."""
        notes = self.values_of_scopes(field, key).values()
        return next((before for before, written in notes if written == have), have)

    def value_of_scopes(self, field: str, key: Key, before: t.Any) -> t.Any:
        """What a value has to be when this scope gives it up: as another scope wrote it, else as *before*."""
        notes = self.values_of_scopes(field, key).values()
        return next((written for _before, written in notes), before)

    def scope_of(self, field: str, *keys: Key) -> str:
        """The other scope that owns an object with one of these keys, of a field of Owned; or ''."""
        for scope, owned in self.scopes().items():
            if any(key in getattr(owned, field) for key in keys):
                return scope
        return ''


__all__ = ['EngineError', 'Key', 'Seen', 'Snapshot']
