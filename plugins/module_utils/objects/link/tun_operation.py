# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making links that no request of rtnetlink makes."""

from __future__ import annotations

import errno
import typing as t

from ...kernel import namespaces, tun
from ..operation import Access, Features, Operation
from . import codec
from .features import features_of
from .value import Link
from .whole_link import WholeLink, placed

_FLAGS = {'tun': tun.IFF_TUN, 'tap': tun.IFF_TAP}


class TunOperation(WholeLink):
    """Makes or removes a link. ``before`` and ``after`` are a tuple of one Link, or None."""

    @property
    def drops_attached(self) -> bool:
        return self.after is None or bool(self.after[0].master)

    @property
    def features(self) -> Features:
        return features_of(self.after or ())

    def advice(self, error: OSError) -> str:
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return '%s is missing: load the module tun (modprobe tun)' % tun.DEVICE
        return ''

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        (link,) = self.value
        if self.after is None:
            self._remove(access, link)
            return
        with namespaces.entered(access.fd(link.namespace), access.home):
            tun.make_tun(link.name, _FLAGS[link.kind], **_owners(link))
        access.done.append(self)
        access.forget_indexes(link.namespace)
        index = access.index(link.end)
        message = codec.dress_link(placed(access, link, link.namespace), index)
        for error in access.socket(link.namespace).write([message]).values():
            raise error

    def _remove(self, access: Access, link: Link) -> None:
        message = codec.delete_link(access.index(link.end))
        for error in access.socket(link.namespace).write([message]).values():
            raise error
        access.done.append(self)
        access.forget_indexes(link.namespace)


def _owners(link: Link) -> dict[str, t.Any]:
    settings = dict(link.settings)
    return {
        'owner': settings.get('user'),
        'group': settings.get('user_group'),
        'multi_queue': bool(settings.get('multi_queue')),
    }
