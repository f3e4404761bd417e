# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a link does not take of an entry of a forwarding database, as it is or will be when the entry is
made."""

from __future__ import annotations

import typing as t

from ...values.problems import Problem
from ..draft import Draft
from ..link.value import Link
from .schema import FDB, OF_VXLAN
from .value import FdbEntry


def problems_of(draft: Draft, entry: FdbEntry, link: Link) -> t.Iterator[Problem]:
    found = '%s of kind %s' % (link.name, link.kind)
    if entry.master:
        yield from _of_port(draft, entry, link, found)
    elif link.kind == 'vxlan':
        yield from _of_vxlan(draft, entry, link, found)
    else:
        for name in (*OF_VXLAN, 'extern_learn'):
            if getattr(entry, name) != FDB[name].default:
                yield Problem('', 'has %s, which this link does not take' % name, found, do='leave it out')
        if entry.state == 'static':
            yield Problem(
                '',
                'is static, which this link does not take',
                found,
                do='leave state out, or set master: true',
            )
        if link.kind == 'bridge':
            yield from _without_vlan(entry, link)
        elif entry.vlan:
            yield Problem(
                '',
                'has a VLAN, which this link does not take',
                found,
                do='leave vlan out, or set master: true',
            )


def _of_port(draft: Draft, entry: FdbEntry, link: Link, found: str) -> t.Iterator[Problem]:
    bridge = draft.link((link.namespace, link.master)) if link.master else None
    if bridge is None or bridge.kind != 'bridge':
        yield Problem('', 'is for the port of a bridge', found, do='give the link a bridge as its master')
    else:
        yield from _without_vlan(entry, bridge)


def _without_vlan(entry: FdbEntry, bridge: Link) -> t.Iterator[Problem]:
    """Where a bridge filters, each VLAN has entries of its own (br_fdb_find_rcu)."""
    if dict(bridge.settings).get('vlan_filtering') and not entry.vlan:
        yield Problem('', 'needs a VLAN, because the bridge filters by them', bridge.name, do='say vlan')


def _of_vxlan(draft: Draft, entry: FdbEntry, link: Link, found: str) -> t.Iterator[Problem]:
    settings = dict(link.settings)
    ends = [str(settings[name]) for name in ('remote', 'local', 'group') if settings.get(name)]
    if entry.nhid:
        yield from _over_nexthop(draft, entry)
    elif not entry.dst:
        yield Problem('', 'has neither dst nor nhid', found, do='say where frames go')
    elif (':' in entry.dst) != any(':' in end for end in ends):
        yield Problem('', 'has a dst of another address family than the link', entry.dst)
    if entry.src_vni >= 0 and not settings.get('external'):
        yield Problem('', 'has src_vni, which needs a link with external', found, do='leave it out')
    if entry.via and draft.link((entry.namespace, entry.via)) is None:
        yield Problem('', 'goes via a link that does not exist', entry.via, do='declare it or check its name')
    if entry.vlan:
        yield Problem('', 'has a VLAN, which this link does not take', found, do='leave vlan out')


def _over_nexthop(draft: Draft, entry: FdbEntry) -> t.Iterator[Problem]:
    """Frames go to a group alone (vxlan_fdb_nh_update)."""
    nexthops = {nexthop.number: nexthop for nexthop in draft.now[entry.namespace].nexthops}
    nexthop = nexthops.get(entry.nhid)
    if nexthop is None:
        yield Problem(
            '', 'goes over a nexthop that does not exist', str(entry.nhid), do='declare it in nexthops'
        )
    elif not (nexthop.group and nexthop.fdb):
        yield Problem(
            '', 'needs a group of nexthops with fdb', nexthop.text(), do='say group and fdb: true there'
        )
