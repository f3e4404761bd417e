# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dumps of a populated world: read as pyroute2 reads them, and what is in them can be removed."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule_model
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.populate import populate
from ansible_collections.multinet.linux.tests.conformance.recording import as_dict, ours_and_theirs, variety
from ansible_collections.multinet.linux.tests.conformance.world import Replay, World, in_world


def what_differs(ours: list[t.Any], theirs: list[t.Any]) -> t.Any:
    if not (ours and theirs):
        return ours, theirs
    mine, other = as_dict(ours[0]), as_dict(theirs[0])
    return {key: (mine[key], other[key]) for key in mine if mine[key] != other[key]}


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
        ours, theirs = ours_and_theirs(what, message, names)
        if ours != theirs:
            different.append((what_differs(ours, theirs), message.hex()))
        shown += len(ours)
    assert different == []
    assert len(messages[what]) >= at_least
    assert shown >= at_least_shown


def test_the_recording_shows_every_field_in_more_than_one_way(recording: t.Any) -> None:
    """Else the comparison above would prove little. No message says whether a route was learned, an address
    was optimistic, or a hardware address was derived; queues are read from the bytes of a link, and another
    dump says which VLANs have tunnels."""
    messages, names = recording
    same: dict[str, list[str]] = {}
    found: dict[str, dict[str, set[t.Any]]] = {}
    for what in messages:
        values = [ours_and_theirs(what, message, names)[0] for message in messages[what]]
        found[what] = variety(itertools.chain(*values))
        few = {key for key, texts in found[what].items() if len(texts) < 2}
        untold = {'namespace', 'learned', 'optimistic', 'mac_derived', 'tunnel_vlans', 'queues'}
        same[what] = sorted(few - untold)
    # The tables of addresses and rules name all that kernels tell of them.
    assert same == {'links': [], 'addresses': ['extra'], 'routes': [], 'rules': ['extra']}
    assert set(route_model.TYPES) <= found['routes']['type']
    assert set(rule_model.ACTIONS) <= found['rules']['action']
    assert {'', 'veth', 'bridge', 'macvlan', 'vxlan', 'tun'} <= found['links']['kind']
    assert {'global', 'link', 'host', 'site'} <= found['addresses']['scope'] & found['routes']['scope']


def test_what_the_kernel_made_is_left_out(recording: t.Any) -> None:
    messages, names = recording
    dump: t.Any = Replay(*messages['addresses'])
    addresses = {address.ip: address for address in dumps.addresses(dump, 'n', names)}
    # The kernel makes 127.0.0.1 as well, but does not say so.
    assert '::1' not in addresses
    by_hand = {'10.5.0.1', '10.1.0.1', '127.0.0.2', 'fd05::1', 'fe80::abcd', '2001:db8:0:1:1:1:1:1'}
    assert by_hand <= addresses.keys()
    assert not any(addresses[ip].dynamic for ip in by_hand)
    assert all(addresses[ip].dynamic for ip in ('10.5.4.1', 'fd05:4::1'))
    assert [ip for ip in addresses if ip.startswith('fe80')] == ['fe80::abcd']
    dump = Replay(*messages['routes'])
    assert not {route.to for route in dumps.routes(dump, 'n', names)} & {
        '10.1.0.0/24',
        '10.1.0.1/32',
        'fd01::/64',
        'fe80::/64',
        '30.0.7.0/24',
        '30.0.8.0/24',
    }


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
