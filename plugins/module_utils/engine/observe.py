# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what is there: the namespaces that are asked for, each in one visit with four bulk dumps."""

from __future__ import annotations

import errno
import os
import typing as t

from ..kernel import namespaces, netlink, sysctl, uapi
from ..kernel.netlink import plainly
from ..kernel.sysctl import Setting
from ..kernel.tool_errors import MissingTool
from ..objects.address.codec import dump_addresses
from ..objects.address.value import Address, unrouted_networks
from ..objects.iptables import query as iptables_query
from ..objects.iptables.query import IptablesQuery
from ..objects.link.codec import FoundLink, dump_links
from ..objects.link.value import Link, matches
from ..objects.nameservers.operation import read as read_file
from ..objects.namespace.codec import nsid_of
from ..objects.nftables import query as nftables_query
from ..objects.nftables.query import NftablesQuery
from ..objects.route.codec import dump_routes
from ..objects.route.learned import mark_learned
from ..objects.route.value import Route
from ..objects.rule.codec import dump_rules
from ..objects.rule.value import Rule
from ..objects.state import Seen, Snapshot
from ..objects.sysctl.switches import set_along
from ..values.names import HOST, End
from ..values.problems import NEEDS_ROOT, EngineError, Problem
from .query import Query
from .rare import Rare, read_rare


class _Raw(t.NamedTuple):
    identity: str
    links: list[FoundLink]
    addresses: list[Address]
    routes: list[Route]
    rules: list[Rule]
    sysctls: dict[str, Setting]
    numbers: dict[int, str]  # this namespace's numbers for others
    rare: Rare


def _visit(namespace: str, fd: int, home: int, query: Query) -> tuple[_Raw, set[int]]:
    """Everything of one namespace. Its numbers for namespaces other than the host's are left to be found."""
    with netlink.NetlinkSocket() as sock:
        links = dump_links(sock)
        names = {link.index: link.name for link in links}
        identity = namespaces.identity(fd, namespaces.cookie_of(sock.socket))
        rare = read_rare(sock, namespace, query, links)
        if query.only_attached:
            return _Raw(identity, links, [], [], [], {}, {}, rare), set()
        addresses = dump_addresses(sock, namespace, names)
        routes = mark_learned(dump_routes(sock, namespace, names, unrouted_networks(addresses)))
        rules = dump_rules(sock, namespace)
        open_numbers = {link.lower_nsid for link in links if link.lower_nsid is not None}
        numbers: dict[int, str] = {}
        if namespace != HOST and open_numbers:
            number = nsid_of(sock, home)
            if number in open_numbers:
                numbers[number] = HOST
                open_numbers.discard(number)
    settings = _sysctls(query, namespace, names.values(), routes)
    return _Raw(identity, links, addresses, routes, rules, settings, numbers, rare), open_numbers


def _sysctls(
    query: Query, namespace: str, links: t.Collection[str], routes: t.Iterable[Route]
) -> dict[str, Setting]:
    wanted = query.sysctls.get(namespace, set())
    found = {key: sysctl.look(key) for key in sorted({*wanted, *_of_routers(wanted, routes)})}
    for switch, value in query.switches.get(namespace, {}).items():
        if switch in found and found[switch].value not in (None, value):
            found.update({key: sysctl.look(key) for key in set_along(switch, links)})
    return found


def _of_routers(wanted: t.Container[str], routes: t.Iterable[Route]) -> set[str]:
    """The settings that decide whether advertised routes outlive forwarding of IPv6."""
    if 'net/ipv6/conf/all/forwarding' not in wanted:
        return set()
    links = [link for route in routes if route.protocol == uapi.RTPROT_RA for link in route.links]
    return {'net/ipv6/conf/%s/accept_ra' % link for link in links}


def _name_numbers(
    raws: dict[str, _Raw], unknown: dict[str, set[int]], home: int, others: t.Collection[str]
) -> None:
    """Find which of *others* the numbers mean that are neither the host's nor for the host: links from one
    namespace to another.
    """
    for namespace, numbers in unknown.items():
        fd = namespaces.open_named(namespace)
        try:
            with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
                for other in others:
                    if not numbers:
                        break
                    if other in (HOST, namespace):
                        continue
                    other_fd = namespaces.open_named(other)
                    try:
                        number = nsid_of(sock, other_fd)
                    finally:
                        os.close(other_fd)
                    if number in numbers:
                        raws[namespace].numbers[number] = other
                        numbers.discard(number)
        finally:
            os.close(fd)


def _all(query: Query, before: Snapshot) -> tuple[dict[str, _Raw], dict[str, int], dict[str, str]]:
    home = namespaces.open_current()
    raws: dict[str, _Raw] = {}
    nsids = {
        name: seen.nsid
        for name, seen in before.seen.items()
        if seen.nsid is not None and name not in query.namespaces
    }
    stale: dict[str, str] = {}
    unknown: dict[str, set[int]] = {}
    try:
        with netlink.NetlinkSocket() as host:
            for name in sorted(query.namespaces - {HOST}):
                try:
                    fd = namespaces.open_named(name)
                except FileNotFoundError:
                    continue
                except namespaces.StaleName as error:
                    stale[name] = error.what
                    continue
                try:
                    with namespaces.entered(fd, home):
                        raws[name], left = _visit(name, fd, home, query)
                    if left:
                        unknown[name] = left
                    number = nsid_of(host, fd)
                    if number is not None:
                        nsids[name] = number
                finally:
                    os.close(fd)
            if HOST in query.namespaces or not before.seen:
                raws[HOST], _left = _visit(HOST, home, home, query)
                for link in raws[HOST].links:
                    _add_sysctls_of_card(raws[HOST].sysctls, link, query.cards)
                raws[HOST].numbers.update({number: name for name, number in nsids.items()})
        _name_numbers(raws, unknown, home, {**before.seen, **raws})
    finally:
        os.close(home)
    return raws, nsids, stale


def _add_sysctls_of_card(sysctls: dict[str, Setting], link: FoundLink, cards: t.Iterable[Link]) -> None:
    """If a link of the host is declared in a namespace, or may lose its settings."""
    mac, altnames = link.fields.get('mac'), link.fields.get('altnames', ())
    wanted = [card for card in cards if matches(card, link.name, mac, altnames)]
    if wanted:
        # A link that resolves no addresses is born without this one (ipv6_add_dev).
        resolves = link.fields.get('arp') and all(card.arp is not False for card in wanted)
        of_card = sysctl.of_link(link.name, always=() if resolves else ('accept_dad',))
        sysctls.update({key: Setting(of_card[key], True) for key in of_card})


def _link(raw: _Raw, namespace: str, found: FoundLink, names: dict[str, dict[int, str]]) -> Link:
    lower: End | None = None
    if found.lower:
        where = namespace if found.lower_nsid is None else raw.numbers.get(found.lower_nsid)
        name = names.get(where, {}).get(found.lower) if where is not None else None
        if where is not None and name is not None and (where, name) != (namespace, found.name):
            lower = (where, name)
    master = names[namespace].get(found.master, '') if found.master else ''
    return found.link(namespace, master, lower, names[namespace])


class _Read(t.NamedTuple):
    """All that was read in namespaces; ``stamps`` are of their firewalls."""

    raws: dict[str, _Raw]
    nsids: dict[str, int]
    stale: dict[str, str]
    iptables: iptables_query.ObservedIptables
    nftables: nftables_query.ObservedNftables
    stamps: dict[str, str]
    fresh: dict[str, Setting]


def _fresh(query: Query, known: t.Container[str]) -> dict[str, Setting]:
    """The settings of a new namespace, if one of those that might be new is not known."""
    keys = {key for name, wanted in query.fresh.items() if name not in known for key in wanted}
    if not keys:
        return {}
    with namespaces.Visitor() as visitor, visitor.scratch():
        return {key: sysctl.look(key) for key in sorted(keys)}


def _has_lo(raw: _Raw) -> bool:
    return any(link.name == 'lo' for link in raw.links)


def _read_iptables(
    query: IptablesQuery, identities: t.Mapping[str, str], stamps: dict[str, str]
) -> iptables_query.ObservedIptables:
    if not query.families:
        return iptables_query.ObservedIptables()
    from ..objects.iptables.observe import read_iptables  # not loaded for a run without rules

    return read_iptables(query, identities, stamps)


def _read_nftables(
    query: NftablesQuery, identities: t.Mapping[str, str], stamps: dict[str, str]
) -> nftables_query.ObservedNftables:
    if not query.tables:
        return nftables_query.ObservedNftables()
    from ..objects.nftables.observe import read_nftables  # not loaded for a run without tables

    return read_nftables(query, identities, stamps)


def _read(query: Query, before: Snapshot) -> _Read:
    """For a thread of namespaces.in_thread."""
    raws, nsids, stale = _all(query, before)
    identities = {name: raw.identity for name, raw in raws.items()}
    stamps: dict[str, str] = {}
    iptables = _read_iptables(query.iptables, identities, stamps)
    # Without lo, a text that names it means nothing.
    with_lo = {name for name, raw in raws.items() if _has_lo(raw)}
    expected = {name: stamp for name, stamp in query.nftables.expected_stamps.items() if name in with_lo}
    nftables = _read_nftables(query.nftables._replace(expected_stamps=expected), identities, stamps)
    fresh = _fresh(query, {**before.seen, **raws})
    return _Read(raws, nsids, stale, iptables, nftables, stamps, fresh)


def observe(query: Query, before: Snapshot | None = None) -> Snapshot:
    """What is there now. Raises EngineError when it cannot be read.

    With *before* all namespaces that *query* does not name are as they were then; without it the host's own
    is always read.
    """
    before = before or Snapshot({})
    try:
        read = namespaces.in_thread(_read, query, before)
    except MissingTool as exc:
        raise EngineError(str(exc)) from exc
    except netlink.Torn as exc:
        raise EngineError(
            Problem('reading the kernel', str(exc), do='run it again when the host is quieter')
        ) from exc
    except OSError as exc:
        do = NEEDS_ROOT if exc.errno in (errno.EPERM, errno.EACCES) else 'run it again'
        raise EngineError(Problem('reading the kernel', plainly(exc), do=do)) from exc
    raws = read.raws
    names = dict(before.indexes)
    for namespace, raw in raws.items():
        names[namespace] = {link.index: link.name for link in raw.links}
    seen = {name: known for name, known in before.seen.items() if name not in query.namespaces}
    for namespace, raw in raws.items():
        links = {found.name: _link(raw, namespace, found, names) for found in raw.links}
        seen[namespace] = Seen(
            raw.identity,
            links,
            raw.addresses,
            raw.routes,
            raw.rules,
            _values(raw.sysctls),
            read.iptables.tables.get(namespace, {}),
            read.nsids.get(namespace),
            read.nftables.tables.get(namespace, {}),
            raw.rare.attached,
            _fixed(raw.sysctls),
            raw.rare.counts,
            raw.rare.neighbours,
            raw.rare.fdb,
            raw.rare.qdiscs,
            raw.rare.wireguard,
            raw.rare.nexthops,
        )
    stale = {name: what for name, what in before.stale.items() if name not in query.namespaces}
    return Snapshot(
        seen,
        {**stale, **read.stale},
        {**before.stamps, **read.stamps},
        frozenset(before.iptables_unchanged - raws.keys() | read.iptables.unchanged),
        frozenset(before.nftables_unchanged - raws.keys() | read.nftables.unchanged),
        {path: read_file(path) for path in sorted(query.files)},
        names,
        Seen('', sysctls=_values(read.fresh), fixed=_fixed(read.fresh)) if read.fresh else before.fresh,
    )


def _values(settings: t.Mapping[str, Setting]) -> dict[str, str | None]:
    return {key: setting.value for key, setting in settings.items()}


def _fixed(settings: t.Mapping[str, Setting]) -> frozenset[str]:
    fixed = [key for key, setting in settings.items() if setting.value is not None and not setting.writable]
    return frozenset(fixed)
