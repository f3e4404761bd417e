# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading entries of forwarding databases out of a document."""

from __future__ import annotations

import typing as t

from ...values.problems import Problems
from ...values.reading import Reader
from .schema import FDB, NO_MAC, OF_VXLAN
from .value import FdbEntry

Values = dict[str, t.Any]


def read_fdb_entry(data: object, path: str, problems: Problems, namespace: str) -> list[FdbEntry]:
    """One entry of ``fdb``, alone in a list. An empty one if anything in it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values: Values = dict(FDB.read(reader))
    reader.done()
    _check_end(reader, values)
    if values.get('sticky') and values.get('state') != 'static':
        reader.problem('sticky', 'is for static entries', do='set state: static')
    if values.get('sticky') and not values.get('master'):
        reader.problem('sticky', 'is for entries of a bridge', do='set master: true')
    if values.get('lladdr') == NO_MAC and not values.get('dst') and not problems.naming:
        reader.problem('lladdr', 'is all zeros, which only VXLANs have', do='set dst')
    if values.get('dev') == 'lo':
        reader.problem('dev', 'has no forwarding database', found='lo')
    return [FdbEntry(namespace, **values)] if len(problems.found) == before else []


def _check_end(reader: Reader, values: Values) -> None:
    """Whether what says where frames of a VXLAN go fits the rest."""
    for key in OF_VXLAN:
        if values.get('master') and values.get(key, FDB[key].default) != FDB[key].default:
            reader.problem(key, 'is for entries of a VXLAN itself', do='remove it, or master')
    for key in ('port', 'vni', 'via'):
        if reader.has(key) and not reader.has('dst'):
            reader.problem(key, 'needs dst', do='say where frames go')
    if reader.has('nhid'):
        _check_nexthop(reader, values)
    if reader.has('vlan') and reader.has('dst'):
        reader.problem('vlan', 'is for entries of a bridge', do='remove it, or dst')


def _check_nexthop(reader: Reader, values: Values) -> None:
    for key in ('dst', 'vlan'):
        if reader.has(key):
            reader.problem('nhid', 'cannot be combined with %s' % key, do='remove one of them')
    if int(values.get('lladdr', NO_MAC)[:2], 16) & 1:
        reader.problem('nhid', 'is for the address of one host', found=values['lladdr'], do='say dst')
