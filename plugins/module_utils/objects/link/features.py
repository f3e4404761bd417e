# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of links, and settings of them, that the running kernel lacks."""

from __future__ import annotations

import errno
import os
import typing as t

from ...kernel import namespaces, netlink
from ...kernel.tun import has_tun
from ..attribute import Attribute, Settings, Table
from ..operation import Features, Operation
from . import codec
from .bridge_port import PORT
from .kinds import KINDS
from .types import LinkOfSame
from .value import Link
from .vlans import VLANS, taken_apart
from .vlans_codec import add_vlans, set_vlans

EVERYWHERE = tuple(name for name, kind in KINDS.items() if kind.everywhere)
_PROBE, _OTHER = 'probe', 'other'
_ANY_VLANS = ('7',)


class LinkTrial(t.NamedTuple):
    """Settings that are tried together, and the names of those that not every kernel has.

    ``kind`` is that of the link; with ``is_port`` the settings are those of a port of such a link.
    """

    kind: str
    settings: Settings
    names: tuple[str, ...]
    is_port: bool = False

    @property
    def table(self) -> Table:
        return PORT if self.is_port else KINDS[self.kind].settings

    def without(self, names: t.Container[str]) -> LinkTrial:
        return self._replace(settings=tuple(pair for pair in self.settings if pair[0] not in names))


def missing_kind(kind: str) -> str:
    module = KINDS[kind].module
    return 'this kernel has no links of kind %s: install or load its module %s (modprobe %s)' % (
        kind,
        module,
        module,
    )


def _trial_of(kind: str, settings: Settings, is_port: bool = False) -> list[LinkTrial]:
    """What is to be tried of settings; nothing if every kernel has them."""
    table = PORT if is_port else KINDS[kind].settings
    # That there are no VLANs every kernel takes.
    names = tuple(key for key, value in settings if table[key].needs and value not in (table[key].usual, ()))
    return [LinkTrial(kind, _to_try(table, settings), names, is_port)] if names else []


def _to_try(table: Table, settings: Settings) -> Settings:
    """The settings without names of other links, and with any VLAN in place of those that are wanted."""
    settings = tuple((name, _ANY_VLANS if name == VLANS else value) for name, value in settings)
    return tuple(pair for pair in settings if not isinstance(table[pair[0]].type, LinkOfSame))


def features_of(links: t.Iterable[Link]) -> Features:
    """The kinds of links that not every kernel has, and the settings that not every kernel takes."""
    kinds: set[str] = set()
    trials: set[LinkTrial] = set()
    for link in links:
        kinds.add(link.kind)
        trials.update(_trial_of(link.kind, link.settings))
    return Features(frozenset(kinds - set(EVERYWHERE)), frozenset(trials))


def features_of_change(fields: t.Mapping[str, t.Any]) -> Features:
    """The same for fields of a link that change, as SetLink has them."""
    kind, settings = fields.get('settings', ('', ()))
    trials = _trial_of(kind, settings) if settings else []
    return Features(trials=frozenset(trials + _trial_of('bridge', fields.get('port', ()), is_port=True)))


def missing_features(ops: t.Iterable[Operation]) -> list[str]:
    """What operations need that this kernel does not have, as problems; asked in a throw-away namespace."""
    needs = [(op, op.features) for op in ops]
    needs = [(op, features) for op, features in needs if features != Features()]
    if not needs:
        return []
    kinds = frozenset().union(*(features.kinds for _op, features in needs))
    trials = frozenset().union(*(features.trials for _op, features in needs))
    refused_kinds, refused = namespaces.in_thread(lambda: _refused(kinds, trials))
    missing = sorted(refused_kinds & kinds)
    problems = ['links of kind %s: %s' % (kind, missing_kind(kind)) for kind in missing]
    for op, features in needs:
        for trial in sorted(features.trials):
            problems += [_lacks(op, trial.table[name]) for name in refused.get(trial, ())]
    return problems


def _lacks(op: Operation, attribute: Attribute) -> str:
    release, needs = os.uname().release, attribute.needs
    if needs.startswith('Linux '):
        found = 'found %s, want %s or newer' % (release, needs)
    else:
        found = 'found %s without %s, want one that has it' % (release, needs)
    return '%s: this kernel does not support %s (%s); boot one that does, or leave %s out' % (
        op.subject,
        attribute.key,
        found,
        attribute.key,
    )


def _refused(
    kinds: frozenset[str], trials: frozenset[LinkTrial]
) -> tuple[set[str], dict[LinkTrial, list[str]]]:
    """Those kinds, and by trial those settings, that the kernel does not support."""
    home = namespaces.open_current()
    fd = namespaces.create_anonymous(home)
    refused_kinds: set[str] = set()
    try:
        with namespaces.entered(fd, home), netlink.NetlinkSocket() as sock:
            for kind in sorted(kinds):
                if KINDS[kind].by_ioctl:
                    refused_kinds.update(() if has_tun() else (kind,))
                    continue
                errors = sock.write([codec.new_link(codec.ResolvedLink(Link('', _PROBE, kind)))])
                if errors and errors[0].errno == errno.EOPNOTSUPP:
                    refused_kinds.add(kind)
                elif not errors:
                    _remove(sock, _PROBE)
            tried = [trial for trial in trials if trial.kind not in refused_kinds]
            return refused_kinds, {trial: _refused_settings(sock, trial) for trial in tried}
    finally:
        os.close(fd)
        os.close(home)


def _refused_settings(sock: netlink.NetlinkSocket, trial: LinkTrial) -> list[str]:
    """The settings that the kernel refuses as unknown, or ignores, which it does with attributes that it does
    not know (nla_parse_nested_deprecated). Why else it refuses them all is not found out here."""
    found = _try(sock, trial)
    if found or (found is not None and len(trial.names) == 1):
        return [name for name in trial.names if name not in found]
    refused = []
    for name in trial.names:
        found = _try(sock, trial.without([other for other in trial.names if other != name]))
        if found is not None and name not in found:
            refused.append(name)
    return refused


def _try(sock: netlink.NetlinkSocket, trial: LinkTrial) -> t.Collection[str] | None:
    """The names of settings that a link shows which is made with those of a trial: none if it is refused
    because of a feature, None if it is refused because of something else."""
    below = codec.new_link(
        codec.ResolvedLink(Link('', _OTHER, 'veth')), codec.ResolvedLink(Link('', 'far', 'veth'))
    )
    sock.write([below])
    try:
        index = _index(sock, _OTHER)
        lower = index if KINDS[trial.kind].parent else None
        settings = () if trial.is_port else trial.settings
        link = Link('', _PROBE, trial.kind, settings=settings)
        errors = sock.write([codec.new_link(codec.ResolvedLink(link, lower=lower))])
        if not errors:
            errors = _set_later(sock, trial, index)
        if errors:
            return () if any(error.errno == errno.EOPNOTSUPP for error in errors.values()) else None
        links = codec.dump_links(sock)
        add_vlans(sock, links)
        found = {each.name: each.fields for each in links}
        return dict(found[_OTHER]['port'] if trial.is_port else found[_PROBE]['settings'])
    finally:
        for name in (_PROBE, _OTHER):
            _remove(sock, name)


def _set_later(sock: netlink.NetlinkSocket, trial: LinkTrial, index: int) -> dict[int, netlink.KernelError]:
    """Set what no request that makes a link takes; *index* is the link that becomes a port."""
    settings, vlans = taken_apart(trial.settings)
    probe = _index(sock, _PROBE)
    messages = []
    if trial.is_port:
        messages.append(codec.set_link(index, master=probe))
        messages += [codec.set_port(index, settings)] if settings else []
    if vlans is not None:
        messages += set_vlans(index if trial.is_port else probe, not trial.is_port, vlans)
    return sock.write(messages)


def _index(sock: netlink.NetlinkSocket, name: str) -> int:
    return next(link.index for link in codec.dump_links(sock) if link.name == name)


def _remove(sock: netlink.NetlinkSocket, name: str) -> None:
    for link in codec.dump_links(sock):
        if link.name == name:
            sock.write([codec.delete_link(link.index)])
