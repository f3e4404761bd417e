# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links whose packets a program reads and writes: made with ioctls, and persistent."""

from __future__ import annotations

import fcntl
import json
import os
import struct
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_after
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot

TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 0x1, 0x1000, 0x4000


def _data(name: str) -> dict[str, t.Any]:
    [link] = json.loads(world.run('ip -n red -d -j link show dev %s' % name))
    return t.cast('dict[str, t.Any]', link['linkinfo']['info_data'])


def _document(**said: t.Any) -> Document:
    links = [
        {'name': 'br0', 'kind': 'bridge', 'addresses': ['10.7.0.1/24']},
        {'name': 'vm0', 'kind': 'tap', 'master': 'br0', 'mtu': 1400, 'port': {'isolated': True}, **said},
        {'name': 'vpn0', 'kind': 'tun', 'addresses': ['10.8.0.1/24'], 'alias': 'to the office', **said},
    ]
    return {'name': 'tuns', 'namespaces': [{'name': 'red', 'links': links}]}


def _through_its_life() -> None:
    empty = snapshot()
    for number in range(1, converge(_document(), check=True).ops + 1):
        stopped_after(number, _document())
        left = difference(empty, snapshot())
        assert not left, (number, left)
    for said in ({}, {'user': 4294967294}, {'user': 4242, 'user_group': 'root'}, {'multi_queue': True}):
        document = _document(**said)
        before = snapshot()
        planned = converge(document, check=True)
        assert not difference(before, snapshot())
        for number in (1, planned.ops // 2, planned.ops) if said else ():
            stopped_after(number, document)
            left = difference(before, snapshot())
            assert not left, (number, left)
        assert converge(document).changes == planned.changes
        silent(document)
        for name, kind in (('vm0', 'tap'), ('vpn0', 'tun')):
            data = _data(name)
            assert (data['type'], data['persist'], data['pi']) == (kind, True, False)
            assert data['multi_queue'] == ('multi_queue' in said)
            assert str(data.get('user', '-')) == str(said.get('user', '-'))
            assert str(data.get('group', '-')) == str(said.get('user_group', '-'))
        written, left_out = describe(None, 'tuns')
        assert not left_out
        again = converge(written, check=True)
        assert not again.changes, [change.title for change in again.changes]
    converge(document, absent=True)
    assert not difference(empty, snapshot())


def test_through_its_life() -> None:
    world.in_world(_through_its_life)


def _open(name: str, flags: int) -> int:
    fd = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), flags))
    return fd


def _opened() -> None:
    """A program opens the link, as it needs it: packets pass, and that is no difference."""
    entry = {'name': 'vpn0', 'kind': 'tun', 'addresses': ['10.8.0.1/24']}
    document: Document = {'name': 'tuns', 'links': [entry]}
    converge(document)
    fd = _open('vpn0', IFF_TUN | IFF_VNET_HDR)
    silent(document)
    world.run('ping -c 1 -W 1 10.8.0.2', check=False)
    packet = os.read(fd, 2000)
    assert bytes([10, 8, 0, 2]) in packet
    silent(document)
    os.close(fd)
    silent(document)


def test_a_program_opens_it() -> None:
    world.in_world(_opened)


def _of_programs() -> None:
    """A link that ends with its program is left out of descriptions, and never taken for one of ours."""
    fd = _open('vpn0', IFF_TUN | IFF_NO_PI)
    before = snapshot()
    written, left_out = describe(['host'])
    assert not [link for link in written.get('links', ()) if link['name'] == 'vpn0']
    assert any('is gone when the program ends that has it open' in text for text in left_out), left_out
    told = refused({'name': 'tuns', 'links': [{'name': 'vpn0', 'kind': 'tun'}]})
    assert 'already exists and belongs to no known scope' in told
    told = refused({'name': 'tuns', 'links': [{'name': 'vpn0', 'kind': 'tap'}]})
    assert 'is of a different kind (found tun, want tap)' in told
    assert not difference(before, snapshot())
    os.close(fd)


def test_links_of_programs() -> None:
    world.in_world(_of_programs)


def _lacking() -> None:
    world.run('mount -t tmpfs none /dev/net')
    for kind in ('tun', 'tap'):
        told = refused({'name': 'tuns', 'links': [{'name': 'vm0', 'kind': kind}]})
        assert (
            'this kernel has no links of kind %s: install or load its module tun (modprobe tun)' % kind
            in told
        )


def test_a_host_without() -> None:
    world.in_world(_lacking)


def _by_name() -> None:
    document: Document = {'name': 'tuns', 'links': [{'name': 'vm0', 'kind': 'tap', 'user': 'nobody'}]}
    converge(document)
    silent(document)
    [link] = json.loads(world.run('ip -d -j link show dev vm0'))
    assert link['linkinfo']['info_data']['user'] in ('nobody', '65534', 65534)
    document['links'][0]['user'] = 'nobody-of-this-name'
    try:
        converge(document)
    except Exception as error:
        assert 'is the name of no user on this host' in str(error)
    else:
        raise AssertionError('not refused')


def test_an_owner_by_name() -> None:
    world.in_world(_by_name)
