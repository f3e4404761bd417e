# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the short form makes: by hand one would do the same."""

from __future__ import annotations

import typing as t

from ...values.names import End
from ..attribute import Settings
from .filters import Filter
from .htb import HTB, HTB_CLASS
from .kinds import KINDS
from .rates import size_of, ticks
from .tbf import USUAL_LATENCY, usual_burst
from .types import ROOT
from .value import HtbClass, Qdisc

_UNLIMITED = 4 * 10**9  # bytes a second: more than any link of a test, and what fits 32 bits
_OUTER, _INNER, _CLASS = '1:', '10:', '1:1'
"""Handles, and the class between them that a netem has."""
_QUANTUM = 60000
_LEAST_BURST = 64 << 10  # what a link is given to divide


class ShortForm(t.NamedTuple):
    """The short form for a link, or for the packets of it between some addresses."""

    namespace: str
    link: str
    values: Settings
    source: str = ''
    destination: str = ''

    @property
    def end(self) -> End:
        return (self.namespace, self.link)

    @property
    def pair(self) -> tuple[str, str]:
        return (self.source, self.destination)


def expanded(shorts: t.Sequence[ShortForm]) -> list[Qdisc]:
    """The qdiscs of one link: for all that it sends, and for pairs of addresses."""
    if not any(any(short.pair) for short in shorts):
        return [qdisc for short in shorts for qdisc in _of_link(short)]
    rest = [short for short in shorts if not any(short.pair)]
    pairs = [short for short in shorts if any(short.pair)]
    end = pairs[0].end
    classes = [_class_of(short, number) for number, short in enumerate((*rest, *pairs), 1)]
    filters = [_filter_of(short, number) for number, short in enumerate(pairs, 1)]
    filters = [each._replace(flowid='1:%x' % (number + len(rest))) for number, each in enumerate(filters, 1)]
    settings = tuple(sorted({**HTB.usual(), 'default': len(rest)}.items()))
    root = Qdisc(*end, 'htb', ROOT, _OUTER, settings, tuple(classes), tuple(filters))
    leaves = [_leaf(short, number) for number, short in enumerate((*rest, *pairs), 1)]
    return [root, *[leaf for leaf in leaves if leaf is not None]]


def _of_link(short: ShortForm) -> list[Qdisc]:
    """A netem, a tbf, or a tbf in a netem."""
    values: dict[str, t.Any] = dict(short.values)
    rate = values.pop('limit', None)
    qdiscs = []
    if values:
        qdiscs.append(_netem(short, values, ROOT, _OUTER if rate else ''))
    if rate:
        burst = size_of(ticks(usual_burst(rate), rate), rate)
        limit = rate * USUAL_LATENCY // 10**9 + burst
        tbf = (('burst', burst), ('limit', limit), ('rate', rate))
        parent, handle = (_CLASS, _INNER) if values else (ROOT, '')
        qdiscs.append(Qdisc(*short.end, 'tbf', parent, handle, tbf))
    return qdiscs


def _netem(short: ShortForm, values: dict[str, t.Any], parent: str, handle: str) -> Qdisc:
    settings = tuple(sorted({**KINDS['netem'].usual(), **values}.items()))
    return Qdisc(*short.end, 'netem', parent, handle, settings)


def _class_of(short: ShortForm, number: int) -> HtbClass:
    rate = dict(short.values).get('limit', _UNLIMITED)
    burst = max(int(rate) // 1000, _LEAST_BURST if rate == _UNLIMITED else usual_burst(int(rate)))
    burst = size_of(ticks(burst, int(rate)), int(rate))
    values = {'rate': rate, 'ceil': rate, 'burst': burst, 'cburst': burst, 'quantum': _QUANTUM}
    return HtbClass('1:%x' % number, '', tuple(sorted({**HTB_CLASS.usual(), **values}.items())))


def _filter_of(short: ShortForm, pref: int) -> Filter:
    values = {'from': short.source, 'to': short.destination}
    known = {name: value for name, value in values.items() if value}
    version = 6 if ':' in ''.join(short.pair) else 4
    return Filter(pref, '', version, tuple(sorted(known.items())))


def _leaf(short: ShortForm, number: int) -> Qdisc | None:
    values = {name: value for name, value in short.values if name != 'limit'}
    return _netem(short, values, '1:%x' % number, '%x:' % (number + 1)) if values else None
