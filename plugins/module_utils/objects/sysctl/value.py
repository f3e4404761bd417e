# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings below /proc/sys/net, which every namespace has its own of."""

from __future__ import annotations

import dataclasses

from ...values.names import canonical_value
from ...values.problems import Problems
from ...values.reading import plain, shown


@dataclasses.dataclass(frozen=True)
class Sysctl:
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

    @property
    def name(self) -> str:
        return '.'.join(part.replace('.', '/') for part in self.key.split('/'))

    def lines(self) -> list[str]:
        return ['%s = %s' % (self.name, self.value)]


def path_of_key(key: str) -> str:
    """A key as sysctl(8) takes it, as a path: dots and slashes change places when a dot stands first."""
    first = next((letter for letter in key if letter in './'), '.')
    if first == '/':
        return key
    return key.translate({ord('.'): '/', ord('/'): '.'})


def read_sysctls(data: dict[object, object], path: str, problems: Problems, namespace: str) -> list[Sysctl]:
    """The mapping ``sysctls``. A key that begins with "-" is optional, as in sysctl.d(5)."""
    found: dict[str, Sysctl] = {}
    for raw, value in data.items():
        key = (plain(raw) or '').strip()
        where = '%s[%s]' % (path, key or shown(raw))
        optional = key.startswith('-')
        below = path_of_key(key.lstrip('-'))
        parts = below.split('/')
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
        if isinstance(value, bool):
            value = int(value)
        text = canonical_value(plain(value) or '')
        if not text or '\0' in text:
            problems.add(where, 'has no value that a file in /proc can hold', found=shown(value))
            continue
        if below in found:
            problems.add(where, 'is set twice, here and as %s' % found[below].name)
            continue
        found[below] = Sysctl(namespace, below, text, optional)
    return list(found.values())
