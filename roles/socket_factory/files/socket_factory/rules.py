# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of nft that let the user of the factory reach what is on the list, and the proof that they are in
force.
"""

from __future__ import annotations

import contextlib
import ipaddress
import pwd
import socket
import subprocess
import typing as t

from .allow_list import AllowEntry, Config, FactoryError

UNCONFINED = (
    'egress is not confined: the rules of nft for this user are gone; starting the service puts them back'
)


def user_number(name: str) -> int:
    return int(name) if name.isdigit() else pwd.getpwnam(name).pw_uid


def rules(config: Config, table: str, user: str) -> str:
    """A table of nft that lets *user* reach what is on the list and nothing else, in place of the one of that
    name.

    Only what has an owner is looked at: packets that the kernel sends by itself have none. Any user may give
    a packet a source route, as an option of IPv4 or a header of IPv6 (ip(7), RFC 8754), and so have a host on
    the list send it on to one that is not.
    """
    lines = ['ip hdrlength > 5 drop', 'ip6 nexthdr != { tcp, udp } drop']
    for entry in config.allow:
        ports = '%d-%d' % (entry.ports[0], entry.ports[-1])
        if len(entry.ports) == 1:  # nft 0.9.8 takes no range of one
            ports = str(entry.ports[0])
        for network in entry.addresses:
            family = 'ip' if network.version == 4 else 'ip6'
            lines.append('%s daddr %s tcp dport %s accept' % (family, network, ports))
    if any(entry.name for entry in config.allow):
        lines.append('udp dport 53 accept')  # no client ever has a socket of UDP
    lines += ['meta l4proto tcp reject with tcp reset', 'reject']
    return (
        'table inet %(table)s\ndelete table inet %(table)s\n'
        'table inet %(table)s {\n chain confined {\n  %(lines)s\n }\n'
        ' chain output {\n  type filter hook output priority filter; policy accept;\n'
        '  meta skuid %(number)d jump confined\n }\n}\n'
        % {'table': table, 'lines': '\n  '.join(dict.fromkeys(lines)), 'number': user_number(user)}
    )


def load(text: str) -> None:
    """Put rules in force, as root. Raises FactoryError."""
    if subprocess.run(['nft', '-f', '-'], input=text.encode(), check=False).returncode:
        raise FactoryError('nft did not take the rules:\n' + text)


class Canary:
    """A socket that nobody may connect to: proof that the rules are in force for this user."""

    def __init__(self, allow: t.Sequence[AllowEntry]) -> None:
        host = '127.0.0.1'
        for _time in range(100):
            self._bait = socket.socket()
            self._bait.bind((host, 0))
            port = self._bait.getsockname()[1]
            if not any(port in entry.ports and entry.holds(ipaddress.ip_address(host)) for entry in allow):
                self._bait.listen()
                return
            self._bait.close()
        raise FactoryError(
            'allow: has nearly all ports of %s, so that nobody could tell whether the rules are in force;'
            ' leave some out' % host
        )

    def problem(self) -> str:
        """Why nothing may be handed out now, UNCONFINED if the rules are gone; nothing if they are in
        force."""
        with socket.socket() as link:
            link.settimeout(1)
            try:
                link.connect(self._bait.getsockname())
            except ConnectionRefusedError:
                return ''
            except OSError as exc:
                return 'nobody knows whether egress is confined (found: %s); is the loopback up?' % exc
        with contextlib.suppress(OSError):
            self._bait.settimeout(1)
            self._bait.accept()[0].close()
        return UNCONFINED
