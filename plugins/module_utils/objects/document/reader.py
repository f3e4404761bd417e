# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a document: expands replicas, parses each object and notes all problems with their paths."""

from __future__ import annotations

import typing as t

from ...values import expand
from ...values.fields import link_name
from ...values.names import HOST, End, problem_of_namespace_name
from ...values.problems import Problems
from ...values.reading import Reader, as_said, plain, shown
from ..address.parse import read_address
from ..address.value import Address
from ..iptables.value import Chain
from ..layout import Namespace
from ..link.parse import SHORT_KEYS, WORD_KEYS, LinkMaker, read_link
from ..link.value import Link
from ..nameservers.value import Nameservers, read_nameservers
from ..nftables.value import NftTable
from ..route.parse import read_route
from ..route.value import Route
from ..rule.parse import read_rule
from ..rule.value import Rule
from ..sysctl.value import Sysctl, read_sysctls

if t.TYPE_CHECKING:
    from ..fdb.value import FdbEntry
    from ..neighbour.value import Neighbour
    from ..nexthop.value import Nexthop
    from ..qdisc.expand_short import ShortForm
    from ..qdisc.value import Qdisc

MOST_REPLICAS = 4096
"""Of a document: the most that has been measured. Each takes time and memory before an error is told."""
MODES = ('exclusive', 'shared')
ENTRIES = ('neighbours', 'fdb')
"""The lists of entries of tables of links."""
T = t.TypeVar('T')
WithPaths = list[tuple[str, T]]
Members = list[tuple[str, t.Any]]
"""Objects, each with the path of its entry."""


class DocumentReader:
    """What has been read of a document so far."""

    def __init__(self, scope: str, host_id: str, problems: Problems) -> None:
        self.scope, self.problems = scope, problems
        self._maker = LinkMaker(host_id, scope)
        self.namespaces: dict[str, Namespace] = {}
        self.links: WithPaths[Link] = []
        self.addresses: WithPaths[Address] = []
        self.routes: WithPaths[Route] = []
        self.rules: WithPaths[Rule] = []
        self.neighbours: WithPaths[Neighbour] = []
        self.fdb: WithPaths[FdbEntry] = []
        self.nexthops: WithPaths[Nexthop] = []
        self.sysctls: WithPaths[Sysctl] = []
        self.qdiscs: WithPaths[Qdisc] = []
        self._words: WithPaths[Sysctl] = []
        self._shorts: dict[End, list[tuple[str, ShortForm]]] = {}
        self.nameservers: list[Nameservers] = []
        self.iptables: WithPaths[Chain] = []
        self.nftables: WithPaths[NftTable] = []
        # Whether a namespace, or something in the doubtful ones, could not be read. What else speaks of it is
        # not reported as missing: that would be the same problem once more.
        self._unread = False
        self._doubtful: set[str] = set()
        self._replicas = 0
        self._read: dict[t.Any, list[tuple[t.Any, tuple[t.Any, ...]]]] = {}

    # What the document declares

    def known(self, namespace: str) -> bool:
        """Whether the namespace is one of the document, or may be one of those that could not be read."""
        return (
            namespace == HOST
            or namespace in self.namespaces
            or self._unread
            or problem_of_namespace_name(namespace) is not None
        )

    def whole(self, namespace: str) -> bool:
        """Whether all that is in the namespace is in this document, and all of it could be read."""
        if self._unread or namespace in self._doubtful:
            return False
        return namespace in self.namespaces and self.namespaces[namespace].create

    # Reading

    def read_host(self, reader: Reader) -> None:
        """The keys of the top level, which are about the host's own namespace."""
        mode = reader.choice('iptables_mode', MODES, default='shared')
        if mode == 'exclusive':
            self.namespaces[HOST] = Namespace(HOST, create=False, exclusive_firewall=True)
        self._read_contents(reader, HOST, mode == 'exclusive')

    def read_namespaces(self, reader: Reader) -> None:
        """The list ``namespaces``, with its replicas."""
        before = len(self.problems)
        members = reader.items('namespaces')
        self._unread = len(self.problems) > before
        for path, member in members:
            if isinstance(member, dict) and member.get('replicas') is not None:
                self._read_replicas(member, path)
            else:
                self._read_namespace(member, path)

    def _read_replicas(self, member: dict[t.Any, t.Any], path: str) -> None:
        count = Reader(member, path, self.problems).integer('replicas', 0, MOST_REPLICAS)
        self._replicas += count or 0
        if self._replicas > MOST_REPLICAS:
            what = 'makes more than %d replicas in this document' % MOST_REPLICAS
            self.problems.add(path + '.replicas', what, found=str(self._replicas), do='use several documents')
            count = None
        if count is None:
            self._unread = True
            return
        if count > 1 and '{' not in (plain(member.get('name')) or '{'):
            name = shown(member.get('name'))
            self.problems.add(
                path + '.name', 'is the same for all replicas', found=name, do='put {n} into it'
            )
            self._unread = True
            return
        entry = {key: value for key, value in member.items() if key != 'replicas'}
        before = len(self.problems)
        for n in range(1, count + 1):
            self._read_replica(entry, n, path)
            if len(self.problems) > before:
                self._unread = True
                return  # the others have the same problem

    def _read_replica(self, entry: dict[t.Any, t.Any], n: int, path: str) -> None:
        before = len(self.problems)
        try:
            replica = expand.value_for(entry, n, path, self.problems)
        except RecursionError:
            self.problems.add(path, 'is nested too deeply', found=shown(entry))
            return
        if len(self.problems) == before:
            self._read_namespace(replica, path)

    def _read_namespace(self, data: object, path: str) -> None:
        reader = Reader(data, path, self.problems)
        if reader.broken:
            self._unread = True
            return
        name = reader.text('name', required=True)
        create = bool(reader.boolean('create', True))
        exclusive = bool(reader.boolean('exclusive', False))
        usual_mode = 'exclusive' if create or exclusive else 'shared'
        exclusive_firewall = reader.choice('iptables_mode', MODES, default=usual_mode) == 'exclusive'
        nsid = reader.integer('nsid', 0, 0x7FFFFFFF)
        reader.take('replicas')
        accepted = name is not None and self._accept_name(reader, name)
        if name is not None and exclusive and not create:
            reader.problem(
                'exclusive',
                'does not fit create: false',
                do='a namespace that others made cannot be exclusive',
            )
        if name is not None and accepted:
            said = frozenset(filter(reader.has, ENTRIES))
            self.namespaces[name] = Namespace(name, create, exclusive, exclusive_firewall, nsid, said)
        else:
            self._unread = True
            name = path
        self._read_contents(reader, name, exclusive_firewall)
        reader.done()

    def _accept_name(self, reader: Reader, name: str) -> bool:
        """Whether a namespace of the document can have this name; a problem is noted if not."""
        problem = problem_of_namespace_name(name)
        if problem:
            reader.note('name', problem)
        elif name in self.namespaces:
            reader.problem('name', 'is declared twice', found=name)
        else:
            return True
        return False

    def _read_contents(self, reader: Reader, namespace: str, exclusive_firewall: bool) -> None:
        """The keys that the top level and every namespace have."""
        before = len(self.problems)
        for path, member in reader.items('links'):
            self._read_link(member, path, namespace)
        if len(self.problems) > before:
            self._doubtful.add(namespace)
        for path, member in reader.items('addresses'):
            self._read_address(member, path, namespace)
        for path, member in reader.items('routes'):
            routes = self._read_alike(read_route, member, path, namespace)
            self.routes += [(path, route) for route in routes]
            if not routes and (not isinstance(member, dict) or 'via' not in member):
                self._doubtful.add(namespace)  # gateways of other routes may be on what this one leads to
        for path, member in reader.items('nexthops'):
            self._read_nexthop(member, path, namespace)
        for path, member in reader.items('rules'):
            self.rules += [(path, rule) for rule in self._read_alike(read_rule, member, path, namespace)]
        self._read_neighbours(reader.items('neighbours'), namespace)
        self._read_fdb(reader.items('fdb'), namespace)
        nameservers = read_nameservers(reader, namespace)
        if nameservers is not None:
            self.nameservers.append(nameservers)
        where = reader.at('sysctls')
        sysctls = read_sysctls(reader.mapping('sysctls'), where, self.problems, namespace)
        self.sysctls += [(where, sysctl) for sysctl in sysctls]
        self._read_words(reader, ('forwarding',), namespace)
        self._read_qdiscs(reader.items('qdiscs'), namespace)
        self._read_chains(reader.items('iptables'), namespace, exclusive_firewall)
        self._read_tables(reader.items('nftables'), namespace)

    def _read_neighbours(self, members: Members, namespace: str) -> None:
        if members:
            from ..neighbour.parse import read_neighbour  # not loaded for a document without neighbours
        for path, member in members:
            neighbours = self._read_alike(read_neighbour, member, path, namespace)
            self.neighbours += [(path, neighbour) for neighbour in neighbours]

    def _read_fdb(self, members: Members, namespace: str) -> None:
        if members:
            from ..fdb.parse import read_fdb_entry  # not loaded for a document without such entries
        for path, member in members:
            entries = self._read_alike(read_fdb_entry, member, path, namespace)
            self.fdb += [(path, entry) for entry in entries]

    def _read_qdiscs(self, members: Members, namespace: str) -> None:
        if members:
            from ..qdisc.parse import read_qdisc  # not loaded for a document without qdiscs
        for path, member in members:
            qdiscs = self._read_alike(read_qdisc, member, path, namespace)
            for qdisc in qdiscs:
                self._add_qdisc(path, qdisc)

    def _add_qdisc(self, path: str, qdisc: Qdisc | ShortForm) -> None:
        from ..qdisc.expand_short import ShortForm

        if isinstance(qdisc, ShortForm):
            self._shorts.setdefault(qdisc.end, []).append((path, qdisc))
        else:
            self.qdiscs.append((path, qdisc))

    def expand_shorts(self) -> None:
        """Make qdiscs of what the short form says of each link."""
        if self._shorts:
            from ..qdisc.expand_short import expanded
        for members in self._shorts.values():
            path, pairs = members[0][0], set()
            for where, short in members:
                if any(short.pair) and short.pair in pairs:
                    what = 'is about the same packets as another entry'
                    self.problems.add(where, what, do='remove one of the two')
                pairs.add(short.pair)
            shorts = [short for _path, short in members]
            self.qdiscs += [(path, qdisc) for qdisc in expanded(shorts)]

    def _read_short(self, end: Reader, link: Link) -> None:
        """The short form of qdiscs in the entry of a link."""
        if end.given(SHORT_KEYS) and not self.problems.naming:
            from ..qdisc.parse import read_short

            for short in read_short(end, *link.end):
                self._add_qdisc(end.path, short)

    def _read_nexthop(self, member: t.Any, path: str, namespace: str) -> None:
        from ..nexthop.parse import read_nexthop  # not loaded for a document without nexthop objects

        nexthops = self._read_alike(read_nexthop, member, path, namespace)
        self.nexthops += [(path, nexthop) for nexthop in nexthops]
        if not nexthops:
            self._doubtful.add(namespace)

    def _read_words(self, reader: Reader, keys: tuple[str, ...], namespace: str, link: str = '') -> None:
        """Words for sysctls in the entry of a link, or of a namespace."""
        if reader.given(keys) and not self.problems.naming:
            from ..sysctl.words import read_words

            self._words += read_words(reader, namespace, link)

    def join_words(self) -> None:
        """Let each setting stand once: a word, and a sysctl that says the same, are one."""
        if not self._words:
            return
        known = {(sysctl.namespace, sysctl.key): (path, sysctl) for path, sysctl in self.sysctls}
        for path, sysctl in self._words:
            key = (sysctl.namespace, sysctl.key)
            if key not in known:
                known[key] = (path, sysctl)
                self.sysctls.append((path, sysctl))
                continue
            other_path, other = known[key]
            if not sysctl.is_like(other.value):
                what = 'contradicts %s at %s' % (other.name, other_path)
                values = '%s, and %s there' % (shown(sysctl.value), shown(other.value))
                self.problems.add(path, what, found=values, do='remove one of them')

    def _read_chains(self, members: Members, namespace: str, exclusive: bool) -> None:
        if members:
            from ..iptables.parse import read_chain  # not loaded for a document without rules
        for path, member in members:
            chains = read_chain(member, path, self.problems, namespace, exclusive)
            self.iptables += [(path, chain) for chain in chains]

    def _read_tables(self, members: Members, namespace: str) -> None:
        if members:
            from ..nftables.parse import read_table  # not loaded for a document without tables
        for path, member in members:
            table = read_table(member, path, self.problems, namespace, self.scope)
            if table:
                self.nftables.append((path, table))

    def _read_link(self, member: t.Any, path: str, namespace: str) -> None:
        """One entry of ``links``: both ends of a veth, with the addresses of each."""
        reader = Reader(member, path, self.problems)
        if reader.broken:
            return
        before = len(self.problems)
        links, ends = read_link(reader, namespace, self._maker)
        for number, link in enumerate(links):
            self.links.append((path + '.peer' if number else path, link))
        for link, end in ends:
            self._read_addresses(end, link)
            self._read_short(end, link)
            self._read_words(end, WORD_KEYS, *link.end)
        for _link, end in reversed(ends):
            end.done()
        if not ends:
            reader.done()
        if len(self.problems) > before:
            peer = member.get('peer')
            if isinstance(peer, dict) and isinstance(peer.get('namespace'), str):
                self._doubtful.add(peer['namespace'].strip())

    def _read_addresses(self, end: Reader, link: Link) -> None:
        for path, entry in end.items('addresses'):
            address = read_address(entry, path, self.problems, link.namespace, link.name)
            if address:
                self.addresses.append((path, address))

    def _read_address(self, member: t.Any, path: str, namespace: str) -> None:
        """One entry of ``addresses``: an address that does not stand with its link."""
        reader = Reader(member, path, self.problems)
        if reader.broken:
            return
        dev = link_name(reader, 'dev', required=True)
        entry = {key: value for key, value in member.items() if key != 'dev'}
        address = read_address(entry, path, self.problems, namespace, dev or '')
        if address and dev:
            self.addresses.append((path, address))

    def _read_alike(
        self,
        read: t.Callable[[t.Any, str, Problems, str], list[T]],
        member: t.Any,
        path: str,
        namespace: str,
    ) -> list[T]:
        """What *read* makes of a member. Many namespaces have the same one: it is read once for all."""
        said = (read, as_said(member))
        if said in self._read:
            return [kind._make((namespace, *rest)) for kind, rest in self._read[said]]
        before = len(self.problems)
        objects = read(member, path, self.problems, namespace)
        if said[1] is not None and len(self.problems) == before:
            self._read[said] = [(type(value), value[1:]) for value in objects]
        return objects


__all__ = ['DocumentReader', 'WithPaths']
