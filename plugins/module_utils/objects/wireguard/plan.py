# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan does with WireGuard links beside what it does with all links."""

from __future__ import annotations

import typing as t

from ..draft import Draft
from ..link.creation import ORDER_SETTINGS
from ..link.value import Link
from ..link.wireguard import key_bytes, peer_settings
from ..operation import STAGE_CONTENTS
from .operation import WireguardOperation
from .value import NO_KEY, Device, Peer, SecretKey, changed, difference


def plan_wireguard(draft: Draft) -> None:
    if draft.policy.removes:
        return
    for want in draft.want.links:
        link = draft.link(want.end)
        if want.kind == 'wireguard' and link is not None:
            _plan(draft, want, link)


def _plan(draft: Draft, want: Link, link: Link) -> None:
    devices = draft.now[want.namespace].wireguard
    is_new = want.end in draft.new_links
    have = Device(NO_KEY, 0, 0) if is_new else devices.get(want.name, Device(NO_KEY, 0, 0))
    before, after = difference(have, _wanted(draft, want, have))
    if after != Device():
        op = WireguardOperation(want.namespace, before, after, STAGE_CONTENTS, ORDER_SETTINGS, link=want.name)
        draft.add(op)
    devices[want.name] = changed(have, after)
    present = link._replace(settings=devices[want.name].settings())
    draft.put(present)
    original = () if is_new else (draft.have.link(want.end) or link).lines()
    if is_new or after != Device():
        draft.change('link', want.namespace, want.name, original, present.lines())


def _wanted(draft: Draft, want: Link, have: Device) -> Device:
    """The link with all that the document leaves alone as it is."""
    settings = dict(want.settings)
    path = settings.get('private_key_file')
    peers: dict[str, t.Any] = dict(have.peers)
    if 'peers' in settings:
        said = map(peer_settings, t.cast('tuple[str, ...]', settings['peers']))
        peers = {peer['public_key']: _peer(draft, want, peer, have) for peer in said}
    return Device(
        _key(draft, want, 'private_key_file', str(path)) if path else None,
        t.cast('int | None', settings.get('listen_port')),
        t.cast('int | None', settings.get('fwmark')),
        peers,
    )


def _peer(draft: Draft, want: Link, said: t.Mapping[str, t.Any], have: Device) -> Peer:
    known = have.peers.get(said['public_key']) or Peer(NO_KEY)
    path = said.get('preshared_key_file')
    return Peer(
        _key(draft, want, 'preshared_key_file', path) if path else known.preshared_key,
        said.get('endpoint', known.endpoint),
        said['allowed_ips'],
        said['persistent_keepalive'],
    )


def _key(draft: Draft, want: Link, word: str, path: str) -> SecretKey:
    text = draft.files.get(path)
    data = None if text is None else key_bytes(text)
    if data is None:
        what = 'names a file that does not exist' if text is None else 'names a file without a key'
        do = 'put a key there before, as "wg genkey" prints it, for root alone'
        draft.conflict('%s: %s' % (want.title, word), what, do=do, found=path)
        return NO_KEY
    return SecretKey(data)
