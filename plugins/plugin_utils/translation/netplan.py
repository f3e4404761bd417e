# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the files of netplan to a document."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import family_of

from .included import loaded
from .keys import Section
from .netplan_devices import (
    add_link_local,
    take_bond,
    take_bridge,
    take_common,
    take_ethernet,
    take_tunnel,
    take_vlan,
)
from .netplan_keys import ADDRESS, NETWORK, PORT, ROUTE, RULE, SYSCTLS
from .netplan_names import Definition, Names
from .translation import Entry, Translation
from .veths import VethEnd, join_pairs

_WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')
_KINDS = {
    'ethernets': 'physical',
    'dummy-devices': 'dummy',
    'bonds': 'bond',
    'bridges': 'bridge',
    'vlans': 'vlan',
    'vrfs': 'vrf',
    'tunnels': '',
    'virtual-ethernets': 'veth',
}
_TAKE: t.Mapping[str, t.Callable[[Definition, Names], None]] = {
    'bonds': take_bond,
    'bridges': take_bridge,
    'vlans': take_vlan,
    'tunnels': take_tunnel,
    'ethernets': take_ethernet,
}


def from_netplan(data: t.Any, name: str, leave_out: t.Collection[str] = ()) -> Entry:
    """The document for what files of netplan declare: one, or a list of them in the order in which netplan
    reads them, each text or what YAML makes of it. Raises InputError with all problems, each with its path
    there."""
    run = Translation(leave_out)
    files = data if isinstance(data, (list, tuple)) else [data]
    merged: t.Any = {}
    for number, content in enumerate(files):
        merged = merge(merged, loaded(content, 'file %d' % (number + 1) if len(files) > 1 else ''))
    return run.finish(translate(merged, name, run))


def merge(first: t.Any, second: t.Any) -> t.Any:
    """Two files as one: mappings are joined, lists are strung together, of other values the last holds."""
    if isinstance(first, dict) and isinstance(second, dict):
        both = {**first, **second}
        common = first.keys() & second.keys()
        return {key: merge(first[key], second[key]) if key in common else both[key] for key in both}
    if isinstance(first, list) and isinstance(second, list):
        return first + [member for member in second if member not in first]
    return second


def translate(data: t.Any, name: str, run: Translation) -> Entry:
    """The document, as far as it can be made; problems are noted."""
    document: Entry = {'name': name}
    top = Section(data, '', run)
    network = top.below('network')
    network.translate(NETWORK, {})
    names = Names()
    for group, kind in _KINDS.items():
        _find_devices(network.below(group), group, kind, names)
    network.done()
    top.done()
    for device in names.devices.values():
        _take_device(device, names, document)
    ends = []
    for device in names.devices.values():
        add_link_local(device, names)
        _take_port(device)
        if device.group == 'virtual-ethernets':
            ends.append(_veth_end(device))
        elif 'kind' in device.entry:
            run.append(document, 'links', device.entry, device.section.path)
        device.section.done()
    for end in join_pairs(ends, run):
        run.append(document, 'links', end.entry, end.path.rpartition('.')[0])
    return document


def _find_devices(section: Section, group: str, kind: str, names: Names) -> None:
    section.take('renderer')  # of all devices of the group
    for key in section.data:
        if key == 'renderer':
            continue
        device = Definition(group, key, section.below(key))
        if kind:
            device.entry['kind'] = kind
        names.add(device)


def _take_device(device: Definition, names: Names, document: Entry) -> None:
    section, name = device.section, device.name
    take_common(device)
    if device.group in _TAKE:
        _TAKE[device.group](device, names)
    if device.group == 'vrfs':
        section.run.put(device.entry, 'table', section.take('table'), section.at('table'))
    if device.group in ('bonds', 'bridges', 'vrfs'):
        names.enslave(device)
    for path, member in section.each('addresses'):
        section.run.append(device.entry, 'addresses', _address(member, path, section), path)
    for word, key in SYSCTLS.items():
        if word in section.data:
            sysctls = document.setdefault('sysctls', {})
            section.translate({word: key._replace(to=key.to % name)}, sysctls)
        section.take(word)
    _take_gateways(section, name, document)
    for route in section.sections('routes'):
        _take_route(route, device, document)
    for rule in section.sections('routing-policy'):
        entry: Entry = {}
        rule.translate(RULE, entry)
        rule.done()
        _set_table(entry, device)
        section.run.append(document, 'rules', entry, rule.path)


def _address(member: t.Any, path: str, section: Section) -> t.Any:
    """An address: text, or a mapping of it to what more is said of it."""
    if not isinstance(member, dict) or len(member) != 1:
        return member
    ((address, options),) = member.items()
    entry: Entry = {'address': address}
    below = Section(options, '%s.%s' % (path, address), section.run)
    below.translate(ADDRESS, entry)
    below.done()
    return entry


def _take_gateways(section: Section, name: str, document: Entry) -> None:
    for key, to in (('gateway4', '0.0.0.0/0'), ('gateway6', '::/0')):
        gateway = section.take(key)
        if gateway is not None:
            route = {'to': to, 'via': gateway, 'dev': name}
            section.run.append(document, 'routes', route, section.at(key))


def _take_route(section: Section, device: Definition, document: Entry) -> None:
    entry: Entry = {}
    section.translate(ROUTE, entry)
    section.done()
    if entry.get('type') not in _WITHOUT_LINK:
        entry['dev'] = device.name
    if entry.get('to') == 'default' and 'via' not in entry and 'src' in entry:
        entry['family'] = family_of(entry['src'])
    _set_table(entry, device)
    section.run.append(document, 'routes', entry, section.path)


def _set_table(entry: Entry, device: Definition) -> None:
    """What a VRF declares is in its table."""
    if device.group == 'vrfs':
        entry.setdefault('table', device.entry.get('table'))
        entry.pop('dev', None)


def _take_port(device: Definition) -> None:
    """What a device says of itself as a port of a bridge."""
    port: Entry = device.entry.get('port', {})
    device.section.translate(PORT, port)
    if port and 'port' not in device.entry:
        device.section.run.put(device.entry, 'port', port, device.section.path)


def _veth_end(device: Definition) -> VethEnd:
    peer = device.section.reader.text('peer', required=True)
    return VethEnd('', device.entry, '', peer, device.section.at('peer'))


__all__ = ['from_netplan', 'merge', 'translate']
