# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token bucket filter: sizes that the kernel keeps as the time that it takes to send them."""

from __future__ import annotations

from ...values.reading import Reader
from ..attribute import Attribute, Table
from .kind import QdiscKind, Values, row
from .rates import size_of, ticks
from .types import Rate, RateOrNone, Size, Time

_NANOSECONDS = 10**9
_MOST = 0xFFFFFFFF
USUAL_LATENCY = 50 * 10**6
_LEAST_BURST = 10 * 1024
_RATE64, _PRATE64, _BURST, _PBURST = 4, 5, 6, 7  # TCA_TBF_*


def usual_burst(rate: int) -> int:
    """What is sent in 10 ms, and a packet of any Ethernet at least."""
    return max(rate // 100, _LEAST_BURST)


def _waiting(values: Values, latency: int) -> int:
    """The bytes that are sent within *latency*, as tc(8) computes it."""
    pairs = [(values['rate'], values['burst'])]
    if values.get('peakrate'):
        pairs.append((values['peakrate'], values.get('minburst', 0)))
    return min(rate * latency // _NANOSECONDS + size for rate, size in pairs)


def _rules(reader: Reader, values: Values) -> None:
    latency = values.pop('latency', None)
    rate = values.get('rate')
    if rate is None:
        return
    if reader.has('latency') and reader.has('limit'):
        reader.problem('latency', 'and limit say the same', do='remove one of the two')
    values.setdefault('burst', usual_burst(rate))
    values.setdefault('limit', _waiting(values, USUAL_LATENCY if latency is None else latency))
    if not values['limit'] <= _MOST:
        reader.problem('latency', 'is too much at this rate', do='give less, or a limit')
    peak = values.get('peakrate')
    if reader.has('peakrate') != reader.has('minburst'):
        missing = 'minburst' if reader.has('peakrate') else 'peakrate'
        reader.problem(missing, 'is missing: peakrate and minburst belong together', do='add it')
        return
    if peak and peak <= rate:
        text = Rate().text
        reader.problem('peakrate', 'is not above the rate', found=text(peak), want='more than ' + text(rate))
    for key, of_rate in (('burst', rate), ('minburst', peak)):
        if key in values and of_rate:
            time = ticks(values[key], of_rate)
            if time > _MOST:
                reader.problem(key, 'takes too long to send at this rate', do='give less')
            else:
                values[key] = size_of(time, of_rate)


def _template() -> bytes:
    parameters = bytearray(36)  # struct tc_tbf_qopt
    parameters[1] = parameters[13] = 1  # TC_LINKLAYER_ETHERNET: without it the kernel wants tables of rates
    return bytes(parameters)


def _size(key: str, text: str, number: int, name: str) -> Attribute:
    return row(key, Size(1, 0xFFFFFFFF), text, name, number)


TBF = QdiscKind(
    'sends at a rate, with bursts',
    Table(
        row('rate', Rate(), 'Rate at which it sends.', 'TCA_TBF_PARMS', 1, 8, required=True),
        _size(
            'burst',
            'The most that is sent at once. By default what is sent in 10 ms, and 10 KB at least.',
            _BURST,
            'TCA_TBF_BURST',
        ),
        row(
            'limit',
            Size(0, 0xFFFFFFFF),
            'The most that waits. By default by C(latency).',
            'TCA_TBF_PARMS',
            1,
            24,
        ),
        Attribute(
            'latency',
            Time(0, 1 << 40),
            'In place of C(limit), how long a packet may wait. By default V(50ms).',
        ),
        row(
            'peakrate',
            RateOrNone(),
            'The highest rate of bursts. By default, none.',
            'TCA_TBF_PARMS',
            1,
            20,
        ),
        _size('minburst', 'The most that is sent at once at C(peakrate).', _PBURST, 'TCA_TBF_PBURST'),
    ),
    structs={1: _template()},
    wide={'rate': _RATE64, 'peakrate': _PRATE64},
    rules=_rules,
    plain=((1, 1, b'\1\0\0'), (1, 6, bytes(2))),  # TC_LINKLAYER_ETHERNET, overhead, mpu
    times={'burst': (1, 28, 'rate'), 'minburst': (1, 32, 'peakrate')},
    sticky=frozenset(('peakrate', 'minburst')),
)
