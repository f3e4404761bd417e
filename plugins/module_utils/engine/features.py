# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kinds of links, and settings of them, the running kernel does not have."""

from __future__ import annotations

import errno
import os
import typing as t

from ..kernel import namespaces, netlink
from ..objects import decode as dumps
from ..objects import encode
from ..objects.attribute import Settings, Value
from ..objects.link.kinds import KINDS
from ..objects.link.value import Link
from ..objects.operation import Op

EVERYWHERE = ('veth', 'bridge')  # asking costs time, and no kernel with namespaces was seen without them


def missing_kind(kind: str) -> str:
    return 'this kernel has no links of kind %s: install or load its module %s (modprobe %s)' % (
        kind,
        KINDS[kind].module,
        KINDS[kind].module,
    )


def _features(op: Op) -> tuple[set[str], set[tuple[str, str, Value]]]:
    """The kinds of link that an operation makes, and the settings of links that not every kernel takes."""
    found: list[tuple[str, Settings]] = []
    if op.kind == 'link' and op.after is not None:
        found = [(link.kind, link.settings) for link in op.after]
    elif op.kind == 'set' and op.after[1].get('settings'):
        found = [op.after[1]['settings']]
    settings = {
        (kind, key, value)
        for kind, values in found
        for key, value in values
        if KINDS[kind].settings[key].needs and value != KINDS[kind].settings[key].default
    }
    kinds = {kind for kind, _values in found} if op.kind == 'link' else set()
    return kinds - set(EVERYWHERE), settings


def lacking(ops: t.Iterable[Op]) -> list[str]:
    """What the links of a plan need that this kernel does not have, as problems; asked in a throw-away namespace."""
    needs = [(op, *_features(op)) for op in ops if op.kind in ('link', 'set')]
    kinds = {kind for _op, kinds, _settings in needs for kind in kinds}
    settings = {setting for _op, _kinds, settings in needs for setting in settings}
    if not kinds and not settings:
        return []
    refused = namespaces.in_thread(lambda: _refused(kinds, settings))
    problems = ['links of kind %s: %s' % (kind, missing_kind(kind)) for kind in sorted(kinds & refused)]
    for op, _kinds, wanted in needs:
        for kind, key, _value in sorted(wanted & refused):
            problems.append(
                '%s: this kernel takes no %s (found %s without %s, want one that has it); boot such a kernel, or leave %s out'
                % (op.subject, key, os.uname().release, KINDS[kind].settings[key].needs, key)
            )
    return problems


def _refused(kinds: set[str], settings: set[tuple[str, str, Value]]) -> set[t.Any]:
    """Those kinds, and those settings of a kind, that the kernel does not support."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    refused: set[t.Any] = set()
    try:
        with namespaces.entered(fd, home), netlink.Socket() as sock:
            for kind in sorted(kinds | {kind for kind, _key, _value in settings}):
                errors = sock.write([encode.new_link(encode.Placed(Link('', 'probe', kind)))])
                if errors and errors[0].errno == errno.EOPNOTSUPP:
                    refused.add(kind)
                elif not errors:
                    index = next(link.index for link in dumps.links(sock) if link.name == 'probe')
                    for one in settings:
                        if one[0] == kind:
                            answer = sock.write([encode.set_settings(index, kind, (one[1:],))])
                            refused |= {one for error in answer.values() if error.errno == errno.EOPNOTSUPP}
                    sock.write([encode.delete_link(index)])
            return refused
    finally:
        os.close(fd)
        os.close(home)


__all__ = ['EVERYWHERE', 'lacking', 'missing_kind']
