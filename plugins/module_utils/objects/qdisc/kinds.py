# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of queueing disciplines, each with its table of settings.

Sources: linux/include/uapi/linux/pkt_sched.h, net/sched/sch_*.c, and tc(8) of iproute2.
"""

from __future__ import annotations

import struct
import typing as t

from ...kernel.nla import RAW, U64
from ...values.reading import Reader
from ..attribute import Boolean, Integer, Table
from .fair import CAKE, FQ, FQ_CODEL, SFQ
from .htb import HTB
from .kind import HEAD, QdiscKind, Values, row
from .tbf import TBF
from .types import INGRESS, Numbers, Percent, Rate, Time

_COUNT = Integer(1, 0x7FFFFFFF)
_LIMIT = Integer(0, 0x7FFFFFFF)
_ALL = 0xFFFFFFFF
_LONGEST = (1 << 40) - 1

# netem


def _netem_rules(reader: Reader, values: Values) -> None:
    if reader.has('jitter') and not reader.has('delay'):
        reader.problem('jitter', 'needs a delay', do='add delay')
    if reader.has('reorder') and not reader.has('delay'):
        reader.problem('reorder', 'needs a delay: without one no packet overtakes another', do='add delay')
    if reader.has('reorder') and not values.get('gap'):
        values['gap'] = 1  # as tc(8) does
    elif values.get('gap') and not reader.has('reorder'):
        values['reorder'] = _ALL


def _share(key: str, text: str, name: str, number: int, offset: int) -> t.Any:
    return row(key, Percent(), text, name, number, offset, default=0)


NETEM = QdiscKind(
    'emulates a network: delays, drops, duplicates, reorders and corrupts packets',
    Table(
        row(
            'delay',
            Time(0, _LONGEST),
            'Time that each packet waits.',
            'TCA_NETEM_LATENCY64',
            10,
            0,
            U64,
            default=0,
        ),
        row(
            'jitter',
            Time(0, _LONGEST),
            'Random variation: the most by which the delay of a packet differs from C(delay).',
            'TCA_NETEM_JITTER64',
            11,
            0,
            U64,
            default=0,
        ),
        _share('delay_correlation', 'How much a delay depends on the last one.', 'TCA_NETEM_CORR', 1, 0),
        _share('loss', 'Packets that are dropped.', 'tc_netem_qopt.loss', HEAD, 8),
        _share('loss_correlation', 'How much a loss depends on the last one.', 'TCA_NETEM_CORR', 1, 4),
        _share('duplicate', 'Packets that are sent twice.', 'tc_netem_qopt.duplicate', HEAD, 16),
        _share(
            'duplicate_correlation', 'How much a duplicate depends on the last one.', 'TCA_NETEM_CORR', 1, 8
        ),
        _share(
            'reorder', 'Packets that are sent at once, before those that wait.', 'TCA_NETEM_REORDER', 3, 0
        ),
        _share(
            'reorder_correlation',
            'How much reordering depends on the previous packet.',
            'TCA_NETEM_REORDER',
            3,
            4,
        ),
        row(
            'gap',
            _LIMIT,
            'Only every Nth packet may be sent at once. With C(reorder) the default is 1.',
            'tc_netem_qopt.gap',
            HEAD,
            12,
            default=0,
        ),
        _share('corrupt', 'Packets in which a bit is changed.', 'TCA_NETEM_CORRUPT', 4, 0),
        _share(
            'corrupt_correlation',
            'How much corruption depends on the previous packet.',
            'TCA_NETEM_CORRUPT',
            4,
            4,
        ),
        row(
            'rate',
            Rate(0),
            'Rate at which packets are sent, as that of a slow wire; 0 for no limit.',
            'TCA_NETEM_RATE',
            6,
            0,
            default=0,
        ),
        row('limit', _COUNT, 'The most packets that wait.', 'tc_netem_qopt.limit', HEAD, 4, default=1000),
        row(
            'ecn',
            Boolean(),
            'Whether packets are marked in place of being dropped.',
            'TCA_NETEM_ECN',
            7,
            default=False,
        ),
    ),
    structs={HEAD: bytes(24), 1: bytes(12), 3: bytes(8), 4: bytes(8), 6: bytes(16)},
    wide={'rate': 8},
    rules=_netem_rules,
    plain=((6, 4, bytes(12)),),  # overheads of its rate
    beyond=frozenset((5, 12)),  # TCA_NETEM_LOSS, TCA_NETEM_SLOT
)

# The simple ones


def _fifo(text: str, unit: str) -> QdiscKind:
    return QdiscKind(
        text,
        Table(
            row(
                'limit',
                _LIMIT,
                'The most that waits. By default, as many packets as the C(txqueuelen) of the link.',
                'tc_fifo_qopt.limit',
                HEAD,
                unit=unit,
            )
        ),
        structs={HEAD: bytes(4)},
    )


_PRIOMAP = ('1', '2', '2', '2', '1', '2', '0', '0', '1', '1', '1', '1', '1', '1', '1', '1')


def _prio_rules(reader: Reader, values: Values) -> None:
    bands = values.get('bands', 3)
    wrong = [band for band in values.get('priomap', ()) if int(band) >= bands]
    if wrong and reader.has('priomap'):
        reader.problem(
            'priomap', 'names a band that there is not', found=wrong[0], want='less than %d' % bands
        )
    elif wrong:
        reader.problem('bands', 'is too little for the usual priomap', found=str(bands), do='give a priomap')


PRIO = QdiscKind(
    'bands, of which each is served when those before it are empty',
    Table(
        row('bands', Integer(2, 16), 'Number of bands.', 'tc_prio_qopt.bands', HEAD, 0, default=3),
        row(
            'priomap',
            Numbers(16, 15),
            'The band of each of 16 priorities.',
            'tc_prio_qopt.priomap',
            HEAD,
            4,
            RAW,
            default=_PRIOMAP,
        ),
    ),
    structs={HEAD: struct.pack('=i16x', 3)},
    rules=_prio_rules,
)
KINDS: dict[str, QdiscKind] = {
    'netem': NETEM,
    'tbf': TBF,
    'fq_codel': FQ_CODEL,
    'fq': FQ,
    'sfq': SFQ,
    'cake': CAKE,
    'htb': HTB,
    'prio': PRIO,
    'pfifo': _fifo('a queue of packets', 'packets'),
    'bfifo': _fifo('a queue of bytes', 'bytes'),
    'pfifo_head_drop': _fifo('a queue that drops its oldest packet', 'packets'),
    'noqueue': QdiscKind('no queue: packets are sent at once, or dropped'),
    'ingress': QdiscKind('a place for filters of packets that come in', place=INGRESS),
    'clsact': QdiscKind('a place for filters of packets that come in and go out', place=INGRESS),
}
