# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WireGuard links as a document says them. Secret keys stand in files of the host, never in a document.

Sources of the names: wg(8), systemd.netdev(5).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import typing as t

from ...values.names import End, canonical_ip
from ...values.reading import Reader, shown
from ..attribute import Attribute, Integer, Settings, Table, Type, Value
from .kind import LinkKind
from .types import Several

KEY_BYTES = 32  # WG_KEY_LEN
_DEFAULT_MTU = 1420  # ETH_DATA_LEN less the most headers (wg_setup)


def key_bytes(text: str) -> bytes | None:
    """A key of base64, as ``wg genkey`` prints it; None for what is none."""
    try:
        data = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == KEY_BYTES else None


class PublicKey(Type):
    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        data = key_bytes(text)
        if data is None:
            reader.problem(
                key, 'is not a key', found=shown(text), want='44 letters as "wg pubkey" prints them'
            )
            return None
        return base64.b64encode(data).decode()


class KeyFile(Type):
    """The path of a file on the host."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        if key_bytes(text) is not None:
            # Not shown: it would be in logs then.
            reader.problem(
                key,
                'is a key',
                want='the path of a file that has it',
                do='put the key into a file of the host',
            )
            return None
        if not text.startswith('/') or re.search(r'\s', text):
            reader.problem(key, 'is not an absolute path without spaces', found=shown(text))
            return None
        return text


class PeerEndpoint(Type):
    """ADDRESS:PORT, with brackets around an address of IPv6."""

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        text = reader.text(key, required)
        if text is None:
            return None
        match = re.match(r'(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})\Z', text)
        ip = canonical_ip(match.group(1) or match.group(2)) if match else None
        if (
            match is None
            or ip is None
            or (':' in ip) != bool(match.group(1))
            or not 1 <= int(match.group(3)) < 65536
        ):
            reader.problem(
                key,
                'is not an address with a port',
                found=shown(text),
                want='ADDRESS:PORT or [ADDRESS]:PORT; names are not looked up',
            )
            return None
        return endpoint_text(ip, int(match.group(3)))


def endpoint_text(ip: str, port: int) -> str:
    return ('[%s]:%d' if ':' in ip else '%s:%d') % (ip, port)


class AllowedIps(Several):
    """Networks, in no order."""

    want = 'ADDRESS/LENGTH'

    def canonical(self, text: str) -> str | None:
        try:
            return str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            return None

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(members))


PEER = Table(
    Attribute('public_key', PublicKey(), 'Public key of the peer.', required=True, iproute2='peer'),
    Attribute(
        'preshared_key_file',
        KeyFile(),
        'File of the host with a key that both ends share. Without it the key stays as it is.',
        iproute2='preshared-key',
    ),
    Attribute(
        'endpoint',
        PeerEndpoint(),
        'Where the peer is reached, C(ADDRESS:PORT). Leave it out for a peer that roams.',
    ),
    Attribute(
        'allowed_ips',
        AllowedIps(),
        'Networks that the peer may send from, and that are sent to it.',
        default=(),
        iproute2='allowed-ips',
    ),
    Attribute(
        'persistent_keepalive',
        Integer(0, 65535),
        'Interval of packets that keep the way through a NAT open; V(0) is none.',
        default=0,
        unit='seconds',
        iproute2='persistent-keepalive',
    ),
)


class Peers(Type):
    """Peers, each as a text that :func:`peer_settings` reads again."""

    argument = 'raw'

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        peers: dict[str, str] = {}
        for path, member in reader.items(key):
            below = Reader(member, path, reader.problems)
            settings = PEER.read(below, with_defaults=True)
            below.done()
            public = str(dict(settings).get('public_key', ''))
            if public in peers and public:
                below.problem('public_key', 'is that of another peer of this link', found=public)
            peers[public] = peer_text(settings)
        return tuple(peers[public] for public in sorted(peers))

    def text(self, value: Value) -> str:
        return '; '.join(t.cast('tuple[str, ...]', value)) or 'none'

    def written(self, value: Value) -> t.Any:
        return [_entry(peer_settings(text)) for text in t.cast('tuple[str, ...]', value)]


def peer_text(settings: Settings) -> str:
    """A peer as people read it: its key, then the others as KEY=VALUE."""
    values = dict(settings)
    words = [str(values.pop('public_key', ''))]
    for name, value in sorted(values.items()):
        if value in (0, '', ()):
            continue
        words.append('%s=%s' % (name, ','.join(value) if isinstance(value, tuple) else value))
    return ' '.join(words)


def peer_settings(text: str) -> dict[str, t.Any]:
    public, *words = text.split(' ')
    values: dict[str, t.Any] = {'public_key': public}
    values.update(word.split('=', 1) for word in words)
    values['allowed_ips'] = tuple(values['allowed_ips'].split(',')) if values.get('allowed_ips') else ()
    values['persistent_keepalive'] = int(values.get('persistent_keepalive', 0))
    return values


def key_files(settings: Settings) -> t.Iterator[str]:
    """The files that a link of a document names."""
    for name, value in settings:
        if name == 'private_key_file':
            yield str(value)
        elif name == 'peers':
            peers = map(peer_settings, t.cast('tuple[str, ...]', value))
            yield from [peer['preshared_key_file'] for peer in peers if 'preshared_key_file' in peer]


def _entry(peer: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A peer as a document has it."""
    entry: dict[str, t.Any] = {'public_key': peer['public_key']}
    if peer.get('endpoint'):
        entry['endpoint'] = peer['endpoint']
    if peer['allowed_ips']:
        entry['allowed_ips'] = list(peer['allowed_ips'])
    if peer['persistent_keepalive']:
        entry['persistent_keepalive'] = peer['persistent_keepalive']
    return entry


_SETTINGS = Table(
    Attribute(
        'private_key_file',
        KeyFile(),
        'File of the host with the private key, as C(wg genkey) prints it. Without it the key stays.',
        iproute2='private-key',
    ),
    Attribute(
        'listen_port',
        Integer(1, 65535),
        'UDP port. By default, the kernel chooses one.',
        kernel_default=0,
        iproute2='listen-port',
    ),
    Attribute(
        'fwmark',
        Integer(0, 0xFFFFFFFF),
        'Mark of the packets that the link sends; V(0) is none.',
        kernel_default=0,
    ),
    Attribute(
        'peers',
        Peers(),
        'The peers: exactly these, each a dictionary with C(public_key), C(preshared_key_file), C(endpoint),'
        ' C(allowed_ips) and C(persistent_keepalive). Without it they stay as they are.',
        kernel_default=(),
        iproute2='peer',
    ),
)


def _rules(reader: Reader, _values: dict[str, Value], _parent: End | None) -> None:
    if reader.has('mac'):
        reader.problem('mac', 'does not fit a tunnel of IP, which has no hardware address', do='leave it out')


WIREGUARD = LinkKind(
    'wireguard',
    'a WireGuard tunnel',
    _SETTINGS,
    _rules,
    own_mac=False,
    usual_mtus=(_DEFAULT_MTU,),
    title=('listen_port',),
    apart=True,
)
