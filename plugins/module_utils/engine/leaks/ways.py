# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways that packets have from one namespace to another over the links of a host, by wire and by forwarding. A pure function of what was seen.

A wire is what frames pass without being forwarded: both ends of a veth, a bridge or bond and its ports, a macvlan or ipvlan and the link
below it. Whether a firewall lets packets pass is not looked at.
"""

from __future__ import annotations

import collections
import typing as t

from ...objects.link.value import End, Link
from ...objects.reachability import Crossings
from ...values.names import place
from .scene import Ground

_BELOW = ('macvlan', 'ipvlan')
_State = tuple[
    End, bool, bool
]  # where a packet is; whether it came to this bridge by an isolated port; whether it was forwarded
FAMILIES = {'ipv4': 'IPv4', 'ipv6': 'IPv6'}


class Way(t.NamedTuple):
    """Links from the first to the last. ``family`` is what is forwarded on it, '' on a wire."""

    ends: tuple[End, ...]
    family: str = ''

    def text(self) -> str:
        return ' - '.join(spelled(end) for end in self.ends)


def spelled(end: End) -> str:
    return '%s/%s' % (place(end[0]), end[1])


class Ways:
    """The links of a host as a graph. Links in *left_out* are not passed."""

    def __init__(self, ground: Ground, left_out: Crossings) -> None:
        self.links, self.forwarding, self.crossings = ground.links, ground.forwarding, left_out
        self.ports: dict[End, list[End]] = {}
        self.above: dict[End, list[End]] = {}
        self.members: dict[str, list[End]] = {}
        self._reached: dict[tuple[str, str], dict[str, list[Way]]] = {}
        for end, link in self.links.items():
            self.members.setdefault(end[0], []).append(end)
            if link.master:
                self.ports.setdefault((end[0], link.master), []).append(end)
            if link.parent:
                self.above.setdefault(link.parent, []).append(end)

    def _is_vrf(self, end: End) -> bool:
        return end in self.links and self.links[end].kind == 'vrf'

    def _vrf(self, link: Link) -> str:
        return link.master if link.master and self._is_vrf((link.namespace, link.master)) else ''

    def top(self, end: End) -> End:
        """The link that has the addresses: of a port its bridge or bond."""
        link = self.links.get(end)
        while (
            link is not None
            and link.master
            and not self._vrf(link)
            and (link.namespace, link.master) in self.links
        ):
            end = (link.namespace, link.master)
            link = self.links[end]
        return end

    def _isolated(self, end: End) -> bool:
        return dict(self.links[end].port).get('isolated') is True

    def _wired(self, end: End, isolated: bool) -> t.Iterator[tuple[End, bool]]:
        """The links that frames get to from *end*; *isolated*: they came to this bridge by an isolated port, and leave by no other such."""
        link = self.links[end]
        if link.peer is not None:
            yield link.peer, False
        if link.master and not self._vrf(link):
            yield (end[0], link.master), self._isolated(end)
        if not self._is_vrf(end):
            for port in self.ports.get(end, ()):
                if not (isolated and self._isolated(port)):
                    yield port, False
        if link.kind in _BELOW and link.parent is not None and dict(link.settings).get('mode') != 'private':
            yield link.parent, False
        for other in self.above.get(end, ()):
            above = self.links[other]
            if above.kind in _BELOW and dict(above.settings).get('mode') != 'private':
                yield other, False

    def routed(self, end: End) -> list[End]:
        """The other links of the namespace that packets could be forwarded to from *end*, or come from."""
        link = self.links[end]
        return sorted(
            other
            for other in self.members[end[0]]
            if other != end
            and other[1] != 'lo'
            and self.links[other].up
            and self.top(other) == other
            and not self._is_vrf(other)
            and self._vrf(self.links[other]) == self._vrf(link)
        )

    def between(self, start: str, goal: str, family: str = '') -> list[Way]:
        """The shortest ways, one for each link of *goal* that is reached; with a *family* those that are forwarded somewhere on their way."""
        key = (start, family)
        if key not in self._reached:
            self._reached[key] = self._search(start, family)
        return self._reached[key].get(goal, [])

    def _steps(self, state: _State, start: str, family: str) -> t.Iterator[_State]:
        end, isolated, forwarded = state
        for other, flag in self._wired(end, isolated):
            yield other, flag, forwarded
        if (
            family
            and end in self.forwarding[family]
            and end[0] not in self.crossings.forwarding
            and end[0] != start
            and self.top(end) == end
        ):
            for other in self.routed(end):
                yield other, False, True

    def _search(self, start: str, family: str) -> dict[str, list[Way]]:
        """The ways from *start* to all other namespaces, breadth first."""
        queue: collections.deque[_State] = collections.deque(
            (end, False, False) for end in sorted(self.members.get(start, ())) if self._passes(end)
        )
        before: dict[_State, _State | None] = dict.fromkeys(queue)
        found: dict[str, dict[End, Way]] = {}
        while queue:
            state = queue.popleft()
            path = [state[0]]
            above = before[state]
            while above is not None:
                path.append(above[0])
                above = before[above]
            here = state[0][0]
            # A link that is reached by way of another one of its namespace is that one's affair.
            if (
                here != start
                and state[2] == bool(family)
                and all(namespace != here for namespace, _link in path[1:])
            ):
                found.setdefault(here, {}).setdefault(state[0], Way(tuple(reversed(path)), family))
            for step in self._steps(state, start, family):
                if (
                    step not in before
                    and step[0][0] != start
                    and step[0] not in path
                    and self._passes(step[0])
                ):
                    before[step] = state
                    queue.append(step)
        return {namespace: [ways[end] for end in sorted(ways)] for namespace, ways in found.items()}

    def _passes(self, end: End) -> bool:
        return end in self.links and end[1] != 'lo' and not self.crossings.has_link(*end)

    def forwarders(self, way: Way) -> list[tuple[End, str, list[End]]]:
        """Where a wire between two namespaces is a way between their networks: the end of it in a namespace that forwards between
        it and other links, the family, and those links."""
        found = []
        for end in dict.fromkeys((self.top(way.ends[0]), self.top(way.ends[-1]))):
            others = [] if end[0] in self.crossings.forwarding else self.routed(end)
            for family, forwarding in self.forwarding.items():
                if others and (end in forwarding or forwarding.intersection(others)):
                    found.append((end, family, others))
        return found
