# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The netlink codec against pyroute2, and against the kernel.

What pyroute2 makes of things that its releases treat differently, with the same bytes each time:

- IFA_PROTO has no name before 0.9, see pyroute2_objects.unknown; encode.address appends it to the finished message.
- RTA_NH_ID (nexthop objects) has no name in any of them; dumps.py does not read it either.
- All of them spell IPv6 addresses below ::/96 as the C library does, with dots, and Python before 3.13 does not.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import errno
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    codec,
    namespaces,
    netlink,
    nla,
    uapi,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects import decode as dumps
from ansible_collections.multinet.linux.plugins.module_utils.objects import encode
from ansible_collections.multinet.linux.plugins.module_utils.objects.address import codec as address_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import ASK_ADDRESSES
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import codec as link_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import kinds as link_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import FoundLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.namespace import codec as namespace_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import codec as route_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import ASK_ROUTES
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import codec as rule_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import ASK_RULES
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.conformance import golden, pyroute2_objects
from ansible_collections.multinet.linux.tests.conformance.values import Values
from ansible_collections.multinet.linux.tests.conformance.world import P, Replay, World, in_world, populate

PACKAGE = 'ansible_collections.multinet.linux.plugins.module_utils.'


# Decoding.


def each_message(datagrams: t.Iterable[bytes]) -> list[bytes]:
    return [data[start - 16 : end] for data, start, end in netlink.messages_of(datagrams)]


def recorded() -> tuple[dict[str, list[bytes]], dict[int, str]]:
    def body(world: World) -> tuple[dict[str, list[bytes]], dict[int, str]]:
        populate(world)
        return {
            'links': each_message(world.sock.dump(uapi.RTM_GETLINK, dumps.ASK_LINKS)),
            'addresses': each_message(world.sock.dump(uapi.RTM_GETADDR, ASK_ADDRESSES)),
            'routes': each_message(world.sock.dump(uapi.RTM_GETROUTE, ASK_ROUTES)),
            'rules': each_message(world.sock.dump(uapi.RTM_GETRULE, ASK_RULES)),
        }, world.names()

    return in_world(body)


@pytest.fixture(scope='module')
def recording() -> tuple[dict[str, list[bytes]], dict[int, str]]:
    return recorded()


def ours_and_theirs(what: str, message: bytes, names: dict[int, str]) -> tuple[list[t.Any], t.Any]:
    sock: t.Any = Replay(message)
    if what == 'links':
        return [comparable(link) for link in dumps.links(sock)], comparable(pyroute2_objects.link(message))
    if what == 'addresses':
        return t.cast('list[t.Any]', dumps.addresses(sock, 'n', names)), pyroute2_objects.address(
            message, 'n', names
        )
    if what == 'routes':
        return t.cast('list[t.Any]', dumps.routes(sock, 'n', names)), pyroute2_objects.route(
            message, 'n', names
        )
    return t.cast('list[t.Any]', dumps.rules(sock, 'n')), pyroute2_objects.rule(message, 'n')


LINK_REST = ('fields', 'message', 'kernel', 'namespace', 'peer', 'parent', 'match')
OF_FOUND = ('name', 'kind', 'master', *LINK_REST)


def comparable(found: FoundLink) -> FoundLink:
    """With all fields of Link, and without the kernel's bytes."""
    fields = {key: value for key, value in vars(found.link('')).items() if key not in OF_FOUND}
    return found._replace(fields=fields, message=b'')


def as_dict(value: t.Any) -> dict[str, t.Any]:
    if isinstance(value, FoundLink):
        return {
            key: member for key, member in {**value._asdict(), **value.fields}.items() if key not in LINK_REST
        }
    return dict(value._asdict() if hasattr(value, '_asdict') else dataclasses.asdict(value))


@pytest.mark.parametrize(
    'what, at_least, at_least_shown',
    [('links', 25, 25), ('addresses', 38, 30), ('routes', 110, 45), ('rules', 36, 30)],
)
def test_every_object_reads_as_pyroute2_reads_it(
    recording: t.Any, what: str, at_least: int, at_least_shown: int
) -> None:
    messages, names = recording
    shown = 0
    different = []
    for message in messages[what]:
        mine, other = ours_and_theirs(what, message, names)
        if mine != ([] if other is None else [other]):
            fields = (
                {
                    key: (value, as_dict(other)[key])
                    for key, value in as_dict(mine[0]).items()
                    if value != as_dict(other)[key]
                }
                if mine and other
                else (mine, other)
            )
            different.append((fields, message.hex()))
        shown += len(mine)
    assert different == []
    assert len(messages[what]) >= at_least
    assert shown >= at_least_shown


def variety(values: t.Iterable[t.Any]) -> dict[str, set[t.Any]]:
    found: dict[str, set[t.Any]] = collections.defaultdict(set)
    for value in values:
        for key, member in as_dict(value).items():
            found[key].add(str(member))
    return found


def test_the_recording_shows_every_field_in_more_than_one_way(recording: t.Any) -> None:
    """Else the comparison above would prove little."""
    messages, names = recording
    same: dict[str, list[str]] = {}
    found: dict[str, dict[str, set[t.Any]]] = {}
    for what in messages:
        found[what] = variety(
            value for message in messages[what] for value in ours_and_theirs(what, message, names)[0]
        )
        same[what] = sorted(
            key for key, values in found[what].items() if len(values) < 2 and key != 'namespace'
        )
    assert same == {'links': [], 'addresses': [], 'routes': [], 'rules': []}
    assert set(route_model.TYPES) <= found['routes']['type']
    assert set(rule_model.ACTIONS) <= found['rules']['action']
    assert {'', 'veth', 'bridge', 'macvlan', 'vxlan', 'tun'} <= found['links']['kind']
    assert {'global', 'link', 'host', 'site'} <= found['addresses']['scope'] & found['routes']['scope']


def test_what_the_kernel_made_is_left_out(recording: t.Any) -> None:
    messages, names = recording
    addresses = {
        address.ip: address
        for message in messages['addresses']
        for address in dumps.addresses(t.cast(t.Any, Replay(message)), 'n', names)
    }
    # The kernel makes 127.0.0.1 as well, but does not say so.
    assert '::1' not in addresses
    by_hand = {'10.5.0.1', '10.1.0.1', '127.0.0.2', 'fd05::1', 'fe80::abcd', '2001:db8:0:1:1:1:1:1'}
    assert by_hand <= addresses.keys()
    assert not any(addresses[ip].dynamic for ip in by_hand)
    assert all(addresses[ip].dynamic for ip in ('10.5.4.1', 'fd05:4::1'))
    assert [ip for ip in addresses if ip.startswith('fe80')] == ['fe80::abcd']
    routes = [
        route
        for message in messages['routes']
        for route in dumps.routes(t.cast(t.Any, Replay(message)), 'n', names)
    ]
    assert not {route.to for route in routes} & {
        '10.1.0.0/24',
        '10.1.0.1/32',
        'fd01::/64',
        'fe80::/64',
        '30.0.7.0/24',
        '30.0.8.0/24',
    }


@pytest.mark.parametrize('kind', list(link_model.KINDS))
def test_a_request_reads_as_what_it_asks_for(kind: str) -> None:
    """The settings of all kinds, also of those that this kernel lacks: a request has the form of a message of
    a dump."""
    values = Values(7)
    for _number in range(40):
        link = values.link(kind)
        message = (
            encode.new_link(encode.Placed(link, master=3, lower=4))
            if kind != 'bridge'
            else encode.set_settings(5, kind, link.settings)
        )
        if kind == 'bridge':  # values that a bridge is born with are not asked for
            name_and_mtu = nla.pack_attribute(3, b'br\0') + nla.pack_attribute(
                4, struct.pack('=I', link.mtu or 0)
            )
            message = struct.pack('=I', len(message) + len(name_and_mtu)) + message[4:] + name_and_mtu
            link = dataclasses.replace(link, name='br')
        mine, other = ours_and_theirs('links', message, {})
        assert mine == [other]
        wanted = tuple(
            (key, value)
            for key, value in link.settings
            if link_model.KINDS[kind].settings[key].kernel_default != value or kind == 'bridge'
        )
        read = mine[0].link('')
        assert (read.name, read.kind, read.mtu, read.settings) == (
            link.name,
            kind,
            link.mtu,
            wanted,
        )


def test_port_settings_read_as_what_is_asked_for() -> None:
    values = Values(8)
    for _number in range(40):
        port = values.port()
        data = encode.set_port(5, port)
        name_and_mtu = nla.pack_attribute(3, b'p\0') + nla.pack_attribute(4, struct.pack('=I', 68))
        mine, other = ours_and_theirs(
            'links', struct.pack('=I', len(data) + len(name_and_mtu)) + data[4:] + name_and_mtu, {}
        )
        assert mine == [other]
        assert (mine[0].fields['port'], mine[0].port_of) == (port, 'bridge')


def test_cut_and_broken_attributes_end_the_reading() -> None:
    whole = nla.pack_attribute(1, b'abcd') + nla.pack_attribute(2, b'xyz')
    assert nla.parse_attributes(whole) == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(whole + b'\3\0\1\0') == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(whole + b'\0\0') == {1: b'abcd', 2: b'xyz'}
    assert nla.parse_attributes(
        nla.pack_attribute(1 | 0x8000, b'') + nla.pack_attribute(1 | 0x4000, b'zz')
    ) == {1: b'zz'}


# Encoding.


@pytest.mark.parametrize('by_hand', [True, False])
def test_every_message_has_the_bytes_that_it_always_had(
    by_hand: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not by_hand:
        monkeypatch.setattr(codec.pack, 'packed', lambda *_args: None)
    cases = list(golden.cases())
    kept = golden.kept()
    assert [name for name, *_call in cases] == list(kept)
    assert {one[0]: golden.encoded(one) for one in cases} == kept


def test_no_function_and_no_setting_is_without_its_bytes() -> None:
    names = list(golden.kept())
    functions = [
        name.replace('encode_', '')
        for module in (address_codec, link_codec, namespace_codec, route_codec, rule_codec)
        for name, value in vars(module).items()
        if getattr(value, '__module__', '') == module.__name__
        and not isinstance(value, type)
        and not name.startswith(('_', 'dump_', 'decode_', 'nsid_of'))
    ]
    assert sorted({name.split(':')[0] for name in names}) == sorted(functions)
    for kind, table in golden.tables().items():
        for key in table:
            assert any(name.startswith('set_settings: %s %s ' % (kind, key)) for name in names)
    for key in PORT:
        assert any(name.startswith('set_port: %s ' % key) for name in names)
    for key in link_codec.SIMPLE:
        assert any(name.startswith('set_link: %s ' % key) for name in names)


# Round trips through the kernel.


@pytest.fixture
def seed() -> t.Iterator[int]:
    """A new one each time. SEED=NUMBER repeats a run."""
    number = int(os.environ.get('SEED') or random.SystemRandom().randrange(1 << 32))
    print('SEED=%d repeats this run' % number)  # shown with a failure
    yield number


def test_random_links_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        lower = Link('', 'lower', 'veth', mac=values.mac(), mtu=65535)
        world.send(encode.new_link(encode.Placed(lower), encode.Placed(Link('', 'lowerpeer', 'veth'))))
        base = world.index('lower')
        lacking = set()
        for kind, parent in (('dummy', 0), ('vlan', base), ('ipvlan', base), ('vrf', 0), ('bond', 0)):
            probe = Link('', 'probe', kind, settings=values.settings(kind))
            if world.knows(probe, **({'lower': parent} if parent else {})):
                world.send(encode.delete_link(world.index('probe')))
            else:
                lacking.add(kind)
        # CONFIG_BRIDGE_VLAN_FILTERING and multicast snooping are matters of the kernel's build.
        world.link(Link('', 'probe', 'bridge'))
        without = [
            key
            for key, value in (('vlan_filtering', True), ('multicast_snooping', False))
            if world.sock.write([encode.set_settings(world.index('probe'), 'bridge', ((key, value),))])
        ]
        wanted: list[tuple[Link, int, bool]] = []
        for kind in ['veth', 'bridge', 'macvlan', 'vxlan', 'dummy', 'vrf', 'vlan', 'bond'] * 12:
            if kind in lacking:
                continue
            link = values.link(kind, without)
            if kind == 'macvlan' and dict(link.settings).get('mode') == 'passthru':
                link = dataclasses.replace(
                    link, settings=(('mode', 'private'),)
                )  # would need a link for itself
            if kind == 'vlan':
                link = dataclasses.replace(link, settings=values.fresh(lambda: values.settings('vlan')))
            if kind == 'veth':
                peer = values.link('veth')
                world.send(encode.new_link(encode.Placed(link), encode.Placed(peer)))
                wanted.append((peer, 0, True))
            else:
                below = base if kind in ('macvlan', 'vlan') or (kind == 'vxlan' and values.maybe()) else 0
                world.send(encode.new_link(encode.Placed(link, lower=below or None)))
                if below:
                    wanted.append((link, below, False))
                    continue
            wanted.append((link, 0, kind == 'veth'))
        # An alias in the request that makes a link is ignored by the kernel.
        world.send(
            *[encode.set_link(link.name, mark=link.mark) for link, _below, _any in wanted if link.mark]
        )
        found = {link.name: link for link in dumps.links(world.sock)}
        for link, below, any_lower in wanted:
            got = found[link.name].link('')
            assert (got.kind, got.mtu, got.mac, got.mark, got.up) == (
                link.kind,
                link.mtu,
                link.mac,
                link.mark,
                False,
            )
            assert set(link.settings) <= set(got.settings), (link, got)
            assert any_lower or found[link.name].lower == below
        # Changes in place: bridges with new settings, ports, masters, names stay.
        bridges = [link for link, _below, _any in wanted if link.kind == 'bridge']
        ports = [link for link, _below, _any in wanted if link.kind == 'veth']
        after: dict[str, tuple[t.Any, ...]] = {}
        for bridge in bridges:
            settings = values.settings('bridge', without)
            kept = {**dict(bridge.settings), **dict(settings)}
            if kept.get('stp') and int(kept.get('forward_delay', 15)) < 2:
                kept['forward_delay'] = 2
                settings = tuple(sorted({**dict(settings), 'forward_delay': 2}.items()))
            if (
                'stp',
                False,
            ) in settings:  # the kernel looks at the forward delay first, and under STP it wants two seconds
                world.send(encode.set_settings(found[bridge.name].index, 'bridge', (('stp', False),)))
            if settings:
                world.send(encode.set_settings(found[bridge.name].index, 'bridge', settings))
            after[bridge.name] = tuple(sorted(kept.items()))
        changed: dict[str, tuple[int, int, bool, bool, str, t.Any, str]] = {}
        for port in ports:
            master = found[values.random.choice(bridges).name].index
            up, mac, mtu, port_settings = (
                values.maybe(),
                values.mac(),
                values.number(1280, 65535),
                values.port(),
            )
            link_local, mark = values.maybe(), 'multinet:%d' % values.number(0, 1 << 40)
            index = found[port.name].index
            world.send(
                encode.set_link(
                    index, master=master, mac=mac, mtu=mtu, up=up, link_local=link_local, mark=mark
                )
            )
            if port_settings:
                world.send(encode.set_port(index, port_settings))
            changed[port.name] = (master, mtu, up, link_local, mac, port_settings, mark)
        found = {link.name: link for link in dumps.links(world.sock)}
        for name, settings in after.items():
            assert set(settings) <= set(found[name].fields['settings']), (settings, found[name])
        for name, (master, mtu, up, link_local, mac, port_settings, mark) in changed.items():
            got = found[name].link('')
            assert (found[name].master, got.mtu, got.up, got.link_local, got.mac, got.mark) == (
                master,
                mtu,
                up,
                link_local,
                mac,
                mark,
            )
            assert set(port_settings) <= set(got.port), (port_settings, got.port)
        assert len(wanted) >= 60

    in_world(body)


def test_links_arrive_in_the_namespace_they_are_for() -> None:
    def body(world: World) -> None:
        world.send(encode.nsid(world.other, 5))
        assert dumps.nsid_of(world.sock, world.other) == 5
        world.send(
            encode.new_link(
                encode.Placed(Link('', 'near', 'veth', mtu=1400)),
                encode.Placed(Link('', 'far', 'veth', mtu=1300), place=world.other),
            )
        )
        world.send(
            encode.new_link(
                encode.Placed(
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
                with namespaces.entered(world.other, home), netlink.Socket() as sock:
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


def two_links(world: World) -> dict[str, int]:
    world.send(
        encode.set_link(world.index('lo'), up=True),
        encode.new_link(encode.Placed(Link('', 'a', 'veth')), encode.Placed(Link('', 'b', 'veth'))),
    )
    index = world.indexes()
    world.send(
        encode.set_link(index['a'], link_local=False, up=True),
        encode.set_link(index['b'], link_local=False, up=True),
    )
    return index


def test_random_addresses_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        index = two_links(world)
        names = {number: name for name, number in index.items()}
        wanted = [values.address(values.random.choice('ab')) for _number in range(300)]
        world.send(*[encode.address(address, index[address.link], True) for address in wanted])
        found = {address.key: address for address in dumps.addresses(world.sock, '', names)}
        networks: set[tuple[str, str]] = set()
        for address in wanted:
            network = (address.link, address.network)
            expected = dataclasses.replace(
                address, secondary=address.family == 'ipv4' and network in networks
            )
            networks.add(network)
            assert found.pop(address.key) == expected
        del names[index['lo']]  # which has the kernel's own 127.0.0.1
        assert sorted(key[2] for key in found) == ['127.0.0.1/8']
        # All of them can be removed again, last ones first: secondary addresses go with their first one.
        world.send(*[encode.address(address, index[address.link], False) for address in reversed(wanted)])
        assert dumps.addresses(world.sock, '', names) == []

    in_world(body)


def test_a_second_address_of_a_network_is_told_as_such() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        world.send(
            *[
                encode.address(Address('', 'a', '10.0.0.%d/24' % number), index['a'], True)
                for number in (1, 2, 3)
            ],
            encode.address(Address('', 'a', '10.0.0.9/25'), index['a'], True),
        )
        found = dumps.addresses(world.sock, '', {index['a']: 'a'})
        assert {address.ip: address.secondary for address in found} == {
            '10.0.0.1': False,
            '10.0.0.2': True,
            '10.0.0.3': True,
            '10.0.0.9': False,
        }

    in_world(body)


def test_random_routes_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        index = two_links(world)
        names = {number: name for name, number in index.items()}
        sources = {'ipv4': ['192.168.1.1', '192.168.2.1'], 'ipv6': ['fc01::1', 'fc02::1']}
        gateways = {
            'ipv4': {
                'a': ['192.168.1.%d' % number for number in range(2, 12)],
                'b': ['192.168.2.%d' % number for number in range(2, 12)],
            },
            'ipv6': {link: ['fe80::%x' % number for number in range(1, 7)] for link in 'ab'},
        }
        for family, length in (('ipv4', 24), ('ipv6', 64)):
            world.send(
                *[
                    encode.address(Address('', link, '%s/%d' % (source, length)), index[link], True)
                    for link, source in zip('ab', sources[family])
                ]
            )
        before = dumps.routes(world.sock, '', names)
        wanted = [
            values.route(family, gateways[family], sources[family], ['a', 'b'])
            for family in [values.random.choice(['ipv4', 'ipv6']) for _number in range(400)]
        ]
        world.send(*[encode.route(route, index, 'add') for route in wanted])
        found = {route.key: route for route in dumps.routes(world.sock, '', names)}
        for route in wanted:
            assert found.pop(route.key) == route
        assert found == {route.key: route for route in before}
        # Replacing what is there, by the same and by something else.
        changed = [
            dataclasses.replace(route, metrics=(('mtu', 1300),) if route.hops else (), protocol=P)
            for route in wanted
        ]
        world.send(*[encode.route(route, index, 'replace') for route in changed])
        found = {route.key: route for route in dumps.routes(world.sock, '', names)}
        assert [(found[route.key], route) for route in changed if found[route.key] != route] == []
        assert len(found) == len(wanted) + len(before)
        world.send(*[encode.route(route, index, 'delete') for route in changed])
        assert dumps.routes(world.sock, '', names) == before

    in_world(body)


def test_random_rules_come_back(seed: int) -> None:
    values = Values(seed)

    def body(world: World) -> None:
        assert dumps.rules(world.sock, '') == []
        wanted = [values.rule(values.random.choice(['ipv4', 'ipv6'])) for _number in range(300)]
        world.send(*[encode.rule(rule, True) for rule in wanted])
        found = {(rule.family, rule.priority): rule for rule in dumps.rules(world.sock, '')}
        for rule in wanted:
            assert found.pop((rule.family, rule.priority)) == rule
        assert found == {}
        world.send(*[encode.rule(rule, False) for rule in wanted])
        assert dumps.rules(world.sock, '') == []

    in_world(body)


def test_what_others_made_can_be_removed() -> None:
    """Also where it is something that no document can say."""

    def body(world: World) -> None:
        populate(world)
        names = world.names()
        index = {name: number for number, name in names.items()}
        world.send(*[encode.rule(rule, False) for rule in dumps.rules(world.sock, '')])
        assert dumps.rules(world.sock, '') == []
        for route in dumps.routes(world.sock, '', names):
            world.sock.write([encode.route(route, index, 'delete')])
        # Not in the model: a nexthop object (no gateway can be named for such a route), and the source of an
        # IPv6 route.
        left = {route.to for route in dumps.routes(world.sock, '', names)}
        assert left <= {
            '30.2.0.0/24',
            '30.2.1.0/24',
            '30.2.3.0/24',
            '30.2.4.0/24',
            'fd36::/64',
            'fd37::/64',
            'fd38::/64',
            'fd39::/64',
            'fd40::/64',
        }
        addresses = sorted(dumps.addresses(world.sock, '', names), key=lambda address: not address.secondary)
        for address in addresses:
            world.sock.write([encode.address(address, index[address.link], False)])
        assert dumps.addresses(world.sock, '', names) == []

    in_world(body)


# Transport.


def adding(index: int, count: int) -> list[bytes]:
    return [
        encode.address(Address('', 'a', '10.%d.%d.1/32' % (number >> 8, number & 255)), index, True)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    'failing', [(31,), (0,), (63,), (0, 1, 30, 31, 62, 63), tuple(range(0, 64, 2)), tuple(range(64))]
)
def test_errors_stand_at_their_position_and_the_others_are_done(failing: tuple[int, ...]) -> None:
    def body(world: World) -> None:
        index = two_links(world)
        messages = adding(index['a'], netlink.BATCH)
        assert len(messages) == 64
        for position in failing:
            messages[position] = encode.delete_link(999999 + position)
        for _again in range(3):
            errors = world.sock.write(messages)
            assert sorted(errors) == list(failing)
            assert {error.name for error in errors.values()} <= {'ENODEV'}
            found = dumps.addresses(world.sock, '', {index['a']: 'a'})
            assert len(found) == 64 - len(failing)
            world.send(*[encode.address(address, index['a'], False) for address in found])

    in_world(body)


def test_each_error_is_its_own() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        good = adding(index['a'], 1)[0]
        errors = world.sock.write(
            [
                good,
                good,
                encode.delete_link(99999),
                encode.route(Route('', '10.9.0.0/16', (Hop('9.9.9.9', 'a'),)), index, 'add'),
                good,
                encode.new_link(encode.Placed(Link('', 'x', 'no-such-kind'))),
                encode.rule(Rule('', 'ipv4', 5, table=5), False),
                encode.route(Route('', '10.9.0.0/16', (Hop('', 'a'),)), index, 'delete'),
            ]
        )
        assert {position: error.errno for position, error in errors.items()} == {
            1: errno.EEXIST,
            2: errno.ENODEV,
            3: errno.ENETUNREACH,
            4: errno.EEXIST,
            5: errno.EOPNOTSUPP,
            6: errno.ENOENT,
            7: errno.ESRCH,
        }
        assert 'gateway' in errors[3].detail
        assert errors[3].detail in str(errors[3])
        assert str(errors[2]).startswith('ENODEV: ')
        assert world.sock.write([]) == {}
        with pytest.raises(ValueError):
            world.sock.write([good] * 65)
        with pytest.raises(netlink.KernelError) as caught:
            world.sock.ask(uapi.RTM_GETLINK, uapi.IFINFOMSG.pack(0, 0, 99999, 0, 0))
        assert caught.value.name == 'ENODEV'

    in_world(body)


def test_long_explanations_of_a_whole_batch_all_arrive() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        bad = encode.route(Route('', '10.9.0.0/16', (Hop('9.9.9.9', 'a'),)), index, 'add')
        for _again in range(20):
            errors = world.sock.write([bad] * netlink.BATCH)
            assert sorted(errors) == list(range(netlink.BATCH))
            assert {error.detail for error in errors.values()} == {'Nexthop has invalid gateway'}

    in_world(body)


def test_the_largest_messages_fit_in_a_batch() -> None:
    def body(world: World) -> None:
        index = two_links(world)
        hops = tuple(
            sorted(Hop('10.%d.%d.1' % (number >> 8, number & 255), 'a', 1, True) for number in range(200))
        )
        routes = [Route('', '20.%d.0.0/16' % number, hops, protocol=P) for number in range(netlink.BATCH)]
        world.send(*[encode.route(route, index, 'add') for route in routes])
        assert sorted(dumps.routes(world.sock, '', {index['a']: 'a'}), key=str) == sorted(routes, key=str)

    in_world(body)


@pytest.mark.parametrize(
    'kind, ask, number',
    [
        # One stands in NLMSG_DONE, since the dump had begun, the other is an NLMSG_ERROR.
        (uapi.RTM_GETROUTE, uapi.RTMSG.pack(socket.AF_INET, 0, 0, 0, 77, 0, 0, 0, 0), errno.ENOENT),
        (uapi.RTM_GETADDR, uapi.IFADDRMSG.pack(socket.AF_INET, 0, 0, 0, 99999), errno.ENODEV),
        (uapi.RTM_GETLINK, uapi.IFINFOMSG.pack(0, 5, 0, 0, 0), errno.EINVAL),
        (uapi.RTM_GETROUTE, uapi.RTMSG.pack(socket.AF_INET, 0, 0, 1, 0, 0, 0, 0, 0), errno.EINVAL),
        (uapi.RTM_GETRULE, b'\2', errno.EINVAL),
        (1000, ASK_RULES, errno.EOPNOTSUPP),
    ],
)
def test_a_refused_dump_is_an_error(kind: int, ask: bytes, number: int) -> None:
    def body(world: World) -> None:
        with pytest.raises(netlink.KernelError) as caught:
            world.sock.dump(kind, ask)
        assert caught.value.errno == number
        if number in (errno.ENOENT, errno.EINVAL):
            assert caught.value.detail
        assert [link.name for link in dumps.links(world.sock)] == ['lo']  # the socket is still in step

    in_world(body)


class Wrapped:
    """A real socket under whose hands something happens after the first part of each dump."""

    def __init__(self, real: socket.socket, happens: t.Callable[[], None]) -> None:
        self.real, self.happens, self.parts = real, happens, 0

    def send(self, data: bytes) -> int:
        self.parts = 0
        return self.real.send(data)

    def recv(self, size: int) -> bytes:
        data = self.real.recv(size)
        self.parts += 1
        if self.parts == 1:
            self.happens()
        return data

    def close(self) -> None:
        self.real.close()


@contextlib.contextmanager
def disturbed(world: World, happens: t.Callable[[], None]) -> t.Iterator[None]:
    real = world.sock.socket
    world.sock.socket = t.cast(t.Any, Wrapped(real, happens))
    try:
        yield
    finally:
        world.sock.socket = real


COUNT = 3000  # makes more parts of a dump than the kernel has ready when the first one is read


def many(what: str, world: World) -> tuple[t.Callable[[], list[t.Any]], list[bytes], list[bytes]]:
    """A reader, and messages that remove and make again the first ones of many objects."""
    index = two_links(world)
    names = {number: name for name, number in index.items()}
    if what == 'links':
        links = [Link('', 'l%d' % number, 'bridge') for number in range(120)]
        make = [encode.new_link(encode.Placed(link)) for link in links]
        world.send(*make)
        index = world.indexes()
        return (
            lambda: [link.name for link in dumps.links(world.sock)],
            [encode.delete_link(index[link.name]) for link in links[:20]],
            make[:20],
        )
    if what == 'rules':
        rules = [Rule('', 'ipv4', number + 1, table=5, protocol=P) for number in range(COUNT)]
        world.send(*[encode.rule(rule, True) for rule in rules])
        return (
            lambda: dumps.rules(world.sock, ''),
            [encode.rule(rule, False) for rule in rules[:50]],
            [encode.rule(rule, True) for rule in rules[:50]],
        )
    if what.startswith('routes'):
        routes = [
            Route(
                '', '20.%d.%d.0/24' % (number >> 8, number & 255), (Hop('', 'a'),), scope='link', protocol=P
            )
            if what == 'routes ipv4'
            else Route('', 'fd20:%x::/32' % number, (Hop('', 'a'),), metric=1, protocol=P)
            for number in range(COUNT)
        ]
        world.send(*[encode.route(route, index, 'add') for route in routes])
        return (
            lambda: dumps.routes(world.sock, '', names),
            [encode.route(route, index, 'delete') for route in routes[:50]],
            [encode.route(route, index, 'add') for route in routes[:50]],
        )
    addresses = [
        Address(
            '',
            'a',
            ('10.%d.%d.1/32' % (number >> 8, number & 255))
            if what == 'addresses ipv4'
            else 'fd00:%x::1/128' % number,
            prefix_route=False,
        )
        for number in range(COUNT)
    ]
    world.send(*[encode.address(address, index['a'], True) for address in addresses])
    return (
        lambda: dumps.addresses(world.sock, '', names),
        [encode.address(address, index['a'], False) for address in addresses[:50]],
        [encode.address(address, index['a'], True) for address in addresses[:50]],
    )


@pytest.mark.parametrize(
    'what', ['links', 'addresses ipv4', 'addresses ipv6', 'routes ipv4', 'routes ipv6', 'rules']
)
def test_a_change_in_the_middle_of_a_dump_does_not_hide_other_objects(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink.time, 'sleep', lambda _seconds: None)

    def body(world: World) -> None:
        read, removal, making = many(what, world)
        with netlink.Socket() as other:
            for messages in (removal, making):
                before = read()
                once = [messages]

                # pylint: disable=dangerous-default-value
                def happens(once: list[list[bytes]] = once) -> None:
                    if once:
                        assert other.write(once.pop()) == {}

                with disturbed(world, happens):
                    during = read()
                assert once == []
                after = read()
                staying = set(before) & set(after)
                assert len(during) == len(set(during))
                assert staying <= set(during) <= set(before) | set(after)

    in_world(body)


@pytest.mark.parametrize(
    'what, another',
    [
        (
            'links',
            lambda _index, number: encode.new_link(encode.Placed(Link('', 'more%d' % number, 'bridge'))),
        ),
        (
            'addresses ipv4',
            lambda index, number: encode.address(Address('', 'a', '11.0.0.%d/32' % number), index, True),
        ),
        ('rules', lambda _index, number: encode.rule(Rule('', 'ipv4', 1, table=1000 + number), True)),
    ],
)
def test_changes_without_end_are_reported(
    what: str, another: t.Callable[[int, int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink.time, 'sleep', lambda _seconds: None)

    def body(world: World) -> None:
        read, _removal, _making = many(what, world)
        index = world.index('a')
        with netlink.Socket() as other:
            numbers = iter(range(1, 250))

            def happens() -> None:
                assert other.write([another(index, next(numbers))]) == {}

            with disturbed(world, happens), pytest.raises(netlink.Torn):
                read()
        read()  # the socket is still in step

    in_world(body)


class Script:
    """A socket that gives prepared answers."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, _size: int) -> bytes:
        return self.answers.pop(0)


def part(kind: int, flags: int, body: bytes = b'\0\0\0\0') -> bytes:
    return struct.pack('=IHHII', 16 + len(body), kind, flags, 1, 0) + body


@pytest.mark.parametrize(
    'torn',
    [
        [part(20, 0x12), part(3, 2)],
        [part(20, 2) + part(20, 0x12), part(3, 2)],
        [part(20, 2), part(3, 0x12)],
        [part(20, 2) + part(3, 0x12)],
    ],
)
def test_the_mark_of_a_torn_dump_is_seen_on_every_message(
    torn: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink.time, 'sleep', lambda _seconds: None)
    with netlink.Socket() as sock:
        real, sock.socket = sock.socket, t.cast(t.Any, Script(*torn, *torn, part(20, 2), part(3, 2)))
        assert sock.dump(22, b'') == [part(20, 2), part(3, 2)]
        sock.socket = t.cast(t.Any, Script(*(torn * 30)))
        with pytest.raises(netlink.Torn):
            sock.dump(22, b'')
        assert sock.socket.answers == []  # type: ignore[attr-defined] # a Script
        sock.socket = real


def test_dumps_while_another_thread_changes_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def body(world: World) -> None:
        index = two_links(world)
        names = {index['a']: 'a', index['b']: 'b'}
        world.send(*adding(index['a'], 800))
        steady = {address.ip for address in dumps.addresses(world.sock, '', names)}
        first = sorted(steady)[:5]
        churned = [Address('', 'a', '%s/32' % address) for address in first]
        steady -= set(first)
        assert len(steady) == 795
        end = threading.Event()
        changes = []

        def churn() -> None:
            namespaces.setns(world.fd)
            with netlink.Socket() as sock:
                while not end.is_set():
                    for add in (False, True):
                        for address in churned:
                            assert sock.write([encode.address(address, index['a'], add)]) == {}
                            changes.append(address)

        thread = threading.Thread(target=churn)
        thread.start()
        complete = torn = 0
        try:
            while thread.is_alive() and (complete + torn < 60 or len(changes) < 200):
                try:
                    found = [address.ip for address in dumps.addresses(world.sock, '', names)]
                except netlink.Torn:
                    torn += 1
                    continue
                complete += 1
                assert len(found) == len(set(found))
                assert steady <= set(found) <= steady | set(first)
            assert thread.is_alive()
        finally:
            end.set()
            thread.join()

    monkeypatch.setattr(netlink.time, 'sleep', lambda _seconds: None)
    in_world(body)


def test_a_thousand_sockets_leave_no_descriptor() -> None:
    def body(world: World) -> None:
        before = sorted(os.listdir('/proc/self/fd'))
        for number in range(1000):
            with netlink.Socket() as sock:
                if number % 4 == 0:
                    dumps.links(sock)
                elif number % 4 == 1:
                    assert sock.write([encode.delete_link(99999)])
                elif number % 4 == 2:
                    with contextlib.suppress(netlink.KernelError):
                        sock.dump(1000, b'')
        assert sorted(os.listdir('/proc/self/fd')) == before

    in_world(body)


# Finding the library.


def run(script: str, path: t.Sequence[str] = (), without_library: bool = False) -> str:
    """Run *script* in an interpreter of its own and return what it prints."""
    whole = [
        *path,
        *[
            entry
            for entry in sys.path
            if entry and not (without_library and (pathlib.Path(entry) / 'pyroute2').exists())
        ],
    ]
    start = (
        'import sys; sys.path[:] = %r\nfrom %skernel import codec, namespaces, netlink\n'
        'from %sobjects import decode as dumps\n'
    ) % (whole, PACKAGE, PACKAGE)
    done = subprocess.run(
        [sys.executable, '-B', '-S', '-c', start + script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ABSENT = '''
try:
    codec.require()
except codec.MissingLibrary as exc:
    print(exc, exc.trace, sep='\\n')
    assert not [name for name in sys.modules if name.startswith('pyroute2')], sys.modules
'''


def test_without_the_library_the_traceback_is_told() -> None:
    said = run(ABSENT, without_library=True)
    assert said.startswith('pyroute2 cannot be imported\nTraceback (most recent call last):\n')
    assert re.search(r"ModuleNotFoundError: No module named 'pyroute2|ImportError: no package pyroute2", said)


@pytest.mark.parametrize(
    'files, reason',
    [
        ({'__init__.py': ''}, 'ModuleNotFoundError'),
        ({'__init__.py': 'raise RuntimeError("out of order")'}, 'out of order'),
        ({'__init__.py': '(', 'netlink/__init__.py': '('}, 'SyntaxError'),
        (
            {
                '__init__.py': '',
                'netlink/__init__.py': '',
                'netlink/rtnl/__init__.py': '',
                **{
                    'netlink/rtnl/%s.py' % name: ''
                    for name in ('ifinfmsg', 'ifaddrmsg', 'rtmsg', 'fibmsg', 'nsidmsg')
                },
            },
            'AttributeError',
        ),
    ],
)
def test_an_unfit_library_is_a_missing_one(
    files: dict[str, str], reason: str, tmp_path: pathlib.Path
) -> None:
    for name, text in files.items():
        file = tmp_path / 'pyroute2' / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')
    said = run(ABSENT.rsplit('\n', 2)[0], [str(tmp_path)])
    assert 'Traceback (most recent call last):' in said
    assert reason in said


@pytest.mark.parametrize(
    'version, metadata',
    [
        ('0.5.14', 'pyroute2-0.5.14.egg-info'),
        ('0.6.13', 'pyroute2.core-0.6.13.dist-info'),
        ('0.7.1', 'pyroute2-0.7.1-py3.9.egg-info'),
    ],
)
def test_an_old_library_is_refused_though_it_loads(
    version: str, metadata: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / metadata).mkdir()
    [place] = [entry for entry in sys.path if (pathlib.Path(entry) / 'pyroute2').is_dir()]
    (tmp_path / 'pyroute2').symlink_to(pathlib.Path(place, 'pyroute2'))
    said = run(ABSENT, [str(tmp_path)])
    assert said == (
        'pyroute2: is too old (found %s in %s, want 0.7.2 or newer); run the role'
        ' multinet.linux.prepare on this host, '
        'which puts a newer one beside it\n\n' % (version, tmp_path)
    )


@pytest.mark.parametrize('version', ['0.7.2', '0.7.2.post1', '0.7.10', '0.10.0', '1.0'])
def test_a_newer_library_is_not_refused(version: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / ('pyroute2-%s.dist-info' % version)).mkdir()
    [place] = [entry for entry in sys.path if (pathlib.Path(entry) / 'pyroute2').is_dir()]
    (tmp_path / 'pyroute2').symlink_to(pathlib.Path(place, 'pyroute2'))
    assert run('codec.require()\nprint(sys.modules["pyroute2"].__file__)', [str(tmp_path)]).startswith(
        str(tmp_path)
    )


GOLDEN = '''
from ansible_collections.multinet.linux.tests.conformance import golden
kept = golden.kept()
codec.pack.packed = lambda *_args: None
assert {one[0]: golden.encoded(one) for one in golden.cases()} == kept
print(len(kept))
print(hasattr(sys.modules['pyroute2'], 'IPRoute'))
'''


@pytest.mark.parametrize(
    'first, whole',
    [
        ('', False),
        ('import pyroute2', True),
        ('import pyroute2.netlink.rtnl.ifinfmsg', True),
        ('def broken(_names): raise KeyError("out of order")\ncodec._stubbed = broken', True),
        ('codec.importlib.util.find_spec = lambda _name: None', True),
        (
            '''
import importlib.machinery
spec = importlib.machinery.ModuleSpec('pyroute2', None, is_package=True)
spec.submodule_search_locations = ['/proc/self/no-such-folder']
codec.importlib.util.find_spec = lambda _name: spec
''',
            True,
        ),
    ],
)
def test_the_same_bytes_however_the_library_is_imported(first: str, whole: bool) -> None:
    assert run(first + GOLDEN).split() == [str(len(golden.kept())), str(whole)]


def test_reading_imports_nothing_of_the_library() -> None:
    assert (
        run(
            '''
import pkgutil
import %skernel as kernel
from %sobjects import encode
for found in pkgutil.iter_modules(kernel.__path__):
    __import__(kernel.__name__ + '.' + found.name)
def read():
    home = namespaces.open_current()
    with namespaces.entered(namespaces.create_anonymous(home), home), netlink.Socket() as sock:
        links = dumps.links(sock)
        names = {link.index: link.name for link in links}
        return len(links), dumps.addresses(sock, '', names), dumps.routes(sock, '', names), dumps.rules(sock, '')
print(namespaces.in_thread(read))
print([name for name in sys.modules if 'pyroute2' in name or 'pr2modules' in name])
'''
            % (PACKAGE, PACKAGE)
        )
        == '(1, [], [], [])\n[]\n'
    )


def test_a_socket_of_pyroute2_sees_the_same_objects() -> None:
    """Through the few calls that are alike in all releases, with the library imported before."""
    assert run('''
from pyroute2 import IPRoute
from ansible_collections.multinet.linux.tests.conformance import world
def body(one):
    world.populate(one)
    names = one.names()
    with IPRoute() as ipr:
        links, addresses, routes, rules = (list(call()) for call in (ipr.get_links, ipr.get_addr, ipr.get_routes, ipr.get_rules))
    assert sorted((m['index'], m.get_attr('IFLA_IFNAME')) for m in links) == sorted(names.items())
    ours = {(a.link, a.ip) for a in dumps.addresses(one.sock, '', names)}
    pyroute2_objects = {(names[m['index']], m.get_attr('IFA_LOCAL') or m.get_attr('IFA_ADDRESS')) for m in addresses}
    assert {key for key in ours if not key[1].startswith('::')} <= pyroute2_objects, ours - pyroute2_objects
    tables = {r.table for r in dumps.routes(one.sock, '', names)}
    assert tables <= {m.get_attr('RTA_TABLE') for m in routes}
    numbers = {'ipv4': 2, 'ipv6': 10}
    assert {(numbers[r.family], r.priority) for r in dumps.rules(one.sock, '')} <= {(m['family'], m.get_attr('FRA_PRIORITY') or 0) for m in rules}
    return 'same'
print(world.in_world(body))
''').endswith('same\n')
