# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: what can be said of one, and how it is read from a document."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ...values.names import (
    HOST,
    HOST_WORD,
    canonical_ip,
    canonical_mac,
    family_of,
    fault_of_link_name,
    fault_of_namespace_name,
)
from ...values.reading import Reader, shown, whole_number

Value = t.Union[str, int, bool]
End = tuple[str, str]
"""A link by namespace and name."""

Settings = tuple[tuple[str, Value], ...]


class Setting(t.NamedTuple):
    """One option of a kind of link."""

    type: str  # boolean, integer, seconds, choice, address
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()
    default: Value | None = (
        None  # what the kernel has where the document is silent; None: the kernel's business
    )
    fixed: bool = False  # cannot change in place: another value means another link
    required: bool = False
    word: str = ''  # the key in the document, where it is not that of the setting
    needs: str = ''  # what a kernel has to be built with to take another value than the default


class Kind(t.NamedTuple):
    module: str  # kernel module that brings this kind
    settings: dict[str, Setting]
    parent: str = ''  # '', 'optional' or 'required'
    own_mac: bool = True  # gets a hardware address of its own, which we derive from its name


KINDS: dict[str, Kind] = {
    'veth': Kind('veth', {}),
    'bridge': Kind(
        'bridge',
        {
            'stp': Setting('boolean', default=False),
            'forward_delay': Setting('seconds', 0, 30, default=0),
            'hello_time': Setting('seconds', 1, 10),
            'max_age': Setting('seconds', 6, 40),
            'ageing_time': Setting('seconds', 0, 1000000, default=300),
            'priority': Setting('integer', 0, 65535, default=32768),
            'vlan_filtering': Setting('boolean', default=False, needs='CONFIG_BRIDGE_VLAN_FILTERING'),
            'multicast_snooping': Setting('boolean', default=True),
        },
    ),
    'vlan': Kind(
        '8021q',
        {
            'id': Setting('integer', 1, 4094, fixed=True, required=True),
            'protocol': Setting('choice', choices=('802.1q', '802.1ad'), default='802.1q', fixed=True),
        },
        parent='required',
        own_mac=False,
    ),
    'bond': Kind(
        'bonding',
        {
            'mode': Setting(
                'choice',
                choices=(
                    'balance-rr',
                    'active-backup',
                    'balance-xor',
                    'broadcast',
                    '802.3ad',
                    'balance-tlb',
                    'balance-alb',
                ),
                default='balance-rr',
                fixed=True,
            ),
            'miimon': Setting('integer', 0, 60000, default=100),
        },
    ),
    'macvlan': Kind(
        'macvlan',
        {
            'mode': Setting(
                'choice', choices=('private', 'vepa', 'bridge', 'passthru'), default='bridge', fixed=True
            ),
        },
        parent='required',
    ),
    'ipvlan': Kind(
        'ipvlan',
        {
            'mode': Setting('choice', choices=('l2', 'l3', 'l3s'), default='l3', fixed=True),
        },
        parent='required',
        own_mac=False,
    ),
    'vxlan': Kind(
        'vxlan',
        {
            'id': Setting('integer', 0, (1 << 24) - 1, fixed=True, required=True),
            'local': Setting('address', fixed=True),
            'remote': Setting('address', fixed=True),
            'port': Setting(
                'integer', 1, 65535, default=4789, fixed=True, word='dstport'
            ),  # "port" is how it is one of a bridge
            'learning': Setting('boolean', default=True, fixed=True),
            'ttl': Setting('integer', 0, 255, default=0, fixed=True),
        },
        parent='optional',
    ),
    'dummy': Kind('dummy', {}),
    'vrf': Kind('vrf', {'table': Setting('integer', 1, 0xFFFFFFFF, fixed=True, required=True)}),
    'physical': Kind('', {}, own_mac=False),
}

PORT_SETTINGS: dict[str, Setting] = {
    'isolated': Setting('boolean', default=False),
    'hairpin': Setting('boolean', default=False),
    'learning': Setting('boolean', default=True),
    'cost': Setting('integer', 1, 65535),
    'priority': Setting('integer', 0, 63),
}


@dataclasses.dataclass(frozen=True)
class Link:
    """A link, declared or found. In a declared one None means: the document leaves this to the kernel.

    ``master`` is '' for a link that is no port. ``link_local`` tells whether IPv6 makes itself a link-local address.
    """

    namespace: str
    name: str
    kind: str
    up: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    master: str | None = None
    peer: End | None = None
    parent: End | None = None
    settings: Settings = ()
    port: Settings = ()
    link_local: bool | None = None
    mark: str | None = None
    match: Settings = ()  # declared: by what a network card is found on the host; name, mac or altname
    altnames: tuple[str, ...] = ()  # found, never declared

    @property
    def end(self) -> End:
        return (self.namespace, self.name)

    def lines(self) -> list[str]:
        """The link as text, one fact a line, for differences that people read."""
        found = ['kind %s' % self.kind]
        if self.up is not None:
            found.append('state %s' % ('up' if self.up else 'down'))
        for key in ('mtu', 'mac'):
            value = getattr(self, key)
            if value is not None:
                found.append('%s %s' % (key, value))
        if self.master:
            found.append('master %s' % self.master)
        for key in ('peer', 'parent'):
            value = getattr(self, key)
            if value is not None:
                found.append('%s %s/%s' % (key, value[0] or HOST_WORD, value[1]))
        found += ['%s %s' % (key, spelled(value)) for key, value in self.settings]
        found += ['port %s %s' % (key, spelled(value)) for key, value in self.port]
        if self.link_local is not None:
            found.append('link_local %s' % spelled(self.link_local))
        if self.mark:
            found.append('owner %s' % self.mark)
        return sorted(found)


def matches(want: Link, name: str, mac: str | None, altnames: t.Iterable[str]) -> bool:
    """Whether a link of the host is the card that a namespace is to have."""
    found: dict[str, t.Container[Value | None]] = {'name': (name,), 'mac': (mac,), 'altname': tuple(altnames)}
    return all(value in found[key] for key, value in want.match or (('name', want.name),))


def spelled(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _setting(reader: Reader, key: str, setting: Setting) -> Value | None:
    if setting.type == 'boolean':
        return reader.boolean(key)
    if setting.type in ('integer', 'seconds'):
        return reader.integer(key, setting.low, setting.high, required=setting.required)
    if setting.type == 'choice':
        return reader.choice(key, setting.choices, required=setting.required)
    text = reader.text(key, setting.required)
    if text is None:
        return None
    address = canonical_ip(text)
    if address is None:
        reader.fault(key, 'is no address (found %s)' % shown(text))
    return address


def _settings(reader: Reader, table: dict[str, Setting], with_defaults: bool) -> Settings:
    found: dict[str, Value] = {}
    for key, setting in table.items():
        value = _setting(reader, setting.word or key, setting)
        if value is None and with_defaults:
            value = setting.default
        if value is not None:
            found[key] = value
    return tuple(sorted(found.items()))


def link_name(reader: Reader, key: str, required: bool = False) -> str | None:
    name = reader.text(key, required)
    if name is None:
        return None
    fault = fault_of_link_name(name)
    if fault:
        reader.fault(key, fault)
        return None
    return name


def namespace_word(reader: Reader, key: str, default: str) -> str:
    """A namespace by name; ``host`` is the host's own."""
    name = reader.text(key)
    if name is None:
        return default
    if name == HOST_WORD:
        return HOST
    fault = fault_of_namespace_name(name)
    if fault:
        reader.fault(key, fault)
    return name


def _match(reader: Reader, namespace: str) -> Settings:
    """By what a network card is found on the host."""
    if not reader.has('match'):
        reader.take('match')
        return ()
    below = Reader(reader.take('match'), reader.at('match'), reader.problems)
    values = {
        'name': link_name(below, 'name'),
        'mac': mac_address(below, 'mac'),
        'altname': below.text('altname'),
    }
    below.done()
    if namespace == HOST:
        reader.fault('match', 'is for a link that moves into a namespace', 'give the name that it has')
    elif not below.broken and not below.given(values):
        reader.fault('match', 'says nothing', 'give name, mac or altname')
    return tuple(sorted((key, value) for key, value in values.items() if value is not None))


def mac_address(reader: Reader, key: str) -> str | None:
    text = reader.text(key)
    if text is None:
        return None
    mac = canonical_mac(text)
    if mac is None:
        reader.fault(
            key, 'is no hardware address (found %s, want six bytes as 02:00:00:00:00:01)' % shown(text)
        )
    elif int(mac[:2], 16) & 1:
        reader.fault(key, 'is a group address (found %s, want an even first byte)' % shown(text))
    elif mac == '00:00:00:00:00:00':
        reader.fault(key, 'is all zeros', 'leave it out or give an address')
    return mac


def _common(reader: Reader, namespace: str, name: str, kind: str) -> Link:
    """The keys that links of all kinds have, and both ends of a veth."""
    state = reader.choice(
        'state',
        ('up', 'down'),
        default=None if kind == 'physical' and (namespace == HOST or name == 'lo') else 'up',
    )
    mtu = reader.take('mtu')
    if mtu is not None:
        number = whole_number(mtu)
        if number is None:
            reader.fault('mtu', 'is not a whole number (found %s, want 68 to 65535)' % shown(mtu))
        elif not 68 <= number <= 65535:
            reader.fault('mtu', 'is out of range (found %s, want 68 to 65535)' % shown(number))
            number = None
        mtu = number
    master = link_name(reader, 'master')
    port: Settings = ()
    if reader.has('port'):
        if master is None:
            reader.fault('port', 'needs a master', 'name the bridge in master')
        below = Reader(reader.take('port'), reader.at('port'), reader.problems)
        port = _settings(below, PORT_SETTINGS, with_defaults=False)
        below.done()
    else:
        reader.take('port')
    return Link(
        namespace,
        name,
        kind,
        up=None if state is None else state == 'up',
        mtu=mtu,
        mac=mac_address(reader, 'mac'),
        master=master if master or kind == 'physical' else '',
        port=port,
        link_local=reader.boolean('link_local', None if kind == 'physical' else False),
    )


def read_link(reader: Reader, namespace: str) -> tuple[list[Link], list[tuple[Link, Reader]]]:
    """One entry of ``links``: the link, or both ends of a veth, each with the reader that holds its addresses."""
    name = link_name(reader, 'name', required=True)
    kind = reader.choice('kind', list(KINDS), required=not reader.problems.naming)
    if name is None or kind is None or reader.problems.naming:
        for key in (
            'peer',
            'addresses',
            'link',
            'link_namespace',
            'state',
            'mtu',
            'master',
            'port',
            'mac',
            'link_local',
            'match',
            *[setting.word or key for known in KINDS.values() for key, setting in known.settings.items()],
        ):
            reader.take(key)
        if name is not None and reader.problems.naming:
            named = Link(namespace, name, kind or '')  # '' is any kind
            return [named], [(named, reader)]
        return [], []
    if name == 'lo' and kind != 'physical':
        reader.fault('kind', 'does not fit lo, which every namespace has (found %s, want physical)' % kind)
    link = _common(reader, namespace, name, kind)
    table = KINDS[kind]
    settings = _settings(reader, table.settings, with_defaults=True)
    if kind == 'bridge' and dict(settings).get('stp'):
        if not reader.has('forward_delay'):
            settings = tuple(sorted({**dict(settings), 'forward_delay': 15}.items()))
        if dict(settings)['forward_delay'] < 2:  # BR_MIN_FORWARD_DELAY, asked for under STP only
            reader.fault(
                'forward_delay',
                'is too short for stp (found %s, want 2 to 30)' % dict(settings)['forward_delay'],
            )
    link = dataclasses.replace(link, settings=settings)
    if kind == 'physical':
        link = dataclasses.replace(link, match=_match(reader, namespace))
    if table.parent:
        parent = link_name(reader, 'link', required=table.parent == 'required')
        where = namespace_word(reader, 'link_namespace', namespace)
        if parent is not None:
            if (where, parent) == link.end:
                reader.fault('link', 'is the link itself (found %s)' % parent)
            else:
                link = dataclasses.replace(link, parent=(where, parent))
        elif not reader.has('link') and reader.has('link_namespace'):
            reader.fault('link_namespace', 'needs a link', 'name the link in it')
    if kind == 'vxlan':
        ends = dict(settings)
        families = {family_of(str(ends[key])) for key in ('local', 'remote') if key in ends}
        if len(families) > 1:
            reader.fault('remote', 'is of another family than local')
        if (
            link.parent is None
            and 'remote' in ends
            and ipaddress.ip_address(str(ends['remote'])).is_multicast
        ):
            reader.fault(
                'link', 'is missing: the group %s needs one' % ends['remote'], 'name the link that carries it'
            )
    if kind != 'veth':
        return [link], [(link, reader)]

    if not reader.has('peer'):
        reader.take('peer')
        reader.fault('peer', 'is missing: a veth has two ends', 'add peer: {name: ...}')
        return [link], [(link, reader)]
    below = Reader(reader.take('peer'), reader.at('peer'), reader.problems)
    peer_name = link_name(below, 'name', required=True)
    peer_namespace = namespace_word(below, 'namespace', HOST)
    if (peer_namespace, peer_name) == link.end:
        below.fault(
            'name',
            'is the link itself (found %s)' % peer_name,
            'the two ends need two names or two namespaces',
        )
        peer_name = None
    if peer_name is None:
        for key in ('addresses', 'state', 'mtu', 'master', 'port', 'mac', 'link_local'):
            below.take(key)
        return [link], [(link, reader), (link, below)]
    other = dataclasses.replace(_common(below, peer_namespace, peer_name, 'veth'), peer=link.end)
    link = dataclasses.replace(link, peer=other.end)
    return [link, other], [(link, reader), (other, below)]
