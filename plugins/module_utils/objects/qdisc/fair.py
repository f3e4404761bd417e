# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines that are fair to flows.

Sources: linux/include/uapi/linux/pkt_sched.h and net/sched/sch_*.c.
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import S32, U32, U64
from ...values.reading import Reader
from ..attribute import Boolean, Choice, Integer, Table, Value
from .kind import HEAD, QdiscKind, Values, row
from .types import CodelTime, Rate, RateOrNone, Size, Time

_COUNT = Integer(1, 0x7FFFFFFF)
FQ_CODEL = QdiscKind(
    'fair to flows, and keeps queues short',
    Table(
        row('limit', _COUNT, 'The most packets that wait.', 'TCA_FQ_CODEL_LIMIT', 2, default=10240),
        row(
            'flows',
            Integer(1, 65536),
            'Number of queues for flows.',
            'TCA_FQ_CODEL_FLOWS',
            5,
            default=1024,
            immutable=True,
        ),
        row(
            'target',
            CodelTime(1, 60_000_000, 1000),
            'How long packets may wait.',
            'TCA_FQ_CODEL_TARGET',
            1,
            default=5000,
        ),
        row(
            'interval',
            CodelTime(1, 60_000_000, 1000),
            'Interval within which the delay must fall below C(target).',
            'TCA_FQ_CODEL_INTERVAL',
            3,
            default=100_000,
        ),
        row(
            'quantum',
            Integer(256, 1 << 20),
            'Bytes that a flow may send per round. By default, the MTU of the link with its header.',
            'TCA_FQ_CODEL_QUANTUM',
            6,
            unit='bytes',
        ),
        row(
            'ecn',
            Boolean(),
            'Whether packets are marked in place of being dropped.',
            'TCA_FQ_CODEL_ECN',
            4,
            default=True,
        ),
        row(
            'ce_threshold',
            CodelTime(0, 60_000_000, 1000),
            'Packets that have waited longer are marked. By default, none.',
            'TCA_FQ_CODEL_CE_THRESHOLD',
            7,
        ),
        row(
            'memory_limit',
            Size(1, 1 << 31),
            'The most memory that waiting packets take.',
            'TCA_FQ_CODEL_MEMORY_LIMIT',
            9,
            default=32 << 20,
        ),
        row(
            'drop_batch',
            Integer(1, 1024),
            'The most packets to drop at once.',
            'TCA_FQ_CODEL_DROP_BATCH_SIZE',
            8,
            default=64,
        ),
    ),
    sticky=frozenset(('ce_threshold',)),
    plain=((10, 0, bytes(1)), (11, 0, bytes(1))),  # TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR, _MASK
)
# From TCA_FQ_BUCKETS_LOG on; _FLOW_REFILL_DELAY, _LOW_RATE_THRESHOLD, _CE_THRESHOLD, _HORIZON, _HORIZON_DROP.
_FQ_NUMBERS = ((8, 10), (9, 40000), (11, 68750), (12, 0xFFFFFFFF), (14, 10_000_000))
_FQ_PLAIN = (*((number, 0, U32.pack(value)) for number, value in _FQ_NUMBERS), (15, 0, b'\1'))
FQ = QdiscKind(
    'fair to flows of this host, each of which is paced',
    Table(
        row('limit', _COUNT, 'The most packets that wait.', 'TCA_FQ_PLIMIT', 1, default=10000),
        row(
            'flow_limit',
            _COUNT,
            'The most packets of a flow that wait.',
            'TCA_FQ_FLOW_PLIMIT',
            2,
            default=100,
        ),
        row(
            'quantum',
            Integer(256, 1 << 20),
            'Bytes that a flow may send per round. By default, twice the MTU of the link.',
            'TCA_FQ_QUANTUM',
            3,
            unit='bytes',
        ),
        row(
            'initial_quantum',
            Integer(1, 0x7FFFFFFF),
            'Bytes that a new flow may send in its first round. By default, ten times the MTU of the link.',
            'TCA_FQ_INITIAL_QUANTUM',
            4,
            unit='bytes',
        ),
        row('pacing', Boolean(), 'Whether flows are paced.', 'TCA_FQ_RATE_ENABLE', 5, default=True),
        row(
            'maxrate',
            RateOrNone(),
            'The highest rate of a flow. By default, none.',
            'TCA_FQ_FLOW_MAX_RATE',
            7,
        ),
        row(
            'orphan_mask',
            Integer(1, 0x7FFFFFFF),
            'Packets without a socket are spread over at most this many flows, plus one.',
            'TCA_FQ_ORPHAN_MASK',
            10,
            default=1023,
        ),
    ),
    sticky=frozenset(('maxrate',)),
    plain=_FQ_PLAIN,
)


class _SfqQuantum(Integer):
    def from_kernel(self, value: t.Any) -> Value | None:
        """In a request, 0 leaves it to the kernel."""
        return int(value) or None


def _sfq_rules(reader: Reader, values: Values) -> None:
    """What the kernel makes of sizes that do not fit each other (sfq_change)."""
    if values['divisor'] & values['divisor'] - 1:
        reader.problem('divisor', 'is not a power of two', found=str(values['divisor']))
    flows = min(values['flows'], values['divisor'])
    values['limit'] = min(values['limit'], values['depth'] * flows)
    values['flows'] = min(flows, values['limit'])


SFQ = QdiscKind(
    'fair to flows, by a hash that changes',
    Table(
        row(
            'limit',
            Integer(2, 0x7FFFFFFF),
            'The most packets that wait.',
            'tc_sfq_qopt.limit',
            HEAD,
            8,
            default=127,
        ),
        row(
            'quantum',
            _SfqQuantum(256, 1 << 20),
            'Bytes that a flow may send per round. By default, the MTU of the link with its header.',
            'tc_sfq_qopt.quantum',
            HEAD,
            0,
            unit='bytes',
        ),
        row(
            'perturb',
            Integer(0, 86400),
            'Time after which the hash changes; 0 for never.',
            'tc_sfq_qopt.perturb_period',
            HEAD,
            4,
            S32,
            default=0,
            unit='seconds',
        ),
        row(
            'divisor',
            Integer(1, 65536),
            'Size of the hash table, a power of two.',
            'tc_sfq_qopt.divisor',
            HEAD,
            12,
            default=1024,
        ),
        row('flows', Integer(1, 65408), 'The most flows.', 'tc_sfq_qopt.flows', HEAD, 16, default=127),
        row(
            'depth',
            Integer(1, 127),
            'The most packets of a flow.',
            'tc_sfq_qopt_v1.depth',
            HEAD,
            20,
            default=127,
        ),
        row(
            'headdrop',
            Boolean(),
            'Whether the oldest packet of a flow is dropped, not the newest.',
            'tc_sfq_qopt_v1.headdrop',
            HEAD,
            24,
            default=False,
        ),
    ),
    structs={HEAD: bytes(72)},
    rules=_sfq_rules,
    plain=((HEAD, 32, bytes(16)),),  # what makes it red
    in_place=False,
)


def _cake_rules(reader: Reader, values: Values) -> None:
    if not reader.has('target'):
        values['target'] = max(values['rtt'] // 20, 1)  # as tc(8) does


# TCA_CAKE_ATM, _OVERHEAD, _AUTORATE, _MPU and _FWMARK
_CAKE_PLAIN = tuple([(number, 0, bytes(4)) for number in (4, 6, 9, 14, 18)])
CAKE = QdiscKind(
    'shapes a link and is fair to hosts and flows',
    Table(
        row(
            'bandwidth',
            Rate(0),
            'Rate of the link; 0 for no limit.',
            'TCA_CAKE_BASE_RATE64',
            2,
            0,
            U64,
            default=0,
        ),
        row(
            'diffserv',
            Choice(dict(zip(('diffserv3', 'diffserv4', 'diffserv8', 'besteffort', 'precedence'), range(5)))),
            'How packets are divided by their DSCP.',
            'TCA_CAKE_DIFFSERV_MODE',
            3,
            default='diffserv3',
        ),
        row(
            'flow_mode',
            Choice(
                {
                    'flowblind': 0,
                    'srchost': 1,
                    'dsthost': 2,
                    'hosts': 3,
                    'flows': 4,
                    'dual-srchost': 5,
                    'dual-dsthost': 6,
                    'triple-isolate': 7,
                }
            ),
            'How flows are isolated from each other.',
            'TCA_CAKE_FLOW_MODE',
            5,
            default='triple-isolate',
        ),
        row(
            'rtt',
            Time(1, 60_000_000, 1000),
            'Round-trip time that it is tuned for.',
            'TCA_CAKE_RTT',
            7,
            default=100_000,
        ),
        row(
            'target',
            Time(1, 60_000_000, 1000),
            'How long packets may wait. By default, a twentieth of C(rtt).',
            'TCA_CAKE_TARGET',
            8,
            default=5000,
        ),
        row(
            'nat',
            Boolean(),
            'Whether hosts behind NAT are distinguished, by looking up their addresses in conntrack.',
            'TCA_CAKE_NAT',
            11,
            default=False,
        ),
        row('wash', Boolean(), 'Whether the DSCP of packets is cleared.', 'TCA_CAKE_WASH', 13, default=False),
        row(
            'ingress',
            Boolean(),
            'Whether it shapes incoming packets, so that dropped ones also count towards the rate.',
            'TCA_CAKE_INGRESS',
            15,
            default=False,
        ),
        row(
            'ack_filter',
            Choice({'no-ack-filter': 0, 'ack-filter': 1, 'ack-filter-aggressive': 2}),
            'Whether acknowledgements that a later one contains are dropped.',
            'TCA_CAKE_ACK_FILTER',
            16,
            default='no-ack-filter',
        ),
        row(
            'split_gso',
            Boolean(),
            'Whether large packets are divided.',
            'TCA_CAKE_SPLIT_GSO',
            17,
            default=True,
        ),
        row(
            'memlimit',
            Size(0, 0xFFFFFFFF),
            'The most memory that waiting packets take; 0 for what suits the rate.',
            'TCA_CAKE_MEMORY',
            10,
            default=0,
        ),
    ),
    rules=_cake_rules,
    plain=_CAKE_PLAIN,
)
