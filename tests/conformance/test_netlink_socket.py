# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The netlink socket: batches, errors and their positions, refused dumps."""

from __future__ import annotations

import contextlib
import errno
import os
import socket

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    netlink,
    uapi,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import ASK_RULES
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.world import (
    P,
    World,
    adding,
    in_world,
    two_links,
)


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
                encode.new_link(encode.ResolvedLink(Link('', 'x', 'no-such-kind'))),
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


def test_a_thousand_sockets_leave_no_descriptor() -> None:
    def body(world: World) -> None:
        before = sorted(os.listdir('/proc/self/fd'))
        for number in range(1000):
            with netlink.NetlinkSocket() as sock:
                if number % 4 == 0:
                    dumps.links(sock)
                elif number % 4 == 1:
                    assert sock.write([encode.delete_link(99999)])
                elif number % 4 == 2:
                    with contextlib.suppress(netlink.KernelError):
                        sock.dump(1000, b'')
        assert sorted(os.listdir('/proc/self/fd')) == before

    in_world(body)
