# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document as a whole: read, expanded and checked against itself."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import typing as t

from ..values import expand
from ..values.names import (
    HOST,
    HOST_WORD,
    derived_mac,
    fault_of_namespace_name,
    fault_of_scope,
    mark_of,
    place,
)
from ..values.problems import InputError, Problems
from ..values.reading import Reader, as_said, plain, shown
from .address.parse import read_address
from .address.value import Address
from .iptables.value import Chain, read_chain, rule_faults
from .link.kinds import has_own_mac
from .link.parse import read_link
from .link.value import End, Link
from .nameservers.value import Nameservers, read_nameservers
from .nftables.value import NftTable, read_table
from .route.parse import read_route
from .route.value import Route
from .rule.parse import read_rule
from .rule.value import Rule
from .sysctl.value import Sysctl, read_sysctls

MOST_REPLICAS = 65536
T = t.TypeVar('T')


@dataclasses.dataclass(frozen=True)
class Namespace:
    """A namespace of the document. One that is not created must be there already and is only entered."""

    name: str
    create: bool = True
    exclusive: bool = False
    exclusive_firewall: bool = True
    nsid: int | None = None


@dataclasses.dataclass(frozen=True)
class Layout:
    """Everything that one scope declares, as flat lists; the namespace stands in every object."""

    scope: str
    namespaces: tuple[Namespace, ...] = ()
    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    sysctls: tuple[Sysctl, ...] = ()
    iptables: tuple[Chain, ...] = ()
    nftables: tuple[NftTable, ...] = ()
    nameservers: tuple[Nameservers, ...] = ()

    @property
    def mark(self) -> str:
        return mark_of(self.scope)

    def namespace(self, name: str) -> Namespace:
        """The entry of *name*; the host's own namespace has one too, which nobody creates."""
        for namespace in self.namespaces:
            if namespace.name == name:
                return namespace
        return Namespace(name, create=False, exclusive_firewall=False)

    def only(self, names: t.Collection[str]) -> Layout:
        """What is declared in some namespaces, with the links of others that theirs are bound to."""
        bound = {
            end for link in self.links if link.namespace in names for end in (link.peer, link.parent) if end
        }

        def some(members: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(member for member in members if t.cast(t.Any, member).namespace in names)

        return Layout(
            self.scope,
            tuple(one for one in self.namespaces if one.name in names),
            tuple(link for link in self.links if link.namespace in names or link.end in bound),
            some(self.addresses),
            some(self.routes),
            some(self.rules),
            some(self.sysctls),
            some(self.iptables),
            some(self.nftables),
            some(self.nameservers),
        )

    def empty(self) -> bool:
        return not (
            self.namespaces
            or self.links
            or self.addresses
            or self.routes
            or self.rules
            or self.sysctls
            or self.iptables
            or self.nftables
        )


_parsed = functools.lru_cache(maxsize=1 << 12)(ipaddress.ip_address)
_parsed_network = functools.lru_cache(maxsize=1 << 12)(ipaddress.ip_network)


@functools.lru_cache(maxsize=1 << 12)
def _within(ip: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of some networks. Many namespaces ask the same."""
    return any(
        (':' in network) == (':' in ip) and _parsed(ip) in _parsed_network(network) for network in networks
    )


class _Draft:
    """What has been read so far, with the path of each object."""

    def __init__(self, scope: str, host_id: str, problems: Problems) -> None:
        self.scope, self.host_id, self.problems = scope, host_id, problems
        self.namespaces: dict[str, Namespace] = {}
        # Where something could not be read, nothing is said to be missing: that would be the same fault once more.
        self.unread = False
        self.doubtful: set[str] = set()
        self.links: list[tuple[str, Link]] = []
        self.addresses: list[tuple[str, Address]] = []
        self.routes: list[tuple[str, Route]] = []
        self.rules: list[tuple[str, Rule]] = []
        self.sysctls: list[tuple[str, Sysctl]] = []
        self.nameservers: list[Nameservers] = []
        self.iptables: list[tuple[str, Chain]] = []
        self.nftables: list[tuple[str, NftTable]] = []
        self._read: dict[t.Any, list[tuple[t.Any, tuple[t.Any, ...]]]] = {}

    def alike(
        self, read: t.Callable[[t.Any, str, Problems, str], list[T]], member: t.Any, path: str, namespace: str
    ) -> list[T]:
        """What *read* makes of a member. Many namespaces have the same: such are read once."""
        said = (read, as_said(member))
        if said in self._read:
            return [kind(namespace, *values) for kind, values in self._read[said]]
        before = len(self.problems.found)
        found = read(member, path, self.problems, namespace)
        if said[1] is not None and len(self.problems.found) == before:
            self._read[said] = [
                (
                    type(one),
                    tuple(getattr(one, field.name) for field in dataclasses.fields(t.cast(t.Any, one))[1:]),
                )
                for one in found
            ]
        return found

    def read_contents(self, reader: Reader, namespace: str, exclusive_firewall: bool) -> None:
        """The keys that the top level and every namespace have."""
        problems = self.problems
        before = len(problems.found)
        for path, member in reader.items('links'):
            below = Reader(member, path, problems)
            if below.broken:
                continue
            before_link = len(problems.found)
            links, ends = read_link(below, namespace)
            for number, link in enumerate(links):
                if link.mac is None and link.kind and has_own_mac(link.kind, link.settings):
                    link = dataclasses.replace(
                        link,
                        mac=derived_mac(self.host_id, self.scope, link.namespace, link.name),
                        mark=mark_of(self.scope),
                    )
                elif link.kind != 'physical':
                    link = dataclasses.replace(link, mark=mark_of(self.scope))
                self.links.append((path + '.peer' if number else path, link))
            for link, holder in ends:
                for where, entry in holder.items('addresses'):
                    address = read_address(entry, where, problems, link.namespace, link.name)
                    if address:
                        self.addresses.append((where, address))
            for _link, holder in reversed(ends):
                holder.done()
            if not ends:
                below.done()
            peer = member.get('peer')
            if (
                len(problems.found) > before_link
                and isinstance(peer, dict)
                and isinstance(peer.get('namespace'), str)
            ):
                self.doubtful.add(peer['namespace'].strip())
        if len(problems.found) > before:
            self.doubtful.add(namespace)
        for path, member in reader.items('routes'):
            routes = self.alike(read_route, member, path, namespace)
            self.routes += [(path, route) for route in routes]
            if not routes and (not isinstance(member, dict) or 'via' not in member):
                self.doubtful.add(namespace)  # gateways of other routes may be on what this one leads to
        for path, member in reader.items('rules'):
            self.rules += [(path, rule) for rule in self.alike(read_rule, member, path, namespace)]
        nameservers = read_nameservers(reader, namespace)
        if nameservers is not None:
            self.nameservers.append(nameservers)
        for sysctl in read_sysctls(reader.mapping('sysctls'), reader.at('sysctls'), problems, namespace):
            self.sysctls.append((reader.at('sysctls'), sysctl))
        for path, member in reader.items('iptables'):
            self.iptables += [
                (path, chain) for chain in read_chain(member, path, problems, namespace, exclusive_firewall)
            ]
        for path, member in reader.items('nftables'):
            table = read_table(member, path, problems, namespace, self.scope)
            if table:
                self.nftables.append((path, table))

    def read_namespace(self, data: object, path: str) -> None:
        reader = Reader(data, path, self.problems)
        if reader.broken:
            self.unread = True
            return
        name = reader.text('name', required=True)
        create = bool(reader.boolean('create', True))
        exclusive = bool(reader.boolean('exclusive', False))
        mode = reader.choice(
            'iptables_mode', ('exclusive', 'shared'), default='exclusive' if create or exclusive else 'shared'
        )
        nsid = reader.integer('nsid', 0, 0x7FFFFFFF)
        reader.take('replicas')
        if name is not None:
            problem = fault_of_namespace_name(name)
            if problem:
                reader.note('name', problem)
                name = None
            elif name in self.namespaces:
                reader.fault('name', 'is declared twice', found=name)
                name = None
            if exclusive and not create:
                reader.fault(
                    'exclusive', 'does not fit create: false', do='what others made cannot be all ours'
                )
        if name is None:
            self.unread = True
        else:
            self.namespaces[name] = Namespace(name, create, exclusive, mode == 'exclusive', nsid)
        self.read_contents(reader, name or path, mode == 'exclusive')
        reader.done()

    def read_namespaces(self, reader: Reader) -> None:
        before = len(self.problems.found)
        members = reader.items('namespaces')
        self.unread = len(self.problems.found) > before
        for path, member in members:
            if not isinstance(member, dict) or member.get('replicas') is None:
                self.read_namespace(member, path)
                continue
            count = Reader(member, path, self.problems).integer('replicas', 0, MOST_REPLICAS)
            if count is None:
                self.unread = True
            if count and count > 1 and '{' not in (plain(member.get('name')) or '{'):
                self.problems.add(
                    path + '.name',
                    'is the same for all replicas',
                    found=shown(member.get('name')),
                    do='put {n} into it',
                )
                self.unread = True
                continue
            for n in range(1, (count or 0) + 1):
                before = len(self.problems.found)
                try:
                    below = expand.value_for(
                        {key: value for key, value in member.items() if key != 'replicas'},
                        n,
                        path,
                        self.problems,
                    )
                except RecursionError:
                    self.problems.add(path, 'has too many levels', found=shown(member))
                if len(self.problems.found) == before:
                    self.read_namespace(below, path)
                if len(self.problems.found) > before:
                    self.unread = True
                    break  # the others have the same fault
        nsids: dict[int, str] = {}
        for namespace in self.namespaces.values():
            if (
                namespace.nsid is not None
                and nsids.setdefault(namespace.nsid, namespace.name) != namespace.name
            ):
                self.problems.add(
                    'namespaces',
                    'give the nsid %d twice, to %s and %s'
                    % (namespace.nsid, nsids[namespace.nsid], namespace.name),
                )

    # Checks of the whole: each object alone is right by now.

    def known(self, namespace: str) -> bool:
        """Whether the namespace is one of the document, or may be one as far as it could be read."""
        return (
            namespace == HOST
            or namespace in self.namespaces
            or self.unread
            or bool(fault_of_namespace_name(namespace))
        )

    def made(self, namespace: str) -> bool:
        """Whether all that is in the namespace stands in this document, because it begins empty."""
        return namespace in self.namespaces and self.namespaces[namespace].create

    def whole(self, namespace: str) -> bool:
        """Whether what is not in the draft is not there: all of the namespace is ours, and all of it could be read."""
        return self.made(namespace) and not self.unread and namespace not in self.doubtful

    def check(self) -> None:
        links = self._check_links()
        self._check_addresses(links)
        self._check_routes(links)
        self._check_others(links)

    def _check_links(self) -> dict[End, Link]:
        add = self.problems.add
        links: dict[End, Link] = {}
        paths: dict[End, str] = {}
        for path, link in self.links:
            if link.end in links:
                add(
                    path,
                    'declares link %s in %s twice, here and at %s'
                    % (link.name, place(link.namespace), paths[link.end]),
                )
                continue
            links[link.end], paths[link.end] = link, path
        for path, link in self.links:
            for word, end in (('peer.namespace', link.peer), ('link_namespace', link.parent)):
                if end and not self.known(end[0]):
                    add(
                        '%s.%s' % (path, word),
                        'is no namespace of this document',
                        found=end[0],
                        do='declare it, with create: false if it is there already',
                    )
            for word, target in (
                ('master', (link.namespace, link.master) if link.master else None),
                ('link', link.parent),
            ):
                if target is None:
                    continue
                found = links.get(target)
                if found is None and self.whole(target[0]):
                    add(
                        '%s.%s' % (path, word),
                        'is no link of namespace %s' % target[0],
                        found=target[1],
                        do='declare it there',
                    )
                elif (
                    found is not None
                    and word == 'master'
                    and found.kind not in ('bridge', 'bond', 'vrf', 'physical')
                ):
                    add(
                        '%s.%s' % (path, word),
                        'cannot have ports',
                        found='%s of kind %s' % (target[1], found.kind),
                        want='a bridge, bond or vrf',
                    )
                elif found is not None and word == 'master' and found.kind != 'bridge' and link.port:
                    add(
                        '%s.port' % path,
                        'is for ports of a bridge',
                        found='master %s of kind %s' % (target[1], found.kind),
                    )
        cards: dict[object, str] = {}
        for path, link in self.links:
            if link.kind == 'physical' and link.namespace != HOST and link.name != 'lo':
                card = link.match or (('name', link.name),)
                if card in cards:
                    add(
                        path,
                        'is the same card as %s' % cards[card],
                        found='%s twice' % ' '.join(str(word) for pair in card for word in pair),
                        do='a card is in one namespace only',
                    )
                cards.setdefault(card, path)
        self._check_cycles(links, paths)
        return links

    def _check_cycles(self, links: dict[End, Link], paths: dict[End, str]) -> None:
        finished: set[End] = set()
        for start in links:
            way: list[End] = []
            stack: list[tuple[End, bool]] = [(start, False)]
            while stack:
                end, leave = stack.pop()
                if leave:
                    way.pop()
                    finished.add(end)
                    continue
                if end in way:
                    self.problems.add(
                        paths[end],
                        'stands on itself: %s'
                        % ' on '.join(
                            '%s/%s' % (place(namespace), name)
                            for namespace, name in [*way[way.index(end) :], end]
                        ),
                    )
                    return
                if end in finished or end not in links:
                    continue
                way.append(end)
                stack.append((end, True))
                stack += [(below, False) for below in lower_links(links[end])]

    def _check_addresses(self, links: dict[End, Link]) -> None:
        seen: dict[tuple[str, str], tuple[str, Address]] = {}
        for path, address in self.addresses:
            link = links.get((address.namespace, address.link))
            if address.family == 'ipv4' and link is not None and link.mtu is not None and link.mtu < 68:
                self.problems.add(path, 'needs an MTU of 68 at least on %s' % address.link)
            if address.family == 'ipv6' and link is not None and link.mtu is not None and link.mtu < 1280:
                self.problems.add(
                    path, 'needs an MTU of 1280 at least on %s' % address.link, found=str(link.mtu)
                )
            key = (address.namespace, address.ip)
            if address.family == 'ipv6' and ipaddress.ip_address(address.ip).is_link_local:
                key = (address.namespace, address.ip + '%' + address.link)
            if key in seen:
                self.problems.add(
                    path,
                    'is declared twice in %s' % place(address.namespace),
                    found='%s, and %s at %s' % (address.address, seen[key][1].address, seen[key][0]),
                )
            seen.setdefault(key, (path, address))

    def _networks(self) -> dict[str, tuple[str, ...]]:
        """The networks that each namespace reaches without a gateway."""
        found = [(address.namespace, address.network) for _path, address in self.addresses]
        found += [
            (route.namespace, route.to)
            for _path, route in self.routes
            if route.type == 'unicast' and route.hops and not any(hop.via for hop in route.hops)
        ]
        networks: dict[str, dict[str, None]] = {}
        for namespace, network in found:
            networks.setdefault(namespace, {})[network] = None
        return {namespace: tuple(members) for namespace, members in networks.items()}

    def _check_routes(self, links: dict[End, Link]) -> None:
        add = self.problems.add
        seen: dict[t.Any, str] = {}
        networks = self._networks()
        own: dict[str, set[str]] = {}
        for _path, address in self.addresses:
            own.setdefault(address.namespace, set()).add(address.ip)
        for path, route in self.routes:
            if route.key in seen:
                add(
                    path,
                    'is the same route as %s for the kernel' % seen[route.key],
                    found='%s twice' % route.name,
                    do='give them different metrics or tables, or put the gateways into nexthops',
                )
            seen.setdefault(route.key, path)
            if not self.whole(route.namespace):
                continue
            if route.src and route.src not in own.get(route.namespace, ()) and route.type != 'local':
                add(
                    path + '.src',
                    'is no address of namespace %s' % route.namespace,
                    found=route.src,
                    do='add it to a link',
                )
            for hop in route.hops:
                if hop.dev and hop.dev != 'lo' and (route.namespace, hop.dev) not in links:
                    add(
                        path + '.dev',
                        'is no link of namespace %s' % route.namespace,
                        found=hop.dev,
                        do='declare it there',
                    )
                if not hop.via or hop.onlink:
                    continue
                if hop.via in own.get(route.namespace, ()):
                    add(
                        path + '.via',
                        'is an address of namespace %s itself' % route.namespace,
                        found=hop.via,
                    )
                elif ':' in hop.via and _parsed(hop.via).is_link_local:
                    if not hop.dev:
                        add(
                            path + '.dev',
                            'is missing: the gateway %s is link-local' % hop.via,
                            do='name its link',
                        )
                elif not _within(hop.via, networks.get(route.namespace, ())):
                    near = sorted(
                        network
                        for network in networks.get(route.namespace, ())
                        if (':' in network) == (':' in hop.via)
                    )
                    add(
                        path + '.via',
                        'is on no network of namespace %s' % route.namespace,
                        found=hop.via,
                        want='an address in %s' % (' or '.join(near) or 'one of its networks, it has none'),
                        do='add an address to a link, or set onlink',
                    )

    def _check_others(self, links: dict[End, Link]) -> None:
        add = self.problems.add
        rules: dict[t.Any, str] = {}
        for path, rule in self.rules:
            if rule.key in rules:
                add(path, 'is declared twice, here and at %s' % rules[rule.key], found=rule.text())
            rules.setdefault(rule.key, path)
        for path, sysctl in self.sysctls:
            if (
                sysctl.link
                and sysctl.link != 'lo'
                and self.whole(sysctl.namespace)
                and (sysctl.namespace, sysctl.link) not in links
            ):
                add(
                    '%s[%s]' % (path, sysctl.name),
                    'belongs to no link of namespace %s' % sysctl.namespace,
                    found=sysctl.link,
                )
        chains: dict[t.Any, str] = {}
        for path, chain in self.iptables:
            if chain.key in chains:
                add(
                    path,
                    'declares chain %s of table %s twice, here and at %s'
                    % (chain.chain, chain.table, chains[chain.key]),
                )
            chains.setdefault(chain.key, path)
        tables: dict[t.Any, str] = {}
        for path, table in self.nftables:
            if table.key in tables:
                add(
                    path,
                    'declares table %s %s twice, here and at %s'
                    % (table.family, table.name, tables[table.key]),
                )
            tables.setdefault(table.key, path)


def lower_links(link: Link) -> list[End]:
    """The links that have to be there before *link*: what it stands on, and its master."""
    found = [link.parent] if link.parent else []
    if link.master:
        found.append((link.namespace, link.master))
    return found


CONTENT_KEYS = ('links', 'routes', 'rules', 'sysctls', 'iptables', 'nftables')


def read_layout(
    data: t.Mapping[str, t.Any], host_id: str = '', naming: bool = False, rules_later: bool = False
) -> Layout:
    """The layout that a document declares.

    *data* has ``name`` (the scope), the keys of CONTENT_KEYS for the host's own namespace, and ``namespaces``.
    *host_id* is mixed into the hardware addresses that are derived from names. With *naming* the document names objects
    that shall go, and needs of each only what tells it from others. With *rules_later* texts of iptables rules are looked at only
    when there is another fault: who reads them again need not pay for it. Raises InputError with all faults.
    """
    problems = Problems(naming)
    reader = Reader(data, '', problems)
    name = reader.text('name', required=True)
    draft = _Draft(name or '', host_id, problems)
    if name is not None:
        problem = fault_of_scope(name)
        if problem:
            reader.note('name', problem)
    mode = reader.choice('iptables_mode', ('exclusive', 'shared'), default='shared')
    if mode == 'exclusive':
        draft.namespaces[HOST] = Namespace(HOST, create=False, exclusive_firewall=True)
    draft.read_contents(reader, HOST, mode == 'exclusive')
    draft.read_namespaces(reader)
    reader.done()
    draft.check()
    if problems.found or not rules_later:
        problems.found += [
            fault
            for fault in rule_faults(chain for _path, chain in draft.iptables)
            if fault not in problems.found
        ]
    problems.raise_any()
    return Layout(
        draft.scope,
        tuple(draft.namespaces.values()),
        *(
            tuple(member for _path, member in members)
            for members in (
                draft.links,
                draft.addresses,
                draft.routes,
                draft.rules,
                draft.sysctls,
                draft.iptables,
                draft.nftables,
            )
        ),  # type: ignore[arg-type]
        nameservers=tuple(draft.nameservers),
    )


__all__ = [
    'CONTENT_KEYS',
    'HOST',
    'HOST_WORD',
    'InputError',
    'Layout',
    'Namespace',
    'lower_links',
    'read_layout',
]
