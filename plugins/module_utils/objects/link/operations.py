# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on links."""

from __future__ import annotations

import errno
import typing as t

from ...kernel import netlink
from ...values.names import End, place, whole_alias
from ..attribute import Settings, Table, Value
from ..management_path import ManagementPath
from ..operation import (
    GONE,
    STAGE_LINK,
    Access,
    BatchedOperation,
    Features,
    KernelError,
    Mention,
    Operation,
    StepFailed,
)
from . import codec
from .bridge_port import PORT
from .features import EVERYWHERE, features_of, features_of_change, missing_kind
from .kinds import KINDS, kind_of
from .order import in_order, origin_of
from .queues import queues_of
from .tunnels4 import TUNNELS_OVER_IPV4
from .tunnels6 import TUNNELS_OVER_IPV6
from .types import LinkOfSame
from .unnamed import can_change_later, set_unnamed, title
from .value import COMMON, OF_ALIAS, Link
from .vlans import taken_apart
from .vlans_codec import set_vlans
from .whole_link import WholeLink, placed

Fields = t.Mapping[str, t.Any]
"""Fields of a Link that change, by name.

``settings`` is (kind, settings), ``unnamed`` has attributes that no table names, each (kind, key, payload).
"""


class _MakesLink(WholeLink):
    @property
    def inverse(self) -> Operation:
        return DeleteLink(self.namespace, self.after, None, self.stage, self.order)


class AddLink(_MakesLink, BatchedOperation):
    """Makes a link. ``after`` is a tuple of one Link, or of both ends of a veth."""

    contained = True

    @property
    def drops_attached(self) -> bool:
        """A new port may change the hardware address of its bridge, whose neighbours go."""
        return any(link.master for link in self.after)

    @property
    def features(self) -> Features:
        return features_of(self.after)

    def advice(self, error: OSError) -> str:
        return _advice(self.after[0], error)

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        links = in_order(self.after)
        origin = origin_of(links)
        # The kernel ignores an alias in the request that creates a link (seen on 6.18): the mark follows it
        # in the same send.
        marks = [codec.set_link(link.name, mark=_alias(link)) for link in self._marked(links, origin)]
        # A kernel before 6.15 (seen on 6.12) refuses a link for another namespace if the socket's own has one
        # of that name, unless a number is asked for: then it looks for that (rtnl_newlink). Far from where
        # kernels count up it is free.
        number = 0 if links[0].namespace == origin else _free_number()
        ends = [placed(access, link, origin) for link in links]
        peer = ends[1] if len(ends) == 2 else None
        return origin, [codec.new_link(ends[0], peer, number), *marks]

    @staticmethod
    def _marked(links: t.Sequence[Link], origin: str) -> list[Link]:
        return [link for link in links if link.namespace == origin and link.mark]

    def partly_done(self, refused: t.Sequence[bool]) -> list[Operation]:
        if not refused[0]:
            return [self]
        # The mark went to a namesake that somebody else made in the meantime.
        links = in_order(self.after)
        return [
            SetLink(link.namespace, {'mark': None}, {'mark': _alias(link)}, STAGE_LINK, name=link.name)
            for link in self._marked(links, origin_of(links))
        ]


def _alias(link: Link) -> str:
    return whole_alias(link.mark, link.alias)


_OF_A_TUNNEL = 'addresses and keys'
_TWICE = {
    **dict.fromkeys((*TUNNELS_OVER_IPV4, *TUNNELS_OVER_IPV6), _OF_A_TUNNEL),
    'vxlan': 'id and port',
    'geneve': 'id, port and remote',
    'xfrm': 'if_id',
}
"""What no two links of a kind in a namespace have in common."""


def _advice(link: Link, error: OSError) -> str:
    """What to do when the kernel refuses a new link."""
    if error.errno == errno.EOPNOTSUPP and link.kind in EVERYWHERE:
        return missing_kind(link.kind)
    if error.errno in (errno.EINVAL, errno.ERANGE) and link.mtu is not None and link.parent is not None:
        return 'its MTU of %d may be more than %s/%s takes' % (
            link.mtu,
            place(link.parent[0]),
            link.parent[1],
        )
    if error.errno in (errno.EEXIST, errno.EBUSY) and link.kind in _TWICE:
        return 'another %s of this namespace has the same %s' % (link.kind, _TWICE[link.kind])
    if error.errno == errno.EINVAL and dict(link.settings).get('encap', 'none') != 'none':
        return 'encap needs the modules fou and, over IPv6, fou6 (modprobe -a fou fou6)'
    if error.errno == errno.EBUSY and kind_of(link.kind).takes_packets and link.parent is not None:
        return '%s/%s is a port, or has links of another kind on it' % (place(link.parent[0]), link.parent[1])
    return ''


class AddLinkAsFound(_MakesLink):
    """Makes a link that was found and is gone, with what no table names. ``after`` is a tuple of one Link."""

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        (link,) = self.after
        origin = origin_of(self.after)
        sock = access.socket(origin)
        new = placed(access, link, origin)
        errors = sock.write([codec.new_link_as_found(new)])
        if errors and errors[0].errno != errno.EEXIST:
            # The kernel may refuse what it has shown itself. The settings that have names are enough then.
            errors = sock.write([codec.new_link(new)])
        for error in errors.values():
            raise error
        access.forget_indexes(link.namespace)
        if link.mark and link.namespace == origin:
            sock.write([codec.set_link(link.name, mark=_alias(link))])
        access.done.append(self)


def _with_queues(link: Link) -> Link:
    """A link that was found, to be made again with as many queues."""
    return link._replace(queues=queues_of(link.kernel) or link.queues)


class DeleteLink(WholeLink):
    """Removes a link. ``before`` is a tuple of one Link, or of both ends of a veth."""

    @property
    def drops_attached(self) -> bool:
        return True

    @property
    def inverse(self) -> Operation:
        by_ioctl = kind_of(self.before[0].kind).by_ioctl
        if self.before[0].kernel and not can_change_later(self.before[0].kind) and not by_ioctl:
            return AddLinkAsFound(self.namespace, None, self.before, self.stage, self.order)
        ends = tuple([_with_queues(link) for link in self.before])
        return adding(ends)(self.namespace, None, ends, self.stage, self.order)

    def joins(self, following: Operation) -> bool:
        return isinstance(following, DeleteLink) and following.namespace == self.namespace

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        """Remove links of one namespace."""
        ends = [link for op in group for link in op.before]
        by_namespace: dict[str, dict[int, Operation]] = {}
        try:
            for op in group:
                self._locate(access, op, by_namespace)
            # Also if some fail: undo makes what is missing, and the kernel refuses what still exists.
            access.done.extend(group)
            for namespace, members in by_namespace.items():
                _delete(access.socket(namespace), members)
        finally:
            for link in ends:
                access.forget_indexes(link.namespace)

    @staticmethod
    def _locate(access: Access, op: Operation, by_namespace: dict[str, dict[int, Operation]]) -> None:
        """Find the number of a link by the first of its ends that still exists."""
        for link in op.before:
            try:
                index = access.index(link.end)
            except OSError as error:
                if error.errno not in GONE:  # else it is gone, or its namespace is
                    raise StepFailed.by(op, error) from error
                continue
            by_namespace.setdefault(link.namespace, {})[index] = op
            return


def adding(ends: tuple[Link, ...]) -> type[WholeLink]:
    """The operation that makes a link, or both ends of a veth."""
    if kind_of(ends[0].kind).by_ioctl:
        from .tun_operation import TunOperation  # rarely needed

        return TunOperation
    return AddLink


def _delete(sock: netlink.NetlinkSocket, members: t.Mapping[int, Operation]) -> None:
    """Remove links by their numbers: several as a group in one request, since each waits for a grace period.

    Not all of them at once: for so long everybody else on the host would wait for the kernel's lock (rtnl).
    """
    if len(members) > 1 and _delete_as_groups(sock, list(members)):
        return
    refused: list[StepFailed] = []
    for index, op in members.items():
        for error in sock.write([codec.delete_link(index)]).values():
            if error.errno not in GONE:
                sock.write([codec.set_link(index, group=op.before[0].group or 0)])
                refused.append(StepFailed.by(op, error))
    if refused:
        raise refused[0]


def _free_number() -> int:
    """A number far from where kernels and people count up."""
    import random  # takes time to load

    return random.randrange(1 << 30, (1 << 31) - 1)


def _delete_as_groups(sock: netlink.NetlinkSocket, indexes: list[int]) -> bool:
    """Whether all links are gone."""
    group = _free_number()
    errors: list[KernelError] = []
    for first in range(0, len(indexes), netlink.BATCH):
        requests = [codec.set_link(index, group=group) for index in indexes[first : first + netlink.BATCH]]
        errors += sock.write(requests).values()
        errors += sock.write([codec.delete_group(group)]).values()
    return all(error.errno in GONE for error in errors)


_HARMLESS = {*OF_ALIAS, 'altnames'}
_FELT_BY_NONE = {*OF_ALIAS, 'altnames', 'link_local', 'master', 'port', 'txqueuelen', 'up'}
"""Fields that no packet depends on."""


def _lines_of(fields: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The fields as the lines of a link have them (value.py:Link.lines)."""
    rows = [(COMMON[name], value) for name, value in fields.items() if name in COMMON]
    return tuple(['%s %s' % (row.key, row.type.text(value)) for row, value in rows])


class SetLink(BatchedOperation):
    """Changes a link in place: ``before`` and ``after`` are fields of Link by name."""

    name: str = ''

    compared_after_undo = True

    @property
    def contained(self) -> bool:  # type: ignore[override] # it depends on the value
        """What goes down or changes may be felt by links of other namespaces that lie on it."""
        return self.after.keys() <= _FELT_BY_NONE and bool(self.after.get('up', True))

    @property
    def subject(self) -> str:
        said = OF_ALIAS if not self.before else [name for name in OF_ALIAS if self._differs(name)]
        fields = [field for field in self.after if field not in ('unnamed', *OF_ALIAS) or field in said]
        fields += [title(key) for _kind, key, _payload in self.after.get('unnamed', ())]
        return 'link %s/%s (%s)' % (self.place, self.name, ', '.join(sorted(fields)))

    @property
    def mention(self) -> Mention:
        return Mention('link', self.name, _lines_of(self.after), _lines_of(self.before))

    def _differs(self, field: str) -> bool:
        return bool(self.before.get(field) != self.after.get(field))

    def risk(self, path: ManagementPath) -> str:
        if path.carries((self.namespace, self.name)) and set(self.after) - _HARMLESS:
            return 'carries the connection'
        joins = path.carries((self.namespace, self.after.get('master') or ''))
        return 'joins a link that carries the connection' if joins else ''

    @property
    def sets_mtu(self) -> tuple[End, int] | None:
        return ((self.namespace, self.name), self.after['mtu']) if 'mtu' in self.after else None

    @property
    def drops_attached(self) -> bool:
        return not {'up', 'mtu', 'master', 'mac', 'arp'}.isdisjoint(self.after)  # or its inverse does

    def advice(self, error: OSError) -> str:
        if error.errno in (errno.EINVAL, errno.ERANGE) and 'mtu' in self.after:
            return 'its MTU of %d may be more than the link below takes' % self.after['mtu']
        if error.errno == errno.EEXIST and 'altnames' in self.after:
            return 'another link of this namespace has one of its altnames'
        return ''

    @property
    def features(self) -> Features:
        return features_of_change(self.after)

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        fields = dict(self.after)
        if not fields:
            return self.namespace, []
        index = access.index((self.namespace, self.name))
        messages = []
        link_local = fields.pop('link_local', None)
        if link_local is not None:
            messages.append(codec.set_link(index, link_local=link_local))
        changed = fields.pop('settings', None)
        port = fields.pop('port', ())
        unnamed = fields.pop('unnamed', ())
        if 'master' in fields:
            fields['master'] = access.index((self.namespace, fields['master'])) if fields['master'] else 0
        if not fields.keys().isdisjoint(OF_ALIAS):
            fields['mark'] = whole_alias(fields.get('mark'), fields.pop('alias', ''))
        altnames = fields.pop('altnames', None)
        if altnames is not None:
            messages += codec.set_altnames(index, (self.before or {}).get('altnames', ()), altnames)
        if fields:
            messages.append(codec.set_link(index, **fields))
        if changed:
            messages += self._of_kind(access, index, *changed)
        port, vlans = taken_apart(port)
        if port:
            messages.append(codec.set_port(index, self._to_send(access, PORT, port, {})))
        if vlans is not None:
            messages += set_vlans(index, False, vlans)
        messages += [set_unnamed(index, kind, key, payload) for kind, key, payload in unnamed]
        return self.namespace, messages

    def _of_kind(self, access: Access, index: int, kind: str, settings: Settings) -> list[bytes]:
        settings, vlans = taken_apart(settings)
        _kind, before = (self.before or {}).get('settings', (kind, ()))
        settings = self._to_send(access, KINDS[kind].settings, settings, dict(before))
        turns = KINDS[kind].in_turns(settings) if settings else []
        messages = [codec.set_settings(index, kind, turn) for turn in turns]
        return messages if vlans is None else messages + set_vlans(index, True, vlans)

    def _to_send(
        self, access: Access, table: Table, settings: Settings, before: t.Mapping[str, Value]
    ) -> Settings:
        """The settings with what a request has to say of them, such as numbers for the names of links."""
        sent: list[tuple[str, Value]] = []
        for name, value in settings:
            type_ = table[name].type
            if isinstance(type_, LinkOfSame):
                value = access.index((self.namespace, str(value))) if value else 0
            elif name in before:
                value = type_.instead_of(value, before[name])
            sent.append((name, value))
        return tuple(sent)


class MoveLink(Operation):
    """Moves a link to another namespace, or renames it on the way. ``before`` and ``after`` are its ends."""

    @property
    def subject(self) -> str:
        return 'link %s/%s' % (self.before[0] or 'host', self.before[1])

    @property
    def namespaces(self) -> frozenset[str]:
        return frozenset((self.before[0], self.after[0]))

    def risk(self, path: ManagementPath) -> str:
        return 'carries the connection' if path.carries(self.before) else ''

    @property
    def drops_attached(self) -> bool:
        return True

    @property
    def moves_from(self) -> End | None:
        return t.cast(End, self.before)

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        (source, name), (target, new_name) = self.before, self.after
        message = codec.move_link(access.index((source, name)), access.fd(target), new_name)
        for error in access.socket(source).write([message]).values():
            raise error
        for namespace in (source, target):
            access.forget_indexes(namespace)
        access.moved.update((self.before, self.after))
        access.done.append(self)
