# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that hardly make sense in a document: as strategies of Hypothesis, and by dice, which are much
faster."""

from __future__ import annotations

import random
import typing as t

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# The same examples in every run; nothing is kept in the clone.
EXAMPLES = settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
KEYS = sorted(
    'action address addresses autojoin broadcast chain content cost create dad dev dport dstport'
    ' exclusive family forward_delay from goto hoplimit id iif invert ipproto iptables iptables_mode'
    ' isolated kind label link link_namespace links local mac mark master metric mngtmpaddr mode mtu name'
    ' namespace namespaces nexthops nftables nsid oif onlink optimistic peer policy port prefix_route'
    ' priority remote replicas routes rules scope sport src state stp suppress_prefixlength sysctls table'
    ' to tos txqueuelen type uidrange valid_lifetime via weight'.split()
)
WORDS = sorted(
    (
        '',
        ' ',
        '\0',
        '\n',
        '\u00e0',
        ':',
        '-j ACCEPT',
        *'lab br0 eth0 red red{n} {n//0} {10.0.0.1+n}/24 host all lo .. a/b'.split(),
        *'veth bridge macvlan vxlan vlan physical up down'.split(),
        *'10.0.0.1 10.0.0.1/24 10.0.0.0/24 fd00::1/64 fe80::1%eth0 default ::/0 0.0.0.0/0'.split(),
        *'0x10/0xf0 80-90 blackhole goto ipv4 ipv6 both INPUT nat filter DROP net.ipv4.ip_forward'.split(),
    )
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 300),
    st.floats(),
    st.text(max_size=20),
    st.text(st.characters(), max_size=5),
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(KEYS), st.sampled_from(WORDS), st.text(max_size=5)), inner, max_size=6
        ),
    ),
    max_leaves=30,
)


def text(dice: random.Random, longest: int) -> str:
    """Characters of all planes, most of them of the first."""
    limits = dice.choices((0x80, 0x300, 0xD800, 0x110000), (8, 2, 1, 1), k=dice.randint(0, longest))
    numbers = [dice.randrange(limit) for limit in limits]
    return ''.join(chr(number) for number in numbers if not 0xD800 <= number < 0xE000)


def scalar(dice: random.Random) -> t.Any:
    return dice.choice(
        (
            lambda: None,
            lambda: dice.random() < 0.5,
            lambda: dice.randint(-(1 << 65), 1 << 65),
            lambda: dice.randint(-2, 300),
            lambda: dice.choice((0.0, -1.5, 1e300, float('inf'), float('nan'))),
            lambda: text(dice, 20),
            lambda: dice.choice(WORDS),
            lambda: dice.choice(WORDS),
        )
    )()


def value(dice: random.Random, depth: int = 3) -> t.Any:
    """A scalar, a list or an object, with no more than *depth* of the last two inside each other."""
    shape = dice.choice(('scalar', 'scalar', 'list', 'object')) if depth else 'scalar'
    if shape == 'list':
        return [value(dice, depth - 1) for _number in range(dice.randint(0, 4))]
    if shape == 'object':
        return an_object(dice, depth - 1, dice.choice((KEYS, WORDS)))
    return scalar(dice)


def an_object(dice: random.Random, depth: int = 3, keys: t.Sequence[str] = KEYS) -> dict[str, t.Any]:
    names = [dice.choice(keys) for _number in range(dice.randint(0, 8))]
    return {name: value(dice, depth) for name in names}
