# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links as messages of generic netlink.

Sources of the names and numbers: linux/include/uapi/linux/wireguard.h.
"""

from __future__ import annotations

import base64
import socket
import struct
import typing as t

from ...kernel import genl, netlink
from ...kernel.nla import (
    NLA_F_NESTED,
    TEXT,
    U8,
    U16,
    U32,
    Attributes,
    pack_attribute,
    pack_ip,
    parse_attributes,
    parse_list,
    unpack_ip,
)
from ..link.wireguard import endpoint_text
from .value import Device, Peer, SecretKey

_FAMILY, _VERSION = 'wireguard', 1
_GET_DEVICE, _SET_DEVICE = 0, 1
_IFNAME, _PRIVATE_KEY, _LISTEN_PORT, _FWMARK, _PEERS = 2, 3, 6, 7, 8  # WGDEVICE_A_*
_PUBLIC_KEY, _PRESHARED_KEY, _FLAGS, _ENDPOINT, _KEEPALIVE, _ALLOWED_IPS = 1, 2, 3, 4, 5, 9  # WGPEER_A_*
_REMOVE_ME, _REPLACE_ALLOWED_IPS = 1, 2  # WGPEER_F_*
_IP_FAMILY, _IP_ADDRESS, _IP_LENGTH = 1, 2, 3  # WGALLOWEDIP_A_*
_SOCKADDR_IN, _SOCKADDR_IN6 = struct.Struct('=H2s4s8x'), struct.Struct('=H2sI16sI')


def open_wireguard() -> netlink.NetlinkSocket:
    """A socket in the namespace of the calling thread."""
    return netlink.NetlinkSocket(genl.NETLINK_GENERIC)


# Reading


def read_devices(names: t.Iterable[str]) -> dict[str, Device]:
    """The links of these names in the namespace of the calling thread."""
    with open_wireguard() as sock:
        family = genl.family_number(sock, _FAMILY)
        return {name: _read(sock, family, name) for name in names}


def _read(sock: netlink.NetlinkSocket, family: int, name: str) -> Device:
    body = genl.HEADER.pack(_GET_DEVICE, _VERSION, 0) + pack_attribute(_IFNAME, TEXT.pack(name))
    fields: dict[str, t.Any] = {}
    peers: dict[str, Peer] = {}
    for data, start, end in netlink.messages_of(sock.dump(family, body)):
        attributes = parse_attributes(data, start + genl.HEADER.size, end)
        # Those behind the first have peers alone (wg_get_device_dump).
        if _LISTEN_PORT in attributes:
            fields = {
                'private_key': SecretKey(attributes.get(_PRIVATE_KEY, bytes(32))),
                'listen_port': U16.unpack(attributes[_LISTEN_PORT]),
                'fwmark': U32.unpack(attributes[_FWMARK]),
            }
        for payload in parse_list(attributes.get(_PEERS, b''), 0):
            _add_peer(peers, parse_attributes(payload))
    return Device(peers=peers, **fields)


def _add_peer(peers: dict[str, Peer], attributes: Attributes) -> None:
    """A peer, or more allowed IPs of one whose message was full."""
    public = base64.b64encode(attributes[_PUBLIC_KEY]).decode()
    networks = [_network(payload) for payload in parse_list(attributes.get(_ALLOWED_IPS, b''), 0)]
    known = peers.get(public)
    if known is not None:
        networks += known.allowed_ips
        peers[public] = Peer(
            known.preshared_key, known.endpoint, tuple(sorted(networks)), known.persistent_keepalive
        )
        return
    peers[public] = Peer(
        SecretKey(attributes.get(_PRESHARED_KEY, bytes(32))),
        _endpoint(attributes.get(_ENDPOINT, b'')),
        tuple(sorted(networks)),
        U16.unpack(attributes.get(_KEEPALIVE, b'\0\0')),
    )


def _network(payload: bytes) -> str:
    attributes = parse_attributes(payload)
    return '%s/%d' % (unpack_ip(attributes[_IP_ADDRESS]), attributes[_IP_LENGTH][0])


def _endpoint(payload: bytes) -> str:
    if len(payload) == _SOCKADDR_IN.size:
        _family, port, address = _SOCKADDR_IN.unpack(payload)
    elif len(payload) == _SOCKADDR_IN6.size:
        _family, port, _flow, address, _scope = _SOCKADDR_IN6.unpack(payload)
    else:
        return ''
    return endpoint_text(unpack_ip(address), int.from_bytes(port, 'big'))


# Writing


def write_device(name: str, change: Device) -> None:
    """Change a link of the namespace of the calling thread. Raises KernelError."""
    with open_wireguard() as sock:
        family = genl.family_number(sock, _FAMILY)
        for body in requests(name, change):
            for error in sock.write([netlink.pack_message(family, 0, body)]).values():
                raise error


def requests(name: str, change: Device) -> list[bytes]:
    """The link itself, then a request for each peer, those that go first: an allowed IP is of one of them."""
    head = genl.HEADER.pack(_SET_DEVICE, _VERSION, 0) + pack_attribute(_IFNAME, TEXT.pack(name))
    own = b''
    if change.private_key is not None:
        own += pack_attribute(_PRIVATE_KEY, change.private_key.data)
    if change.listen_port is not None:
        own += pack_attribute(_LISTEN_PORT, U16.pack(change.listen_port))
    if change.fwmark is not None:
        own += pack_attribute(_FWMARK, U32.pack(change.fwmark))
    peers = sorted(change.peers.items(), key=lambda item: (item[1] is not None, item[0]))
    of_peers = [_nest(_PEERS, _nest(0, _pack_peer(public, peer))) for public, peer in peers]
    return [head + part for part in ([own] if own else []) + of_peers]


def _nest(number: int, payload: bytes) -> bytes:
    return pack_attribute(number | NLA_F_NESTED, payload)


def _pack_peer(public: str, peer: Peer | None) -> bytes:
    data = pack_attribute(_PUBLIC_KEY, base64.b64decode(public))
    if peer is None:
        return data + pack_attribute(_FLAGS, U32.pack(_REMOVE_ME))
    data += pack_attribute(_FLAGS, U32.pack(_REPLACE_ALLOWED_IPS))
    if peer.preshared_key is not None:
        data += pack_attribute(_PRESHARED_KEY, peer.preshared_key.data)
    if peer.endpoint:
        data += pack_attribute(_ENDPOINT, _pack_endpoint(peer.endpoint))
    data += pack_attribute(_KEEPALIVE, U16.pack(peer.persistent_keepalive))
    networks = b''.join([_nest(0, _pack_network(network)) for network in peer.allowed_ips])
    return data + _nest(_ALLOWED_IPS, networks)


def _pack_endpoint(text: str) -> bytes:
    ip, _colon, port = text.rpartition(':')
    ip, number = ip.strip('[]'), int(port).to_bytes(2, 'big')
    if ':' in ip:
        return _SOCKADDR_IN6.pack(socket.AF_INET6, number, 0, pack_ip(ip), 0)
    return _SOCKADDR_IN.pack(socket.AF_INET, number, pack_ip(ip))


def _pack_network(network: str) -> bytes:
    ip, _slash, length = network.partition('/')
    family = socket.AF_INET6 if ':' in ip else socket.AF_INET
    return b''.join(
        [
            pack_attribute(_IP_FAMILY, U16.pack(family)),
            pack_attribute(_IP_ADDRESS, pack_ip(ip)),
            pack_attribute(_IP_LENGTH, U8.pack(int(length))),
        ]
    )
