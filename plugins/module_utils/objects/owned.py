# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scope owns on a host, beside the marks that links carry themselves."""

from __future__ import annotations

import typing as t

from ..values.struct import Struct
from .sysctl.switches import one_name

Key = tuple[t.Any, ...]
Container = t.Union['set[t.Any]', 'dict[t.Any, t.Any]']

# Names in the record on the host that differ from those here: older records stay readable.
_STORED_AS = {'iptables': 'chains', 'nftables': 'tables', 'flush_conntrack': 'flushing'}
_NOT_IN_OLDER = (
    'moved',
    'files',
    'flushing',
    'lost',
    'new_tables',
    'neighbours',
    'fdb',
    'qdiscs',
    'nexthops',
)
WITH_KEYS = ('addresses', 'nexthops', 'routes', 'rules', 'neighbours', 'fdb')
_OF_NAMESPACE = (
    'links',
    'addresses',
    'routes',
    'rules',
    'neighbours',
    'fdb',
    'nexthops',
    'sysctls',
    'fields',
    'iptables',
    'nftables',
    'new_tables',
    'flush_conntrack',
    'lost',
    'qdiscs',
)
"""What ends with a namespace. A card falls back to the host, and a file stays."""


class Owned(Struct):
    """What a scope has made. The record on the host keeps it between runs.

    namespaces       identity by name
    links            links that a run is about to make and has not marked yet
    addresses        keys; so are nexthops, routes, rules, neighbours and entries of forwarding databases
    sysctls          (before us, written) by (namespace, key)
    fields           (before us, written) by (namespace, link, field), of links that were there before us
    iptables         (table, chain) pairs by (namespace, family)
    new_tables       (namespace, family, table) of iptables tables that were not there before us
    nftables         (namespace, family, name) of tables
    moved            what cards in namespaces had on the host, by their end (link/moves.py)
    files            (before us, written) by (namespace, path)
    flush_conntrack  keys of chains that were declared with it
    lost             what others lost, by what made them lose it (losses.py)
    qdiscs           (before us, written, settings that were declared) by (namespace, link, root or
                     ingress), the first two lists of records of what is attached
    """

    namespaces: dict[str, str] = {}
    links: set[Key] = set()
    addresses: set[Key] = set()
    routes: set[Key] = set()
    rules: set[Key] = set()
    sysctls: dict[Key, tuple[str, str]] = {}
    fields: dict[Key, tuple[t.Any, t.Any]] = {}
    iptables: dict[Key, list[list[str]]] = {}
    new_tables: set[Key] = set()
    nftables: set[Key] = set()
    moved: dict[Key, dict[str, t.Any]] = {}
    files: dict[Key, tuple[str | None, str]] = {}
    flush_conntrack: set[Key] = set()
    lost: dict[Key, dict[str, t.Any]] = {}
    neighbours: set[Key] = set()
    fdb: set[Key] = set()
    qdiscs: dict[Key, tuple[t.Any, t.Any, t.Any]] = {}
    nexthops: set[Key] = set()

    def copy(self) -> Owned:
        copies = {name: container.copy() for name, container in vars(self).items()}
        for key, chains in self.iptables.items():
            copies['iptables'][key] = [list(chain) for chain in chains]
        return Owned(**copies)

    @property
    def entries(self) -> set[Key]:
        """The keys of entries of tables of links (entries.py), whoever they say made them."""
        return {key[:4] for key in self.neighbours} | self.fdb

    def divided(self, names: t.Collection[str]) -> tuple[Owned, Owned]:
        """What is in some namespaces, and what is in the others."""
        inside, outside = Owned(), Owned()
        for field, container in vars(self).items():
            here = {key for key in container if _namespace_of(field, key) in names}
            setattr(inside, field, _only(container, here))
            setattr(outside, field, _only(container, set(container) - here))
        return inside, outside

    def joined(self, newer: Owned) -> Owned:
        """Both; what both have is as *newer* has it."""
        return Owned(**{name: part | getattr(newer, name) for name, part in vars(self).items()})

    def without(self, known: Owned) -> Owned:
        """What *known* does not have, or has with another value."""
        return Owned(**{name: _difference(part, getattr(known, name)) for name, part in vars(self).items()})

    def touched(self) -> set[str]:
        """The namespaces that something of ours is in."""
        names = set(self.namespaces)
        names.update(key[0] for key, chains in self.iptables.items() if chains)
        for field, container in vars(self).items():
            if field not in ('namespaces', 'iptables', 'flush_conntrack'):
                names.update([key[0] for key in container])
        return names

    def forget(self, namespace: str) -> None:
        """The namespace that our things were in no longer exists."""
        for field in _OF_NAMESPACE:
            container = getattr(self, field)
            setattr(self, field, _only(container, {key for key in container if key[0] != namespace}))

    def as_data(self) -> dict[str, t.Any]:
        """The same as JSON can hold it, in a fixed order."""
        data: dict[str, t.Any] = {}
        for field, container in vars(self).items():
            data[_STORED_AS.get(field, field)] = _sorted(container)
        data['namespaces'] = dict(data['namespaces'])
        data['chains'] = [(key, sorted(chains)) for key, chains in data['chains'] if chains]
        return data

    @classmethod
    def from_data(cls, data: t.Mapping[str, t.Any]) -> Owned:
        """Raises KeyError, TypeError or ValueError for data of another shape."""
        owned = cls()
        for field, container in vars(owned).items():
            stored_as = _STORED_AS.get(field, field)
            stored = data.get(stored_as, ()) if stored_as in _NOT_IN_OLDER else data[stored_as]
            if isinstance(container, set):
                container.update(_as_keys(stored))
            elif field == 'namespaces':
                container.update(stored)
            else:
                keys = _as_keys([key for key, _value in stored])
                values = map(_VALUES.get(field, tuple), [value for _key, value in stored])
                container.update(zip(keys, values))
        owned.sysctls = {
            (namespace, one_name(key)): values for (namespace, key), values in owned.sysctls.items()
        }
        return owned


def _as_keys(stored: t.Iterable[t.Iterable[t.Any]]) -> list[Key]:
    """JSON has lists in place of tuples. Nearly all keys are of texts alone, and need no second look."""
    keys = list(map(tuple, stored))
    try:
        hash(tuple(keys))
    except TypeError:
        return list(map(_without_lists, keys))
    return keys


def _without_lists(key: Key) -> Key:
    return tuple([tuple(part) if isinstance(part, list) else part for part in key])


def _as_tuples(stored: t.Any) -> t.Any:
    return tuple(map(_as_tuples, stored)) if isinstance(stored, list) else stored


_VALUES: dict[str, t.Callable[[t.Any], t.Any]] = {
    'fields': _as_tuples,
    'iptables': list,
    'moved': dict,
    'lost': dict,
}


def _namespace_of(field: str, key: t.Any) -> str:
    return t.cast(str, key if field == 'namespaces' else key[0])


def _only(container: Container, keys: t.Collection[t.Any]) -> Container:
    if isinstance(container, set):
        return container.intersection(keys)
    return {key: value for key, value in container.items() if key in keys}


def _difference(container: Container, known: t.Any) -> Container:
    if isinstance(container, set):
        return container - known
    return {key: value for key, value in container.items() if key not in known or known[key] != value}


def _sorted(container: Container) -> list[t.Any]:
    if isinstance(container, set):
        return sorted(container)
    return sorted(container.items(), key=lambda item: item[0])
