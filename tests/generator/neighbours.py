# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours and proxy entries."""

from __future__ import annotations

import ipaddress
import random
import typing as t

from .parts import LinkEnd, addresses_of, places
from .writer import Writer


class Neighbours(Writer):
    """Writes the neighbours of a finished document: the same links with the same addresses have the same
    ones."""

    def write_neighbours(self) -> None:
        for namespace, place in places(self.document).items():
            place.pop('neighbours', None)
            entries = [entry for end in self.ends_in(namespace) for entry in _of_link(end)]
            if entries:
                place['neighbours'] = entries


def _of_link(end: LinkEnd) -> t.Iterator[dict[str, t.Any]]:
    addresses = addresses_of([end])
    dice = random.Random(repr([end.name, addresses]))
    known = {str(ipaddress.ip_interface(text).ip) for text in addresses}
    for text in addresses if end.name != 'lo' and end.kind != 'tun' else []:
        address = ipaddress.ip_interface(text).ip
        neighbour = str(type(address)(int(address) & ~0xFF | dice.randint(1, 250)))
        if dice.random() < 0.8 or neighbour in known or address.is_link_local:
            continue
        known.add(neighbour)
        entry = {'to': neighbour, 'dev': end.name}
        mac = '02:00:00:00:00:%02x' % dice.randrange(256)
        yield {**entry, 'proxy': True} if dice.random() < 0.3 else {**entry, 'lladdr': mac}
