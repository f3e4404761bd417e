# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Derived hardware addresses."""

from __future__ import annotations

import itertools

from ansible_collections.multinet.linux.plugins.module_utils.values import names


def test_derived_mac_is_local_stable_and_distinct() -> None:
    assert names.derived_mac('host', 'lab', '', 'br0') == names.derived_mac('host', 'lab', '', 'br0')
    places = itertools.product(('a', 'b'), ('lab', 'pxc'), ('', 'red', 'blue'), ('br0', 'eth0', 'eth1'))
    macs = {names.derived_mac(*place) for place in places}
    assert len(macs) == 36
    assert len({names.derived_mac('a', 'bc'), names.derived_mac('ab', 'c'), names.derived_mac('abc')}) == 3
    for mac in macs:
        assert names.canonical_mac(mac) == mac
        assert int(mac[:2], 16) & 3 == 2
