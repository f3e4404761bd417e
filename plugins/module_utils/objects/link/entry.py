# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as layout_info writes them into a document, without what is usual."""

from __future__ import annotations

import typing as t

from ...values.names import HOST
from ..attribute import Table
from .bridge_port import PORT, USUAL_PORT_COSTS
from .kind import DEFAULT_MTU
from .kinds import KINDS
from .queues import QUEUES, chosen_queues
from .value import COMMON, PORT_FIELD, SET_LATER, Link
from .vlans import VLANS, of_new_ports

Entry = dict[str, t.Any]
_LO_MTU = 65536
_USUAL = {name: attribute.usual for name, attribute in COMMON.items()}


def link_entry(link: Link, mtu: int | None, mac: str | None, bridge: Link | None) -> Entry:
    """The attributes that links of all kinds have.

    *mtu* and *mac* are what the link would have without them; *bridge* is that which it is a port of.
    """
    usual = {**_USUAL, 'mtu': mtu, 'mac': mac, 'multicast': KINDS[link.kind].multicast is not False}
    if KINDS[link.kind].arp is False:
        usual['arp'] = link.arp
    queues = dict(link.queues or chosen_queues(link.kind, link.kernel))
    entry = {**_differing(COMMON, link._asdict(), usual), **_differing(QUEUES, queues, {})}
    port = _port_entry(link, dict(bridge.settings)) if bridge else {}
    if port:
        entry['port'] = port
    return entry


def settings_entry(link: Link) -> Entry:
    """The settings of the link's kind."""
    kind, settings = KINDS[link.kind], dict(link.settings)
    usual = kind.defaults_with(settings)
    if link.kind == 'wireguard':
        usual['private_key_file'] = settings.get('private_key_file')  # no kernel knows the file
    if link.kind == 'bridge':
        usual[VLANS] = _usual_vlans(settings, settings)
    return _differing(kind.settings, settings, usual)


def _usual_vlans(settings: t.Mapping[str, t.Any], bridge: t.Mapping[str, t.Any]) -> t.Any:
    """The VLANs that a document does not say; all where the *bridge* does not filter."""
    return of_new_ports(bridge) if bridge.get('vlan_filtering') else settings.get(VLANS)


def _port_entry(link: Link, bridge: t.Mapping[str, t.Any]) -> Entry:
    usual: dict[str, t.Any] = {name: attribute.usual for name, attribute in PORT.items()}
    port = dict(link.port)
    if port.get('cost') in USUAL_PORT_COSTS.get(link.kind, USUAL_PORT_COSTS['']):
        usual['cost'] = port['cost']
    usual[VLANS] = _usual_vlans(port, bridge)
    return _differing(PORT, port, usual)


def _differing(table: Table, values: t.Mapping[str, t.Any], usual: t.Mapping[str, t.Any]) -> Entry:
    """The attributes that are not as usual, by their keys in a document."""
    entry: Entry = {}
    for name, attribute in table.items():
        value = values.get(name)
        if value is not None and value != usual.get(name):
            entry[attribute.key] = attribute.type.written(value)
    return entry


def physical_entry(link: Link, bridge: Link | None) -> Entry:
    """A link that no document creates, such as a card or lo; only ``name`` and ``kind`` if it is as usual.
    *bridge* is that which it is a port of."""
    usual = {**_USUAL, 'mtu': DEFAULT_MTU, 'up': link.namespace != HOST}
    if link.name == 'lo':
        usual.update(mtu=_LO_MTU, up=link.up)
    # The hardware has its own address, and the distribution decides on link-local ones and on further names.
    usual.update(mac=link.mac, link_local=link.link_local, altnames=link.altnames)
    usual.update((name, getattr(link, name)) for name in SET_LATER - {'promisc', 'allmulticast'})
    port = _port_entry(link, dict(bridge.settings)) if bridge else {}
    entry = {'name': link.name, 'kind': 'physical', **_differing(COMMON, link._asdict(), usual)}
    return {**entry, 'port': port} if port else entry


def changed_entry(link: Link, had: t.Mapping[str, t.Any] | None, changed: t.Collection[str]) -> Entry:
    """A link that existed before the scope, with what the scope has changed.

    *had* is what a card had on the host before it moved; *changed* are the attributes that the scope has set.
    """
    entry: Entry = {'name': link.name, 'kind': 'physical'}
    values = link._asdict()
    if had is not None:
        if had['name'] != link.name:
            entry['match'] = {'name': had['name']}
        usual = {name: had.get(name, values[name]) for name in COMMON}
        usual.update(up=True, master='', link_local=link.link_local)
        entry.update(_differing(COMMON, values, usual))
    set_here = {name: values[name] for name in changed if name in COMMON}
    entry.update(_differing(COMMON, set_here, {'master': ''}))
    port = {name: value for name, value in link.port if PORT_FIELD + name in changed}
    if port:
        entry.update(master=link.master, port=_differing(PORT, port, {}))
    return entry
