# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of all forms."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.world import P, World, ip


def populate_addresses(world: World) -> None:
    index = world.indexes()
    for given in (
        Address('', 'vb', '10.1.0.1/24', protocol=P),
        Address('', 'vb', '10.1.0.2/24', label='vb:two', protocol=P),
        Address('', 'vb', '10.2.0.1/16', scope='link', prefix_route=False, protocol=P),
        Address('', 'vb', '10.3.0.1/32', scope='host'),
        Address('', 'vb', '10.4.0.0/31', scope='site', label='vb:', protocol=250),
        Address('', 'vb', 'fd01::1/64', protocol=P),
        Address('', 'vb', 'fd02::1/128', prefix_route=False),
        Address('', 'vb', 'fe80::abcd/64', scope='link', dad=True, protocol=P),
        Address('', 'lo', '192.0.2.1/32', protocol=P),
        Address('', 'lo', '2001:db8::1/128', protocol=P),
        Address('', 'vb', 'fd03:0:0:1::1/0', dad=True),
        Address('', 'vb', '::ffff:0:102:304/128'),
    ):
        world.send(encode.address(given, index[given.link], True))
    for words in (
        '10.5.0.1/24 dev vc broadcast +',
        '10.5.1.1/24 dev vc noprefixroute metric 55',
        '10.5.2.1 peer 10.5.3.1/30 dev vc',
        '10.5.4.1/24 dev vc valid_lft 3600 preferred_lft 1800',
        '10.5.5.1/24 dev vc valid_lft forever preferred_lft 1800',
        '10.5.6.1/24 dev vc scope 77 label vc:odd',
        '10.5.7.1/8 dev vc',
        '10.5.8.1/8 dev vc',
        '127.0.0.2/8 dev lo',
        'fd05::1/64 dev vc nodad',
        'fd05:1::1/64 dev vc noprefixroute nodad',
        'fd05:2::1 peer fd05:3::1/127 dev vc nodad',
        'fd05:4::1/64 dev vc valid_lft 3600 preferred_lft 0',
        'fd05:5::1/64 dev vc mngtmpaddr nodad',
        'fd05:6::1/64 dev vc',
        'fd05:7::1/64 dev vc optimistic',
        'fd05:8::1/64 dev vc home nodad',
        'fd05:9::1/64 dev ports1',  # which is down: the detection of duplicates does not begin
        'ff05::9/128 dev vc autojoin',
        'fec0::1/64 dev vc nodad',
        '::5.6.7.8/120 dev vc nodad',
        '::ffff:1.2.3.4/96 dev vc nodad',
        '64:ff9b::102:304/96 dev vc nodad',
        '2001:db8:0:1:1:1:1:1/64 dev vc nodad',
        '2002:0:0:1:0:0:0:1/64 dev vc nodad',
    ):
        ip('address', 'add', *words.split())
