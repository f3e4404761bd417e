# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes as the record of a scope keeps them on disk, in JSON.

Fields that a route does not have are left out, as in the records of earlier versions.
"""

from __future__ import annotations

import typing as t

from ...values.countdown import Countdown
from ..extra import extra_from_record, extra_to_record
from .value import Hop, Route

Record = t.Mapping[str, t.Any]
_FIELDS = ('to', 'table', 'metric', 'type', 'src', 'scope', 'tos', 'protocol', 'pref')


def route_to_record(route: Route) -> dict[str, t.Any]:
    """A route as records keep it, in JSON; :func:`route_from_record` reads it."""
    record: dict[str, t.Any] = {name: getattr(route, name) for name in _FIELDS}
    record['hops'] = [_hop_to_record(hop) for hop in route.hops]
    record['metrics'] = [list(metric) for metric in route.metrics]
    if route.source:
        record['source'] = route.source
    if route.expires is not None:
        record['expires'] = int(route.expires)
    if route.extra:
        record['extra'] = extra_to_record(route.extra)
    return record


def _hop_to_record(hop: Hop) -> list[t.Any]:
    record = [hop.via, hop.dev, hop.weight, hop.onlink]
    return [*record, extra_to_record(hop.extra)] if hop.extra else record


def route_from_record(record: Record, namespace: str) -> Route:
    fields = {name: record[name] for name in _FIELDS}
    hops = [_hop_from_record(*hop) for hop in record['hops']]
    return Route(
        namespace,
        hops=tuple(hops),
        metrics=tuple([(word, _value(value)) for word, value in record['metrics']]),
        **fields,
        source=record.get('source', ''),
        expires=Countdown(record['expires']) if 'expires' in record else None,
        extra=extra_from_record(record.get('extra', ())),
    )


def _value(stored: t.Any) -> t.Any:
    return tuple(stored) if isinstance(stored, list) else stored


def _hop_from_record(via: str, dev: str, weight: int, onlink: bool, extra: t.Iterable[t.Any] = ()) -> Hop:
    return Hop(via, dev, weight, onlink, extra_from_record(extra))
