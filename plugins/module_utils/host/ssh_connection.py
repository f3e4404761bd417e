# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection that the operator came in by."""

from __future__ import annotations

import ipaddress
import os

from ..objects.management_path import Connection


def _parent(pid: int) -> int:
    with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as file:
        return int(file.read().rsplit(')', 1)[1].split()[1])


def connection() -> Connection | None:
    """The SSH connection that this process came in by; None for a local one. sudo and su remove it from the
    environment, so those of the parent processes are read.
    """
    pid = os.getpid()
    while pid > 1:
        ssh_connection = _from_environment(pid)
        if ssh_connection is not None:
            return ssh_connection
        try:
            pid = _parent(pid)
        except (OSError, ValueError):
            return None
    return None


def _from_environment(pid: int) -> Connection | None:
    """SSH_CONNECTION of a process, as sshd(8) sets it: client address and port, server address and port."""
    try:
        with open('/proc/%d/environ' % pid, 'rb') as file:
            entries = file.read().split(b'\0')
    except OSError:
        return None
    for entry in entries:
        name, _equals, value = entry.partition(b'=')
        if name == b'SSH_CONNECTION':
            return _parsed(value.decode(errors='replace').split())
    return None


def _parsed(words: list[str]) -> Connection | None:
    """None for what sshd does not write: any user can set the variable."""
    if len(words) != 4:
        return None
    try:
        return Connection(_plain(words[0]), int(words[1]), _plain(words[2]), int(words[3]))
    except ValueError:
        return None


def _plain(address: str) -> str:
    """Without the scope of a link-local address, and a mapped IPv4 address as IPv4."""
    parsed = ipaddress.ip_address(address.split('%', 1)[0])
    mapped = getattr(parsed, 'ipv4_mapped', None)
    return str(mapped or parsed)
