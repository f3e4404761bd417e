# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: which are removed and given."""

from __future__ import annotations

import functools
import ipaddress
import typing as t

from ...kernel.uapi import RT_TABLE_MAIN
from ...values.names import ANY, HOST, PROTOCOL, needs_link, place
from ..draft import Draft, owner
from ..events import AddressGoes, Cause
from ..link.inet6 import ipv6_is_off
from ..operation import ORDER_DETACH_ADDRESS, STAGE_CONTENTS, STAGE_DETACH
from ..route.value import Route
from ..state import Seen
from .operation import ORDER_ADDRESS, AddressOperation, order_of
from .value import Address, share_ip


@functools.lru_cache(maxsize=4096)
def _network(text: str) -> t.Any:  # of either family; mypy takes none of their methods for both
    return ipaddress.ip_network(text)


def plan_addresses(draft: Draft) -> None:
    """Plan which addresses are added, changed and removed. Adds operations and conflicts to *draft*."""
    if draft.policy.removes:
        _remove_named(draft)
        return
    _remove_surplus(draft)
    _reorder_primaries(draft)
    present: dict[str, _Present] = {}
    declared = {link.end for link in draft.want.links}
    for want in draft.want.addresses:
        seen = draft.now.get(want.namespace)
        if (want.namespace, want.link) not in declared and not _link_takes(draft, want):
            continue
        # That a declared link is missing is a problem of the link, which says so.
        if seen is not None and want.link in seen.links:
            if want.namespace not in present:
                present[want.namespace] = _Present(draft, seen)
            _plan_address(draft, seen, want, present[want.namespace])


class _Present:
    """The addresses of a namespace, to be found without a look at each. ``others`` are those that nobody
    declares."""

    def __init__(self, draft: Draft, seen: Seen) -> None:
        self._draft, self._seen = draft, seen
        self.read()

    def read(self) -> None:
        """Some were removed."""
        self._by_key: dict[tuple[str, ...], Address] = {}
        self._by_start: dict[tuple[str, ...], Address] = {}
        self._by_ip: dict[str, list[Address]] = {}
        self.others: list[Address] = []
        for address in self._seen.addresses:
            self._note(address)

    def _note(self, address: Address) -> None:
        self._by_key.setdefault(address.key, address)
        if address.key not in self._draft.wanted_addresses:
            self._by_start[address.key[:3]] = address
        self._by_ip.setdefault(address.ip, []).append(address)
        if address.key not in self._draft.wanted_addresses:
            self.others.append(address)

    def add(self, address: Address) -> None:
        self._seen.addresses.append(address)
        self._note(address)

    def counterpart(self, want: Address) -> Address | None:
        """The address that a declared one is, or would replace: it may have a peer."""
        return self._by_key.get(want.key) or self._by_start.get(want.key[:3])

    def with_ip(self, ip: str) -> t.Sequence[Address]:
        return self._by_ip.get(ip, ())


def _remove_named(draft: Draft) -> None:
    """The addresses that the document names, and those of ours on the links that it names."""
    links = {link.end for link in draft.want.links}
    for _namespace, seen in draft.live():
        for address in list(seen.addresses):
            of_link = address.key in draft.owned.addresses and address.key[:2] in links
            if (address.key in draft.wanted_addresses or of_link) and address in seen.addresses:
                _remove(draft, seen, address)


def _remove_surplus(draft: Draft) -> None:
    for _namespace, seen in draft.live():
        for address in list(seen.addresses):
            if address.key in draft.wanted_addresses or not _is_surplus(draft, address):
                continue
            if address in seen.addresses:
                _remove(draft, seen, address)


def _is_surplus(draft: Draft, address: Address) -> bool:
    """Whether an address that nobody declares is ours to remove."""
    if address.link == 'lo' and address.scope == 'host' and address.protocol != PROTOCOL:
        return False  # the kernel's own 127.0.0.1 and ::1
    is_owned = address.key in draft.owned.addresses
    if address.dynamic and address.protocol != PROTOCOL and not (is_owned and address.protocol):
        return False  # of a DHCP client, which sets no protocol
    if draft.exclusive(address.namespace):
        return True
    if not draft.policy.prune:
        return False
    if is_owned:
        return True
    link = draft.link((address.namespace, address.link))
    is_marked = address.protocol == PROTOCOL and link is not None and link.mark == draft.want.mark
    return is_marked and not draft.have.scope_of('addresses', address.key)


def _reorder_primaries(draft: Draft) -> None:
    """The first IPv4 address that a document has of a network is the primary one, which packets are sent
    from.

    Where another one of the document is the primary, all go, and come again in their order.
    """
    firsts: dict[tuple[str, str, str], Address] = {}
    for want in draft.want.addresses:
        if want.family == 'ipv4':
            firsts.setdefault((want.namespace, want.link, want.network), want)
    for namespace, seen in draft.live():
        for address in [address for address in seen.addresses if _is_primary(address)]:
            first = firsts.get((namespace, address.link, address.network))
            if first is None or first.key == address.key or address.key not in draft.wanted_addresses:
                continue
            if address in seen.addresses:
                _remove_primary(draft, seen, address, first)


def _link_takes(draft: Draft, want: Address) -> bool:
    """Whether an address can be given to a link that the document does not declare: the scope of the link
    would remove it with its next run."""
    link = draft.link((want.namespace, want.link))
    if link is None:
        if want.namespace in draft.now:
            do = 'declare it or check its name'
            draft.conflict(_title(want), 'uses a link that does not exist', found=want.link, do=do)
        return False
    is_of_other = link.mark not in (None, draft.want.mark) and link.name != 'lo'
    if is_of_other and not (want.protocol or draft.policy.adopt):
        draft.conflict(
            _title(want),
            'is on a link of another scope, which would remove it',
            found=owner(link.mark),
            do='add it to that scope, or give the address another protocol',
        )
    return not draft.conflicts


def _is_primary(address: Address) -> bool:
    return address.family == 'ipv4' and not address.secondary


def _remove_primary(draft: Draft, seen: Seen, address: Address, first: Address) -> None:
    """Remove an address that is the primary one in place of *first*."""
    if any(present.key == first.key for present in seen.addresses):
        _note_change(draft, first, [*first.lines(), 'secondary'], ())
    _note_change(draft, address, address.lines(), ())
    _remove(draft, seen, address, replaced=True)


def _note_change(draft: Draft, address: Address, before: t.Iterable[str], after: t.Iterable[str]) -> None:
    draft.change('address', address.namespace, '%s %s' % (address.link, address.address), before, after)


def _plan_address(draft: Draft, seen: Seen, want: Address, present: _Present) -> None:
    have = present.counterpart(want)
    if have is not None and draft.is_of_scope(lambda: _title(want), want.namespace, 'addresses', have.key):
        return
    if have is not None and not differs(want, have, _is_ours(draft, want, have)):
        if _is_ours(draft, want, have):
            draft.owned_after.addresses.add(want.key)
        return
    if have is not None:
        if not (_is_ours(draft, want, have) or draft.exclusive(want.namespace)):
            draft.conflict(
                _title(want),
                'already exists with other properties',
                found=', '.join(have.lines()),
                want=', '.join(want.lines(declared=True)),
                do='declare it as it is, or set adopt: true',
            )
            return
        if _changes_in_place(want, have):
            _change(draft, seen, want, have)
            return
        _remove(draft, seen, have, replaced=True)
        present.read()
    if not _ip_is_free(draft, present, want) or not _network_is_free(draft, seen, present, want):
        return
    if want.family == 'ipv6' and _ipv6_is_off(draft, seen, want):
        return
    new = want._replace(protocol=want.protocol or PROTOCOL)
    draft.add(AddressOperation(want.namespace, None, new, STAGE_CONTENTS, order_of(new)))
    present.add(new)
    draft.owned_after.addresses.add(want.key)
    _note_change(draft, want, have.lines() if have else (), want.lines(declared=True))


def _changes_in_place(want: Address, have: Address) -> bool:
    """Whether one request makes the address what it is to be: lifetimes, and in IPv4 the metric, too
    (inet_rtm_newaddr). IPv6 takes no metric back (inet6_addr_modify)."""
    like = {'lifetimes': have.lifetimes, 'protocol': have.protocol, 'secondary': have.secondary}
    if want.family == 'ipv4':
        like['metric'] = have.metric
    if not have.protocol:  # what another tool chose, see differs
        like.update(dad=have.dad, broadcast=want.broadcast or have.broadcast)
    return have.detection != 'dadfailed' and want._replace(**like) == have


def _change(draft: Draft, seen: Seen, want: Address, have: Address) -> None:
    kept = {'broadcast': have.broadcast, 'dad': have.dad, 'secondary': have.secondary}
    new = want._replace(protocol=want.protocol or have.protocol and PROTOCOL, **kept)
    draft.add(AddressOperation(want.namespace, have, new, STAGE_CONTENTS, ORDER_ADDRESS))
    seen.addresses[seen.addresses.index(have)] = new
    draft.owned_after.addresses.add(want.key)
    _note_change(draft, want, have.lines(), new.lines(declared=True))


def _ipv6_is_off(draft: Draft, seen: Seen, want: Address) -> bool:
    """Whether the link takes no address of IPv6, which is a conflict."""
    link = seen.links[want.link]
    keys = ['net/ipv6/conf/%s/disable_ipv6' % name for name in ('all', want.link)]
    switched_on = any(
        sysctl.namespace == want.namespace and sysctl.key in keys and sysctl.value == '0'
        for sysctl in draft.want.sysctls
    )
    if link.end in draft.new_links or switched_on or not ipv6_is_off(link):
        return False
    name = want.link.replace('.', '/')
    draft.conflict(
        _title(want),
        'IPv6 is off on this link',
        do='set net.ipv6.conf.%s.disable_ipv6 to 0, or leave the address out' % name,
    )
    return True


def _title(address: Address) -> str:
    return 'address %s on %s/%s' % (address.text(), place(address.namespace), address.link)


def differs(want: Address, have: Address, ours: bool = False) -> bool:
    """Whether a present address is another than the declared one. One that no document can say is."""
    if any(getattr(want, name) != getattr(have, name) for name in _COMPARED):
        return True
    if want.lifetimes.renews(have.lifetimes) if want.lifetimes is not None else have.lifetimes is not None:
        return True
    if want.dad and have.detection == 'dadfailed':
        return True  # it is of no use: it is tried again, and checked
    if want.broadcast and want.broadcast != have.broadcast:
        return True
    if want.protocol != have.protocol and (want.protocol or ours and have.protocol not in (0, PROTOCOL)):
        return True
    # An address that another tool made stays, to be adopted: most are made with detection, and with a
    # broadcast address. From Linux 5.18 on the kernel tells who made one.
    if have.protocol == PROTOCOL and (want.dad, want.broadcast) != (have.dad, have.broadcast):
        return True
    return not have.declarable


_COMPARED = ('label', 'scope', 'prefix_route', 'peer', 'metric', 'home', 'mngtmpaddr', 'autojoin')


def _is_ours(draft: Draft, want: Address, have: Address) -> bool:
    return have.protocol == PROTOCOL or draft.policy.adopt or want.key in draft.owned.addresses


def _remove(draft: Draft, seen: Seen, address: Address, replaced: bool = False) -> None:
    """Remove an address, and before it what the kernel may drop with it: that depends on its version and
    settings."""
    remaining = [
        other
        for other in seen.addresses
        if other.link == address.link and other.family == 'ipv4' and other is not address
    ]
    cause = (address.namespace, 'address', address.link, address.address)
    for lost in _lost_with(seen, address):
        _lose_address(draft, seen, lost, cause)
        if lost in remaining:
            remaining.remove(lost)
    draft.announce(AddressGoes(address, is_last=address.family == 'ipv4' and not remaining), cause)
    draft.add(AddressOperation(address.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS))
    seen.addresses.remove(address)
    draft.owned_after.addresses.discard(address.key)
    if not replaced:
        _note_change(draft, address, address.lines(), ())


def _lost_with(seen: Seen, address: Address) -> list[Address]:
    """The addresses of the link that the kernel may remove with this one."""
    of_network = [
        other
        for other in seen.addresses
        if other.link == address.link and other.network == address.network and other is not address
    ]
    if address.family == 'ipv4':
        # Without promote_secondaries those of a network go with its first (inet_del_ifa).
        secondaries = [other for other in of_network if other.secondary]
        return [] if address.secondary else secondaries[::-1]
    # The route to the network stays while another address in it is there, even one that wants none
    # (check_cleanup_prefix_route).
    return [other for other in of_network if not other.prefix_route] if address.prefix_route else []


def _lose_address(draft: Draft, seen: Seen, address: Address, cause: Cause) -> None:
    """Remove an address that another one takes along. It comes again, unless the rest of the plan makes it,
    or nobody wants it."""
    draft.announce(AddressGoes(address, is_last=False), cause)
    draft.add(AddressOperation(address.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS))
    seen.addresses.remove(address)
    if address.key in draft.wanted_addresses or _is_surplus(draft, address):
        _note_change(draft, address, address.lines(), ())
        return
    again = address._replace(secondary=False)
    draft.add(AddressOperation(address.namespace, None, again, STAGE_CONTENTS, order_of(again)))
    seen.addresses.append(address)


def _ip_is_free(draft: Draft, present: _Present, want: Address) -> bool:
    """Whether no other link has the address; the kernel would take it silently."""
    for other in present.with_ip(want.ip):
        if other.key == want.key or needs_link(other.ip) or share_ip(want, other):
            continue
        draft.conflict(
            _title(want),
            'is in %s already' % place(want.namespace),
            found='%s on %s' % (other.text(), other.link),
            do='choose another, or remove that one',
        )
        return False
    return True


def _network_is_free(draft: Draft, seen: Seen, present: _Present, want: Address) -> bool:
    """Whether the network of a new address is reached over no other link."""
    exclusive = want.namespace != HOST and draft.exclusive(want.namespace)
    if draft.policy.overlap or want.namespace in draft.new_namespaces or exclusive:
        return True
    network = _network(want.network)
    if network.prefixlen == network.max_prefixlen or network.is_link_local:
        return True
    for other in present.others:
        if _reaches_elsewhere(want, other) and _overlaps(network, other.network):
            draft.conflict(
                _title(want),
                'overlaps the network of %s' % other.link,
                found=other.network,
                do='choose another network, or set overlap: true',
            )
            return False
    for route in seen.routes:
        if _leads_elsewhere(want, route) and _network(route.to).overlaps(network):
            draft.conflict(
                _title(want),
                'overlaps a route',
                found=route.text(),
                do='choose another network, or set overlap: true',
            )
            return False
    return True


def _reaches_elsewhere(want: Address, other: Address) -> bool:
    return other.link not in (want.link, 'lo') and other.family == want.family


def _overlaps(network: t.Any, other: str) -> bool:
    """Whether two networks of more than one address overlap."""
    other_network = _network(other)
    return other_network.prefixlen < other_network.max_prefixlen and bool(other_network.overlaps(network))


def _leads_elsewhere(want: Address, route: Route) -> bool:
    return (
        route.table == RT_TABLE_MAIN
        and route.protocol != PROTOCOL
        and route.family == want.family
        and route.to != ANY[route.family]
        and want.link not in route.links
    )
