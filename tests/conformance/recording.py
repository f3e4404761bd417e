# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kernel says of a populated world, read by us and by pyroute2.

What pyroute2 makes of things that its releases treat differently, with the same bytes each time:

- IFA_PROTO has no name before 0.9, see pyroute2_objects.unknown; encode_address appends it to the finished
  message.
- RTA_NH_ID (nexthop objects) has no name in any of them; it is among Route.extra.
- All of them spell IPv6 addresses below ::/96 as the C library does, with dots, and Python before 3.13 does
  not.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import (
    netlink,
    uapi,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.codec import ASK_ADDRESSES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import FoundLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.codec import ASK_ROUTES
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.codec import ASK_RULES
from ansible_collections.multinet.linux.tests.conformance import decode as dumps
from ansible_collections.multinet.linux.tests.conformance import pyroute2_links, pyroute2_objects
from ansible_collections.multinet.linux.tests.conformance.populate import populate
from ansible_collections.multinet.linux.tests.conformance.world import Replay, World, in_world


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


def ours_and_theirs(what: str, message: bytes, names: dict[int, str]) -> tuple[list[t.Any], list[t.Any]]:
    """What we and what pyroute2 read of a message: one value each, or none."""
    sock: t.Any = Replay(message)
    ours: list[t.Any]
    if what == 'links':
        ours = [comparable(link) for link in dumps.links(sock)]
        theirs: t.Any = comparable(pyroute2_links.link(message))
    elif what == 'addresses':
        ours, theirs = dumps.addresses(sock, 'n', names), pyroute2_objects.address(message, 'n', names)
    elif what == 'routes':
        ours, theirs = dumps.routes(sock, 'n', names), pyroute2_objects.route(message, 'n', names)
    else:
        ours, theirs = dumps.rules(sock, 'n'), pyroute2_objects.rule(message, 'n')
    return ours, [] if theirs is None else [theirs]


LINK_REST = ('fields', 'message', 'kernel', 'namespace', 'peer', 'parent', 'match')
OF_FOUND = ('name', 'kind', 'master', *LINK_REST)


def comparable(found: FoundLink) -> FoundLink:
    """With all fields of Link, and without the kernel's bytes."""
    fields = {key: value for key, value in found.link('')._asdict().items() if key not in OF_FOUND}
    return found._replace(fields=fields, message=b'')


def as_dict(value: t.Any) -> dict[str, t.Any]:
    if isinstance(value, FoundLink):
        members = {**value._asdict(), **value.fields}
        return {key: member for key, member in members.items() if key not in LINK_REST}
    return dict(value._asdict())


def variety(values: t.Iterable[t.Any]) -> dict[str, set[t.Any]]:
    found: dict[str, set[t.Any]] = collections.defaultdict(set)
    for value in values:
        for key, member in as_dict(value).items():
            found[key].add(str(member))
    return found
