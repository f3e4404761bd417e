# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases, of bridges, VXLANs and other links."""

from __future__ import annotations

import typing as t

from ..attribute import text_of
from ..extra import Extra, names_of_extra
from .schema import FDB, NO_MAC

_END = ('dst', 'port', 'vni', 'via', 'nhid')
"""Where frames go."""


class FdbEntry(t.NamedTuple):
    """An entry of a forwarding database.

    ``comes_with_link`` and ``extra`` are found, never declared: that the kernel made it for a link, and what
    it says of it and no document can.
    """

    namespace: str
    dev: str
    lladdr: str
    master: bool = False
    state: str = 'permanent'
    vlan: int = 0
    sticky: bool = False
    extern_learn: bool = False
    dst: str = ''
    port: int = 0
    vni: int = -1
    src_vni: int = -1
    via: str = ''
    nhid: int = 0
    router: bool = False
    comes_with_link: bool = False
    extra: Extra = ()

    protocol = 0

    @property
    def leads_to_several(self) -> bool:
        """Whether the table may have several for its address: those that a VXLAN floods."""
        is_of_group = self.lladdr == NO_MAC or bool(int(self.lladdr[:2], 16) & 1)
        return is_of_group and bool(self.dst)

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What the kernel tells it apart by."""
        end = (self.dst, self.port, self.vni, self.via) if self.leads_to_several else ()
        if self.nhid:  # takes no place of one with dst (vxlan_fdb_update_existing)
            end = ('nhid',)
        return (self.namespace, self.dev, self.master, self.lladdr, self.vlan, self.src_vni, end)

    @property
    def record_key(self) -> tuple[t.Any, ...]:
        """The key in the record of a scope, which alone knows whose it is: the kernel keeps no protocol."""
        return self.key

    @property
    def is_like_declared(self) -> bool:
        """Whether it is what people declare: not what the kernel made for a link, or a program learned. An
        address that a card takes frames for may be that of a link elsewhere which stands on it."""
        return not (self.comes_with_link or self.extern_learn) and (
            self.master or bool(self.dst or self.nhid)
        )

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        return names_of_extra(self.extra, {})

    def with_protocol(self, _protocol: int) -> FdbEntry:
        return self

    def differs(self, have: FdbEntry) -> bool:
        """Whether a present entry is another than this declared one."""
        learned = self.master and self.extern_learn  # a bridge takes no state of these (__br_fdb_add)
        like = {'comes_with_link': have.comes_with_link, **({'state': have.state} if learned else {})}
        return self._replace(**like) != have

    def is_same(self, have: FdbEntry) -> bool:
        """Whether an entry that was found is there as it was."""
        return not self.differs(have)

    def is_meant_by(self, want: FdbEntry) -> bool:
        """Whether a document that names *want* to be removed means this entry. What it does not say may be
        anything."""
        return want.dst in ('', self.dst) and want.nhid in (0, self.nhid)

    @property
    def name(self) -> str:
        words = [self.lladdr, 'dev', self.dev]
        words += ['vlan', str(self.vlan)] if self.vlan else []
        words += ['src_vni', str(self.src_vni)] if self.src_vni >= 0 else []
        words += self._end() if self.leads_to_several else []
        return ' '.join([*words, 'master'] if self.master else words)

    def _end(self) -> list[str]:
        """Where frames go, in the words of bridge(8)."""
        names = [name for name in _END if getattr(self, name) != FDB[name].default]
        return [word for name in names for word in (name, str(getattr(self, name)))]

    def text(self) -> str:
        """The entry as bridge(8) takes it."""
        words = [] if self.leads_to_several else self._end()
        flags = [name for name in ('sticky', 'extern_learn', 'router') if getattr(self, name)]
        return ' '.join([self.name, *words, *flags, self.state])

    def lines(self) -> list[str]:
        """The entry as text, one fact a line."""
        lines = ['state %s' % self.state]
        for name in (*_END, 'sticky', 'extern_learn', 'router'):
            value = getattr(self, name)
            if value is True:
                lines.append(name)
            elif value != FDB[name].default:
                lines.append('%s %s' % (name, text_of(value)))
        return lines + names_of_extra(self.extra, {})
