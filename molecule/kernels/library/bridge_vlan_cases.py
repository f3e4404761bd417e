#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try VLANs of bridges and their ports on a kernel that filters by them. Takes no options.

Frames show what a port takes and how it sends it; ``bridge vlan`` shows what is configured. ``result`` is
``passed`` or what went wrong.
"""

from __future__ import annotations

import contextlib
import copy
import json
import socket
import struct
import subprocess
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import Outcome, converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import namespaces
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError

_ETHERTYPE, _TPID = 0x88B5, 0x8100  # one for experiments, and that of a VLAN header
_SOL_PACKET, _PACKET_AUXDATA, _TP_STATUS_VLAN_VALID = 263, 8, 16
_AUXDATA = struct.Struct('=IIIHHHH')
_EVERYBODY, _SENDER = b'\xff' * 6, b'\2\0\0\0\0\x77'
Document = dict[str, t.Any]
Vlans = dict[int, str]


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


def vlans_of(link: str) -> Vlans:
    """As bridge(8) shows them: letters by ID, p for pvid and u for untagged."""
    found: Vlans = {}
    for each in json.loads(run('bridge -j vlan show dev ' + link) or '[]'):
        for vlan in each['vlans']:
            letters = ''.join(flag[0] if flag == 'PVID' else 'u' for flag in vlan.get('flags', ()))
            ids = range(vlan['vlan'], vlan.get('vlanEnd', vlan['vlan']) + 1)
            found.update(dict.fromkeys(ids, letters.lower()))
    return found


def shown(link: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(run('ip -d -j link show dev ' + link))[0]
    return found


def document(red: t.Any, blue: t.Any, itself: t.Any, **bridge: t.Any) -> Document:
    """A bridge with a port to each of two namespaces."""
    ports = {'red': {'vlans': red}, 'blue': {'vlans': blue}}
    return {
        'name': 'vlans',
        'links': [{'name': 'br0', 'kind': 'bridge', 'vlan_filtering': True, 'vlans': itself, **bridge}],
        'namespaces': [
            {
                'name': name,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'peer': {'name': 'to-' + name, 'master': 'br0', 'port': port},
                    }
                ],
            }
            for name, port in ports.items()
        ],
    }


def applied(wanted: Document) -> Outcome:
    """Planned, applied, and not changed again; the same from what layout_info says."""
    planned = converge(wanted, check=True)
    found = converge(wanted)
    see(planned.changes == found.changes and found.changes, 'planned', planned.changes, 'done', found.changes)
    see(not converge(wanted).changes, 'a second run changes something')
    written, left_out = describe(None, wanted['name'])
    see(not left_out, left_out)
    see(not converge(written, check=True).changes, 'layout_info says something else:', written)
    return found


class Stopped(Exception):
    """A run that is stopped by the test."""


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


USUAL = document(['10 pvid untagged', 20, '30-39'], ['10', {'vid': 20, 'pvid': True, 'untagged': 'yes'}], [])


# Frames


def listening(namespace: str) -> socket.socket:
    sock: socket.socket = inside(
        namespace, socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE)
    )
    sock.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    sock.bind(('eth0', 3))  # ETH_P_ALL: the kernel takes the VLAN header off, or leaves it on
    return sock


def heard(sock: socket.socket, word: bytes) -> int | None:
    """The VLAN ID of the frame that carries *word*, 0 for none; None if it does not come."""
    sock.settimeout(0.5)
    with contextlib.suppress(socket.timeout):
        while True:
            data, control, _flags, _address = sock.recvmsg(200, 200)
            if word not in data:
                continue
            if data[12:14] == struct.pack('!H', _TPID):
                return int.from_bytes(data[14:16], 'big') & 0xFFF
            for _level, _type, payload in control:
                status, *_sizes, tci, _tpid = _AUXDATA.unpack(payload[: _AUXDATA.size])
                return tci & 0xFFF if status & _TP_STATUS_VLAN_VALID else 0
    return None


def frames() -> None:
    """Untagged frames are in the pvid, tagged ones in their VLAN; they leave as the port there says."""
    applied(USUAL)
    with contextlib.closing(listening('red')) as red, contextlib.closing(listening('blue')) as blue:
        ways = {'red': (red, blue), 'blue': (blue, red)}
        for source, vid, wanted in (
            ('red', 0, 10),  # pvid of red, tagged on blue
            ('red', 10, 10),
            ('red', 20, 0),  # untagged on blue
            ('red', 30, None),  # blue is not in it
            ('red', 1, None),  # nobody is
            ('blue', 0, 20),
            ('blue', 10, 0),
            ('blue', 30, None),
        ):
            word = ('%s %d' % (source, vid)).encode().ljust(46, b'.')
            header = struct.pack('!HH', _TPID, vid) if vid else b''
            sender, listener = ways[source]
            sender.send(_EVERYBODY + _SENDER + header + struct.pack('!H', _ETHERTYPE) + word)
            found = heard(listener, word)
            see(found == wanted, source, vid, 'arrives in', found, 'not in', wanted)


# What is configured


def changes() -> None:
    """In place, exactly, and back after a later step fails."""
    applied(USUAL)
    number = shown('to-red')['ifindex']
    red = {10: 'pu', 20: '', **dict.fromkeys(range(30, 40), '')}
    see(vlans_of('to-red') == red, vlans_of('to-red'))
    see(vlans_of('to-blue') == {10: '', 20: 'pu'}, vlans_of('to-blue'))
    see(vlans_of('br0') == {}, vlans_of('br0'))
    other = document('20 pvid', ['5-4094 untagged', '1 pvid'], ['7', '1 pvid untagged'], vlan_default_pvid=9)
    stopped_at_the_end(other)
    see(vlans_of('to-red') == red and vlans_of('br0') == {}, 'not undone:', vlans_of('to-red'))
    applied(other)
    see(vlans_of('to-red') == {20: 'p'}, vlans_of('to-red'))
    see(vlans_of('to-blue') == {1: 'p', **dict.fromkeys(range(5, 4095), 'u')}, 'of to-blue')
    see(vlans_of('br0') == {1: 'pu', 7: ''}, vlans_of('br0'))
    run('bridge vlan add dev to-red vid 99')
    applied(other)
    see(vlans_of('to-red') == {20: 'p'}, vlans_of('to-red'))
    see(number == shown('to-red')['ifindex'], 'the port was made anew')
    silent = copy.deepcopy(other)
    del silent['links'][0]['vlans']
    del silent['namespaces'][0]['links'][0]['peer']['port']
    run('bridge vlan add dev to-red vid 99')
    see(not converge(silent).changes, 'what is not declared is changed')
    see(vlans_of('to-red') == {20: 'p', 99: ''}, vlans_of('to-red'))


def bridges_anew() -> None:
    """Ports of a bridge that is made anew have their VLANs again."""
    applied(USUAL)
    red, number = vlans_of('to-red'), shown('br0')['ifindex']
    anew = copy.deepcopy(USUAL)
    anew['links'][0]['vlan_stats_per_port'] = True
    applied(anew)
    see(number != shown('br0')['ifindex'], 'the bridge was not made anew')
    see(vlans_of('to-red') == red, vlans_of('to-red'))


def filters_last() -> None:
    """A bridge begins to filter when its ports have their VLANs."""
    applied(document(None, None, None, vlan_filtering=False))
    see(vlans_of('to-red') == {1: 'pu'}, vlans_of('to-red'))
    stopped_at_the_end(USUAL)
    see(vlans_of('to-red') == {1: 'pu'}, 'not undone:', vlans_of('to-red'))

    def step(_op: object) -> None:
        filters = shown('br0')['linkinfo']['info_data']['vlan_filtering']
        see(not filters or vlans_of('to-blue') == {10: '', 20: 'pu'}, 'it filters too early')

    converge(USUAL, step=step)
    see(shown('br0')['linkinfo']['info_data']['vlan_filtering'] == 1, 'it does not filter')


def of_others() -> None:
    """A port that was there before gets back what it had; also where its bridge does not filter yet."""
    run('ip link add br9 type bridge')
    run('ip link add up0 type veth peer name far0')
    run('ip link set up0 master br9')
    run('bridge vlan add dev up0 vid 40-49')
    before = vlans_of('up0')
    port = {'name': 'up0', 'kind': 'physical', 'master': 'br9', 'port': {'vlans': ['7-8', 2], 'cost': 9}}
    wanted = {'name': 'vlans', 'links': [port]}
    outcome = applied(wanted)
    see('has no vlan_filtering' in str(outcome.warnings), outcome.warnings)
    see(vlans_of('up0') == {2: '', 7: '', 8: ''}, vlans_of('up0'))
    run('ip link set br9 type bridge vlan_filtering 1')
    port['port']['vlans'] = [3]
    see(not applied(wanted).warnings, 'there is still a warning')
    port['port']['cost'] = 5
    converge(wanted)
    found = converge(wanted, absent=True).changes
    see(len(found) == 1, found)
    see(vlans_of('up0') == before, vlans_of('up0'))
    see('cost 2 ' in run('bridge -d link show dev up0'), run('bridge -d link show dev up0'))


def with_two_bridges() -> Vlans:
    """A port of a bridge of others, with VLANs, and another bridge of theirs."""
    for name in ('br8', 'br9'):
        run('ip link add %s type bridge vlan_filtering 1' % name)
    run('ip link add up0 type veth peer name far0')
    run('ip link set up0 master br9')
    run('bridge vlan del dev up0 vid 1')
    run('bridge vlan add dev up0 vid 10 pvid')
    run('bridge vlan add dev up0 vid 20-22')
    run('bridge link set dev up0 isolated on')
    return vlans_of('up0')


def of_another_master() -> None:
    """What a port of others had comes back with its master, after a failure and with the removal."""
    before = with_two_bridges()
    port: dict[str, t.Any] = {'name': 'up0', 'kind': 'physical', 'master': 'br8'}
    wanted = {'name': 'vlans', 'links': [port]}
    stopped_at_the_end(wanted)
    see(vlans_of('up0') == before, 'not undone:', vlans_of('up0'))
    applied(wanted)
    see(vlans_of('up0') == {1: 'pu'}, vlans_of('up0'))
    port['port'] = {'vlans': ['7 pvid untagged']}
    applied(wanted)
    stopped_at_the_end(wanted, absent=True)
    see(vlans_of('up0') == {7: 'pu'}, 'not undone:', vlans_of('up0'))
    converge(wanted, absent=True)
    see(vlans_of('up0') == before, 'not restored:', vlans_of('up0'))
    see('isolated on' in run('bridge -d link show dev up0'), 'isolated is not restored')
    # First declared where it is, then elsewhere.
    port.update(master='br9', port={'vlans': [5]})
    applied(wanted)
    port.update(master='br8', port={'vlans': [6]})
    applied(wanted)
    converge(wanted, absent=True)
    see(vlans_of('up0') == before, 'not restored:', vlans_of('up0'))


def of_cards() -> None:
    """The same for a card that moves into a namespace and back."""
    before = with_two_bridges()
    card = {'name': 'up0', 'kind': 'physical'}
    wanted = {'name': 'vlans', 'namespaces': [{'name': 'red', 'links': [card]}]}
    stopped_at_the_end(wanted)
    see(vlans_of('up0') == before, 'not undone:', vlans_of('up0'))
    converge(wanted)
    see(not converge(wanted).changes, 'a second run changes something')
    converge(wanted, absent=True)
    see(vlans_of('up0') == before, 'not restored:', vlans_of('up0'))
    see('isolated on' in run('bridge -d link show dev up0'), 'isolated is not restored')


def tunnels() -> None:
    """VLANs that map to tunnels are not removed."""
    with_two_bridges()
    run('bridge link set dev up0 vlan_tunnel on')
    run('bridge vlan add dev up0 vid 20-21 tunnel_info id 1020-1021')
    port = {'name': 'up0', 'kind': 'physical', 'master': 'br9', 'port': {'vlans': [20]}}
    try:
        converge({'name': 'vlans', 'links': [port]}, check=True)
    except EngineError as error:
        see('VLANs that map to tunnels and are not declared (found 21)' in str(error), error)
    else:
        raise AssertionError('tunnels would be lost')
    port['port'] = {'vlans': ['20-30']}
    converge({'name': 'vlans', 'links': [port]})
    see('1021' in run('bridge vlan tunnelshow dev up0'), 'tunnels are lost')


def other_defaults() -> None:
    """Another default moves ports, and those that are declared are set again in the same round."""
    vlans = ['1 pvid untagged', 8]
    applied(document(vlans, vlans, vlans))
    other = document(vlans, vlans, vlans, vlan_default_pvid=9)
    planned = converge(other, check=True)
    done = converge(other)
    see(planned.ops == done.ops and len(done.changes) == 1, planned.ops, done.ops, done.changes)
    see(vlans_of('to-red') == {1: 'pu', 8: ''} == vlans_of('br0'), vlans_of('to-red'), vlans_of('br0'))


def clear() -> None:
    with contextlib.suppress(Exception):
        converge({'name': 'vlans'}, absent=True)
    for name in ('br8', 'br9', 'up0'):
        subprocess.run(['ip', 'link', 'del', name], check=False, capture_output=True)


PARTS = (
    frames,
    changes,
    bridges_anew,
    filters_last,
    of_others,
    of_another_master,
    of_cards,
    tunnels,
    other_defaults,
)


def tried() -> str:
    for part in PARTS:
        try:
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
