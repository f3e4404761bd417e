# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import LINK, Case, host

KEY = 'IhjDMLQWrcOvBjKmIE7Fw3dJQa0vnOHCOUHcJdpjFDA='
PEER = LINK + '.peers[0]'


def _link(**keys: t.Any) -> dict[str, t.Any]:
    return host(links=[{'name': 'wg0', 'kind': 'wireguard', **keys}])


def _peer(**keys: t.Any) -> dict[str, t.Any]:
    return _link(peers=[{'public_key': KEY, **keys}])


CASES = [
    Case(
        'wireguard-key', _link(private_key_file=KEY), LINK + '.private_key_file', 'is a key; put the key into'
    ),
    Case('wireguard-path', _link(private_key_file='wg.key'), LINK + '.private_key_file', 'no absolute path'),
    Case('wireguard-blank', _link(private_key_file='/etc/a key'), LINK + '.private_key_file', "'/etc/a key'"),
    Case('wireguard-port', _link(listen_port=0), LINK + '.listen_port', '1 to 65535'),
    Case('wireguard-mac', _link(mac='02:00:00:00:00:01'), LINK + '.mac', 'has no hardware address'),
    Case('wireguard-peers', _link(peers={'public_key': KEY}), LINK + '.peers', 'is not a list'),
    Case('wireguard-peer', _link(peers=[KEY]), PEER, 'is not a mapping'),
    Case('wireguard-peer-without', _link(peers=[{}]), PEER + '.public_key', 'is missing'),
    Case('wireguard-public', _link(peers=[{'public_key': 'AAAA'}]), PEER + '.public_key', 'is not a key'),
    Case(
        'wireguard-twice',
        _link(peers=[{'public_key': KEY}, {'public_key': KEY}]),
        LINK + '.peers[1].public_key',
        'is that of another peer',
    ),
    Case('wireguard-typo', _peer(allowed_ip=[]), PEER + '.allowed_ip', 'did you mean allowed_ips?'),
    Case(
        'wireguard-name', _peer(endpoint='vpn.example.com:5'), PEER + '.endpoint', 'names are not looked up'
    ),
    Case('wireguard-no-port', _peer(endpoint='192.0.2.1'), PEER + '.endpoint', 'want ADDRESS:PORT'),
    Case('wireguard-brackets', _peer(endpoint='2001:db8::1:5'), PEER + '.endpoint', 'no address with a port'),
    Case('wireguard-big-port', _peer(endpoint='192.0.2.1:65536'), PEER + '.endpoint', '65536'),
    Case('wireguard-network', _peer(allowed_ips=['10.0.0.0/33']), PEER + '.allowed_ips', '10.0.0.0/33'),
    Case('wireguard-alive', _peer(persistent_keepalive=65536), PEER + '.persistent_keepalive', '65535'),
]
