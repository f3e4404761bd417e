# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that nobody means, and other spellings of those that somebody meant."""

from __future__ import annotations

import random
import typing as t

REPLICAS = (
    0,
    1,
    2,
    3,
    3,
    17,
    200,
    4096,
    4097,
    65535,
    65536,
    10**6,
    10**9,
    10**30,
    -1,
    '7',
    '0x10',
    '1e9',
    2.0,
)
_INTEGERS = (
    *(
        0,
        -1,
        1,
        2,
        7,
        31,
        32,
        33,
        64,
        117,
        127,
        128,
        129,
        252,
        253,
        254,
        255,
        256,
        1279,
        1280,
        1500,
        4094,
        4095,
    ),
    *(32765, 32766, 32767, 65534, 65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32),
    *((1 << 63) - 1, 1 << 64, 1 << 128, -(1 << 31), -(1 << 63), 10**400, 10**5000),
)
_FRACTIONS = (0.0, -0.0, 1.0, 1.5, 1e300, float('inf'), float('-inf'), float('nan'))
_NUMBERS_IN_TEXT = (
    *(
        '0x10',
        '010',
        '0o10',
        '0b1',
        '1_000',
        '+5',
        ' 5 ',
        '-0',
        '1e9',
        '1.0',
        'nan',
        'inf',
        '\u00b2',
        '\uff11',
    ),
    *('9' * 5000, '0x' + 'f' * 5000, '9' * 300000, '-' * 5000 + '1', '0' * 100000 + '1', '1' + '_1' * 50000),
)
_ADDRESSES = (
    *('0.0.0.0/0', '0.0.0.0', '255.255.255.255', '10.0.0.1/33', '10.0.0.1/-1', '10.0.0.1/032', '010.0.0.1'),
    *('10.0.0.1/255.255.255.0', '10.0.0.1/0.0.0.255', '127.0.0.1/8', '224.0.0.1/4', '::/0', '::', '::1/128'),
    *(
        'fe80::1%eth0',
        'fe80::1/64',
        'ff02::1',
        '::ffff:10.0.0.1',
        '1:2:3:4:5:6:7:8:9',
        '::1::',
        'fd00::1/129',
    ),
    *(
        '0' * 100000 + '.0.0.1',
        ':' * 100000,
        '1.' * 50000,
        '10.0.0.1/' + '0' * 100000,
        '10.0.0.1/9' + '9' * 5000,
    ),
)
_EXPRESSIONS = (
    *('{n}', '{n+1}', '{n//0}', '{n%0}', '{n**9**9}', '{n*%s}' % ('9' * 4000), '{n' + '*n' * 3000 + '}'),
    *('{' * 3000, '}' * 3000, '{n' * 2000, '{{ n }}', '{%', '{}', '{n!r}', '{__import__("os")}', '{0}'),
    *(
        '{%sn%s}' % ('(' * 3000, ')' * 3000),
        '{%sn}' % ('-' * 50000),
        '{n+%s}' % ('0' * 50000),
        '{n ' + ' ' * 50000,
    ),
    *(
        '{10.0.0.1+n}/24',
        '{255.255.255.255+n}',
        '{10.0.0.1+n*n*n*99999999}',
        '{::+n}',
        '{ffff:%s+n}' % (':' * 50000),
    ),
    *(
        '{1.%s+n}' % ('1.' * 30000),
        '{10.0.0.1+' + '(' * 2000 + 'n}',
        '{n}' * 20000,
        '{n+' * 3000 + 'n' + '}' * 3000,
    ),
)
_RULES = (
    *(
        '-j ACCEPT\nCOMMIT\n*nat',
        '-j ACCEPT\n-A INPUT -j DROP',
        '-m comment --comment "a',
        '-A INPUT',
        '-j',
        '-p',
    ),
    *(
        '-j ' * 20000,
        '"' * 20001,
        "'" * 20001,
        '\\' * 20001,
        '-m comment --comment "%s" -j ACCEPT' % ('x' * 300),
    ),
    *(
        '! ' * 20000 + '-j ACCEPT',
        '-s 10.0.0.1' + ',10.0.0.1' * 5000 + ' -j ACCEPT',
        '--dport 22',
        '-t nat -j DROP',
    ),
)
_CONTENTS = (
    *(
        'chain c { ' * 5000,
        '}' * 5000,
        'chain c { }\n' * 3000,
        'include "/etc/passwd"',
        'define a = 1',
        '#' * 50000,
    ),
    *(
        '"' * 20001,
        'set s { type ipv4_addr; elements = { %s } }' % ('10.0.0.1, ' * 5000),
        '\\\n' * 20000,
        '$x' * 20000,
    ),
)
_WORDS = (
    *(
        '',
        ' ',
        '\0',
        '\n',
        '\r\n',
        '\t',
        '\x1b[31m',
        '\u202e',
        '\u200b',
        '\u2028',
        '\u0085',
        '\ufeff',
        '\ud800',
    ),
    *(
        '\udfff\ud800',
        'e\u0301' * 20,
        '\U0001f600',
        '\u00e0',
        ':',
        '/',
        '..',
        '../..',
        'a/b',
        '-',
        '--',
        '%d',
        '%s',
    ),
    *('host', 'all', 'default', 'lo', 'none', 'null', 'true', 'yes', 'no', 'both', 'any', 'multinet', 'eth0'),
    *(
        'veth',
        'bridge',
        'bond',
        'vlan',
        'vxlan',
        'macvlan',
        'physical',
        'INPUT',
        'nat',
        'main',
        'blackhole',
        'up',
    ),
    *('net.ipv4.ip_forward', 'net/ipv4/ip_forward', 'net.ipv4.conf.all.forwarding', 'net.' + '.' * 50000),
    *(
        'net.ipv6.conf.all.disable_ipv6',
        'kernel.panic',
        '00:00:00:00:00:00',
        'ff:ff:ff:ff:ff:ff',
        '80-90',
        '0x1/0x1',
    ),
)
# A pattern with two runs of the same characters tries all ways to divide these.
_BOMBS = (
    'a',
    '0',
    ' ',
    '-',
    '.',
    ':',
    ',',
    '_',
    'a.',
    '0-',
    '1,',
    ' \t',
    'a:',
    '0:',
    '::',
    '-a',
    '(',
    '{',
    '\n',
    '\u00e9',
)
_ENDS = ('!', '\0', '', 'a', ' ', '\n', '/', '}')
_INSERTED = (
    *_WORDS[:16],
    '{',
    '}',
    '{n}',
    '"',
    "'",
    '\\',
    ';',
    '#',
    '$',
    '`',
    ',',
    '-',
    '.',
    '/',
    ':',
    '%',
    '0',
    '!',
)


def bomb(dice: random.Random) -> str:
    """A long run of the same characters that ends otherwise."""
    return dice.choice(_BOMBS) * dice.choice((40, 3000, 100000)) + dice.choice(_ENDS)


def any_text(dice: random.Random, longest: int = 20) -> str:
    """Characters of all planes, most of them of the first."""
    limits = dice.choices((0x80, 0x300, 0xD800, 0x110000), (8, 2, 1, 1), k=dice.randint(0, longest))
    return ''.join([chr(dice.randrange(limit)) for limit in limits])


def scalar(dice: random.Random) -> t.Any:
    kind = dice.choice(
        (_WORDS, _WORDS, _INTEGERS, _INTEGERS, _ADDRESSES, _EXPRESSIONS, _FRACTIONS, None, 'bomb', 'more')
    )
    if kind is None:
        return dice.choice((None, True, False, b'10.0.0.1', any_text(dice)))
    if kind == 'bomb':
        return bomb(dice)
    if kind == 'more':
        return dice.choice(dice.choice((_RULES, _CONTENTS, _NUMBERS_IN_TEXT)))
    return dice.choice(t.cast(t.Sequence[t.Any], kind))


def new_value(dice: random.Random, depth: int = 2) -> t.Any:
    """A scalar, or a list or mapping with no more than *depth* others inside each other."""
    shape = dice.choice(('scalar', 'scalar', 'list', 'mapping')) if depth else 'scalar'
    if shape == 'scalar':
        return scalar(dice)
    members = [new_value(dice, depth - 1) for _number in range(dice.randint(0, 4))]
    if shape == 'list':
        return members
    return {dice.choice(_WORDS): member for member in members}


def near(value: t.Any, dice: random.Random) -> t.Any:
    """Another spelling or type of a value, or one close to it."""
    if isinstance(value, bool):
        return dice.choice((not value, str(value), int(value), ' yes ', 'On', 2, [value]))
    if isinstance(value, int):
        spellings = (str(value), hex(value), ' %d ' % value, '0%d' % value, float(value % 10**9), bool(value))
        return dice.choice((*spellings, -value, value + 1, value - 1, value * 1000, dice.choice(_INTEGERS)))
    if isinstance(value, str):
        return spoilt_text(dice, value)
    if isinstance(value, list):
        return dice.choice((list(reversed(value)), value + value, value[:1], tuple(value), []))
    if isinstance(value, dict):
        return dice.choice((dict(reversed(list(value.items()))), list(value), {}, str(value)))
    return scalar(dice)


def spoilt_text(dice: random.Random, text: str) -> str:
    """*text* with something put in, cut off, doubled or written otherwise."""
    cut = dice.randrange(len(text) + 1)
    way = dice.randrange(8)
    if way == 0:
        return text[:cut] + dice.choice(_INSERTED) + text[cut:]
    if way == 1:
        return text[:cut] + dice.choice(_EXPRESSIONS) + text[cut:]
    if way == 2:
        return text[:cut] + bomb(dice) + text[cut:]
    if way == 3:
        return text[:cut] + dice.choice(_NUMBERS_IN_TEXT)
    if way == 4:
        return dice.choice((text[:cut], text[cut:], text[::-1], text + text, text * 1000))
    if way == 5:
        return dice.choice((text.upper(), text.title(), ' %s ' % text, text + '\n', '\t' + text, text + '\0'))
    if way == 6:
        return text[:cut] + any_text(dice, 3) + text[cut:]
    return dice.choice(dice.choice((_RULES, _CONTENTS, _ADDRESSES, _WORDS)))
