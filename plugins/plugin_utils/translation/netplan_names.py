# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of netplan by their IDs, which files use in place of names."""

from __future__ import annotations

import typing as t

from .keys import Section
from .translation import Entry

_RENAMED = 'the layout finds a card of the host by its name alone; give set-name or match.name'


class Definition:
    """A definition, with the entry that is made of it.

    group    the key that it stands below
    section  what it says
    """

    def __init__(self, group: str, key: str, section: Section) -> None:
        self.group, self.key, self.section = group, key, section
        self.entry: Entry = {}
        name = self._card_name() if group == 'ethernets' else key
        section.run.put(self.entry, 'name', name, section.path)

    @property
    def name(self) -> str:
        return str(self.entry['name'])

    def _card_name(self) -> str:
        """The name of a card: that which it gets, that which it is found by, or the ID."""
        match = self.section.below('match')
        new_name = self.section.take('set-name')
        name, mac = match.take('name'), match.take('macaddress')
        if any(letter in str(name) for letter in '*?['):
            match.refuse('name', 'it stands for several cards; write an entry for each')
        if match.take('driver') is not None:
            match.refuse('driver', _RENAMED)
        if mac is not None and new_name is None and name is None:
            match.refuse('macaddress', _RENAMED)
        match.done()
        return str(new_name or name or self.key)


class Names:
    """All devices by their IDs."""

    def __init__(self) -> None:
        self.devices: dict[str, Definition] = {}

    def add(self, device: Definition) -> None:
        if device.key in self.devices:
            device.section.run.refuse(device.section.path, 'the ID is used twice')
        self.devices[device.key] = device

    def name_of(self, key: t.Any) -> str:
        """The name of a device, or what was said in place of its ID."""
        device = self.devices.get(str(key))
        return str(key) if device is None else device.name

    def enslave(self, master: Definition) -> None:
        """Make the devices in ``interfaces`` ports of a bond, bridge or VRF."""
        for path, key in master.section.each('interfaces'):
            port = self.devices.get(str(key))
            if port is None:
                master.section.run.problems.add(path, 'is not defined', found=str(key), do='define it')
            else:
                master.section.run.put(port.entry, 'master', master.name, path)


__all__ = ['Definition', 'Names']
