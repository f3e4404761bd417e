# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths that packets can take from one namespace to another over the links of a host, by wire and by
forwarding.

A wire passes frames without forwarding them: a veth, a bridge or bond with its ports, a macvlan or ipvlan
with the link below it. Firewalls are not looked at. A pure function of what was read.
"""

from __future__ import annotations

import collections
import typing as t

from ...objects.link.value import Link
from ...objects.reachability import Crossings
from ...values.names import End, place
from .host_state import HostState

FAMILIES = {'ipv4': 'IPv4', 'ipv6': 'IPv6'}
_ON_A_PARENT = ('macvlan', 'macvtap', 'ipvlan')


class Path(t.NamedTuple):
    """Links from the first to the last. ``family`` is what is forwarded on it, '' on a wire."""

    ends: tuple[End, ...]
    family: str = ''

    def text(self) -> str:
        return ' - '.join(end_text(end) for end in self.ends)


def end_text(end: End) -> str:
    """A link as NAMESPACE/NAME."""
    return '%s/%s' % (place(end[0]), end[1])


class _Position(t.NamedTuple):
    """Where a packet is, whether it came to this bridge by an isolated port, and whether it has been
    forwarded.
    """

    end: End
    isolated: bool = False
    forwarded: bool = False


class Topology:
    """The links of a host as a graph. The links and forwarding namespaces in *crossings* are not passed."""

    def __init__(self, host: HostState, crossings: Crossings) -> None:
        self.links, self.forwarding, self.crossings = host.links, host.forwarding, crossings
        self._ports: dict[End, list[End]] = {}
        self._children: dict[End, list[End]] = {}
        self._members: dict[str, list[End]] = {}
        self._paths: dict[tuple[str, str], dict[str, list[Path]]] = {}
        for end, link in self.links.items():
            self._members.setdefault(end[0], []).append(end)
            if link.master:
                self._ports.setdefault((end[0], link.master), []).append(end)
            if link.parent:
                self._children.setdefault(link.parent, []).append(end)

    def _is_vrf(self, end: End) -> bool:
        return end in self.links and self.links[end].kind == 'vrf'

    def _vrf_of(self, link: Link) -> str:
        return link.master if link.master and self._is_vrf((link.namespace, link.master)) else ''

    def top(self, end: End) -> End:
        """The link that has the addresses: of a port its bridge or bond."""
        while True:
            link = self.links.get(end)
            if link is None or not link.master or self._vrf_of(link):
                return end
            master = (link.namespace, link.master)
            if master not in self.links:
                return end
            end = master

    def _is_isolated(self, port: End) -> bool:
        return dict(self.links[port].port).get('isolated') is True

    def _is_joined(self, link: Link) -> bool:
        """Whether a link passes frames to and from its parent."""
        return link.kind in _ON_A_PARENT and dict(link.settings).get('mode') != 'private'

    def _wired(self, end: End, isolated: bool) -> t.Iterator[tuple[End, bool]]:
        """The links that frames get to from *end*, and whether they come to a bridge by an isolated port.

        Frames that came to this bridge by an *isolated* port do not leave it by another one.
        """
        link = self.links[end]
        if link.peer is not None:
            yield link.peer, False
        if link.master and not self._vrf_of(link):
            yield (end[0], link.master), self._is_isolated(end)
        if not self._is_vrf(end):
            for port in self._ports.get(end, ()):
                if not (isolated and self._is_isolated(port)):
                    yield port, False
        if link.parent is not None and self._is_joined(link):
            yield link.parent, False
        for child in self._children.get(end, ()):
            if self._is_joined(self.links[child]):
                yield child, False

    def routed(self, end: End) -> list[End]:
        """The other links of the namespace that packets could be forwarded to from *end*, or come from."""
        vrf = self._vrf_of(self.links[end])
        return sorted(
            candidate
            for candidate in self._members[end[0]]
            if candidate != end and self._takes_routes(candidate, vrf)
        )

    def _takes_routes(self, end: End, vrf: str) -> bool:
        """Whether routes of a VRF, or of none, can lead over a link."""
        if end[1] == 'lo' or not self.links[end].up or self._is_vrf(end):
            return False
        return self.top(end) == end and self._vrf_of(self.links[end]) == vrf

    def paths(self, start: str, goal: str, family: str = '') -> list[Path]:
        """The shortest paths, one for each link of *goal* that is reached.

        With a *family*, those that are forwarded somewhere; without one, those that are wires.
        """
        key = (start, family)
        if key not in self._paths:
            self._paths[key] = self._search(start, family)
        return self._paths[key].get(goal, [])

    def _next(self, position: _Position, start: str, family: str) -> t.Iterator[_Position]:
        for end, isolated in self._wired(position.end, position.isolated):
            yield _Position(end, isolated, position.forwarded)
        if family and position.end[0] != start and self._forwards(position.end, family):
            for end in self.routed(position.end):
                yield _Position(end, False, True)

    def _forwards(self, end: End, family: str) -> bool:
        if end not in self.forwarding[family] or end[0] in self.crossings.forwarding:
            return False
        return self.top(end) == end

    def _search(self, start: str, family: str) -> dict[str, list[Path]]:
        """The paths from *start* to all other namespaces, breadth first."""
        first = [_Position(end) for end in sorted(self._members.get(start, ())) if self._is_passed(end)]
        queue = collections.deque(first)
        previous: dict[_Position, _Position | None] = dict.fromkeys(first)
        paths: dict[str, dict[End, Path]] = {}
        while queue:
            position = queue.popleft()
            ends = _ends_back(position, previous)
            goal = position.end[0]
            passed = {namespace for namespace, _name in ends[1:]}
            # A link that is reached by way of another link of its namespace counts as that one.
            if goal != start and position.forwarded == bool(family) and goal not in passed:
                of_goal = paths.setdefault(goal, {})
                of_goal.setdefault(position.end, Path(tuple(reversed(ends)), family))
            for step in self._next(position, start, family):
                new = step not in previous and step.end not in ends
                if new and step.end[0] != start and self._is_passed(step.end):
                    previous[step] = position
                    queue.append(step)
        return {goal: _in_order(of_goal) for goal, of_goal in paths.items()}

    def _is_passed(self, end: End) -> bool:
        return end in self.links and end[1] != 'lo' and not self.crossings.has_link(*end)

    def forwarders(self, wire: Path) -> list[tuple[End, str, list[End]]]:
        """Where a wire between two namespaces is a path between their networks.

        That is an end of it in a namespace that forwards between this link and others: the end, the family,
        and those others.
        """
        forwarders = []
        for end in dict.fromkeys((self.top(wire.ends[0]), self.top(wire.ends[-1]))):
            others = [] if end[0] in self.crossings.forwarding else self.routed(end)
            for family, forwarding in self.forwarding.items():
                if others and (end in forwarding or forwarding.intersection(others)):
                    forwarders.append((end, family, others))
        return forwarders


def _in_order(paths: t.Mapping[End, Path]) -> list[Path]:
    """Paths in the order of their last links."""
    return [paths[end] for end in sorted(paths)]


def _ends_back(position: _Position, previous: t.Mapping[_Position, _Position | None]) -> list[End]:
    """The links from *position* back to the first one."""
    ends = []
    here: _Position | None = position
    while here is not None:
        ends.append(here.end)
        here = previous[here]
    return ends
