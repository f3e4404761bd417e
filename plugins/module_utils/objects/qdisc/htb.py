# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hierarchical token bucket, and its classes."""

from __future__ import annotations

import struct
import typing as t

from ...values.reading import Reader
from ..attribute import Attribute, Integer, Table, Value
from .kind import QdiscKind, Values, row
from .rates import size_of, ticks
from .types import ClassNumber, ClassOf, Rate, Size

_INIT, _PARMS, _DIRECT_QLEN, _RATE64, _CEIL64, _OFFLOAD = 2, 1, 5, 6, 7, 10  # TCA_HTB_*
_PACKET = 1600  # what tc(8) takes for the largest packet
_MOST_TICKS = 0xFFFFFFFF

HTB = QdiscKind(
    'shares a rate among classes',
    Table(
        row(
            'default',
            ClassNumber(),
            'Class for packets that no filter matches, hexadecimal. By default, none: they are sent'
            ' unshaped.',
            'tc_htb_glob.defcls',
            _INIT,
            8,
            default=0,
        ),
        row(
            'r2q',
            Integer(1, 0x7FFFFFFF),
            'Divisor: the C(quantum) of a class is its rate in bytes per second divided by this, unless it is'
            ' given.',
            'tc_htb_glob.rate2quantum',
            _INIT,
            4,
            default=10,
        ),
        row(
            'direct_qlen',
            Integer(0, 0x7FFFFFFF),
            'The most packets that wait to be sent at once. By default, the C(txqueuelen) of the link.',
            'TCA_HTB_DIRECT_QLEN',
            _DIRECT_QLEN,
            unit='packets',
        ),
    ),
    structs={_INIT: struct.pack('=IIIII', 3, 0, 0, 0, 0)},
    beyond=frozenset((_OFFLOAD,)),
    in_place=False,
)


def _class_rules(reader: Reader, values: Values) -> None:
    rate = values.get('rate')
    if rate is None:
        return
    ceil = values.setdefault('ceil', rate)
    if ceil < rate:
        text = Rate().text
        reader.problem('ceil', 'is less than the rate', found=text(ceil), want='%s at least' % text(rate))
    for key, of_rate in (('burst', rate), ('cburst', ceil)):
        size = values.setdefault(key, max(_PACKET, of_rate // 1000))
        if ticks(size, of_rate) > _MOST_TICKS:
            reader.problem(key, 'takes too long to send at this rate', do='give less')
        else:
            values[key] = size_of(ticks(size, of_rate), of_rate)


def _template() -> bytes:
    parameters = bytearray(44)  # struct tc_htb_opt
    parameters[1] = parameters[13] = 1  # TC_LINKLAYER_ETHERNET: without it the kernel wants tables of rates
    return bytes(parameters)


class _Quantum(Integer):
    def from_kernel(self, value: t.Any) -> Value | None:
        """In a request, 0 leaves it to the kernel."""
        return int(value) or None


_BURST = 'By default what is sent in 1 ms, and a packet at least.'
HTB_CLASS = QdiscKind(
    'a class of an htb',
    Table(
        row('rate', Rate(), 'Guaranteed rate.', 'TCA_HTB_PARMS', _PARMS, 8, required=True),
        row(
            'ceil',
            Rate(),
            'Maximum rate, when other classes leave bandwidth unused. By default, C(rate).',
            'TCA_HTB_PARMS',
            _PARMS,
            20,
        ),
        Attribute('burst', Size(1, 0xFFFFFFFF), 'The most that is sent at once at C(rate). ' + _BURST),
        Attribute('cburst', Size(1, 0xFFFFFFFF), 'The most that is sent at once at C(ceil). ' + _BURST),
        row(
            'prio',
            Integer(0, 7),
            'Classes of a lower number are offered what others leave first.',
            'TCA_HTB_PARMS',
            _PARMS,
            40,
            default=0,
        ),
        row(
            'quantum',
            _Quantum(1, 0x7FFFFFFF),
            'Bytes that a class may send per round. By default by the C(r2q) of the qdisc.',
            'TCA_HTB_PARMS',
            _PARMS,
            32,
            unit='bytes',
        ),
    ),
    structs={_PARMS: _template()},
    wide={'rate': _RATE64, 'ceil': _CEIL64},
    plain=((_PARMS, 1, b'\1\0\0'), (_PARMS, 6, bytes(2)), (_PARMS, 13, b'\1\0\0'), (_PARMS, 18, bytes(2))),
    times={'burst': (_PARMS, 24, 'rate'), 'cburst': (_PARMS, 28, 'ceil')},
    rules=_class_rules,
)

CLASS = Table(
    Attribute('classid', ClassOf(), 'The class, such as V("1:10"), hexadecimal.', required=True),
    Attribute('parent', ClassOf(), 'The class that it is in. By default, none.'),
)
"""What tells where a class is."""
