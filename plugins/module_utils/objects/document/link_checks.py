# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that share a link below them, or a socket, have to agree on it; names are given once."""

from __future__ import annotations

import typing as t

from ...values.names import End, place
from ..attribute import text_of
from ..link import vxlan
from ..link.value import Link
from .reader import DocumentReader


def check_parents(document: DocumentReader) -> None:
    """A link is the parent of macvlans and macvtaps, or of ipvlans, and all ipvlans on it have one mode
    (ipvlan_link_new, ipvlan_set_port_mode).
    """
    first: dict[End, tuple[str, Link]] = {}
    said: dict[tuple[End, str], tuple[str, t.Any]] = {}
    for path, link in document.links:
        if link.kind not in ('macvlan', 'macvtap', 'ipvlan') or link.parent is None:
            continue
        first_path, first_link = first.setdefault(link.parent, (path, link))
        where = 'on %s/%s' % (place(link.parent[0]), link.parent[1])
        if (link.kind == 'ipvlan') != (first_link.kind == 'ipvlan'):
            what = 'is a %s %s, which has a %s at %s' % (link.kind, where, first_link.kind, first_path)
            document.problems.add(path, what, want='links of one kind on it')
            continue
        for key in ('mode', 'flags') if link.kind == 'ipvlan' else ('bc_limit',):
            value = dict(link.settings).get(key)
            if value is None:
                continue  # it takes what the others have
            other_path, other = said.setdefault((link.parent, key), (path, value))
            if value != other:
                what = 'has another %s than the %s at %s %s' % (key, link.kind, other_path, where)
                want = 'one %s for all %ss on it' % (key, link.kind)
                document.problems.add(path, what, found=str(value), want=want)


def check_altnames(document: DocumentReader) -> None:
    """The further names of links are names as good as any other: a namespace has each once."""
    named: dict[End, str] = {}
    for path, link in document.links:
        named.setdefault(link.end, path + '.name')
    for path, link in document.links:
        for altname in link.altnames or ():
            first = named.setdefault((link.namespace, altname), path + '.altnames')
            if first != path + '.altnames':
                told = 'gives the name %s in %s twice, here and at %s' % (
                    altname,
                    place(link.namespace),
                    first,
                )
                document.problems.add(path + '.altnames', told)


def check_vxlans(document: DocumentReader) -> None:
    """No two VXLANs with sockets in one namespace have one id and port (vxlan_vni_in_use). Those that are up
    share a socket for each port, and what holds for it (vxlan_find_sock): a socket that takes other packets
    does not count, nor do link-local ends on another link.
    """
    ids: dict[tuple[t.Any, ...], str] = {}
    ports: dict[tuple[t.Any, ...], tuple[str, dict[str, t.Any]]] = {}
    for path, link in document.links:
        if link.kind != 'vxlan' or not dict(link.settings).keys() >= {'id', 'port'}:
            continue  # of another kind, or wrong by itself
        settings = {**vxlan.usual_shared(), **dict(link.settings)}
        # The socket is in the namespace of the link below (vxlan_config_apply).
        namespace = link.parent[0] if link.parent else link.namespace
        shared = [settings[key] for key in vxlan.SHARED]
        carrier = link.parent if vxlan.is_link_local(settings) else None
        for family in vxlan.families_of(settings):
            port = (namespace, settings['port'], family, carrier)
            first = ids.setdefault((*port, settings['id'], *shared), path)
            if first != path:
                what = 'has the id and dstport of the vxlan at %s' % first
                found = '%d and %d' % (settings['id'], settings['port'])
                document.problems.add(path, what, found=found, do='change one of them')
                break
            first, others = ports.setdefault(port, (path, settings)) if link.up else (path, settings)
            if _differs_from_vxlan(document, path, settings, first, others):
                break


def _differs_from_vxlan(
    document: DocumentReader, path: str, settings: dict[str, t.Any], first: str, others: dict[str, t.Any]
) -> bool:
    keys = [key for key in vxlan.SHARED if settings[key] != others[key]]
    for key in keys:
        what = 'has another %s than the vxlan at %s, with which it shares dstport %d'
        text = what % (key, first, settings['port'])
        document.problems.add(path, text, found=text_of(settings[key]), want=text_of(others[key]))
    return bool(keys)
