# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of every encode function whose bytes are kept in golden.txt. Run as a program this prints that file
anew."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import pack_attribute
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import (
    Attribute,
    Boolean,
    Choice,
    Integer,
    IpAddress,
    Table,
    Value,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import codec as link_codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import kinds as link_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.types import IntegerOr
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON, SET_LATER, Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.named_number import NamedNumber
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.encode import ResolvedLink
from ansible_collections.multinet.linux.tests.conformance.examples import EXAMPLES, MAC
from ansible_collections.multinet.linux.tests.conformance.golden_case import Case, case
from ansible_collections.multinet.linux.tests.conformance.golden_layer3 import address_cases, rule_cases

FILE = pathlib.Path(__file__).with_name('golden.txt')
_NEWER = {'features': ('ecn',), 'congctl': 'cubic', 'fastopen_no_cookie': True, 'lock': ('mtu', 'hoplimit')}
"""Values of metrics that are no numbers."""

INDEXES = {'eth0': 3, 'eth1': 0x12345}


def values_of(setting: Attribute) -> list[Value]:
    """The ends of what a setting may be."""
    if isinstance(setting.type, Boolean):
        return [False, True]
    if isinstance(setting.type, Choice):
        return list(setting.type.numbers)
    for kind, values in EXAMPLES.items():
        if isinstance(setting.type, kind):
            return values
    if isinstance(setting.type, IpAddress):
        of_family = {'ip4addr': ['192.0.2.1'], 'ip6addr': ['2001:db8::1', '::ffff:192.0.2.1']}
        return [address for nla in setting.nla for address in of_family[nla.form.name]]
    assert isinstance(setting.type, (Integer, NamedNumber))
    words = [setting.type.word] if isinstance(setting.type, IntegerOr) else []
    return [*words, setting.type.low, setting.type.high]


def by_number(table: Table) -> dict[str, Attribute]:
    """The attributes in the order of the kernel's numbers, without those that have messages of their own."""
    numbers = {name: _number(attribute) for name, attribute in table.items()}
    known = {name: number for name, number in numbers.items() if number is not None}
    return {name: table[name] for name in sorted(known, key=known.__getitem__)}


def _number(setting: Attribute) -> int | None:
    if setting.nla:
        return setting.nla[0].number
    bits = setting.part or setting.flag
    return bits.nla.number if bits is not None else None


def as_found(kind: str, data: dict[int, bytes]) -> bytes:
    """A message of the kernel about a link, with what no table names."""
    attributes = b''.join([pack_attribute(number, payload) for number, payload in data.items()])
    info = pack_attribute(uapi.IFLA_INFO_KIND, kind.encode() + b'\0')
    info += pack_attribute(uapi.IFLA_INFO_DATA, attributes)
    queues = pack_attribute(uapi.IFLA_NUM_TX_QUEUES, b'\3\0\0\0')
    return uapi.IFINFOMSG.pack(0, 1, 5, 0, 0) + queues + pack_attribute(uapi.IFLA_LINKINFO, info)


def tables() -> dict[str, dict[str, Attribute]]:
    """The settings of the kinds that have some."""
    return {name: by_number(kind.settings) for name, kind in link_model.KINDS.items() if kind.settings}


def new_link_cases() -> t.Iterator[Case]:
    full = Link('n', 'eth0', 'veth', up=True, mtu=1400, mac=MAC, master='br0', mark='multinet:scope')
    for kind in link_model.KINDS:
        yield case(kind, encode.new_link, ResolvedLink(Link('n', 'eth0', kind)))
    yield case('all', encode.new_link, ResolvedLink(full, 7, 0x10000, 5))
    yield case('master none', encode.new_link, ResolvedLink(full, 0, 0, 0))
    yield case(
        'name and mark of many bytes',
        encode.new_link,
        ResolvedLink(Link('', '\u00fc' * 7 + 'x', 'bridge', mark='multinet:' + '\u2014' * 60)),
    )
    for length in (0, 1000, 0xFFFFFFFF):
        queue = Link('n', 'eth0', 'veth', txqueuelen=length)
        yield case('txqueuelen %d' % length, encode.new_link, ResolvedLink(queue), ResolvedLink(queue))
    queues = (('num_rx_queues', 2), ('num_tx_queues', 4096))
    yield case('queues', encode.new_link, ResolvedLink(full._replace(queues=queues)))
    yield case('peer', encode.new_link, ResolvedLink(full), ResolvedLink(Link('', 'peer0', 'veth')))
    yield case(
        'peer all',
        encode.new_link,
        ResolvedLink(full, 7, None, 5),
        ResolvedLink(Link('', 'peer0', 'veth', mtu=68, mac=MAC, mark='x'), 8, None, 6),
    )
    yield case(
        'bridge as born',
        encode.new_link,
        ResolvedLink(
            Link(
                '',
                'br0',
                'bridge',
                settings=(
                    ('ageing_time', 300),
                    ('multicast_snooping', True),
                    ('priority', 32768),
                    ('stp', False),
                    ('vlan_filtering', False),
                ),
            )
        ),
    )


def setting_cases() -> t.Iterator[Case]:
    for kind, table in tables().items():
        every = []
        for key in table:
            values = values_of(table[key])
            every.append((key, values[-1] if values[-1] != '::ffff:192.0.2.1' else '192.0.2.1'))
            for value in values:
                yield case('%s %s %s' % (kind, key, value), encode.set_settings, 9, kind, ((key, value),))
                yield case(
                    '%s %s %s' % (kind, key, value),
                    encode.new_link,
                    ResolvedLink(Link('', 'x', kind, settings=((key, value),)), lower=4),
                )
        yield case(
            '%s, all' % kind, encode.new_link, ResolvedLink(Link('', 'x', kind, settings=tuple(every)))
        )


def port_cases() -> t.Iterator[Case]:
    for key, setting in by_number(PORT).items():
        for value in values_of(setting):
            yield case('%s %s' % (key, value), encode.set_port, 9, ((key, value),))
    yield case(
        'all',
        encode.set_port,
        9,
        (('cost', 1), ('hairpin', True), ('isolated', True), ('learning', False), ('priority', 63)),
    )


def vlan_cases() -> t.Iterator[Case]:
    for name, vlans in {
        'none': (),
        'one': ('7',),
        'both ends': ('1 pvid', '4094 untagged'),
        'ranges': ('2-9', '10-19 untagged', '20 pvid untagged'),
        'all': ('1-4094',),
    }.items():
        yield case('port ' + name, encode.set_vlans, 9, False, vlans)
        yield case('bridge ' + name, encode.set_vlans, 9, True, vlans)


def found_link_cases() -> t.Iterator[Case]:
    for kind, settings, data in (
        ('vxlan', (('id', 7), ('learning', True)), {8: b'\x37\0\0\0', 22: b'\0', 28: b'\0', 18: b'\1'}),
        ('vlan', (('id', 7),), {2: b'\2\0\0\0\xff\xff\xff\xff'}),
        ('amt', (), {1: b'\4\0\0\0', 4: b'\x40'}),
    ):
        found = Link('n', 'x', kind, mtu=1400, settings=settings, kernel=as_found(kind, data))
        yield case(kind, link_codec.new_link_as_found, ResolvedLink(found, lower=4), number=9)


def set_link_cases() -> t.Iterator[Case]:
    yield case('name', encode.move_link, 0x12345, 7, 'eth0')
    yield case('index', encode.delete_link, 0x12345)
    yield case('group', encode.delete_group, 0xFFFFFFFF)
    for key, values in {
        'up': (True, False),
        'link_local': (True, False),
        'mtu': (68, 65535),
        'txqueuelen': (0, 0xFFFFFFFF),
        'mac': (MAC,),
        'master': (0, 9),
        'mark': ('', 'multinet:x'),
        'group': (0, 77),
        **dict.fromkeys(('arp', 'multicast', 'allmulticast', 'promisc'), (True, False)),
        **dict.fromkeys(sorted(name for name in SET_LATER if COMMON[name].nla), (1, 65535)),
    }.items():
        for value in values:
            yield case('%s %s' % (key, value), encode.set_link, 9, **{key: value})
    yield case('new ones', encode.set_altnames, 9, (), ('b', 'a'))
    yield case('others', encode.set_altnames, 9, ('a', 'c'), ('b' * 127, 'a'))
    dressed = Link('', 'tap0', 'tap', mtu=1400, mac=MAC, txqueuelen=7, mark='multinet:x', alias='text')
    yield case('all', encode.dress_link, ResolvedLink(dressed, 7), 9)
    yield case('by name', encode.set_link, 'a-long-name-of-1', mark='multinet:x')
    yield case(
        'all', encode.set_link, 9, up=True, link_local=False, mtu=1400, mac=MAC, master=4, mark='m', group=5
    )


def route_cases() -> t.Iterator[Case]:
    keys = sorted(set(route_model.METRICS) - route_model.NEWER_METRICS)
    via = (Hop('10.0.0.9', 'eth0'),)
    via6 = (Hop('fd00::9', 'eth0'),)
    routes = {
        'default': Route('n', '0.0.0.0/0', via),
        'ipv6 default': Route('n', '::/0', via6, metric=1024),
        'ipv4': Route('n', '10.0.0.0/8', via),
        'ipv6': Route('n', 'fd00::/8', via6, metric=1),
        'half of all': Route('n', '0.0.0.0/1', via),
        'half of all ipv6': Route('n', '::/1', via6),
        'gateway only': Route('n', '10.0.0.0/8', (Hop('10.0.0.9'),)),
        'link only': Route('n', '10.0.0.0/8', (Hop('', 'eth1'),), scope='link'),
        'onlink': Route('n', '10.0.0.0/8', (Hop('10.0.0.9', 'eth0', 1, True),)),
        'ipv6 onlink': Route('n', 'fd00::/8', (Hop('fd00::9', 'eth1', 1, True),)),
        'several': Route(
            'n',
            '10.0.0.0/8',
            (
                Hop('10.0.0.8', 'eth0', 256),
                Hop('10.0.0.9'),
                Hop('', 'eth1', 3),
                Hop('10.0.0.7', 'eth1', 2, True),
            ),
        ),
        'ipv6 several': Route(
            'n',
            'fd00::/8',
            (Hop('fd00::8', 'eth0', 256), Hop('fd00::9'), Hop('fe80::9', 'eth1', 2, True)),
            metric=5,
        ),
        'gateway of the other family': Route('n', '10.0.0.0/8', (Hop('fd00::9', 'eth0'),)),
        'gateways of both families': Route(
            'n', '10.0.0.0/8', (Hop('10.0.0.9', 'eth0', 4), Hop('fd00::9', 'eth1', 2))
        ),
        'ipv6 from': Route('n', 'fd00::/8', via6, source='fd01::/64'),
        'ipv6 default from': Route('n', '::/0', via6, source='fd01::/64'),
        'ipv6 pref high': Route('n', 'fd00::/8', via6, pref=1),
        'ipv6 pref low': Route('n', 'fd00::/8', via6, pref=3),
        'scope without a word': Route('n', '10.0.0.0/8', via, scope='100'),
        'type without a word': Route('n', '10.0.0.0/8', via, type='11'),
        'everything': Route(
            'n',
            '10.0.0.0/8',
            via,
            0xFFFFFFFF,
            0xFFFFFFFF,
            'unicast',
            '10.0.0.1',
            'site',
            252,
            tuple(zip(keys, range(1, len(keys) + 1))),
            117,
        ),
        'ipv6 everything': Route(
            'n',
            'fd00::/8',
            via6,
            0xFFFFFFFF,
            0xFFFFFFFF,
            'unicast',
            'fd00::1',
            'global',
            0,
            tuple((key, 0xFFFFFFFF) for key in keys),
            117,
        ),
    }
    for number in (1, 253, 255, 256, 0xFFFFFFFF):
        routes['table %d' % number] = Route('n', '10.0.0.0/8', via, number)
        routes['ipv6 table %d' % number] = Route('n', 'fd00::/8', via6, number)
    for kind in route_model.TYPES:
        unlinked = kind in route_model.WITHOUT_LINK
        routes['type %s' % kind] = Route('n', '10.0.0.0/8', () if unlinked else via, type=kind)
        routes['ipv6 type %s' % kind] = Route('n', 'fd00::/8', () if unlinked else via6, type=kind)
    for scope in route_model.SCOPES:
        routes['scope %s' % scope] = Route('n', '10.0.0.0/8', via, scope=scope)
        routes['ipv6 scope %s' % scope] = Route('n', 'fd00::/8', via6, scope=scope)
    for key in route_model.METRICS:
        value = _NEWER.get(key, 0x01020304)
        routes['metric %s' % key] = Route('n', '10.0.0.0/8', via, metrics=((key, value),))
    for name, route in routes.items():
        for verb in ('add', 'replace', 'delete'):
            yield case('%s %s' % (verb, name), encode.route, route, INDEXES, verb)


def nsid_cases() -> t.Iterator[Case]:
    for number in (0, 7, 0x7FFFFFFF):
        yield case(str(number), encode.nsid, 9, number)


def cases() -> t.Iterator[Case]:
    """All cases, in the order of golden.txt."""
    yield from new_link_cases()
    yield from setting_cases()
    yield from port_cases()
    yield from vlan_cases()
    yield from found_link_cases()
    yield from set_link_cases()
    yield from address_cases()
    yield from route_cases()
    yield from rule_cases()
    yield from nsid_cases()


def encoded(example: Case) -> str:
    _name, function, args, named = example
    data = function(*args, **named)
    return b''.join(data).hex() if isinstance(data, list) else data.hex()


def kept() -> dict[str, str]:
    found = {}
    for line in FILE.read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            name, _tab, data = line.partition('\t')
            found[name] = data
    return found


if __name__ == '__main__':
    print(
        '# SPDX-License-Identifier: GPL-3.0-or-later\n'
        '# Written by golden.py: the name of a case, a tab, the bytes of its message.'
    )
    for each in cases():
        print('%s\t%s' % (each[0], encoded(each)))
