#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try SCTP listeners on a kernel that has SCTP: which conflict, who is let in, what sock_diag reports.
Takes no options.

The kernel has not loaded SCTP yet. Real binds check the conflict table, real associations the firewall.
``result`` is ``passed`` or what went wrong.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import socket
import struct
import subprocess
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.host.listeners import BindResult, bind
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces, sockets
from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import (
    Endpoint,
    conflict,
    endpoint,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError

AGENTS, BALANCER = 'sctp-ua', 'sctp-lb'
PORT = 3868
UNITS, ROOT = '/run/sctp-units', '/run/sctp-cases'
_SOL_SCTP, _BINDX_ADD = 132, 100
PLACES = ('0.0.0.0', '10.1.0.2', '10.1.0.9', '127.0.0.1', '::', ':: only', 'fd01::2')
FRONT = {
    'name': 'front',
    'address': '{iface:up0:v4}',
    'scheme': 'diameter',
    'proto': 'sctp',
    'type': 'external',
}
BACK = {'name': 'back', 'address': '10.2.0.2', 'scheme': 'diameter', 'proto': 'sctp', 'type': 'internal'}
BACK6 = {**BACK, 'name': 'back6', 'address': 'fd02::2'}


def run(command: str) -> str:
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


def see(fine: bool, *what: t.Any) -> None:
    if not fine:
        raise AssertionError(' '.join(str(word) for word in what))


def furnish() -> None:
    for name, link, number in ((AGENTS, 'up0', 1), (BALANCER, 'up1', 2)):
        run('ip netns add ' + name)
        run('ip link add %s type veth peer name eth0 netns %s' % (link, name))
        for where, address in (('', 2), ('-n ' + name, 9)):
            device = 'eth0' if where else link
            run('ip %s address add 10.%d.0.%d/24 dev %s' % (where, number, address, device))
            run('ip %s address add fd0%d::%d/64 dev %s nodad' % (where, number, address, device))
            run('ip %s link set %s up' % (where, device))
        run('ip -n %s route add default via 10.%d.0.2' % (name, number))
        run('ip -n %s route add default via fd0%d::2' % (name, number))


def clear() -> None:
    with contextlib.suppress(Exception):
        bind({'scope': 'sctp'}, check=False, absent=True, units=UNITS, root=ROOT)
    for name, link in ((AGENTS, 'up0'), (BALANCER, 'up1')):
        subprocess.run(['ip', 'link', 'del', link], check=False, capture_output=True)
        subprocess.run(['ip', 'netns', 'del', name], check=False, capture_output=True)
    for folder in (UNITS, ROOT):
        shutil.rmtree(folder, ignore_errors=True)


def opened(place: str, device: str = '', reuse: bool = False) -> socket.socket:
    address, _blank, only = place.partition(' ')
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    try:
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(only))
        if reuse:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if device:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        found.bind((address, PORT))
        found.listen(20)
    except OSError:
        found.close()
        raise
    return found


def refused(one: tuple[str, str], other: tuple[str, str], reuse: bool = False) -> bool:
    with contextlib.closing(opened(*one, reuse)):
        try:
            opened(*other, reuse).close()
        except OSError as exc:
            see(exc.errno == errno.EADDRINUSE, one, other, exc)
            return True
    return False


def place_of(place: str, device: str = '') -> Endpoint:
    address, _blank, only = place.partition(' ')
    return endpoint('', 'sctp', address, PORT, bool(only), device)


def conflicts() -> None:
    run('ip address add 10.1.0.9/32 dev lo')
    for pair in itertools.product(PLACES, repeat=2):
        model = conflict(*(place_of(one) for one in pair))
        kernel = refused((pair[0], ''), (pair[1], ''))
        see(model == kernel, pair, 'kernel:', kernel, 'model:', model)
        see(
            not refused((pair[0], ''), (pair[1], ''), True), pair, 'with SO_REUSEPORT'
        )  # so the kernel is no judge of a set
    placed = list(itertools.product(('0.0.0.0', '10.1.0.2', ':: only', 'fd01::2'), ('', 'up0', 'up1')))
    for one, other in itertools.product(
        placed, repeat=2
    ):  # kernels differ; where one refuses, the model does
        see(
            conflict(place_of(*one), place_of(*other)) or not refused(one, other),
            one,
            other,
            'are refused by the kernel',
        )
    run('ip address del 10.1.0.9/32 dev lo')


def declare(*listeners: dict[str, t.Any], check: bool = False) -> BindResult:
    os.makedirs(UNITS, exist_ok=True)
    return bind(
        {
            'scope': 'sctp',
            'internal': ['10.2.0.0/24', 'fd02::/64'],
            'wait_dad': 0,
            'listeners': list(listeners),
        },
        check=check,
        absent=False,
        units=UNITS,
        root=ROOT,
    )


def inside(namespace: str, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    def body() -> t.Any:
        fd, home = namespaces.open_named(namespace), namespaces.open_current()
        with namespaces.entered(fd, home):
            return function(*args)

    return namespaces.in_thread(body)


def connected(address: str) -> socket.socket:
    found = socket.socket(
        socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP
    )
    found.settimeout(8)
    try:
        found.connect((address, PORT))
    except BaseException:
        found.close()
        raise
    return found


def begun(namespace: str, address: str) -> bool:
    """Whether an association is established. In IPv4 a rejection is seen at once, else nothing comes back."""
    try:
        inside(namespace, connected, address).close()
    except socket.timeout:
        see(':' in address, namespace, address, 'was not refused, but silent')
        return False
    except OSError as exc:
        see(exc.errno in (errno.ENOPROTOOPT, errno.ECONNREFUSED), namespace, address, exc)
        return False
    return True


def classes() -> None:
    planned = declare(FRONT, BACK, BACK6, check=True).outcome.changes
    with (
        contextlib.closing(opened('10.1.0.2')) as front,
        contextlib.closing(opened('10.2.0.2')),
        contextlib.closing(opened('fd02::2')),
    ):
        for namespace, address in itertools.product((AGENTS, BALANCER), ('10.1.0.2', '10.2.0.2', 'fd02::2')):
            see(begun(namespace, address), namespace, address, 'is refused without a firewall')
        found = declare(FRONT, BACK, BACK6)
        see(found.outcome.changes == planned and planned, 'planned', planned, 'done', found.outcome.changes)
        see([row['held'] for row in found.exported] == [True] * 3 and not found.restart, found.exported)
        see(declare(FRONT, BACK, BACK6).outcome.changes == (), 'a second run changes something')
        while True:  # what the first round left
            front.setblocking(False)
            try:
                front.accept()[0].close()
            except BlockingIOError:
                break
        front.setblocking(True)
        live = inside(AGENTS, connected, '10.1.0.2')
        with contextlib.closing(live), contextlib.closing(front.accept()[0]) as peer:
            for namespace, address, wanted in (
                (AGENTS, '10.2.0.2', False),
                (BALANCER, '10.2.0.2', True),
                (AGENTS, '10.1.0.2', True),
                (BALANCER, '10.1.0.2', False),
                (AGENTS, 'fd02::2', False),
                (BALANCER, 'fd02::2', True),
            ):
                see(
                    begun(namespace, address) == wanted,
                    namespace,
                    address,
                    'is',
                    'refused' if wanted else 'let in',
                )
            declare({**FRONT, 'state': 'draining', 'drain_timeout': 3600}, BACK, BACK6)
            see(not begun(AGENTS, '10.1.0.2'), 'draining takes what is new')
            live.sendall(b'still')
            peer.settimeout(8)
            see(peer.recv(5) == b'still', 'draining ended what was there')
        # Somebody else holds the address and port.
        try:
            declare({**BACK, 'owner': 'nginx.service'})
        except InputError as exc:
            held = 'another process holds its address and port (found sctp 10.2.0.2:3868, held by %d'
            see(held % os.getpid() in str(exc), exc)
        else:
            raise AssertionError('another owner was not noticed')


def told() -> None:
    """A socket that is bound to two addresses is reported with both of them."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)) as both:
        both.bind(('10.1.0.2', PORT))
        both.setsockopt(
            _SOL_SCTP,
            _BINDX_ADD,
            struct.pack('=H', socket.AF_INET)
            + struct.pack('>H', PORT)
            + socket.inet_aton('10.2.0.2')
            + bytes(8),
        )
        both.listen()
        inode = os.fstat(both.fileno()).st_ino
        found = sorted(sock.endpoint.address for sock in sockets.waiting('') if sock.inode == inode)
        see(found == ['10.1.0.2', '10.2.0.2'], found)
        held = declare({**FRONT, 'type': 'default'}, {**BACK, 'type': 'default'})
        see(
            [row['held'] for row in held.exported] == [True, True] and not held.warnings,
            held.exported,
            held.warnings,
        )
        see([holder.pid for holder in sockets.holders({inode})[inode]] == [os.getpid()], 'holder')


def lacking() -> None:
    """The error on a kernel that cannot load SCTP."""
    see(not os.path.isdir('/proc/net/sctp'), 'it is loaded already')
    with open('/proc/sys/kernel/modprobe', encoding='ascii') as file:
        loader = file.read()
    run('modprobe -a tcp_diag udp_diag')
    try:
        with open('/proc/sys/kernel/modprobe', 'w', encoding='ascii') as file:
            file.write('/bin/false')
        declare(FRONT)
    except InputError as exc:
        see(
            exc.texts()
            == (
                'listeners[0].proto: is not in this kernel (found sctp); load its module (modprobe'
                ' sctp), or install the package '
                'that has it',
            ),
            exc.texts(),
        )
    else:
        raise AssertionError('that there is no SCTP was not noticed')
    finally:
        with open('/proc/sys/kernel/modprobe', 'w', encoding='ascii') as file:
            file.write(loader)


def main() -> None:
    module = AnsibleModule(argument_spec={})
    result = 'passed'
    try:
        furnish()
        for part in (lacking, conflicts, classes, told):
            try:
                part()
            except Exception:
                text = traceback.format_exc().strip()
                result = '%s: %s' % (part.__name__, text.replace('\n', ' | ')[-800:])
                break
    finally:
        clear()
    module.exit_json(changed=True, result=result)


if __name__ == '__main__':
    main()
