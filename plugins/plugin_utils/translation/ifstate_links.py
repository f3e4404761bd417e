# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces of ifstate, each with all that it says of a link."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import shown

from .ifstate_keys import (
    ADDRESS,
    BRPORT,
    BRVLAN,
    CARD,
    FDB,
    FDB_FLAGS,
    FDB_STATES,
    FLAGS,
    IDENTIFY,
    INTERFACE,
    KINDS_REFUSED,
    LINK,
    PEER,
    PHYSICAL,
    QDISCS,
    TC,
    VLAN_FLAGS,
    WIREGUARD,
    keys_of_kind,
)
from .included import Included
from .keys import Section
from .translation import KERNEL_VXLAN_PORT, Entry
from .veths import VethEnd

_NAMED = {'link_netns': 'link_namespace', 'bind_netns': 'link_namespace'}


class IfstateLinks:
    """The links of a namespace, and what stands beside them in a document."""

    def __init__(self, made: Entry, defaults: t.Sequence[Entry], namespace: str) -> None:
        self.made, self.defaults, self.namespace = made, defaults, namespace
        self.veths: list[VethEnd] = []

    def take(self, interface: Section) -> None:
        """Read one interface."""
        name = interface.reader.text('name', required=True)
        entry: Entry = {}
        interface.run.put(entry, 'name', name, interface.at('name'))
        interface.translate(INTERFACE, {})
        self._take_link(interface, entry)
        for path, member in interface.each('addresses'):
            interface.run.append(entry, 'addresses', _address(member, path, interface), path)
        flags = interface.below('flags')
        flags.translate(FLAGS, entry)
        flags.done()
        self._take_port(interface, entry)
        self._take_beside(interface, str(name))
        interface.done()

    def _take_link(self, interface: Section, entry: Entry) -> None:
        link = interface.below('link')
        kind = link.take('kind')
        for key, value in self._default_link(str(entry['name']), str(kind)).items():
            link.default(key, value)
        if kind in KINDS_REFUSED:
            link.refuse('kind', KINDS_REFUSED[kind])
            interface.reader.asked.extend(interface.data)
            return
        interface.run.put(entry, 'kind', kind, link.at('kind'))
        entry['state'] = 'down'  # what ifstate does with a link of which nothing is said
        if kind == 'vxlan':
            entry['dstport'] = KERNEL_VXLAN_PORT
        is_card = kind == 'physical'
        if not is_card:
            entry['link_local'] = True  # the kernel's own, which ifstate leaves
        link.translate({**(PHYSICAL if is_card else LINK), **_kind_keys(kind)}, entry)
        self._take_namespaces(link, entry)
        flags = link.below('vlan_flags')
        flags.translate(VLAN_FLAGS, entry)
        flags.done()
        self._identify(interface, entry, is_card)
        if kind == 'wireguard':
            _take_wireguard(interface, entry)
        elif interface.take('wireguard') is not None:
            interface.refuse('wireguard', 'this is no link of kind wireguard')
        if kind != 'veth':
            interface.run.append(self.made, 'links', entry, interface.path)
        else:
            self._take_veth(link, entry)
        link.done()

    def _default_link(self, name: str, kind: str) -> Entry:
        """The settings of the first defaults that match."""
        for default in self.defaults:
            if any(_matches(match, name, kind) for match in default['match']):
                return t.cast('Entry', default['link'])
        return {}

    def _take_namespaces(self, link: Section, entry: Entry) -> None:
        """Where the link below is. null is the namespace of the host."""
        kind = KINDS.get(entry['kind'])
        for key, to in _NAMED.items():
            is_said = link.says(key)
            value = link.take(key)
            if not is_said:
                continue
            if kind is None or not kind.parent:
                link.refuse(key, 'links of this kind are made where they stay')
            else:
                link.run.put(entry, to, value or 'host', link.at(key))

    def _identify(self, interface: Section, entry: Entry, is_card: bool) -> None:
        """How a card is found: in a namespace by its hardware address too."""
        below = interface.below('identify')
        match: Entry = {}
        below.translate(IDENTIFY, match)
        below.done()
        if match and not self.namespace:
            below.refuse('perm_address', CARD)
        elif is_card and self.namespace and entry['name'] != 'lo':
            if 'mac' in entry:
                match.setdefault('mac', entry.pop('mac'))
            if match:
                interface.run.put(entry, 'match', match, below.path)

    def _take_veth(self, link: Section, entry: Entry) -> None:
        peer = link.reader.text('peer', required=True)
        is_said = link.says('peer_netns')
        where = link.take('peer_netns') or ''
        namespace = str(where) if is_said else self.namespace
        self.veths.append(VethEnd(self.namespace, entry, namespace, peer, link.at('peer')))

    def _take_port(self, interface: Section, entry: Entry) -> None:
        port: Entry = {}
        below = interface.below('brport')
        below.translate(BRPORT, port)
        below.done()
        for vlan in interface.sections('brvlan'):
            row: Entry = {}
            vlan.translate(BRVLAN, row)
            place = entry if vlan.flag('self') else port
            vlan.done()
            interface.run.append(place, 'vlans', row, vlan.path)
        if port:
            interface.run.put(entry, 'port', port, below.path)

    def _take_beside(self, interface: Section, name: str) -> None:
        """What a document says in lists and mappings of its own."""
        for entry in interface.sections('fdb'):
            self._take_fdb(entry, name)
        self._take_neighbours(interface, name)
        self._take_sysctls(interface.below('sysctl'), name)
        self._take_tc(interface.below('tc'), name)
        shaper = interface.below('cshaper')
        egress = shaper.take('egress')
        if egress is not None:
            qdisc = {'link': name, 'kind': 'cake', 'bandwidth': egress}
            interface.run.append(self.made, 'qdiscs', qdisc, shaper.at('egress'))
        shaper.translate({'ingress': TC['filter'], 'profile': TC['filter']}, {})
        shaper.done()

    def _take_fdb(self, entry: Section, name: str) -> None:
        made: Entry = {'dev': name}
        entry.translate(FDB, made)
        for flag, path in _words(entry, 'flags', FDB_FLAGS).items():
            if flag != 'self':
                entry.run.put(made, flag, True, path)
        if list(_words(entry, 'state', FDB_STATES)) == ['noarp']:
            entry.run.put(made, 'state', 'static', entry.at('state'))
        entry.done()
        entry.run.append(self.made, 'fdb', made, entry.path)

    def _take_neighbours(self, interface: Section, name: str) -> None:
        """Neighbours, which version 1 has by their addresses and version 2 as a list."""
        if isinstance(interface.data.get('neighbours'), dict):
            below = interface.below('neighbours')
            for address in below.data:
                entry = {'to': address, 'dev': name, 'lladdr': below.take(address)}
                interface.run.append(self.made, 'neighbours', entry, below.at(address))
            return
        for neighbour in interface.sections('neighbours'):
            entry = {'to': neighbour.take('dst'), 'dev': name, 'lladdr': neighbour.take('lladdr')}
            neighbour.done()
            interface.run.append(self.made, 'neighbours', entry, neighbour.path)

    def _take_sysctls(self, section: Section, name: str) -> None:
        for group in ('ipv4', 'ipv6', 'mpls'):
            below = section.below(group)
            for key in below.data:
                sysctls = self.made.setdefault('sysctls', {})
                path = 'net/%s/conf/%s/%s' % (group, name, key)
                section.run.put(sysctls, path, below.take(key), below.at(key))
        section.done()

    def _take_tc(self, section: Section, name: str) -> None:
        section.translate(TC, {})
        if section.flag('ingress'):
            entry: Entry = {'link': name, 'kind': 'ingress'}
            section.run.append(self.made, 'qdiscs', entry, section.at('ingress'))
        below = section.below('qdisc')
        if below.data:
            self._take_qdisc(below, name)
        section.done()

    def _take_qdisc(self, section: Section, name: str) -> None:
        kind = section.take('kind')
        if kind not in QDISCS:
            section.refuse('kind', 'the layout has no qdisc of that kind')
            section.reader.asked.extend(section.data)
            return
        entry: Entry = {'link': name, 'kind': kind}
        handle = section.take('handle')
        if handle is not None:
            section.run.put(entry, 'handle', handle, section.at('handle'))
        section.translate(QDISCS[kind], entry)
        section.done()
        section.run.append(self.made, 'qdiscs', entry, section.path)


def _words(section: Section, key: str, known: t.Collection[str]) -> dict[str, str]:
    """The words in a list, each with its path."""
    words = {}
    for path, word in section.each(key):
        if word in known:
            words[word] = path
        else:
            section.run.refuse(
                path, 'it is unknown (found %s, want one of %s)' % (shown(word), ', '.join(known))
            )
    return words


def _kind_keys(kind: t.Any) -> t.Mapping[str, t.Any]:
    return keys_of_kind(kind) if kind in KINDS else {}


def _matches(match: t.Any, name: str, kind: str) -> bool:
    """Whether all conditions of a match hold."""
    given = {'ifname': name, 'kind': kind}
    return all(re.search(str(pattern), given.get(key, '')) for key, pattern in match.items())


def _address(member: t.Any, path: str, interface: Section) -> t.Any:
    if not isinstance(member, dict):
        return member
    section, entry = Section(member, path, interface.run), {}
    section.translate(ADDRESS, entry)
    local = section.take('local')
    section.done()
    if local is not None:  # then address is that of the other end
        interface.run.put(entry, 'peer', entry.get('address'), section.at('address'))
        interface.run.put(entry, 'address', local, section.at('local'))
    return entry


def _take_wireguard(interface: Section, entry: Entry) -> None:
    section = interface.below('wireguard')
    section.translate(WIREGUARD, entry)
    _take_key(section, 'private_key', entry)
    for peer in _peers(section):
        made: Entry = {}
        peer.translate(PEER, made)
        _take_key(peer, 'preshared_key', made)
        peer.done()
        interface.run.append(entry, 'peers', made, peer.path)
    section.done()


def _peers(section: Section) -> t.Iterator[Section]:
    """The peers, which version 1 has as a list and version 2 by their public keys."""
    if not isinstance(section.data.get('peers'), dict):
        yield from section.sections('peers')
        return
    members = section.below('peers')
    for key in members.data:
        peer = members.below(key)
        peer.data['public_key'] = key
        yield peer


def _take_key(section: Section, key: str, made: Entry) -> None:
    """A secret key, which stands in a file of the host."""
    value = section.take(key)
    if isinstance(value, Included):
        section.run.put(made, key + '_file', value.path, section.at(key))
    elif value is not None:
        section.refuse(
            key, 'a document holds no secret: write the key to a file of the host, and !include it'
        )


__all__ = ['IfstateLinks']
