# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that the C library asks for names, and that answer from the host's network whoever asks.

This is the only list of their sockets. Where a process in a namespace sees one, it can look up names in the
host's network. nss-resolve asked over D-Bus before systemd 247: its own nsswitch.conf keeps a namespace from
that.
"""

from __future__ import annotations

NSCD = '/run/nscd/socket'
"""nscd(8), which is asked before nsswitch.conf is read."""
RESOLVED = '/run/systemd/resolve/io.systemd.Resolve'
"""systemd-resolved(8), asked by nss-resolve(8)."""
AVAHI = '/run/avahi-daemon/socket'
"""avahi-daemon(8), asked by nss-mdns."""

SOCKETS = (NSCD, RESOLVED, AVAHI)
SOCKETS_BY_WORD = {
    'resolve': RESOLVED,
    'mdns': AVAHI,
    'mdns4': AVAHI,
    'mdns6': AVAHI,
    'mdns_minimal': AVAHI,
    'mdns4_minimal': AVAHI,
    'mdns6_minimal': AVAHI,
}
"""The sockets by the words of the line ``hosts`` in nsswitch.conf(5)."""
