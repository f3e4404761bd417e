# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings below /proc/sys/net, which every namespace has its own of."""

from __future__ import annotations

import re
import typing as t

from ...values.names import canonical_ip, canonical_value
from ...values.problems import Problems
from ...values.reading import plain, shown
from .switches import one_name


class Sysctl(t.NamedTuple):
    """``key`` is the path below /proc/sys. An ``optional`` one is only set where the kernel has it."""

    namespace: str
    key: str
    value: str
    optional: bool = False

    @property
    def link(self) -> str:
        """The link that the setting belongs to; '' for one of the whole namespace."""
        parts = self.key.split('/')
        if len(parts) > 4 and parts[2] in ('conf', 'neigh') and parts[3] not in ('all', 'default'):
            return parts[3]
        return ''

    def is_like(self, value: str | None) -> bool:
        """Whether the kernel takes another value for the same."""
        return meaning(self.key, self.value) == meaning(self.key, value)

    def is_one_with(self, key: str, value: str) -> bool:
        """Whether another declaration says the same of the same setting."""
        return self.key == key and self.is_like(value)

    @property
    def switches_ipv6_off(self) -> bool:
        """Whether the kernel drops with it what links have of IPv6."""
        is_switch = self.key.startswith('net/ipv6/conf/') and self.key.endswith('/disable_ipv6')
        return is_switch and not self.is_like('0')

    @property
    def name(self) -> str:
        return name_of(self.key)

    def lines(self) -> list[str]:
        return ['%s = %s' % (self.name, self.value)]


_PORTS = re.compile(r'[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*')
_FASTOPEN_KEY = '([0-9a-fA-F]{1,8}-){3}[0-9a-fA-F]{1,8}'
_FASTOPEN_KEYS = re.compile('%s(,%s)?' % (_FASTOPEN_KEY, _FASTOPEN_KEY))
_NUMBER = re.compile(r'-?(0[xX][0-9a-fA-F]{1,100}|[0-9]{1,100})')


def meaning(key: str, value: str | None) -> t.Any:
    """What the kernel makes of the value of a setting: two spellings of one value have the same meaning.

    Lists of ports may overlap and come in any order (proc_do_large_bitmap), masks of processors are
    hexadecimal without a prefix (proc_do_cpumask and its like), numbers may be octal or hexadecimal
    (simple_strtoul).
    """
    if value is None:
        return None
    if key.endswith('_ports'):
        return _ports(value)
    if key.endswith(('_mask', '_bitmap')):
        digits = value.replace(',', '')
        return int(digits, 16) if re.fullmatch('[0-9a-fA-F]+', digits) else value
    if key.endswith('/stable_secret'):
        return canonical_ip(value) or value
    if key.endswith('/tcp_fastopen_key'):
        return _fastopen_keys(value)
    words = value.split()
    return tuple([_number(word) for word in words])


def _fastopen_keys(value: str) -> t.Any:
    """One key or two of four numbers each, with or without leading zeros (proc_tcp_fastopen_key)."""
    if not _FASTOPEN_KEYS.fullmatch(value):
        return value
    return tuple([int(part, 16) for part in re.split('[-,]', value)])


def _ports(value: str) -> t.Any:
    """Whole ranges as pairs, joined where they touch; a text that is no list of ports stays one."""
    if not value:
        return ()
    if not _PORTS.fullmatch(value):
        return value
    joined: list[tuple[int, int]] = []
    for first, last in sorted(_range(part) for part in value.split(',')):
        if joined and first <= joined[-1][1] + 1:
            first, last = joined[-1][0], max(last, joined.pop()[1])
        joined.append((first, last))
    return tuple(joined)


def _range(text: str) -> tuple[int, int]:
    first, _dash, last = text.partition('-')
    return int(first), int(last or first)


def _number(word: str) -> int | str:
    if not _NUMBER.fullmatch(word):
        return word
    sign, digits = (-1, word[1:]) if word.startswith('-') else (1, word)
    is_octal = digits.startswith('0') and not digits.startswith(('0x', '0X'))
    try:
        return sign * int(digits, 8 if is_octal else 0)
    except ValueError:  # a digit that octal numbers do not have
        return word


def name_of(key: str) -> str:
    """A path as sysctl(8) prints it."""
    return '.'.join(part.replace('.', '/') for part in key.split('/'))


def path_of_key(key: str) -> str:
    """A key as sysctl(8) takes it, as a path: dots and slashes change places when a dot stands first."""
    first = next((letter for letter in key if letter in './'), '.')
    if first == '/':
        return key
    return key.translate({ord('.'): '/', ord('/'): '.'})


def read_sysctls(data: dict[object, object], path: str, problems: Problems, namespace: str) -> list[Sysctl]:
    """The mapping ``sysctls``. A key that begins with "-" is optional, as in sysctl.d(5)."""
    found: dict[str, Sysctl] = {}
    as_written: dict[str, str] = {}
    for raw, value in data.items():
        key = (plain(raw) or '').strip()
        where = '%s[%s]' % (path, key or shown(raw))
        optional = key.startswith('-')
        written = path_of_key(key.lstrip('-'))
        below, parts = one_name(written), written.split('/')
        if (
            parts[0] != 'net'
            or len(parts) < 3
            or any(part in ('', '.', '..') for part in parts)
            or not key.isprintable()
        ):
            problems.add(
                where, 'is not a sysctl of a network namespace', found=shown(raw), want='net.SOMETHING'
            )
            continue
        if below.endswith('/route/flush'):
            problems.add(where, 'holds no value: writing to it is a command', do='leave it out')
            continue
        if isinstance(value, bool):
            value = int(value)
        text = canonical_value(plain(value) or '')
        is_empty = not text and not (value == '' and below.endswith('_ports'))
        if is_empty or '\0' in text:
            problems.add(where, 'has no value that a file in /proc can hold', found=shown(value))
            continue
        first = found.get(_twin(below, found))
        if first is not None and not (as_written[first.key] != written and first.is_one_with(below, text)):
            first_name = name_of(as_written[first.key])
            values = '%s and %s' % (shown(first.value), shown(text))
            problems.add(where, 'is set twice, here and as %s' % first_name, found=values)
            continue
        as_written[below] = written
        found[below] = Sysctl(namespace, below, text, optional and (first is None or first.optional))
    return list(found.values())


def _twin(key: str, found: t.Container[str]) -> str:
    """The key under which a setting is declared already: some have one for seconds and one for
    milliseconds."""
    others = (key + '_ms', key[: -len('_ms')] if key.endswith('_ms') else key)
    return next((other for other in others if other in found), key)
