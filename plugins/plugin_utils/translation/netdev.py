# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that .netdev files declare."""

from __future__ import annotations

import typing as t

from .netdev_keys import KINDS_REFUSED, MATCH, NETDEV, PEER, SECTIONS, TUNNEL, WIREGUARD_PEER
from .network_links import NetworkLinks
from .translation import KERNEL_VXLAN_PORT, Entry
from .units import Unit

_WITH_KEYS = ('gre', 'gretap', 'ip6gre', 'ip6gretap', 'vti', 'vti6')


def take_netdev(file: str, units: t.Sequence[Unit], links: NetworkLinks) -> None:
    """Read a .netdev file."""
    heads = [unit for unit in units if unit.name == 'NetDev']
    kind = next((unit.take('Kind') for unit in heads if unit.says('Kind')), None)
    name = next((unit.take('Name') for unit in heads if unit.says('Name')), None)
    if not heads or not kind or not name:
        links.run.problems.add(file, 'lacks Kind= or Name= in [NetDev]', do='add them')
        return
    if kind not in SECTIONS:
        reason = KINDS_REFUSED.get(kind, 'the layout has no links of that kind')
        heads[0].refuse('Kind', reason)
        return
    entry = links.add(name, kind, file, heads[0].at('Name'))
    links.run.note_origin(entry, 'kind', heads[0].at('Kind'))
    if kind == 'vxlan':
        entry['dstport'] = KERNEL_VXLAN_PORT
    for unit in units:
        _take_unit(unit, kind, entry, links)


def _take_unit(unit: Unit, kind: str, entry: Entry, links: NetworkLinks) -> None:
    section, keys = SECTIONS[kind]
    if unit.name == 'Match':
        unit.translate(MATCH, {})
    elif unit.name == 'NetDev':
        unit.take('Kind')
        unit.translate(NETDEV, entry)
    elif unit.name == 'Peer' and kind == 'veth':
        _take_peer(unit, entry, links)
    elif unit.name == 'WireGuardPeer' and kind == 'wireguard':
        _take_wireguard_peer(unit, entry)
    elif unit.name == section:
        unit.translate(keys, entry)
        _take_tunnel_key(unit, kind, entry)
    else:
        links.run.refuse(unit.path, 'a link of kind %s has no such section' % kind)
        return
    unit.done()


def _take_tunnel_key(unit: Unit, kind: str, entry: Entry) -> None:
    """Key=, which is the one for both ways."""
    if kind not in _WITH_KEYS or not unit.says('Key'):
        return
    for word in ('InputKey', 'OutputKey'):
        unit.translate({'Key': TUNNEL[word]}, entry)


def _take_peer(unit: Unit, entry: Entry, links: NetworkLinks) -> None:
    peer = unit.take('Name')
    if not peer:
        links.run.problems.add(unit.at('Name'), 'is missing', do='add it')
        return
    other = links.add(peer, 'veth', links.files[entry['name']], unit.at('Name'))
    unit.translate(PEER, other)
    links.peers[entry['name']] = (peer, unit.at('Name'))
    links.peers[peer] = (entry['name'], unit.at('Name'))


def _take_wireguard_peer(unit: Unit, entry: Entry) -> None:
    made: Entry = {}
    unit.translate(WIREGUARD_PEER, made)
    allowed = [word for value in unit.all('AllowedIPs') for word in value.replace(',', ' ').split()]
    if allowed:
        unit.run.put(made, 'allowed_ips', allowed, unit.at('AllowedIPs'))
    unit.run.append(entry, 'peers', made, unit.path)


__all__ = ['take_netdev']
