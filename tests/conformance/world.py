# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces of a test's own."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, netlink
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import encode

T = t.TypeVar('T')
P = encode.PROTOCOL


class World:
    """An anonymous namespace that the calling thread is in, and a second one to send links to."""

    def __init__(self, fd: int, other: int, sock: netlink.NetlinkSocket) -> None:
        self.fd, self.other, self.sock = fd, other, sock

    def send(self, *messages: bytes) -> None:
        """Send messages that must all be accepted."""
        for start in range(0, len(messages), netlink.BATCH):
            errors = self.sock.write(messages[start : start + netlink.BATCH])
            if errors:
                raise AssertionError(
                    'refused: %s'
                    % {
                        start + position: '%s %s' % (error, messages[start + position].hex())
                        for position, error in errors.items()
                    }
                )

    def link(self, link: Link, **numbers: int) -> int:
        self.send(encode.new_link(encode.ResolvedLink(link, **numbers)))
        return self.index(link.name)

    def index(self, name: str) -> int:
        return self.indexes()[name]

    def indexes(self) -> dict[str, int]:
        return {link.name: link.index for link in dumps.links(self.sock)}

    def names(self) -> dict[int, str]:
        return {link.index: link.name for link in dumps.links(self.sock)}

    def found(self, name: str) -> dumps.FoundLink:
        return next(link for link in dumps.links(self.sock) if link.name == name)

    def knows(self, link: Link, **numbers: int) -> bool:
        """Whether the kernel has this kind of link; if so it is made."""
        errors = self.sock.write([encode.new_link(encode.ResolvedLink(link, **numbers))])
        if errors and errors[0].errno != errno.EOPNOTSUPP:
            raise AssertionError('refused: %s' % errors[0])
        return not errors


def ip(*words: str) -> None:
    done = subprocess.run(['ip', *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError('ip %s: %s' % (' '.join(words), done.stderr))


def ip_if_known(*words: str) -> None:
    """A command for something that not every kernel and not every iproute2 has."""
    subprocess.run(['ip', *words], capture_output=True, check=False)


def in_world(body: t.Callable[[World], T]) -> T:
    """Call *body* in a thread of its own that is in a fresh namespace."""

    def inside() -> T:
        with contextlib.ExitStack() as stack:
            fds = []
            home = namespaces.open_current()
            stack.callback(os.close, home)
            for _number in range(2):
                fds.append(namespaces.create_anonymous(home))
                stack.callback(os.close, fds[-1])
            stack.enter_context(namespaces.entered(fds[0], home))
            return body(World(fds[0], fds[1], stack.enter_context(netlink.NetlinkSocket())))

    return namespaces.in_thread(inside)


def two_links(world: World) -> dict[str, int]:
    world.send(
        encode.set_link(world.index('lo'), up=True),
        encode.new_link(
            encode.ResolvedLink(Link('', 'a', 'veth')), encode.ResolvedLink(Link('', 'b', 'veth'))
        ),
    )
    index = world.indexes()
    world.send(
        encode.set_link(index['a'], link_local=False, up=True),
        encode.set_link(index['b'], link_local=False, up=True),
    )
    return index


def adding(index: int, count: int) -> list[bytes]:
    return [
        encode.address(Address('', 'a', '10.%d.%d.1/32' % (number >> 8, number & 255)), index, True)
        for number in range(count)
    ]


class Replay:
    """Stands in for a socket: gives recorded datagrams."""

    def __init__(self, *datagrams: bytes) -> None:
        self.datagrams = datagrams

    def dump(self, _kind: int, _body: bytes) -> t.Sequence[bytes]:
        return self.datagrams
