# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: what is asked for is what is read."""

from __future__ import annotations

import os
import struct
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    namespaces,
    netlink,
    nla,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import kinds as link_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.types import LinkOfSame
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.recording import ours_and_theirs
from ansible_collections.multinet.linux.tests.conformance.values import Values
from ansible_collections.multinet.linux.tests.conformance.world import World, in_world


def with_name_and_mtu(request: bytes, name: str, mtu: int) -> bytes:
    """A request, complete as a message of a dump: with what each of these has."""
    request += nla.pack_attribute(3, name.encode() + b'\0') + nla.pack_attribute(4, struct.pack('=I', mtu))
    return struct.pack('=I', len(request)) + request[4:]


@pytest.mark.parametrize('kind', [name for name, kind in link_model.KINDS.items() if not kind.by_ioctl])
def test_a_request_reads_as_what_it_asks_for(kind: str) -> None:
    """The settings of all kinds, also of those that this kernel lacks: a request has the form of a message of
    a dump."""
    values = Values(7)
    for _number in range(40):
        link = values.link(kind)
        wanted = link.settings
        if kind == 'bridge':  # values that a bridge is born with are not asked for when it is made
            link = link._replace(name='br')
            message = with_name_and_mtu(encode.set_settings(5, kind, link.settings), 'br', link.mtu or 0)
        else:
            table = link_model.KINDS[kind].settings
            insists = link_model.KINDS[kind].insists
            insisted = insists(wanted) if insists else ()
            wanted = tuple(
                pair for pair in wanted if pair[0] in insisted or table[pair[0]].kernel_default != pair[1]
            )
            # Other links, which may not be there yet, are named later.
            wanted = tuple(pair for pair in wanted if not isinstance(table[pair[0]].type, LinkOfSame))
            message = encode.new_link(encode.ResolvedLink(link, master=3, lower=4))
        ours, theirs = ours_and_theirs('links', message, {})
        assert ours == theirs
        read = ours[0].link('')
        # With one bit of several the others are said too.
        settings = tuple(pair for pair in read.settings if pair in wanted or not _is_unset_bit(kind, pair))
        assert (read.name, read.kind, read.mtu, settings) == (link.name, kind, link.mtu, wanted)


def _is_unset_bit(kind: str, setting: tuple[str, t.Any]) -> bool:
    name, value = setting
    attribute = link_model.KINDS[kind].settings[name]
    if attribute.part is not None:
        return value == 0
    return value is False and (attribute.flag is not None or attribute.nla[0].form is nla.FLAG)


def test_port_settings_read_as_what_is_asked_for() -> None:
    values = Values(8)
    for _number in range(40):
        port = values.port()
        message = with_name_and_mtu(encode.set_port(5, port), 'p', 68)
        ours, theirs = ours_and_theirs('links', message, {})
        assert ours == theirs
        assert (ours[0].fields['port'], ours[0].port_of) == (port, 'bridge')


class Made(t.NamedTuple):
    """A link that was asked for."""

    link: Link
    below: int  # the number of its parent, 0 if it has none
    has_peer: bool  # then the kernel names the peer as its parent


def kinds_that_are_lacking(world: World, values: Values, parent: int) -> set[str]:
    lacking = set()
    for kind in ('dummy', 'vlan', 'ipvlan', 'vrf', 'bond'):
        probe = Link('', 'probe', kind, settings=values.settings(kind))
        numbers = {'lower': parent} if kind in ('vlan', 'ipvlan') else {}
        if world.knows(probe, **numbers):
            world.send(encode.delete_link(world.index('probe')))
        else:
            lacking.add(kind)
    return lacking


def bridge_settings_that_are_lacking(world: World) -> list[str]:
    """CONFIG_BRIDGE_VLAN_FILTERING and multicast snooping are matters of the kernel's build."""
    probe = world.link(Link('', 'probe', 'bridge'))
    lacking = [
        key
        for key, value in (('vlan_filtering', True), ('multicast_snooping', False))
        if world.sock.write([encode.set_settings(probe, 'bridge', ((key, value),))])
    ]
    shown = dict(world.found('probe').fields['settings'])
    return lacking + [key for key in link_model.KINDS['bridge'].settings if key not in shown]


def random_link(values: Values, kind: str, without: t.Container[str]) -> Link:
    link = values.link(kind, without)
    if kind == 'macvlan' and dict(link.settings).get('mode') == 'passthru':
        return link._replace(settings=(('mode', 'private'),))  # passthru wants the parent alone
    if kind == 'vlan':
        return link._replace(settings=values.fresh(lambda: values.settings('vlan')))
    return link


def make_random(world: World, values: Values, kind: str, parent: int, without: list[str]) -> list[Made]:
    link = random_link(values, kind, without)
    if kind == 'veth':
        peer = values.link('veth')
        world.send(encode.new_link(encode.ResolvedLink(link), encode.ResolvedLink(peer)))
        return [Made(peer, 0, True), Made(link, 0, True)]
    below = parent if kind in ('macvlan', 'vlan') or (kind == 'vxlan' and values.maybe()) else 0
    world.send(encode.new_link(encode.ResolvedLink(link, lower=below or None)))
    return [Made(link, below, False)]


def by_name(world: World) -> dict[str, dumps.FoundLink]:
    return {link.name: link for link in dumps.links(world.sock)}


def check_made(world: World, links: list[Made]) -> None:
    found = by_name(world)
    for link, below, has_peer in links:
        got = found[link.name].link('')
        assert (got.kind, got.mtu, got.mac, got.mark) == (link.kind, link.mtu, link.mac, link.mark)
        assert got.up is False
        assert set(link.settings) <= set(got.settings), (link, got)
        assert has_peer or found[link.name].lower == below


def change_bridges(world: World, values: Values, bridges: list[Link], without: list[str]) -> None:
    """Give the bridges other settings; those that are not changed stay."""
    wanted = {}
    for bridge in bridges:
        index = world.index(bridge.name)
        settings = dict(values.settings('bridge', without))
        kept = {**dict(bridge.settings), **settings}
        if kept.get('stp') and int(kept.get('forward_delay', 15)) < 2:
            kept['forward_delay'] = settings['forward_delay'] = 2
        if settings.get('stp') is False:
            # The kernel looks at the forward delay first, and under STP it wants two seconds.
            world.send(encode.set_settings(index, 'bridge', (('stp', False),)))
        if settings:
            world.send(encode.set_settings(index, 'bridge', tuple(sorted(settings.items()))))
        wanted[bridge.name] = kept
    found = by_name(world)
    for name, kept in wanted.items():
        assert kept.items() <= dict(found[name].fields['settings']).items(), (kept, found[name])


def change_ports(world: World, values: Values, ports: list[Link], bridges: list[Link]) -> None:
    """Put the links into bridges, and change all that can be changed."""
    index = world.indexes()
    wanted: dict[str, tuple[dict[str, t.Any], t.Any]] = {}
    for port in ports:
        changes = {
            'master': index[values.random.choice(bridges).name],
            'up': values.maybe(),
            'mac': values.mac(),
            'mtu': values.number(1280, 65535),
            'txqueuelen': values.number(0, 9999),
            'link_local': values.maybe(),
            'mark': 'multinet:%d' % values.number(0, 1 << 40),
        }
        settings = values.port()
        world.send(encode.set_link(index[port.name], **changes))
        if settings:
            world.send(encode.set_port(index[port.name], settings))
        wanted[port.name] = changes, settings
    found = by_name(world)
    for name, (changes, settings) in wanted.items():
        got = found[name].link('')
        assert found[name].master == changes.pop('master')
        assert {key: getattr(got, key) for key in changes} == changes
        assert set(settings) <= set(got.port), (settings, got.port)


def test_random_links_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        lower = Link('', 'lower', 'veth', mac=values.mac(), mtu=65535)
        world.send(
            encode.new_link(encode.ResolvedLink(lower), encode.ResolvedLink(Link('', 'lowerpeer', 'veth')))
        )
        parent = world.index('lower')
        lacking = kinds_that_are_lacking(world, values, parent)
        without = bridge_settings_that_are_lacking(world)
        made: list[Made] = []
        for kind in ['veth', 'bridge', 'macvlan', 'vxlan', 'dummy', 'vrf', 'vlan', 'bond'] * 12:
            if kind not in lacking:
                made += make_random(world, values, kind, parent, without)
        # An alias in the request that makes a link is ignored by the kernel.
        marked = [link for link, _below, _peer in made if link.mark]
        world.send(*[encode.set_link(link.name, mark=link.mark) for link in marked])
        check_made(world, made)
        bridges = [link for link, _below, _peer in made if link.kind == 'bridge']
        change_bridges(world, values, bridges, without)
        change_ports(world, values, [link for link, _below, _peer in made if link.kind == 'veth'], bridges)
        assert len(made) >= 60

    in_world(body)


def test_links_arrive_in_the_namespace_they_are_for() -> None:
    def body(world: World) -> None:
        world.send(encode.nsid(world.other, 5))
        assert dumps.nsid_of(world.sock, world.other) == 5
        world.send(
            encode.new_link(
                encode.ResolvedLink(Link('', 'near', 'veth', mtu=1400)),
                encode.ResolvedLink(Link('', 'far', 'veth', mtu=1300), place=world.other),
            )
        )
        world.send(
            encode.new_link(
                encode.ResolvedLink(
                    Link('', 'mac0', 'macvlan', settings=(('mode', 'vepa'),)),
                    lower=world.index('near'),
                    place=world.other,
                )
            )
        )
        near = world.found('near')

        def there() -> list[dumps.FoundLink]:
            home = namespaces.open_current()
            try:
                with namespaces.entered(world.other, home), netlink.NetlinkSocket() as sock:
                    return dumps.links(sock)
            finally:
                os.close(home)

        found = {link.name: link for link in there()}
        assert sorted(found) == ['far', 'lo', 'mac0']
        assert (near.lower, near.lower_nsid) == (found['far'].index, 5)
        assert (found['far'].fields['mtu'], found['far'].lower) == (1300, near.index)
        assert found['mac0'].lower == near.index
        assert found['mac0'].lower_nsid is not None
        world.send(encode.set_link('near', group=77), encode.delete_group(77))
        assert sorted(world.indexes()) == ['lo']
        assert [link.name for link in there()] == ['lo']

    in_world(body)
