# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What routes say that the running kernel does not know: it is tried in a throw-away namespace."""

from __future__ import annotations

import os
import typing as t

from ...kernel import namespaces, netlink, uapi
from ...kernel.netlink import plainly
from ..extra import Extra
from ..operation import Operation
from . import beyond, codec, encap
from .schema import METRICS, NEWER_METRICS
from .value import Hop, Route

_TO = {'ipv4': '198.51.100.0/24', 'ipv6': '2001:db8::/64'}
_LO = 1  # its number in every namespace
_NEEDED = (uapi.RTA_FLOW, uapi.RTA_ENCAP)


class RouteTrial(t.NamedTuple):
    """A metric, or what a hop has beyond its gateway, of which not every kernel takes each."""

    family: str
    metrics: tuple[tuple[str, t.Any], ...] = ()
    extra: Extra = ()

    @property
    def text(self) -> str:
        words = ['%s %s' % (word, METRICS[word].type.text(value)) for word, value in self.metrics]
        return ' '.join([*words, *beyond.words(self.extra)])

    @property
    def route(self) -> Route:
        hops = (Hop(dev='lo'),)
        return Route('', _TO[self.family], hops, scope='link', metrics=self.metrics, extra=self.extra)


def trials_of(route: Route) -> frozenset[RouteTrial]:
    """What a route has that not every kernel knows."""
    metrics = [RouteTrial(route.family, (pair,)) for pair in route.metrics if pair[0] in NEWER_METRICS]
    extras = {_declared(hop.extra) for hop in route.hops} | {_declared(route.extra)}
    beyond_gateway = [RouteTrial(route.family, extra=extra) for extra in extras if extra]
    return frozenset((*metrics, *beyond_gateway))


def _declared(extra: Extra) -> Extra:
    numbers = dict(extra)
    if not any(number in numbers for number in _NEEDED) or _needs_vrf(extra):
        return ()
    wanted = (*_NEEDED, uapi.RTA_ENCAP_TYPE)
    return tuple([pair for pair in extra if pair[0] in wanted])


def _needs_vrf(extra: Extra) -> bool:
    """Whether it takes only a namespace with the VRF and its settings, which the throw-away one has not
    (seg6_end_dt_vrf_build)."""
    return 'vrftable' in encap.entry(extra)


def lacking_in_routes(ops: t.Iterable[Operation]) -> list[str]:
    """What routes need that this kernel does not have, as problems."""
    asked = {op: trials for op in ops for trials in [op.features.routes] if trials}
    if not asked:
        return []
    answers = namespaces.in_thread(_tried, frozenset().union(*asked.values()))
    problems = []
    for op, trials in asked.items():
        for trial in sorted(trials & answers.keys(), key=str):
            problems.append(
                '%s: this kernel does not take %s (found %s: %s); boot one that does, or leave it out'
                % (op.subject, trial.text, os.uname().release, answers[trial])
            )
    return problems


def _tried(trials: t.Iterable[RouteTrial]) -> dict[RouteTrial, str]:
    """What the kernel says against each that it does not take."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            up = uapi.IFINFOMSG.pack(0, 0, _LO, uapi.IFF_UP, uapi.IFF_UP)
            sock.write([netlink.pack_message(uapi.RTM_NEWLINK, 0, up)])
            answers = {trial: _answer(sock, trial) for trial in trials}
    finally:
        os.close(fd)
        os.close(home)
    return {trial: answer for trial, answer in answers.items() if answer}


def _answer(sock: netlink.NetlinkSocket, trial: RouteTrial) -> str:
    route, indexes = trial.route, {'lo': _LO}
    for error in sock.write([codec.encode_route(route, indexes, 'replace')]).values():
        return plainly(error)
    [made] = [each for each in codec.dump_routes(sock, '', {_LO: 'lo'}) if each.to == route.to]
    sock.write([codec.encode_route(made, indexes, 'delete')])
    kept = dict(made.extra) == dict(route.extra) and made.metrics == route.metrics
    return '' if kept else 'nothing, but it ignores it'


__all__ = ["RouteTrial", "lacking_in_routes", "trials_of"]
