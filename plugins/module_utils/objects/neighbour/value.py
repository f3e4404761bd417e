# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours, and addresses that a link answers for."""

from __future__ import annotations

import typing as t

from ...values.names import PROTOCOL, family_of
from ..extra import Extra, names_of_extra, record_key
from .schema import LEARNED, NEIGHBOUR, UNRESOLVED


class Neighbour(t.NamedTuple):
    """An entry of a neighbour table, or of the table of proxies.

    ``nud`` is '' where the document leaves it to the kernel. ``extra`` is found, never declared: what the
    kernel says of it and no document can.
    """

    namespace: str
    dev: str
    to: str
    proxy: bool = False
    lladdr: str = ''
    nud: str = 'permanent'
    router: bool = False
    managed: bool = False
    extern_learn: bool = False
    protocol: int = 0
    extra: Extra = ()

    comes_with_link = False
    nhid = 0

    @property
    def family(self) -> str:
        return family_of(self.to)

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What the kernel tells it apart by."""
        return (self.namespace, self.dev, self.to, self.proxy)

    @property
    def record_key(self) -> tuple[t.Any, ...]:
        return record_key(self.key, self.protocol)

    @property
    def is_like_declared(self) -> bool:
        """Whether it is what people declare: not what the kernel or a program has learned."""
        return self.proxy or self.managed or self.nud == 'permanent' and not self.extern_learn

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        words = names_of_extra(self.extra, {})
        if not (self.proxy or self.managed or self.lladdr):
            words.append('no hardware address')
        if self.nud == 'noarp' and not self.extern_learn:
            words.append('that the kernel may drop it')
        return words

    def with_protocol(self, protocol: int) -> Neighbour:
        return self._replace(protocol=protocol)

    def differs(self, have: Neighbour) -> bool:
        """Whether a present entry is another than this declared one."""
        if have.extra or (self.managed, self.extern_learn) != (have.managed, have.extern_learn):
            return True
        # The kernel learns from advertisements whether a neighbour is a router (ndisc_recv_na, neigh_update).
        if self.router != have.router and (self.proxy or self.router):
            return True
        if self.protocol not in (0, have.protocol):
            return True
        if self.proxy or self.managed:
            return False
        if self.nud in LEARNED and have.nud in UNRESOLVED:
            return False  # the kernel asked for it, and nobody answered
        return self.lladdr != have.lladdr or not self._is_in_state_of(have)

    def is_same(self, have: Neighbour) -> bool:
        """Whether an entry that was found is there as it was. The kernel moves some between states."""
        like: dict[str, t.Any] = {} if self.proxy else {'router': self.router}
        passing = (*LEARNED, *UNRESOLVED)
        if have.managed or self.nud in passing and have.nud in passing:
            like.update(nud=self.nud, lladdr=self.lladdr)
        return self == have._replace(**like)

    def _is_in_state_of(self, have: Neighbour) -> bool:
        return self.nud == have.nud or self.nud in LEARNED and have.nud in LEARNED

    def is_meant_by(self, want: Neighbour) -> bool:
        """Whether a document that names *want* to be removed means this entry. What it does not say may be
        anything."""
        return want.lladdr in ('', self.lladdr)

    @property
    def name(self) -> str:
        return '%s%s dev %s' % ('proxy ' if self.proxy else '', self.to, self.dev)

    def text(self) -> str:
        """The entry as ip-neighbour(8) takes it."""
        return ' '.join([self.name, *self.lines()[1:]])

    def lines(self) -> list[str]:
        """The entry as text, one fact a line."""
        lines = ['proxy' if self.proxy else 'neighbour']
        if self.lladdr and not self.managed:
            lines.append('lladdr %s' % self.lladdr)
        if self.nud and not (self.proxy or self.managed):
            lines.append('nud %s' % self.nud)
        flags = ('router', 'managed', 'extern_learn')
        lines += [NEIGHBOUR[name].key for name in flags if getattr(self, name)]
        if self.protocol not in (0, PROTOCOL):
            lines.append('protocol %d' % self.protocol)
        return lines + names_of_extra(self.extra, {})
