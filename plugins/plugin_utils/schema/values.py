# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Schema (draft 2020-12) of single values: what each type of attribute takes.

A number may be written as text, and a word may have blanks around it, because templates of Ansible give such
values. Patterns stay within what ECMA-262 and Python both understand.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects import attribute
from ansible_collections.multinet.linux.plugins.module_utils.objects.address import schema as address
from ansible_collections.multinet.linux.plugins.module_utils.objects.fdb import schema as fdb
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables import schema as iptables
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import LAST, POSITIONS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import types, wireguard
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import LinkState
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.vlans import Vlans
from ansible_collections.multinet.linux.plugins.module_utils.objects.named_number import NamedNumber, Realms
from ansible_collections.multinet.linux.plugins.module_utils.objects.neighbour import schema as neighbour
from ansible_collections.multinet.linux.plugins.module_utils.objects.nexthop.schema import GroupMembers
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables import schema as nftables
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc import types as qdisc
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import encap
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.word_set import WordSet
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule import types as rule_types
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.words import SysctlWord
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import FOREVER
from ansible_collections.multinet.linux.plugins.module_utils.values.named_numbers import PATTERN
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import BOOLEANS

Schema = dict[str, t.Any]

_NUMBER = r'[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?[0-9])*)'
"""What int() takes with base 0."""

_REALM = r'(?:\s*%s\s*|\s*%s\s*)' % (_NUMBER, PATTERN)


def whole(pattern: str, blanks: bool = True) -> str:
    """A pattern for a text from end to end, with blanks around it."""
    return r'^\s*(?:%s)\s*$' % pattern if blanks else '^(?:%s)$' % pattern


def text(pattern: str, blanks: bool = True) -> Schema:
    return {'type': 'string', 'pattern': whole(pattern, blanks)}


def reference(name: str) -> Schema:
    return {'$ref': '#/$defs/' + name}


def either(*schemas: Schema) -> Schema:
    """Any of some schemas; those of an inner one stand beside the others."""
    members: list[Schema] = []
    for schema in schemas:
        members += schema['anyOf'] if list(schema) == ['anyOf'] else [schema]
    return {'anyOf': members}


def words(choices: t.Iterable[str]) -> Schema:
    """One of several words. The first form is for editors, which offer the words."""
    choices = list(choices)
    return either({'enum': choices}, text('|'.join(map(re.escape, choices))))


def integer(low: int, high: int) -> Schema:
    """A number, or a text that is one, whose value no schema sees."""
    return either(_bounded(low, high), reference('number_text'))


def _bounded(low: int, high: int) -> Schema:
    return {'type': 'integer', 'minimum': low, 'maximum': high}


# Addresses, as the module ipaddress reads them

_OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
_IPV4 = r'(?:%s\.){3}%s' % (_OCTET, _OCTET)
_H = '[0-9a-fA-F]{1,4}'
_LAST = '(?:%s:%s|%s)' % (_H, _H, _IPV4)


def _ipv6() -> str:
    """RFC 3986, IPv6address."""
    forms = [r'(?:%s:){6}%s' % (_H, _LAST), '::(?:%s:){5}%s' % (_H, _LAST)]
    for before in range(6):
        after = 4 - before
        end = {-1: _H}.get(after, '(?:%s:){%d}%s' % (_H, max(after, 0), _LAST))
        forms.append('(?:(?:%s:){0,%d}%s)?::%s' % (_H, before, _H, end))
    forms.append('(?:(?:%s:){0,6}%s)?::' % (_H, _H))
    return '(?:%s)' % '|'.join(forms)


_IPV6 = _ipv6()
_NETWORKS = [ipaddress.ip_network('0.0.0.0/%d' % length) for length in range(33)]
_MASKS = sorted({str(mask) for network in _NETWORKS for mask in (network.netmask, network.hostmask)})
_LENGTH4 = '/(?:0*(?:3[0-2]|[12]?[0-9])|%s)' % '|'.join(map(re.escape, _MASKS))
_LENGTH6 = '/0*(?:12[0-8]|1[01][0-9]|[1-9]?[0-9])'
# Of groups, and none at all.
_NO_HOST4 = r'(?:22[4-9]|23[0-9])\.|0\.0\.0\.0(?![0-9.])'
_NO_HOST6 = r'[fF]{2}[0-9a-fA-F]{2}:|[0:.]+(?:[/\s]|$)'
_HOST4, _HOST6 = '(?!%s)%s' % (_NO_HOST4, _IPV4), '(?!%s)%s' % (_NO_HOST6, _IPV6)
_GROUP4, _GROUP6 = '(?=22[4-9]|23[0-9])', '(?=[fF]{2})'
# dev_valid_name in net/core/dev.c; the limit of 15 bytes is one of characters here
_LINK = r'(?!(?:\.\.?|all|default)\s*$)[^\s/:%\x00-\x1f\x7f-\x9f]{1,15}'
_NAMESPACE = r'(?!host\s*$)[A-Za-z0-9][A-Za-z0-9_.-]{0,253}'
_MAC_BYTE = '[0-9a-fA-F]{2}'
_GROUP_MAC = '01[:-]80[:-][cC]2[:-]00[:-]00[:-]0[04-9a-fA-F]'
_MAC = '(?!(?:00[:-]){5}00)[0-9a-fA-F][02468aceACE](?:[:-][0-9a-fA-F]{2}){5}'


_CLASS = '(?!0+:)[0-9a-fA-F]{1,4}:(?!0+$)[0-9a-fA-F]{1,4}'


def _any_case(word: str) -> str:
    pairs = [letter + letter.upper() for letter in word]
    return ''.join('[%s]' % pair if pair.isalpha() else pair[0] for pair in pairs)


def _truth(value: bool) -> Schema:
    spellings = [word for word, truth in BOOLEANS.items() if truth is value]
    numbers = [int(word) for word in spellings if word.isdigit()]
    pattern = '|'.join(map(_any_case, spellings))
    return either({'const': value}, {'type': 'integer', 'enum': numbers}, text(pattern))


_VLAN_IDS = r'[0-9]{1,4}(?:\s*-\s*[0-9]{1,4})?'


def _vlan() -> Schema:
    """What stands for the ID in a dictionary may be an expression, where there are replicas."""
    number, switch = _bounded(1, Vlans.most), reference('boolean')
    mapping = {
        'type': 'object',
        'required': ['vid'],
        'properties': {
            'vid': either(number, text(_VLAN_IDS), reference('expression')),
            'pvid': either(switch, {'type': 'null'}),
            'untagged': either(switch, {'type': 'null'}),
        },
        'additionalProperties': False,
    }
    return either(number, text(_VLAN_IDS + r'(?:\s+(?:pvid|untagged))*'), mapping)


DEFINITIONS: dict[str, Schema] = {
    'true': _truth(True),
    'false': _truth(False),
    'boolean': either({'type': 'boolean'}, reference('true'), reference('false')),
    'text': {'type': ['string', 'integer'], 'pattern': r'\S'},
    'number_text': text(_NUMBER),
    'range_text': text(r'%s(?:\s*-\s*%s)?' % (_NUMBER, _NUMBER)),
    'mark_text': text(r'%s(?:\s*/\s*%s)?' % (_NUMBER, _NUMBER)),
    'realms_text': text(_REALM + '(?:/' + _REALM + ')?'),
    'link_name': {
        'type': ['string', 'integer'],
        'pattern': whole(_LINK),
        'minimum': -(10**14) + 1,
        'maximum': 10**15 - 1,
    },
    'namespace_name': {'type': ['string', 'integer'], 'pattern': whole(_NAMESPACE), 'minimum': 0},
    'mac_address': text(_MAC),
    'ip_address': text('%s|%s' % (_IPV4, _IPV6)),
    'host_address': text('%s|%s' % (_HOST4, _HOST6)),
    'interface_address': text('%s(?:%s)?|%s(?:%s)?' % (_HOST4, _LENGTH4, _HOST6, _LENGTH6)),
    'group_address': text('(?:%s(?:%s)?|%s(?:%s)?)' % (_GROUP4 + _IPV4, _LENGTH4, _GROUP6 + _IPV6, _LENGTH6)),
    'vlan': _vlan(),
    'prefix': text('default|%s(?:%s)?|%s(?:%s)?' % (_IPV4, _LENGTH4, _IPV6, _LENGTH6)),
}
"""What many attributes share, by the name of its definition."""


def _lifetime(type_: t.Any) -> Schema:
    return either(words(['forever']), integer(type_.low, FOREVER - 1))


def _range(type_: t.Any) -> Schema:
    return either(_bounded(type_.low, type_.high), reference('range_text'))


def _named_number(type_: t.Any) -> Schema:
    return either(integer(type_.low, type_.high), text(PATTERN))


def _traffic_class(_type: t.Any) -> Schema:
    return either({**_bounded(0, 255), 'multipleOf': 4}, reference('number_text'))


def _masked(type_: t.Any) -> Schema:
    return either(_bounded(0, type_.most), reference('mark_text'))


def _ports(type_: t.Any) -> Schema:
    return either(_bounded(type_.low, type_.high), reference('range_text'), reference('mark_text'))


def _protocol(_type: t.Any) -> Schema:
    return either({'enum': list(rule_types.PROTOCOLS)}, integer(1, 255))


def _link_layer_address(_type: t.Any) -> Schema:
    byte = '[0-9a-fA-F]{1,2}'
    return text('%s(?::%s){2,31}|%s(?:-%s){5}|%s|%s' % (byte, byte, _MAC_BYTE, _MAC_BYTE, _IPV4, _IPV6))


def _text_list(_type: t.Any) -> Schema:
    member = {'type': ['string', 'integer'], 'minLength': 1}
    return either(member, {'type': 'array', 'minItems': 1, 'items': member})


def _position(_type: t.Any) -> Schema:
    number = '0{0,2}[1-9]|0?[1-9][0-9]|[1-9][0-9]{2}'
    return either(
        {'enum': list(POSITIONS)},
        _bounded(1, LAST - 1),
        text(number, blanks=False),
    )


def _comment(_type: t.Any) -> Schema:
    return {'type': ['string', 'integer'], 'pattern': r'^[^\n\r\x00]*$', 'maxLength': 255}


def _segment_size(_type: t.Any) -> Schema:
    return either({'const': True}, _bounded(64, 65535), text('[0-9]+', blanks=False))


def _content(_type: t.Any) -> Schema:
    return {'type': 'string', 'pattern': r'\S'}


def _alias(type_: t.Any) -> Schema:
    inner = r'[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]{0,%d}\S)?' % (type_.longest - 2)
    return {'type': ['string', 'integer'], 'pattern': whole(inner)}


def _even(type_: t.Any) -> Schema:
    return either({**_bounded(type_.low, type_.high), 'multipleOf': 2}, reference('number_text'))


def _quantity(type_: t.Any) -> Schema:
    units = '|'.join(map(_any_case, type_.units))
    number = r'(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)'
    if type_.plain_unit:
        least, most = type_.low * type_.step, (type_.high + 1) * type_.step - 1
        most = 100 if type_.units == {'%': 1} else most
        return either(
            {'type': 'number', 'minimum': least, 'maximum': most}, text(r'%s\s*(?:%s)?' % (number, units))
        )
    zero = r'0+(?:\.0*)?|\.0+'
    return either({'const': 0}, text(r'%s|%s\s*(?:%s)' % (zero, number, units)))


def _several(member: Schema) -> Schema:
    return either(member, {'type': 'array', 'items': member})


_LABEL = either(integer(0, encap.IMPLICIT_NULL - 1), integer(encap.IMPLICIT_NULL + 1, encap.MOST_LABEL))


def _several_of(type_: t.Any, member: Schema) -> Schema:
    return either(member, {'type': 'array', 'items': member, 'minItems': 1, 'maxItems': type_.most})


def _wireguard_peer() -> Schema:
    """What stands for a value may be an expression, where there are replicas."""
    properties = {
        attribute.key: either(of_type(attribute.type), reference('expression'), {'type': 'null'})
        for attribute in wireguard.PEER.values()
    }
    return {
        'type': 'object',
        'required': ['public_key'],
        'properties': properties,
        'additionalProperties': {'type': 'null'},
    }


def or_expression(schema: Schema) -> Schema:
    """The schema, or an expression in the place of the value, or of a member of a list."""
    members = [_with_expressions(member) for member in schema.get('anyOf', (schema,))]
    return either(*members, reference('expression'))


def _with_expressions(schema: Schema) -> Schema:
    if schema.get('type') != 'array' or 'items' not in schema:
        return schema
    return {**schema, 'items': either(schema['items'], reference('expression'))}


def _named(name: str) -> t.Callable[[t.Any], Schema]:
    return lambda _type: reference(name)


def _switch(choices: t.Collection[str]) -> Schema:
    """Words that YAML 1.1 reads as booleans."""
    return {'enum': [value for value, word in ((False, 'off'), (True, 'on')) if word in choices]}


_OF_TYPE: dict[type[attribute.Type], t.Callable[[t.Any], Schema]] = {
    attribute.Boolean: _named('boolean'),
    attribute.Integer: lambda type_: integer(type_.low, type_.high),
    attribute.Text: _named('text'),
    attribute.Word: lambda type_: words(type_.words),
    attribute.Choice: lambda type_: words(type_.words),
    SysctlWord: lambda type_: either(words(type_.words), _switch(type_.words)),
    attribute.IpAddress: _named('ip_address'),
    attribute.MacAddress: _named('mac_address'),
    attribute.LinkName: _named('link_name'),
    address.InterfaceAddress: lambda _type: either(
        reference('interface_address'), reference('group_address')
    ),
    address.PeerAddress: _named('interface_address'),
    address.BroadcastAddress: lambda _type: text('[+-]|' + _HOST4),
    address.AddressLifetime: _lifetime,
    address.ValidLifetime: _lifetime,
    types.Altnames: lambda type_: _several_of(type_, text(r'[^\s/:]{1,%d}' % type_.longest)),
    types.Alias: _alias,
    types.IntegerOr: lambda type_: either({'const': type_.word}, integer(type_.low, type_.high)),
    LinkState: lambda type_: words(type_.words),
    route.Prefix: _named('prefix'),
    route.HostAddress: _named('host_address'),
    NamedNumber: _named_number,
    route.TypeOfService: _traffic_class,
    route.Algorithm: lambda _type: text(route.ALGORITHM),
    WordSet: lambda type_: _several({'enum': list(type_.bits)}),
    encap.Encap: lambda _type: {'type': 'object'},  # Objects.encap
    encap.Ipv4Address: lambda _type: text(_IPV4),
    encap.Ipv6Address: lambda _type: text(_IPV6),
    encap.Labels: lambda type_: _several_of(type_, _LABEL),
    encap.Segments: lambda type_: _several_of(type_, text(_IPV6)),
    rule_types.NumberRange: _range,
    rule_types.Masked: _masked,
    rule_types.PortMatch: _ports,
    Realms: lambda _type: either(_bounded(1, 0xFFFF), reference('realms_text')),
    rule_types.IpProtocol: _protocol,
    neighbour.LinkLayerAddress: _link_layer_address,
    fdb.AnyMacAddress: lambda _type: text('%s(?:[:-]%s){5}' % (_MAC_BYTE, _MAC_BYTE)),
    iptables.TextList: _text_list,
    iptables.RawList: lambda _type: {'type': 'array'},
    iptables.Position: _position,
    iptables.Comment: _comment,
    iptables.SegmentSize: _segment_size,
    nftables.Content: _content,
    qdisc.Quantity: _quantity,
    qdisc.Handle: lambda _type: either(text('(?![fF]{4}|0+:?$)[0-9a-fA-F]{1,4}:?'), _bounded(1, 9999)),
    qdisc.Parent: lambda _type: text('root|' + _CLASS),
    qdisc.ClassOf: lambda _type: text(_CLASS),
    qdisc.ClassNumber: lambda _type: either(text('(?:0x)?[0-9a-fA-F]{1,4}'), _bounded(0, 9999)),
    qdisc.Numbers: lambda type_: {
        'type': 'array',
        'minItems': type_.count,
        'maxItems': type_.count,
        'items': integer(0, type_.high),
    },
    GroupMembers: lambda _type: {'type': 'array'},  # nexthop_schema
    types.Hundredths: _even,
    types.GroupMacAddress: lambda _type: text(_GROUP_MAC),
    types.SourcePorts: lambda _type: text('[0-9]{1,5} *- *[0-9]{1,5}'),
    types.Ipv4Addresses: lambda _type: _several(text('(?!255.255.255.255)' + _HOST4)),
    types.Ipv6Addresses: lambda _type: _several(text('(?![fF][eE][89abAB])' + _HOST6)),
    types.MacAddresses: lambda _type: _several(reference('mac_address')),
    wireguard.PublicKey: lambda _type: text('[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]='),
    wireguard.KeyFile: lambda _type: text(r'/\S*'),
    wireguard.PeerEndpoint: lambda _type: text(r'%s:[0-9]{1,5}|\[%s\]:[0-9]{1,5}' % (_IPV4, _IPV6)),
    wireguard.AllowedIps: lambda _type: _several(
        text('%s(?:%s)?|%s(?:%s)?' % (_IPV4, _LENGTH4, _IPV6, _LENGTH6))
    ),
    wireguard.Peers: lambda _type: {'type': 'array', 'items': reference('wireguard_peer')},
    Vlans: lambda _type: _several(reference('vlan')),
    types.QosMap: lambda _type: _several(text('[0-9]{1,10} *- *[0-9]{1,10}')),
}


def of_type(type_: attribute.Type) -> Schema:
    """What a value of this type may be. TypeError for a type that has no line in _OF_TYPE."""
    for ancestor in type(type_).__mro__:
        if ancestor in _OF_TYPE:
            return _OF_TYPE[ancestor](type_)
    raise TypeError('no JSON Schema for %s' % type(type_).__name__)


DEFINITIONS['wireguard_peer'] = _wireguard_peer()
