# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way that the operator's own connection takes, and whether a plan touches it."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import typing as t

from ..objects.operation import Op, Plan
from ..objects.state import Seen, Snapshot
from ..values.names import HOST, family_of


class Connection(t.NamedTuple):
    """A TCP connection as this host sees it."""

    peer: str
    peer_port: int
    local: str
    local_port: int

    def text(self) -> str:
        return '%s port %d to %s port %d' % self


def _parent(pid: int) -> int:
    with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as file:
        return int(file.read().rsplit(')', 1)[1].split()[1])


def connection() -> Connection | None:
    """The SSH connection that this process came in by; None for a local one. sudo and su hide it from the environment,
    so that of the processes above is looked at."""
    pid = os.getpid()
    while pid > 1:
        with contextlib.suppress(OSError), open('/proc/%d/environ' % pid, 'rb') as file:
            for entry in file.read().split(b'\0'):
                if entry.startswith(b'SSH_CONNECTION='):
                    words = entry.split(b'=', 1)[1].decode().split()
                    if len(words) == 4:
                        return Connection(_plain(words[0]), int(words[1]), _plain(words[2]), int(words[3]))
        try:
            pid = _parent(pid)
        except (OSError, ValueError):
            return None
    return None


def _plain(address: str) -> str:
    """Without the scope of a link-local address, and an IPv4 address as such."""
    found = ipaddress.ip_address(address.split('%', 1)[0])
    mapped = getattr(found, 'ipv4_mapped', None)
    return str(mapped or found)


def carriers(have: Snapshot, way: Connection) -> set[str]:
    """The host's links that carry the connection: those of its address and of routes to the other end, what these stand on,
    and the ports of either."""
    host = have.seen[HOST]
    found = {address.link for address in host.addresses if address.ip == way.local} | _leading(host, way.peer)
    pending = list(found)
    while pending:
        name = pending.pop()
        link = host.links.get(name)
        below = {other.name for other in host.links.values() if other.master == name}
        if link is not None and link.parent is not None and link.parent[0] == HOST:
            below.add(link.parent[1])
        if link is not None and link.master:
            below.add(link.master)
        for other in below - found:
            found.add(other)
            pending.append(other)
    return found


def _leading(host: Seen, peer: str) -> set[str]:
    """The links of the longest routes to an address, in any table; addresses bring routes of their own."""
    routes = [(route.table, route.to, {hop.dev for hop in route.hops if hop.dev}) for route in host.routes]
    routes += [(254, address.network, {address.link}) for address in host.addresses]
    best: dict[int, tuple[int, set[str]]] = {}
    for table, to, links in routes:
        if _within(peer, to):
            length = ipaddress.ip_network(to, strict=False).prefixlen
            old = best.get(table, (-1, set()))
            if length >= old[0]:
                best[table] = (length, links | old[1] if length == old[0] else links)
    return {link for _length, links in best.values() for link in links}


def reasons(steps: Plan, have: Snapshot, way: Connection) -> list[str]:
    """Why a plan may cut the connection, a sentence each; nothing when it stays clear of it."""
    links = carriers(have, way)
    found: list[str] = []
    for op in steps.ops:
        if op.implied:
            continue
        reason = _reason(op, links, way)
        if reason:
            text = '%s: %s' % (op.subject, reason)
            if text not in found:
                found.append(text)
    return found


def _reason(op: Op, links: set[str], way: Connection) -> str:
    value = op.after if op.after is not None else op.before
    if op.kind == 'link':
        if any(link.namespace == HOST and link.name in links for link in value):
            return 'carries the connection'
        if any(link.namespace == HOST and link.master in links for link in value):
            return 'joins a link that carries the connection'
        if any(
            link.parent and link.parent[0] == HOST and link.parent[1] in links and link.kind in _TAKING
            for link in value
        ):
            return 'takes packets of a link that carries the connection'
        return ''
    if op.kind == 'move':
        return 'carries the connection' if op.before[0] == HOST and op.before[1] in links else ''
    if op.namespace != HOST:
        return ''
    if op.kind == 'set':
        name, fields = value
        if name in links and set(fields) - {'mark'}:
            return 'carries the connection'
        return 'joins a link that carries the connection' if fields.get('master') in links else ''
    if op.kind == 'address':
        if value.ip == way.local or value.link in links:
            return 'is on the way of the connection'
        return 'covers the other end of the connection' if _within(way.peer, value.network) else ''
    if op.kind == 'route':
        return (
            'leads to the other end of the connection'
            if _within(way.peer, value.to) or _within(way.local, value.to)
            else ''
        )
    if op.kind == 'rule':
        return 'may lead the connection elsewhere' if value.family == family_of(way.peer) else ''
    if op.kind == 'sysctl':
        parts = value[0].split('/')
        return '' if parts[1] == 'ipv6' and family_of(way.peer) == 'ipv4' else _sysctl_reason(parts, links)
    if op.kind == 'nftables':
        return 'filters the connection too' if _nft_filters(op, family_of(way.peer)) else ''
    if op.kind == 'firewall':
        return 'filters the connection too' if value[0] == family_of(way.peer) and _filters(op) else ''
    return ''


def _within(address: str, network: str) -> bool:
    one, other = ipaddress.ip_address(address), ipaddress.ip_network(network, strict=False)
    return one.version == other.version and one in other


def _sysctl_reason(parts: t.Sequence[str], links: t.Container[str]) -> str:
    """About a setting, given as the parts of its path below /proc/sys."""
    if parts[-1] == 'ip_forward' or parts[1] == 'ipv4' and parts[-1] == 'forwarding':
        return ''  # about the packets of others
    if len(parts) == 5:  # net/ipv4/conf/LINK/KEY and its like
        return (
            'is about all links, or one that carries the connection'
            if parts[3] in links or parts[3] in ('all', 'default')
            else ''
        )
    return 'is about all connections' if parts[1] in ('ipv4', 'ipv6', 'core') else ''


_TAKING = ('macvlan', 'ipvlan')
# Chains that no packet to or from this host goes through. (The table nat sees the first packet of a connection only, so its
# POSTROUTING does not concern those that come in.)
_OTHERS = {
    'filter': ('FORWARD',),
    'mangle': ('FORWARD',),
    'security': ('FORWARD',),
    'nat': ('POSTROUTING',),
    'raw': (),
}


_HOOK = re.compile(r'\ttype (\S+) hook (\S+)|\thook (\S+)')  # of a chain, and of a flowtable


def _nft_filters(op: Op, family: str) -> bool:
    """The same for a table of nft, before and after."""
    for label, body in filter(None, (op.before, op.after)):
        if label.split(' ')[0] == {'ipv4': 'ip6', 'ipv6': 'ip'}[family]:
            continue
        for match in filter(None, map(_HOOK.search, body)):
            kind, hook, _device = match.groups()
            if hook != 'forward' and (kind, hook) != ('nat', 'postrouting'):
                return True
    return False


def _filters(op: Op) -> bool:
    """Whether a firewall operation touches more than what is forwarded or leaves: chains by name, ours by their base chain."""
    before, after = op.before[1], op.after[1]
    for table in after:
        old, new = before[table], after[table]
        if hasattr(new, 'jumps'):
            changed = [
                chain for (chain, rules), (_chain, others) in zip(old.chains, new.chains) if rules != others
            ]
            changed += [jump[0] for jump, other in zip(new.jumps, old.jumps) if jump != other]
        else:
            changed = [
                chain
                for chain in {**old.chains, **new.chains}
                if chain not in old.chains
                or chain not in new.chains
                or (old.chains[chain].policy, old.chains[chain].rules)
                != (new.chains[chain].policy, new.chains[chain].rules)
            ]
        if any(not chain.endswith(_OTHERS[table] or (' ',)) for chain in changed):
            return True
    return False
