# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dumps during which something changes: nothing else is missed, and changes without end are an error."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    namespaces,
    netlink,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
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


class Many(t.NamedTuple):
    """Objects that are there, and messages that remove and make again the first ones of them."""

    read: t.Callable[[], list[t.Any]]
    removal: list[bytes]
    making: list[bytes]


def many_links(world: World) -> Many:
    making = [
        encode.new_link(encode.ResolvedLink(Link('', 'l%d' % number, 'bridge'))) for number in range(120)
    ]
    world.send(*making)
    index = world.indexes()
    removal = [encode.delete_link(index['l%d' % number]) for number in range(20)]
    return Many(lambda: [link.name for link in dumps.links(world.sock)], removal, making[:20])


def many_of(
    world: World,
    values: list[t.Any],
    request: t.Callable[[t.Any, bool], bytes],
    read: t.Callable[[], list[t.Any]],
) -> Many:
    """*request* adds or removes one of the values."""
    making = [request(value, True) for value in values]
    world.send(*making)
    return Many(read, [request(value, False) for value in values[:50]], making[:50])


def many_routes(world: World, index: dict[str, int], names: dict[int, str], family: str) -> Many:
    if family == 'ipv4':
        prefixes = ['20.%d.%d.0/24' % divmod(number, 256) for number in range(COUNT)]
        routes = [Route('', to, (Hop('', 'a'),), scope='link', protocol=P) for to in prefixes]
    else:
        prefixes = ['fd20:%x::/32' % number for number in range(COUNT)]
        routes = [Route('', to, (Hop('', 'a'),), metric=1, protocol=P) for to in prefixes]
    return many_of(
        world,
        routes,
        lambda route, add: encode.route(route, index, 'add' if add else 'delete'),
        lambda: dumps.routes(world.sock, '', names),
    )


def many_addresses(world: World, index: dict[str, int], names: dict[int, str], family: str) -> Many:
    if family == 'ipv4':
        written = ['10.%d.%d.1/32' % divmod(number, 256) for number in range(COUNT)]
    else:
        written = ['fd00:%x::1/128' % number for number in range(COUNT)]
    return many_of(
        world,
        [Address('', 'a', text, prefix_route=False) for text in written],
        lambda address, add: encode.address(address, index['a'], add),
        lambda: dumps.addresses(world.sock, '', names),
    )


def many(what: str, world: World) -> Many:
    index = two_links(world)
    names = {number: name for name, number in index.items()}
    if what == 'links':
        return many_links(world)
    if what == 'rules':
        rules = [Rule('', 'ipv4', number + 1, table=5, protocol=P) for number in range(COUNT)]
        return many_of(world, rules, encode.rule, lambda: dumps.rules(world.sock, ''))
    kind, family = what.split()
    return (many_routes if kind == 'routes' else many_addresses)(world, index, names, family)


@pytest.mark.parametrize(
    'what', ['links', 'addresses ipv4', 'addresses ipv6', 'routes ipv4', 'routes ipv6', 'rules']
)
def test_a_change_in_the_middle_of_a_dump_does_not_hide_other_objects(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink.time, 'sleep', lambda _seconds: None)

    def body(world: World) -> None:
        read, removal, making = many(what, world)
        with netlink.NetlinkSocket() as other:
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
            lambda _index, number: encode.new_link(
                encode.ResolvedLink(Link('', 'more%d' % number, 'bridge'))
            ),
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
        with netlink.NetlinkSocket() as other:
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
    with netlink.NetlinkSocket() as sock:
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
            with netlink.NetlinkSocket() as sock:
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
