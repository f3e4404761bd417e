# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The short form of queueing disciplines, in the entry of a link or of ``qdiscs``."""

from __future__ import annotations

from ..attribute import Attribute, Table
from ..route.schema import Prefix
from .types import Percent, Rate, Time

_LONGEST = (1 << 40) - 1
_SLOWEST, _FASTEST = 125, 62_500_000_000  # bytes a second that a tbf can have with its usual burst
SHORT = Table(
    Attribute(
        'limit',
        Rate(_SLOWEST, _FASTEST),
        'Rate at which the link sends at most, such as V(100mbit), by a V(tbf).',
    ),
    Attribute(
        'delay',
        Time(0, _LONGEST),
        'Time that each packet waits before it is sent, such as V(20ms), by a V(netem).',
    ),
    Attribute(
        'jitter',
        Time(0, _LONGEST),
        'Random variation: the most by which the delay of a packet differs from C(delay), such as V(5ms).',
    ),
    Attribute('loss', Percent(), 'Packets that are dropped, such as V(1%), by a V(netem).'),
    Attribute('reorder', Percent(), 'Packets that are sent at once in place of waiting for C(delay).'),
    Attribute('duplicate', Percent(), 'Packets that are sent twice, by a V(netem).'),
    Attribute('corrupt', Percent(), 'Packets in which a bit is changed, by a V(netem).'),
)
"""The short form."""

PAIR = Table(
    Attribute('from', Prefix(), 'Only for packets from these addresses, ADDRESS/LENGTH.', field='source'),
    Attribute('to', Prefix(), 'Only for packets to these addresses, ADDRESS/LENGTH.'),
)
"""What entries of ``qdiscs`` may have beside it."""
