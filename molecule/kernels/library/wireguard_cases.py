#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try WireGuard links on a kernel that has them. Takes no options.

Two namespaces shake hands and ping each other through a tunnel; what is said, kept and left behind has no
secret in it. ``result`` is ``passed`` or what went wrong.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import os
import shutil
import subprocess
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.codec import (
    read_devices,
    write_device,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.wireguard.value import (
    Device,
    Peer,
    SecretKey,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

Document = dict[str, t.Any]
_KEYS = '/run/wireguard-keys'
_RECORDS = '/run/multinet'
# Made for this test, with the public ones that belong to them.
_PRIVATE = {
    'red': 'YH2riaf4KcyGgpzQxOTh6CSicPGeHNFV7WqfFUyTUnM=',
    'blue': 'WEuOoAEMrUuXFvaf+85u6lUGBllW7dt4O28JlfwhEnk=',
    'shared': 'mNt99o/xxvXWs0NKuVMm+wMQ2oCsdResr/iHDTzFOVA=',
}
PUBLIC = {
    'red': 'IhjDMLQWrcOvBjKmIE7Fw3dJQa0vnOHCOUHcJdpjFDA=',
    'blue': 'XVjQ95wDdFMCXMlvXYe2KQ6HV/hNhLsSc6TSbZemKBc=',
    'other': '1vCqBBiqFeSjZjVskYx/jaeYf1A7c9A0UcAMyRisyGk=',
}


class Stopped(Exception):
    """A run that is stopped by the test."""


def run(command: str) -> str:
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


def see(fine: bool, *what: t.Any) -> None:
    if not fine:
        raise AssertionError(' '.join(str(word) for word in what))


def inside(namespace: str, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
    def body() -> t.Any:
        fd, home = namespaces.open_named(namespace), namespaces.open_current()
        with namespaces.entered(fd, home):
            return function(*args)

    return namespaces.in_thread(body)


def key_file(name: str) -> str:
    return '%s/%s' % (_KEYS, name)


def device(namespace: str) -> Device:
    found: Device = inside(namespace, read_devices, ['wg0'])['wg0']
    return found


def document() -> Document:
    """A tunnel between two namespaces."""
    peer = {'preshared_key_file': key_file('shared')}
    peers = {
        'red': {
            **peer,
            'public_key': PUBLIC['blue'],
            'endpoint': '192.0.2.2:51821',
            'persistent_keepalive': 25,
        },
        'blue': {**peer, 'public_key': PUBLIC['red']},
    }
    allowed = {'red': ['10.9.0.2/32', 'fd09::/64'], 'blue': '10.9.0.1/32'}
    tunnels = {
        name: {
            'name': 'wg0',
            'kind': 'wireguard',
            'private_key_file': key_file(name),
            'listen_port': 51820 + number,
            'addresses': ['10.9.0.%d/24' % (number + 1)],
            'peers': [{**peers[name], 'allowed_ips': allowed[name]}],
        }
        for number, name in enumerate(peers)
    }
    far = {'name': 'eth0', 'namespace': 'blue', 'addresses': ['192.0.2.2/24']}
    cable = {'name': 'eth0', 'kind': 'veth', 'addresses': ['192.0.2.1/24'], 'peer': far}
    return {
        'name': 'wireguard',
        'namespaces': [
            {'name': 'red', 'links': [cable, tunnels['red']]},
            {'name': 'blue', 'links': [tunnels['blue']]},
        ],
    }


WANTED = document()


def applied(wanted: Document) -> Outcome:
    """Planned, applied, and not changed again; layout_info says the same. None of it has a secret."""
    planned = converge(wanted, check=True)
    found = converge(wanted)
    see(planned.changes == found.changes and found.changes, 'planned', planned.changes, 'done', found.changes)
    see(not converge(wanted).changes, 'a second run changes something')
    written, left_out = describe(None, wanted['name'])
    see(not left_out, left_out)
    see(not converge(written, check=True).changes, 'layout_info says something else:', written)
    texts = [repr(planned), repr(found), repr(written)]
    for folder, _folders, names in os.walk(_RECORDS):
        for name in names:
            with open(os.path.join(folder, name), encoding='utf-8', errors='replace') as file:
                texts.append(file.read())
    secrets = [secret[:-1] for secret in _PRIVATE.values()]
    secrets += [base64.b64decode(secret).hex() for secret in _PRIVATE.values()]
    for text in texts:
        see(not any(secret in text for secret in secrets), 'a secret is in', text[:200])
    return found


def stopped_at_the_end(wanted: Document, **options: t.Any) -> None:
    """A run that fails after its last operation, and is undone."""
    left = converge(wanted, check=True, **options).ops

    def step(_op: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Stopped

    try:
        converge(wanted, step=step, **options)
    except Stopped:
        return
    raise AssertionError('it was not stopped')


def pings() -> bool:
    command = 'ip netns exec red ping -n -c 1 -w 10 10.9.0.2'
    return subprocess.run(command.split(), check=False, capture_output=True).returncode == 0


def handshakes() -> None:
    applied(WANTED)
    see(pings(), 'no packet passes')
    see(not converge(WANTED).changes, 'a run after packets changes something')
    with open(key_file('shared'), 'w', encoding='ascii') as file:
        file.write(_PRIVATE['red'])  # any other
    applied(WANTED)
    other = SecretKey(base64.b64decode(_PRIVATE['red']))
    see([peer and peer.preshared_key for peer in device('red').peers.values()] == [other], device('red'))


def changes() -> None:
    """In place, exactly, and back after a later step fails; what is not said is left alone."""
    applied(WANTED)
    before = device('red')
    other = copy.deepcopy(WANTED)
    tunnel = other['namespaces'][0]['links'][1]
    tunnel.update(fwmark=7, listen_port=51900)
    tunnel['peers'] = [
        {
            'public_key': PUBLIC['other'],
            'endpoint': '[2001:db8::2]:5',
            'allowed_ips': ['10.9.0.2/32', '10.77.1.1/16'],
        }
    ]
    stopped_at_the_end(other)
    see(device('red') == before, 'not undone:', device('red'), before)
    stopped_at_the_end(WANTED, absent=True)
    see(device('red') == before, 'not undone:', device('red'), before)
    see(pings(), 'no packet passes after an undo')
    applied(other)
    found = device('red')
    peer = Peer(SecretKey(bytes(32)), '[2001:db8::2]:5', ('10.77.0.0/16', '10.9.0.2/32'), 0)
    see((found.listen_port, found.fwmark, found.peers) == (51900, 7, {PUBLIC['other']: peer}), found)
    silent = copy.deepcopy(other)
    for key in ('private_key_file', 'listen_port', 'fwmark', 'peers'):
        del silent['namespaces'][0]['links'][1][key]
    see(not converge(silent).changes, 'what is not declared is changed')
    applied(WANTED)
    see(device('red').peers == before.peers, device('red'))


def others() -> None:
    """Links of others stay as they are, declared as what exists or not at all."""
    run('ip link add wg9 type wireguard')
    mine = Device(
        SecretKey(base64.b64decode(_PRIVATE['blue'])), 5555, 9, {PUBLIC['red']: Peer(allowed_ips=('::/0',))}
    )
    write_device('wg9', mine)
    before = read_devices(['wg9'])
    card = {'name': 'wg9', 'kind': 'physical', 'mtu': 1300}
    applied({**WANTED, 'links': [card]})
    converge(WANTED, absent=True)
    see(read_devices(['wg9']) == before, read_devices(['wg9']))


def refusals() -> None:
    """Files that are missing or have no key are told before anything changes."""
    broken = copy.deepcopy(WANTED)
    tunnel = broken['namespaces'][0]['links'][1]
    with open(key_file('empty'), 'w', encoding='ascii'):
        pass
    tunnel['private_key_file'] = key_file('nowhere')
    tunnel['peers'][0]['preshared_key_file'] = key_file('empty')
    try:
        converge(broken, check=True)
    except EngineError as error:
        see(
            'private_key_file: names a file that does not exist (found %s)' % key_file('nowhere')
            in str(error),
            error,
        )
        see('preshared_key_file: names a file without a key' in str(error), error)
    else:
        raise AssertionError('a missing file was not noticed')


def furnish() -> None:
    os.makedirs(_KEYS, mode=0o700)
    for name, secret in _PRIVATE.items():
        with open(key_file(name), 'w', encoding='ascii') as file:
            file.write(secret + '\n')


def clear() -> None:
    with contextlib.suppress(Exception):
        converge({'name': 'wireguard'}, absent=True)
    subprocess.run(['ip', 'link', 'del', 'wg9'], check=False, capture_output=True)
    shutil.rmtree(_KEYS, ignore_errors=True)


def tried() -> str:
    for part in (handshakes, changes, others, refusals):
        try:
            furnish()
            part()
        except Exception:  # it is the result, which verify.yml shows
            return '%s: %s' % (part.__name__, traceback.format_exc().strip().replace('\n', ' | ')[-800:])
        finally:
            clear()
    return 'passed'


def main() -> None:
    module = AnsibleModule(argument_spec={})
    module.exit_json(changed=True, result=tried())


if __name__ == '__main__':
    main()
