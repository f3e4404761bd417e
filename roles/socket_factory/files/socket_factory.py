# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand out connected TCP sockets of this network namespace over a UNIX socket.

socket_factory.py serve CONFIG                on the socket that systemd passes (sd_listen_fds(3))
socket_factory.py confine CONFIG TABLE USER   put the egress rules of the same list in force, with nft
socket_factory.py rules CONFIG TABLE USER     show them

A client connects, and sends ``HOST:PORT`` and a newline; an IPv6 address is in brackets. The answer is ``+``
with one descriptor (SCM_RIGHTS, unix(7)), or ``-`` and why not, until the end. Each client is served for
itself, and none can end this process.

Whoever has a socket can point it elsewhere (connect(2) with AF_UNSPEC, then again). It keeps the owner that
opened it, so the rules bind it to the list for as long as it lives. Where they are not in force nothing is
handed out: before each answer this process connects to a socket of its own, which the rules refuse.

CONFIG is JSON: ``{"allow": [{"host": NAME, ADDRESS or PREFIX, "port": N or "N-N", "addresses": [PREFIX]}],
"users": [NAME], "groups": [NAME], "clients": N, "request_timeout": SECONDS, "connect_timeout": SECONDS}``. A
name needs ``addresses``: it is looked up for each request, and connected to where it has an address in them.
"""

from __future__ import annotations

import contextlib
import grp
import ipaddress
import json
import os
import pwd
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
import typing as t

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

LIMIT = 1023  # bytes of a request
_FIRST_FD = 3  # SD_LISTEN_FDS_START, sd_listen_fds(3)
_SO_PEERGROUPS = 59  # include/uapi/asm-generic/socket.h
_NAME = re.compile(r'(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\Z')


class Fault(Exception):
    """Something that is wrong with the configuration, or around this process: one fault a line."""


class Refused(Exception):
    """Why a client gets no socket; it is told so."""


# --- the list --------------------------------------------------------------------------------


class Entry(t.NamedTuple):
    """What may be asked for: a name, or addresses; and where that may be."""

    name: str
    ports: range
    addresses: tuple[Network, ...]

    def covers(self, host: str, address: Address | None, port: int) -> bool:
        if port not in self.ports:
            return False
        return self.name == host if address is None else not self.name and self.holds(address)

    def holds(self, address: Address) -> bool:
        return any(address in network for network in self.addresses)


class Config(t.NamedTuple):
    allow: tuple[Entry, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    clients: int
    request_timeout: float
    connect_timeout: float


def numeric(host: str) -> Address | None:
    """An address, as itself where it is an IPv4 one in IPv6's clothes; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, 'ipv4_mapped', None) or address


def _ports(value: t.Any) -> range:
    low, _dash, high = str(value).partition('-')
    found = range(int(low), int(high or low) + 1)
    if not (found and 0 < found[0] and found[-1] < 65536):
        raise ValueError
    return found


def _entry(value: t.Any, where: str, faults: list[str]) -> Entry | None:
    if not isinstance(value, dict) or not isinstance(value.get('host'), str):
        faults.append('%s: names no host (found %r, want a host and a port)' % (where, value))
        return None
    before = len(faults)
    host = value['host'].lower().rstrip('.')
    ports, networks = range(0), []
    try:
        ports = _ports(value.get('port'))
    except ValueError:
        faults.append(
            '%s.port: is no port (found %r, want 1 to 65535, or a range such as 8000-8010)'
            % (where, value.get('port'))
        )
    for text in value.get('addresses') or ():
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as exc:
            faults.append('%s.addresses: %s' % (where, exc))
    try:
        own = [ipaddress.ip_network(host)]
    except ValueError:
        own = []
    if own and networks:
        faults.append('%s.addresses: is for names, and %s is none; leave it out' % (where, host))
    if not own and not _NAME.match(host):
        faults.append('%s.host: is neither a name nor a prefix (found %r)' % (where, value['host']))
    elif not own and not networks:
        faults.append(
            '%s.addresses: is missing; say within which prefixes the addresses of %s are' % (where, host)
        )
    if len(faults) > before:
        return None
    return Entry('' if own else host, ports, tuple(own or networks))


def read(path: str) -> Config:
    """The configuration. Raises Fault with all that is wrong."""
    try:
        with open(path, encoding='utf-8') as file:
            value = json.load(file)
    except (OSError, ValueError) as exc:
        raise Fault('%s: cannot be read (found: %s)' % (path, exc)) from None
    faults: list[str] = []
    entries = [_entry(one, 'allow[%d]' % number, faults) for number, one in enumerate(value.get('allow', ()))]
    if faults:
        raise Fault('\n'.join('%s: %s' % (path, fault) for fault in faults))
    return Config(
        tuple(entry for entry in entries if entry),
        tuple(map(str, value.get('users', ()))),
        tuple(map(str, value.get('groups', ()))),
        int(value.get('clients', 256)),
        float(value.get('request_timeout', 1)),
        float(value.get('connect_timeout', 10)),
    )


def rules(config: Config, table: str, user: str) -> str:
    """A table of nft that lets *user* reach what is on the list and nothing else, in place of the one of that
    name.

    Only what has an owner is looked at: packets that the kernel sends by itself have none.
    """
    lines = []
    for entry in config.allow:
        for network in entry.addresses:
            lines.append(
                '%s daddr %s tcp dport %d-%d accept'
                % ('ip' if network.version == 4 else 'ip6', network, entry.ports[0], entry.ports[-1])
            )
    if any(entry.name for entry in config.allow):
        lines.append('udp dport 53 accept')  # no client ever has a socket of UDP
    lines += ['meta l4proto tcp reject with tcp reset', 'reject']
    return (
        'table inet %(table)s\ndelete table inet %(table)s\n'
        'table inet %(table)s {\n chain confined {\n  %(lines)s\n }\n'
        ' chain output {\n  type filter hook output priority filter; policy accept;\n'
        '  meta skuid %(number)d jump confined\n }\n}\n'
        % {'table': table, 'lines': '\n  '.join(dict.fromkeys(lines)), 'number': _user(user)}
    )


# --- clients ---------------------------------------------------------------------------------


def _user(name: str) -> int:
    return int(name) if name.isdigit() else pwd.getpwnam(name).pw_uid


class Peer(t.NamedTuple):
    process: int
    user: int
    groups: frozenset[int]

    def __str__(self) -> str:
        return 'process %d of user %d' % (self.process, self.user)


def peer_of(link: socket.socket) -> Peer:
    process, user, group = struct.unpack('iII', link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    groups = {group}
    with contextlib.suppress(OSError):  # more of them than there is room for: the first one has to do
        data = link.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 1024)
        groups.update(struct.unpack('%dI' % (len(data) // 4), data))
    return Peer(process, user, frozenset(groups))


def admitted(peer: Peer, config: Config) -> bool:
    """By users and groups as they are now; a name that is not known is nobody."""
    for name in config.users:
        with contextlib.suppress(KeyError):
            if peer.user == _user(name):
                return True
    for name in config.groups:
        with contextlib.suppress(KeyError):
            if (int(name) if name.isdigit() else grp.getgrnam(name).gr_gid) in peer.groups:
                return True
    return False


def request_of(link: socket.socket, timeout: float) -> str:
    """The line that the client sends; all of it has *timeout* seconds."""
    until, data = time.monotonic() + timeout, b''
    while b'\n' not in data:
        left = until - time.monotonic()
        if left <= 0:
            raise Refused('no request within %g s; send HOST:PORT and a newline' % timeout)
        link.settimeout(left)
        try:
            more = link.recv(LIMIT + 1 - len(data))
        except socket.timeout:
            continue
        if not more:
            raise Refused('the request ends without a newline')
        data += more
        if len(data) > LIMIT:
            raise Refused('the request is too long (want at most %d bytes)' % LIMIT)
    return data.partition(b'\n')[0].decode('ascii', 'replace').strip()


def target_of(request: str) -> tuple[str, Address | None, int]:
    host, _colon, port = request.rpartition(':')
    if host.startswith('[') and host.endswith(']'):
        host = host[1:-1]
    elif ':' in host:
        host = ''
    if not host or not (port.isascii() and port.isdigit() and 0 < len(port) < 6):
        raise Refused('is no destination; want HOST:PORT, or [ADDRESS]:PORT')
    return host.lower().rstrip('.'), numeric(host), int(port)


def _any_holds(entries: t.Sequence[Entry], address: Address) -> bool:
    return any(entry.holds(address) for entry in entries)


def addresses_of(entries: t.Sequence[Entry], host: str, address: Address | None, port: int) -> list[Address]:
    """Where to connect to: of a name only what it may have."""
    if address is not None:
        return [address]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise Refused('%s: has no address (found: %s)' % (host, exc)) from None
    named = dict.fromkeys(numeric(str(info[4][0]).partition('%')[0]) for info in found)
    allowed = [candidate for candidate in named if candidate is not None and _any_holds(entries, candidate)]
    if not allowed:
        raise Refused('%s: has none of the addresses that it may have' % host)
    return allowed


def connected(addresses: t.Sequence[Address], port: int, timeout: float) -> socket.socket:
    """A socket of the first address that answers; all of them together have *timeout* seconds."""
    until, said = time.monotonic() + timeout, 'no time was left'
    for number, address in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - number)
        if share <= 0:
            break
        link = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            link.settimeout(share)
            link.connect((str(address), port))
            link.settimeout(None)  # the client gets the same open file, and is to find it as it expects one
            return link
        except OSError as exc:
            said = str(exc)
            link.close()
    raise Refused('cannot be reached (found: %s)' % said)


class Canary:
    """A socket that nobody may connect to: proof that the rules are in force for this user."""

    def __init__(self, allow: t.Sequence[Entry]) -> None:
        host = '127.0.0.1'
        for _time in range(100):
            self._bait = socket.socket()
            self._bait.bind((host, 0))
            port = self._bait.getsockname()[1]
            if not any(port in entry.ports and entry.holds(ipaddress.ip_address(host)) for entry in allow):
                self._bait.listen()
                return
            self._bait.close()
        raise Fault(
            'allow: has nearly all ports of %s, so that nobody could tell whether the rules are in force;'
            ' leave some out' % host
        )

    def fault(self) -> str:
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
        return 'egress is not confined: the rules of nft for this user are gone; start the service anew'


class Log:
    """Lines for the journal, and not more than *most* in *seconds*: what came in between is counted."""

    def __init__(self, most: int = 20, seconds: float = 10) -> None:
        self._guard = threading.Lock()
        self._most, self._seconds = most, seconds
        self._began, self._count = time.monotonic(), 0

    def __call__(self, text: str) -> None:
        with self._guard:
            now = time.monotonic()
            if now - self._began > self._seconds:
                if self._count > self._most:
                    print(
                        '%d lines more were left out' % (self._count - self._most),
                        file=sys.stderr,
                        flush=True,
                    )
                self._began, self._count = now, 0
            self._count += 1
            if self._count <= self._most:
                print(text, file=sys.stderr, flush=True)


class Factory:
    def __init__(self, config: Config) -> None:
        self.config, self.log, self.canary = config, Log(), Canary(config.allow)
        self._room = threading.BoundedSemaphore(config.clients)

    def make(self, request: str) -> socket.socket:
        host, address, port = target_of(request)
        entries = [entry for entry in self.config.allow if entry.covers(host, address, port)]
        if not entries:
            raise Refused('is not on the list')
        found = addresses_of(entries, host, address, port)
        fault = self.canary.fault()
        if fault:
            raise Refused(fault)
        return connected(found, port, self.config.connect_timeout)

    def answer(self, link: socket.socket) -> None:
        """Serve one client, whatever it does."""
        who, request = 'somebody', ''
        try:
            peer = peer_of(link)
            who = str(peer)
            if not admitted(peer, self.config):
                raise Refused('user %d may ask for nothing here' % peer.user)
            request = request_of(link, self.config.request_timeout)
            with self.make(request) as made:
                link.settimeout(self.config.request_timeout)
                socket.send_fds(link, [b'+'], [made.fileno()])
        except Refused as exc:
            self.log('%s: %r: refused: %s' % (who, request[:200], exc))
            with contextlib.suppress(OSError):
                link.settimeout(self.config.request_timeout)
                link.sendall(('-' + str(exc)).encode('utf-8', 'replace'))
        except OSError as exc:
            self.log('%s: %r: went away (found: %s)' % (who, request[:200], exc))
        except Exception:  # the others are to be served all the same
            self.log('%s: %r: %s' % (who, request[:200], traceback.format_exc()))
        finally:
            link.close()
            self._room.release()

    def serve(self, listener: socket.socket) -> None:
        while True:
            self._room.acquire()
            try:
                link, _path = listener.accept()
                threading.Thread(target=self.answer, args=(link,), daemon=True).start()
            except (OSError, RuntimeError) as exc:  # no descriptor, or no thread, is left
                self._room.release()
                self.log('cannot take a client (found: %s)' % exc)
                time.sleep(0.1)


def tell_systemd() -> None:
    """That clients are served from now on: sd_notify(3)."""
    path = os.environ.get('NOTIFY_SOCKET', '')
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.sendto(b'READY=1', path)


def main(words: t.Sequence[str]) -> None:
    if len(words) == 4 and words[0] in ('confine', 'rules'):
        text = rules(read(words[1]), *words[2:])
        if words[0] == 'rules':
            print(text, end='')
        elif subprocess.run(['nft', '-f', '-'], input=text.encode(), check=False).returncode:
            raise Fault('nft did not take the rules:\n' + text)
        return
    if len(words) != 2 or words[0] != 'serve':
        raise Fault(t.cast(str, __doc__))
    if os.environ.get('LISTEN_FDS') != '1' or os.environ.get('LISTEN_PID') != str(os.getpid()):
        raise Fault(
            'one socket is wanted of systemd (found LISTEN_FDS=%s); start the unit'
            % os.environ.get('LISTEN_FDS')
        )
    factory = Factory(read(words[1]))
    fault = factory.canary.fault()
    if fault:
        raise Fault(fault)
    listener = socket.socket(fileno=_FIRST_FD)
    listener.setblocking(True)
    tell_systemd()
    factory.serve(listener)


if __name__ == '__main__':
    try:
        main(sys.argv[1:])
    except Fault as trouble:
        sys.exit(str(trouble))
