# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall of listeners: who is refused, as rules for INPUT. It refuses and never opens: what it lets
pass meets the other rules.
"""

from __future__ import annotations

import typing as t

from ...objects.iptables.value import FAMILIES
from ...values.bound import Bound
from ...values.names import HOST, canonical_prefix, family_of

# A connection begins with a SYN alone and an association with INIT, so they need no connection tracking.
_BEGINNING = {'tcp': '--tcp-flags FIN,SYN,RST,ACK SYN ', 'sctp': '--chunk-types any INIT '}
_REFUSAL = {'ipv4': 'icmp-port-unreachable', 'ipv6': 'icmp6-port-unreachable'}
# Of all that can be sent it is this alone that ends an attempt of SCTP at once (RFC 9260, 10).
_SCTP_REFUSAL = {**_REFUSAL, 'ipv4': 'icmp-proto-unreachable'}


class Guarded(t.NamedTuple):
    """A place and how it is guarded. ``closed`` lets nothing new in; ``until`` is when what is there ends
    too, as YYYY-MM-DDThh:mm:ss in UTC.
    """

    place: Bound
    type: str = 'default'
    closed: bool = False
    until: str = ''


def _match(place: Bound, family: str, beginning: bool) -> str:
    words = '' if place.wildcard else '-d %s/%d ' % (place.address, 128 if family == 'ipv6' else 32)
    words += '-i %s ' % place.device if place.device else ''
    words += '-p %s -m %s --dport %d ' % (place.proto, place.proto, place.port)
    return words + (_BEGINNING.get(place.proto, '') if beginning else '')


def _refuse(place: Bound, family: str) -> str:
    return (
        '-j REJECT --reject-with '
        + {'tcp': 'tcp-reset', 'udp': _REFUSAL[family], 'sctp': _SCTP_REFUSAL[family]}[place.proto]
    )


def _sources(networks: t.Iterable[str], family: str, device: str) -> list[str]:
    found = []
    for network in networks:
        if not canonical_prefix(network)[0]:
            found += ['' if device else '-i %s ' % network] if device in ('', network) else []
        elif family_of(network) == family:
            found.append('-s %s ' % network)
    return found


def _rules(guarded: t.Sequence[Guarded], family: str, networks: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    ended, closed, passing, classes = [], [], [], []
    for one in guarded:
        place = one.place
        if family not in place.families:
            continue
        match, refuse = _match(place, family, True), _refuse(place, family)
        if (
            place.proto == 'udp'
        ):  # conversations that are under way go on; so they are followed from the first day on
            passing.append(
                _match(place, family, False) + '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN'
            )
        if one.until:
            ended.append('%s-m time --datestart %s %s' % (_match(place, family, False), one.until, refuse))
        if one.closed:
            closed.append(match + refuse)
            continue
        own = networks.get(one.type, ())
        if own:
            classes += [source + match + '-j RETURN' for source in _sources(own, family, place.device)] + [
                match + refuse
            ]
        elif one.type == 'external':
            classes += [
                source + match + refuse
                for source in _sources(networks.get('internal', ()), family, place.device)
            ]
    if not ended and not closed and not classes:
        return []
    return [*ended, *passing, *closed, *(['-i lo -j RETURN', *classes] if classes else [])]


def document(
    scope: str, guarded: t.Sequence[Guarded], networks: t.Mapping[str, t.Sequence[str]]
) -> dict[str, t.Any]:
    """The layout that guards the listeners of a scope."""
    contents: dict[str, list[dict[str, t.Any]]] = {}
    places: dict[str, list[Guarded]] = {}
    for one in guarded:
        places.setdefault(one.place.namespace, []).append(one)
    for namespace, here in sorted(places.items()):
        for family in FAMILIES:
            rules = _rules(here, family, networks)
            if rules:
                contents.setdefault(namespace, []).append(
                    {'chain': 'INPUT', 'family': family, 'rules': rules}
                )
    found: dict[str, t.Any] = {'name': scope}
    if HOST in contents:
        found['iptables'] = contents.pop(HOST)
    if contents:
        found['namespaces'] = [
            {'name': name, 'create': False, 'iptables': chains} for name, chains in contents.items()
        ]
    return found
