# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of netplan, each kind with its own keys."""

from __future__ import annotations

import typing as t

from .keys import Keys, Section, Untranslatable
from .netplan_keys import (
    BOND,
    BRIDGE,
    DEVICE,
    ETHERNET,
    OF_PORTS,
    PEER,
    SECRET,
    TUNNEL,
    TUNNEL_KINDS,
    VXLAN,
    VXLAN_WORDS,
    WIREGUARD,
    tunnel_key,
)
from .netplan_names import Definition, Names
from .translation import KERNEL_VXLAN_PORT, Entry

_KEYED = ('gre', 'gretap', 'ip6gre', 'ip6gretap', 'vti', 'vti6')


def take_common(device: Definition) -> None:
    """What all devices have."""
    device.entry['state'] = 'up'
    device.section.translate(DEVICE, device.entry)


def take_ethernet(device: Definition, _names: Names) -> None:
    device.section.translate(ETHERNET, {})


def add_link_local(device: Definition, names: Names) -> None:
    """Link-local addresses: of IPv6 unless the device is a port of a bridge or bond, or says otherwise."""
    section = device.section
    is_said = section.says('link-local')
    families = list(section.each('link-local'))
    for path, family in families:
        if family == 'ipv4':
            section.run.refuse(path, 'the kernel makes none of IPv4')
        elif family != 'ipv6':
            section.run.refuse(path, 'it is neither ipv4 nor ipv6')
    master = next(
        (other for other in names.devices.values() if other.name == device.entry.get('master')), None
    )
    is_port = master is not None and master.group in ('bonds', 'bridges')
    if is_said:
        value = any(family == 'ipv6' for _path, family in families)
        section.run.put(device.entry, 'link_local', value, section.at('link-local'))
    elif device.group != 'ethernets' and not is_port:
        device.entry['link_local'] = True


def take_bond(device: Definition, names: Names) -> None:
    parameters = device.section.below('parameters')
    parameters.translate(BOND, device.entry)
    parameters.done()
    if 'primary' in device.entry:
        device.entry['primary'] = names.name_of(device.entry['primary'])


def take_bridge(device: Definition, names: Names) -> None:
    device.entry['stp'] = True  # the default of netplan
    parameters = device.section.below('parameters')
    parameters.translate(BRIDGE, device.entry)
    for word, key in OF_PORTS.items():
        values = parameters.below(word)
        for port in values.data:
            value, path = values.take(port), values.at(port)
            if port in names.devices:
                entry = names.devices[port].entry
                parameters.run.put(entry.setdefault('port', {}), key, value, path)
            else:
                parameters.run.problems.add(path, 'is not defined', do='define it')
    parameters.done()


def take_vlan(device: Definition, names: Names) -> None:
    section = device.section
    if section.data.get('renderer') == 'sriov':
        section.refuse('renderer', 'the layout makes no virtual functions')
    section.run.put(device.entry, 'id', section.take('id'), section.at('id'))
    _take_link(device, names)


def _take_link(device: Definition, names: Names) -> None:
    link = device.section.take('link')
    if link is not None:
        device.section.run.put(device.entry, 'link', names.name_of(link), device.section.at('link'))


def take_tunnel(device: Definition, names: Names) -> None:
    section = device.section
    mode = section.reader.text('mode', required=True)
    if mode not in TUNNEL_KINDS:
        section.refuse('mode', 'the layout has no such tunnel')
        section.reader.asked.extend(section.data)
        return
    kind = TUNNEL_KINDS[mode]
    device.entry.update(kind)
    section.run.note_origin(device.entry, 'kind', section.at('mode'))
    if kind['kind'] == 'wireguard':
        _take_wireguard(device)
    elif kind['kind'] == 'vxlan':
        _take_vxlan(device, names)
    else:
        section.translate(TUNNEL, device.entry)
        _take_keys(device)


def _take_vxlan(device: Definition, names: Names) -> None:
    section = device.section
    device.entry['dstport'] = KERNEL_VXLAN_PORT
    section.translate(VXLAN, device.entry)
    _take_link(device, names)
    for word, keys in VXLAN_WORDS.items():
        _take_words(section, word, keys, device.entry)


def _take_words(section: Section, word: str, keys: Keys, entry: Entry) -> None:
    for path, member in section.each(word):
        key = keys.get(str(member))
        if key is None:
            wanted = ', '.join(keys)
            section.run.refuse(path, 'it is unknown (found %s, want one of %s)' % (member, wanted))
        elif key.refused:
            section.run.refuse(path, key.refused)
        else:
            section.run.put(entry, key.to, True, path)


def _key_section(section: Section) -> tuple[str, t.Any]:
    """``key``, or its other name, with what it says."""
    keys = section.take('keys')
    key = section.take('key')
    return ('keys', keys) if key is None else ('key', key)


def _take_keys(device: Definition) -> None:
    """The keys of a tunnel: one for both ways, or one for each."""
    section = device.section
    word, value = _key_section(section)
    if value is None:
        return
    if device.entry['kind'] not in _KEYED:
        section.refuse(word, 'tunnels of this kind have none')
        return
    both = value if isinstance(value, dict) else {'input': value, 'output': value}
    below = Section(both, section.at(word), section.run)
    for side, to in (('input', 'ikey'), ('output', 'okey')):
        number = below.take(side)
        if number is None:
            continue
        try:
            path = below.at(side) if isinstance(value, dict) else below.path
            section.run.put(device.entry, to, tunnel_key(number), path)
        except Untranslatable as exc:
            section.run.refuse(path, str(exc))
    below.done()


def _take_wireguard(device: Definition) -> None:
    section = device.section
    if section.data.get('port') == 'auto':
        del section.data['port']
    section.translate(WIREGUARD, device.entry)
    word, value = _key_section(section)
    if isinstance(value, dict):
        below = Section(value, section.at(word), section.run)
        _take_secret(below, 'private', device.entry, 'private_key_file')
        if below.take('private-key-flags') is not None:
            below.refuse('private-key-flags', 'only NetworkManager can read it')
        below.done()
    elif value is not None:
        _take_secret(section, word, device.entry, 'private_key_file')
    for peer in section.sections('peers'):
        entry: Entry = {}
        keys = peer.below('keys')
        section.run.put(entry, 'public_key', keys.take('public'), keys.at('public'))
        _take_secret(keys, 'shared', entry, 'preshared_key_file')
        keys.done()
        peer.translate(PEER, entry)
        peer.done()
        section.run.append(device.entry, 'peers', entry, peer.path)


def _take_secret(section: Section, key: str, made: Entry, to: str) -> None:
    value = section.take(key)
    if isinstance(value, str) and value.startswith('/'):
        section.run.put(made, to, value, section.at(key))
    elif value is not None:
        section.refuse(key, SECRET)


__all__ = [
    'add_link_local',
    'take_bond',
    'take_bridge',
    'take_common',
    'take_ethernet',
    'take_tunnel',
    'take_vlan',
]
