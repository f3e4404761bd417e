# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has to read for a document: its namespaces, and of these what it declares or owns."""

from __future__ import annotations

import typing as t

from ..kernel import namespaces
from ..kernel.uapi import IPV6_MIN_MTU
from ..objects.draft import Policy
from ..objects.firewall_proof import NO_STAMPS, Stamps
from ..objects.iptables.query import IptablesQuery, wanted_families
from ..objects.layout import Layout
from ..objects.link.value import FORMER_PORT, PORT_FIELD, Link
from ..objects.link.vlans import VLANS
from ..objects.link.wireguard import key_files
from ..objects.nameservers.plan import NSSWITCH, RESOLV
from ..objects.nameservers.value import FOLDER
from ..objects.nftables.query import NftablesQuery, wanted_tables
from ..objects.nftables.value import TableId
from ..objects.owned import Owned
from ..objects.sysctl.switches import finer_of, is_switch
from ..values.names import HOST, End
from ..values.struct import Struct


class Query(Struct):
    """What to read: namespaces by name, and for these their sysctls, families of iptables and tables of nft.

    ``switches``: by namespace the values that switches are to have (sysctl/switches.py); where one has
    another, what it sets along is read too. ``fresh``: the sysctls to look for in a new namespace, by the
    namespace that might be new.
    ``cards``: links that are declared in namespaces and may still be on the host; the sysctls of those are
    read too. ``attached``: namespaces of which is read what others attached to links; ``only_attached``: and
    besides only the links. ``counted``: whether to count what no document declares (kernel/counts.py).
    ``neighbours``, ``fdb``, ``qdiscs``, ``vlans`` and ``nexthops``: namespaces of which these are read.
    ``wireguard``: WireGuard links that are read beside those of scopes, None for all.
    """

    namespaces: t.AbstractSet[str]
    sysctls: dict[str, set[str]] = {}
    iptables: IptablesQuery = IptablesQuery()
    nftables: NftablesQuery = NftablesQuery()
    cards: tuple[Link, ...] = ()
    files: set[str] = set()
    attached: frozenset[str] = frozenset()
    vlans: frozenset[str] = frozenset()
    switches: dict[str, dict[str, str]] = {}
    fresh: dict[str, set[str]] = {}
    counted: bool = False
    neighbours: frozenset[str] = frozenset()
    fdb: frozenset[str] = frozenset()
    qdiscs: frozenset[str] = frozenset()
    nexthops: frozenset[str] = frozenset()
    only_attached: bool = False
    wireguard: frozenset[End] | None = frozenset()

    def only(self, names: t.Collection[str]) -> Query:
        """The same for fewer namespaces."""
        return self.replaced(
            namespaces=self.namespaces & set(names),
            sysctls={name: keys for name, keys in self.sysctls.items() if name in names},
            iptables=self.iptables.only(names),
            nftables=self.nftables.only(names),
            attached=self.attached.intersection(names),
            neighbours=self.neighbours.intersection(names),
            fdb=self.fdb.intersection(names),
            qdiscs=self.qdiscs.intersection(names),
            nexthops=self.nexthops.intersection(names),
            vlans=self.vlans.intersection(names),
        )


def query_for(
    want: Layout, owned: Owned, policy: Policy, *, stamps: Stamps = NO_STAMPS, all_namespaces: bool = False
) -> Query:
    """The query of a document and of what its scope owns.

    *stamps*: firewalls that still have this stamp are not read. *all_namespaces*: the record of what is ours
    is lost or incomplete, so the marks in the kernel have to show it.
    """
    names = _namespaces(want, owned)
    if all_namespaces:
        names.update(namespaces.named())
    cards = tuple(link for link in want.links if link.is_movable_card)
    losing = [link for link in want.links if _loses(link)]
    attached = {link.namespace for link in losing}
    attached.update(sysctl.namespace for sysctl in want.sysctls if sysctl.switches_ipv6_off)
    if cards:
        attached.add(HOST)
    return Query(
        names,
        _sysctls(want, owned),
        IptablesQuery(wanted_families(want, owned, policy), stamps.iptables, stamps.plain),
        NftablesQuery(wanted_tables(want, owned.nftables), stamps.nftables),
        (*cards, *(link for link in losing if link.namespace == HOST)),
        _files(want, owned),
        frozenset(attached),
        _vlans(want, owned),
        _switches(want, owned),
        _fresh(want),
        neighbours=_with_entries('neighbours', want, owned),
        fdb=_with_entries('fdb', want, owned),
        qdiscs=_qdiscs(want, owned),
        wireguard=_wireguard(want),
        nexthops=_nexthops(want, owned),
    )


def joined(queries: t.Sequence[Query]) -> Query:
    """What several queries ask for, without stamps: everything is read."""
    whole = Query(set())
    families: dict[str, set[str]] = {}
    tables: dict[str, set[TableId]] = {}
    for query in queries:
        whole.namespaces |= query.namespaces
        _add(whole.sysctls, query.sysctls)
        _add(families, query.iptables.families)
        _add(tables, query.nftables.tables)
        whole.cards += query.cards
        whole.files |= query.files
        whole.attached |= query.attached
        whole.neighbours |= query.neighbours
        whole.fdb |= query.fdb
        whole.qdiscs |= query.qdiscs
        whole.vlans |= query.vlans
        whole.nexthops |= query.nexthops
        whole.switches.update(query.switches)
        _add(whole.fresh, query.fresh)
        whole.wireguard = (whole.wireguard or frozenset()) | (query.wireguard or frozenset())
    whole.iptables, whole.nftables = IptablesQuery(families), NftablesQuery(tables)
    return whole


def _add(whole: dict[str, set[t.Any]], part: t.Mapping[str, t.Collection[t.Any] | None]) -> None:
    for name, keys in part.items():
        whole.setdefault(name, set()).update(keys or ())


def _namespaces(want: Layout, owned: Owned) -> set[str]:
    names = {HOST} | owned.touched()
    names.update(namespace.name for namespace in want.namespaces)
    for link in want.links:
        names.update(end[0] for end in (link.peer, link.parent) if end)
    return names


def _with_entries(field: str, want: Layout, owned: Owned) -> frozenset[str]:
    """The namespaces of which to read the entries of a table of links: nobody else pays for it."""
    names = {entry.namespace for entry in getattr(want, field)}
    names.update([key[0] for key in getattr(owned, field)])
    names.update([namespace.name for namespace in want.namespaces if field in namespace.said])
    return frozenset(names)


def _nexthops(want: Layout, owned: Owned) -> frozenset[str]:
    """The namespaces that have nexthop objects of ours, or are to have them, or routes over them."""
    names = {nexthop.namespace for nexthop in want.nexthops}
    names.update([route.namespace for route in want.routes if route.nhid])
    names.update([entry.namespace for entry in want.fdb if entry.nhid])
    return frozenset(names.union([namespace for namespace, _number in owned.nexthops]))


def _sysctls(want: Layout, owned: Owned) -> dict[str, set[str]]:
    """Settings by namespace."""
    keys: dict[str, set[str]] = {}
    for sysctl in want.sysctls:
        keys.setdefault(sysctl.namespace, set()).add(sysctl.key)
        finer = finer_of(sysctl.key)
        if finer:
            keys[sysctl.namespace].add(finer)
    for namespace, key in owned.sysctls:
        keys.setdefault(namespace, set()).add(key)
    return keys


def _vlans(want: Layout, owned: Owned) -> frozenset[str]:
    """The namespaces in which VLANs are declared, were before, or may be lost."""
    declared = {link.namespace for link in want.links if link.port and VLANS in dict(link.port)}
    declared.update(link.namespace for link in want.links if VLANS in dict(link.settings))
    # A card loses them with its master, and where it moves from.
    cards = [link for link in want.links if link.kind == 'physical']
    declared.update(link.namespace for link in cards if link.master is not None)
    if owned.moved or any(card.is_movable_card for card in cards):
        declared.add(HOST)
    declared.update(key[0] for key in owned.moved)
    fields = (PORT_FIELD + VLANS, FORMER_PORT, 'master')
    return frozenset(declared | {namespace for namespace, _link, field in owned.fields if field in fields})


def _wireguard(want: Layout) -> frozenset[End]:
    return frozenset(link.end for link in want.links if link.kind == 'wireguard')


def _fresh(want: Layout) -> dict[str, set[str]]:
    """The settings of each namespace that might be new. They are asked for in another new one."""
    keys: dict[str, set[str]] = {}
    for sysctl in want.sysctls:
        if sysctl.namespace != HOST and not sysctl.link:
            keys.setdefault(sysctl.namespace, set()).add(sysctl.key)
    return keys


def _switches(want: Layout, owned: Owned) -> dict[str, dict[str, str]]:
    """The values that switches are to have, or get back, by namespace."""
    switches: dict[str, dict[str, str]] = {}
    for (namespace, key), (before, _written) in owned.sysctls.items():
        if is_switch(key):
            switches.setdefault(namespace, {})[key] = before
    for sysctl in want.sysctls:
        if is_switch(sysctl.key):
            switches.setdefault(sysctl.namespace, {})[sysctl.key] = sysctl.value
    return switches


def _files(want: Layout, owned: Owned) -> set[str]:
    paths = {path for _namespace, path in owned.files}
    for link in want.links:
        paths.update(key_files(link.settings) if link.kind == 'wireguard' else ())
    for nameservers in want.nameservers:
        for path in (RESOLV, NSSWITCH):
            paths.update((path, FOLDER + '/' + nameservers.namespace + path[len('/etc') :]))
    return paths


def _qdiscs(want: Layout, owned: Owned) -> frozenset[str]:
    """Namespaces with links whose qdiscs are declared, or were."""
    names = {qdisc.namespace for qdisc in want.qdiscs}
    names.update([key[0] for key in owned.qdiscs])
    return frozenset(names)


def _loses(link: Link) -> bool:
    """A link that is declared in a way that makes the kernel drop what is on it."""
    return link.kind == 'physical' and (link.up is False or (link.mtu or IPV6_MIN_MTU) < IPV6_MIN_MTU)


__all__ = ['Query', 'joined', 'query_for']
