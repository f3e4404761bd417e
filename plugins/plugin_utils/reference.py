# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/reference.md: each key of each object, made from the tables."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects import attribute
from ansible_collections.multinet.linux.plugins.module_utils.objects.address import schema as address
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute, Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.reader import (
    MODES,
    MOST_REPLICAS,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb import schema as fdb
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import schema as iptables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import LAST
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import types, wireguard
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kind import LinkKind
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.queues import QUEUES
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.types import IntegerOr
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import COMMON
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vlans import Vlans
from ansible_collections.multinet.linux.plugins.module_utils.objects.named_number import NamedNumber, Realms
from ansible_collections.multinet.linux.plugins.module_utils.objects.nameservers.value import MOST_SERVERS
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour import schema as neighbour
from ansible_collections.multinet.linux.plugins.module_utils.objects.nexthop.schema import (
    NEXTHOP,
    GroupMembers,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables import schema as nftables
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc import types as qdisc
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.filters import FILTER_ROWS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.htb import CLASS, HTB_CLASS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.kinds import KINDS as QDISCS
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.short import PAIR, SHORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.value import PLACE
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import encap
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.word_set import WordSet
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import schema as rule
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import types as rule_types
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import (
    LINK_WORDS,
    NAMESPACE_WORDS,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.attribute_text import (
    default_of,
    either,
    without_markup,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.reference_page import PAGE

Column = t.Callable[[Attribute], str]


def _code(words: t.Iterable[str]) -> list[str]:
    return ['`%s`' % word for word in words]


_TYPES: dict[type[attribute.Type], t.Callable[[t.Any], str]] = {
    attribute.Boolean: lambda _type: 'true or false',
    IntegerOr: lambda type_: '%d to %d or `%s`' % (type_.low, type_.high, type_.word),
    attribute.Integer: lambda type_: '%d to %d' % (type_.low, type_.high),
    attribute.Text: lambda _type: 'text',
    attribute.IpAddress: lambda _type: 'address',
    attribute.MacAddress: lambda _type: 'hardware address',
    attribute.LinkName: lambda _type: 'name of a link',
    address.InterfaceAddress: lambda _type: 'ADDRESS/LENGTH',
    address.PeerAddress: lambda _type: 'ADDRESS or ADDRESS/LENGTH',
    address.BroadcastAddress: lambda _type: 'address, `+` or `-`',
    address.AddressLifetime: lambda type_: '%d to 4294967294 seconds, or `forever`' % type_.low,
    route.Prefix: lambda _type: 'ADDRESS/LENGTH or `default`',
    NamedNumber: lambda type_: '%d to %d, or a name' % (type_.low, type_.high),
    route.TypeOfService: lambda _type: '0 to 252, a multiple of 4',
    route.Algorithm: lambda _type: 'name of an algorithm',
    WordSet: lambda type_: 'list of %s' % ', '.join(_code(type_.bits)),
    encap.Encap: lambda _type: 'dictionary',
    encap.Ipv4Address: lambda _type: 'IPv4 address',
    encap.Ipv6Address: lambda _type: 'IPv6 address',
    encap.Labels: lambda _type: 'list of 0 to %d' % encap.MOST_LABEL,
    encap.Segments: lambda _type: 'list of IPv6 addresses',
    rule_types.NumberRange: lambda type_: 'number or LOW-HIGH, %d to %d' % (type_.low, type_.high),
    rule_types.PortMatch: lambda type_: 'number, NUMBER/MASK or LOW-HIGH, %d to %d' % (type_.low, type_.high),
    rule_types.Masked: lambda _type: 'NUMBER or NUMBER/MASK',
    Realms: lambda _type: 'TO or FROM/TO',
    rule_types.IpProtocol: lambda _type: either(['1 to 255', *_code(rule_types.PROTOCOLS)]),
    fdb.AnyMacAddress: lambda _type: 'hardware address',
    neighbour.LinkLayerAddress: lambda _type: 'hardware address or address',
    iptables.TextList: lambda _type: 'text, or a list of texts',
    iptables.RawList: lambda _type: 'list of texts or dictionaries',
    iptables.Position: lambda _type: '`first`, `last`, or 1 to %d' % (LAST - 1),
    iptables.Comment: lambda _type: 'text of one line, at most 255 bytes',
    iptables.SegmentSize: lambda _type: 'true, or 64 to 65535 bytes',
    qdisc.Rate: lambda _type: 'rate',
    qdisc.Time: lambda _type: 'time',
    qdisc.Size: lambda _type: 'size',
    qdisc.Percent: lambda _type: 'percentage',
    qdisc.Handle: lambda _type: '`"1:"` to `"fffe:"`',
    qdisc.Parent: lambda _type: '`root`, or a class such as `"1:1"`',
    qdisc.ClassOf: lambda _type: 'a class such as `"1:10"`',
    qdisc.ClassNumber: lambda _type: '0 to ffff, hexadecimal',
    qdisc.Numbers: lambda type_: 'list of %d numbers' % type_.count,
    types.Hundredths: lambda type_: '%d to %d, an even number of' % (type_.low, type_.high),
    types.GroupMacAddress: lambda _type: '`01:80:c2:00:00:0X`',
    types.SourcePorts: lambda _type: 'LOW-HIGH',
    types.Ipv6Addresses: lambda _type: 'list of IPv6 addresses',
    types.Ipv4Addresses: lambda _type: 'list of IPv4 addresses',
    types.MacAddresses: lambda _type: 'list of hardware addresses',
    types.Altnames: lambda type_: 'list of names of at most %d bytes' % type_.longest,
    types.Alias: lambda type_: 'one line of at most %d bytes' % type_.longest,
    types.QosMap: lambda _type: 'list of FROM-TO',
    Vlans: lambda type_: 'list of IDs and ranges LOW-HIGH, 1 to %d, with `pvid` and `untagged`' % type_.most,
    wireguard.PublicKey: lambda _type: 'key of base64',
    wireguard.KeyFile: lambda _type: 'path of a file of the host',
    wireguard.PeerEndpoint: lambda _type: 'ADDRESS:PORT or [ADDRESS]:PORT',
    wireguard.AllowedIps: lambda _type: 'list of ADDRESS/LENGTH',
    wireguard.Peers: lambda _type: 'list of dictionaries',
    nftables.Content: lambda _type: 'text of nft',
    GroupMembers: lambda _type: 'list of IDs or dictionaries',
}


def type_text(entry: Attribute) -> str:
    """What a value may be, in words. TypeError for a type that has no line in _TYPES."""
    if entry.type.words:
        return ', '.join(_code(entry.type.words))
    for ancestor in type(entry.type).__mro__:
        if ancestor in _TYPES:
            text = _TYPES[ancestor](entry.type)
            return '%s %s' % (text, entry.unit) if entry.unit else text
    raise TypeError('no words for %s' % type(entry.type).__name__)


def default_text(entry: Attribute) -> str:
    if entry.required:
        return '**required**'
    default = default_of(entry)
    if default is not None:
        return '`%s`' % attribute.text_of(default)
    if entry.kernel_default not in (None, '', ()):
        return '`%s`, the kernel\'s' % entry.type.text(entry.kernel_default)
    return ''


def kernel_text(entry: Attribute) -> str:
    shared = [bits.nla for bits in (entry.part, entry.flag) if bits is not None]
    return ', '.join(_code(nla.name for nla in (*entry.nla, *shared)))


def tool_text(entry: Attribute) -> str:
    return '`%s`' % (entry.iproute2 or entry.key)


def change_text(entry: Attribute) -> str:
    return 'new link' if entry.immutable else 'in place'


def key_text(entry: Attribute) -> str:
    return '`%s`' % entry.key


def about_text(entry: Attribute) -> str:
    return without_markup(entry.text, '`') + needs_text(entry)


def needs_text(entry: Attribute) -> str:
    """What a kernel needs to have the attribute, as a sentence."""
    if entry.needs.startswith('Linux '):
        return ' Needs %s.' % entry.needs
    return ' Needs a kernel with `%s`.' % entry.needs if entry.needs else ''


_KEY: dict[str, Column] = {'key': key_text, 'value': type_text, 'default': default_text}
_ABOUT: dict[str, Column] = {'': about_text}
OF_TOOLS: dict[str, Column] = {**_KEY, **_ABOUT}
OF_KERNEL: dict[str, Column] = {**_KEY, 'ip(8)': tool_text, 'netlink': kernel_text, **_ABOUT}
OF_LINKS: dict[str, Column] = {
    **_KEY,
    'ip(8)': tool_text,
    'netlink': kernel_text,
    'another value': change_text,
    **_ABOUT,
}
_OF_WG: dict[str, Column] = {**_KEY, 'wg(8)': tool_text, **_ABOUT}


def table_text(columns: dict[str, Column], *tables: Table) -> str:
    """A table in Markdown with a row for each attribute."""
    rows: list[list[str]] = []
    for table in tables:
        for entry in table.values():
            rows.append([column(entry) for column in columns.values()])
    return _table(list(columns), rows)


def _table(heads: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    return '\n'.join([_row(heads), _row(['---'] * len(heads)), *map(_row, rows)])


def _row(cells: t.Sequence[str]) -> str:
    return '| %s |' % ' | '.join(cell.replace('|', r'\|') for cell in cells)


def _encap_text(word: str) -> str:
    return '`type: %s`\n\n%s' % (word, table_text(OF_TOOLS, encap.KINDS[word].table))


def _kind_text(name: str, kind: LinkKind) -> str:
    lines = ['### %s' % name, '', '%s%s.' % (kind.text[0].upper(), kind.text[1:])]
    if kind.module:
        lines[-1] += ' The kernel needs the module `%s`.' % kind.module
    if kind.parent:
        lines[-1] += (
            ' `link` (%s) is its parent link, `link_namespace` the namespace of that; '
            'with another parent it is a new link.' % kind.parent
        )
    if name in _ABOUT_KINDS:
        lines[-1] += ' ' + _ABOUT_KINDS[name]
    if kind.settings:
        lines += ['', table_text(_OF_WG if kind.apart else OF_LINKS, kind.settings)]
    if name == 'wireguard':
        lines += ['', 'Each of `peers`:', '', table_text(_OF_WG, wireguard.PEER)]
    return '\n'.join(lines)


_ABOUT_KINDS = {
    'veth': '`peer` (required) is the other end: `name` (required), `namespace` (default `host`), and what '
    'all links have. With another peer it is a new link.',
    'wireguard': 'Secret keys are read from files on the host that only root can read, at each run;'
    ' differences show a digest of them, `layout_info` nothing.',
    'physical': 'It is found, not created, and gets back what it had when it leaves the document. In a '
    'namespace it is found on the host by its name or by `match`, a dictionary with `name`, `mac` or '
    '`altname`, and moved.',
}

_NAME = 'text of at most %d letters, digits, `_`, `.`, `-`'
_MODE = ', '.join(_code(MODES))
_DOCUMENT = (
    ('name', _NAME % 64, '**required**', 'The scope, which owns everything that the document creates.'),
    ('links', 'list', '', '[Links](#links).'),
    ('addresses', 'list', '', '[Addresses](#addresses) of links that others made.'),
    ('nexthops', 'list', '', '[Nexthop objects](#nexthop-objects).'),
    ('routes', 'list', '', '[Routes](#routes).'),
    ('rules', 'list', '', '[Policy rules](#policy-rules).'),
    ('neighbours', 'list', '', '[Neighbours](#neighbours).'),
    ('fdb', 'list', '', '[Entries of forwarding databases](#forwarding-databases).'),
    (
        'sysctls',
        'dictionary',
        '',
        'Sysctls below `net.`, by name. A key that begins with `-` is set only if the kernel has it.',
    ),
    *[(word.key, type_text(word), '', without_markup(word.text, '`')) for word in NAMESPACE_WORDS.values()],
    ('qdiscs', 'list', '', '[Queueing disciplines](#queueing-disciplines).'),
    ('iptables', 'list', '', '[Chains](#iptables).'),
    ('iptables_mode', _MODE, '`shared`', 'Whether the iptables tables are shared with others or all ours.'),
    ('nftables', 'list', '', '[Tables of nft](#nftables).'),
    ('namespaces', 'list', '', '[Namespaces](#namespaces).'),
)
_NAMESPACE = (
    ('name', _NAME % 254, '**required**', 'Name of the namespace, as in `/run/netns`.'),
    ('create', 'true or false', '`true`', 'Whether the document creates it, or somebody else did.'),
    ('exclusive', 'true or false', '`false`', 'Whether what is not declared is removed from it.'),
    (
        'iptables_mode',
        _MODE,
        '',
        'By default `exclusive` in namespaces that the document creates, and `shared` in others.',
    ),
    ('nsid', '0 to 2147483647', '', "Its ID in the host's own namespace."),
    (
        'replicas',
        '0 to %d' % MOST_REPLICAS,
        '',
        'How many namespaces the entry stands for. `{n}` in its texts is 1, 2, 3 and so on.',
    ),
    (
        'nameservers',
        'dictionary',
        '',
        '`addresses` (at most %d, or `dhcp`), `search` and `options` of its own `resolv.conf`.'
        % MOST_SERVERS,
    ),
)


def _keys(rows: t.Iterable[tuple[str, str, str, str]]) -> str:
    """The table of keys that no table of attributes has."""
    return _table(list(OF_TOOLS), [['`%s`' % key, *others] for key, *others in rows])


def _qdisc_text(name: str) -> str:
    kind = QDISCS[name]
    lines = ['### qdisc %s' % name, '', '%s%s.' % (kind.text[0].upper(), kind.text[1:])]
    if kind.settings:
        columns = {**OF_LINKS, 'another value': lambda entry: _qdisc_change(name, entry)}
        columns = {'tc(8)' if head == 'ip(8)' else head: column for head, column in columns.items()}
        lines += ['', table_text(columns, kind.settings)]
    return '\n'.join(lines)


def _qdisc_change(name: str, entry: Attribute) -> str:
    kind = QDISCS[name]
    is_new = entry.immutable or entry.name in kind.sticky or not kind.in_place
    return 'new qdisc' if is_new else 'in place'


def reference_text() -> str:
    """The page as its file has it."""
    kinds = [_kind_text(name, kind) for name, kind in KINDS.items()]
    encaps = map(_encap_text, encap.KINDS)
    return PAGE % {
        'document': _keys(_DOCUMENT),
        'namespaces': _keys(_NAMESPACE),
        'common': table_text(OF_LINKS, COMMON, QUEUES),
        'kinds': '\n\n'.join(kinds),
        'port': table_text(OF_KERNEL, PORT),
        'short': table_text(OF_TOOLS, SHORT),
        'words': table_text(OF_TOOLS, LINK_WORDS),
        'classes': table_text(OF_TOOLS, CLASS, HTB_CLASS.settings),
        'filters': table_text(OF_TOOLS, FILTER_ROWS),
        'pair': table_text(OF_TOOLS, PAIR),
        'place': table_text(OF_TOOLS, PLACE),
        'qdiscs': '\n\n'.join([_qdisc_text(name) for name in QDISCS]),
        'addresses': table_text(OF_KERNEL, address.ADDRESS),
        'dev': table_text(OF_KERNEL, address.DEV),
        'routes': table_text(OF_KERNEL, route.ROUTE),
        'hops': table_text(OF_TOOLS, route.HOP),
        'metrics': table_text(OF_KERNEL, route.METRICS),
        'encaps': '\n\n'.join(encaps),
        'nexthops': table_text(OF_KERNEL, NEXTHOP),
        'rules': table_text(OF_KERNEL, rule.RULE),
        'neighbours': table_text(OF_KERNEL, neighbour.NEIGHBOUR),
        'fdb': table_text(OF_KERNEL, fdb.FDB),
        'chains': table_text(OF_TOOLS, iptables.CHAIN),
        'keys': table_text(OF_TOOLS, iptables.RULE),
        'tables': table_text(OF_TOOLS, nftables.TABLE),
    }
