# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a WireGuard link has beside what all links have. Keys show a digest of themselves wherever they are
printed."""

from __future__ import annotations

import hashlib
import typing as t

from ..attribute import Settings
from ..link.wireguard import peer_text


class SecretKey:
    """A secret of 32 bytes, of which nothing but a digest can be seen by accident."""

    __slots__ = ('data',)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretKey) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return 'sha256:' + hashlib.sha256(b'multinet' + self.data).hexdigest()[:12]

    def __reduce__(self) -> t.NoReturn:
        raise TypeError('a key is not stored')


class Peer(t.NamedTuple):
    """``endpoint`` is '' for none. In one that is wanted, None of it and of the key leaves them alone."""

    preshared_key: SecretKey | None = None
    endpoint: str | None = ''
    allowed_ips: tuple[str, ...] = ()
    persistent_keepalive: int = 0


Peers = t.Mapping[str, t.Optional[Peer]]
"""Peers by their public keys. None: there is no such peer."""


class Device(t.NamedTuple):
    """All of a link, or what of it changes: then None of a field leaves it alone, and other peers stay.

    A link without a private key has one of zeros, and so has a peer without a preshared one.
    """

    private_key: SecretKey | None = None
    listen_port: int | None = None
    fwmark: int | None = None
    peers: Peers = {}

    def settings(self) -> Settings:
        """As Link.settings has them, for people and for layout_info."""
        values: dict[str, t.Any] = {'listen_port': self.listen_port, 'fwmark': self.fwmark}
        if self.private_key is not None and any(self.private_key.data):
            values['private_key_file'] = repr(self.private_key)
        present = {public: peer for public, peer in self.peers.items() if peer is not None}
        values['peers'] = tuple(
            peer_text(_peer_settings(public, present[public])) for public in sorted(present)
        )
        return tuple(sorted((name, value) for name, value in values.items() if value is not None))


NO_KEY = SecretKey(bytes(32))


def _peer_settings(public: str, peer: Peer) -> Settings:
    values: dict[str, t.Any] = {
        'public_key': public,
        'allowed_ips': peer.allowed_ips,
        'persistent_keepalive': peer.persistent_keepalive,
    }
    if peer.endpoint:
        values['endpoint'] = peer.endpoint
    if peer.preshared_key not in (None, NO_KEY):
        values['preshared_key_file'] = repr(peer.preshared_key)
    return tuple(values.items())


def difference(have: Device, want: Device) -> tuple[Device, Device]:
    """What changes, as it is and as it is to be. Peers that *want* does not have go."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for name in ('private_key', 'listen_port', 'fwmark'):
        value = getattr(want, name)
        if value is not None and value != getattr(have, name):
            before[name], after[name] = getattr(have, name), value
    both = {**have.peers, **want.peers}
    publics = [public for public in both if have.peers.get(public) != want.peers.get(public)]
    peers_before = {public: have.peers.get(public) for public in publics}
    peers_after = {public: want.peers.get(public) for public in publics}
    return Device(peers=peers_before, **before), Device(peers=peers_after, **after)


def changed(have: Device, after: Device) -> Device:
    """A link with its changes."""
    values = {name: getattr(after, name) for name in ('private_key', 'listen_port', 'fwmark')}
    peers = {public: peer for public, peer in {**have.peers, **after.peers}.items() if peer is not None}
    given = {name: value for name, value in values.items() if value is not None}
    return have._replace(peers=peers, **given)
