# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    ADDRESS,
    LINK,
    Case,
    address,
    bridge,
    host,
    inside,
    link,
)

BROADCASTS = [
    Case(
        'address-broadcast-' + id_,
        address({'address': ip, 'broadcast': broadcast}),
        ADDRESS + '.broadcast',
        found,
    )
    for id_, ip, broadcast, found in (
        ('unspecified', '10.0.0.1/24', '0.0.0.0', "is not a broadcast address (found '0.0.0.0'"),
        ('unspecified-first', '0.1.2.3/8', '-', 'does not exist in 0.0.0.0/8'),
        ('group', '10.0.0.1/24', '224.0.0.1', "is not a broadcast address (found '224.0.0.1'"),
        ('itself', '10.0.0.1/24', '10.0.0.1', 'is the address itself'),
        ('itself-last', '10.0.0.255/24', '+', 'is the address itself'),
    )
]
GROUPS_WITH_PEERS = [
    Case(
        'address-autojoin-peer-' + peer,
        address({'address': group, 'peer': peer, 'autojoin': True}),
        ADDRESS + '.peer',
        'does not fit autojoin',
    )
    for group, peer in (('239.0.0.1', '10.0.0.2'), ('ff05::1', 'fd00::2'))
]
GROUPS_OF_THE_INTERFACE = [
    Case(
        'address-group-of-the-interface-' + group,
        address({'address': group, 'autojoin': True}),
        ADDRESS,
        'needs the link lo or a VRF (found %s/128)' % group,
    )
    for group in ('ff01::5', 'ff11::5')
]
CASES = [
    Case('addresses-number', host(addresses=100), 'addresses', '100'),
    Case('address-beside-number', host(addresses=[100]), 'addresses[0]', '100'),
    Case(
        'address-beside-no-link', host(addresses=[{'address': '10.0.0.1/24'}]), 'addresses[0].dev', 'missing'
    ),
    Case(
        'address-beside-wrong',
        host(addresses=[{'address': '10.0.0.0.1', 'dev': 'eth0'}]),
        'addresses[0].address',
        "'10.0.0.0.1'",
    ),
    Case(
        'address-beside-link-elsewhere',
        inside(addresses=[{'address': '10.0.0.1/24', 'dev': 'eth0'}]),
        'namespaces[0].addresses[0].dev',
        'is not a link of namespace red',
    ),
    Case('addresses-text', link(addresses='10.0.0.1/24'), LINK + '.addresses', "'10.0.0.1/24'"),
    Case('address-fraction', address(10.5), ADDRESS, '10.5'),
    Case(
        'unknown-key-address',
        address({'address': '10.0.0.1/24', 'lable': 'x'}),
        ADDRESS + '.lable',
        'did you mean label?',
    ),
    Case(
        'twice-address',
        link(addresses=['10.0.0.1/24', '10.0.0.1/25']),
        'links[0].addresses[1]',
        '10.0.0.1/25',
    ),
    Case(
        'twice-address-two-links',
        host(links=[bridge(addresses=['fd00::1/64']), bridge(name='br1', addresses=['FD00:0::1/64'])]),
        'links[1].addresses[0]',
        'fd00::1/64',
    ),
    Case(
        'twice-address-peers-of-one-network',
        link(
            addresses=[
                {'address': '10.0.0.1', 'peer': '10.9.0.2/24'},
                {'address': '10.0.0.1', 'peer': '10.9.0.3/24'},
            ]
        ),
        'links[0].addresses[1]',
        'found 10.0.0.1 peer 10.9.0.3/24, and 10.0.0.1 peer 10.9.0.2/24 at links[0].addresses[0]',
    ),
    Case(
        'twice-address-peers-ipv6',
        link(
            addresses=[{'address': 'fd00::1', 'peer': 'fd09::2'}, {'address': 'fd00::1', 'peer': 'fd08::2'}]
        ),
        'links[0].addresses[1]',
        'found fd00::1 peer fd08::2/128, and',
    ),
    Case('address-word', address('dhcp'), ADDRESS, "'dhcp'"),
    Case('address-256', address('10.0.0.256/24'), ADDRESS, "'10.0.0.256/24'"),
    Case('address-bits', address('10.0.0.1/33'), ADDRESS, "'10.0.0.1/33'"),
    Case('address-bits-ipv6', address('fd00::1/129'), ADDRESS, "'fd00::1/129'"),
    Case('address-number', address(10), ADDRESS, "'10'"),
    Case('address-network', address('10.0.0.0/24'), ADDRESS, '10.0.0.0/24'),
    Case('address-multicast', address('224.0.0.1/24'), ADDRESS, '224.0.0.1/24'),
    Case('address-multicast-ipv6', address('ff02::1/64'), ADDRESS, 'ff02::1/64'),
    Case('address-unspecified', address('::/64'), ADDRESS, '::/64'),
    Case('address-zone', address('fe80::1%br0/64'), ADDRESS, 'fe80::1%br0/64'),
    Case('address-leading-zero', address('10.0.0.01/24'), ADDRESS, "'10.0.0.01/24'"),
    Case('address-missing', address({'label': 'br0:1'}), ADDRESS + '.address', 'is missing'),
    Case('address-none', address(None), ADDRESS, 'None'),
    Case(
        'address-label-foreign',
        address({'address': '10.0.0.1/24', 'label': 'eth9:1'}),
        ADDRESS + '.label',
        "'eth9:1'",
    ),
    Case(
        'address-label-ipv6',
        address({'address': 'fd00::1/64', 'label': 'br0:1'}),
        ADDRESS + '.label',
        'IPv6',
    ),
    Case(
        'address-scope-unknown',
        address({'address': '10.0.0.1/24', 'scope': 'galaxy'}),
        ADDRESS + '.scope',
        "'galaxy'",
    ),
    Case(
        'address-scope-ipv6', address({'address': 'fd00::1/64', 'scope': 'link'}), ADDRESS + '.scope', 'IPv6'
    ),
    Case('address-dad-ipv4', address({'address': '10.0.0.1/24', 'dad': True}), ADDRESS + '.dad', 'IPv4'),
    *[
        Case(
            'address-%s-ipv4' % key,
            address({'address': '10.0.0.1/24', key: True}),
            '%s.%s' % (ADDRESS, key),
            'IPv4',
        )
        for key in ('home', 'mngtmpaddr', 'optimistic')
    ],
    Case(
        'address-optimistic-alone',
        address({'address': 'fd00::1/64', 'optimistic': True}),
        ADDRESS + '.optimistic',
        'set dad: true too',
    ),
    Case(
        'address-mngtmpaddr-length',
        address({'address': 'fd00::1/112', 'mngtmpaddr': True}),
        ADDRESS + '.mngtmpaddr',
        'found /112, want /64',
    ),
    Case(
        'address-autojoin',
        address({'address': '10.0.0.1/32', 'autojoin': True}),
        ADDRESS + '.address',
        'is not a multicast address',
    ),
    Case('address-autojoin-advice', address('224.0.0.1/32'), ADDRESS, 'set autojoin: true'),
    Case(
        'address-broadcast-ipv6',
        address({'address': 'fd00::1/64', 'broadcast': '+'}),
        ADDRESS + '.broadcast',
        'IPv6',
    ),
    Case(
        'address-broadcast-word',
        address({'address': '10.0.0.1/24', 'broadcast': 'all'}),
        ADDRESS + '.broadcast',
        "'all'",
    ),
    Case(
        'address-broadcast-none',
        address({'address': '10.0.0.1/31', 'broadcast': '+'}),
        ADDRESS + '.broadcast',
        '10.0.0.0/31',
    ),
    *BROADCASTS,
    *GROUPS_WITH_PEERS,
    Case('address-loopback-ipv6', address('::1/128'), ADDRESS, 'needs the link lo or a VRF (found ::1/128)'),
    *GROUPS_OF_THE_INTERFACE,
    Case(
        'address-peer-family',
        address({'address': '10.0.0.1/32', 'peer': 'fd00::1'}),
        ADDRESS + '.peer',
        'has another address family than the address',
    ),
    Case(
        'address-peer-itself',
        address({'address': '10.0.0.1', 'peer': '10.0.0.1/24'}),
        ADDRESS + '.peer',
        'is the address itself',
    ),
    Case(
        'address-peer-length',
        address({'address': '10.0.0.1/24', 'peer': '10.0.0.2/32'}),
        ADDRESS + '.peer',
        'found /32, want /24, or none in the address',
    ),
    Case(
        'address-peer-group',
        address({'address': '10.0.0.1/32', 'peer': '224.0.0.1'}),
        ADDRESS + '.peer',
        "'224.0.0.1'",
    ),
    Case(
        'address-lifetime-word',
        address({'address': '10.0.0.1/24', 'valid_lifetime': 'long'}),
        ADDRESS + '.valid_lifetime',
        'or forever',
    ),
    Case(
        'address-lifetime-zero',
        address({'address': '10.0.0.1/24', 'valid_lifetime': 0}),
        ADDRESS + '.valid_lifetime',
        'want 1 to 4294967294 seconds',
    ),
    Case(
        'address-lifetime-preferred',
        address({'address': '10.0.0.1/24', 'valid_lifetime': 60, 'preferred_lifetime': 'forever'}),
        ADDRESS + '.preferred_lifetime',
        'found forever, want at most 60',
    ),
    Case(
        'address-lifetime-ipv4',
        address({'address': '10.0.0.1/24', 'preferred_lifetime': 60}),
        ADDRESS + '.preferred_lifetime',
        'does not run down while an IPv4 address is valid for ever',
    ),
    Case(
        'address-protocol-kernel',
        address({'address': '10.0.0.1/24', 'protocol': 2}),
        ADDRESS + '.protocol',
        'want 4 to 255',
    ),
    Case('address-mtu-ipv6', link(mtu=1000, addresses=['fd00::1/64']), ADDRESS, '1000'),
    Case(
        'address-ipv6-off',
        {**link(addresses=['fd00::1/64']), 'sysctls': {'net.ipv6.conf.all.disable_ipv6': 1}},
        ADDRESS,
        'switches off',
    ),
]
