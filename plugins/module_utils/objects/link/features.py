# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of links, and settings of them, that the running kernel lacks."""

from __future__ import annotations

import errno
import os
import typing as t

from ...kernel import namespaces, netlink
from ..attribute import Value
from ..operation import Features, Operation
from . import codec
from .kinds import KINDS
from .value import Link

EVERYWHERE = tuple(name for name, kind in KINDS.items() if kind.everywhere)
Setting = tuple[str, str, Value]
"""(kind, setting, value)"""


def missing_kind(kind: str) -> str:
    module = KINDS[kind].module
    return 'this kernel has no links of kind %s: install or load its module %s (modprobe %s)' % (
        kind,
        module,
        module,
    )


def features_of(links: t.Iterable[Link]) -> Features:
    """The kinds of links that not every kernel has, and the settings that not every kernel takes."""
    kinds: set[str] = set()
    settings: set[Setting] = set()
    for link in links:
        kinds.add(link.kind)
        known = KINDS[link.kind].settings
        settings.update(
            (link.kind, key, value)
            for key, value in link.settings
            if known[key].needs and value != known[key].default
        )
    return Features(frozenset(kinds - set(EVERYWHERE)), frozenset(settings))


def missing_features(ops: t.Iterable[Operation]) -> list[str]:
    """What operations need that this kernel does not have, as problems; asked in a throw-away namespace."""
    needs = [(op, op.features) for op in ops]
    needs = [(op, features) for op, features in needs if features != Features()]
    if not needs:
        return []
    kinds = frozenset().union(*(features.kinds for _op, features in needs))
    settings = frozenset().union(*(features.settings for _op, features in needs))
    refused_kinds, refused_settings = namespaces.in_thread(lambda: _refused(kinds, settings))
    missing = sorted(refused_kinds & kinds)
    problems = ['links of kind %s: %s' % (kind, missing_kind(kind)) for kind in missing]
    for op, features in needs:
        for kind, key, _value in sorted(features.settings & refused_settings):
            needed = KINDS[kind].settings[key].needs
            problems.append(
                '%s: this kernel takes no %s (found %s without %s, want one that has it); '
                'boot such a kernel, or leave %s out' % (op.subject, key, os.uname().release, needed, key)
            )
    return problems


def _refused(kinds: frozenset[str], settings: frozenset[Setting]) -> tuple[set[str], set[Setting]]:
    """Those kinds, and those settings of a kind, that the kernel does not support."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    refused_kinds: set[str] = set()
    refused_settings: set[Setting] = set()
    try:
        with namespaces.entered(fd, home), netlink.Socket() as sock:
            for kind in sorted(kinds | {kind for kind, _key, _value in settings}):
                errors = sock.write([codec.new_link(codec.Placed(Link('', 'probe', kind)))])
                if errors and errors[0].errno == errno.EOPNOTSUPP:
                    refused_kinds.add(kind)
                elif not errors:
                    refused_settings |= _refused_settings(sock, kind, settings)
            return refused_kinds, refused_settings
    finally:
        os.close(fd)
        os.close(home)


def _refused_settings(sock: netlink.Socket, kind: str, settings: t.Iterable[Setting]) -> set[Setting]:
    """Tried on the link ``probe`` of that kind, which is then removed."""
    index = next(link.index for link in codec.dump_links(sock) if link.name == 'probe')
    refused: set[Setting] = set()
    for setting in settings:
        if setting[0] != kind:
            continue
        errors = sock.write([codec.set_settings(index, kind, (setting[1:],))])
        if any(error.errno == errno.EOPNOTSUPP for error in errors.values()):
            refused.add(setting)
    sock.write([codec.delete_link(index)])
    return refused
