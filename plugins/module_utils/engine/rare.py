# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only some runs read in a namespace: objects that few documents declare, and what others attached to
links. Each codec is loaded by the first run that needs it.
"""

from __future__ import annotations

import typing as t

from ..kernel import netlink
from ..objects.link.codec import FoundLink
from ..objects.made_for import made_for
from ..values.names import MARK_PREFIX

if t.TYPE_CHECKING:
    from ..objects.attached.value import Attached
    from ..objects.fdb.value import FdbEntry
    from ..objects.neighbour.value import Neighbour
    from ..objects.nexthop.value import Nexthop
    from ..objects.wireguard.value import Device
    from .query import Query


class Rare(t.NamedTuple):
    """Empty where it was not asked for."""

    attached: tuple[Attached, ...]
    counts: dict[tuple[str, str], int]
    neighbours: list[Neighbour]
    fdb: list[FdbEntry]
    qdiscs: dict[str, tuple[Attached, ...]]
    wireguard: dict[str, Device]
    nexthops: list[Nexthop]


def read_rare(
    sock: netlink.NetlinkSocket, namespace: str, query: Query, links: t.Sequence[FoundLink]
) -> Rare:
    """What the query wants of the namespace that *sock* is in. VLANs and what WireGuard links have go into
    *links*."""
    names = {link.index: link.name for link in links}
    if namespace in query.vlans:
        from ..objects.link.vlans_codec import add_vlans

        add_vlans(sock, links)
    return Rare(
        _attached(sock, names, links) if namespace in query.attached else (),
        _counts(sock, names) if query.counted else {},
        _neighbours(sock, namespace, names) if namespace in query.neighbours else [],
        _fdb(sock, namespace, names, links) if namespace in query.fdb else [],
        _qdiscs(sock, names) if namespace in query.qdiscs else {},
        _wireguard(query, namespace, links),
        _nexthops(sock, namespace, names) if namespace in query.nexthops else [],
    )


def _attached(
    sock: netlink.NetlinkSocket, names: dict[int, str], links: t.Sequence[FoundLink]
) -> tuple[Attached, ...]:
    from ..objects.attached.codec import dump_attached

    return tuple(dump_attached(sock, names, made_for(links), {link.name: link.message for link in links}))


def _counts(sock: netlink.NetlinkSocket, names: dict[int, str]) -> dict[tuple[str, str], int]:
    from ..kernel.counts import counts

    return counts(sock, names)


def _neighbours(sock: netlink.NetlinkSocket, namespace: str, names: dict[int, str]) -> list[Neighbour]:
    from ..objects.neighbour.codec import dump_neighbours

    return dump_neighbours(sock, namespace, names)


def _fdb(
    sock: netlink.NetlinkSocket, namespace: str, names: dict[int, str], links: t.Sequence[FoundLink]
) -> list[FdbEntry]:
    from ..objects.fdb.codec import dump_fdb

    return dump_fdb(sock, namespace, names, made_for(links))


def _nexthops(sock: netlink.NetlinkSocket, namespace: str, names: dict[int, str]) -> list[Nexthop]:
    from ..objects.nexthop.codec import dump_nexthops

    return dump_nexthops(sock, namespace, names)


def _qdiscs(sock: netlink.NetlinkSocket, names: dict[int, str]) -> dict[str, tuple[Attached, ...]]:
    from ..objects.qdisc.dump import by_link, dump_traffic_control

    return by_link(dump_traffic_control(sock, names))


def _wireguard(query: Query, namespace: str, links: t.Sequence[FoundLink]) -> dict[str, Device]:
    wanted = [link for link in links if link.kind == 'wireguard' and _is_read(query, namespace, link)]
    if not wanted:
        return {}
    from ..objects.wireguard.codec import read_devices

    devices = read_devices([link.name for link in wanted])
    for link in wanted:
        link.fields['settings'] = devices[link.name].settings()
    return devices


def _is_read(query: Query, namespace: str, link: FoundLink) -> bool:
    """Whether to read what a WireGuard link has: if it is asked for, or of a scope."""
    if query.wireguard is None or (link.fields.get('mark') or '').startswith(MARK_PREFIX):
        return True
    return (namespace, link.name) in query.wireguard
